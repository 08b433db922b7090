"""What may go wrong around a message: forms sent twice, kills, two workers at once, Valkey away. Real commits."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from campaigner import rounds
from campaigner.contact import jobs, queries, service
from campaigner.contact.models import STEPS, ContactMessage
from campaigner.core import queue
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, NotFound
from campaigner.outbox.models import Delivery
from tests.contact.messages import ROBOT, account, mails, steps, stored

pytestmark = pytest.mark.usefixtures("clean")


def test_the_same_form_with_another_text_is_not_swallowed():
    first = stored(nonce="once", body="Eerste")

    with pytest.raises(service.SentBefore) as raised:
        stored(nonce="once", body="Tweede")

    assert first.reference in str(raised.value)


def test_a_kill_within_a_step_leaves_no_trace_of_it(monkeypatch):
    message = stored()
    with monkeypatch.context() as patch:
        patch.setattr(service.mails, "receipt", _killed)
        with pytest.raises(KeyboardInterrupt):
            jobs.advance(message.id)
    assert steps(message) == ["stored", "scored", "language", "routed"]

    jobs.advance(message.id)

    assert steps(message) == list(STEPS)
    assert len(mails("contact.receipt")) == 1


def test_a_colleague_who_was_quicker_is_told_apart():
    message, mine, other = stored(), account(), account("Collega")
    with transaction():
        service.spam(message.id, account_id=mine)

    with pytest.raises(Conflict), transaction():
        service.take(message.id, account_id=other)
    with pytest.raises(NotFound), transaction():
        service.take(4711, account_id=other)


def test_storing_wakes_the_pipeline_only_after_the_commit(monkeypatch):
    rung: list[tuple[Any, ...]] = []
    monkeypatch.setattr(service.queue, "ring", lambda *call, **more: rung.append((*call, more)))
    monkeypatch.setattr(service, "BREATH", -1.0)
    with pytest.raises(IntegrityError):
        stored(topic="a topic that the database refuses")

    assert rung == []
    message = stored()
    assert message.id
    assert rung == [(service.DRAIN, {"queue": "contact"})]


def _killed(*_args: Any, **_more: Any) -> str:
    raise KeyboardInterrupt


def test_two_workers_at_once_do_each_step_once(app: Flask):
    message_id = stored().id
    failures: list[BaseException] = []

    def work() -> None:
        with app.app_context():
            try:
                jobs.advance(message_id)
            except BaseException as error:  # noqa: BLE001 - the thread's failure is the test's
                failures.append(error)
            finally:
                db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failures == []
    assert [event.step for event in queries.history(message_id)] == list(STEPS)
    assert len(mails("contact.receipt")) == len(mails("contact.notify")) == 1


def test_two_double_clicks_at_once_store_one_message(app: Flask):
    references: list[str] = []

    def press() -> None:
        with app.app_context():
            references.append(stored(nonce="once", body="Dubbel", email="greet@voorbeeld.example").reference)
            db.session.remove()

    visitors = [threading.Thread(target=press) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()

    assert len(references) == 4
    assert len(set(references)) == 1
    assert db.session.scalar(select(func.count()).select_from(ContactMessage)) == 1


def test_a_worker_of_rq_does_the_whole_pipeline(monkeypatch):
    monkeypatch.setattr(service, "BREATH", -1.0)
    message = stored(topic="local")
    robot = stored(signals=ROBOT)
    db.session.commit()
    db.engine.dispose()

    queue.work("contact", burst=True)

    db.session.expire_all()
    assert steps(message) == list(STEPS)
    assert (robot.state, steps(robot)) == ("quarantine", ["stored", "scored", "language", "routed"])


def test_a_lost_wake_up_is_rung_by_the_next_round():
    message = stored()
    queue.bell.redis.flushall()

    rounds.one_round()
    db.engine.dispose()
    queue.work("contact", burst=True)

    db.session.expire_all()
    assert steps(message) == list(STEPS)


def test_with_valkey_away_the_message_is_stored_and_in_the_inbox(monkeypatch):
    monkeypatch.setattr(queue.bell, "redis", queue.Redis.from_url("redis://127.0.0.1:1/0"))

    message = stored()

    assert [row.id for row in queries.pile("open")] == [message.id]
    assert db.session.scalar(select(func.count()).select_from(Delivery)) == 0
