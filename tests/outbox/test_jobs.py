"""What RQ carries for the outbox: as many wake-ups as there are workers, and none of them is the truth."""

from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.worker import Worker
from sqlalchemy.orm import Session

from campaigner.core import queue
from campaigner.outbox import engine, jobs, queries, runs
from tests.outbox.test_engine import _mailing as mailing


@pytest.fixture
def three_workers(app: Flask) -> Iterator[Queue]:
    """Three processes have told Redis that they serve the queue of alerts."""
    redis = Redis.from_url(queue.bell.url)
    calls = Queue("bulk", connection=redis)
    workers = [Worker([calls], connection=redis, name=f"test-{number}") for number in range(3)]
    for worker in workers:
        worker.register_birth()
    yield calls
    for worker in workers:
        worker.register_death()


def test_a_large_mailing_calls_every_worker_and_one_more_turn(
    session: Session, three_workers: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(runs.CLAIM, "bulk", 2)
    mailing_id = mailing(5)
    three_workers.empty()
    monkeypatch.setattr(engine, "drain", lambda _mailing_id: False)
    for _ in range(9):
        jobs.drain(mailing_id)
    assert three_workers.count == 4


def test_a_small_mailing_calls_nobody_else(session: Session, three_workers: Queue) -> None:
    mailing_id = mailing(5, start=False)
    assert not queries.crowded(mailing_id)
    jobs.drain(mailing_id)
    assert three_workers.count == 0
