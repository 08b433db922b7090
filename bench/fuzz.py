"""A hundred thousand conversations with a mail server that lies, and as many mails: `make bench PART=fuzz`.

The client is the engine's own `smtp.Line`, over socket pairs. Whatever the server does, the client
may end with RelayAway or with an outcome, soon, and no outcome may contradict what the server knows:
a text that was taken is never offered again as if it was not, one that never arrived whole is never
SENT, and what arrives is byte for byte what was to be sent. Each conversation has its own seed.
"""

import queue
import random
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from bench import fuzz_mail, report
from bench.fuzz_server import Server, Truth
from bench.report import Figure, progress
from campaigner.outbox import smtp, wire
from campaigner.outbox.answers import Outcome
from campaigner.spelling import Relay

FULL, SHORT = 100_000, 4_000
PATIENCE = 0.06  # seconds that the client waits, instead of its twenty and sixty
HANG = 5.0  # seconds after which a conversation hangs
STATES = {"sent", "deferred", "failed", "refused", "rejected", "ready", "unknown"}
PIECES = (
    b"Dag Luc,\r\n", b".\r\n", b"..\r\n", b".punt\r\n", b"\r\n", b"\r\n.\r\n", b"MAIL FROM:<x@y>\r\n", b"QUIT\r\n",
    "Ça va, José?\r\n".encode(), b"x" * 900 + b"\r\n", b"RSET\r\nDATA\r\n",
)  # fmt: skip


def run(*, quick: bool, dice: random.Random) -> list[Figure]:
    """SMTP replies, and the mails that come in where their fuzz is there."""
    figures = Fuzz(dice.randrange(1 << 30)).run(SHORT if quick else FULL)
    progress("fuzz: mails that come in")
    return figures + _inbound(fuzz_mail.run(quick=quick, dice=dice))


def _inbound(counts: dict[str, int | float]) -> list[Figure]:
    """What `fuzz_mail` counts, as figures."""
    kinds = ", ".join(f"{kind} {counts[kind]}" for kind in sorted(fuzz_mail.KINDS))
    return [
        Figure("mails that came in", int(counts["mails"]) + int(counts["crashes"]), "", note=kinds),
        report.exactly("mails: crashes", int(counts["crashes"])),
        report.exactly("mails: addresses shut wrongly", int(counts["wrong suppressions"])),
        report.at_most("mails: the slowest", float(counts["slowest ms"]), "ms", target=1000),
    ]


class Loose(socket.socket):
    """One end of a pair: it has no TCP options to set."""

    def setsockopt(self, level: int, *args: Any) -> None:
        """Those of sockets in general, and no others."""
        if level == socket.SOL_SOCKET:
            super().setsockopt(level, *args)


