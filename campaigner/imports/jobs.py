"""What RQ runs for imports."""

from functools import partial

from campaigner.core import db, queue
from campaigner.imports import runs, service


def run(import_id: int) -> None:
    """Work on an import for a while, then ask for the next turn.

    If it dies midway: the batch in hand is undone, and the reconciler wakes another worker, which goes on after
    the last whole batch.
    """
    if runs.run(import_id):
        queue.ring(run, import_id, queue="default")


def reconcile() -> None:
    """Wake a worker for whatever is unfinished.

    If it dies midway: the next round does the same again.
    """
    for import_id in service.busy():
        db.follow(partial(queue.ring, run, import_id, queue="default", again=True))


def tidy() -> None:
    """Files that are a week old go.

    If it dies midway: its transaction is undone, and the next hour does it.
    """
    service.expire()
