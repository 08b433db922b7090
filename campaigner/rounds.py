"""The periodic reconciler: whatever is ready, due or expired in the tables is done or woken again.

Redis may forget everything and a worker may die at any moment; this loop is why that costs seconds.
Each round runs under a PostgreSQL advisory lock, so any number of machines may run it.
"""

import signal
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError

from campaigner.core.db import db, transaction

log = structlog.get_logger()
HOUR = 3600.0
CODE = Path(__file__).parent
LOCK = 72_045_113  # any constant; the name of this loop to PostgreSQL

# What a round does, in order, and what one round in an hour does too; filled in rooms.join.
steps: list[Callable[[], Any]] = []
hourly: list[Callable[[], Any]] = []


def one_round(*, with_hourly: bool = False) -> bool:
    """One round. Returns False when another process holds the lock.

    Each step is a transaction of its own: one that fails is logged by its name and does not keep the
    others from their turn. Raises OperationalError or InterfaceError when the database is away.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        if not guard.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar():
            return False
        try:
            for step in [*steps, *(hourly if with_hourly else [])]:
                _take(step)
                guard.execute(text("SELECT 1"))  # raises when the line is lost, and our lock with it
        finally:
            if not guard.invalidated:  # else the lock went with the line
                guard.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
    return True


def _take(step: Callable[[], Any]) -> None:
    """One step, whatever goes wrong in it.

    The one place with a guard for everything: a mail that cannot be written, or a fault of ours in one
    room, must not stop the counting, the erasing and the mails of all others, in this round and every
    next one. Nothing is lost by it: a step works through rows, and a row not done is found again.
    """
    try:
        with transaction():
            step()
    except Exception as error:
        db.session.rollback()
        if _line_lost(error):
            raise
        log.error("step failed", step=_name(step), reason=type(error).__name__, at=_where(error))


def _name(step: Callable[[], Any]) -> str:
    return f"{step.__module__}.{getattr(step, '__qualname__', step)}"


def _where(error: Exception) -> str:
    """The last line of ours on the way to it. Never its message: that of a database holds rows, and rows are people."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(CODE))]
    return f"{Path(ours[-1].filename).relative_to(CODE)}:{ours[-1].lineno}" if ours else ""


def _line_lost(error: Exception) -> bool:
    """Whether the connection is gone, and not just one statement: a lock or a time limit is the step's own trouble."""
    return isinstance(error, InterfaceError) or (isinstance(error, OperationalError) and error.connection_invalidated)


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
