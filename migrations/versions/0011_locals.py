"""Memberships of a local's desk, the translator's role, desks of locals, coalitions."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"
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


def downgrade() -> None:
    """Old code knows no translator, no membership and no parents: it must find none of them."""
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
