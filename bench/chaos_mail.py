"""One mailing to a hundred thousand people, while workers die, services restart and the mail server has moods.

Nobody decides about UNKNOWN while it runs; staff do one thing only: they press "resume" when the mail
server's refusal of the sender has paused the mailing. At the end three lists are compared one by one:
who was frozen, what the ledger says, and what the mail server holds.
"""

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bench import messages
from bench.report import Line, progress
from bench.stage import Mail, Stage
from campaigner.core.db import transaction
from campaigner.organisations import queries as organisations
from campaigner.outbox import counters, engine, service
from campaigner.outbox.models import OPEN

QUIET = 300.0  # seconds within which a send must move again after a fault
BULK = ("worker-bulk-1", "worker-bulk-2")
HARSH = ("550", "552", "554 text")  # moods after which a recipient may be FAILED
ENDS = ("sent", "failed", "suppressed", "unknown", "cancelled")


@dataclass(frozen=True)
class Sizes:
    """How much of everything.

    `connections`: of each worker. `pace`: messages a second that the mail server lets through, so that faults strike.
    """

    people: int
    connections: int
    horses: int
    workers: int
    orphans: int
    flushes: int
    valkeys: int
    postgres: int
    pace: float
    moods: dict[str, float]

    @property
    def kills(self) -> int:
        """All kill -9 together."""
        return self.horses + self.workers + self.orphans


FULL = Sizes(
    people=100_000, connections=4, horses=22, workers=14, orphans=4, flushes=5, valkeys=3, postgres=2, pace=500.0,
    moods={
        "451": 0.004, "450": 0.004, "550": 0.004, "552": 0.002, "452 text": 0.003, "554 text": 0.001, "drop": 0.001,
        "drop before": 0.002, "slow": 0.01, "stall": 0.0005, "421": 0.0001, "421 text": 0.00003, "553": 0.00003,
    },
)  # fmt: skip
SHORT = Sizes(
    people=3_000, connections=2, horses=4, workers=2, orphans=1, flushes=1, valkeys=1, postgres=1, pace=200.0,
    moods={
        "451": 0.01, "450": 0.01, "550": 0.01, "552": 0.005, "452 text": 0.01, "554 text": 0.004, "drop": 0.004,
        "drop before": 0.006, "slow": 0.02, "stall": 0.001, "421": 0.0005, "553": 0.0005,
    },
)  # fmt: skip


def run(*, quick: bool, dice: random.Random) -> list[Line]:
    """Send, disturb, and compare."""
    sizes = SHORT if quick else FULL
    progress("mail: starting the parts")
    only = ("sink", "reconciler", *(f"worker-{name}" for name in ("bulk-1", "bulk-2")))
    environ = {"MAIL_CONNECTIONS": str(sizes.connections)}
    with Stage(bulk=len(BULK), lease=5 if quick else None, only=only, environment=environ) as stage:
        progress(f"mail: {sizes.people:,} people")
        messages.fill_people(stage.app, stage.environ["DATABASE_URL"], sizes.people)
        storm = Storm(stage, dice, sizes, quick=quick)
        storm.start()
        storm.strike_all()
        seconds = storm.settle()
        return [*storm.lines(), storm.compared(seconds)]


@dataclass
class Strikes:
    """One kind of fault: how often it struck, and how long the send stood still after it."""

    number: int = 0
    waits: list[float | None] = field(default_factory=list)

    @property
    def longest(self) -> float | None:
        """Seconds; None when the send did not move again in time."""
        return None if None in self.waits else max((wait for wait in self.waits if wait is not None), default=0.0)


