"""A delivery becomes a message: headers, text and HTML, the same bytes on every attempt.

Message-ID, unsubscribe link and envelope sender are keyed hashes of (mailing, recipient), nothing is
stored for them and nobody can guess them. Two attempts at one delivery are one message to a mail program.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from campaigner.config import Settings
from campaigner.core.crypto import keyring
from campaigner.core.text import one_line
from campaigner.core.tokens import signer
from campaigner.outbox import dkim, mould, personal, slots, verp
from campaigner.outbox.models import Delivery, Mailing
from campaigner.outbox.mould import Mould
from campaigner.outbox.smtp import Letter

LINE = 76  # characters of a header's line
CHAINS = ("In-Reply-To", "References")
WHOLE = 60  # characters of a word that still stands whole on the first line
_MAILBOX = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # printable ASCII without < and >


def folded(words: str, name: str = "Subject") -> str:
    """A text of one line as a header: as it is when ASCII, else encoded words of at most 75 characters (RFC 2047).

    Python's own folding can leave the first line empty, add a space where it breaks, and write longer words.
    """
    if words.isascii() and words.isprintable() and "=?" not in words and len(name) + 2 + len(words) <= LINE:
        return words  # as it is, without asking a class that needs ten microseconds for it
    plain = words.isascii() and "=?" not in words and max(map(len, words.split()), default=0) <= WHOLE
    header = Header(words, "us-ascii" if plain else "utf-8", header_name=name, maxlinelen=LINE)
    return header.encode(linesep="\r\n")


def unsubscribe_url(settings: Settings, *, mailing_id: int, recipient: str) -> str:
    """The address that stops the sender's mails to this recipient: works for ever, says nobody's name."""
    return f"{settings.public_url}/u/{signer.seal([mailing_id, recipient], 'unsubscribe')}"


def message_id(settings: Settings, *, mailing_id: int, recipient: str) -> str:
    """The Message-ID (RFC 5322, 3.6.4) of this delivery, on every attempt."""
    return f"<{keyring.fingerprint(f'{mailing_id}/{recipient}', 'message-id')[:18].hex()}@{settings.mail_domain}>"


class Writer:
    """Writes the messages of one mailing. Made for a worker's turn; its moulds are cast once and used again."""

    def __init__(self, mailing: Mailing, settings: Settings) -> None:
        self._id, self._content, self._settings = mailing.id, mailing.content, settings
        self._of_list = mailing.organisation_id is not None
        self._signer = dkim.signer_of(settings)
        self._senders: dict[str, bytes] = {}
        self._boundary = _boundary(mailing.id, "")
        self._moulds: dict[tuple[str, frozenset[str], bool], Mould] = {}

    def letter(self, delivery: Any, *, eight_bit: bool) -> Letter:
        """The message as it crosses the wire: CRLF line ends, headers in ASCII, dots not doubled.

        `delivery`: a Delivery, or a row with its columns. `eight_bit`: the server takes bodies of eight
        bits. Where we sign they are not sent: a server on the way might have to encode them anew, and the
        signature would break (RFC 6376, 5.3). Raises ValueError, KeyError or TypeError for what cannot be written.
        """
        recipient, address = delivery.recipient, delivery.address or ""
        if _MAILBOX.fullmatch(address) is None:
            raise ValueError("not an address that a message can be sent to")
        unsubscribe = unsubscribe_url(self._settings, mailing_id=self._id, recipient=recipient)
        eight_bit = eight_bit and self._signer is None
        words: dict[str, Any] = {}
        if delivery.message is not None:
            words = json.loads(delivery.message)
            subject, shape = one_line(words["subject"]), self._own(recipient, words, eight_bit)
            body = shape.body({})
        else:
            theirs = self._words(delivery)
            values = {
                "voornaam": slots.line(delivery.first_name or ""),
                "afmelden": unsubscribe,
                "knop": self._button(theirs, delivery.language, recipient),
            }
            subject, shape, body = self._filled(theirs, values, eight_bit)
        at = int((delivery.offered_at or delivery.created_at).timestamp())
        headers = [
            (b"From", self._from(words or self._content[self._words(delivery)])),
            (b"To", b" " + address.encode("ascii")),
            (b"Subject", _subject(subject)),
            (b"Date", _date(at)),
            (b"Message-ID", b" " + message_id(self._settings, mailing_id=self._id, recipient=recipient).encode()),
            *self._list_headers(recipient, unsubscribe),
            *_own_headers(words),
            (b"MIME-Version", b" 1.0"),
            (b"Content-Type", shape.content_type),
        ]
        signature = b"" if self._signer is None else self._signer.sign(headers, body, at=at)
        head = b"".join([b"%b:%b\r\n" % header for header in headers])
        return Letter(recipient, self._envelope(recipient), address, b"%b%b\r\n%b" % (signature, head, body))

    def _from(self, words: Mapping[str, Any]) -> bytes:
        """The sender as a mailbox shows it: an alert may name its organisation, the address is always ours."""
        name = words.get("from_name") or self._settings.host_name
        if name not in self._senders:
            self._senders[name] = b" " + _named(name, self._settings.mail_sender).encode("ascii")
        return self._senders[name]

    def _button(self, theirs: str, language: str, recipient: str) -> str:
        """Where the button leads for this recipient: their own link to an act, or the page that is the same for all."""
        words = self._content[theirs]
        if not words.get("act"):
            return words.get("button_url") or self._settings.public_url
        token = personal.seal(self._id, recipient, words["act"])
        return f"{self._settings.public_url}/{language}/do/{token}"

    def _own(self, recipient: str, words: Mapping[str, Any], eight_bit: bool) -> Mould:
        """Service mail: every word of it is its own, and none is read for marks."""
        boundary = _boundary(self._id, recipient)
        return mould.cast((words["text"],), (words["html"],), eight_bit=eight_bit, boundary=boundary)

    def _words(self, delivery: Any) -> str:
        """Which of the mailing's contents is theirs: by language and variant, else by language."""
        own = f"{delivery.language}/{delivery.variant}"
        return own if own in self._content else delivery.language

    def _filled(self, words: str, values: dict[str, str], eight_bit: bool) -> tuple[str, Mould, bytes]:
        """Subject, mould and body of an alert for one person."""
        empty = frozenset([name for name, value in values.items() if not value])
        parts = slots.split(self._content[words]["subject"], empty)
        subject = "".join([values[part] if at % 2 else part for at, part in enumerate(parts)])
        shape = self._mould(words, empty, eight_bit)
        try:
            return subject, shape, shape.body(values)
        except mould.TooLong:
            shape = self._mould(words, empty, False)
            return subject, shape, shape.body(values)

    def _mould(self, words: str, empty: frozenset[str], eight_bit: bool) -> Mould:
        key = (words, empty, eight_bit)
        if key not in self._moulds:
            text, html = (slots.split(self._content[words][part], empty) for part in ("text", "html"))
            self._moulds[key] = mould.cast(text, html, eight_bit=eight_bit, boundary=self._boundary)
        return self._moulds[key]

    def _list_headers(self, recipient: str, unsubscribe: str) -> list[tuple[bytes, bytes]]:
        """RFC 8058: one https address, and the mark that a bare POST to it is enough; and an address for mail.

        Answers come back to an address that names the delivery, where such mail is taken in; else to the sender's.
        """
        if not self._of_list:
            return []
        by_mail = verp.seal(self._id, recipient, "u", self._settings.mail_return_address)
        also = f",\r\n <mailto:{by_mail}?subject=unsubscribe>" if by_mail else ""
        answers = verp.seal(self._id, recipient, "r", self._settings.mail_return_address)
        return [
            *([(b"Reply-To", b" " + answers.encode("ascii"))] if answers else []),
            (b"List-Unsubscribe", f" <{unsubscribe}>{also}".encode("ascii")),
            (b"List-Unsubscribe-Post", b" List-Unsubscribe=One-Click"),
        ]

    def _envelope(self, recipient: str) -> str:
        """Where a bounce goes: an address that names this delivery, if the operator takes such mail."""
        settings = self._settings
        return verp.seal(self._id, recipient, "b", settings.mail_return_address) or settings.mail_sender


