"""The bytes of an SMTP conversation: replies read as RFC 5321 (4.2) writes them, and how much of a text has left.

Whatever a server sends, it is a reply, or `Garbled`; nothing grows without end.
"""

import re
import socket
import ssl
import struct
import time
from typing import NamedTuple

GLANCE = 2.0  # seconds after which a silent socket lets us look at the clock
AGAIN = (BlockingIOError, TimeoutError)
LONGEST = 64 * 1024  # bytes of one reply, all its lines; RFC 5321 allows 512 a line
_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)


class Garbled(OSError):
    """The other side does not speak SMTP, or no longer does."""


class Broken(OSError):
    """The line broke while we wrote. `sent` is how many bytes had been handed to it by then."""

    def __init__(self, sent: int, reason: str) -> None:
        super().__init__(reason)
        self.sent = sent


class Reply(NamedTuple):
    """One answer: its code of three digits, and the bytes after it, the lines of a longer one joined by a space."""

    code: int
    said: bytes

    @property
    def words(self) -> str:
        """What it said, as text."""
        return self.said.decode(errors="replace")

    @property
    def good(self) -> bool:
        """2yz: done."""
        return 200 <= self.code < 300


class Replies:
    """Replies out of a stream of bytes, whatever the pieces it comes in."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0

    @property
    def waiting(self) -> bool:
        """Whether there are bytes that nobody has read yet."""
        return bool(self._rest or self._lines)

    def feed(self, piece: bytes) -> None:
        """More bytes from the server. Raises Garbled when a reply has no end."""
        self._rest = self._rest + piece if self._rest else piece
        if len(self._rest) > LONGEST and b"\n" not in self._rest:
            raise Garbled("a reply without an end")

    def next(self) -> Reply | None:
        """The next whole reply, None when more bytes are needed. Raises Garbled."""
        while (end := self._rest.find(b"\n")) >= 0:
            found = _LINE.fullmatch(self._rest, 0, end)
            self._size += end
            if found is None or self._size > LONGEST:
                raise Garbled("no reply of a mail server")
            code, mark, said = found.groups()
            self._rest = self._rest[end + 1 :]
            self._lines.append(said.rstrip(b"\r"))
            if mark != b"-":
                reply = Reply(int(code), self._lines[0] if len(self._lines) == 1 else b" ".join(self._lines))
                self._lines, self._size = [], 0
                return reply
        return None


class Wire:
    """A socket on which we write commands and texts and read replies, all before a moment (`until`).

    The kernel wakes us every few seconds to look at the clock: asking it for each piece to wait until
    that very moment would cost a message as many system calls again as it needs.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._replies = Replies()
        self.until = time.monotonic()
        if isinstance(
            sock, ssl.SSLSocket
        ):  # tries again by itself what the kernel breaks off, and would never come back
            sock.settimeout(GLANCE)
            return
        sock.settimeout(None)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(GLANCE), int(GLANCE % 1 * 1e6)))

    def quiet(self) -> None:
        """Raises Garbled when the server has said more than it was asked: its answers would be taken for others."""
        if self._replies.waiting:
            raise Garbled("an answer to nothing")

    def write(self, text: bytes) -> None:
        """Hand all of it to the line. Raises Broken, which says how much had gone."""
        sent, view = 0, memoryview(text)
        while sent < len(text):
            if sent and time.monotonic() > self.until:
                raise Broken(sent, "TimeoutError: it does not take more in time")
            try:
                sent += self._sock.send(view[sent:])
            except AGAIN as error:
                if time.monotonic() > self.until:
                    raise Broken(sent, "TimeoutError: it does not take more in time") from error
            except OSError as error:
                raise Broken(sent, f"{type(error).__name__}: {error}") from error

    def reply(self) -> Reply:
        """The next answer. Raises Garbled, or OSError when the line is lost or silent for too long."""
        while (reply := self._replies.next()) is None:
            if time.monotonic() > self.until:
                raise TimeoutError("no answer in time")
            try:
                piece = self._sock.recv(65536)
            except AGAIN:
                continue
            if not piece:
                raise ConnectionResetError("the mail server hung up")
            self._replies.feed(piece)
        return reply
