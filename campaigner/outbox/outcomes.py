"""What follows from an answer of the mail server, or from none: the rows after a group has been offered."""

import random
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import DataError, OperationalError

from campaigner.core import addresses
from campaigner.core.db import db, transaction
from campaigner.outbox import pace, returns, runs, service
from campaigner.outbox.answers import Outcome
from campaigner.outbox.models import Delivery, Mailing
from campaigner.outbox.runs import Run

MAX_ATTEMPTS = 8
RESEND_AT_MOST = 3  # times that a mail whose outcome was never told is offered, where the policy is to send again
REJECTED_AT_MOST = 2  # times that a text is offered which the server rejects while it takes others of the mailing
log = structlog.get_logger()

# Guarded by worker and state. Only an end is news for a row whose lease ran out: its mailing may be done, and nobody
# would send it. `wait` is in seconds. IS NOT DISTINCT FROM: see claims.INTEND.
SETTLE = text("""
    UPDATE delivery SET
        state = news.state,
        reply = news.reply,
        attempts = delivery.attempts - news.free::int,
        not_before = CASE WHEN news.wait IS NULL THEN delivery.not_before
            ELSE clock_timestamp() + make_interval(secs => news.wait) END,
        worker = CASE WHEN news.wait IS NULL THEN delivery.worker END,
        settled_at = CASE WHEN news.wait IS NULL THEN clock_timestamp() END,
        uncertain_at = CASE WHEN news.unsure THEN coalesce(delivery.uncertain_at, clock_timestamp())
            ELSE delivery.uncertain_at END,
        message = CASE WHEN news.state = 'sent' THEN NULL ELSE delivery.message END
    FROM unnest(cast(:recipients AS text[]), cast(:states AS text[]), cast(:replies AS text[]),
                cast(:waits AS float8[]), cast(:frees AS boolean[]), cast(:unsures AS boolean[]))
        AS news(recipient, state, reply, wait, free, unsure)
    WHERE delivery.mailing_id = :mailing AND delivery.recipient = ANY(:recipients)
        AND delivery.recipient = news.recipient AND delivery.worker = :worker
        AND (delivery.state IS NOT DISTINCT FROM 'inflight'
            OR (delivery.state IS NOT DISTINCT FROM 'unknown' AND news.wait IS NULL))
""")


class Follows(NamedTuple):
    """The state that follows from an outcome. `wait`: seconds until its next turn, None when this is the end."""

    state: str
    wait: float | None = None
    free: bool = False  # the attempt does not count


def settle_surely(run: Run, group: Sequence[Any], outcomes: Mapping[str, Outcome]) -> None:
    """Write down what became of a group, also when the database restarts just now: until the lease has ended.

    What the mail server said is known here and nowhere else; without this it would be UNKNOWN.
    """
    patience = time.monotonic() + runs.LEASE.total_seconds()
    while True:
        try:
            return settle(run, group, outcomes)
        except DataError:  # words that the database cannot hold: the outcomes count, not the words
            outcomes = {key: outcome._replace(reply=outcome.reply[:3]) for key, outcome in outcomes.items()}
            return settle(run, group, outcomes)
        except OperationalError as error:
            if time.monotonic() > patience:
                raise
            log.warning("outcomes wait for the database", number=len(group), reason=type(error.orig).__name__)
            db.engine.dispose()
            time.sleep(0.5)


def settle(run: Run, group: Sequence[Any], outcomes: Mapping[str, Outcome]) -> None:
    """Write down what became of a group in one statement: a late answer never undoes a newer truth."""
    if not group:
        return
    with transaction():
        news, about_us = _news(run, group, outcomes)
        db.session.execute(
            SETTLE,
            {
                "mailing": run.mailing_id, "worker": run.worker,
                "recipients": [row.recipient for row in group], "states": [each.state for each in news],
                "replies": [outcomes[row.recipient].reply or None for row in group],
                "waits": [each.wait for each in news], "frees": [each.free for each in news],
                "unsures": [outcomes[row.recipient].state == "unknown" for row in group],
            },
        )  # fmt: skip
        if any(each.state != "sent" for each in news):
            _learn(group, outcomes)
        if about_us is not None:
            _hold(run, about_us)


