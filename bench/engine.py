"""Our engine under the bench: worker processes that run slices, mailings frozen and started as staff's are.

PostgreSQL is the real one, durable (fsync and synchronous_commit on); the ledger, the claims, the
intents and the outcomes are the product's own.
"""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from bench import messages
from bench.stage import Stage
from campaigner.core.db import transaction
from campaigner.organisations import queries as organisations
from campaigner.outbox import counters, queries, service

CONNECTIONS = int(os.environ.get("MAIL_CONNECTIONS", "4"))  # of all processes together
WARM = 500


@dataclass(frozen=True)
class Sent:
    """What one mailing took, and whether all of it is true."""

    mailing_id: int
    total: int
    sent: int  # by the ledger
    drift: int
    freeze: float  # seconds
    seconds: float  # from the first claim to the last outcome
    cpu: float  # seconds of all worker processes together
    before: Sequence[int]  # bytes of memory of each process
    after: Sequence[int]

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of worker CPU a message."""
        return self.cpu / self.total * 1e6

    @property
    def wall(self) -> float:
        """Microseconds of the clock on the wall a message."""
        return self.seconds / self.total * 1e6


class Engine:
    """So many worker processes, started and warm, that send to one port of this machine."""

    def __init__(self, stage: Stage, port: int, *, processes: int = 1, **settings: str) -> None:
        self.stage = stage
        environ = {"MAIL_PORT": str(port), "MAIL_CONNECTIONS": str(max(1, CONNECTIONS // processes)), **settings}
        self.processes = [stage.converse("-m", "bench.slices", **environ) for _ in range(processes)]
        for process in self.processes:
            assert _line(process) == "ready", "a worker process did not start: see talkers.log (KEEP=1)"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)

    def send(self, audience: Any) -> Sent:
        """Freeze, start, wait until all of it is out."""
        began = time.monotonic()
        with self.stage.app.app_context(), transaction():
            mailing = service.draft_mailing(organisation_id=organisations.host().id)
            service.set_content(mailing.id, {"nl": messages.content()})
            total, mailing_id = service.freeze(mailing.id, audience), mailing.id
        return self.go(mailing_id, total=total, freeze=time.monotonic() - began)

    def go(self, mailing_id: int, *, total: int, freeze: float) -> Sent:
        """Start a frozen mailing in these processes and wait for its end."""
        self.tell(mailing_id)
        with self.stage.app.app_context(), transaction():
            service.start(mailing_id)
        return self.result(mailing_id, total=total, freeze=freeze)

    def tell(self, mailing_id: int) -> None:
        """Have the processes wait for the start of a mailing."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(f"{mailing_id}\n")
            process.stdin.flush()
        time.sleep(0.05)

    def memory(self) -> list[int]:
        """Bytes of memory that each process has now."""
        return [_resident(process.pid) for process in self.processes]

    def result(
        self, mailing_id: int, *, total: int, freeze: float, meanwhile: Callable[[], None] = lambda: None
    ) -> Sent:
        """Wait until each process has said that nothing is left, and read the ledger. `meanwhile`: once a second."""
        each = []
        for process in self.processes:
            assert process.stdout is not None
            while not select.select([process.stdout], [], [], 1.0)[0]:
                meanwhile()
            each.append(json.loads(_line(process)))
        with self.stage.app.app_context(), transaction():
            sent, drift = queries.progress(mailing_id).sent, counters.drift(mailing_id)
        return Sent(
            mailing_id, total, sent, drift, freeze,
            seconds=max(one["ended"] for one in each) - min(one["began"] for one in each),
            cpu=sum(one["cpu"] for one in each),
            before=[int(one["before"]) for one in each], after=[int(one["after"]) for one in each],
        )  # fmt: skip


def _resident(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
