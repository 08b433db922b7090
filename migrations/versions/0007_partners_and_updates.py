"""Updates that are checked before they are shown, how a campaign ends, milestones, demands, trackers, official petitions, partner requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("final_count", sa.BigInteger(), nullable=True))
    _updates()
    _life()
    _official()
    op.create_table(
        "partner_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("form_nonce", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('new', 'open', 'closed')", name=op.f("ck_partner_request_state")),
        sa.CheckConstraint("state <> 'open' OR owner_id IS NOT NULL", name=op.f("ck_partner_request_owner")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_partner_request_closed")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_partner_request_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_partner_request_reference")),
        sa.UniqueConstraint("form_nonce", name=op.f("uq_partner_request_form_nonce")),
    )
    op.create_index("ix_partner_request_pile", "partner_request", ["state", "urgent", "created_at"])
    op.create_index(op.f("ix_partner_request_mailbox"), "partner_request", ["mailbox"])
    op.create_index(op.f("ix_partner_request_owner_id"), "partner_request", ["owner_id"])


def _updates() -> None:
    """What was there is on the page already, so it counts as published; old code goes on writing that."""
    table = "campaign_update"
    op.add_column(table, sa.Column("is_original", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(table, sa.Column("state", sa.Text(), server_default=sa.text("'published'"), nullable=False))
    op.add_column(table, sa.Column("written_by", sa.BigInteger(), nullable=True))
    op.add_column(table, sa.Column("checks", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column(table, sa.Column("checked_by", sa.BigInteger(), nullable=True))
    op.add_column(table, sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(table, sa.Column("approved_by", sa.BigInteger(), nullable=True))
    op.add_column(table, sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column(table, "published_at", nullable=True)
    for name in ("written_by", "checked_by", "approved_by"):
        op.create_foreign_key(op.f(f"fk_campaign_update_{name}"), table, "account", [name], ["id"])
    op.create_check_constraint(
        op.f("ck_campaign_update_state"), table, "state IN ('draft', 'waiting', 'published', 'withdrawn')"
    )
    op.create_check_constraint(
        op.f("ck_campaign_update_published_when"), table, "state <> 'published' OR published_at IS NOT NULL"
    )
    op.create_check_constraint(op.f("ck_campaign_update_two_people"), table, "approved_by <> checked_by")
    op.create_unique_constraint(
        op.f("uq_campaign_update_campaign_id_number_language"), table, ["campaign_id", "number", "language"]
    )
    op.create_index(
        "uq_campaign_update_original",
        table,
        ["campaign_id", "number"],
        unique=True,
        postgresql_where=sa.text("is_original"),
    )


def _life() -> None:
    op.create_table(
        "campaign_report",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("thanks", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_report_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "language", name=op.f("pk_campaign_report")),
    )
    op.create_table(
        "campaign_milestone",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_milestone_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_milestone")),
    )
    op.create_index(op.f("ix_campaign_milestone_campaign_id"), "campaign_milestone", ["campaign_id"])
    op.create_table(
        "campaign_demand",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'promised', 'won')", name=op.f("ck_campaign_demand_state")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_demand_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "words", name=op.f("pk_campaign_demand")),
    )
    op.create_table(
        "campaign_tracker",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_tracker_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_tracker")),
    )
    op.create_table(
        "campaign_tracker_item",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('not_yet', 'promised', 'done')", name=op.f("ck_campaign_tracker_item_state")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign_tracker.campaign_id"],
            name=op.f("fk_campaign_tracker_item_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_tracker_item")),
        sa.UniqueConstraint("campaign_id", "name", name=op.f("uq_campaign_tracker_item_campaign_id_name")),
    )


def _official() -> None:
    op.create_table(
        "official_petition",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "route IN ('chamber', 'flemish_parliament', 'eci')", name=op.f("ck_official_petition_route")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_official_petition_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_petition")),
        sa.UniqueConstraint("campaign_id", "route", name=op.f("uq_official_petition_campaign_id_route")),
    )
    op.create_table(
        "official_batch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("petition_id", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('paper', 'online')", name=op.f("ck_official_batch_kind")),
        sa.CheckConstraint("count > 0", name=op.f("ck_official_batch_some")),
        sa.ForeignKeyConstraint(
            ["petition_id"], ["official_petition.id"], name=op.f("fk_official_batch_petition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_batch")),
    )
    op.create_index(op.f("ix_official_batch_petition_id"), "official_batch", ["petition_id"])


def downgrade() -> None:
    """What old code would show at once although nobody agreed to it, it does not get to see."""
    op.drop_table("partner_request")
    op.drop_table("official_batch")
    op.drop_table("official_petition")
    op.drop_table("campaign_tracker_item")
    op.drop_table("campaign_tracker")
    op.drop_table("campaign_demand")
    op.drop_table("campaign_milestone")
    op.drop_table("campaign_report")
    op.execute("DELETE FROM campaign_update WHERE state <> 'published'")
    op.drop_index("uq_campaign_update_original", "campaign_update")
    op.drop_constraint(op.f("uq_campaign_update_campaign_id_number_language"), "campaign_update")
    for name in ("two_people", "published_when", "state"):
        op.drop_constraint(op.f(f"ck_campaign_update_{name}"), "campaign_update")
    op.alter_column("campaign_update", "published_at", nullable=False)
    for name in ("written_by", "checked_by", "approved_by"):
        op.drop_constraint(op.f(f"fk_campaign_update_{name}"), "campaign_update")
    for name in (
        "approved_at",
        "approved_by",
        "checked_at",
        "checked_by",
        "checks",
        "written_by",
        "state",
        "is_original",
    ):
        op.drop_column("campaign_update", name)
    op.drop_column("campaign", "final_count")
