"""Solidarity messages, what a moderator decided, and what goes to the partner."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "solidarity_issue",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blanked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_solidarity_issue_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solidarity_issue")),
    )
    op.create_index(op.f("ix_solidarity_issue_campaign_id"), "solidarity_issue", ["campaign_id"])
    op.create_table(
        "solidarity_line",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("rhythm IN ('off', 'daily', 'weekly')", name=op.f("ck_solidarity_line_rhythm")),
        sa.CheckConstraint("rhythm = 'off' OR address IS NOT NULL", name=op.f("ck_solidarity_line_addressed")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_solidarity_line_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_solidarity_line")),
    )
    op.create_table(
        "solidarity_message",
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("moderated_by", sa.BigInteger(), nullable=True),
        sa.Column("moderated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'shown', 'hidden')", name=op.f("ck_solidarity_message_state")),
        sa.CheckConstraint(
            "reason IN ('insult', 'danger', 'personal', 'advertising', 'elsewhere', 'other')",
            name=op.f("ck_solidarity_message_reason"),
        ),
        sa.CheckConstraint("(state = 'hidden') = (reason IS NOT NULL)", name=op.f("ck_solidarity_message_hidden_why")),
        sa.CheckConstraint(
            "(state = 'waiting') = (moderated_at IS NULL)", name=op.f("ck_solidarity_message_moderated")
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_solidarity_message_action_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_solidarity_message_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["solidarity_issue.id"], name=op.f("fk_solidarity_message_issue_id")),
        sa.ForeignKeyConstraint(["moderated_by"], ["account.id"], name=op.f("fk_solidarity_message_moderated_by")),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_solidarity_message")),
    )
    op.create_index("ix_solidarity_message_pile", "solidarity_message", ["state", "created_at"])
    op.create_index(
        "ix_solidarity_message_wall",
        "solidarity_message",
        ["campaign_id", "moderated_at"],
        postgresql_where=sa.text("state = 'shown'"),
    )
    op.create_index(op.f("ix_solidarity_message_issue_id"), "solidarity_message", ["issue_id"])


def downgrade() -> None:
    op.drop_table("solidarity_message")
    op.drop_table("solidarity_line")
    op.drop_table("solidarity_issue")
