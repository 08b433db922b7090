"""The periodic work of the acts. The reconciler calls it under its lock, so each of these is a singleton."""

import structlog

from campaigner.actions import service
from campaigner.core.clock import now

log = structlog.get_logger()
_tidied_on: list[object] = []


def count() -> None:
    """Bring the counters up to date.

    If it dies midway: its transaction is undone, and the next round counts the same entries.
    """
    service.count()


def tidy() -> None:
    """Once an hour: erase what was never confirmed, and look whether every tally is the sum of its journals.

    If it dies midway: the next round begins again.
    """
    hour = now().replace(minute=0, second=0, microsecond=0)
    if _tidied_on == [hour]:
        return
    _tidied_on[:] = [hour]
    gone, drift = service.expire(), service.recount()
    if drift:
        log.error("tally drifted and was put right", drift=drift)
    if gone:
        log.info("unconfirmed acts erased", number=gone)
