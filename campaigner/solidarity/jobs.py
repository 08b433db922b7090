"""The periodic work on messages. The reconciler calls it under its lock, so each of these is a singleton."""

import structlog

from campaigner.solidarity import service

log = structlog.get_logger()


def reconcile() -> None:
    """Empty our copies of digests in which somebody stands who left the wall.

    If it dies midway: its transaction is undone, and the next round finds the same digests.
    """
    emptied = service.withdraw()
    if emptied:
        log.info("digests emptied", number=emptied)


def digest() -> None:
    """Mail what is new on the walls to the partners whose day has come.

    If it dies midway: its transaction is undone with the mails in it, and the next hour begins again.
    """
    mailed = service.digest()
    if mailed:
        log.info("digests written", number=mailed)
