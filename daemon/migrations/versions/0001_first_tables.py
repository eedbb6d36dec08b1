"""first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("full_service", sa.Boolean(), nullable=False),
        sa.Column("key_source", sa.String(), nullable=False),
        sa.Column("key_length", sa.Integer(), nullable=False),
        sa.Column("key_attribute", sa.String(), nullable=False),
        sa.Column("match_code", sa.String(), nullable=False),
        sa.Column("next_serial", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("code", name=op.f("uq_account_code")),
    )
    op.create_table(
        "address",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("urbanization", sa.Text(), server_default="", nullable=False),
        sa.Column("address1", sa.Text(), server_default="", nullable=False),
        sa.Column("address2", sa.Text(), server_default="", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("zip5", sa.Text(), server_default="", nullable=False),
        sa.Column("zip4", sa.Text(), server_default="", nullable=False),
        sa.Column("delivery_point", sa.Text(), server_default="", nullable=False),
        sa.Column("carrier_route", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("came_in", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_table(
        "addressee",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("keyline", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name_prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("middle_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_suffix", sa.Text(), server_default="", nullable=False),
        sa.Column("company", sa.Text(), server_default="", nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("status_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("status_by", sa.Text(), server_default="", nullable=False),
        sa.Column("base_status", sa.Text(), server_default="", nullable=False),
        sa.Column("base_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("address_since", sa.Text(), server_default="", nullable=False),
        sa.Column("move_month", sa.Text(), server_default="", nullable=False),
        sa.Column("needs_cass", sa.Boolean(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("extra", sa.Text(), server_default="", nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("import_line", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addressee")),
        sa.UniqueConstraint("account_id", "keyline", name=op.f("uq_addressee_account_id_keyline")),
        sa.UniqueConstraint("list_id", "record_id", name=op.f("uq_addressee_list_id_record_id")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("archived", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("shipment", sa.String(), nullable=False),
        sa.Column("create_date", sa.String(), nullable=False),
        sa.Column("applied_at", sa.String(), nullable=False),
        sa.Column("undone_at", sa.String(), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("first_decision", sa.BigInteger(), nullable=False),
        sa.Column("last_decision", sa.BigInteger(), nullable=False),
        sa.Column("first_change", sa.BigInteger(), nullable=False),
        sa.Column("last_change", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(
            "uq_batch_content",
            ["content_sha256"],
            unique=True,
            sqlite_where=sa.text("status = 'applied' AND kind = 'acs'"),
            postgresql_where=sa.text("status = 'applied' AND kind = 'acs'"),
        )
        batch_op.create_index(
            "uq_batch_shipment",
            ["customer", "shipment", "create_date"],
            unique=True,
            sqlite_where=sa.text("status = 'applied' AND kind = 'acs'"),
            postgresql_where=sa.text("status = 'applied' AND kind = 'acs'"),
        )

    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("turned", sa.Boolean(), nullable=False),
        sa.Column("from_address_id", sa.BigInteger(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=False),
        sa.Column("from_status_reason", sa.String(), nullable=False),
        sa.Column("from_status_by", sa.String(), nullable=False),
        sa.Column("from_base_status", sa.String(), nullable=False),
        sa.Column("from_base_reason", sa.String(), nullable=False),
        sa.Column("from_address_since", sa.String(), nullable=False),
        sa.Column("from_move_month", sa.String(), nullable=False),
        sa.Column("from_needs_cass", sa.Boolean(), nullable=False),
        sa.Column("to_address_id", sa.BigInteger(), nullable=False),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("to_status_reason", sa.String(), nullable=False),
        sa.Column("to_status_by", sa.String(), nullable=False),
        sa.Column("to_base_status", sa.String(), nullable=False),
        sa.Column("to_base_reason", sa.String(), nullable=False),
        sa.Column("to_address_since", sa.String(), nullable=False),
        sa.Column("to_move_month", sa.String(), nullable=False),
        sa.Column("to_needs_cass", sa.Boolean(), nullable=False),
        sa.Column("undone_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_addressee_id"), ["addressee_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("addressee_id", sa.BigInteger(), nullable=True),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("move_type", sa.Text(), server_default="", nullable=False),
        sa.Column("move_date", sa.Text(), server_default="", nullable=False),
        sa.Column("fulfilled", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("took", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("origin_batch_id", sa.Integer(), nullable=True),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("charge", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_addressee_id"), ["addressee_id"], unique=False)

    op.create_table(
        "charge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("mills", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
    )
    op.create_table(
        "mailing_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("mail_class", sa.String(), nullable=False),
        sa.Column("endorsement", sa.String(), nullable=False),
        sa.Column("option", sa.Integer(), nullable=True),
        sa.Column("stid", sa.String(), nullable=False),
        sa.Column("extra_columns", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_list")),
        sa.UniqueConstraint("name", name=op.f("uq_mailing_list_name")),
    )
    op.create_table(
        "review_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("addressee_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("would_do", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("closed_at", sa.String(), nullable=True),
        sa.Column("closed_batch_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
    )
    with op.batch_alter_table("review_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_review_item_open_addressee",
            ["addressee_id"],
            unique=False,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.create_index(
            "ix_review_item_open_event",
            ["event"],
            unique=False,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "waiting_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("done_batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_move")),
    )
    with op.batch_alter_table("waiting_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waiting_move_addressee_id"), ["addressee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_waiting_move_due"), ["due"], unique=False)

    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["mailing_list.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "label_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["mailing_list.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_run")),
    )


def downgrade() -> None:
    op.drop_table("label_run")
    op.drop_table("import_run")
    with op.batch_alter_table("waiting_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_waiting_move_due"))
        batch_op.drop_index(batch_op.f("ix_waiting_move_addressee_id"))

    op.drop_table("waiting_move")
    with op.batch_alter_table("review_item", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_review_item_open_event",
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.drop_index(
            "ix_review_item_open_addressee",
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.drop_table("review_item")
    op.drop_table("mailing_list")
    op.drop_table("charge")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_addressee_id"))

    op.drop_table("decision")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_addressee_id"))

    op.drop_table("change")
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_batch_shipment",
            sqlite_where=sa.text("status = 'applied' AND kind = 'acs'"),
            postgresql_where=sa.text("status = 'applied' AND kind = 'acs'"),
        )
        batch_op.drop_index(
            "uq_batch_content",
            sqlite_where=sa.text("status = 'applied' AND kind = 'acs'"),
            postgresql_where=sa.text("status = 'applied' AND kind = 'acs'"),
        )

    op.drop_table("batch")
    op.drop_table("addressee")
    op.drop_table("address")
    op.drop_table("account")