def compose(delivery: Delivery, mailing: Mailing, settings: Settings, *, eight_bit: bool = False) -> bytes:
    """The whole message of one delivery."""
    return Writer(mailing, settings).letter(delivery, eight_bit=eight_bit).text


def _own_headers(words: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """What a service mail says of itself beside its text."""
    headers = []
    if words.get("reply_to"):
        headers.append((b"Reply-To", b" " + _bare(words["reply_to"]).encode("ascii")))
    for name, value in (words.get("headers") or {}).items():
        written = _chain(value) if name in CHAINS else folded(one_line(value), name)
        headers.append((name.encode("ascii"), b" " + written.encode("ascii")))
    return headers


def _chain(value: str) -> str:
    """Message-IDs, one a line: an encoded word within one would make it another (RFC 5322, 3.6.4)."""
    return "\r\n ".join(one_line(value).split())


def _boundary(mailing_id: int, recipient: str) -> str:
    """What stands between the parts of a message: nobody who writes a text that goes into it can know it."""
    return f"=_{keyring.fingerprint(f'{mailing_id}/{recipient}', 'boundary')[:15].hex()}"


@lru_cache(maxsize=4096)
def _subject(words: str) -> bytes:
    return b" " + folded(words).encode("ascii")


@lru_cache(maxsize=256)
def _date(at: int) -> bytes:
    return b" " + format_datetime(datetime.fromtimestamp(at, UTC)).encode("ascii")


def _named(name: str, address: str) -> str:
    """`Name <address>`; a name that is not ASCII as encoded words (RFC 2047)."""
    if name.isascii():
        return str(Address(name, addr_spec=address))
    words = Header(name, "utf-8", header_name="From", maxlinelen=60).encode(linesep="\r\n")
    return f"{words} <{address}>"


def _bare(address: str) -> str:
    if _MAILBOX.fullmatch(address) is None:
        raise ValueError("not an address that answers can be sent to")
    return address
