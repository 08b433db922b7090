"""Threads in the inbox: what both sides said, files, saved replies, presence, terms of keeping, and what stays for the report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS: dict[str, sa.types.TypeEngine] = {
    "subject": sa.LargeBinary(),
    "mail_id": sa.LargeBinary(),
    "words": sa.ARRAY(sa.Integer()),
    "last_at": sa.DateTime(timezone=True),
    "snoozed_until": sa.DateTime(timezone=True),
    "merged_into_id": sa.BigInteger(),
    "extended_at": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    _message()
    _entries()
    _desk()
    op.create_table(
        "contact_past",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("judged", sa.Text(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_past")),
    )
    op.create_index("ix_contact_past_month", "contact_past", ["month", "topic"])


def _message() -> None:
    """Old code writes messages without these: each may be empty, and an empty one is looked after by the next round."""
    table = "contact_message"
    for name, kind in COLUMNS.items():
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        op.f("fk_contact_message_merged_into_id"), table, table, ["merged_into_id"], ["id"], ondelete="SET NULL"
    )
    op.create_check_constraint(
        op.f("ck_contact_message_merged"),
        table,
        "merged_into_id IS NULL OR (state = 'closed' AND merged_into_id <> id)",
    )
    op.create_index(op.f("ix_contact_message_merged_into_id"), table, ["merged_into_id"])
    op.create_index("ix_contact_message_words", table, ["words"], postgresql_using="gin")
    op.create_index("ix_contact_message_unread", table, ["id"], postgresql_where=sa.text("words IS NULL"))
    op.create_index(
        "ix_contact_message_snoozed", table, ["snoozed_until"], postgresql_where=sa.text("snoozed_until IS NOT NULL")
    )


def _entries() -> None:
    op.create_table(
        "contact_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("mail_id", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('in', 'out', 'note')", name=op.f("ck_contact_entry_kind")),
        sa.CheckConstraint("kind = 'in' OR account_id IS NOT NULL", name=op.f("ck_contact_entry_written_by")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["contact_message.id"], name=op.f("fk_contact_entry_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_contact_entry_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_entry")),
        sa.UniqueConstraint("nonce", name=op.f("uq_contact_entry_nonce")),
    )
    op.create_index("ix_contact_entry_message", "contact_entry", ["message_id", "id"])
    op.create_table(
        "contact_attachment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["contact_message.id"], name=op.f("fk_contact_attachment_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["contact_entry.id"], name=op.f("fk_contact_attachment_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attachment")),
    )
    op.create_index("ix_contact_attachment_message", "contact_attachment", ["message_id"])


def _desk() -> None:
    op.create_table(
        "contact_snippet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["account.id"], name=op.f("fk_contact_snippet_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_snippet")),
    )
    op.create_table(
        "contact_presence",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["contact_message.id"], name=op.f("fk_contact_presence_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_contact_presence_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "account_id", name=op.f("pk_contact_presence")),
    )
    op.create_table(
        "contact_term",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 3650", name=op.f("ck_contact_term_days")),
        sa.ForeignKeyConstraint(["changed_by"], ["account.id"], name=op.f("fk_contact_term_changed_by")),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_contact_term")),
    )


def downgrade() -> None:
    """Old code knows no threads: what was said after a message goes, the message itself stays."""
    for name in ("contact_past", "contact_term", "contact_presence", "contact_snippet"):
        op.drop_table(name)
    op.drop_table("contact_attachment")
    op.drop_table("contact_entry")
    for name in ("snoozed", "unread", "words"):
        op.drop_index(f"ix_contact_message_{name}", "contact_message")
    for name in COLUMNS:
        op.drop_column("contact_message", name)
