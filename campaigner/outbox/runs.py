"""One connection's turn at one mailing, and which rows are its own."""

import os
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_

from campaigner.outbox.models import Delivery

# How many rows a turn takes at a time: what it holds waits for the lease when it is killed. Few for people who wait.
CLAIM = {"urgent": 40, "default": 40, "bulk": 500}
LEASE = timedelta(minutes=2)
SLICE_SECONDS = 20.0
RELAY_REST = timedelta(seconds=10)


class Stop:
    """Asks all turns of a process to end: SIGTERM, or the end of the slice of time. Knows who has a line open."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._lines: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.ends = time.monotonic() + SLICE_SECONDS

    def tell(self) -> None:
        """No further group begins."""
        self._told.set()

    @property
    def told(self) -> bool:
        """Whether somebody asked."""
        return self._told.is_set()

    @property
    def over(self) -> bool:
        """Whether somebody asked, or the time is up."""
        return self.told or time.monotonic() > self.ends

    def opened(self, relay: str, change: int) -> None:
        """A turn of this process opened a line to that relay (1), or closed it (-1)."""
        with self._lock:
            self._lines[relay] += change

    def standing(self, relay: str) -> int:
        """How many turns of this process have a line to it."""
        return self._lines[relay]

    def wait(self, seconds: float) -> None:
        """Let time pass, but not past the end."""
        self._told.wait(max(0.0, min(seconds, self.ends - time.monotonic())))


@dataclass(slots=True)
class Run:
    """One connection's turn at one mailing."""

    mailing_id: int
    epoch: int
    claim: int = CLAIM["bulk"]
    queue: str = "bulk"
    sender: int = 0  # the organisation whose consent it needs; 0: a service mail
    worker: str = field(default_factory=lambda: f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(4)}")
    stop: Stop = field(default_factory=Stop)
    stopped: bool = False  # this turn alone: a pause, or no relay that serves
    past: datetime | None = None  # everything due before this moment has been claimed already
    dry: set[str] = field(
        default_factory=set
    )  # providers of whom nothing was due when asked; "" is all that are not slow

    @property
    def over(self) -> bool:
        """True when no further group may begin."""
        return self.stopped or self.stop.over


def mine(run: Run, recipients: list[str], *states: str) -> ColumnElement[bool]:
    """The rows among `recipients` that this run holds in one of these states."""
    return and_(
        Delivery.mailing_id == run.mailing_id,
        Delivery.recipient.in_(recipients),
        Delivery.worker == run.worker,
        Delivery.state.in_(states),
    )
