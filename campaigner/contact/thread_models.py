"""What follows a message: what both sides said after it, what hung on it, who reads it now, and what stays of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

# in: they wrote; out: we did; note: for colleagues only, it never leaves.
KINDS = ("in", "out", "note")
SPAM = "spam"  # in the table of terms: what lies in quarantine, whatever it is about


class ContactEntry(Model):
    """One thing said in a thread after its first message. Ciphertext, like the message."""

    __tablename__ = "contact_entry"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("kind = 'in' OR account_id IS NOT NULL", name="written_by"),
        Index("ix_contact_entry_message", "message_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("contact_message.id", ondelete="CASCADE"))
    kind: Mapped[str]
    nonce: Mapped[str] = mapped_column(unique=True)  # the form or the mail it came from: twice is once
    body: Mapped[str] = mapped_column(Encrypted("contact.entry"))
    name: Mapped[str | None] = mapped_column(Encrypted("contact.name"))  # of who wrote in
    email: Mapped[str | None] = mapped_column(Encrypted("contact.email"))
    mail_id: Mapped[str | None] = mapped_column(Encrypted("contact.mail_id"))  # Message-ID of a mail that came in
    language: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class ContactAttachment(Model):
    """A file that hung on a mail. Its name, its kind as its bytes say, and its content as ciphertext."""

    __tablename__ = "contact_attachment"
    __table_args__ = (Index("ix_contact_attachment_message", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("contact_message.id", ondelete="CASCADE"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("contact_entry.id", ondelete="CASCADE"))
    number: Mapped[int]  # within the thread
    kind: Mapped[str]  # pdf, jpeg, ... see `attachments.KINDS`
    name: Mapped[str] = mapped_column(Encrypted("contact.attachment.name"))  # as its sender called it, for reading only
    size: Mapped[int]
    content: Mapped[str] = mapped_column(Encrypted("contact.attachment"))  # bytes as latin-1


class ContactSnippet(Model):
    """A saved reply: its name for staff, and its text in as many of our languages as were written."""

    __tablename__ = "contact_snippet"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    topic: Mapped[str | None]  # None: for every topic
    texts: Mapped[dict[str, str]] = mapped_column(JSONB)  # language -> text with {{fields}}
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class ContactPresence(Model):
    """Somebody has this message open and writes. A row with a time, not a key in Redis: true when Redis is down."""

    __tablename__ = "contact_presence"

    message_id: Mapped[int] = mapped_column(ForeignKey("contact_message.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)


class ContactTerm(Model):
    """How long messages on a topic are kept, where staff chose otherwise than `retention.DEFAULTS`."""

    __tablename__ = "contact_term"
    __table_args__ = (CheckConstraint("days BETWEEN 1 AND 3650", name="days"),)

    topic: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class ContactPast(Model):
    """What stays of an erased message: a line for the report, without a person and without a day."""

    __tablename__ = "contact_past"
    __table_args__ = (Index("ix_contact_past_month", "month", "topic"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]  # its first day
    topic: Mapped[str]
    judged: Mapped[str]  # by the filter: new, check or quarantine
    spam: Mapped[bool]  # in the end, by filter or person
    wrong: Mapped[bool]  # the filter held it in quarantine and a person took it out
    hours: Mapped[int | None]  # until the first answer; None: there was none
