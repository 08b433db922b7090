"""What comes back by mail: a row for every bounce, complaint and answer, kept until it was handled."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbound_mail",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("sender", sa.LargeBinary(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("door IN ('lmtp', 'smtp', 'pipe', 'imap', 'hook')", name=op.f("ck_inbound_mail_door")),
        sa.CheckConstraint("state IN ('new', 'done', 'failed')", name=op.f("ck_inbound_mail_state")),
        sa.CheckConstraint("(state = 'new') = (handled_at IS NULL)", name=op.f("ck_inbound_mail_handled")),
        sa.CheckConstraint("state <> 'new' OR raw IS NOT NULL", name=op.f("ck_inbound_mail_raw")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_inbound_mail_fingerprint")),
    )
    op.create_index("ix_inbound_mail_received_at", "inbound_mail", ["received_at"])
    op.create_index(
        "ix_inbound_mail_waiting", "inbound_mail", ["not_before"], postgresql_where=sa.text("state = 'new'")
    )
    op.create_index(
        "ix_inbound_mail_stuck", "inbound_mail", ["received_at"], postgresql_where=sa.text("state = 'failed'")
    )


def downgrade() -> None:
    op.drop_table("inbound_mail")
