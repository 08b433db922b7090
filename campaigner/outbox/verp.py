"""Addresses that say which delivery a mail that comes back is about (VERP), and that nobody can make up.

`bounces+b-<mailing>-<recipient>-<mac>@host`: the purpose ("b": where bounces go, "u": stop the mails,
"r": answers to it), the delivery, and a keyed hash over the three. It stays the same on every attempt, fits the 64
characters of a local part (RFC 5321, 4.5.3.1.1) and survives being written in small letters: some
servers do that. Whoever holds one has had the mail's envelope before them, so it proves something
about that one delivery, and about no other.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass

from campaigner.core.crypto import keyring

PURPOSES = ("b", "u", "r")
LOCAL_PART = 64
MAC_BYTES = 10  # 80 bits, sixteen letters
PLAIN = re.compile(r"[a-z0-9]+")
# Numbers as we write them: no leading zero, and none larger than the database counts.
SHAPE = re.compile(r"[^@\s]+\+([bur])-([1-9][0-9]{0,17})-(_?[a-z0-9]+)-([a-z2-7]{16})@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Found:
    """What an address of ours says."""

    purpose: str
    mailing_id: int
    recipient: str


def seal(mailing_id: int, recipient: str, purpose: str, address: str) -> str | None:
    """The address for that purpose, made of `address` (MAIL_RETURN_ADDRESS).

    None when there is no such address, or no room for the recipient's name in it.
    """
    local, at, host = address.rpartition("@")
    if not at:
        return None
    name = recipient if PLAIN.fullmatch(recipient) else f"_{_letters(recipient.encode())}"
    tagged = f"{local}+{purpose}-{mailing_id}-{name}-{_mac(purpose, mailing_id, recipient)}"
    return f"{tagged}@{host}" if len(tagged) <= LOCAL_PART else None


def opened(address: str) -> Found | None:
    """What an address says, if we made it. Upper and lower case are the same."""
    shape = SHAPE.fullmatch(address.strip().strip("<>").lower())
    if shape is None:
        return None
    purpose, number, name, mac = shape.groups()
    recipient = _name(name)
    if recipient is None or not hmac.compare_digest(_mac(purpose, int(number), recipient), mac):
        return None
    return Found(purpose, int(number), recipient)


def _mac(purpose: str, mailing_id: int, recipient: str) -> str:
    return _letters(keyring.fingerprint(f"{purpose}/{mailing_id}/{recipient}", "verp")[:MAC_BYTES])


def _letters(raw: bytes) -> str:
    """Base32 (RFC 4648, 6) in small letters, without its padding."""
    return base64.b32encode(raw).decode().lower().rstrip("=")


def _name(letters: str) -> str | None:
    if not letters.startswith("_"):
        return letters
    try:
        return base64.b32decode(letters[1:].upper() + "=" * (-len(letters[1:]) % 8)).decode()
    except (binascii.Error, ValueError):
        return None
