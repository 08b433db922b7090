"""What the reconciler does for this room."""

from campaigner.charters import service


def tidy() -> None:
    """Erase what was kept long enough.

    If it dies midway: its transaction is undone, and the next hour does it.
    """
    service.tidy()
