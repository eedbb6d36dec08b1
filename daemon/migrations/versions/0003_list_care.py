"""list care: jobs, codings, stamps, proofs, PAFs

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "care_sent",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "addressee_id", name=op.f("pk_care_sent")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("check_digit", sa.Text(), server_default="", nullable=False),
        sa.Column("elot", sa.Text(), server_default="", nullable=False),
        sa.Column("record_type", sa.Text(), server_default="", nullable=False),
        sa.Column("dpv", sa.Text(), server_default="", nullable=False),
        sa.Column("dpv_footnotes", sa.Text(), server_default="", nullable=False),
        sa.Column("cmra", sa.Text(), server_default="", nullable=False),
        sa.Column("vacant", sa.Text(), server_default="", nullable=False),
        sa.Column("no_stat", sa.Text(), server_default="", nullable=False),
        sa.Column("no_stat_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("lacslink", sa.Text(), server_default="", nullable=False),
        sa.Column("suitelink", sa.Text(), server_default="", nullable=False),
        sa.Column("rdi", sa.Text(), server_default="", nullable=False),
        sa.Column("ews", sa.Text(), server_default="", nullable=False),
        sa.Column("footnotes", sa.Text(), server_default="", nullable=False),
        sa.Column("mailable", sa.Boolean(), nullable=False),
        sa.Column("automation", sa.Boolean(), nullable=False),
        sa.Column("undone_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding")),
    )
    with op.batch_alter_table("coding", schema=None) as batch_op:
        batch_op.create_index(
            "ix_coding_address",
            ["address_id"],
            unique=False,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    op.create_table(
        "paf",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("licensee", sa.String(), nullable=False),
        sa.Column("paf_id", sa.String(), nullable=False),
        sa.Column("list_name", sa.String(), nullable=False),
        sa.Column("signed_on", sa.String(), nullable=False),
        sa.Column("expires_on", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("archived", sa.String(), nullable=False),
        sa.Column("entered_at", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.String(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paf")),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("archived", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.create_index("ix_paper_job", ["job_id"], unique=False)

    op.create_table(
        "stamp",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("addressee_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("processed_on", sa.String(), nullable=False),
        sa.Column("void_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp")),
    )
    with op.batch_alter_table("stamp", schema=None) as batch_op:
        batch_op.create_index(
            "ix_stamp_addressee",
            ["addressee_id"],
            unique=False,
            sqlite_where=sa.text("void_at IS NULL"),
            postgresql_where=sa.text("void_at IS NULL"),
        )

    op.create_table(
        "care_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("adapter", sa.String(), nullable=False),
        sa.Column("adapter_kind", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("kept", sa.String(), nullable=False),
        sa.Column("paf_id", sa.Integer(), nullable=True),
        sa.Column("deadline", sa.String(), nullable=False),
        sa.Column("memory", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("what_to_do", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answer_sha256", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.String(), nullable=True),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("database_date", sa.String(), nullable=False),
        sa.Column("processed_on", sa.String(), nullable=False),
        sa.Column("valid_to", sa.String(), nullable=False),
        sa.Column("certified", sa.Boolean(), nullable=False),
        sa.Column("cost_mills", sa.Integer(), nullable=True),
        sa.Column("purged_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["mailing_list.id"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_job")),
    )
    with op.batch_alter_table("care_job", schema=None) as batch_op:
        batch_op.create_index("ix_care_job_list", ["list_id", "kind"], unique=False)
        batch_op.create_index("uq_care_job_token", ["token"], unique=True)

    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place_id", sa.BigInteger(), server_default="0", nullable=False))

    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("job_id", sa.Integer(), nullable=True))
    # Every address so far is a place of its own: nothing had standardised any.
    op.execute("UPDATE address SET place_id = id")


def downgrade() -> None:

    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_column("job_id")

    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.drop_column("place_id")

    with op.batch_alter_table("care_job", schema=None) as batch_op:
        batch_op.drop_index("uq_care_job_token")
        batch_op.drop_index("ix_care_job_list")

    op.drop_table("care_job")
    with op.batch_alter_table("stamp", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_stamp_addressee", sqlite_where=sa.text("void_at IS NULL"), postgresql_where=sa.text("void_at IS NULL")
        )

    op.drop_table("stamp")
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.drop_index("ix_paper_job")

    op.drop_table("paper")
    op.drop_table("paf")
    with op.batch_alter_table("coding", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_coding_address",
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    op.drop_table("coding")
    op.drop_table("care_sent")
