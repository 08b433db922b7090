"""Signing and confirming while parts are taken away.

A signer counts as accepted when the site answered 303. Each accepted signer must be one supporter
with one act in PostgreSQL, one row in the ledger, and a confirmation mail at the mail server.
"""

import json
import os
import random
import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from functools import partial

from bench import report, seed, visitors
from bench.report import Line, progress
from bench.stage import Mail, Stage
from campaigner.core import addresses

READERS = 10  # people who have the page open when the fault comes, and press the button half a second into it
OPEN = "SELECT count(*) FROM delivery WHERE state <> 'sent'"
BOUND = 180.0  # seconds within which all must be well again


def run(*, quick: bool, dice: random.Random) -> list[Line]:
    """All scenarios on one stage."""
    progress("intake: starting the parts")
    with Stage(lease=4 if quick else None) as stage:
        slug = seed.campaign(stage)
        stage.until(lambda: visitors.Visitor(stage.port).ask("GET", f"/nl/c/{slug}")[0] == 200, seconds=30)
        confirmers = Confirmers(stage)
        away = 3 if quick else 20
        lines = [
            _scenario(stage, slug, "Valkey stopped", partial(_valkey_away, stage, away), f"{away} s away"),
            _scenario(stage, slug, "FLUSHALL with wake-ups queued", partial(_flushed, stage), "worker frozen, flushed"),
            _scenario(stage, slug, "mail server down", partial(_sink_away, stage, 15 if quick else 60),
                      f"{15 if quick else 60} s away"),
            _scenario(stage, slug, "PostgreSQL restarted", partial(_postgres_away, stage, 1 if quick else 5),
                      "stopped, started again", allowed=(303, 503)),
            _scenario(stage, slug, "web worker kill -9", partial(_web_killed, stage, dice, 2 if quick else 8),
                      f"{2 if quick else 8} kills", allowed=(303, 0)),
        ]  # fmt: skip
        if not quick:
            lines.append(
                _scenario(stage, slug, "mail worker kill -9", partial(_worker_killed, stage, dice), "4 kills")
            )  # fmt: skip
        return [*lines, confirmers.line()]


def _scenario(
    stage: Stage, slug: str, name: str, fault: Callable[[], None], done: str, *, allowed: Collection[int] = (303,)
) -> Line:
    progress(f"intake: {name}")
    crowd = visitors.Crowd(stage.port, partial(visitors.sign, slug=slug))
    crowd.read(READERS, f"/nl/c/{slug}")
    with crowd:
        stage.until(lambda: len(crowd.accepted) >= 5, seconds=30)
        crowd.press_in(0.5)
        fault()
        stage.wait(1)
    signed = {visitor.email for visitor in crowd.accepted}
    seconds = stage.until(
        lambda: signed <= {mail.to for mail in stage.received()} and not stage.value(OPEN), seconds=BOUND
    )
    line = Line(name, f"{len(signed)} signed; {done}", seconds=seconds)
    odd = {status: count for status, count in crowd.answers.items() if status not in allowed}
    if odd or crowd.refused:
        line.wrong.append(f"answers that are not {tuple(allowed)}: {odd}; {len(crowd.refused)} gave up")
    if 503 in crowd.answers or 0 in crowd.answers:
        line.done += f"; {crowd.answers[503] + crowd.answers[0]} pressed again"
    _compare(stage, signed, line)
    return line


def _compare(stage: Stage, signed: set[str], line: Line) -> None:
    """Signers, acts, ledger rows and mails, one by one."""
    acts: dict[bytes, list[int]] = defaultdict(list)
    for mailbox, action_id in stage.rows(
        "SELECT s.mailbox, a.id FROM supporter s LEFT JOIN action a ON a.supporter_id = s.id"
    ):
        acts[bytes(mailbox)].append(action_id)
    ledger: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for mailing_id, recipient in stage.rows(
        "SELECT d.mailing_id, d.recipient FROM delivery d JOIN mailing m ON m.id = d.mailing_id"
        " WHERE m.kind = 'actions.confirm'"
    ):
        ledger[int(recipient.split(".")[0])].append((mailing_id, recipient))
    sink: dict[str, list[Mail]] = defaultdict(list)
    for mail in stage.received():
        sink[mail.to].append(mail)
    for email in signed:
        mine, mails = acts[addresses.fingerprint(email)], sink[email]
        rows = [row for action_id in mine if action_id for row in ledger[action_id]]
        line.lost += not (mine and rows and mails)
        line.doubled += max(0, len(mine) - 1, len(rows) - 1, len({(mail.id, mail.date) for mail in mails}) - 1)
        line.again += len(mails) - len({mail.id for mail in mails})
        line.wrong += [f"a mail for {email} is not in the ledger"] if _strange(stage, rows, mails) else []


