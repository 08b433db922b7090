"""A mail server that lies, breaks off, stutters and changes its mind: the other side of the fuzz.

It keeps the truth of each message by its recipient: whether the whole text came, which text, and what
it answered. `Server.serve` speaks on one end of a socket pair until the conversation ends.
"""

import random
import socket
import time
from collections import Counter
from dataclasses import dataclass, field

OFFERS = ("PIPELINING", "CHUNKING", "8BITMIME", "SIZE 1000000", "ENHANCEDSTATUSCODES", "DSN", "X-UNKNOWN yes")
GOOD = 0.9  # how often an answer is the good one
TWISTS = {
    "crumbs": 4, "late": 4, "bare lf": 4, "many lines": 4, "code alone": 4, "long line": 4, "bytes": 4, "digits": 4,
    "letters": 4, "empty": 4, "mixed codes": 4, "endless": 4, "twice": 4, "silent": 1, "hang up": 4, "half": 4,
}  # fmt: skip
HARMLESS = ("crumbs", "late", "bare lf", "many lines", "code alone", "bytes")  # still the same answer, oddly written
WORDS = (b"ok", b"2.1.0 fine <a@b.example>", b"", b"4.7.1 no", b"try again in 300 seconds")
LATE = 0.002
SILENCE = 0.3


@dataclass
class Truth:
    """What the server knows of one message."""

    text: bytes | None = None  # whole, as it arrived
    answers: dict[str, int] = field(default_factory=dict)  # stage -> code of the answer as it was meant
    twisted: set[str] = field(default_factory=set)  # stages whose answer was no honest answer any more


class Gone(Exception):
    """The conversation has ended."""


