"""A small HTTP client for load: a few connections that are kept open, as a proxy in front of us keeps them.

It measures each request, keeps every status, and gives the body to whoever needs it. It opens no
connection for each request, so that what is measured is the server.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass(frozen=True)
class Ask:
    """One request. `network` is where it comes from (X-Forwarded-For)."""

    method: str
    path: str
    network: str
    fields: dict[str, str] | None = None
    key: str = ""
    encoding: str = ""  # what it takes besides plain text

    def as_bytes(self) -> bytes:
        """As it crosses the wire."""
        body = urlencode(self.fields).encode() if self.fields is not None else b""
        kind = "Content-Type: application/x-www-form-urlencoded\r\n" if self.fields is not None else ""
        kind += f"Accept-Encoding: {self.encoding}\r\n" if self.encoding else ""
        head = (
            f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {self.network}\r\n"
            f"Accept-Language: nl\r\nAccept: text/html\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass
class Answers:
    """What came back."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)  # by the key of the request, where one was asked for

    @property
    def rate(self) -> float:
        """Requests a second."""
        return sum(self.statuses.values()) / self.seconds

    @property
    def odd(self) -> int:
        """Answers that are neither 2xx nor 3xx, and lines that broke (0)."""
        return sum(count for status, count in self.statuses.items() if not 200 <= status < 400)

    @property
    def p95(self) -> float:
        """Milliseconds within which 95 of 100 were answered."""
        return sorted(self.times)[int(len(self.times) * 0.95)] * 1000 if self.times else 0.0


def pour(port: int, asks: Iterable[Ask], *, abreast: int, said: Callable[[int], None] = lambda number: None) -> Answers:
    """Send all of them, so many at a time. `said` hears now and then how many are answered."""
    answers = Answers()
    began = time.monotonic()
    asyncio.run(_pour(port, iter(asks), abreast, answers, said))
    answers.seconds = time.monotonic() - began
    return answers


async def _pour(port: int, asks: Iterable[Ask], abreast: int, answers: Answers, said: Callable[[int], None]) -> None:
    await asyncio.gather(*(_one_line(port, iter(asks), answers, said) for _ in range(abreast)))


async def _one_line(port: int, asks: Iterable[Ask], answers: Answers, said: Callable[[int], None]) -> None:
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    for ask in asks:
        began = time.monotonic()
        status, body, stays = 0, b"", False
        for fresh in (writer is None, True):  # a line that was kept may have been closed by the server meanwhile
            try:
                if fresh or reader is None or writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(ask.as_bytes())
                status, body, stays = await _answer(reader)
                break
            except (OSError, asyncio.IncompleteReadError):
                if fresh:
                    break
        if writer is not None and not stays:
            writer.close()
            reader = writer = None
        answers.times.append(time.monotonic() - began)
        answers.statuses[status] += 1
        if ask.key:
            answers.bodies[ask.key] = body.decode(errors="replace")
        if len(answers.times) % 100 == 0:
            said(len(answers.times))
    if writer is not None:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status, body, and whether the line stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status = int(head.split(" ", 2)[1])
    lines = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}
    if lines.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).strip() or b"0", 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(lines.get("content-length", "0")))
    return status, body, lines.get("connection", "keep-alive").lower() != "close"
