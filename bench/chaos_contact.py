"""The contact form and its pipeline while parts are taken away.

A message counts as accepted when the site answered 303. Each accepted message must be one row, with
each step of its pipeline in its history once, and one receipt in the ledger and at the mail server.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import psycopg

from bench import visitors
from bench.report import Line, progress
from bench.stage import Mail, Stage
from campaigner.contact.models import STEPS
from campaigner.core import addresses

BOUND = 240.0
READERS = 4  # people who have the form open when the fault comes, and press half a second into it
# In the stage's database only: a step waits, inside its transaction, while we hold the lock of that message and step.
HOLD = f"""
CREATE FUNCTION chaos_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock_shared(NEW.message_id::int, array_position(ARRAY{list(STEPS[1:])}, NEW.step));
  RETURN NEW;
END $$;
CREATE TRIGGER chaos_hold BEFORE INSERT ON contact_event FOR EACH ROW EXECUTE FUNCTION chaos_hold();
"""
OPEN = "SELECT count(*) FROM delivery WHERE state IN ('ready', 'claimed', 'inflight', 'deferred')"
RECEIPTS = (
    "SELECT d.mailbox FROM delivery d JOIN mailing m ON m.id = d.mailing_id"
    " WHERE m.kind = 'contact.receipt' AND d.state = 'sent'"
)
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND NOT granted"


@dataclass
class Settling:
    """A scenario whose messages are still on their way."""

    line: Line
    accepted: set[str]
    since: float


def run(*, quick: bool, dice: random.Random) -> list[Line]:
    """All scenarios on one stage. A quick run waits for all of them together, at the end."""
    progress("contact: starting the parts")
    with Stage(lease=4 if quick else None) as stage:
        stage.until(lambda: visitors.Visitor(stage.port).ask("GET", "/nl/contact")[0] == 200, seconds=30)
        away = 2 if quick else 20
        first = _killed_at_every_step(stage, rounds=1 if quick else 2)
        faults: list[tuple[str, str, Callable[[], None], Collection[int]]] = [
            ("Valkey stopped", f"{away} s away", partial(_valkey, stage, away), (303,)),
            ("FLUSHALL with wake-ups queued", "worker frozen, flushed", partial(_flushed, stage), (303,)),
            ("kill -9 while receipts leave", "mail server slow", partial(_killed_sending, stage), (303,)),
            ("PostgreSQL restarted", "2 s away", partial(_postgres, stage), (303, 503)),
            ("mail server down", f"{away * 3} s away", partial(_sink, stage, away * 3), (303,)),
        ]  # fmt: skip
        settling = [first]
        for name, done, fault, allowed in faults:
            if not quick:
                _settle(stage, settling)
            settling.append(_scenario(stage, name, done, fault, allowed))
        _settle(stage, settling)
        stage.until(lambda: not stage.value(OPEN), seconds=BOUND)  # the team's notices too
        for each in settling:
            _compare(stage, each)
        if stage.ended:
            settling[-1].line.done += f"; ended by themselves and started again: {dict(stage.ended)}"
        return [each.line for each in settling]


def _scenario(stage: Stage, name: str, done: str, fault: Callable[[], None], allowed: Collection[int]) -> Settling:
    progress(f"contact: {name}")
    with visitors.Crowd(stage.port, visitors.write, abreast=1, pause=1.0) as crowd:
        crowd.read(READERS, "/nl/contact")
        stage.until(lambda: len(crowd.accepted) >= 2, seconds=30)
        crowd.press_in(0.5)
        fault()
        stage.wait(0.5)
    line = Line(name, f"{len(crowd.accepted)} messages; {done}")
    odd = {status: count for status, count in crowd.answers.items() if status not in allowed}
    if odd or crowd.refused:
        line.wrong.append(f"answers that are not {tuple(allowed)}: {odd}; {len(crowd.refused)} gave up")
    if crowd.answers[503]:
        line.done += f"; {crowd.answers[503]} pressed again"
    return Settling(line, {visitor.email for visitor in crowd.accepted}, time.monotonic())


def _settle(stage: Stage, settling: list[Settling]) -> None:
    """Wait until every message has gone through, and note for each scenario when its last one had."""
    waiting = [each for each in settling if not each.line.seconds]
    for each in waiting:
        each.line.seconds = None

    def step() -> bool:
        done = {
            bytes(row[0]) for row in stage.rows("SELECT mailbox FROM contact_message WHERE notified_at IS NOT NULL")
        }
        settled = {bytes(row[0]) for row in stage.rows(RECEIPTS)}
        for each in waiting:
            through = {addresses.fingerprint(email) for email in each.accepted} <= done & settled
            if through and each.line.seconds is None:
                each.line.seconds = time.monotonic() - each.since
        return all(each.line.seconds is not None for each in waiting)

    progress("contact: waiting until all have gone through")
    stage.until(step, seconds=BOUND)


def _compare(stage: Stage, each: Settling) -> None:
    """Messages, histories, ledger rows and mails, one by one."""
    line, sink = each.line, stage.by_id()
    for email in each.accepted:
        found = stage.rows("SELECT id FROM contact_message WHERE mailbox = :m", m=addresses.fingerprint(email))
        line.lost, line.doubled = line.lost + (not found), line.doubled + max(0, len(found) - 1)
        for (message_id,) in found:
            steps = Counter(
                row[0] for row in stage.rows("SELECT step FROM contact_event WHERE message_id = :i", i=message_id)
            )
            if steps != Counter(STEPS):
                line.wrong.append(f"message {message_id} went through {dict(steps)}")
            _mails(stage, line, message_id, sink)


def _mails(stage: Stage, line: Line, message_id: int, sink: dict[str, list[Mail]]) -> None:
    """One receipt; one notice to the team, unless its daily number was reached."""
    rows = stage.rows(
        "SELECT m.id, m.kind, d.state FROM delivery d JOIN mailing m ON m.id = d.mailing_id WHERE d.recipient = :i"
        " AND m.kind IN ('contact.receipt', 'contact.notify')",
        i=str(message_id),
    )
    kinds = Counter(row[1] for row in rows)
    line.lost += kinds["contact.receipt"] == 0
    for mailing_id, kind, state in rows:
        seen = len(sink.get(stage.message_id(mailing_id, str(message_id)), []))
        line.lost += not seen
        line.again += max(0, seen - 1)
        if state != "sent":
            line.wrong.append(f"{kind} of message {message_id} is {state}")


def _killed_at_every_step(stage: Stage, *, rounds: int) -> Settling:
    """Hold the worker inside each step and kill it there: its work-horse, and in turn the whole worker."""
    line, accepted = Line("worker kill -9 inside each step", ""), set()
    login = stage.postgres.url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(login, autocommit=True) as ours:
        ours.execute(HOLD)
        for turn in range(rounds * len(STEPS[1:])):
            number = turn % len(STEPS[1:]) + 1
            progress(f"contact: kill -9 inside {STEPS[number]}")
            visitor = visitors.Visitor(stage.port)
            _hold(stage, ours, visitor, number, whole=(turn + turn // len(STEPS[1:])) % 2 == 1)
            accepted.add(visitor.email)
        ours.execute("DROP TRIGGER chaos_hold ON contact_event")
    line.done = f"{len(accepted)} messages, killed inside {', '.join(STEPS[1:])}"
    return Settling(line, accepted, time.monotonic())


def _hold(
    stage: Stage, ours: psycopg.Connection[tuple[object, ...]], visitor: visitors.Visitor, step: int, *, whole: bool
) -> None:
    """One message, held inside one step, its worker killed."""
    worker = stage.pid("worker-contact")
    stage.until(lambda: not stage.children("worker-contact"), seconds=20)
    os.kill(worker, signal.SIGSTOP)
    assert visitors.write(visitor), visitor.answers
    message_id = stage.value("SELECT max(id) FROM contact_message")
    ours.execute("SELECT pg_advisory_lock(%s, %s)", [message_id, step])
    os.kill(worker, signal.SIGCONT)

    def held() -> bool:
        row = ours.execute(WAITING, [message_id]).fetchone()
        return bool(row and row[0])

    assert stage.until(held, seconds=60) is not None, f"the worker never came to {STEPS[step]}"
    if whole:
        stage.kill("worker-contact")
    else:
        for horse in stage.children("worker-contact"):
            stage.hit(horse)
    ours.execute("SELECT pg_advisory_unlock(%s, %s)", [message_id, step])


def _valkey(stage: Stage, seconds: float) -> None:
    stage.valkey.stop()
    stage.wait(seconds)
    stage.valkey.start()


def _flushed(stage: Stage) -> None:
    worker = stage.pid("worker-contact")
    os.kill(worker, signal.SIGSTOP)
    queued = stage.until(lambda: stage.queued("contact") > 0, seconds=20)
    stage.redis.flushall()
    os.kill(worker, signal.SIGCONT)
    assert queued is not None, "no wake-up was queued"


def _killed_sending(stage: Stage) -> None:
    """Kill the worker while a receipt is between its final dot and the answer."""
    stage.tell_sink(delay=1.0)
    for _ in range(2):
        stage.until(lambda: bool(stage.value("SELECT count(*) FROM delivery WHERE state = 'inflight'")), seconds=30)
        stage.kill("worker-default")
    stage.tell_sink()


def _postgres(stage: Stage) -> None:
    stage.postgres.stop()
    stage.wait(2)
    stage.postgres.start()


def _sink(stage: Stage, seconds: float) -> None:
    stage.stop("sink")
    stage.wait(seconds)
    stage.go_on("sink")
