"""taken files, feeds, jobs

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_state",
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("last_polled", sa.String(), nullable=False),
        sa.Column("last_ok", sa.String(), nullable=False),
        sa.Column("last_file", sa.String(), nullable=False),
        sa.Column("last_file_at", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feed_state")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.create_index("ix_job_run_job", ["job", "started_at"], unique=False)

    op.create_table(
        "remote_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.String(), nullable=False),
        sa.Column("taken_file_id", sa.Integer(), nullable=False),
        sa.Column("let_go", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_file")),
    )
    with op.batch_alter_table("remote_file", schema=None) as batch_op:
        batch_op.create_index("uq_remote_file", ["feed", "name", "size", "modified"], unique=True)

    op.create_table(
        "taken_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("create_date", sa.String(), nullable=False),
        sa.Column("shipment", sa.String(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("what_to_do", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taken_file")),
    )
    with op.batch_alter_table("taken_file", schema=None) as batch_op:
        batch_op.create_index("ix_taken_file_state", ["state"], unique=False)
        batch_op.create_index("uq_taken_file_sha256", ["sha256"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("taken_file", schema=None) as batch_op:
        batch_op.drop_index("uq_taken_file_sha256")
        batch_op.drop_index("ix_taken_file_state")

    op.drop_table("taken_file")
    with op.batch_alter_table("remote_file", schema=None) as batch_op:
        batch_op.drop_index("uq_remote_file")

    op.drop_table("remote_file")
    with op.batch_alter_table("job_run", schema=None) as batch_op:
        batch_op.drop_index("ix_job_run_job")

    op.drop_table("job_run")
    op.drop_table("feed_state")
