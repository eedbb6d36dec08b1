"""the drop: mailings, dispositions, suppression, match keys, pieces, prices

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drop_list",
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "position", name=op.f("pk_drop_list")),
    )
    op.create_table(
        "drop_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drop_override")),
    )
    op.create_table(
        "drop_row",
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("also", sa.Text(), server_default="", nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("drop_id", "addressee_id", name=op.f("pk_drop_row")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mail_drop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("mail_date", sa.String(), nullable=False),
        sa.Column("mail_class", sa.String(), nullable=False),
        sa.Column("dedupe", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("checked_at", sa.String(), nullable=True),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("released_at", sa.String(), nullable=True),
        sa.Column("mailed_on", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_drop")),
        sa.UniqueConstraint("name", name=op.f("uq_mail_drop_name")),
    )
    op.create_table(
        "match_key",
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("address_key", sa.BigInteger(), nullable=False),
        sa.Column("household_key", sa.BigInteger(), nullable=False),
        sa.Column("point_key", sa.BigInteger(), nullable=False),
        sa.Column("home_key", sa.BigInteger(), nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("generation", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("addressee_id", name=op.f("pk_match_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "piece",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("drop_id", sa.Integer(), nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("used_on", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "serial", "drop_id", name=op.f("pk_piece")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("piece", schema=None) as batch_op:
        batch_op.create_index("ix_piece_drop", ["drop_id"], unique=False)

    op.create_table(
        "price",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("from_date", sa.String(), nullable=False),
        sa.Column("mills", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
    )
    op.create_table(
        "seed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("added_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seed")),
    )
    op.create_table(
        "suppression_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("as_of", sa.String(), nullable=False),
        sa.Column("max_age_days", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("loaded_at", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.String(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_file")),
    )
    op.create_table(
        "suppression_key",
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("generation", sa.Text(), server_default="", nullable=False),
        sa.Column("on_date", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("level", "key", "file_id", "line", name=op.f("pk_suppression_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suppression_name",
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("generation", sa.Text(), server_default="", nullable=False),
        sa.Column("street", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("block", "file_id", "line", name=op.f("pk_suppression_name")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("label_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("drop_id", sa.Integer(), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("label_run", schema=None) as batch_op:
        batch_op.drop_column("drop_id")

    op.drop_table("suppression_name")
    op.drop_table("suppression_key")
    op.drop_table("suppression_file")
    op.drop_table("seed")
    op.drop_table("price")
    with op.batch_alter_table("piece", schema=None) as batch_op:
        batch_op.drop_index("ix_piece_drop")

    op.drop_table("piece")
    op.drop_table("match_key")
    op.drop_table("mail_drop")
    op.drop_table("drop_row")
    op.drop_table("drop_override")
    op.drop_table("drop_list")
