"""A Redis that hangs costs one visitor half a second, not everybody."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from campaigner import config
from campaigner.core import limits, queue
from campaigner.core.breaker import breaker

DRAIN = "campaigner.outbox.jobs.drain"


@pytest.fixture
def silent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Both ask a server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        options: dict[str, Any] = config.flask_settings(app.extensions["campaigner"])["RATELIMIT_STORAGE_OPTIONS"]
        storage: Any = storage_from_string(url, **options)
        strategy = FixedWindowRateLimiter(storage)
        monkeypatch.setattr(limits.limiter, "_limiter", strategy)
        bell = queue.Bell()
        bell.use(url)
        monkeypatch.setattr(queue, "bell", bell)
        yield server
        breaker.reset()
        storage.storage.close()
        if bell.redis is not None:
            bell.redis.close()


def connections(server: socket.socket) -> int:
    """How often somebody came to ask."""
    server.settimeout(0.1)
    number = 0
    while True:
        try:
            server.accept()[0].close()
        except TimeoutError:
            return number
        number += 1


def test_one_question_is_enough_for_the_limits_and_the_bell_together(silent: socket.socket, app: Flask) -> None:
    began = time.monotonic()
    with app.test_request_context():
        assert limits.allowed("t", "one", "2 per minute", "9 per hour")
        assert not queue.ring(DRAIN, 1, queue="urgent")
        assert limits.allowed("t", "two", "2 per minute")
        limits.forget("t", "two", "2 per minute")
    assert connections(silent) == 1
    assert time.monotonic() - began < 2


def test_a_bell_that_is_not_heard_spares_the_limits(silent: socket.socket, app: Flask) -> None:
    assert not queue.ring(DRAIN, 1, queue="urgent")
    with app.test_request_context():
        assert limits.allowed("t", "one", "2 per minute")
    assert connections(silent) == 1


def test_the_reconciler_tries_all_the_same(silent: socket.socket) -> None:
    breaker.trip()
    assert not queue.ring(DRAIN, 1, queue="urgent", again=True)
    assert connections(silent) == 1


def test_after_the_rest_it_is_asked_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    breaker.trip()
    assert not queue.ring(DRAIN, 1, queue="urgent")
    later = time.monotonic() + 6
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert queue.ring(DRAIN, 1, queue="urgent")
