"""What RQ runs for the contact room, on the queue "default"."""

from functools import partial

from flask import current_app

from campaigner.config import LANGUAGES
from campaigner.contact import answers, inbox, queries, retention, service
from campaigner.core import db, queue
from campaigner.core.db import transaction
from campaigner.staff import service as staff


def advance(message_id: int) -> None:
    """Take a message through the steps that are still to do, each a transaction of its own.

    If it dies midway: the steps that were committed stand, the one that was not leaves no trace, and
    the reconciler has the rest done.
    """
    settings = current_app.extensions["campaigner"]
    team, ours = settings.host_contact, (settings.host_contact, settings.mail_sender)
    with transaction():
        service.score(message_id)
    with transaction():
        service.route(message_id)
    with transaction():
        back = answers.address(answers.RECEIPT, str(message_id), home=settings.mail_return_address)
        service.acknowledge(message_id, reply_to=back or team, ours=ours)
    with transaction():
        service.notify(message_id, to=team, language=LANGUAGES[0])


def reconcile() -> None:
    """Ring again for every message that should be through by now.

    If it dies midway: the next round does the same again.
    """
    for message_id in queries.unfinished():
        db.follow(partial(_ring_again, message_id))


def _ring_again(message_id: int) -> None:
    queue.ring(service.ADVANCE, message_id, queue="default", again=True)


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