@dataclass
class Storm:
    """The mailing, and what was done to it."""

    stage: Stage
    dice: random.Random
    sizes: Sizes
    quick: bool
    mailing: int = 0
    planned: int = 0  # faults
    hit: list[int] = field(default_factory=list)  # work-horses that died in the middle of what they did
    resumed: Counter[str] = field(default_factory=Counter)  # by reason
    struck: dict[str, Strikes] = field(default_factory=lambda: defaultdict(Strikes))
    _resumed_at: float = 0.0

    # The send

    def start(self) -> None:
        """Freeze, and let it go out, to a mail server that is slow and moody."""
        delay = len(BULK) * self.connections / self.sizes.pace
        self.stage.tell_sink(delay=delay, moods=self.sizes.moods)
        with self.stage.app.app_context(), transaction():
            mailing = service.draft_mailing(organisation_id=organisations.host().id, unknown_policy="hold")
            service.set_content(mailing.id, {"nl": messages.content()})
            service.freeze(mailing.id, messages.audience(0, self.sizes.people))
            self.mailing = mailing.id
        with self.stage.app.app_context(), transaction():
            service.start(self.mailing)

    @property
    def connections(self) -> int:
        """How many each worker has."""
        return int(getattr(self.stage.settings, "mail_connections", 1))

    def _offered(self) -> int:
        """How many the sink holds, whatever the ledger says."""
        return len(self.stage.received())

    def _done(self) -> bool:
        """Whether it is done. Paused by the mail server's words: staff read them, and resume."""
        state, reason = self.stage.rows("SELECT state, reason FROM mailing WHERE id = :id", id=self.mailing)[0]
        if state == "paused" and time.monotonic() > self._resumed_at + 1:
            self._resumed_at = time.monotonic()
            self.resumed[str(reason)] += 1
            with self.stage.app.app_context(), transaction():
                service.resume(self.mailing)
        return bool(state == "done")

    def _until(self, true: Callable[[], bool], *, seconds: float) -> float | None:
        """As the stage's, with staff at their desk."""
        return self.stage.until(lambda: self._done() or true(), seconds=seconds)

    def strike_all(self) -> None:
        """All faults in an order drawn by lot, spread over the first four fifths of the send."""
        faults = [
            *[self._kill_horse] * self.sizes.horses, *[self._kill_worker] * self.sizes.workers,
            *[self._leave_orphan] * self.sizes.orphans, *[self._flush] * self.sizes.flushes,
            *[self._valkey] * self.sizes.valkeys, *[self._postgres] * self.sizes.postgres,
        ]  # fmt: skip
        self.dice.shuffle(faults)
        self.planned = len(faults)
        for number, fault in enumerate(faults, start=1):
            goal = self.sizes.people * 4 * number // (5 * len(faults))
            self._until(lambda goal=goal: self._offered() >= goal, seconds=QUIET)  # type: ignore[misc]
            if self._done():
                break
            fault()
            before = self._offered()
            wait = self._until(lambda before=before: self._offered() > before, seconds=QUIET)  # type: ignore[misc]
            strikes = self.struck[fault.__doc__ or ""]
            strikes.number += 1
            strikes.waits.append(wait)
            where = f"{self._offered():,} of {self.sizes.people:,} at the mail server"
            after = f"{fault.__doc__}: moves after {QUIET if wait is None else wait:.1f} s"
            progress(f"mail: {where}; {number} of {len(faults)} faults; {after}", often=True)
        self.stage.tell_sink()

    def settle(self) -> float | None:
        """Wait for the last leases and for those who were told to come later."""
        began = time.monotonic()

        def done() -> bool:
            if self.quick:  # nobody waits for minutes
                self.stage.command(
                    "UPDATE delivery SET not_before = now() WHERE mailing_id = :id AND state IN ('deferred', 'ready')"
                    " AND not_before > now()",
                    id=self.mailing,
                )
            left = self.stage.value(
                f"SELECT count(*) FROM delivery WHERE mailing_id = :id AND state IN {OPEN}", id=self.mailing
            )
            progress(f"mail: {left:,} are not settled yet, {time.monotonic() - began:.0f} s", often=True)
            self.stage.wait(0.2 if self.quick else 1.0)
            return self._done()

        return self.stage.until(done, seconds=180 if self.quick else 2400)

    # Faults; each docstring is its name

    def _horses(self) -> list[tuple[str, int]]:
        return [(name, pid) for name in BULK for pid in self.stage.children(name)]

    def _victim(self) -> tuple[str, int] | None:
        self._until(lambda: bool(self._horses()), seconds=QUIET)
        self.stage.wait(self.dice.random() * 0.5)
        self._until(lambda: bool(self._horses()), seconds=QUIET)
        horses = self._horses()
        return self.dice.choice(horses) if horses else None

    def _kill_horse(self) -> None:
        """work-horse kill -9"""
        victim = self._victim()
        if victim:
            self.hit.append(victim[1])
            self.stage.hit(victim[1])

    def _kill_worker(self) -> None:
        """worker and work-horse kill -9"""
        victim = self._victim()
        if victim:
            self.hit.append(victim[1])
            self.stage.kill(victim[0])

    def _leave_orphan(self) -> None:
        """worker kill -9, its work-horse lives on"""
        victim = self._victim()
        if victim:
            self.stage.kill(victim[0], orphan=True)

    def _flush(self) -> None:
        """FLUSHALL"""
        self.stage.redis.flushall()

    def _valkey(self) -> None:
        """Valkey restarted, 1 s away"""
        self.stage.valkey.stop()
        self.stage.wait(1)
        self.stage.valkey.start()

    def _postgres(self) -> None:
        """PostgreSQL restarted"""
        self.hit += [pid for _, pid in self._horses()]
        self.stage.postgres.restart()

    # The truth

    def lines(self) -> list[Line]:
        """One line a kind of fault, and one for what the mail server did."""
        lines = [
            Line(name, f"{strikes.number} times; the send stood still for so long at most", seconds=strikes.longest)
            for name, strikes in sorted(self.struck.items())
        ]
        moods = Counter(mood for mood, _, _ in self._deeds())
        words = ", ".join(f"{mood} {count}" for mood, count in sorted(moods.items()))
        pressed = sum(self.resumed.values())
        return [*lines, Line("a mail server with moods", f"{words}; paused and resumed {pressed} times")]

    def _deeds(self) -> Iterable[tuple[str, str, bool]]:
        """(mood, recipient, whether the message was kept) of everything the sink did on purpose."""
        with open(f"{self.stage.record}.deeds", "rb") as file:
            for raw in file:
                deed = json.loads(raw)
                yield deed["did"], _recipient(deed["to"]), deed["kept"]

    def compared(self, seconds: float | None) -> Line:
        """The ledger and the sink, one by one."""
        rows = self.stage.rows(
            "SELECT recipient, state, worker, reply FROM delivery WHERE mailing_id = :id", id=self.mailing
        )
        sink, states = self._by_recipient(), Counter(row[1] for row in rows)
        deeds = list(self._deeds())
        burnt = {recipient for mood, recipient, _ in deeds if mood in HARSH}
        dropped = {recipient for mood, recipient, _ in deeds if mood == "drop"}
        line = Line("all of it together", " ".join(f"{name} {states[name]}" for name in sorted(states)),
                    seconds=seconds)  # fmt: skip
        blame: Counter[str] = Counter()
        for recipient, state, worker, reply in rows:
            seen = len(sink.pop(recipient, []))
            line.lost += state == "sent" and not seen
            line.doubled += seen > 1
            if state == "unknown" and recipient not in dropped:
                blame[str(worker)] += 1
            elif seen and state not in ("sent", "unknown"):
                line.wrong.append(f"recipient {recipient}: at the mail server, and {state} in the ledger ({reply})")
            elif state == "failed" and recipient not in burnt:
                line.wrong.append(f"recipient {recipient} failed, and the mail server never refused them ({reply})")
        line.wrong += [f"recipient {recipient} is at the mail server and in no ledger" for recipient in sink]
        self._judge(line, blame, states, dropped=len(dropped))
        return line

    def _by_recipient(self) -> dict[str, list[Mail]]:
        """What the sink holds, by the recipient of the ledger whose Message-ID it has."""
        with self.stage.app.app_context():
            known = {
                messages.message_id(self.stage.settings, self.mailing, str(n)): str(n) for n in range(self.sizes.people)
            }
        found: dict[str, list[Mail]] = defaultdict(list)
        for mail in self.stage.received():
            found[known.get(mail.id, f"of {mail.to} under another Message-ID")].append(mail)
        return found

    def _judge(self, line: Line, blame: Counter[str], states: Counter[str], *, dropped: int) -> None:
        total = self.stage.value("SELECT total FROM mailing WHERE id = :id", id=self.mailing)
        settled = sum(states[state] for state in ENDS)
        group = engine.GROUP
        line.unknown = states["unknown"]
        line.unknown_most = dropped + group * self.connections * len(self.hit)
        if not settled == total == self.sizes.people == sum(states.values()):
            line.wrong.append(f"{settled} settled, {total} frozen, {self.sizes.people} people")
        with self.stage.app.app_context(), transaction():
            drift = counters.drift(self.mailing)
        line.wrong += [f"the counters are off by {drift}"] if drift else []
        struck = sum(strikes.number for strikes in self.struck.values())
        line.wrong += [f"only {struck} of {self.planned} faults struck before the end"] * (struck < self.planned)
        line.wrong += [f"{count} unknown of one connection" for count in blame.values() if count > group]
        kills = self.sizes.horses + self.sizes.workers
        line.done += (
            f"; {dropped} lines dropped; at {kills} kills and {self.sizes.postgres} restarts {sum(blame.values())} "
            f"unknown in {len(blame)} groups, {sum(blame.values()) / max(1, kills):.1f} a kill"
        )
        if self.stage.ended:
            line.done += f"; ended by themselves and started again: {dict(self.stage.ended)}"


def _recipient(email: str) -> str:
    """The recipient of the ledger to whom this address belongs."""
    return email.removeprefix("ontvanger").partition("@")[0]
