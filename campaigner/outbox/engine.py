"""The engine: claims deliveries, offers them to the mail server, and writes down what became of each.

No transaction is open while the network is used. What a crash can do is known for every state:
CLAIMED was provably never offered and is READY again; INFLIGHT may or may not have arrived and
becomes UNKNOWN, which follows the mailing's own policy and is never silently sent twice.
"""

import os
import random
import secrets
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.exc import OperationalError

from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import message, service
from campaigner.outbox.models import OPEN, Delivery, Mailing, Suppression
from campaigner.outbox.smtp import Line, Outcome, RelayAway

# How many rows a worker takes at a time: what it holds waits for the lease when it is killed. Few for people who wait.
CLAIM = {"urgent": 40, "default": 40, "bulk": 500}
GROUP = 20
LEASE = timedelta(minutes=2)
SLICE_SECONDS = 20.0
GROUP_SECONDS = 30.0  # no message of a group begins later: four answers at smtp.TIMEOUT still end within LEASE
MAX_ATTEMPTS = 8
RESEND_AT_MOST = 3  # times that a mail whose outcome was never told is offered, where the policy is to send again
REJECTED_AT_MOST = 2  # times that a text is offered which the server rejects while it takes others of the mailing
RELAY_REST = timedelta(seconds=10)
UNWRITABLE = (ValueError, LookupError, TypeError)  # also UnicodeError and KeyError: a language without content, ...
log = structlog.get_logger()


@dataclass(slots=True)
class Run:
    """One worker's turn at one mailing."""

    mailing_id: int
    epoch: int
    claim: int = CLAIM["bulk"]
    worker: str = field(default_factory=lambda: f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(4)}")
    ends: float = field(default_factory=lambda: time.monotonic() + SLICE_SECONDS)
    stopped: bool = False  # asked to stop: SIGTERM, a pause, or a relay that is away

    @property
    def over(self) -> bool:
        """True when no further group may begin."""
        return self.stopped or time.monotonic() > self.ends


def drain(mailing_id: int) -> bool:
    """Send for one slice of time. Returns True when there may be more to send at once."""
    with transaction():
        mailing = db.session.get(Mailing, mailing_id, populate_existing=True)
        if mailing is None or mailing.state != "sending":
            return False
        run = Run(mailing_id, mailing.epoch, CLAIM[mailing.queue])
    with _stopping_kindly(run), Line() as line:
        while not run.over:
            claimed = _claim(run)
            if not claimed:
                break
            _send_all(run, line, claimed)
        else:
            return not run.stopped
    with transaction():
        service.finish(mailing_id)
    return False


@contextmanager
def _stopping_kindly(run: Run) -> Iterator[None]:
    """SIGTERM lets the group in hand finish, and then ends the run; a container stop is the commonest crash."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        run.stopped = True

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _claim(run: Run) -> list[str]:
    """Take ready rows for this worker. Other workers skip them; a lease ends by the database's clock."""
    ready = (
        select(Delivery.recipient)
        .join(Mailing, and_(Mailing.id == Delivery.mailing_id, Mailing.state == "sending", Mailing.epoch == run.epoch))
        .where(
            Delivery.mailing_id == run.mailing_id,
            Delivery.state.in_(("ready", "deferred")),
            Delivery.not_before <= func.clock_timestamp(),
        )
        .order_by(Delivery.not_before)
        .limit(run.claim)
        .with_for_update(of=Delivery, skip_locked=True)
        .cte("ready")
    )
    with transaction():
        taken = db.session.execute(
            update(Delivery)
            .where(Delivery.mailing_id == run.mailing_id, Delivery.recipient.in_(select(ready.c.recipient)))
            .values(state="claimed", worker=run.worker, epoch=run.epoch, lease_until=func.clock_timestamp() + LEASE)
            .returning(Delivery.recipient)
            .execution_options(synchronize_session=False)
        )
        return list(taken.scalars())


def _send_all(run: Run, line: Line, claimed: list[str]) -> None:
    try:
        for start in range(0, len(claimed), GROUP):
            if run.over or not _send_group(run, line, claimed[start : start + GROUP]):
                break
    except RelayAway as error:
        run.stopped = True
        log.warning("mail server away", reason=str(error))
        _give_back(run, not_before=RELAY_REST, reply=str(error))
    else:
        _give_back(run)


