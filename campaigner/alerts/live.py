"""A page that follows something while it happens: server-sent events (HTML standard, 9.2), one thread a reader.

A web process has few threads, so at most a quarter of them may be held this way; whoever comes when
those are taken gets 204, which tells a browser to ask no more, and the page's script polls instead.
Between two looks no database connection and no transaction is held.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from flask import Response, current_app, request, stream_with_context
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import InterfaceError, OperationalError

from campaigner.config import Settings
from campaigner.core.db import db

EVERY = 1.0  # seconds between two looks
LIFE = 25.0  # seconds that one answer lasts; the browser then asks again by itself
RETRY = 1000  # ms that it waits before it does
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')


class Look(NamedTuple):
    """What there is to see now, and whether it still moves."""

    html: str
    moving: bool


class Seats:
    """How many readers this process follows something for at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sitting: set[object] = set()

    @property
    def taken(self) -> int:
        """How many there are."""
        return len(self._sitting)

    def take(self, most: int) -> Callable[[], None] | None:
        """Take one if fewer than `most` are taken: returns how to give it back, once or more often."""
        seat = object()
        with self._lock:
            if len(self._sitting) >= most:
                return None
            self._sitting.add(seat)
        return partial(self._sitting.discard, seat)


seats = Seats()


def stream(look: Callable[[], Look | None]) -> Response:
    """Answer with what `look` sees, again and again, whenever it changed. None from `look` ends it: no longer allowed.

    Each look begins with a fresh database session. Whoever comes back with the name of what they saw last
    (Last-Event-ID) is not sent the same again. 204 when this process has no seat free.
    """
    settings: Settings = current_app.extensions["campaigner"]
    generate_csrf()  # the forms that are sent carry it: in the session now, while the answer can still set a cookie
    leave = seats.take(settings.web_threads // 4)
    if leave is None:
        return Response(status=204)
    events = stream_with_context(_events(look, seen=request.headers.get("Last-Event-ID", "")))
    answer = Response(events, content_type="text/event-stream; charset=utf-8")
    answer.call_on_close(leave)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # nginx would wait until it has a few kilobytes
    return answer


def _events(look: Callable[[], Look | None], *, seen: str) -> Iterator[str]:
    """The events. Something is written at every look, because writing is how one finds out that the reader is gone."""
    yield f"retry: {RETRY}\n\n"
    ends = time.monotonic() + LIFE
    while True:
        try:
            found = look()
        except (OperationalError, InterfaceError):
            return  # the browser asks again, and is told then
        finally:
            _let_go()
        if found is None:
            yield _event("gone", "1")
            return
        name = mark(found.html)
        yield _event("look", found.html, name=name) if name != seen else _event("beat", "1")
        seen = name
        if not found.moving:
            yield _event("end", "1")
            return
        if time.monotonic() > ends:
            return
        time.sleep(EVERY)


def _let_go() -> None:
    """Give the database connection back."""
    try:
        db.session.remove()
    except (OperationalError, InterfaceError):
        db.session.registry.clear()  # a dead line cannot be rolled back


def mark(html: str) -> str:
    """A name for what a fragment says. The form token in it may differ and mean the same."""
    return sha256(TOKEN.sub("", html).encode()).hexdigest()[:16]


def _event(kind: str, text: str, *, name: str = "") -> str:
    """One event. Lines end where the format says they do, and nowhere else."""
    head = [f"event: {kind}"] + ([f"id: {name}"] if name else [])
    return "\n".join([*head, *(f"data: {line}" for line in re.split(r"\r\n|\r|\n", text))]) + "\n\n"
