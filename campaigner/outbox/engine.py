"""The engine: claims deliveries, offers them to the mail server, and writes down what became of each.

No transaction is open while the network is used. What a crash can do is known for every state:
CLAIMED was provably never offered and is READY again; INFLIGHT may or may not have arrived and
becomes UNKNOWN, which follows the mailing's own policy and is never silently sent twice.
"""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import and_, func, select, update

from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import message, runs, service
from campaigner.outbox import outcomes as outcomes_of
from campaigner.outbox.models import Delivery, Mailing, Suppression
from campaigner.outbox.runs import Run
from campaigner.outbox.smtp import Line, Outcome, RelayAway

GROUP = 20
GROUP_SECONDS = 30.0  # no message of a group begins later: four answers at smtp.TIMEOUT still end within the lease
UNWRITABLE = (ValueError, LookupError, TypeError)  # also UnicodeError and KeyError: a language without content, ...
log = structlog.get_logger()


def drain(mailing_id: int) -> bool:
    """Send for one slice of time. Returns True when there may be more to send at once."""
    with transaction():
        mailing = db.session.get(Mailing, mailing_id, populate_existing=True)
        if mailing is None or mailing.state != "sending":
            return False
        run = Run(mailing_id, mailing.epoch, runs.CLAIM[mailing.queue])
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
            .values(
                state="claimed", worker=run.worker, epoch=run.epoch, lease_until=func.clock_timestamp() + runs.LEASE
            )
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
        _give_back(run, not_before=runs.RELAY_REST, reply=str(error))
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
    outcomes_of.settle_surely(run, [delivery for delivery, _ in group], outcomes)
    return not run.stopped


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings


def _intend(run: Run, recipients: list[str]) -> list[tuple[Delivery, bytes]] | None:
    """Mark a group INFLIGHT, committed before its first byte; leave out whoever said stop since the freeze.

    Returns None when the mailing's epoch has moved on: somebody paused or stopped it.
    """
    mine = runs.mine(run, recipients, "claimed")
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
                lease_until=func.clock_timestamp() + runs.LEASE,
                attempts=Delivery.attempts + 1,
                offered_at=func.coalesce(Delivery.offered_at, func.clock_timestamp()),
            )
            .execution_options(synchronize_session=False)
        )
        going = select(Delivery).where(runs.mine(run, recipients, "inflight")).execution_options(populate_existing=True)
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
    resend = select(Mailing.id).where(Mailing.unknown_policy == "resend", Mailing.state.in_(("sending", "paused")))
    lost = and_(out, Delivery.state == "inflight")
    words = "the worker died while the mail was under way"
    again = db.session.execute(
        update(Delivery).where(lost, Delivery.mailing_id.in_(resend), Delivery.attempts < outcomes_of.RESEND_AT_MOST)
        .values(state="ready", worker=None, not_before=func.clock_timestamp(), reply=words)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    unknown = db.session.execute(
        update(Delivery).where(lost).values(state="unknown", settled_at=func.clock_timestamp(), reply=words)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    stopped = select(Mailing.id).where(Mailing.state == "cancelled")
    left = db.session.execute(
        update(Delivery)
        .where(Delivery.mailing_id.in_(stopped), Delivery.state.in_(("ready", "deferred")))
        .values(state="cancelled", settled_at=func.clock_timestamp(), worker=None)
        .execution_options(synchronize_session=False)
    )
    results: list[Any] = [freed, again, unknown, left]
    return sum(result.rowcount for result in results)
