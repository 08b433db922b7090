"""An alert in several languages, its versions, who asked for its release and who released it, acts by personal links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LANGUAGES = "language IN ('nl', 'fr', 'en', 'es')"
WORDS = ("subject", "preheader", "body", "button_label")
ONE_LINE = "subject !~ '[\\r\\n]' AND preheader !~ '[\\r\\n]'"


def upgrade() -> None:
    _texts()
    _versions()
    _release()
    op.create_table(
        "personal_act",
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_personal_act_action_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_personal_act_mailing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailing_id", "action_id", name=op.f("pk_personal_act")),
    )
    op.create_index("ix_personal_act_action", "personal_act", ["action_id"])


def _texts() -> None:
    """What every alert says moves into a row of its language."""
    op.create_table(
        "alert_text",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in WORDS),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(LANGUAGES, name=op.f("ck_alert_text_language")),
        sa.CheckConstraint("char_length(subject) <= 200", name=op.f("ck_alert_text_subject_length")),
        sa.CheckConstraint(ONE_LINE, name=op.f("ck_alert_text_one_line")),
        sa.CheckConstraint("char_length(body) <= 20000", name=op.f("ck_alert_text_body_length")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_text_alert_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", "language", name=op.f("pk_alert_text")),
    )
    op.execute(
        "INSERT INTO alert_text (alert_id, language, subject, preheader, body, button_label, version, changed_by, changed_at)"
        " SELECT id, language, subject, preheader, body, button_label, 1, created_by, changed_at FROM alert"
    )
    for name in ("sent_with_words", "subject_length", "one_line", "body_length"):
        op.drop_constraint(op.f(f"ck_alert_{name}"), "alert")
    for name in WORDS:
        op.drop_column("alert", name)
    op.add_column("alert", sa.Column("act", sa.Text(), nullable=True))
    op.add_column("alert", sa.Column("skips", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.alter_column("alert", "skips", server_default=None)


def _versions() -> None:
    op.create_table(
        "alert_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in WORDS),
        sa.Column("aside", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(LANGUAGES, name=op.f("ck_alert_version_language")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_version_alert_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_version")),
    )
    op.create_index("ix_alert_version_text", "alert_version", ["alert_id", "language", "id"])


def _release() -> None:
    op.create_table(
        "alert_release",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("policy IN ('hold', 'resend', 'skip')", name=op.f("ck_alert_release_policy")),
        sa.CheckConstraint("released_by <> asked_by", name=op.f("ck_alert_release_two_people")),
        sa.CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name=op.f("ck_alert_release_released")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_release_alert_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_alert_release_asked_by")),
        sa.ForeignKeyConstraint(["released_by"], ["account.id"], name=op.f("fk_alert_release_released_by")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_release")),
    )
    op.create_table(
        "alert_rules",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("two_people_from", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_alert_rules_one_row")),
        sa.CheckConstraint("two_people_from > 0", name=op.f("ck_alert_rules_two_people_from")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_rules")),
    )
    op.create_table(
        "alert_sender",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 60", name=op.f("ck_alert_sender_name_length")),
        sa.CheckConstraint("name !~ '[\\r\\n]'", name=op.f("ck_alert_sender_one_line")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_alert_sender_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_alert_sender")),
    )


def downgrade() -> None:
    """Old code knows one language an alert: the one it was written in first. What it says in others is lost."""
    for table in ("personal_act", "alert_sender", "alert_rules", "alert_release", "alert_version"):
        op.drop_table(table)
    op.drop_column("alert", "skips")
    op.drop_column("alert", "act")
    for name in WORDS:
        op.add_column("alert", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE alert SET subject = words.subject, preheader = words.preheader, body = words.body,"
        " button_label = words.button_label"
        " FROM alert_text AS words WHERE words.alert_id = alert.id AND words.language = alert.language"
    )
    op.drop_table("alert_text")
    for name in WORDS:
        op.alter_column("alert", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_alert_sent_with_words"), "alert", "mailing_id IS NULL OR (subject <> '' AND body <> '')"
    )
    op.create_check_constraint(op.f("ck_alert_subject_length"), "alert", "char_length(subject) <= 200")
    op.create_check_constraint(op.f("ck_alert_one_line"), "alert", ONE_LINE)
    op.create_check_constraint(op.f("ck_alert_body_length"), "alert", "char_length(body) <= 20000")
