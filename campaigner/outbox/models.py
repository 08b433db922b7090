"""The ledger of everything that leaves by e-mail, and who must not be written to.

A delivery is one message to one recipient within one mailing; that pair is its primary key and its
idempotency key. READY > CLAIMED > INFLIGHT > SENT | DEFERRED | FAILED | SUPPRESSED | UNKNOWN | CANCELLED.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    case,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

MAILING_STATES = ("draft", "sending", "paused", "done", "cancelled")
POLICIES = ("hold", "resend", "skip")
STATES = ("ready", "claimed", "inflight", "sent", "deferred", "failed", "suppressed", "unknown", "cancelled")
OPEN = ("ready", "claimed", "inflight", "deferred")
# What the counters tell apart: whoever has not been offered to a mail server, or is on the line, waits.
COUNTED = ("waiting", "deferred", "sent", "failed", "suppressed", "unknown", "cancelled")
RETURNS = ("hard", "soft", "complaint")


def _index(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows that somebody looks for."""
    return Index(f"ix_delivery_{name}", *columns, postgresql_where=text(where))


class Mailing(Model):
    """What a set of deliveries shares: its state, what happens to uncertain ones, its content per language.

    Transactional mail (confirmations, contact replies) has one standing mailing a kind, always sending.
    """

    __tablename__ = "mailing"
    __table_args__ = (
        CheckConstraint(f"state IN {MAILING_STATES}", name="state"),
        CheckConstraint(f"unknown_policy IN {POLICIES}", name="unknown_policy"),
        CheckConstraint("queue IN ('urgent', 'default', 'bulk')", name="queue"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str | None] = mapped_column(unique=True)  # of a standing mailing; None for an alert
    queue: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    unknown_policy: Mapped[str] = mapped_column(default="hold")
    organisation_id: Mapped[int | None]  # whose consent it needs; None: a service mail
    # language -> {"subject": ..., "text": ..., "html": ...} with {{slots}}; empty for transactional mail
    content: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB, default=dict)
    epoch: Mapped[int] = mapped_column(default=0)  # goes up at every pause, resume and stop: fences workers off
    total: Mapped[int] = mapped_column(default=0)  # frozen number of recipients
    reason: Mapped[str | None]  # why it is paused
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


# Until somebody decides: `not_before` of those who wait for the outcome of a trial (psycopg knows no infinity).
HELD_BACK = datetime(3000, 1, 1, tzinfo=UTC)


