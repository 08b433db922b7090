"""The reconciler's round: one fault stops neither the other steps nor the process."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from campaigner import rounds
from campaigner.core.db import db

pytestmark = pytest.mark.usefixtures("clean")


def _bad_statement() -> None:
    db.session.execute(text("SELECT 1/0 AS geheim"))


def _bad_mail() -> None:
    raise ValueError("fatiha@voorbeeld.example")


def _lock_not_there() -> None:
    db.session.execute(text("SET LOCAL lock_timeout = 1"))
    db.session.execute(text("SET LOCAL statement_timeout = 1"))
    db.session.execute(text("SELECT pg_sleep(1)"))


def _line_lost() -> None:
    db.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """One careful round of these steps and a last one; what the last one did."""

    def round_of(*steps: Callable[[], Any]) -> list[str]:
        done: list[str] = []
        monkeypatch.setattr(rounds, "steps", [*steps, lambda: done.append("last")])
        done.insert(0, str(rounds._careful_round(with_hourly=False)))
        return done

    return round_of


@pytest.mark.parametrize("fault", [_bad_statement, _bad_mail, _lock_not_there])
def test_a_step_that_fails_is_named_and_the_later_ones_have_their_turn(taken: Any, fault: Callable[[], None]) -> None:
    with structlog.testing.capture_logs() as logs:
        assert taken(fault) == ["True", "last"]
    (line,) = [line for line in logs if line["event"] == "step failed"]
    assert line["step"].endswith(fault.__name__)
    assert "geheim" not in str(line)
    assert "voorbeeld" not in str(line)


def test_with_the_database_away_the_round_ends_and_the_next_one_works(taken: Any) -> None:
    assert taken(_line_lost) == ["False"]
    assert taken() == ["True", "last"]


def test_a_lost_lock_ends_the_round(taken: Any) -> None:
    def lose_the_lock() -> None:
        find = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :key"
        pid = db.session.execute(text(find), {"key": rounds.LOCK}).scalar_one()
        db.session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    assert taken(lose_the_lock) == ["False"]
    assert taken() == ["True", "last"]


def test_a_line_that_is_lost_is_told_from_a_statement_that_fails() -> None:
    lost = OperationalError("SELECT 1", {}, Exception(), connection_invalidated=True)
    assert rounds._line_lost(lost)
    assert not rounds._line_lost(OperationalError("SELECT 1", {}, Exception()))
