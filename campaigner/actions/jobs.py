"""The periodic work of the acts. The reconciler calls it under its lock, so each of these is a singleton."""

import structlog

from campaigner.actions import reminders, service

log = structlog.get_logger()


def count() -> None:
    """Bring the counters up to date.

    If it dies midway: its transaction is undone, and the next round counts the same entries.
    """
    service.count()


def remind() -> None:
    """Remind whoever has not confirmed after a day and a half.

    If it dies midway: mails and marks are one transaction, so the next round finds the same acts and none twice.
    """
    sent = reminders.remind()
    if sent:
        log.info("reminders", number=sent)


def tidy() -> None:
    """Erase what was never confirmed or is long over, and see whether every tally is the sum of its journals.

    If it dies midway: the next round begins again.
    """
    gone, drift = service.expire() + service.anonymise(), service.recount()
    if drift:
        log.error("tally drifted and was put right", drift=drift)
    if gone:
        log.info("acts erased", number=gone)
