"""Reads of the ledger: where a mailing stands, how fast it goes, and which ones want a worker.

No page counts deliveries: numbers come from `delivery_count` and the entries that are not added up yet.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, select, union_all

from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.outbox import runs
from campaigner.outbox.models import (
    COUNTED,
    Delivery,
    DeliveryCount,
    DeliveryEntry,
    Mailing,
    MailingEvent,
    Pace,
    Pulse,
)  # fmt: skip

READY = ("ready", "deferred")
HELD = ("claimed", "inflight")
WINDOW = timedelta(seconds=60)  # what "a minute" is measured over, once there is that much
STEADY = timedelta(seconds=10)  # from when on a speed says something about the rest


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a mailing stands: a number per state, from the ledger's own counters."""

    state: str
    reason: str | None
    total: int
    waiting: int  # not offered to a mail server yet, or on the line just now
    deferred: int
    sent: int
    failed: int
    suppressed: int
    unknown: int
    cancelled: int
    per_minute: int  # 0 while nothing goes
    steady: bool  # it has gone long enough to say how fast
    next_attempt: datetime | None
    started_at: datetime | None
    done_at: datetime | None

    @property
    def open(self) -> int:
        """How many are not settled yet."""
        return self.waiting + self.deferred

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
        """When the rest will be out at the present rate; None while that says nothing yet."""
        if self.state != "sending" or not self.steady or not self.per_minute or not self.open:
            return None
        return now() + timedelta(minutes=self.open / self.per_minute)


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's part of a mailing. `pace` is how fast we may write there; None: no limit."""

    name: str
    waiting: int = 0
    deferred: int = 0
    sent: int = 0
    failed: int = 0
    suppressed: int = 0
    unknown: int = 0
    cancelled: int = 0
    pace: Pace | None = None

    @property
    def total(self) -> int:
        """How many of the mailing's recipients are there."""
        return sum(getattr(self, state) for state in COUNTED)


def progress(mailing_id: int) -> Progress:
    """The ledger's numbers for one mailing. Raises NoResultFound."""
    mailing = db.session.get_one(Mailing, mailing_id)
    each = _numbers(mailing_id).subquery()
    rows = db.session.execute(select(each.c.state, func.sum(each.c.number)).group_by(each.c.state)).all()
    numbers = dict.fromkeys(COUNTED, 0) | {state: int(number) for state, number in rows}
    total = mailing.total if mailing.kind is None else sum(numbers.values())
    since = _going_since(mailing) or now()
    return Progress(
        state=mailing.state, reason=mailing.reason, total=total, started_at=mailing.started_at, done_at=mailing.done_at,
        per_minute=per_minute(mailing_id, since=since), steady=now() - since >= STEADY,
        next_attempt=_next_attempt(mailing_id), **numbers,
    )  # fmt: skip


def providers(mailing_id: int) -> list[Provider]:
    """The same numbers for each provider, the largest first and "other" last."""
    each = _numbers(mailing_id).subquery()
    query = select(each.c.provider, each.c.state, func.sum(each.c.number)).group_by(each.c.provider, each.c.state)
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    for provider, state, number in db.session.execute(query):
        numbers[provider][state] = int(number)
    paces = {pace.key: pace for pace in paces_in_force()}
    found = [Provider(name, pace=paces.get(f"provider:{name}"), **states) for name, states in numbers.items()]
    return sorted(found, key=lambda each: (each.name == "other", -each.total, each.name))


def _numbers(mailing_id: int) -> Any:
    """Counts and entries of a mailing as (provider, state, number): each moved delivery is in one of the two."""
    return union_all(
        *(
            select(table.provider, table.state, table.number).where(table.mailing_id == mailing_id)
            for table in (DeliveryCount, DeliveryEntry)
        )
    )


def paces_in_force() -> Sequence[Pace]:
    """Every limit there is, of the whole, of relays and of providers, by key."""
    return db.session.scalars(select(Pace).order_by(Pace.key).execution_options(populate_existing=True)).all()


def _going_since(mailing: Mailing) -> datetime | None:
    """When it began to go, or went on after a pause; None while nothing goes."""
    if mailing.state != "sending":
        return None
    again = select(func.max(MailingEvent.at)).where(
        MailingEvent.mailing_id == mailing.id, MailingEvent.what.in_(("started", "resumed"))
    )
    return db.session.execute(again).scalar_one() or mailing.started_at or mailing.created_at


