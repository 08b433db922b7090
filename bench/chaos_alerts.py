"""One alert to many people, while everything around it fails, one thing after the other.

Nobody presses "send again" or "take as delivered", so at the end the ledger must be exactly what the
mail server knows: each SENT is there once, each message that is there is SENT or UNKNOWN, and
SENT + FAILED + SUPPRESSED + UNKNOWN + CANCELLED is the frozen total.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench import seed, visitors
from bench.report import Line, progress
from bench.stage import Mail, Stage
from campaigner.alerts import service as alerts
from campaigner.core.db import transaction
from campaigner.outbox import engine, message

QUIET = 240.0  # seconds within which a send must move again after a fault
BULK = ("worker-bulk-1", "worker-bulk-2")


def run(*, quick: bool, dice: random.Random) -> list[Line]:
    """Send, disturb, and compare."""
    people = 800 if quick else 2000
    progress("alerts: starting the parts")
    # One connection a worker, so that two thousand mails last as long as the faults take.
    with Stage(bulk=len(BULK), lease=5 if quick else None, environment={"MAIL_CONNECTIONS": "1"}) as stage:
        slug = seed.campaign(stage)
        progress(f"alerts: {people} people with consent")
        seed.supporters_of(stage, slug, people)
        stage.until(lambda: visitors.Visitor(stage.port).ask("GET", f"/nl/c/{slug}")[0] == 200, seconds=30)
        send = Send(stage, dice, people, slug, pace=0.02 if quick else 0.03)
        stage.tell_sink(delay=send.pace)
        return send.disturbed(quick=quick)


@dataclass
class Send:
    """One mailing, and what was done to it."""

    stage: Stage
    dice: random.Random
    people: int
    slug: str
    pace: float  # seconds that the mail server thinks about each message, so that faults strike within the send
    mailing: int = 0
    alert: int = 0
    hit: list[int] = field(default_factory=list)  # process ids of work-horses that were killed
    lines: list[Line] = field(default_factory=list)
    stopped: str = ""  # the recipient who unsubscribed, and when the site had said yes to that
    stopped_at: float = 0.0

    def disturbed(self, *, quick: bool) -> list[Line]:
        """Start, and let a fault strike each time some more have been sent."""
        kills: list[Callable[[], str]] = [self._kill_horse, self._kill_worker, self._end_worker]
        if not quick:
            kills += [self._kill_horse, self._kill_horse, self._leave_orphan, self._kill_worker, self._kill_horse]
        others = [self._flush, self._pause, self._drop, self._valkey, self._sink_away, self._flush, self._postgres]
        if not quick:
            others += [self._closing, self._later]
        faults = kills + others
        self.dice.shuffle(faults)
        self._start()
        for number, fault in enumerate(faults, start=1):
            self._reach(self.people * 7 * number // (10 * len(faults)))
            if number == len(faults) // 2:
                self._unsubscribe()
            self._strike(fault)
        self.stage.tell_sink()
        return [*self.lines, self._compare(self._settle())]

    def _start(self) -> None:
        with self.stage.app.app_context(), transaction():
            campaign = self.stage.value("SELECT id FROM campaign WHERE slug = :slug", slug=self.slug)
            self.alert = alerts.draft(campaign_id=campaign, language="nl", account_id=0).id
            body = "Dag {{voornaam}},\n\nMaandag belde de **eerste koper**. Kom mee naar het kantoor."
            alerts.write(
                self.alert, subject="De eerste koper heeft gebeld", preheader="Eén duw nog.", body=body, button_label=""
            )
        with self.stage.app.app_context(), transaction():
            sent = alerts.send(self.alert, policy="hold", confirmed=self.people, settings=self.stage.settings)
            assert sent.mailing_id is not None
            self.mailing = sent.mailing_id

    # Where it stands

    def _states(self) -> Counter[str]:
        rows = self.stage.rows(
            "SELECT state, count(*) FROM delivery WHERE mailing_id = :id GROUP BY state", id=self.mailing
        )
        return Counter(dict(rows))

    def _offered(self) -> int:
        """How many the sink holds of this mailing, whatever the ledger says."""
        return sum(1 for mail in self.stage.received() if mail.unsubscribe)

    def _reach(self, number: int) -> None:
        progress(f"alerts: {self._offered()} of {self.people}")
        self.stage.until(lambda: self._offered() >= number or self._done(), seconds=QUIET)

    def _done(self) -> bool:
        return bool(self.stage.value("SELECT state = 'done' FROM mailing WHERE id = :id", id=self.mailing))

    def _strike(self, fault: Callable[[], str]) -> None:
        done = fault()
        before = self._offered()
        seconds = self.stage.until(lambda: self._offered() > before or self._done(), seconds=QUIET)
        self.lines.append(Line(fault.__doc__ or "", done, seconds=seconds))
        progress(f"alerts: {fault.__doc__}: moves again after {seconds or QUIET:.1f} s")

    def _settle(self) -> float | None:
        progress("alerts: waiting for the last leases to end")
        return self.stage.until(self._done, seconds=QUIET + 180)

    # Faults; each docstring is the scenario's name

    def _horses(self) -> list[tuple[str, int]]:
        return [(name, pid) for name in BULK for pid in self.stage.children(name)]

    def _victim(self) -> tuple[str, int]:
        self.stage.until(lambda: bool(self._horses()) or self._done(), seconds=QUIET)
        self.stage.wait(self.dice.random())
        self.stage.until(lambda: bool(self._horses()) or self._done(), seconds=QUIET)
        horses = self._horses()
        assert horses, "the send was over before every fault had struck: more people, or a slower mail server"
        return self.dice.choice(horses)

    def _kill_horse(self) -> str:
        """work-horse kill -9"""
        name, pid = self._victim()
        self.hit.append(pid)
        self.stage.hit(pid)
        return f"{name}, process {pid}"

    def _kill_worker(self) -> str:
        """worker and work-horse kill -9"""
        name, pid = self._victim()
        self.hit.append(pid)
        self.stage.kill(name)
        return f"{name}, process {pid}"

    def _end_worker(self) -> str:
        """worker SIGTERM, as at every deploy"""
        name, pid = self._victim()
        took = self.stage.ask_to_stop(name)
        if took > 9.9:  # it had to be killed
            self.hit.append(pid)
            self.lines.append(Line("worker SIGTERM", "", wrong=[f"{name} did not stop within 10 s and was killed"]))
        return f"{name} stopped after {took:.1f} s"

    def _leave_orphan(self) -> str:
        """worker kill -9, its work-horse lives on"""
        name, pid = self._victim()
        self.stage.kill(name, orphan=True)
        return f"{name}; orphan {pid} finishes beside the new worker"

    def _flush(self) -> str:
        """FLUSHALL during the send"""
        self.stage.redis.flushall()
        return "everything in Valkey forgotten"

    def _valkey(self) -> str:
        """Valkey restarted during the send"""
        self.stage.valkey.stop()
        self.stage.wait(2)
        self.stage.valkey.start()
        return "2 s away"

    def _postgres(self) -> str:
        """PostgreSQL restarted during the send"""
        self.hit += [pid for _, pid in self._horses()]
        self.stage.postgres.restart()
        return "stopped, started again at once"

    def _sink_away(self) -> str:
        """mail server kill -9 during the send"""
        self.hit += [pid for _, pid in self._horses()]  # what it kept and did not answer is uncertain
        self.stage.stop("sink")
        self.stage.wait(3)
        self.stage.go_on("sink")
        return "3 s away"

    def _drop(self) -> str:
        """line dropped after the final dot"""
        return self._misbehave("drop", 3)

    def _closing(self) -> str:
        """mail server says 421"""
        return self._misbehave("421", 5)

    def _later(self) -> str:
        """mail server says 451"""
        return self._misbehave("451", 5)

    def _misbehave(self, what: str, every: int) -> str:
        self.stage.tell_sink(delay=self.pace, do=what, every=every)
        start = self._offered()
        self.stage.until(lambda: self._offered() > start + 4 * every, seconds=20)
        self.stage.tell_sink(delay=self.pace)
        return f"one message in {every}, for a while"

    def _pause(self) -> str:
        """pause, and resume"""
        with self.stage.app.app_context(), transaction():
            alerts.pause(self.alert)
        self.stage.wait(engine.GROUP * self.pace + 1)  # the group in hand may finish
        before = self._offered()
        self.stage.wait(2)
        during = self._offered() - before
        with self.stage.app.app_context(), transaction():
            alerts.resume(self.alert)
        return f"{during} sent while paused"

    def _unsubscribe(self) -> None:
        """Somebody who was not written to yet says stop, with the link of the mail that they would get."""
        ready = self.stage.rows(
            "SELECT recipient FROM delivery WHERE mailing_id = :id AND state IN ('ready', 'claimed')"
            " ORDER BY state DESC, not_before DESC, recipient DESC LIMIT 1",
            id=self.mailing,
        )
        if not ready:
            return
        self.stopped = ready[0][0]
        with self.stage.app.app_context():
            url = message.unsubscribe_url(self.stage.settings, mailing_id=self.mailing, recipient=self.stopped)
        visitors.Visitor(self.stage.port).press(urlsplit(url).path, {"List-Unsubscribe": "One-Click"}, until=200)
        self.stopped_at = time.time()

    # The truth

    def _compare(self, seconds: float | None) -> Line:
        rows = self.stage.rows(
            "SELECT recipient, state, worker, reply FROM delivery WHERE mailing_id = :id", id=self.mailing
        )
        sink, states = self.stage.by_id(), self._states()
        line = Line(
            "all of it together", " ".join(f"{state} {count}" for state, count in states.items()), seconds=seconds
        )
        blame: Counter[str] = Counter()
        known = set()
        for recipient, state, worker, reply in rows:
            mid = self.stage.message_id(self.mailing, recipient)
            known.add(mid)
            seen = len(sink.get(mid, []))
            line.lost += state == "sent" and seen == 0
            line.doubled += seen > 1
            if state == "unknown":
                blame[worker if reply.startswith("the worker died") else "dropped after the dot"] += 1
            elif seen and state != "sent":
                line.wrong.append(f"recipient {recipient}: at the mail server, and {state} in the ledger")
        line.unknown = states["unknown"]
        line.wrong += [f"{mid} is at the mail server and in no ledger" for mid in sink.keys() - known]
        self._judge(line, blame, states, sink)
        return line

    def _too_late(self, mail: Mail) -> bool:
        """Whether it left after the group that was in hand when its reader said stop."""
        return mail.at > self.stopped_at + engine.GROUP * self.pace + 5

    def _judge(self, line: Line, blame: Counter[str], states: Counter[str], sink: dict[str, list[Mail]]) -> None:
        total = self.stage.value("SELECT total FROM mailing WHERE id = :id", id=self.mailing)
        settled = sum(states[state] for state in ("sent", "failed", "suppressed", "unknown", "cancelled"))
        dropped = blame.pop("dropped after the dot", 0)
        line.unknown_most = dropped + engine.GROUP * len(self.hit)
        if not settled == total == self.people == sum(states.values()):
            line.wrong.append(f"{settled} settled, {total} frozen, {self.people} people")
        line.wrong += [f"{count} unknown of {worker}" for worker, count in blame.items() if count > engine.GROUP]
        late = [
            mail for mail in sink.get(self.stage.message_id(self.mailing, self.stopped), []) if self._too_late(mail)
        ]
        if not self.stopped or late:
            line.wrong.append("nobody unsubscribed in time, or was written to all the same")
        groups = sorted(blame.values(), reverse=True)
        line.done += f"; unknown: {dropped} dropped, {groups} at kills and restarts"
        if self.stage.ended:
            line.done += f"; ended by themselves and started again: {dict(self.stage.ended)}"
