"""Running an import: batch after batch, each a transaction, the next one read while the database works on the last.

A worker that dies loses the batch in hand; `position` says where the next one goes on.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.imports import person, reading, service, writing
from campaigner.imports.models import PeopleImport
from campaigner.imports.person import Defaults, Ready

BATCH = 10_000  # lines
SLICE = 20.0  # seconds; then another job may have its turn


@dataclass
class Batch:
    """Lines that were looked at."""

    ready: list[Ready] = field(default_factory=list)
    faults: list[tuple[int, str, str]] = field(default_factory=list)
    lines: int = 0


def run(import_id: int, *, seconds: float = SLICE, tell: Callable[[PeopleImport], None] | None = None) -> bool:
    """Work on it for a while. Returns True when there is more to do. `tell` hears of every batch."""
    until = time.monotonic() + seconds
    with transaction():
        made = service.get(import_id)
        state = made.state
    if state == "undoing":
        return _undo(import_id, until, tell)
    if state not in ("checking", "importing"):
        return False
    with ThreadPoolExecutor(max_workers=1) as ahead:
        return _lines(import_id, ahead, until, tell)


def _undo(import_id: int, until: float, tell: Callable[[PeopleImport], None] | None) -> bool:
    while time.monotonic() < until:
        with transaction():
            if not service.hold(import_id):
                return False
            made = service.get(import_id)
            more = made.state == "undoing" and service.take_back(made) > 0
            if tell:
                tell(made)
        if not more:
            return False
    return True


def _lines(
    import_id: int, ahead: ThreadPoolExecutor, until: float, tell: Callable[[PeopleImport], None] | None
) -> bool:  # fmt: skip
    """Read the file on from where it was left; each batch is written while the next one is looked at."""
    with transaction():
        made = service.get(import_id)
        how, plain, position, state = service.how(made), service.defaults(made), made.position, made.state
        whole = b"".join(service.parts(import_id))
    rows = reading.lines(_pieces(whole), how)
    next(rows, None)  # the header
    rows = itertools.islice(rows, position, None)
    looked = ahead.submit(_look, rows, how.columns, plain)
    while True:
        batch = looked.result()
        looked = ahead.submit(_look, rows, how.columns, plain)
        with transaction():
            if not service.hold(import_id):
                return False
            made = service.get(import_id)
            if made.state != state or made.position != position:
                return False
            _settle(made, batch)
            position = made.position
            if tell:
                tell(made)
            if made.state != state:
                return False
        if time.monotonic() > until:
            looked.result()
            return True


def _settle(made: PeopleImport, batch: Batch) -> None:
    counts: dict[str, int] = {}
    if batch.ready:
        do = writing.count if made.state == "checking" else writing.write
        counts = do(batch.ready, service.into(made), now=now())
    service.tally(made, counts, batch.faults, lines=batch.lines)
    if batch.lines < BATCH:
        service.settle(made)


def _pieces(whole: bytes) -> Iterator[bytes]:
    return (whole[at : at + service.PART] for at in range(0, len(whole), service.PART))


def _look(rows: Iterator[tuple[int, list[str]]], columns: dict[str, list[int]], plain: Defaults) -> Batch:
    """The next lines of the file, looked at. Asks the database nothing: it runs beside it."""
    batch = Batch()
    for line, row in itertools.islice(rows, BATCH):
        batch.lines += 1
        try:
            batch.ready.append(person.read(row, columns, plain))
        except person.Fault as fault:
            batch.faults.append((line, fault.field, fault.why))
    return batch
