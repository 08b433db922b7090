"""Where services on letters run: in a request, for the addresses in mails, with a clock that can be moved."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from campaigner.letters import delivery
from tests.letters.stage import MONDAY


@pytest.fixture
def dutch(app: Flask, session: object) -> Iterator[None]:
    """A request on a Dutch page."""
    with app.test_request_context("/nl/"):
        yield


@pytest.fixture
def at(dutch: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Move the clock of the postboxes, and only theirs. It begins on a Monday morning."""

    def move(moment: datetime) -> None:
        monkeypatch.setattr(delivery, "now", lambda: moment)

    move(MONDAY)
    return move
