"""What `make chaos` found, small enough for every run: dead workers, workers told to stop, a lost database."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import OperationalError as AwayError
from redis import Redis
from rq import Queue
from sqlalchemy import func, update
from sqlalchemy.exc import OperationalError

from campaigner.core import queue
from campaigner.core.db import db, transaction
from campaigner.outbox import engine, outcomes, queries, service
from campaigner.outbox.models import Delivery
from tests.conftest import Sink

DRAIN = "campaigner.outbox.jobs.drain"


def _mail(number: int = 1) -> int:
    """So many mails of one standing mailing, ready. Returns its id."""
    with transaction():
        mailing_id = service.standing("chaos.test", queue="urgent")
        for n in range(number):
            mail = {"cause": f"{n}", "to": f"luc{n}@voorbeeld.example", "first_name": "Luc", "language": "nl"}
            words = {"subject": "Dag", "text": "Dag {{voornaam}}", "html": "<p>Dag</p>"}
            service.send_test(content=words, unsubscribe="https://fos.example/u/x", **mail)
            db.session.execute(update(Delivery).values(mailing_id=mailing_id))
    return mailing_id


def test_a_job_that_failed_gives_up_its_name_to_the_next_wake_up(app: Flask, session: object):
    assert queue.ring(DRAIN, 1, queue="urgent")
    (job_id,) = queue.bell.queue("urgent").job_ids
    job = queue.bell.queue("urgent").fetch_job(job_id)
    job.set_status("failed")
    queue.bell.queue("urgent").remove(job_id)

    assert queue.ring(DRAIN, 1, queue="urgent")
    assert queue.bell.queue("urgent").job_ids == [job_id]
    assert not queue.bell.queue("urgent").fetch_job(job_id).is_failed


def test_what_a_dead_worker_holds_keeps_no_other_mail_waiting(session: Any):
    mailing_id = _mail(2)
    dead = update(Delivery).where(Delivery.recipient == "0")
    session.execute(
        dead.values(state="claimed", worker="dead", lease_until=func.clock_timestamp() + timedelta(minutes=2))
    )

    assert mailing_id in [waiting for waiting, _queue in queries.waiting()]


def test_what_the_mail_server_said_survives_a_restart_of_the_database(
    session: Any, smtp: Sink, monkeypatch: pytest.MonkeyPatch
):
    mailing_id = _mail()
    settle, away = outcomes.settle, [OperationalError("COMMIT", {}, AwayError("restarting"))]

    def once_away(*given: Any) -> None:
        if away:
            raise away.pop()
        settle(*given)

    monkeypatch.setattr(outcomes, "settle", once_away)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(type(db), "engine", db.engine)  # the test's one connection is not to be thrown away
    monkeypatch.setattr(db.engine, "dispose", lambda: None, raising=False)

    engine.drain(mailing_id)

    assert len(smtp.messages) == 1
    assert queries.progress(mailing_id).sent == 1


def test_a_worker_told_to_stop_tells_its_work_horse(app: Flask):
    horse = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    redis = Redis.from_url(queue.bell.url)
    worker = queue.PatientWorker([Queue("urgent", connection=redis)], connection=redis, name=f"test-{os.getpid()}")
    worker._horse_pid = horse.pid

    worker.handle_warm_shutdown_request()

    assert horse.wait(timeout=10) == -signal.SIGTERM
    assert worker.told_to_stop


def test_a_slow_mail_server_gets_no_further_message_of_a_group_whose_lease_would_end(
    session: Any, smtp: Sink, monkeypatch: pytest.MonkeyPatch
):
    mailing_id = _mail(3)
    monkeypatch.setattr(engine, "GROUP_SECONDS", -1.0)

    engine.drain(mailing_id)

    assert smtp.messages == []
    assert queries.progress(mailing_id).waiting == 3
    assert {row.attempts for row in session.query(Delivery)} == {0}


def test_a_late_worker_does_not_reopen_what_became_unknown(session: Any, monkeypatch: pytest.MonkeyPatch):
    mailing_id = _mail()

    def away(_line: object, letters: Any, **_until: object) -> dict[str, engine.Outcome]:
        session.execute(update(Delivery).values(state="unknown"))  # the lease ended meanwhile
        return {letter.key: engine.Outcome("ready", "nothing was handed over") for letter in letters}

    monkeypatch.setattr(engine.Line, "open", lambda _line: False)
    monkeypatch.setattr(engine.Line, "offer", away)

    engine.drain(mailing_id)

    assert queries.progress(mailing_id).unknown == 1


def test_an_answer_stands_when_the_database_goes_away_right_after_it(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    def away() -> None:
        raise OperationalError("ROLLBACK", {}, AwayError("terminating connection due to administrator command"))

    monkeypatch.setattr(db.session, "remove", away)

    assert client.get("/healthz").status_code == 200
