"""The first tables: staff, organisations, campaigns, supporters, acts, the mail ledger, alerts, contact."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The audit trail and the consent ledger are append-only; a person's erasure may delete their consents.
GUARDS = """
CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_event is append-only';
END
$$;
CREATE TRIGGER audit_event_rows BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_append_only();
CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only();
CREATE FUNCTION consent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER consent_rows BEFORE UPDATE ON consent
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
CREATE TRIGGER consent_text_rows BEFORE UPDATE OR DELETE ON consent_text
    FOR EACH ROW EXECUTE FUNCTION consent_append_only();
"""
UNGUARDS = """
DROP TRIGGER consent_text_rows ON consent_text;
DROP TRIGGER consent_rows ON consent;
DROP FUNCTION consent_append_only();
DROP TRIGGER IF EXISTS audit_event_whole ON audit_event;
DROP TRIGGER IF EXISTS audit_event_rows ON audit_event;
DROP FUNCTION IF EXISTS audit_event_append_only();
"""


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("contact_number")))
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("fs_webauthn_user_handle", sa.Text(), nullable=False),
        sa.Column("tf_primary_method", sa.Text(), nullable=True),
        sa.Column("tf_totp_secret", sa.Text(), nullable=True),
        sa.Column("tf_phone_number", sa.Text(), nullable=True),
        sa.Column("tf_last_counter", sa.BigInteger(), nullable=True),
        sa.Column("mf_recovery_codes", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("language IN ('nl', 'fr', 'en', 'es')", name=op.f("ck_account_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
        sa.UniqueConstraint("fs_webauthn_user_handle", name=op.f("uq_account_fs_webauthn_user_handle")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_account_mailbox")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("sha256", name=op.f("uq_audit_event_sha256")),
    )
    op.create_index(op.f("ix_audit_event_account_id"), "audit_event", ["account_id"], unique=False)
    op.create_table(
        "mailing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unknown_policy", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("queue IN ('urgent', 'default', 'bulk')", name=op.f("ck_mailing_queue")),
        sa.CheckConstraint(
            "state IN ('draft', 'sending', 'paused', 'done', 'cancelled')", name=op.f("ck_mailing_state")
        ),
        sa.CheckConstraint("unknown_policy IN ('hold', 'resend', 'skip')", name=op.f("ck_mailing_unknown_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("kind", name=op.f("uq_mailing_kind")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("site_host", sa.Text(), nullable=True),
        sa.Column("languages", postgresql.JSONB(), nullable=False),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('host', 'local', 'partner', 'coalition', 'mutual', 'party')", name=op.f("ck_organisation_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_table(
        "role",
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name IN ('admin', 'campaigner', 'inbox')", name=op.f("ck_role_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_role")),
    )
    op.create_table(
        "supporter",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("seat", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("first_name", sa.LargeBinary(), nullable=False),
        sa.Column("last_name", sa.LargeBinary(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seat IN (1, 2)", name=op.f("ck_supporter_seat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter")),
        sa.UniqueConstraint("mailbox", "person", name=op.f("uq_supporter_mailbox_person")),
        sa.UniqueConstraint("mailbox", "seat", name=op.f("uq_supporter_mailbox_seat")),
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("mailbox", "organisation_id", name=op.f("uq_suppression_mailbox_organisation_id")),
    )
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role"], ["role.name"], name=op.f("fk_account_role_role")),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_account_role")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("pillar", sa.Text(), nullable=False),
        sa.Column("art", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("place_label", sa.Text(), nullable=True),
        sa.Column("partner_id", sa.BigInteger(), nullable=True),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source_language", sa.Text(), nullable=False),
        sa.Column("goal", sa.BigInteger(), nullable=False),
        sa.Column("minimum_age", sa.BigInteger(), nullable=False),
        sa.Column("instrument_note", sa.Text(), nullable=True),
        sa.Column("safety_mode", sa.Boolean(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("pillar IN ('work', 'health')", name=op.f("ck_campaign_pillar")),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'open', 'paused', 'closed', 'won', 'handed_over')",
            name=op.f("ck_campaign_state"),
        ),
        sa.CheckConstraint("goal > 0", name=op.f("ck_campaign_goal")),
        sa.CheckConstraint("minimum_age BETWEEN 13 AND 99", name=op.f("ck_campaign_minimum_age")),
        sa.ForeignKeyConstraint(["lead_id"], ["organisation.id"], name=op.f("fk_campaign_lead_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["organisation.id"], name=op.f("fk_campaign_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )
    op.create_index(op.f("ix_campaign_state"), "campaign", ["state"], unique=False)
    op.create_table(
        "consent_text",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_consent_text_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint(
            "organisation_id",
            "purpose",
            "language",
            "sha256",
            name=op.f("uq_consent_text_organisation_id_purpose_language_sha256"),
        ),
    )
    op.create_table(
        "contact_message",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("form_nonce", sa.Text(), nullable=False),
        sa.Column("signals", postgresql.JSONB(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_contact_message_closed")),
        sa.CheckConstraint("state <> 'open' OR owner_id IS NOT NULL", name=op.f("ck_contact_message_owner")),
        sa.CheckConstraint(
            "state IN ('new', 'check', 'quarantine', 'open', 'answered', 'closed')",
            name=op.f("ck_contact_message_state"),
        ),
        sa.CheckConstraint(
            "topic IN ('campaign', 'local', 'speaker', 'press', 'partner', 'privacy', 'technical', 'other')",
            name=op.f("ck_contact_message_topic"),
        ),
        sa.CheckConstraint("(score IS NULL) = (scored_at IS NULL)", name=op.f("ck_contact_message_scored")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_contact_message_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_message")),
        sa.UniqueConstraint("form_nonce", name=op.f("uq_contact_message_form_nonce")),
        sa.UniqueConstraint("reference", name=op.f("uq_contact_message_reference")),
    )
    op.create_index(op.f("ix_contact_message_mailbox"), "contact_message", ["mailbox"], unique=False)
    op.create_index(op.f("ix_contact_message_owner_id"), "contact_message", ["owner_id"], unique=False)
    op.create_index("ix_contact_message_pile", "contact_message", ["state", "created_at"], unique=False)
    op.create_index("ix_contact_message_seen", "contact_message", ["body_hash", "created_at"], unique=False)
    op.create_index(
        "ix_contact_message_unfinished",
        "contact_message",
        ["id"],
        unique=False,
        postgresql_where=sa.text("notified_at IS NULL AND (state <> 'quarantine' OR routed_at IS NULL)"),
    )
    op.create_table(
        "delivery",
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("quota", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("first_name", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "address IS NOT NULL OR state NOT IN ('ready', 'claimed', 'inflight', 'deferred')",
            name=op.f("ck_delivery_addressed"),
        ),
        sa.CheckConstraint(
            "state IN ('ready', 'claimed', 'inflight', 'sent', 'deferred', 'failed', 'suppressed', 'unknown', 'cancelled')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_delivery_mailing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailing_id", "recipient", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_leased",
        "delivery",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'inflight')"),
    )
    op.create_index("ix_delivery_mailbox", "delivery", ["mailbox", "created_at"], unique=False)
    op.create_index(
        "ix_delivery_quota",
        "delivery",
        ["quota", "created_at"],
        unique=False,
        postgresql_where=sa.text("quota IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_ready",
        "delivery",
        ["mailing_id", "not_before"],
        unique=False,
        postgresql_where=sa.text("state IN ('ready', 'deferred')"),
    )
    op.create_index(
        "ix_delivery_unknown", "delivery", ["mailing_id"], unique=False, postgresql_where=sa.text("state = 'unknown'")
    )
    op.create_table(
        "mailing_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_event_mailing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_event")),
    )
    op.create_index(op.f("ix_mailing_event_mailing_id"), "mailing_event", ["mailing_id"], unique=False)
    op.create_table(
        "organisation_parent",
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["organisation.id"], name=op.f("fk_organisation_parent_child_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_parent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("child_id", "parent_id", name=op.f("pk_organisation_parent")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.JSONB(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.Text(), nullable=False),
        sa.Column("extensions", sa.Text(), nullable=True),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_passkey_account_id_name")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"], unique=False)
    op.create_table(
        "twinning",
        sa.Column("local_id", sa.BigInteger(), nullable=False),
        sa.Column("partner_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["local_id"], ["organisation.id"], name=op.f("fk_twinning_local_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["organisation.id"], name=op.f("fk_twinning_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("local_id", "partner_id", name=op.f("pk_twinning")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("button_label", sa.Text(), nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=True),
        sa.Column("audience_then", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language IN ('nl', 'fr', 'en', 'es')", name=op.f("ck_alert_language")),
        sa.CheckConstraint(
            "mailing_id IS NULL OR (subject <> '' AND body <> '')", name=op.f("ck_alert_sent_with_words")
        ),
        sa.CheckConstraint("subject !~ '[\\r\\n]' AND preheader !~ '[\\r\\n]'", name=op.f("ck_alert_one_line")),
        sa.CheckConstraint("(mailing_id IS NULL) = (sent_at IS NULL)", name=op.f("ck_alert_sent_with_a_mailing")),
        sa.CheckConstraint("char_length(body) <= 20000", name=op.f("ck_alert_body_length")),
        sa.CheckConstraint("char_length(subject) <= 200", name=op.f("ck_alert_subject_length")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_alert_campaign_id")),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_alert_mailing_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_alert_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("mailing_id", name=op.f("uq_alert_mailing_id")),
    )
    op.create_index(op.f("ix_alert_campaign_id"), "alert", ["campaign_id"], unique=False)
    op.create_table(
        "ask",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("kind IN ('petition', 'letter', 'solidarity')", name=op.f("ck_ask_kind")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_ask_campaign_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
        sa.UniqueConstraint("campaign_id", "kind", name=op.f("uq_ask_campaign_id_kind")),
    )
    op.create_table(
        "campaign_text",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("demands", postgresql.JSONB(), nullable=False),
        sa.Column("share_text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'reviewed', 'published')", name=op.f("ck_campaign_text_state")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_text_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "language", name=op.f("pk_campaign_text")),
    )
    op.create_table(
        "campaign_update",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_update_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_update")),
    )
    op.create_index(op.f("ix_campaign_update_campaign_id"), "campaign_update", ["campaign_id"], unique=False)
    op.create_table(
        "contact_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_contact_event_account_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["contact_message.id"], name=op.f("fk_contact_event_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_event")),
    )
    op.create_index("ix_contact_event_message", "contact_event", ["message_id", "id"], unique=False)
    op.create_index(
        "uq_contact_event_step",
        "contact_event",
        ["message_id", "step"],
        unique=True,
        postgresql_where=sa.text("step IN ('stored', 'scored', 'routed', 'acknowledged', 'notified')"),
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sites", postgresql.JSONB(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('page', 'link', 'widget', 'poster', 'sheet', 'event')", name=op.f("ck_placement_kind")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_placement_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_placement_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("key", name=op.f("uq_placement_key")),
    )
    op.create_index(op.f("ix_placement_campaign_id"), "placement", ["campaign_id"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_target_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    op.create_index(op.f("ix_target_campaign_id"), "target", ["campaign_id"], unique=False)
    op.create_table(
        "action",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("supporter_id", sa.BigInteger(), nullable=False),
        sa.Column("placement_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("site_verified", sa.Boolean(), nullable=True),
        sa.Column("site_host", sa.Text(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('web', 'widget', 'paper', 'event', 'api')", name=op.f("ck_action_channel")),
        sa.CheckConstraint("state <> 'confirmed' OR confirmed_at IS NOT NULL", name=op.f("ck_action_confirmed_when")),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'confirmed', 'held', 'rejected', 'withdrawn')", name=op.f("ck_action_state")
        ),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_action_ask_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placement.id"], name=op.f("fk_action_placement_id")),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_action_supporter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("ask_id", "supporter_id", name=op.f("uq_action_ask_id_supporter_id")),
    )
    op.create_index(
        "ix_action_placement",
        "action",
        ["placement_id"],
        unique=False,
        postgresql_where=sa.text("placement_id IS NOT NULL"),
    )
    op.create_index(
        "ix_action_recent",
        "action",
        ["ask_id", "confirmed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'confirmed'"),
    )
    op.create_index(op.f("ix_action_supporter_id"), "action", ["supporter_id"], unique=False)
    op.create_index(
        "ix_action_waiting", "action", ["created_at"], unique=False, postgresql_where=sa.text("state = 'unconfirmed'")
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("supporter_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("text_id", sa.BigInteger(), nullable=True),
        sa.Column("text_sha256", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("placement_id", sa.BigInteger(), nullable=True),
        sa.Column("action_id", sa.BigInteger(), nullable=True),
        sa.Column("submission", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('web', 'widget', 'paper', 'event', 'api')", name=op.f("ck_consent_channel")),
        sa.CheckConstraint(
            "purpose IN ('sign', 'public', 'mail', 'target', 'partner')", name=op.f("ck_consent_purpose")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_consent_organisation_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placement.id"], name=op.f("fk_consent_placement_id")),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_consent_supporter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["text_id"], ["consent_text.id"], name=op.f("fk_consent_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_action_id"), "consent", ["action_id"], unique=False)
    op.create_index("ix_consent_supporter", "consent", ["supporter_id", "organisation_id", "purpose"], unique=False)
    op.create_table(
        "journal",
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_journal_ask_id")),
        sa.PrimaryKeyConstraint("ask_id", "day", "region", "organisation_id", "channel", name=op.f("pk_journal")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_journal_entry_ask_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    op.create_index(op.f("ix_journal_entry_ask_id"), "journal_entry", ["ask_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("ask_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("paper", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_tally_ask_id")),
        sa.PrimaryKeyConstraint("ask_id", name=op.f("pk_tally")),
    )
    op.create_table(
        "permission",
        sa.Column("supporter_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=False),
        sa.Column("consent_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_permission_consent_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_permission_organisation_id")),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_permission_supporter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("supporter_id", "organisation_id", "purpose", name=op.f("pk_permission")),
    )
    op.create_table(
        "submission",
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("first_name", sa.LargeBinary(), nullable=False),
        sa.Column("last_name", sa.LargeBinary(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("placement_id", sa.BigInteger(), nullable=True),
        sa.Column("site_host", sa.Text(), nullable=True),
        sa.Column("site_verified", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('web', 'widget', 'paper', 'event', 'api')", name=op.f("ck_submission_channel")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_submission_action_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["placement_id"], ["placement.id"], name=op.f("fk_submission_placement_id")),
        sa.PrimaryKeyConstraint("action_id", "key", name=op.f("pk_submission")),
    )
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute(UNGUARDS)
    op.drop_table("submission")
    op.drop_table("permission")
    op.drop_table("tally")
    op.drop_index(op.f("ix_journal_entry_ask_id"), table_name="journal_entry")
    op.drop_table("journal_entry")
    op.drop_table("journal")
    op.drop_index("ix_consent_supporter", table_name="consent")
    op.drop_index(op.f("ix_consent_action_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index("ix_action_waiting", table_name="action", postgresql_where=sa.text("state = 'unconfirmed'"))
    op.drop_index(op.f("ix_action_supporter_id"), table_name="action")
    op.drop_index("ix_action_recent", table_name="action", postgresql_where=sa.text("state = 'confirmed'"))
    op.drop_index("ix_action_placement", table_name="action", postgresql_where=sa.text("placement_id IS NOT NULL"))
    op.drop_table("action")
    op.drop_index(op.f("ix_target_campaign_id"), table_name="target")
    op.drop_table("target")
    op.drop_index(op.f("ix_placement_campaign_id"), table_name="placement")
    op.drop_table("placement")
    op.drop_index(
        "uq_contact_event_step",
        table_name="contact_event",
        postgresql_where=sa.text("step IN ('stored', 'scored', 'routed', 'acknowledged', 'notified')"),
    )
    op.drop_index("ix_contact_event_message", table_name="contact_event")
    op.drop_table("contact_event")
    op.drop_index(op.f("ix_campaign_update_campaign_id"), table_name="campaign_update")
    op.drop_table("campaign_update")
    op.drop_table("campaign_text")
    op.drop_table("ask")
    op.drop_index(op.f("ix_alert_campaign_id"), table_name="alert")
    op.drop_table("alert")
    op.drop_table("twinning")
    op.drop_index(op.f("ix_passkey_account_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_table("organisation_parent")
    op.drop_index(op.f("ix_mailing_event_mailing_id"), table_name="mailing_event")
    op.drop_table("mailing_event")
    op.drop_index("ix_delivery_unknown", table_name="delivery", postgresql_where=sa.text("state = 'unknown'"))
    op.drop_index(
        "ix_delivery_ready", table_name="delivery", postgresql_where=sa.text("state IN ('ready', 'deferred')")
    )
    op.drop_index("ix_delivery_quota", table_name="delivery", postgresql_where=sa.text("quota IS NOT NULL"))
    op.drop_index("ix_delivery_mailbox", table_name="delivery")
    op.drop_index(
        "ix_delivery_leased", table_name="delivery", postgresql_where=sa.text("state IN ('claimed', 'inflight')")
    )
    op.drop_table("delivery")
    op.drop_index(
        "ix_contact_message_unfinished",
        table_name="contact_message",
        postgresql_where=sa.text("notified_at IS NULL AND (state <> 'quarantine' OR routed_at IS NULL)"),
    )
    op.drop_index("ix_contact_message_seen", table_name="contact_message")
    op.drop_index("ix_contact_message_pile", table_name="contact_message")
    op.drop_index(op.f("ix_contact_message_owner_id"), table_name="contact_message")
    op.drop_index(op.f("ix_contact_message_mailbox"), table_name="contact_message")
    op.drop_table("contact_message")
    op.drop_table("consent_text")
    op.drop_index(op.f("ix_campaign_state"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_table("account_role")
    op.drop_table("suppression")
    op.drop_table("supporter")
    op.drop_table("role")
    op.drop_table("organisation")
    op.drop_table("mailing")
    op.drop_index(op.f("ix_audit_event_account_id"), table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("account")
    op.execute(sa.schema.DropSequence(sa.Sequence("contact_number")))