def _send_group(run: Run, line: Line, recipients: list[str]) -> bool:
    """One group: reach the server, write down the intent, offer each, write down the outcomes.

    Returns False when the mailing was paused or stopped meanwhile.
    """
    line.ready()
    group = _intend(run, recipients)
    if group is None:
        run.stopped = True
        return False
    outcomes: dict[str, Outcome] = {}
    late = time.monotonic() + GROUP_SECONDS
    try:
        for delivery, text in group:
            if time.monotonic() > late:
                outcomes[delivery.recipient] = Outcome("ready", "the mail server is slow: in the next group")
                continue
            outcomes[delivery.recipient] = line.send(
                sender=_settings().mail_sender, recipient=delivery.address or "", text=text
            )
    except RelayAway as error:
        away = Outcome("ready", str(error))
        outcomes |= {delivery.recipient: away for delivery, _ in group if delivery.recipient not in outcomes}
        run.stopped = True
    _settle_surely(run, [delivery for delivery, _ in group], outcomes)
    return not run.stopped


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings


def _intend(run: Run, recipients: list[str]) -> list[tuple[Delivery, bytes]] | None:
    """Mark a group INFLIGHT, committed before its first byte; leave out whoever said stop since the freeze.

    Returns None when the mailing's epoch has moved on: somebody paused or stopped it.
    """
    mine = _mine(run, recipients, "claimed")
    with transaction():
        mailing = db.session.get(Mailing, run.mailing_id, populate_existing=True, with_for_update={"read": True})
        if mailing is None or mailing.state != "sending" or mailing.epoch != run.epoch:
            return None
        said_stop = select(Suppression.id).where(
            Suppression.mailbox == Delivery.mailbox, Suppression.organisation_id.in_((0, mailing.organisation_id or 0))
        )
        db.session.execute(
            update(Delivery)
            .where(mine, said_stop.exists())
            .values(state="suppressed", settled_at=func.clock_timestamp(), worker=None)
            .execution_options(synchronize_session=False)
        )
        db.session.execute(
            update(Delivery)
            .where(mine)
            .values(
                state="inflight",
                lease_until=func.clock_timestamp() + LEASE,
                attempts=Delivery.attempts + 1,
                offered_at=func.coalesce(Delivery.offered_at, func.clock_timestamp()),
            )
            .execution_options(synchronize_session=False)
        )
        going = select(Delivery).where(_mine(run, recipients, "inflight")).execution_options(populate_existing=True)
        return _composed(db.session.scalars(going).all(), mailing)


def _composed(deliveries: Sequence[Delivery], mailing: Mailing) -> list[tuple[Delivery, bytes]]:
    """Each with its text. One that cannot be written fails alone, and never holds up the others."""
    group = []
    for delivery in deliveries:
        try:
            text = message.compose(delivery, mailing, _settings())
        except UNWRITABLE as error:
            delivery.state, delivery.settled_at = "failed", now()
            delivery.reply = f"the message could not be written: {type(error).__name__}"
            log.error("message could not be written", mailing=mailing.id, reason=type(error).__name__)
            continue
        db.session.expunge(delivery)  # read, not written, while the network is used
        group.append((delivery, text))
    return group


def _mine(run: Run, recipients: list[str], *states: str) -> ColumnElement[bool]:
    return and_(
        Delivery.mailing_id == run.mailing_id,
        Delivery.recipient.in_(recipients),
        Delivery.worker == run.worker,
        Delivery.state.in_(states),
    )


def _settle_surely(run: Run, group: list[Delivery], outcomes: dict[str, Outcome]) -> None:
    """Write down what became of a group, also when the database restarts just now: until the lease has ended.

    What the mail server said is known here and nowhere else; without this it would be UNKNOWN.
    """
    patience = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            return _settle(run, group, outcomes)
        except OperationalError as error:
            if time.monotonic() > patience:
                raise
            log.warning("outcomes wait for the database", number=len(group), reason=type(error.orig).__name__)
            db.engine.dispose()
            time.sleep(0.5)


def _settle(run: Run, group: list[Delivery], outcomes: dict[str, Outcome]) -> None:
    """Write down what became of a group, guarded by worker and state: a late answer never undoes a newer truth."""
    with transaction():
        mailing = db.session.get_one(Mailing, run.mailing_id, populate_existing=True)
        about_us = _about_us(outcomes, mailing)
        for delivery in group:
            outcome = outcomes[delivery.recipient]
            follows = _next(outcome, delivery, mailing, about_us=about_us is not None)
            # Only an end is news for a row whose lease ran out: its mailing may be done, and nobody would send it.
            states = ("inflight",) if follows["state"] in OPEN else ("inflight", "unknown")
            db.session.execute(
                update(Delivery)
                .where(_mine(run, [delivery.recipient], *states))
                .values(reply=outcome.reply, **follows)
                .execution_options(synchronize_session=False)
            )
        if about_us is not None:
            _hold(run, about_us)


