"""What the reconciler does for this room."""

from campaigner.organisations import desk_requests, requests


def tidy() -> None:
    """Erase requests that were kept long enough.

    If it dies midway: its transaction is undone, and the next hour does it.
    """
    requests.expire()
    desk_requests.expire()
