"""Opening a mail that anybody may have written: parts, headers, words. Bounded work, whatever was sent.

Python's own parser keeps to what a mail says of itself and raises a handful of plain errors on mail
that says nonsense; those are UNREADABLE, and whoever opens a letter catches them in one place.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from html import unescape
from typing import TYPE_CHECKING, Any

import nh3

from campaigner.core.addresses import NotAnAddress, normal
from campaigner.core.text import lines, one_line

PARSED = 1024 * 1024  # of a mail; what comes later is the end of an attachment
PARTS, DEPTH = 100, 8
HEADER, BODY = 4_000, 200_000
NAMES = 40  # addresses looked at in a header
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, MessageError)
# Codecs that are no charset of mail: of these one is slow without end, and others are no text.
ODD = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"})
BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)\b[^<>]{0,200}>", re.IGNORECASE)
RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")

if TYPE_CHECKING:
    Mail = Message[Any, Any]
else:
    Mail = Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail and its parts, flattened. A returned message is a part, and is not looked into."""

    mail: Mail
    parts: tuple[Mail, ...]

    def of_type(self, *types: str) -> list[Mail]:
        """The parts of one of these content types."""
        return [part for part in self.parts if part.get_content_type() in types]

    def returned(self) -> list[Mail]:
        """The headers of the messages that this one brings back."""
        return [found for part in self.of_type(*RETURNED) if (found := _inside(part)) is not None]


def opened(raw: bytes) -> Letter:
    """The letter. Raises one of UNREADABLE."""
    mail = message_from_bytes(raw[:PARSED])
    return Letter(mail, tuple(flat(mail)))


def bare(raw: bytes) -> Letter:
    """The letter as if it had no parts: its headers, and everything else as text. Raises one of UNREADABLE."""
    mail = BytesHeaderParser().parsebytes(raw[:PARSED])
    for name in ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
        del mail[name]
    return Letter(mail, (mail,))


def flat(mail: Mail) -> Iterator[Mail]:
    """A mail and its parts, at most PARTS of them."""
    waiting = [(mail, 0)]
    for _ in range(PARTS):
        if not waiting:
            return
        part, depth = waiting.pop(0)
        yield part
        if part.get_content_maintype() == "multipart" and depth < DEPTH:
            waiting += [(each, depth + 1) for each in inside(part)[:PARTS]]


def inside(part: Mail) -> list[Mail]:
    """What the parser made of the inside of a part; [] when that is plain text."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _inside(part: Mail) -> Mail | None:
    """The message within a part: parsed already, or still the text of its headers."""
    if part.is_multipart():
        return next(iter(inside(part)), None)
    return message_from_bytes(content(part))


def content(part: Mail) -> bytes:
    """The bytes of a part that has no parts, its transfer encoding undone."""
    raw = part.get_payload(decode=True)
    return raw[:BODY] if isinstance(raw, bytes) else b""


def header(mail: Mail, name: str) -> str:
    """A header as a single line of text, encoded words undone; "" when it is not there."""
    found = mail.get(name)
    if found is None:
        return ""
    return one_line(decoded(str(found)[:HEADER]))


def decoded(written: str) -> str:
    """Text with its encoded words (RFC 2047) undone."""
    try:
        return str(make_header(decode_header(written)))
    except (MessageError, ValueError, LookupError):
        return written


def mailboxes(mail: Mail, *names: str) -> list[tuple[str, str]]:
    """(name, address) of everybody in these headers whose address can be written to."""
    written = [str(found)[:HEADER] for name in names for found in mail.get_all(name, [])[:NAMES]]
    found = []
    for shown, address in getaddresses(written)[:NAMES]:
        try:
            found.append((shown, normal(address)))
        except NotAnAddress:
            continue
    return found


def text(letter: Letter) -> str:
    """What the letter says: its plain text, or else the words of its HTML. Line ends made one kind."""
    plain = next((p for p in letter.of_type("text/plain") if not attached(p)), None)
    if plain is not None and (words := lines(_words(plain), at_most=BODY)):
        return words
    html = next((p for p in letter.of_type("text/html") if not attached(p)), None)
    if html is None:
        return ""
    bare = nh3.clean(BREAK.sub("\n", _words(html)), tags=set(), clean_content_tags={"script", "style", "title"})
    return re.sub(r"\n\s*\n\s*", "\n\n", lines(unescape(bare), at_most=BODY))


def attachments(letter: Letter) -> list[str]:
    """The names of what hangs on it."""
    named = [part.get_filename() or "" for part in letter.parts if attached(part)]
    return [one_line(name)[:80] or "?" for name in named]


def attached(part: Mail) -> bool:
    """Whether a part is a file, and not the letter itself."""
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _words(part: Mail) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        if codecs.lookup(charset).name in ODD:
            charset = "utf-8"
        return content(part).decode(charset, "replace")
    except (LookupError, ValueError):
        return content(part).decode("utf-8", "replace")
