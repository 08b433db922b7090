"""Reads of the ledger: where a mailing stands, and which ones want a worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.outbox.models import OPEN, STATES, Delivery, Mailing, MailingEvent


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a mailing stands: a number per state, straight from the ledger."""

    state: str
    reason: str | None
    total: int
    ready: int
    claimed: int
    inflight: int
    sent: int
    deferred: int
    failed: int
    suppressed: int
    unknown: int
    cancelled: int
    per_minute: int
    next_attempt: datetime | None
    started_at: datetime | None
    done_at: datetime | None

    @property
    def open(self) -> int:
        """How many are not settled yet."""
        return self.ready + self.claimed + self.inflight + self.deferred

    @property
    def settled(self) -> int:
        """How many have come to an end, whichever."""
        return self.sent + self.failed + self.suppressed + self.unknown + self.cancelled

    @property
    def balanced(self) -> bool:
        """The invariant: open and settled together are the frozen total."""
        return self.open + self.settled == self.total

    @property
    def eta(self) -> datetime | None:
        """When the rest will be out at the present rate."""
        if self.state != "sending" or not self.per_minute or not self.open:
            return None
        return now() + timedelta(minutes=self.open / self.per_minute)


def progress(mailing_id: int) -> Progress:
    """The ledger's numbers for one mailing. Raises NoResultFound."""
    mailing = db.session.get_one(Mailing, mailing_id)
    rows = select(Delivery.state, func.count()).where(Delivery.mailing_id == mailing_id).group_by(Delivery.state)
    numbers = dict.fromkeys(STATES, 0) | dict(db.session.execute(rows).all())
    total = mailing.total if mailing.kind is None else sum(numbers.values())
    return Progress(
        state=mailing.state, reason=mailing.reason, total=total, started_at=mailing.started_at, done_at=mailing.done_at,
        per_minute=_per_minute(mailing_id), next_attempt=_next_attempt(mailing_id), **numbers,
    )  # fmt: skip


def _per_minute(mailing_id: int) -> int:
    """How many were sent during the last minute."""
    since = now() - timedelta(minutes=1)
    query = select(func.count()).where(
        Delivery.mailing_id == mailing_id, Delivery.state == "sent", Delivery.settled_at > since
    )
    return db.session.execute(query).scalar_one()


def _next_attempt(mailing_id: int) -> datetime | None:
    query = select(func.min(Delivery.not_before)).where(Delivery.mailing_id == mailing_id, Delivery.state == "deferred")
    return db.session.execute(query).scalar_one()


def events(mailing_id: int, limit: int = 50) -> list[MailingEvent]:
    """The mailing's log, newest first."""
    query = select(MailingEvent).where(MailingEvent.mailing_id == mailing_id)
    return list(db.session.scalars(query.order_by(MailingEvent.id.desc()).limit(limit)))


def queue_of(mailing_id: int) -> str:
    """Which queue drains it."""
    return db.session.execute(select(Mailing.queue).where(Mailing.id == mailing_id)).scalar_one()


def delivery(mailing_id: int, recipient: str) -> Delivery | None:
    """One row of the ledger."""
    return db.session.get(Delivery, (mailing_id, recipient))


def waiting() -> list[tuple[int, str]]:
    """Mailings (id, queue) with something due: the reconciler wakes one more worker for them.

    Also while others are at work: what a dead worker holds looks like a living one's until its lease
    ends, and the other mail must not wait for that.
    """
    due = select(Delivery.recipient).where(
        Delivery.mailing_id == Mailing.id,
        Delivery.state.in_(("ready", "deferred")),
        Delivery.not_before <= func.clock_timestamp(),
    )
    query = select(Mailing.id, Mailing.queue).where(Mailing.state == "sending", due.exists())
    return [(row.id, row.queue) for row in db.session.execute(query)]


def unfinished() -> list[int]:
    """Alerts that are sending although nothing of them is open: their last worker died before it could say done."""
    open_rows = select(Delivery.recipient).where(Delivery.mailing_id == Mailing.id, Delivery.state.in_(OPEN))
    query = select(Mailing.id).where(Mailing.state == "sending", Mailing.kind.is_(None), ~open_rows.exists())
    return list(db.session.scalars(query))
