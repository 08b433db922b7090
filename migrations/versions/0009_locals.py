"""Memberships of a local's desk, the translator's role, requests for a desk, counts per placement, coalitions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLES = "name IN ('admin', 'campaigner', 'inbox'{more})"
KINDS = "kind IN ('host', 'local', {more}'partner', 'coalition', 'mutual', 'party')"


def upgrade() -> None:
    _check("role", "name", ROLES.format(more=", 'translator'"))
    _check("organisation", "kind", KINDS.format(more="'centrale', 'gewest', "))
    op.create_table(
        "membership",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('editor')", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "organisation_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"])
    op.add_column("organisation", sa.Column("in_league", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("placement", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    _requests()
    _counts()
    _coalitions()


def _requests() -> None:
    op.create_table(
        "desk_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("form_nonce", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('new', 'approved', 'refused')", name=op.f("ck_desk_request_state")),
        sa.CheckConstraint("(state = 'new') = (decided_at IS NULL)", name=op.f("ck_desk_request_decided")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_desk_request_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_request")),
        sa.UniqueConstraint("form_nonce", name=op.f("uq_desk_request_form_nonce")),
    )
    op.create_index("ix_desk_request_pile", "desk_request", ["state", "created_at"])


def _counts() -> None:
    """What was confirmed before is counted from the acts that are still there."""
    op.add_column("journal_entry", sa.Column("placement_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_journal_organisation",
        "journal",
        ["organisation_id", "day"],
        postgresql_where=sa.text("organisation_id <> 0"),
    )
    op.create_table(
        "placement_journal",
        sa.Column("placement_id", sa.BigInteger(), nullable=False),
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_placement_journal_placement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_placement_journal_ask_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("placement_id", "ask_id", "day", "channel", name=op.f("pk_placement_journal")),
    )
    op.execute("""
        INSERT INTO placement_journal (placement_id, ask_id, day, channel, confirmed)
        SELECT placement_id, ask_id, (confirmed_at AT TIME ZONE 'Europe/Brussels')::date, channel, count(*)
        FROM action WHERE state = 'confirmed' AND placement_id IS NOT NULL GROUP BY 1, 2, 3, 4
    """)
    op.create_table(
        "placement_site",
        sa.Column("placement_id", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_placement_site_placement_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("placement_id", "host", name=op.f("pk_placement_site")),
    )


def _coalitions() -> None:
    op.create_table(
        "coalition_member",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name=op.f("ck_coalition_member_approved")),
        sa.CheckConstraint("left_at IS NULL OR approved_at IS NULL", name=op.f("ck_coalition_member_left")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_coalition_member_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_coalition_member_organisation_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_coalition_member")),
    )
    op.create_index(op.f("ix_coalition_member_organisation_id"), "coalition_member", ["organisation_id"])


def downgrade() -> None:
    """Old code knows no translator, no membership and no parents: it must find none of them."""
    op.drop_table("coalition_member")
    op.drop_table("placement_site")
    op.drop_table("placement_journal")
    op.drop_index("ix_journal_organisation", "journal")
    op.drop_column("journal_entry", "placement_id")
    op.drop_table("desk_request")
    op.drop_column("placement", "closed_at")
    op.drop_column("organisation", "in_league")
    op.drop_table("membership")
    op.execute("DELETE FROM account_role WHERE role = 'translator'")
    op.execute("DELETE FROM role WHERE name = 'translator'")
    op.execute("UPDATE organisation SET kind = 'local' WHERE kind IN ('centrale', 'gewest')")
    _check("organisation", "kind", KINDS.format(more=""))
    _check("role", "name", ROLES.format(more=""))


def _check(table: str, name: str, rule: str) -> None:
    """Put another rule in the place of one of the same name."""
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)