def _strange(stage: Stage, rows: list[tuple[int, str]], mails: list[Mail]) -> bool:
    return bool({mail.id for mail in mails} - {stage.message_id(*row) for row in rows})


def _valkey_away(stage: Stage, seconds: float) -> None:
    stage.valkey.stop()
    stage.wait(seconds)
    stage.valkey.start()


def _flushed(stage: Stage) -> None:
    """Freeze the worker so that wake-ups pile up, and forget them."""
    worker = stage.pid("worker-urgent")
    os.kill(worker, signal.SIGSTOP)
    queued = stage.until(lambda: stage.queued("urgent") > 0, seconds=10)
    stage.wait(1)
    stage.redis.flushall()
    os.kill(worker, signal.SIGCONT)
    assert queued is not None, "no wake-up was queued"


def _sink_away(stage: Stage, seconds: float) -> None:
    stage.stop("sink")
    stage.wait(seconds)
    stage.go_on("sink")


def _postgres_away(stage: Stage, seconds: float) -> None:
    stage.postgres.stop()
    stage.wait(seconds)
    stage.postgres.start()


def _web_killed(stage: Stage, dice: random.Random, times: int) -> None:
    for _ in range(times):
        stage.wait(0.3 + dice.random())
        stage.hit(dice.choice(stage.children("web")))


def _worker_killed(stage: Stage, dice: random.Random) -> None:
    """Twice the work-horse, twice the worker: the same names of wake-ups must not stay blocked."""
    for turn in range(4):
        stage.until(lambda: bool(stage.children("worker-urgent")), seconds=20)
        stage.wait(dice.random() / 10)
        if turn % 2:
            stage.kill("worker-urgent")
        else:
            for horse in stage.children("worker-urgent"):
                stage.hit(horse)
        stage.wait(3)


class Confirmers:
    """Everybody who gets a mail presses its button, while all of the above goes on."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.pressed: set[str] = set()  # addresses that the site told that they count
        self.answers: Counter[int] = Counter()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._confirm, daemon=True)
        self._thread.start()

    def _confirm(self) -> None:
        read = 0
        while not self._enough.wait(0.1):
            if not self.stage.record.exists():
                continue
            with self.stage.record.open("rb") as record:
                record.seek(read)
                for raw in record:
                    if not raw.endswith(b"\n"):
                        break
                    read += len(raw)
                    self._press(json.loads(raw))

    def _press(self, mail: dict[str, str]) -> None:
        visitor = visitors.Visitor(self.stage.port)
        if mail["confirm"] and visitor.press(f"/confirm/{mail['confirm']}", {}):
            self.pressed.add(mail["to"])
        self.answers += visitor.answers

    def line(self) -> Line:
        """Whether the counts are exact, when everybody has pressed and the counter has come round."""
        mails = {mail.to for mail in self.stage.received() if mail.confirm}
        seconds = self.stage.until(
            lambda: mails <= self.pressed and not self.stage.value("SELECT count(*) FROM journal_entry"), seconds=BOUND
        )
        self._enough.set()
        self._thread.join(visitors.PATIENCE)
        confirmed = {bytes(row[0]) for row in self.stage.rows(
            "SELECT s.mailbox FROM supporter s JOIN action a ON a.supporter_id = s.id WHERE a.state = 'confirmed'"
        )}  # fmt: skip
        journals, tallies, acts = (
            int(self.stage.value(f"SELECT coalesce(sum({what}), 0) FROM {table}"))
            for table, what in (
                ("journal", "confirmed"),
                ("tally", "confirmed"),
                ("action", "(state='confirmed')::int"),
            )
        )
        pressed = {addresses.fingerprint(email) for email in self.pressed}
        line = report.Line(
            "confirming during all that", f"{len(pressed)} confirmed; the bar says {tallies}", seconds=seconds
        )
        line.lost, line.doubled = len(pressed - confirmed), max(0, journals - acts)
        if not journals == tallies == acts == len(confirmed) == len(pressed):
            line.wrong.append(
                f"journals {journals}, bar {tallies}, acts {acts}, people {len(confirmed)}, told {len(pressed)}"
            )
        odd = {status: count for status, count in self.answers.items() if status not in (303, 503, 0)}
        if odd:
            line.wrong.append(f"answers to confirming: {odd}")
        if self.stage.ended:
            line.done += f"; ended by themselves and started again: {dict(self.stage.ended)}"
        return line