class Server:
    """One conversation. `calm` in [0, 1]: how seldom an answer is twisted."""

    def __init__(self, line: socket.socket, dice: random.Random, *, calm: float) -> None:
        self.line, self.dice, self.calm = line, dice, calm
        self.coming = b""
        self.truths: dict[str, Truth] = {}
        self.twists: Counter[str] = Counter()
        self.open_twisted = False  # before the first message
        self.out_of_step = False  # it answered more, or less, than it was asked
        self._now: Truth | None = None
        self._sender = self._recipient = False

    def serve(self) -> None:
        """Speak until one of the two has had enough."""
        try:
            self._answer("greeting", 220)
            while True:
                self._command(self._read_line())
        except (Gone, OSError):
            pass
        finally:
            self.line.close()

    # What comes

    def _more(self) -> None:
        piece = self.line.recv(1 << 16)
        if not piece:
            raise Gone
        self.coming += piece

    def _read_line(self) -> bytes:
        while b"\r\n" not in self.coming:
            self._more()
        line, self.coming = self.coming.split(b"\r\n", 1)
        return line

    def _read(self, number: int) -> bytes:
        while len(self.coming) < number:
            self._more()
        text, self.coming = self.coming[:number], self.coming[number:]
        return text

    def _read_dotted(self) -> bytes:
        while not (self.coming.startswith(b".\r\n") or b"\r\n.\r\n" in self.coming):
            if self.dice.random() < 0.01:
                self._twist("hang up in the text")
                raise Gone
            self._more()
        if self.coming.startswith(b".\r\n"):
            self.coming = self.coming[3:]
            return b""
        text, self.coming = self.coming.split(b"\r\n.\r\n", 1)
        text += b"\r\n"
        return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in text.split(b"\r\n"))

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            self._greet()
        elif verb == b"MAIL":
            self._sender, self._recipient, self._now = False, False, None
            self._sender = self._waiting("MAIL") == 250
        elif verb == b"RCPT":
            self._now = self.truths.setdefault(line.partition(b"<")[2].partition(b">")[0].decode(), Truth())
            self._now.answers |= {"MAIL": self._mail_code} if "MAIL" not in self._now.answers else {}
            self._now.twisted |= {"MAIL"} if self._mail_twisted else set()
            self._recipient = self._stage("RCPT", 250 if self._sender else 503) == 250
        elif verb == b"DATA":
            self._data()
        elif verb == b"BDAT":
            self._whole(self._read(int(line.split()[1])))
        elif verb == b"QUIT":
            self._answer("QUIT", 221)
            raise Gone
        else:
            self._answer("other", 250)

    def _greet(self) -> None:
        offers = [offer for offer in OFFERS if self.dice.random() < 0.5]
        words = ["fuzz", *offers]
        lines = [f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"]
        self._answer("EHLO", 250, "\r\n".join(lines).encode() + b"\r\n")

    def _waiting(self, stage: str) -> int:
        """An answer to MAIL: whose it is shows at RCPT."""
        self._mail_code, self._mail_twisted = self._code(250), False
        self._mail_twisted = self._answer(stage, self._mail_code)
        return self._mail_code

    def _stage(self, stage: str, good: int) -> int:
        assert self._now is not None
        code = self._code(good)
        self._now.answers[stage] = code
        self._answer(stage, code, truth=self._now)
        return code

    def _data(self) -> None:
        if self._now is None:
            self._answer("DATA", 503)
        elif self._recipient or self.dice.random() < 0.3:  # RFC 2920, 3.1: it may go on although it refused
            if self._stage("DATA", 354) == 354:
                self._whole(self._read_dotted())
        else:
            self._stage("DATA", 503)

    def _whole(self, text: bytes) -> None:
        """The text is here: what follows is the answer that counts."""
        if self._now is None:
            self._answer("text", 503)
            return
        if text:
            self._now.text = text
        self._stage("text", 250 if self._recipient and text else 554)
        self._sender = self._recipient = False

    # What goes

    def _code(self, good: int) -> int:
        if good >= 400 or self.dice.random() < GOOD:
            return good
        return self.dice.choice((421, 450, 451, 452, 500, 550, 552, 554, 571))

    def _twist(self, name: str) -> None:
        self.twists[name] += 1

    def _answer(self, stage: str, code: int, whole: bytes = b"", *, truth: Truth | None = None) -> bool:
        """Say it, perhaps twisted. Returns whether it no longer says what was meant."""
        honest = whole or b"%d %s\r\n" % (code, self.dice.choice(WORDS))
        twist = "" if self.dice.random() < self.calm else self.dice.choices(list(TWISTS), list(TWISTS.values()))[0]
        if twist:
            self._twist(twist)
            if truth is not None and twist not in HARMLESS:
                truth.twisted.add(stage)
            if stage in ("greeting", "EHLO") and twist not in HARMLESS:
                self.open_twisted = True
        self._write(twist, code, honest)
        if code == 421 and self.dice.random() < 0.7:
            raise Gone
        return bool(twist) and twist not in HARMLESS

    def _write(self, twist: str, code: int, honest: bytes) -> None:
        say = self.line.sendall
        odd = {
            "bare lf": honest.replace(b"\r\n", b"\n"),
            "many lines": b"%d-first\r\n%d-second\r\n" % (code, code) + honest,
            "code alone": b"%d\r\n" % code if honest.count(b"\n") == 1 else honest,
            "long line": b"%d %s\r\n" % (code, b"x" * 70_000), "bytes": honest.replace(b"\r\n", b" \xff\x00\xe9\r\n"),
            "digits": b"%d%d ok\r\n" % (code, self.dice.randrange(10)), "letters": b"2S0 ok\r\n", "empty": b"\r\n",
            "mixed codes": b"250-yes\r\n%d no\r\n" % self.dice.choice((250, 450, 550)),
            "half": honest[: self.dice.randrange(1, len(honest))],
        }  # fmt: skip
        if twist == "crumbs":
            for at in range(len(honest)):
                say(honest[at : at + 1])
        elif twist == "late":
            time.sleep(LATE)
            say(honest)
        elif twist == "twice":
            self.out_of_step = True
            say(honest + honest)
        elif twist == "endless":
            for _ in range(40):
                say(b"%d-" % code + b"y" * 4000 + b"\r\n")
            raise Gone
        elif twist == "silent":
            self.line.settimeout(SILENCE)
            while self.line.recv(1 << 16):  # it listens, and says nothing
                pass
            raise Gone
        elif twist == "hang up":
            raise Gone
        else:
            say(odd.get(twist, honest))
            if twist == "half":
                raise Gone

    _mail_code, _mail_twisted = 0, False
