"""When an alert leaves, and the trial of two texts before most people get one of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_plan",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("leave_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slices", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.Column("planned_by", sa.BigInteger(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'refused', 'left')", name=op.f("ck_alert_plan_state")),
        sa.CheckConstraint("policy IN ('hold', 'resend', 'skip')", name=op.f("ck_alert_plan_policy")),
        sa.CheckConstraint("slices BETWEEN 1 AND 48 AND minutes BETWEEN 0 AND 1440", name=op.f("ck_alert_plan_slices")),
        sa.CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_alert_plan_reason")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_plan_alert_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["planned_by"], ["account.id"], name=op.f("fk_alert_plan_planned_by")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_plan")),
    )
    op.create_index("ix_alert_plan_waiting", "alert_plan", ["leave_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "alert_trial",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("hours", sa.BigInteger(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("decide_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("winner", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("let_go_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("share BETWEEN 2 AND 50", name=op.f("ck_alert_trial_share")),
        sa.CheckConstraint("hours BETWEEN 1 AND 72", name=op.f("ck_alert_trial_hours")),
        sa.CheckConstraint("winner IN ('a', 'b')", name=op.f("ck_alert_trial_winner")),
        sa.CheckConstraint("(winner IS NULL) = (decided_at IS NULL)", name=op.f("ck_alert_trial_decided")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_trial_alert_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_alert_trial_decided_by")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_trial")),
    )


def downgrade() -> None:
    op.drop_table("alert_trial")
    op.drop_index("ix_alert_plan_waiting", "alert_plan")
    op.drop_table("alert_plan")