class Delivery(Model):
    """One message to one recipient."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"returned IN {RETURNS}", name="returned"),
        CheckConstraint("(returned IS NULL) = (returned_at IS NULL)", name="returned_at"),
        CheckConstraint(
            "address IS NOT NULL OR state NOT IN ('ready', 'claimed', 'inflight', 'deferred')", name="addressed"
        ),
        _index("ready", "mailing_id", "not_before", where="state IN ('ready', 'deferred')"),
        _index("deferred", "mailing_id", "not_before", where="state = 'deferred'"),
        _index("leased", "mailing_id", "lease_until", where="state IN ('claimed', 'inflight')"),
        _index("unknown", "mailing_id", where="state = 'unknown'"),
        _index("returned", "mailing_id", "returned", where="returned IS NOT NULL"),
        Index("ix_delivery_mailbox", "mailbox", "created_at"),
        _index("quota", "quota", "created_at", where="quota IS NOT NULL"),
    )

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)  # the cause: a supporter's id, an action and its turn, ...
    mailbox: Mapped[bytes] = mapped_column(LargeBinary)  # fingerprint of the address
    quota: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # of the address without any tag: what a day's quota counts
    address: Mapped[str | None] = mapped_column(Encrypted("email"))  # gone once settled and its time is over
    first_name: Mapped[str | None] = mapped_column(Encrypted("first_name"))
    language: Mapped[str]
    variant: Mapped[str] = mapped_column(default="", server_default="")  # which of the mailing's texts; "": the one
    provider: Mapped[str] = mapped_column(default="other", server_default="other")  # core.addresses.provider
    message: Mapped[str | None] = mapped_column(Encrypted("message"))  # transactional: the rendered parts, as JSON
    state: Mapped[str] = mapped_column(default="ready")
    not_before: Mapped[datetime] = mapped_column(default=func.clock_timestamp())
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    epoch: Mapped[int | None]
    lease_until: Mapped[datetime | None]
    reply: Mapped[str | None]  # the server's last words
    created_at: Mapped[datetime] = mapped_column(default=now)
    offered_at: Mapped[datetime | None]  # the Date header: the same on every attempt
    settled_at: Mapped[datetime | None]
    uncertain_at: Mapped[datetime | None]  # an earlier attempt may have arrived: it never ends as not sent
    returned: Mapped[str | None]  # what came back after it had been taken: a bounce, or a complaint
    returned_at: Mapped[datetime | None]

    @property
    def doubted(self) -> bool:
        """Whether an earlier attempt may have arrived."""
        return self.uncertain_at is not None


def unsent(state: str) -> ColumnElement[str]:
    """How a delivery ends that is not sent any more: as `state`, or as UNKNOWN when it may have arrived already."""
    may_be_there = Delivery.uncertain_at.is_not(None) | (Delivery.state == "inflight")
    return case((may_be_there, "unknown"), else_=state)


class DeliveryEntry(Model):
    """So many deliveries of one provider came into a state, or left it. Written by a trigger on `delivery`.

    The reconciler adds the entries up (`counters.fold`), so that no page counts deliveries and no two
    workers wait for one counter.
    """

    __tablename__ = "delivery_entry"
    __table_args__ = (Index("ix_delivery_entry_mailing_id", "mailing_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int]
    provider: Mapped[str]
    state: Mapped[str]
    number: Mapped[int]
    at: Mapped[datetime | None]  # None: nothing left at that moment, somebody decided about it


class DeliveryCount(Model):
    """How many deliveries of a mailing are in a state (one of COUNTED), per provider: the entries added up."""

    __tablename__ = "delivery_count"
    __table_args__ = (CheckConstraint(f"state IN {COUNTED}", name="state"),)

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


class Pulse(Model):
    """How many came into a state within one minute: what the chart of a send and the rates read."""

    __tablename__ = "pulse"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


class Pace(Model):
    """How fast something may be written to: "all", "relay:NAME", "provider:gmail.com". A token bucket.

    No row, or one without a rate: no limit. It fills with `rate` tokens a second up to `burst`; one
    message takes one. A server that says we are too fast halves the rate; it grows back to `ceiling`,
    where a limit that nobody set ends.
    """

    __tablename__ = "pace"

    key: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[float | None]
    ceiling: Mapped[float | None]
    burst: Mapped[float] = mapped_column(default=1.0)
    is_set: Mapped[bool] = mapped_column(default=False)  # by the operator; else it came from a server's answer
    tokens: Mapped[float] = mapped_column(default=0.0)
    refilled_at: Mapped[datetime] = mapped_column(default=func.clock_timestamp())
    rest_until: Mapped[datetime | None]  # nobody writes there before: the server said 421, or could not be reached
    rests: Mapped[int] = mapped_column(default=0)  # in a row: each is longer than the one before
    slowed_at: Mapped[datetime | None]  # when a server last said that we are too fast
    reason: Mapped[str | None]  # its words


class MailingEvent(Model):
    """What happened to a mailing, for the log on its page."""

    __tablename__ = "mailing_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    what: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")


class Suppression(Model):
    """A mailbox that must not be written to: by one organisation (`organisation_id`), or by nobody (0)."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("mailbox", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[bytes] = mapped_column(LargeBinary)
    organisation_id: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]  # unsubscribed, dead address, complaint, not me
    created_at: Mapped[datetime] = mapped_column(default=now)
