"""One worker's turn at one mailing, and which rows are its own."""

import os
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, and_

from campaigner.outbox.models import Delivery

# How many rows a worker takes at a time: what it holds waits for the lease when it is killed. Few for people who wait.
CLAIM = {"urgent": 40, "default": 40, "bulk": 500}
LEASE = timedelta(minutes=2)
SLICE_SECONDS = 20.0
RELAY_REST = timedelta(seconds=10)


@dataclass(slots=True)
class Run:
    """One worker's turn at one mailing."""

    mailing_id: int
    epoch: int
    claim: int = CLAIM["bulk"]
    worker: str = field(default_factory=lambda: f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(4)}")
    ends: float = field(default_factory=lambda: time.monotonic() + SLICE_SECONDS)
    stopped: bool = False  # asked to stop: SIGTERM, a pause, or a relay that is away

    @property
    def over(self) -> bool:
        """True when no further group may begin."""
        return self.stopped or time.monotonic() > self.ends


def mine(run: Run, recipients: list[str], *states: str) -> ColumnElement[bool]:
    """The rows among `recipients` that this run holds in one of these states."""
    return and_(
        Delivery.mailing_id == run.mailing_id,
        Delivery.recipient.in_(recipients),
        Delivery.worker == run.worker,
        Delivery.state.in_(states),
    )
