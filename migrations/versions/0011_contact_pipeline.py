"""The contact pipeline: turns and retries, the language of a text, what the spam filter learned, calls about urgent messages."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = ("stored", "scored", "routed", "acknowledged", "notified")
STEPS = ("stored", "scored", "language", "routed", "acknowledged", "notified")


def upgrade() -> None:
    op.add_column("contact_message", sa.Column("written_in", sa.Text(), nullable=True))
    op.add_column("contact_message", sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "contact_message",
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("contact_message", sa.Column("stumbled", sa.Text(), nullable=True))
    _once(STEPS)
    op.create_table(
        "contact_token",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spam", sa.BigInteger(), nullable=False),
        sa.Column("ham", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_contact_token")),
    )
    op.create_table(
        "contact_lesson",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["contact_message.id"], name=op.f("fk_contact_lesson_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_contact_lesson")),
    )
    op.create_table(
        "contact_call",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT (called_at IS NOT NULL AND given_up_at IS NOT NULL)", name=op.f("ck_contact_call_ended")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["contact_message.id"], name=op.f("fk_contact_call_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_contact_call")),
    )
    op.create_index(
        "ix_contact_call_due",
        "contact_call",
        ["next_at"],
        postgresql_where=sa.text("called_at IS NULL AND given_up_at IS NULL"),
    )


def _once(steps: tuple[str, ...]) -> None:
    """Each step of the pipeline stands once in a history."""
    op.drop_index("uq_contact_event_step", "contact_event")
    op.create_index(
        "uq_contact_event_step",
        "contact_event",
        ["message_id", "step"],
        unique=True,
        postgresql_where=sa.text(f"step IN {steps}"),
    )


def downgrade() -> None:
    op.drop_table("contact_call")
    op.drop_table("contact_lesson")
    op.drop_table("contact_token")
    _once(BEFORE)
    for name in ("stumbled", "next_at", "tries", "written_in"):
        op.drop_column("contact_message", name)
