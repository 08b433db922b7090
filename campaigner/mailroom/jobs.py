"""What RQ runs for the mailroom, on the queue "default"."""

import time
import traceback
from pathlib import Path

import structlog
from flask import current_app

from campaigner.core import db, queue
from campaigner.core.db import transaction
from campaigner.mailroom import queries, service

SLICE_SECONDS = 20.0
HERE = Path(__file__).parent.parent
log = structlog.get_logger()


def sort() -> None:
    """Handle what is due, one mail after another, for a slice of time; then ask for the next slice.

    If it dies midway: a mail that was claimed has its next turn within a minute, one that was handled
    is done, and the reconciler wakes another worker.
    """
    late = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < late:
        with transaction():
            mail_id = service.claim()
        if mail_id is None:
            return
        _handle(mail_id)
    queue.ring(service.SORT, queue="default")


def _handle(mail_id: int) -> None:
    try:
        with transaction():
            service.handle(mail_id, settings=current_app.extensions["campaigner"])
    except BaseException as error:
        with transaction():
            service.stumbled(mail_id, _where(error))
        log.error("mail could not be handled", mail=mail_id, reason=type(error).__name__)
        raise


def _where(error: BaseException) -> str:
    """What kind of error, and where in our code. Never its words: they may hold somebody's."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(HERE))]
    place = f" at {Path(ours[-1].filename).relative_to(HERE)}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"


def reconcile() -> None:
    """Wake a worker when a mail should be handled by now.

    If it dies midway: the next round does the same again.
    """
    if queries.due():
        db.follow(_ring_again)


def _ring_again() -> None:
    queue.ring(service.SORT, queue="default", again=True)


def tidy() -> None:
    """Take out texts that are no longer needed.

    If it dies midway: its transaction is undone, and the next hour does it.
    """
    service.expire()
