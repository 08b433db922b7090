"""A delivery becomes a message: headers, text and HTML, the same on every attempt.

Message-ID and the unsubscribe link are keyed hashes of (mailing, recipient), nothing is stored for
them and nobody can guess them. Two attempts at one delivery are one message to a mail program.
"""

import json
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from campaigner.config import Settings
from campaigner.core.crypto import keyring
from campaigner.core.text import one_line
from campaigner.core.tokens import signer
from campaigner.outbox import slots
from campaigner.outbox.models import Delivery, Mailing


class Wire(EmailPolicy):
    """Python's SMTP policy, with subjects folded by ourselves.

    The library's own folding can leave the first line of a Subject empty, add a space where it breaks, and write
    encoded words longer than RFC 2047 allows.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as it is written: its lines, CRLF ends."""
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        return f"{name}: {folded(str(value))}{self.linesep}".encode("ascii")


POLICY = Wire(linesep="\r\n", max_line_length=78)
WHOLE = 60  # characters of a word that still stands whole on the first line


def folded(subject: str) -> str:
    """A subject of one line as header text: as it is when ASCII, else encoded words of at most 75 characters."""
    plain = subject.isascii() and "=?" not in subject and max(map(len, subject.split()), default=0) <= WHOLE
    header = Header(subject, "us-ascii" if plain else "utf-8", header_name="Subject", maxlinelen=76)
    return header.encode(linesep="\r\n")


def unsubscribe_url(settings: Settings, *, mailing_id: int, recipient: str) -> str:
    """The address that stops the sender's mails to this recipient: works for ever, says nobody's name."""
    return f"{settings.public_url}/u/{signer.seal([mailing_id, recipient], 'unsubscribe')}"


def message_id(settings: Settings, *, mailing_id: int, recipient: str) -> str:
    """The Message-ID (RFC 5322, 3.6.4) of this delivery, on every attempt."""
    return f"<{keyring.fingerprint(f'{mailing_id}/{recipient}', 'message-id')[:18].hex()}@{settings.mail_domain}>"


def compose(delivery: Delivery, mailing: Mailing, settings: Settings) -> bytes:
    """The whole message as it crosses the wire, CRLF line ends, ASCII only (bodies quoted-printable)."""
    unsubscribe = unsubscribe_url(settings, mailing_id=mailing.id, recipient=delivery.recipient)
    words = _words(delivery, mailing, unsubscribe)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(settings.host_name, addr_spec=settings.mail_sender)
    mail["To"] = Address(addr_spec=delivery.address or "")
    mail["Subject"] = one_line(words["subject"])
    mail["Date"] = format_datetime(delivery.offered_at or delivery.created_at)
    mail["Message-ID"] = message_id(settings, mailing_id=mailing.id, recipient=delivery.recipient)
    if words.get("reply_to"):
        mail["Reply-To"] = Address(addr_spec=words["reply_to"])
    if mailing.organisation_id is not None:
        # RFC 8058: one https address, and the mark that a bare POST to it is enough.
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, value in (words.get("headers") or {}).items():
        mail[name] = one_line(value)
    mail.set_content(words["text"], cte="quoted-printable")
    mail.add_alternative(words["html"], subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def _words(delivery: Delivery, mailing: Mailing, unsubscribe: str) -> dict[str, Any]:
    if delivery.message is not None:
        return dict(json.loads(delivery.message))
    content = mailing.content[delivery.language]
    values = {"voornaam": delivery.first_name or "", "afmelden": unsubscribe}
    return {
        "subject": slots.fill(content["subject"], values, "header"),
        "text": slots.fill(content["text"], values, "text"),
        "html": slots.fill(content["html"], values, "html"),
    }
