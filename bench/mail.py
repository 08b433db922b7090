"""How fast mail leaves: our engine beside Flask-Mail, django-post-office and postfix's own test programs.

One run, one sink, the same 12 kB messages. Everybody is measured from the first connection to the last
answer, without imports and without writing the queue; our ledger is on, with fsync. They take turns, and
of each the best turn counts, because other work on the machine only ever makes slower. A smaller pass
before sends to a sink that keeps every message, and reads each as a mail program would.
"""

import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import messages, postfix, report
from bench.engine import WARM, Engine, Sent
from bench.report import Figure, progress
from bench.stage import TOP, Stage

LOCK = Path(__file__).parent / "locks" / "post_office.txt"
TOOLS = Path(__file__).parent / ".tools" / "post_office"
SCRIPT = Path(__file__).parent / "rivals" / "post_office_queue.py"
POST_OFFICE = ((1, 1), (1, 5), (2, 1))  # (processes, threads each) that it is tried with
SESSIONS = (1, 10)
ENGINES = ((1, False), (2, False), (1, True), (2, True))  # (processes, DKIM)
FLASK_MAIL, CEILING = "Flask-Mail, one connection", "postfix smtp-source"


@dataclass(frozen=True)
class Sizes:
    """How many messages each sends, and how often they take turns: of each, the best turn counts."""

    rivals: int
    ours: int
    ceiling: int
    check: int
    rounds: int


FULL = Sizes(rivals=3_000, ours=40_000, ceiling=40_000, check=300, rounds=3)
SHORT = Sizes(rivals=600, ours=6_000, ceiling=10_000, check=50, rounds=1)


def run(*, quick: bool, dice: random.Random) -> list[Figure]:
    """All of them, one after the other, in turns."""
    progress("mail: starting PostgreSQL and the sink")
    with Stage(only=("sink", "reconciler")) as stage:
        tools = postfix.find()
        port = tools.start_sink(stage) if tools else stage.smtp_port
        return Contest(stage, SHORT if quick else FULL, tools, port).held()