@dataclass
class Fuzz:
    """All conversations of one seed, and what was wrong."""

    seed: int
    wrong: dict[str, list[str]] = field(default_factory=lambda: {"crash": [], "hang": [], "untrue": [], "altered": []})
    outcomes: Counter[str] = field(default_factory=Counter)
    twists: Counter[str] = field(default_factory=Counter)

    def run(self, number: int) -> list[Figure]:
        """So many conversations."""
        began = time.monotonic()
        lines: queue.Queue[Server | None] = queue.Queue()
        done: queue.Queue[None] = queue.Queue()
        thread = threading.Thread(target=_serve, args=(lines, done), daemon=True)
        thread.start()
        with (
            mock.patch.object(smtp, "TIMEOUT", PATIENCE),
            mock.patch.object(wire, "GLANCE", PATIENCE / 2),
            mock.patch.object(smtp, "MESSAGE_SECONDS", PATIENCE, create=True),
            mock.patch("ssl.create_default_context"),  # reads all authorities of the machine, for each line
        ):
            for turn in range(number):
                self._converse(turn, lines, done)
                if turn % 500 == 499:
                    progress(f"fuzz: {turn + 1:,} of {number:,} conversations", often=True)
        lines.put(None)
        thread.join(HANG)
        return self._figures(number, time.monotonic() - began)

    def _converse(self, turn: int, lines: "queue.Queue[Server | None]", done: "queue.Queue[None]") -> None:
        dice = random.Random(f"{self.seed} {turn}")
        ours, theirs = socket.socketpair()
        server = Server(theirs, dice, calm=dice.choice((1.0, 0.97, 0.9, 0.6)))
        letters = [_letter(dice, n) for n in range(dice.randrange(1, 6))]
        lines.put(server)
        began, name = time.monotonic(), f"seed {self.seed}, conversation {turn}"
        line = smtp.Line(Relay(name="fuzz", host="127.0.0.1"))
        outcomes: dict[str, Outcome] = {}
        loose = Loose(fileno=ours.detach())
        loose.settimeout(PATIENCE)
        with mock.patch("socket.create_connection", return_value=loose):
            try:
                line.open()
                outcomes = line.offer(letters, until=time.monotonic() + HANG)
            except smtp.RelayAway:
                self.outcomes["relay away"] += 1
            except Exception as error:  # whatever it is, it is a crash, and the next conversation begins
                self.wrong["crash"].append(f"{name}: {type(error).__name__}: {error}")
            try:
                line.close()
            except Exception as error:
                self.wrong["crash"].append(f"{name}, closing: {type(error).__name__}: {error}")
        loose.close()
        if time.monotonic() - began > HANG:
            self.wrong["hang"].append(name)
        done.get(timeout=HANG)
        self.twists += server.twists
        self._judge(name, server, letters, outcomes)

    def _judge(self, name: str, server: Server, letters: list[smtp.Letter], outcomes: dict[str, Outcome]) -> None:
        for letter in letters:
            truth = server.truths.get(letter.recipient, Truth())
            outcome = outcomes.get(letter.key)
            state = outcome.state if outcome else "not begun"
            self.outcomes[state] += 1
            if truth.text is not None and truth.text != letter.text:
                self.wrong["altered"].append(f"{name}: {letter.key}")
            if outcome and outcome.state not in STATES:
                self.wrong["untrue"].append(f"{name}: {letter.key} is {outcome.state}")
            elif outcome and "TimeoutError" in outcome.reply and state in ("unknown", "ready"):
                self._late(name, truth, outcome)
            elif not server.out_of_step and state not in _allowed(truth, server):
                self.wrong["untrue"].append(f"{name}: {letter.key} is {state} ({outcome}), and {truth.answers} "
                                            f"twisted {truth.twisted} whole {truth.text is not None}")  # fmt: skip

    def _late(self, name: str, truth: Truth, outcome: Outcome) -> None:
        """No answer in time, because the server was silent or this machine busy: nobody may conclude anything."""
        if outcome.state == "ready" and truth.text is not None and not _refused(truth):
            self.wrong["untrue"].append(f"{name}: ready after a silence, and the whole text is there")

    def _figures(self, number: int, seconds: float) -> list[Figure]:
        found = ", ".join(f"{state} {count}" for state, count in self.outcomes.most_common())
        names = {
            "crash": "other exceptions than the declared one", "hang": f"longer than {HANG:g} s",
            "untrue": "outcomes that contradict what the server knows", "altered": "texts that arrived altered",
        }  # fmt: skip
        return [
            Figure("SMTP conversations", number, "", note=f"{number / seconds:.0f} a second; {found}"),
            Figure("answers twisted", sum(self.twists.values()), "", note=f"in {len(self.twists)} ways"),
            *(
                report.exactly(f"SMTP: {names[kind]}", len(wrong), note="; ".join(wrong[:2]))
                for kind, wrong in self.wrong.items()
            ),
        ]


def _allowed(truth: Truth, server: Server) -> set[str]:
    """The outcomes that do not contradict what the server knows of a message.

    A text that came whole and was not refused may be SENT, or UNKNOWN where an answer was twisted; never
    READY. One that did not come whole may be anything but SENT.
    """
    refused = _refused(truth)
    if truth.text is None:
        return (STATES | {"not begun"}) - {"sent"}
    if refused or truth.answers.get("text", 0) >= 400:
        return STATES if truth.twisted else STATES - {"sent"}
    if truth.twisted and _odd(server):
        return STATES - {"ready"}  # an answer with two codes may be read either way
    return {"sent", "unknown"} if truth.twisted else {"sent"}


def _refused(truth: Truth) -> bool:
    """Whether an answer before the text said no."""
    return any(truth.answers.get(stage, 0) >= 400 for stage in ("MAIL", "RCPT", "DATA"))


def _odd(server: Server) -> bool:
    """Whether an answer was given that has two codes, or one of four digits."""
    return bool(server.twists["mixed codes"] or server.twists["digits"])


def _letter(dice: random.Random, number: int) -> smtp.Letter:
    text = b"Subject: fuzz\r\n\r\n" + b"".join(dice.choices(PIECES, k=dice.randrange(0, 8)))
    if dice.random() < 0.02:
        text += b"z" * 998 + b"\r\n" * dice.randrange(1, 400)
    return smtp.Letter(f"k{number}", "campagnes@fos.example", f"luc{number}@voorbeeld.example", text)


def _serve(lines: "queue.Queue[Server | None]", done: "queue.Queue[None]") -> None:
    """The server's side, in a thread of its own."""
    while (server := lines.get()) is not None:
        server.serve()
        done.put(None)
