"""What follows from an answer of the mail server, or from none: the rows after a group has been offered."""

import random
import time
from datetime import timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import runs, service
from campaigner.outbox.models import OPEN, Delivery, Mailing
from campaigner.outbox.runs import Run, mine
from campaigner.outbox.smtp import Outcome

MAX_ATTEMPTS = 8
RESEND_AT_MOST = 3  # times that a mail whose outcome was never told is offered, where the policy is to send again
REJECTED_AT_MOST = 2  # times that a text is offered which the server rejects while it takes others of the mailing
log = structlog.get_logger()


def settle_surely(run: Run, group: list[Delivery], outcomes: dict[str, Outcome]) -> None:
    """Write down what became of a group, also when the database restarts just now: until the lease has ended.

    What the mail server said is known here and nowhere else; without this it would be UNKNOWN.
    """
    patience = time.monotonic() + runs.LEASE.total_seconds()
    while True:
        try:
            return settle(run, group, outcomes)
        except OperationalError as error:
            if time.monotonic() > patience:
                raise
            log.warning("outcomes wait for the database", number=len(group), reason=type(error.orig).__name__)
            db.engine.dispose()
            time.sleep(0.5)


def settle(run: Run, group: list[Delivery], outcomes: dict[str, Outcome]) -> None:
    """Write down what became of a group, guarded by worker and state: a late answer never undoes a newer truth."""
    with transaction():
        mailing = db.session.get_one(Mailing, run.mailing_id, populate_existing=True)
        about_us = _about_us(group, outcomes, mailing)
        for delivery in group:
            outcome = outcomes[delivery.recipient]
            follows = _next(outcome, delivery, mailing, about_us=about_us is not None)
            # Only an end is news for a row whose lease ran out: its mailing may be done, and nobody would send it.
            states = ("inflight",) if follows["state"] in OPEN else ("inflight", "unknown")
            db.session.execute(
                update(Delivery)
                .where(mine(run, [delivery.recipient], *states))
                .values(reply=outcome.reply, **follows)
                .execution_options(synchronize_session=False)
            )
        if about_us is not None:
            _hold(run, about_us)


def _about_us(group: list[Delivery], outcomes: dict[str, Outcome], mailing: Mailing) -> str | None:
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
    again = [each for each in group if outcomes[each.recipient].state == "rejected"]
    tried = all(each.attempts >= REJECTED_AT_MOST for each in again)
    if (len(rejected) == 1 or tried) and _any_sent(mailing.id):
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
        return {
            "state": "ready",
            "attempts": delivery.attempts - 1,
            "worker": None,
            "not_before": now() + runs.RELAY_REST,
        }
    most = REJECTED_AT_MOST if outcome.state == "rejected" and not about_us else MAX_ATTEMPTS
    if delivery.attempts >= most:
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
    mailing = db.session.get_one(Mailing, run.mailing_id, populate_existing=True, with_for_update=True)
    if mailing.kind is None and mailing.state == "sending":
        service.pause(run.mailing_id, reply)
