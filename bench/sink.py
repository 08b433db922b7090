"""A mail server that keeps a list: `python -m bench.sink PORT RECORD ORDERS`.

Every message it accepts is a line of JSON in RECORD before it is answered, so what is in that file is
what a real server would have delivered, also when this process is killed. What it did on purpose is in
RECORD.deeds. It offers PIPELINING (RFC 2920) and 8BITMIME, and CHUNKING (RFC 3030) by order.

ORDERS is a file of JSON, read anew every few hundredths of a second:

    {"delay": seconds before every final answer, "offer": ["CHUNKING"], "whole": true (keep the text too),
     "do": a mood, "every": to each so-maniest message, "moods": {a mood: how likely for a message}}

Moods are the names in MOODS: "drop" closes the line after the whole text without an answer, and keeps
every other one of those messages: only the sink knows which.
"""

import asyncio
import base64
import itertools
import json
import os
import random
import re
import sys
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

LINK = re.compile(r"https?://[^\s<>\"]+/confirm/([A-Za-z0-9._-]+)")
ID = re.compile(rb"(?im)^Message-ID:\s*(\S+)")
DATE = re.compile(rb"(?im)^Date:\s*([^\r\n]+)")
UNSUBSCRIBE = re.compile(rb"(?im)^List-Unsubscribe:\s*<([^>]+)>")
LONGEST = 1 << 22  # bytes of one message or line
STALE = 0.03  # seconds for which orders that were read are believed
STALL = 4.0  # seconds of a "stall"
SLOW = 0.15
# What a mood does, by the command that it answers. "text" is the whole text: the final dot, or the last chunk.
MOODS: dict[str, tuple[str, str]] = {
    "451": ("RCPT", "451 4.3.0 try again later"),
    "450": ("RCPT", "450 4.2.1 this mailbox is busy"),
    "550": ("RCPT", "550 5.1.1 nobody here by that name"),
    "552": ("RCPT", "552 5.2.2 this mailbox is full"),
    "421": ("MAIL", "421 4.3.2 closing for a moment"),
    "553": ("MAIL", "553 5.7.1 this sender may not write here"),
    "452 text": ("text", "452 4.3.1 no room just now"),
    "554 text": ("text", "554 5.6.0 this text is not taken"),
    "421 text": ("text", "421 4.3.2 closing for a moment"),
    "drop": ("text", ""),
    "drop before": ("DATA", ""),  # the line closes before anything was handed over
    "stall": ("text", ""),
    "slow": ("text", ""),
}


