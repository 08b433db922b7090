"""Letters: what an ask offers to write, where targets get their mail, what was written and what has left."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "envelope",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("letters", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'sent', 'failed', 'unknown')", name=op.f("ck_envelope_state")),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_envelope_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelope")),
    )
    op.create_index("ix_envelope_open", "envelope", ["id"], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_envelope_target", "envelope", ["target_id", "created_at"], unique=False)
    op.create_table(
        "letter_objection",
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_letter_objection_target_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_letter_objection")),
    )
    op.create_table(
        "letter_settings",
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("only_role", sa.Text(), nullable=True),
        sa.Column("only_country", sa.Text(), nullable=True),
        sa.Column("written_in", sa.Text(), nullable=True),
        sa.CheckConstraint("rule IN ('everyone', 'pick', 'province', 'country')", name=op.f("ck_letter_settings_rule")),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_letter_settings_ask_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ask_id", name=op.f("pk_letter_settings")),
    )
    op.create_table(
        "postbox",
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("mailbox", sa.LargeBinary(), nullable=True),
        sa.Column("fallback", sa.LargeBinary(), nullable=True),
        sa.Column("fallback_mailbox", sa.LargeBinary(), nullable=True),
        sa.Column("person", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("workdays", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("diverted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest_day", sa.Date(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("health_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("health_note", sa.Text(), nullable=True),
        sa.CheckConstraint("NOT person OR mode <> 'once'", name=op.f("ck_postbox_person")),
        sa.CheckConstraint("health IN ('untested', 'good', 'doubtful', 'dead')", name=op.f("ck_postbox_health")),
        sa.CheckConstraint("mode = 'handover' OR address IS NOT NULL", name=op.f("ck_postbox_addressed")),
        sa.CheckConstraint("mode IN ('once', 'drip', 'digest', 'handover')", name=op.f("ck_postbox_mode")),
        sa.CheckConstraint("workdays <> ''", name=op.f("ck_postbox_workdays")),
        sa.CheckConstraint("(address IS NULL) = (mailbox IS NULL)", name=op.f("ck_postbox_mailbox")),
        sa.CheckConstraint("opens < closes", name=op.f("ck_postbox_hours")),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], name=op.f("fk_postbox_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_postbox")),
    )
    op.create_index(op.f("ix_postbox_mailbox"), "postbox", ["mailbox"], unique=False)
    op.create_table(
        "letter_words",
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subjects", postgresql.JSONB(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("tips", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ask_id"], ["letter_settings.ask_id"], name=op.f("fk_letter_words_ask_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ask_id", "language", name=op.f("pk_letter_words")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("targets", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("signed IN ('town', 'name', 'reply')", name=op.f("ck_letter_signed")),
        sa.ForeignKeyConstraint(
            ["action_id", "submission"],
            ["submission.action_id", "submission.key"],
            name=op.f("fk_letter_action_id_submission"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_letter_action_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("action_id", "submission", name=op.f("uq_letter_action_id_submission")),
    )
    op.create_table(
        "letter_delivery",
        sa.Column("letter_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("envelope_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'handover', 'under way', 'sent', 'failed', 'unknown')",
            name=op.f("ck_letter_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelope.id"], name=op.f("fk_letter_delivery_envelope_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_delivery_letter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_letter_delivery_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("letter_id", "target_id", name=op.f("pk_letter_delivery")),
    )
    op.create_index(
        "ix_letter_delivery_envelope",
        "letter_delivery",
        ["envelope_id"],
        unique=False,
        postgresql_where=sa.text("envelope_id IS NOT NULL"),
    )
    op.create_index("ix_letter_delivery_target", "letter_delivery", ["target_id", "state"], unique=False)
    op.create_index(
        "ix_letter_delivery_waiting",
        "letter_delivery",
        ["target_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.add_column("target", sa.Column("organisation", sa.Text(), server_default="", nullable=False))
    op.add_column("target", sa.Column("province", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("target", "province")
    op.drop_column("target", "organisation")
    op.drop_index(
        "ix_letter_delivery_waiting", table_name="letter_delivery", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index("ix_letter_delivery_target", table_name="letter_delivery")
    op.drop_index(
        "ix_letter_delivery_envelope", table_name="letter_delivery", postgresql_where=sa.text("envelope_id IS NOT NULL")
    )
    op.drop_table("letter_delivery")
    op.drop_table("letter")
    op.drop_table("letter_words")
    op.drop_index(op.f("ix_postbox_mailbox"), table_name="postbox")
    op.drop_table("postbox")
    op.drop_table("letter_settings")
    op.drop_table("letter_objection")
    op.drop_index("ix_envelope_target", table_name="envelope")
    op.drop_index("ix_envelope_open", table_name="envelope", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("envelope")
