"""What RQ runs for the outbox."""

from functools import partial

from flask import current_app

from campaigner.config import Settings
from campaigner.core import db, queue
from campaigner.outbox import claims, counters, engine, pace, queries, relays, service


def drain(mailing_id: int) -> None:
    """Send a slice of a mailing, then ask for the next slice if there is more.

    Each that finds more than it can hold calls one more worker first, so a large mailing soon has all of them.

    If it dies midway: claimed rows are READY again when their lease ends, rows in flight become
    UNKNOWN and follow the mailing's policy, and the reconciler wakes another worker.
    """
    if queries.crowded(mailing_id):
        queue.ring(drain, mailing_id, queue=queries.queue_of(mailing_id), each_worker=True)
    if engine.drain(mailing_id):
        queue.ring(drain, mailing_id, queue=queries.queue_of(mailing_id))


def reconcile() -> None:
    """Take back what dead workers held, finish what is finished, wake a worker for whatever is due.

    If it dies midway: the next round does the same again.
    """
    claims.expire()
    for mailing_id in queries.unfinished():
        service.finish(mailing_id)
    for mailing_id, name in queries.waiting():
        db.follow(partial(queue.ring, drain, mailing_id, queue=name, again=True))


def keep_pace() -> None:
    """Have the limits that are set hold, and those that servers wished for grow back: a step of its own, for its locks.

    If it dies midway: its transaction is undone, and the next round does the same.
    """
    settings: Settings = current_app.extensions["campaigner"]
    pace.keep(settings, relays.all_of(settings))


def count() -> None:
    """Add up what moved since the last round, for the pages that follow a send.

    If it dies midway: its transaction is undone, and the next round adds the same up.
    """
    counters.fold()


def tidy() -> None:
    """Blank out what was settled long ago.

    If it dies midway: its transaction is undone, and the next hour does it.
    """
    service.expire()
    counters.tidy()
