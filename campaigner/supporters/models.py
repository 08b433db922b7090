"""Supporters and the ledger of their consent."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

PURPOSES = ("sign", "public", "mail", "target", "partner")
CHANNELS = ("web", "widget", "paper", "event", "api")


class Supporter(Model):
    """A person behind a mailbox. Two people may share one mailbox when their names differ.

    `mailbox` and `person` are keyed fingerprints (core.crypto): they find and dedupe, they tell nothing.
    """

    __tablename__ = "supporter"
    __table_args__ = (
        UniqueConstraint("mailbox", "person"),
        UniqueConstraint("mailbox", "seat"),
        CheckConstraint("seat IN (1, 2)", name="seat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[bytes] = mapped_column(LargeBinary)
    person: Mapped[bytes] = mapped_column(LargeBinary)
    seat: Mapped[int | None]  # taken when the mailbox confirms: 1 or 2; an unproven name keeps nobody out
    email: Mapped[str] = mapped_column(Encrypted("email"))
    first_name: Mapped[str] = mapped_column(Encrypted("first_name"))
    last_name: Mapped[str] = mapped_column(Encrypted("last_name"))
    postcode: Mapped[str]
    country: Mapped[str] = mapped_column(default="BE")
    language: Mapped[str]
    provider: Mapped[str] = mapped_column(default="other", server_default="other")  # core.addresses.provider
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]


class ConsentText(Model):
    """An exact text that people said yes or no to. Immutable: another text is another row."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("organisation_id", "purpose", "language", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    language: Mapped[str]
    version: Mapped[int]
    body: Mapped[str]
    sha256: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(default=now)


class Consent(Model):
    """One answer to one question. Append-only: a change of mind is another row.

    `verified` says that the answer came with proof that the mailbox is theirs (the confirm button,
    a mailed link); an answer typed into a form with somebody's address binds nobody.
    """

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(f"purpose IN {PURPOSES}", name="purpose"),
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        Index("ix_consent_supporter", "supporter_id", "organisation_id", "purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    purpose: Mapped[str]
    value: Mapped[bool]
    verified: Mapped[bool] = mapped_column(default=False)
    text_id: Mapped[int | None] = mapped_column(ForeignKey("consent_text.id"))
    text_sha256: Mapped[str | None]
    language: Mapped[str]
    channel: Mapped[str]
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))
    action_id: Mapped[int | None] = mapped_column(index=True)
    submission: Mapped[str | None]  # which form it came with: a confirm button proves the answers of its own form only
    evidence: Mapped[str]  # what shows it: "form", "confirm button", "unsubscribe link", ...
    created_at: Mapped[datetime] = mapped_column(default=now)


class Permission(Model):
    """What stands now: the latest verified answer per supporter, organisation and purpose.

    Written in the same transaction as its Consent row; everything that acts on consent asks here.
    """

    __tablename__ = "permission"

    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bool]
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id", ondelete="CASCADE"))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class SupporterTag(Model):
    """A word by which staff find people again: a list they came from, an evening they were at. Never about a person."""

    __tablename__ = "supporter_tag"
    __table_args__ = (CheckConstraint("tag <> '' AND char_length(tag) <= 60", name="tag"),)

    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
