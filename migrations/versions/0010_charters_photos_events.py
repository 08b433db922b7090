"""Charters that organisations co-sign, photos with the news, and days to come."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _charters()
    _photos()
    op.create_table(
        "campaign_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('event', 'handover')", name=op.f("ck_campaign_event_kind")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_campaign_event_ends_later")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_event_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_event")),
    )
    op.create_index(op.f("ix_campaign_event_campaign_id"), "campaign_event", ["campaign_id"])


def _charters() -> None:
    op.create_table(
        "charter",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_charter_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_charter")),
    )
    op.create_table(
        "charter_text",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["charter.campaign_id"], name=op.f("fk_charter_text_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "language", name=op.f("pk_charter_text")),
    )
    op.create_table(
        "co_signer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("mailbox", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('local', 'union', 'mutual', 'movement', 'party', 'public', 'other')",
            name=op.f("ck_co_signer_kind"),
        ),
        sa.CheckConstraint("state IN ('unconfirmed', 'waiting', 'shown', 'refused')", name=op.f("ck_co_signer_state")),
        sa.CheckConstraint("channel IN ('web', 'paper')", name=op.f("ck_co_signer_channel")),
        sa.CheckConstraint(
            "(state IN ('shown', 'refused')) = (decided_at IS NOT NULL)", name=op.f("ck_co_signer_decided")
        ),
        sa.CheckConstraint("state = 'unconfirmed' OR confirmed_at IS NOT NULL", name=op.f("ck_co_signer_confirmed")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["charter.campaign_id"], name=op.f("fk_co_signer_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_co_signer_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_signer")),
        sa.UniqueConstraint(
            "campaign_id", "mailbox", "name_key", name=op.f("uq_co_signer_campaign_id_mailbox_name_key")
        ),
    )
    op.create_index(
        "uq_co_signer_shown",
        "co_signer",
        ["campaign_id", "name_key"],
        unique=True,
        postgresql_where=sa.text("state = 'shown'"),
    )
    op.create_index("ix_co_signer_state", "co_signer", ["state", "created_at"])


def _photos() -> None:
    op.create_table(
        "campaign_photo",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("alt", postgresql.JSONB(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("faces", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.Column("checked_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'published', 'withdrawn')", name=op.f("ck_campaign_photo_state")
        ),
        sa.CheckConstraint("faces IN ('none', 'hidden', 'agreed')", name=op.f("ck_campaign_photo_faces")),
        sa.CheckConstraint(
            "state IN ('draft', 'withdrawn') OR faces IS NOT NULL", name=op.f("ck_campaign_photo_looked_at")
        ),
        sa.CheckConstraint("approved_by <> checked_by", name=op.f("ck_campaign_photo_two_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_photo_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name=op.f("fk_campaign_photo_uploaded_by")),
        sa.ForeignKeyConstraint(["checked_by"], ["account.id"], name=op.f("fk_campaign_photo_checked_by")),
        sa.ForeignKeyConstraint(["approved_by"], ["account.id"], name=op.f("fk_campaign_photo_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_photo")),
        sa.UniqueConstraint("key", name=op.f("uq_campaign_photo_key")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_campaign_photo_campaign_id_number")),
    )
    op.create_table(
        "campaign_photo_file",
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("webp", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["campaign_photo.id"], name=op.f("fk_campaign_photo_file_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", "width", name=op.f("pk_campaign_photo_file")),
    )


def downgrade() -> None:
    for table in (
        "campaign_event",
        "campaign_photo_file",
        "campaign_photo",
        "co_signer",
        "charter_text",
        "charter",
    ):
        op.drop_table(table)
