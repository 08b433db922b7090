"""The periodic work on letters. The reconciler calls it under its lock, so each of these is a singleton."""

import structlog
from flask import current_app

from campaigner.letters import delivery

log = structlog.get_logger()


def deliver() -> None:
    """Write down what became of the mails under way, then send what is due.

    If it dies midway: its transaction is undone with the mails in it, and the next round finds the same letters.
    """
    delivery.watch()
    taken = delivery.deliver(reply_to=current_app.extensions["campaigner"].host_contact)
    if taken:
        log.info("letters under way", number=taken)


def bounces() -> None:
    """See which mails came back after they had been taken.

    If it dies midway: the next hour finds the same ones.
    """
    delivery.bounces()
