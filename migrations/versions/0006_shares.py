"""After the act: one reminder an act, personal share links, and the pictures that messengers show of a campaign."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The first 48 bits of a random UUID are random throughout (RFC 9562); they come from the server's strong source.
CODE = "left(replace(gen_random_uuid()::text, '-', ''), 12)"


def upgrade() -> None:
    op.add_column("action", sa.Column("via", sa.Text(), nullable=True))
    op.add_column("action", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("submission", sa.Column("via", sa.Text(), nullable=True))
    op.add_column("submission", sa.Column("share", sa.Text(), server_default=sa.text(CODE), nullable=False))
    op.create_unique_constraint(op.f("uq_submission_share"), "submission", ["share"])
    op.create_index("ix_action_via", "action", ["via"], postgresql_where=sa.text("via IS NOT NULL"))
    op.create_index(
        "ix_action_unreminded",
        "action",
        ["created_at"],
        postgresql_where=sa.text("state = 'unconfirmed' AND reminded_at IS NULL"),
    )
    op.create_table(
        "share_picture",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_share_picture_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "language", name=op.f("pk_share_picture")),
    )


def downgrade() -> None:
    op.drop_table("share_picture")
    op.drop_index("ix_action_unreminded", "action")
    op.drop_index("ix_action_via", "action")
    op.drop_constraint(op.f("uq_submission_share"), "submission")
    op.drop_column("submission", "share")
    op.drop_column("submission", "via")
    op.drop_column("action", "reminded_at")
    op.drop_column("action", "via")
