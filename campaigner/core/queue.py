"""Wake-up calls for the workers, over RQ. The only room that knows RQ besides `worker.py`.

PostgreSQL holds the truth; a wake-up is a hint that something is ready. A wake-up that cannot be
delivered is lost on purpose: the reconciler finds the row within seconds.
"""

import itertools
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from rq.worker import Worker

from campaigner.core import db as database
from campaigner.core.breaker import breaker

QUEUES = ("urgent", "contact", "default", "bulk")
JOB_TIMEOUT = 600
log = structlog.get_logger()


class Bell:
    """The connection to Redis or Valkey. `use` is called once, by create_app."""

    def __init__(self) -> None:
        self.url = ""
        self.redis: Redis | None = None

    def use(self, redis_url: str) -> None:
        """Ring over this server. Nothing is opened until the first call."""
        self.url = redis_url
        self.redis = Redis.from_url(redis_url, socket_connect_timeout=0.5, socket_timeout=0.5)

    def queue(self, name: str) -> Queue:
        """The RQ queue of that name."""
        return Queue(name, connection=self.redis, serializer=JSONSerializer(), default_timeout=JOB_TIMEOUT)


bell = Bell()


def nudge(job: str | Callable[..., Any], *ids: int | str, queue: str) -> None:
    """Ask a worker of `queue` to run `job` with these ids, once the surrounding transaction has committed.

    A service names the job of its own room by its dotted path ("campaigner.outbox.jobs.drain"),
    because jobs stand above services.
    """
    database.follow(lambda: ring(job, *ids, queue=queue))


def ring(
    job: str | Callable[..., Any], *ids: int | str, queue: str, again: bool = False, each_worker: bool = False
) -> bool:
    """Ask at once. Returns False when the call could not be delivered or is already waiting.

    While Redis rests after a failure nobody waits for it but the reconciler, whose calls try.

    Two names a job: while one runs the other can wait, so that a row written during the last
    moments of a run is still seen, and a thousand signatures queue two jobs, not a thousand. With
    `again` (the reconciler) the name changes every half minute: names held by a killed worker
    never block a job for longer. With `each_worker` there is a name for every worker of the queue and
    one more, so that all of them may run the job at once, and a single one is not taken up by it.
    """
    if breaker.resting and not again:
        return False
    name = job if isinstance(job, str) else f"{job.__module__}.{job.__name__}"
    stem = "-".join([name.replace(".", "_"), *map(str, ids)])
    turns = [f"t{int(time.time() // 30)}"] if again else ["a", "b"]
    try:
        if each_worker:
            turns += [f"c{at}" for at in range(Worker.count(queue=bell.queue(queue)) - 1)]
        return any(_enqueue(name, ids, f"{stem}-{turn}", queue) for turn in turns)
    except (RedisConnectionError, RedisTimeoutError) as error:
        breaker.trip()
        log.warning("wake-up lost", job=name, reason=type(error).__name__)
        return False


def _enqueue(name: str, ids: tuple[int | str, ...], job_id: str, queue: str) -> bool:
    """Queue a job under a name of its own; False when that name waits or runs. A failed job gives up its name here."""
    calls = bell.queue(queue)
    for _ in range(2):
        try:
            calls.enqueue(name, *ids, job_id=job_id, unique=True, result_ttl=0, failure_ttl=3600)
        except DuplicateJobError:
            holder = calls.fetch_job(job_id)
            if holder is None:  # it ended just now
                continue
            if holder.get_status(refresh=False) != JobStatus.FAILED:  # as fetched: asked again, it may have ended
                return False
            holder.delete()
        else:
            return True
    return False


class PatientWorker(Worker):
    """RQ's worker, which hurries back to a Redis that returns and tells its work-horse when it must stop.

    RQ itself waits up to a minute between two attempts, and lets a work-horse run on after SIGTERM
    until a supervisor loses patience and kills it: in the middle of a group of mails.
    """

    max_connection_wait_time = 2.0
    told_to_stop = False

    def handle_warm_shutdown_request(self) -> None:
        """SIGTERM: pass it on, so that a send ends after the group in hand."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        self.told_to_stop = True
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)

    def setup_work_horse_signals(self) -> None:
        """A job that does not listen to SIGTERM finishes; RQ would let it die."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def work(queue: str, burst: bool = False) -> None:
    """Serve one queue in this process until told to stop (SIGTERM lets the running job finish or give back first).

    One queue a process: only then does RQ move a job to its intermediate list without a gap. A Redis
    that goes away ends RQ's loop; this one begins it again, so nobody has to start the process anew.
    """
    for life in itertools.count():
        if not _live(queue, life, burst=burst) or burst:
            return
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_DFL)  # RQ's own handlers belong to the worker that ended
        time.sleep(1)


def _live(queue: str, life: int, *, burst: bool) -> bool:
    """One life of a worker, until it is told to stop (False) or Redis goes away (True)."""
    worker: PatientWorker | None = None
    redis = Redis.from_url(bell.url, socket_connect_timeout=5)
    try:
        worker = PatientWorker(
            [Queue(queue, connection=redis, serializer=JSONSerializer(), default_timeout=JOB_TIMEOUT)],
            connection=redis,
            serializer=JSONSerializer,
            name=f"{queue}-{os.uname().nodename}-{os.getpid()}-{life}",
        )
        worker.work(burst=burst, with_scheduler=False, logging_level="WARNING")
    except (RedisConnectionError, RedisTimeoutError) as error:
        log.warning("no wake-ups arrive: Redis is away", queue=queue, reason=type(error).__name__)
    if worker is not None and worker.horse_pid:
        worker.wait_for_horse()  # what it does needs no Redis
    return worker is None or not worker.told_to_stop
