"""The mail engine: deliveries counted per provider, paces, and what came back.

Supporters and deliveries from before keep the provider "other": their addresses are ciphertext, and
no migration holds the keys.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Statement by statement, so that a claim of five hundred is one call; entries only, so that no two workers
# ever wait for the same counter. READY, CLAIMED and INFLIGHT are one to whoever looks: they wait.
COUNTING = """
CREATE FUNCTION delivery_counted(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN state IN ('ready', 'claimed', 'inflight') THEN 'waiting' ELSE state END
$$;
CREATE FUNCTION delivery_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_entry (mailing_id, provider, state, number, at)
    SELECT mailing_id, provider, delivery_counted(state), count(*), clock_timestamp()
    FROM came GROUP BY 1, 2, 3;
    RETURN NULL;
END
$$;
CREATE FUNCTION delivery_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_entry (mailing_id, provider, state, number, at)
    SELECT mailing_id, provider, counted, sum(number),
        CASE WHEN current_setting('campaigner.decided', true) = 'on' THEN NULL ELSE clock_timestamp() END
    FROM (
        SELECT mailing_id, provider, delivery_counted(state) AS counted, 1 AS number FROM came
        UNION ALL
        SELECT mailing_id, provider, delivery_counted(state), -1 FROM went
    ) AS each
    GROUP BY 1, 2, 3 HAVING sum(number) <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER delivery_came AFTER INSERT ON delivery
    REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION delivery_came();
CREATE TRIGGER delivery_moved AFTER UPDATE ON delivery
    REFERENCING NEW TABLE AS came OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION delivery_moved();
INSERT INTO delivery_entry (mailing_id, provider, state, number, at)
    SELECT mailing_id, provider, delivery_counted(state), count(*), now() FROM delivery GROUP BY 1, 2, 3;
"""
NOT_COUNTING = """
DROP TRIGGER delivery_moved ON delivery;
DROP TRIGGER delivery_came ON delivery;
DROP FUNCTION delivery_moved();
DROP FUNCTION delivery_came();
DROP FUNCTION delivery_counted(text);
"""

INDEXES = (
    ("ix_delivery_deferred", ["mailing_id", "not_before"], "state = 'deferred'"),
    ("ix_delivery_returned", ["mailing_id", "returned"], "returned IS NOT NULL"),
    ("ix_delivery_leased", ["mailing_id", "lease_until"], "state IN ('claimed', 'inflight')"),
)


def upgrade() -> None:
    op.add_column("supporter", sa.Column("provider", sa.Text(), server_default="other", nullable=False))
    op.add_column("delivery", sa.Column("provider", sa.Text(), server_default="other", nullable=False))
    op.add_column("delivery", sa.Column("uncertain_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("returned", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_delivery_returned"), "delivery", "returned IN ('hard', 'soft', 'complaint')")
    op.create_check_constraint(
        op.f("ck_delivery_returned_at"), "delivery", "(returned IS NULL) = (returned_at IS NULL)"
    )
    op.drop_index("ix_delivery_leased", "delivery")
    for name, columns, states in INDEXES:
        op.create_index(name, "delivery", columns, postgresql_where=sa.text(states))
    op.create_table(
        "delivery_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_entry")),
    )
    op.create_index("ix_delivery_entry_mailing_id", "delivery_entry", ["mailing_id"])
    op.create_table(
        "delivery_count",
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'deferred', 'sent', 'failed', 'suppressed', 'unknown', 'cancelled')",
            name=op.f("ck_delivery_count_state"),
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_delivery_count_mailing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailing_id", "provider", "state", name=op.f("pk_delivery_count")),
    )
    op.create_table(
        "pulse",
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_pulse_mailing_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mailing_id", "minute", "provider", "state", name=op.f("pk_pulse")),
    )
    op.create_table(
        "pace",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("ceiling", sa.Float(), nullable=True),
        sa.Column("burst", sa.Float(), nullable=False),
        sa.Column("is_set", sa.Boolean(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("refilled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rests", sa.BigInteger(), nullable=False),
        sa.Column("slowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
    )
    op.execute(COUNTING)


def downgrade() -> None:
    op.execute(NOT_COUNTING)
    op.drop_table("pace")
    op.drop_table("pulse")
    op.drop_table("delivery_count")
    op.drop_index("ix_delivery_entry_mailing_id", "delivery_entry")
    op.drop_table("delivery_entry")
    for name, _, _ in INDEXES:
        op.drop_index(name, "delivery")
    op.create_index(
        "ix_delivery_leased", "delivery", ["lease_until"], postgresql_where=sa.text("state IN ('claimed', 'inflight')")
    )
    op.drop_constraint(op.f("ck_delivery_returned_at"), "delivery")
    op.drop_constraint(op.f("ck_delivery_returned"), "delivery")
    op.drop_column("delivery", "returned_at")
    op.drop_column("delivery", "returned")
    op.drop_column("delivery", "uncertain_at")
    op.drop_column("delivery", "provider")
    op.drop_column("supporter", "provider")