@dataclass
class Contest:
    """One sink, and what was measured with it."""

    stage: Stage
    sizes: Sizes
    tools: postfix.Postfix | None
    port: int
    next: int = 0  # the first of the people who were not written to yet
    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sent: dict[tuple[int, bool], list[Sent]] = field(default_factory=lambda: defaultdict(list))
    unsent: int = 0  # by django-post-office's own tables
    figures: list[Figure] = field(default_factory=list)

    def held(self) -> list[Figure]:
        """The correctness pass first: it also says how many bytes a message has. Then the turns."""
        everybody = len(ENGINES) * self.sizes.rounds * (self.sizes.ours + WARM) + 2 * self.sizes.check
        progress(f"mail: {everybody:,} people, encrypted")
        messages.fill_people(self.stage.app, self.stage.environ["DATABASE_URL"], everybody)
        python = _post_office()
        size, signs = self._checked(python)
        for turn in range(self.sizes.rounds):
            self._turn(f"mail: turn {turn + 1} of {self.sizes.rounds}", python, size, signs)
        self._compare(python, signs)
        return self.figures

    def _turn(self, words: str, python: Path | None, size: int, signs: bool) -> None:
        """Everybody once."""
        progress(f"{words}: Flask-Mail, {self.sizes.rivals:,} messages")
        answer = self._ask_flask_mail(self.sizes.rivals, self.port)
        self.rates[FLASK_MAIL].append(answer["sent"] / answer["seconds"])
        for processes, threads in POST_OFFICE if python else ():
            name = _office(processes, threads)
            progress(f"{words}: {name}, {self.sizes.rivals:,} messages")
            answer = self._ask_post_office(python, self.sizes.rivals, self.port, processes, threads)
            self.unsent += self.sizes.rivals - int(answer["sent"])
            self.rates[name].append(answer["sent"] / answer["seconds"])
        for sessions in SESSIONS if self.tools else ():
            assert self.tools is not None
            progress(f"{words}: smtp-source, {sessions} sessions, {self.sizes.ceiling:,} messages")
            seconds = self.tools.pour(self.port, self.sizes.ceiling, sessions=sessions, size=size)
            self.rates[f"{CEILING}, {sessions} sessions"].append(self.sizes.ceiling / seconds)
        for processes, signed in ENGINES:
            if signs or not signed:
                progress(f"{words}: {_ours(processes, signed)}, {self.sizes.ours:,} messages")
                self.sent[processes, signed].append(self._send(processes, signed))

    def _ask_flask_mail(self, number: int, port: int) -> dict[str, float]:
        return _answer([sys.executable, "-m", "bench.rivals.flask_mail_loop", self._file(number), port])

    def _ask_post_office(self, python: Path | None, number: int, port: int, *how: int) -> dict[str, float]:
        database = self.stage.postgres.url.replace("+psycopg", "")
        return _answer([python, SCRIPT, self._file(number), port, database, *how])

    def _file(self, number: int) -> Path:
        return messages.for_rivals(self.stage.folder / f"mailing-{number}.json", number)

    def _send(self, processes: int, signed: bool) -> Sent:
        with Engine(self.stage, self.port, processes=processes, **(_dkim() if signed else {})) as engine:
            engine.send(self._people(WARM))
            return engine.send(self._people(self.sizes.ours))

    def _people(self, number: int) -> object:
        self.next += number
        return messages.audience(self.next - number, number)

    # What it says

    def _compare(self, python: Path | None, signs: bool) -> None:
        """Everybody's best turn, and how many times as fast ours is. Targets are for one process, DKIM off."""
        flask_mail = self._best(FLASK_MAIL, "")
        why = "it could not be installed from the package index"
        office = {
            processes: self._best(f"django-post-office, {processes} process{'es' if processes > 1 else ''}", why)
            for processes in (1, 2)
        }
        if python:
            self._add(report.exactly("django-post-office: not sent", self.unsent))
        ceiling = self._best(CEILING, postfix.WHY_NOT)
        for processes, signed in ENGINES:
            name = _ours(processes, signed)
            if signed and not signs:
                self._add(report.skipped(name, "messages/s", "this engine does not sign"))
                continue
            rate = max(sent.rate for sent in self.sent[processes, signed])
            least = (15, 8, 0.5) if (processes, signed) == (1, False) else (None, None, None)
            references = (flask_mail, office[processes], ceiling)
            for reference, times in zip(references, least, strict=True):
                self._add(report.times(name, rate, "messages/s", reference=reference, least=times))
            if signed:
                self._add(report.at_least(f"{name}: each process", rate / processes, "messages/s", target=2000))
            cost = min(sent.cost for sent in self.sent[processes, signed])
            self._add(Figure(f"{name}: worker CPU", cost, "us/message"))
            self._true(name, self.sent[processes, signed])

    def _best(self, name: str, why_not: str) -> Figure:
        """The best turn of the best of its settings."""
        found = {each: max(rates) for each, rates in self.rates.items() if each.startswith(name)}
        if not found:
            return self._add(report.skipped(name, "messages/s", why_not))
        note = ", ".join(f"{each.removeprefix(name)[2:]} {rate:.0f}" for each, rate in found.items() if each != name)
        return self._add(Figure(name, max(found.values()), "messages/s", note=note))

    def _true(self, name: str, sent: Sequence[Sent]) -> None:
        self._add(report.exactly(f"{name}: not sent", sum(each.total - each.sent for each in sent)))
        self._add(report.exactly(f"{name}: drift of the counters", sum(each.drift for each in sent)))

    # What arrives

    def _checked(self, python: Path | None) -> tuple[int, bool]:
        """Each sends a few to a sink that keeps them. Returns the bytes of our message, and whether we sign."""
        progress(f"mail: {self.sizes.check} messages of each are read")
        number, sizes = self.sizes.check, []
        self.stage.tell_sink(whole=True)
        self.stage.wait(0.1)
        self._ask_flask_mail(number, self.stage.smtp_port)
        sizes.append(f"Flask-Mail {self._read('Flask-Mail', 0)}")
        if python is not None:
            self._ask_post_office(python, number, self.stage.smtp_port, 1, 1)
            sizes.append(f"django-post-office {self._read('django-post-office', 0)}")
        signs = False
        for processes, signed in ((1, False), (2, True)):
            with Engine(self.stage, self.stage.smtp_port, processes=processes, **(_dkim() if signed else {})) as engine:
                first = self.next
                sent = engine.send(self._people(number))
            name = f"our engine read, {processes} process{'es' if processes > 1 else ''}"
            self._true(name, [sent])
            signs = "DKIM-Signature" in messages.parsed(self.stage.received()[-1])
            size = self._read(name, first)
        self._add(Figure("bytes of a message", size, "bytes", note=", ".join(sizes)))
        self.stage.tell_sink()
        return size, signs

    def _read(self, name: str, first: int) -> int:
        """Compare what arrived with who was to get it. Returns the mean size in bytes."""
        mails = list(self.stage.received())
        self.stage.mails.clear()
        wrong = messages.faults(mails, first, self.sizes.check)
        note = "; ".join(wrong[:3])
        self._add(report.exactly(f"{name}: messages lost, doubled or not right", len(wrong), note=note))
        return sum(len(mail.whole) * 3 // 4 for mail in mails) // max(1, len(mails))

    def _add(self, figure: Figure) -> Figure:
        self.figures.append(figure)
        return figure


def _ours(processes: int, signed: bool) -> str:
    return f"our engine, {processes} process{'es' if processes > 1 else ''}, DKIM {'on' if signed else 'off'}"


def _office(processes: int, threads: int) -> str:
    each = f"{threads} thread{'s' if threads > 1 else ''} each"
    return f"django-post-office, {processes} process{'es' if processes > 1 else ''}, {each}"


def _answer(command: list[object]) -> dict[str, float]:
    """Run a rival to its end. Returns what it says on its last line."""
    done = subprocess.run([str(word) for word in command], cwd=TOP, capture_output=True, text=True, timeout=900)
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise SystemExit(f"{command[1:3]} ended with {done.returncode}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _post_office() -> Path | None:
    """The Python of an environment that has django-post-office, made when it is not there or the lock changed."""
    python, mark = TOOLS / "bin" / "python", TOOLS / "lock.txt"
    if mark.exists() and mark.read_text() == LOCK.read_text():
        return python
    progress("mail: installing django-post-office in an environment of its own")
    subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
    if subprocess.run([python, "-m", "pip", "install", *options], check=False, timeout=300).returncode:
        return None
    mark.write_text(LOCK.read_text())
    return python


def _dkim() -> dict[str, str]:
    """A key of 2048 bits, made for this run."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"MAIL_DKIM_KEY": pem.decode(), "MAIL_DKIM_SELECTOR": "bench"}
