"""The periodic reconciler: whatever is ready, due or expired in the tables is done or woken again.

Redis may forget everything and a worker may die at any moment; this loop is why that costs seconds.
Each round runs under a PostgreSQL advisory lock, so any number of machines may run it.
"""

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError

from campaigner.core.db import db, transaction

log = structlog.get_logger()
HOUR = 3600.0
LOCK = 72_045_113  # any constant; the name of this loop to PostgreSQL

# What a round does, in order, and what one round in an hour does too; filled in rooms.join.
steps: list[Callable[[], Any]] = []
hourly: list[Callable[[], Any]] = []


def one_round(*, with_hourly: bool = False) -> bool:
    """One round. Returns False when another process holds the lock.

    Each step is a transaction of its own: one that fails does not undo the others.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        if not guard.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar():
            return False
        try:
            for step in [*steps, *(hourly if with_hourly else [])]:
                with transaction():
                    step()
        finally:
            guard.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
    return True


def run(*, every: float, once: bool = False) -> None:
    """Round after round until SIGTERM. A database that is away is waited for."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    tidied = -HOUR
    while not stop.is_set():
        due = time.monotonic() - tidied > HOUR
        if _careful_round(with_hourly=due) and due:
            tidied = time.monotonic()
        if once or stop.wait(every):
            return


def _careful_round(*, with_hourly: bool) -> bool:
    try:
        return one_round(with_hourly=with_hourly)
    except (OperationalError, InterfaceError) as error:
        db.session.rollback()
        db.engine.dispose()
        log.warning("round skipped: the database is away", reason=type(error).__name__)
        return False
    finally:
        db.session.remove()