def per_minute(mailing_id: int, *, since: datetime) -> int:
    """How many a minute a mail server takes: measured over the last minute, or over what has passed `since`.

    Counted per minute of the clock; of the one in which the window begins, the part that lies within.
    """
    begin = max(now() - WINDOW, since)
    folded = select(Pulse.minute, Pulse.number).where(
        Pulse.mailing_id == mailing_id, Pulse.state == "sent", Pulse.minute > begin - timedelta(seconds=60)
    )
    fresh = select(func.date_trunc("minute", DeliveryEntry.at), DeliveryEntry.number).where(
        DeliveryEntry.mailing_id == mailing_id, DeliveryEntry.state == "sent", DeliveryEntry.number > 0,
        DeliveryEntry.at >= since,
    )  # fmt: skip
    number = 0.0
    for minute, count in [*db.session.execute(folded), *db.session.execute(fresh)]:
        ends = minute + timedelta(seconds=60)
        ran = max((ends - max(minute, since)).total_seconds(), 1.0)
        number += count * max(0.0, min(1.0, (ends - begin).total_seconds() / ran))
    passed = (now() - begin).total_seconds()
    return round(number * WINDOW.total_seconds() / passed) if passed >= 1 else 0


def pulse(mailing_id: int, *, minutes: int = 60) -> list[tuple[datetime, int]]:
    """(minute, how many a mail server took in it) of the last minutes of the send, without gaps, oldest first."""
    query = (
        select(Pulse.minute, func.sum(Pulse.number))
        .where(Pulse.mailing_id == mailing_id, Pulse.state == "sent")
        .group_by(Pulse.minute)
        .order_by(Pulse.minute.desc())
        .limit(minutes)
    )
    found = {minute: int(number) for minute, number in db.session.execute(query)}
    if not found:
        return []
    last = max(found)
    first = max(min(found), last - timedelta(minutes=minutes - 1))
    steps = int((last - first).total_seconds() // 60)
    every = [first + timedelta(minutes=step) for step in range(steps + 1)]
    return [(minute, found.get(minute, 0)) for minute in every]


def _next_attempt(mailing_id: int) -> datetime | None:
    query = select(func.min(Delivery.not_before)).where(Delivery.mailing_id == mailing_id, Delivery.state == "deferred")
    return db.session.execute(query).scalar_one()


def events(mailing_id: int, limit: int = 50) -> list[MailingEvent]:
    """The mailing's log, newest first."""
    query = select(MailingEvent).where(MailingEvent.mailing_id == mailing_id)
    return list(db.session.scalars(query.order_by(MailingEvent.id.desc()).limit(limit)))


def accepted(mailing_id: int) -> int:
    """How many count as sent because staff decided so, from the mailing's log."""
    lines = select(MailingEvent.detail).where(
        MailingEvent.mailing_id == mailing_id, MailingEvent.what == "unknown accepted"
    )
    return sum(int(detail or 0) for detail in db.session.scalars(lines))


def uncertain(mailing_id: int, *, limit: int = 200, offset: int = 0) -> Sequence[Any]:
    """UNKNOWN deliveries, the newest first: (recipient, provider, settled_at, offered_at, reply, attempts, sendable).

    No name and no address; `sendable` says whether there still is an address to send it to again.
    """
    columns = (
        Delivery.recipient, Delivery.provider, Delivery.settled_at, Delivery.offered_at, Delivery.reply,
        Delivery.attempts, Delivery.address.is_not(None).label("sendable"),
    )  # fmt: skip
    query = select(*columns).where(Delivery.mailing_id == mailing_id, Delivery.state == "unknown")
    return db.session.execute(
        query.order_by(Delivery.settled_at.desc(), Delivery.recipient).limit(limit).offset(offset)
    ).all()


def standing() -> Sequence[Mailing]:
    """The standing mailings of service mail, by kind."""
    return db.session.scalars(select(Mailing).where(Mailing.kind.is_not(None)).order_by(Mailing.kind)).all()


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
    due = _of_mailing(*READY).where(Delivery.not_before <= func.clock_timestamp())
    query = select(Mailing.id, Mailing.queue).where(Mailing.state == "sending", due.exists())
    return [(row.id, row.queue) for row in db.session.execute(query)]


def crowded(mailing_id: int) -> bool:
    """Whether more of an alert is due than one worker claims at a time."""
    due = select(Delivery.recipient).where(
        Delivery.mailing_id == mailing_id, Delivery.state.in_(READY), Delivery.not_before <= func.clock_timestamp()
    )
    most = runs.CLAIM["bulk"]
    alert = select(Mailing.id).where(Mailing.id == mailing_id, Mailing.queue == "bulk", Mailing.state == "sending")
    query = due.where(alert.exists()).limit(1).offset(most)
    return db.session.execute(query).first() is not None


def unfinished() -> list[int]:
    """Alerts that are sending although nothing of them is open: their last worker died before it could say done."""
    nothing_open = ~exists(_of_mailing(*READY).correlate(Mailing)) & ~exists(_of_mailing(*HELD).correlate(Mailing))
    query = select(Mailing.id).where(Mailing.state == "sending", Mailing.kind.is_(None), nothing_open)
    return list(db.session.scalars(query))


def _of_mailing(*states: str) -> Select[Any]:
    """Deliveries in states that one partial index holds: asked together they would be looked for in the whole table."""
    return select(Delivery.recipient).where(Delivery.mailing_id == Mailing.id, Delivery.state.in_(states))