def _about_us(outcomes: dict[str, Outcome], mailing: Mailing) -> str | None:
    """The server's words when it turns down the sender or the mailing as such, and not one message of it.

    A refused sender always is. A rejected text is, unless others of the same mailing got through: then
    it is about that one message, a name that trips a filter for example.
    """
    refused = [outcome for outcome in outcomes.values() if outcome.state == "refused"]
    rejected = [outcome for outcome in outcomes.values() if outcome.state == "rejected"]
    if refused:
        return refused[0].reply
    if not rejected or any(outcome.state == "sent" for outcome in outcomes.values()):
        return None
    if len(rejected) == 1 and _any_sent(mailing.id):
        return None
    return rejected[0].reply


def _any_sent(mailing_id: int) -> bool:
    query = select(Delivery.recipient).where(Delivery.mailing_id == mailing_id, Delivery.state == "sent").limit(1)
    return db.session.execute(query).first() is not None


def _next(outcome: Outcome, delivery: Delivery, mailing: Mailing, *, about_us: bool = False) -> dict[str, object]:
    """The columns that follow from an outcome."""
    end: dict[str, object] = {"settled_at": func.clock_timestamp()}
    if outcome.state == "sent":
        return {"state": "sent", "message": None, **end}
    if outcome.state == "failed":
        return {"state": "failed", **end}
    if outcome.state == "unknown" and (mailing.unknown_policy != "resend" or delivery.attempts >= RESEND_AT_MOST):
        return {"state": "unknown", **end}
    if mailing.state == "cancelled":
        return {"state": "cancelled", **end}
    # A pause is about us, so nobody's turn is used up; a single service mail must not knock for ever.
    free = outcome.state == "ready" or (about_us and mailing.kind is None)
    if free:
        return {"state": "ready", "attempts": delivery.attempts - 1, "worker": None, "not_before": now() + RELAY_REST}
    if delivery.attempts >= (REJECTED_AT_MOST if outcome.state == "rejected" else MAX_ATTEMPTS):
        return {"state": "failed", **end}
    return {"state": "deferred", "not_before": now() + _backoff(delivery.attempts), "worker": None}


def _backoff(attempts: int) -> timedelta:
    """1, 4, 16, 64 ... minutes at most 8 hours, with a quarter of jitter so that not all come back at once."""
    minutes = min(4 ** (attempts - 1), 480)
    return timedelta(minutes=minutes * random.uniform(0.75, 1.25))  # noqa: S311 - spread, not secrecy


def _hold(run: Run, reply: str) -> None:
    """The server refuses the sender or the text: our fault or policy, so nobody's address is burnt.

    An alert pauses with the reason; a standing mailing only rests, other mail of its kind may pass.
    """
    run.stopped = True
    mailing = db.session.get_one(Mailing, run.mailing_id, populate_existing=True)
    if mailing.kind is None and mailing.state == "sending":
        service.pause(run.mailing_id, reply)


def _give_back(run: Run, *, not_before: timedelta = timedelta(), reply: str | None = None) -> None:
    """Rows still claimed were never offered: others may have them."""
    with transaction():
        db.session.execute(
            update(Delivery)
            .where(Delivery.mailing_id == run.mailing_id, Delivery.worker == run.worker, Delivery.state == "claimed")
            .values(state="ready", worker=None, not_before=func.clock_timestamp() + not_before, reply=reply)
            .execution_options(synchronize_session=False)
        )


def expire() -> int:
    """Leases that ran out: CLAIMED is READY again, INFLIGHT is UNKNOWN (or READY where the policy is to resend).

    Returns how many rows were moved. Part of the reconciler's round.
    """
    out = and_(Delivery.lease_until < func.clock_timestamp())
    freed = db.session.execute(
        update(Delivery).where(out, Delivery.state == "claimed").values(state="ready", worker=None)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    resend = select(Mailing.id).where(Mailing.unknown_policy == "resend")
    lost = and_(out, Delivery.state == "inflight")
    words = "the worker died while the mail was under way"
    again = db.session.execute(
        update(Delivery).where(lost, Delivery.mailing_id.in_(resend), Delivery.attempts < RESEND_AT_MOST)
        .values(state="ready", worker=None, not_before=func.clock_timestamp(), reply=words)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    unknown = db.session.execute(
        update(Delivery).where(lost).values(state="unknown", settled_at=func.clock_timestamp(), reply=words)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    results: list[Any] = [freed, again, unknown]
    return sum(result.rowcount for result in results)