def _news(run: Run, group: Sequence[Any], outcomes: Mapping[str, Outcome]) -> tuple[list[Follows], str | None]:
    """What follows for each of the group, and the server's words when they are about us."""
    if all(outcome.state == "sent" for outcome in outcomes.values()):
        return [Follows("sent")] * len(group), None
    mailing = db.session.get_one(Mailing, run.mailing_id, populate_existing=True)
    any_sent = _any_sent(mailing.id)
    about_us = _about_us(group, outcomes, any_sent)
    held = None if about_us is None else any_sent
    return [_next(outcomes[row.recipient], row, mailing, held=held) for row in group], about_us


def _learn(group: Sequence[Any], outcomes: Mapping[str, Outcome]) -> None:
    """What the answers say about addresses that are dead and providers that want us slower."""
    slowed: dict[str, str] = {}
    for row in group:
        outcome = outcomes[row.recipient]
        if outcome.state == "failed" and returns.classified(outcome.status, outcome.reply) == "hard":
            returns.dead(row.mailbox)
        elif outcome.slowed and row.provider != addresses.OTHER:  # one small server must not slow all the others
            slowed.setdefault(row.provider, outcome.reply)
    for provider, words in sorted(slowed.items()):
        pace.slow(pace.provider_key(provider), words)


def _about_us(group: Sequence[Any], outcomes: Mapping[str, Outcome], any_sent: bool) -> str | None:
    """The server's words when it turns down the sender or the mailing as such, and not one message of it.

    A refused sender always is. A rejected text, and a recipient refused by policy (5.7.x) or in the same
    words as all others, is, unless others of the same mailing got through: then it is about that one
    message, a name that trips a filter for example.
    """
    refused = [outcome for outcome in outcomes.values() if outcome.state == "refused"]
    if refused:
        return refused[0].reply
    alike = len(group) > 1 and len({(each.state, each.reply) for each in outcomes.values()}) == 1
    rejected = [row for row in group if _by_policy(outcomes[row.recipient], alike=alike)]
    if not rejected or any(outcome.state == "sent" for outcome in outcomes.values()):
        return None
    tried = all(row.attempts >= REJECTED_AT_MOST for row in rejected)
    if (len(rejected) == 1 or tried) and any_sent:
        return None
    if len(rejected) == 1 and outcomes[rejected[0].recipient].state == "failed":
        return None
    return outcomes[rejected[0].recipient].reply


def _by_policy(outcome: Outcome, *, alike: bool = False) -> bool:
    if outcome.state == "failed":
        return outcome.status.startswith("5.7.") or (alike and not outcome.status)
    return outcome.state == "rejected"


def _any_sent(mailing_id: int) -> bool:
    query = select(Delivery.recipient).where(Delivery.mailing_id == mailing_id, Delivery.state == "sent").limit(1)
    return db.session.execute(query).first() is not None


def _next(outcome: Outcome, row: Any, mailing: Mailing, *, held: bool | None = None) -> Follows:
    """The state that follows from an outcome. `held`: the mailing is, and whether any of it had been sent before."""
    about_us = held is not None
    if outcome.state == "sent":
        return Follows("sent")
    if outcome.state == "failed" and not about_us:
        return _unsent(row, "failed")
    uncertain = mailing.unknown_policy != "resend" or row.attempts >= RESEND_AT_MOST or mailing.state == "cancelled"
    if outcome.state == "unknown" and uncertain:
        return Follows("unknown")
    if mailing.state == "cancelled":
        return _unsent(row, "cancelled")
    # A pause is about us, so nobody's turn is used up, unless it takes others of it: then this text may be the trouble.
    if outcome.state == "ready" or (held is False and mailing.kind is None):
        rest = runs.RELAY_REST.total_seconds() if outcome.reply else 0.0
        return Follows("ready", rest, free=True)
    most = REJECTED_AT_MOST if outcome.state == "rejected" and not about_us else MAX_ATTEMPTS
    if row.attempts >= most:
        return _unsent(row, "failed")
    return Follows("deferred", max(_backoff(row.attempts), outcome.wait).total_seconds())


def _unsent(row: Any, state: str) -> Follows:
    """The end of one that was not taken now. When an earlier attempt may have arrived, nobody can say it was not."""
    return Follows("unknown" if row.doubted else state)


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
