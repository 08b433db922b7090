"""Messages that people wrote to us, and everything that happened to each."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Sequence, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from campaigner.contact.topics import TOPICS
from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Base, Model

# new: in the inbox, nobody took it yet. check: perhaps spam, a person looks. quarantine: spam, kept.
# open: somebody answers it. answered: they wrote back. closed: nothing more to do.
STATES = ("new", "check", "quarantine", "open", "answered", "closed")
# What the pipeline does to a message, in order, each once.
STEPS = ("stored", "scored", "language", "routed", "acknowledged", "notified")

# Where the number in a reference comes from. It may skip; it never repeats.
numbers = Sequence("contact_number", metadata=Base.metadata)

# As text, not as bound values: PostgreSQL cannot match a prepared ON CONFLICT with parameters to the partial index.
ONCE = f"step IN {STEPS}"
UNFINISHED = "notified_at IS NULL AND (state <> 'quarantine' OR routed_at IS NULL)"


class ContactMessage(Model):
    """One message. What its sender typed is ciphertext here; no network address is kept.

    A message that was not scored yet is "new": if every worker stood still, people would still see it.
    """

    __tablename__ = "contact_message"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"topic IN {tuple(TOPICS)}", name="topic"),
        CheckConstraint("(score IS NULL) = (scored_at IS NULL)", name="scored"),
        CheckConstraint("state <> 'open' OR owner_id IS NOT NULL", name="owner"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_contact_message_pile", "state", "created_at"),
        Index("ix_contact_message_seen", "body_hash", "created_at"),
        Index("ix_contact_message_unfinished", "id", postgresql_where=text(UNFINISHED)),
        Index("ix_contact_message_words", "words", postgresql_using="gin"),
        Index("ix_contact_message_unread", "id", postgresql_where=text("words IS NULL")),
        Index("ix_contact_message_snoozed", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")),
        CheckConstraint("merged_into_id IS NULL OR (state = 'closed' AND merged_into_id <> id)", name="merged"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    topic: Mapped[str]
    language: Mapped[str]
    name: Mapped[str] = mapped_column(Encrypted("contact.name"))
    email: Mapped[str] = mapped_column(Encrypted("contact.email"))
    body: Mapped[str] = mapped_column(Encrypted("contact.body"))
    mailbox: Mapped[bytes] = mapped_column(LargeBinary, index=True)  # fingerprint of the address
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)  # keyed: finds the same text, tells nothing
    form_nonce: Mapped[str] = mapped_column(unique=True)  # the form it came from: a double click is one message
    signals: Mapped[dict[str, Any]] = mapped_column(default=dict)  # age, decoys, ...: what scoring looks at
    score: Mapped[int | None]
    reasons: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default="new")
    role: Mapped[str | None]  # which staff role answers this topic
    urgent: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    due_at: Mapped[datetime | None]  # an answer is promised by then
    created_at: Mapped[datetime] = mapped_column(default=now)
    scored_at: Mapped[datetime | None]
    routed_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]  # a receipt went into the outbox
    notified_at: Mapped[datetime | None]  # the last step: the pipeline is done
    taken_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    # What the pipeline adds.
    written_in: Mapped[str | None]  # the language of the text, when it is another than that of the page
    tries: Mapped[int] = mapped_column(default=0, server_default="0")  # turns of the pipeline so far
    next_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())  # its next turn, if one is due
    stumbled: Mapped[str | None]  # what kind of error stopped the last turn, and where; never its words
    # What the inbox adds.
    subject: Mapped[str | None] = mapped_column(Encrypted("contact.subject"))  # of a mail that began a thread
    mail_id: Mapped[str | None] = mapped_column(Encrypted("contact.mail_id"))  # and its Message-ID
    words: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))  # numbers of its words (`words`); None: to be read
    last_at: Mapped[datetime | None]  # the last word of either side, when it is not the first
    snoozed_until: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact_message.id", ondelete="SET NULL"), index=True
    )
    extended_at: Mapped[datetime | None]  # its legal clock was made longer, and its sender was told why


class ContactEvent(Model):
    """One line of a message's history: a step of the pipeline (once each), or something that staff did."""

    __tablename__ = "contact_event"
    __table_args__ = (
        Index("uq_contact_event_step", "message_id", "step", unique=True, postgresql_where=text(ONCE)),
        Index("ix_contact_event_message", "message_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("contact_message.id", ondelete="CASCADE"))
    step: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class ContactToken(Model):
    """How often a word was in spam and in what people wrote, by a keyed hash of the word: no dump can be read."""

    __tablename__ = "contact_token"

    hash: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    spam: Mapped[int] = mapped_column(default=0)
    ham: Mapped[int] = mapped_column(default=0)


class ContactLesson(Model):
    """What staff said of a message, so that a changed mind takes back what the filter learned from it."""

    __tablename__ = "contact_lesson"

    message_id: Mapped[int] = mapped_column(ForeignKey("contact_message.id", ondelete="CASCADE"), primary_key=True)
    spam: Mapped[bool]


class ContactCall(Model):
    """A call to the operator's own channel about an urgent message: once each, tried until it is taken."""

    __tablename__ = "contact_call"
    __table_args__ = (
        CheckConstraint("NOT (called_at IS NOT NULL AND given_up_at IS NOT NULL)", name="ended"),
        Index(
            "ix_contact_call_due", "next_at", postgresql_where=text("called_at IS NULL AND given_up_at IS NULL")
        ),
    )  # fmt: skip

    message_id: Mapped[int] = mapped_column(ForeignKey("contact_message.id", ondelete="CASCADE"), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=now)
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    called_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
