"""What RQ runs for the contact room: the pipeline on the queue "contact", calls on "default"."""

import time
import traceback
from datetime import timedelta
from pathlib import Path

import structlog
from flask import current_app

from campaigner.config import LANGUAGES, Settings
from campaigner.contact import answers, calls, digest, inbox, retention, service, turns
from campaigner.core import db, queue
from campaigner.core.clock import BRUSSELS, now
from campaigner.core.db import transaction
from campaigner.staff import service as staff

SLICE_SECONDS = 20.0
HERE = Path(__file__).parent.parent
log = structlog.get_logger()


def drain() -> None:
    """Take messages whose turn it is through their steps, for a slice of time; then ask for the next slice.

    If it dies midway: the steps that were committed stand, the one that was not leaves no trace, and
    what was claimed has its next turn within half a minute.
    """
    late = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < late:
        with transaction():
            claimed = turns.claim()
        if not claimed:
            return
        for message_id in claimed:
            _advance(message_id)
    queue.ring(service.DRAIN, queue="contact")


def advance(message_id: int) -> None:
    """Take one message through the steps that are still to do. Each that writes a mail is a transaction of its own.

    If it dies midway: the steps that were committed stand, the one that was not leaves no trace, and
    the reconciler has the rest done.
    """
    settings = _settings()
    team, ours = settings.host_contact, (settings.host_contact, settings.mail_sender)
    with transaction():
        for step in (service.score, service.tongue, service.route):
            step(message_id)
    with transaction():
        back = answers.address(answers.RECEIPT, str(message_id), home=settings.mail_return_address)
        service.acknowledge(message_id, reply_to=back or team, ours=ours)
    with transaction():
        service.notify(message_id, to=team, language=LANGUAGES[0], call=bool(settings.contact_webhook_url))


def _advance(message_id: int) -> None:
    """One message; what stops it is noted, and seen by RQ and by staff."""
    try:
        advance(message_id)
    except BaseException as error:
        with transaction():
            turns.stumbled(message_id, _where(error))
        log.error("message stands still", message=message_id, reason=type(error).__name__)
        raise


def _where(error: BaseException) -> str:
    """What kind of error, and where in our code. Never its words: they may hold somebody's."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(HERE))]
    place = f" at {Path(ours[-1].filename).relative_to(HERE)}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"


def call() -> None:
    """Make the calls that are owed, until one is not taken: the others have their turn later.

    If it dies midway: the call was counted before it was made and is made again, with the same webhook-id.
    """
    settings, late = _settings(), time.monotonic() + SLICE_SECONDS
    while settings.contact_webhook_url and time.monotonic() < late:
        with transaction():
            message_id = calls.claim()
            words = calls.written(message_id, settings) if message_id else None
        if message_id is None or words is None:
            return
        try:
            calls.make(settings.contact_webhook_url, *words)
        except calls.NotTaken as error:
            with transaction():
                calls.failed(message_id, str(error))
            log.warning("call not taken", message=message_id, reason=str(error))
            return
        with transaction():
            calls.taken(message_id)


def reconcile() -> None:
    """Wake a worker when a message or a call should have its turn by now.

    If it dies midway: the next round does the same again.
    """
    if turns.due():
        db.follow(lambda: queue.ring(service.DRAIN, queue="contact", again=True))
    if _settings().contact_webhook_url and calls.due():
        db.follow(lambda: queue.ring(calls.CALL, queue="default", again=True))


def daily() -> None:
    """From eight in the morning: tell the team what came into quarantine since yesterday's mail.

    If it dies midway: its transaction is undone with the mail in it, and the next hour does it.
    """
    if now().astimezone(BRUSSELS).hour >= 8:
        digest.write(to=_settings().host_contact, language=LANGUAGES[0], since=now() - timedelta(days=7))


def tidy() -> None:
    """Erase what was kept long enough.

    If it dies midway: its transaction is undone, and the next hour does it.
    """
    inbox.forget_presence()
    gone = retention.expire()
    if gone:
        staff.record(account_id=None, what="contact expired", about="contact", detail={"messages": gone})


def attend() -> None:
    """Bring back what was put off until now, and read the words of what is new, for the search.

    If it dies midway: its transaction is undone, and the next round does it.
    """
    inbox.wake_due()
    inbox.read_words()


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings
