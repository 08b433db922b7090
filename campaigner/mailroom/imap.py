"""Fetching mail from a mailbox over IMAP (RFC 3501), for whoever has a mailbox and no mail server of their own.

A message is marked as read, or moved to a folder, only after it was committed here. When the line
breaks in between it is fetched again, and known again.
"""

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

TIMEOUT = 60.0
AT_ONCE = 200  # messages of one round
HEAD = 512 * 1024  # of a message that is too large this much is kept: its headers and its text stand there
LOCAL = ("localhost", "127.0.0.1", "::1")
TROUBLE = (imaplib.IMAP4.error, OSError)  # of the line or of the server; TLS errors are OSErrors
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where mail is fetched from, read from `imaps://user:password@host:port/folder?move=Done`."""

    host: str
    port: int
    secure: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    move: str = ""  # the folder that fetched mail is moved to; "": it stays, marked as read


def mailbox(url: str) -> Mailbox:
    """The mailbox of a valid IMAP_URL (see `campaigner.spelling.imap`)."""
    parts = urlsplit(url)
    secure = parts.scheme == "imaps"
    return Mailbox(
        host=parts.hostname or "",
        port=parts.port or (993 if secure else 143),
        secure=secure,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        move=(parse_qs(parts.query).get("move") or [""])[0],
    )


def fetch(source: Mailbox, keep: Callable[[bytes], object], *, most_bytes: int) -> int:
    """One round: `keep` each new message, then mark or move it. Returns how many; raises one of TROUBLE.

    `keep` commits or raises; whatever it raises ends the round with that message untouched.
    """
    with _opened(source) as line:
        found = _new(line, moved=bool(source.move))[:AT_ONCE]
        for uid in found:
            raw = _message(line, uid, most_bytes)
            if raw is not None:
                keep(raw)
                _done(line, uid, source.move)
        return len(found)


@contextmanager
def _opened(source: Mailbox) -> Iterator[Any]:
    """A conversation, logged in and in the folder; without TLS only to this very machine."""
    context = ssl.create_default_context()
    line: imaplib.IMAP4
    if source.secure:
        line = imaplib.IMAP4_SSL(source.host, source.port, timeout=TIMEOUT, ssl_context=context)
    else:
        line = imaplib.IMAP4(source.host, source.port, timeout=TIMEOUT)
    try:
        if not source.secure and source.host not in LOCAL:
            line.starttls(context)
        line.login(source.user, source.password)
        _ok(line.select(_quoted(source.folder)))
        yield line
    finally:
        try:
            line.logout()
        except TROUBLE:
            line.shutdown()


def _new(line: Any, *, moved: bool) -> list[str]:
    """The numbers (UIDs) of what was not fetched before."""
    answer = _ok(line.uid("SEARCH", "UNDELETED" if moved else "UNSEEN UNDELETED"))
    return [uid.decode() for part in answer if part for uid in part.split()]


def _message(line: Any, uid: str, most_bytes: int) -> bytes | None:
    """The message, or its head when it is too large. None: it is gone meanwhile. Fetching marks nothing (PEEK)."""
    said = b" ".join(part for part in _ok(line.uid("FETCH", uid, "(RFC822.SIZE)")) if isinstance(part, bytes))
    size = re.search(rb"RFC822\.SIZE (\d+)", said)
    if size is None:
        return None
    what = "BODY.PEEK[]" if int(size[1]) <= most_bytes else f"BODY.PEEK[]<0.{HEAD}>"
    for part in _ok(line.uid("FETCH", uid, f"({what})")):
        if isinstance(part, tuple) and len(part) > 1:
            return bytes(part[1])
    return None


def _done(line: Any, uid: str, move: str) -> None:
    """Mark it as read; or move it, with MOVE (RFC 6851) where the server has it."""
    if not move:
        _ok(line.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)"))
    elif "MOVE" in line.capabilities:
        _ok(line.uid("MOVE", uid, _quoted(move)))
    else:
        _ok(line.uid("COPY", uid, _quoted(move)))
        _ok(line.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen \\Deleted)"))
        if "UIDPLUS" in line.capabilities:  # else others' deleted messages would go with it
            _ok(line.uid("EXPUNGE", uid))


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    status, parts = answer
    if status != "OK":
        words = next((part for part in parts if isinstance(part, bytes)), b"").decode("ascii", "replace")
        raise imaplib.IMAP4.error(f"the server said {status} {words}"[:200])
    return parts


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
