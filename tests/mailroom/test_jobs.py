"""The job that sorts: one call for any number of mails, and none of them lost by a fault."""

import pytest
from sqlalchemy import select

from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.queue import bell
from campaigner.mailroom import consequences, desk, jobs, service
from campaigner.mailroom.models import InboundMail
from tests.mailroom import samples
from tests.mailroom.ledger import sent, shut, token

pytestmark = pytest.mark.usefixtures("session", "settings")


def _rows() -> list[InboundMail]:
    return list(db.session.scalars(select(InboundMail).order_by(InboundMail.id)))


def _waiting() -> list[str]:
    return list(bell.queue("default").job_ids)


def test_a_hundred_mails_are_two_wake_ups_and_one_of_them_sorts_all(settings: Settings) -> None:
    delivery = sent()
    for turn in range(100):
        with transaction():
            raw = samples.mail("postfix-unknown") + b"\r\n" * turn
            service.take_in(raw, recipient=token(delivery), sender="", door="lmtp")
    assert len(_waiting()) == 2
    jobs.sort()
    assert {(row.state, row.outcome) for row in _rows()} == {("done", "hard")}
    assert shut() == {(0, "dead address")}


def test_when_its_time_is_over_it_asks_for_the_next_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLICE_SECONDS", -1.0)
    jobs.sort()
    assert len(_waiting()) == 1


def test_a_fault_keeps_the_mail_says_where_and_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("geheim@bestemming.example")

    with transaction():
        service.take_in(samples.mail("reply-text"), recipient="", sender=samples.TO, door="pipe")
    monkeypatch.setattr(consequences, "of", broken)
    with pytest.raises(RuntimeError):
        jobs.sort()
    (row,) = _rows()
    assert (row.state, row.tries) == ("new", 1)
    assert row.error is not None
    assert row.error.startswith("RuntimeError at mailroom/service.py:")
    assert "geheim" not in row.error
    monkeypatch.undo()
    row.not_before = now()
    db.session.commit()


def test_a_lost_wake_up_is_found_by_the_reconciler() -> None:
    with transaction():
        jobs.reconcile()
    assert _waiting() == []
    with transaction():
        service.take_in(b"x", recipient="", sender="", door="pipe")
    bell.queue("default").empty()
    with transaction():
        jobs.reconcile()
    assert len(_waiting()) == 1


def test_what_is_stuck_stands_on_the_first_staff_page() -> None:
    assert desk.stuck() is None
    with transaction():
        service.take_in(b"x", recipient="", sender="", door="pipe")
    _rows()[0].tries = 3
    db.session.commit()
    task = desk.stuck()
    assert task is not None
    assert (task.count, task.tone) == (1, "bad")


def test_what_was_done_long_ago_is_tidied() -> None:
    with transaction():
        service.take_in(b"x", recipient="", sender="", door="pipe")
    jobs.sort()
    _rows()[0].handled_at = now() - 2 * service.KEEP_HANDLED
    with transaction():
        jobs.tidy()
    assert [row.raw for row in _rows()] == [None]