class Sink:
    """What was accepted, and what it was told to do."""

    def __init__(self, record: Path, orders: Path) -> None:
        self.record = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.deeds = os.open(f"{record}.deeds", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.orders = orders
        self.turn = itertools.count(1)
        self.drops = itertools.count()
        self.dice = random.Random(os.getpid())
        self._told: dict[str, Any] = {}
        self._read_at = 0.0

    def told(self) -> dict[str, Any]:
        """The orders as they stand; none when the file is not there."""
        if time.monotonic() - self._read_at > STALE:
            self._read_at = time.monotonic()
            try:
                self._told = dict(json.loads(self.orders.read_text()))
            except (FileNotFoundError, ValueError):
                self._told = {}
        return self._told

    def mood(self) -> str:
        """How to behave towards the message that begins now."""
        told = self.told()
        if told.get("do") and next(self.turn) % int(told.get("every", 1)) == 0:
            return str(told["do"])
        if told.get("moods"):
            at = self.dice.random()
            for name, part in told["moods"].items():
                at -= part
                if at < 0:
                    return str(name)
        return ""

    def keep(self, text: bytes, recipient: str) -> None:
        """One line for one accepted message."""
        head = text[: text.find(b"\r\n\r\n") + 2] if b"\r\n\r\n" in text else text
        unsubscribe = _found(UNSUBSCRIBE, head)
        line: dict[str, Any] = {
            "at": time.time(), "id": _found(ID, head), "date": _found(DATE, head), "to": recipient,
            "confirm": None if unsubscribe else _confirm_link(text), "unsubscribe": unsubscribe,
        }  # fmt: skip
        if self.told().get("whole"):
            line["whole"] = base64.b64encode(text).decode()
        os.write(self.record, json.dumps(line).encode() + b"\n")

    def did(self, mood: str, recipient: str, *, kept: bool) -> None:
        """One line for one thing done on purpose."""
        os.write(self.deeds, json.dumps({"did": mood, "to": recipient, "kept": kept}).encode() + b"\n")


class Talk(asyncio.Protocol):
    """One conversation, as far as our side of RFC 5321 needs it."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.coming = bytearray()
        self.searched = 0  # how far the final dot was looked for
        self.waits = False  # an answer is held back: what comes meanwhile must wait too
        self.read: Callable[[], bool] = self._command
        self.chunks = bytearray()
        self.chunk, self.last = 0, False
        self._forget()

    def _forget(self) -> None:
        self.sender = False
        self.recipients: list[str] = []
        self.mood = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        assert isinstance(transport, asyncio.Transport)
        self.line = transport
        self._say("220 sink ESMTP")

    def data_received(self, data: bytes) -> None:
        """Take what came, as far as it is whole."""
        self.coming += data
        self._go_on()

    def _go_on(self) -> None:
        if len(self.coming) > LONGEST:
            self.line.abort()
        while not self.waits and not self.line.is_closing() and self.read():
            pass

    def _say(self, line: str) -> None:
        if not self.line.is_closing():
            self.line.write(f"{line}\r\n".encode())

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        def act() -> None:  # also when the other side died meanwhile: the text is here
            self.waits = False
            then()
            self._go_on()

        if seconds <= 0:
            return then()
        self.waits = True
        asyncio.get_running_loop().call_later(seconds, act)
        return None

    # Commands

    def _command(self) -> bool:
        end = self.coming.find(b"\n")
        if end < 0:
            return False
        line = self.coming[:end].decode(errors="replace").strip()
        del self.coming[: end + 1]
        verb, _, rest = line.partition(" ")
        answer = self._answers.get(verb.upper(), Talk._whatever)
        answer(self, rest)
        return True

    def _whatever(self, rest: str) -> None:
        self._say("250 OK")

    def _ehlo(self, rest: str) -> None:
        self._forget()
        offers = ["sink", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", *self.sink.told().get("offer", [])]
        self._say("\r\n".join([*(f"250-{word}" for word in offers[:-1]), f"250 {offers[-1]}"]))

    def _mail(self, rest: str) -> None:
        self._forget()
        self.mood = self.sink.mood()
        if self._moody("MAIL"):
            if self.mood == "421":
                self.line.close()
            return
        self.sender = True
        self._say("250 OK")

    def _rcpt(self, rest: str) -> None:
        recipient = rest.partition("<")[2].partition(">")[0]
        if not self.sender:
            return self._say("503 5.5.1 MAIL first")
        if self._moody("RCPT", recipient):
            return None
        self.recipients.append(recipient)
        return self._say("250 OK")

    def _data(self, rest: str) -> None:
        if not self.recipients:
            return self._say("503 5.5.1 RCPT first")
        if self.mood == "drop before":
            self.sink.did(self.mood, self.recipients[0], kept=False)
            return self.line.close()
        self.read, self.searched = self._dotted, 0
        return self._say("354 go on")

    def _bdat(self, rest: str) -> None:
        size, _, last = rest.partition(" ")
        self.chunk, self.last, self.read = int(size), last.strip().upper() == "LAST", self._chunked

    def _rset(self, rest: str) -> None:
        self._forget()
        self._say("250 OK")

    def _quit(self, rest: str) -> None:
        self._say("221 bye")
        self.line.close()

    def _moody(self, stage: str, recipient: str = "") -> bool:
        at, words = MOODS.get(self.mood, ("", ""))
        if at != stage or not words:
            return False
        self.sink.did(self.mood, recipient or (self.recipients or [""])[0], kept=False)
        self._say(words)
        return True

    # Texts

    def _dotted(self) -> bool:
        if self.coming[:3] == b".\r\n":
            end, text = 3, b""
        else:
            at = self.coming.find(b"\r\n.\r\n", max(0, self.searched - 4))
            if at < 0:
                self.searched = len(self.coming)
                return False
            end, text = at + 5, bytes(self.coming[: at + 2])
        del self.coming[:end]
        self.read = self._command
        self._whole(text.replace(b"\r\n..", b"\r\n."))
        return True

    def _chunked(self) -> bool:
        if len(self.coming) < self.chunk:
            return False
        self.chunks += self.coming[: self.chunk]
        del self.coming[: self.chunk]
        self.read = self._command
        if not self.recipients:
            self.chunks.clear()
            self._say("503 5.5.1 RCPT first")
        elif self.mood == "drop before":
            self.sink.did(self.mood, self.recipients[0], kept=False)
            self.line.close()
        elif self.last:
            text = bytes(self.chunks)
            self.chunks.clear()
            self._whole(text)
        else:
            self._say("250 OK")
        return True

    def _whole(self, text: bytes) -> None:
        """The text is here in full: from now on only our answer can say what became of it."""
        to = ",".join(self.recipients)
        if self.mood == "drop":
            kept = next(self.sink.drops) % 2 == 0
            if kept:
                self.sink.keep(text, to)
            self.sink.did("drop", to, kept=kept)
            return self.line.abort()
        if self._moody("text"):
            if self.mood == "421 text":
                self.line.close()
            return self._forget()
        wait = {"stall": STALL, "slow": SLOW}.get(self.mood, 0.0)
        if wait:
            self.sink.did(self.mood, to, kept=True)
        return self._later(wait + float(self.sink.told().get("delay", 0)), lambda: self._taken(text, to))

    def _taken(self, text: bytes, to: str) -> None:
        self.sink.keep(text, to)
        self._say("250 2.0.0 kept")
        self._forget()

    _answers: dict[str, Callable[["Talk", str], None]] = {
        "EHLO": _ehlo, "HELO": _whatever, "MAIL": _mail, "RCPT": _rcpt, "DATA": _data, "BDAT": _bdat,
        "RSET": _rset, "QUIT": _quit,
    }  # fmt: skip


def _found(pattern: re.Pattern[bytes], head: bytes) -> str:
    found = pattern.search(head)
    return "".join(found[1].decode(errors="replace").split("\r\n ")) if found else ""


def _confirm_link(text: bytes) -> str | None:
    mail = message_from_bytes(text, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    part = mail.get_body(("plain",))
    found = LINK.search(part.get_content()) if part is not None else None
    return found[1] if found else None


async def serve(port: int, record: Path, orders: Path) -> None:
    """Take mail on this machine until killed."""
    sink = Sink(record, orders)
    server = await asyncio.get_running_loop().create_server(lambda: Talk(sink), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
