"""Personal links: which delivery a link in an alert came with, readable by nobody but us.

The token is ciphertext (AES-256-GCM), so nothing in the address says who it is for, and nobody can make
one. It stays the same at every attempt. What it opens, and for how long, is decided where it is opened
(`actions.personal`).
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from campaigner.core.crypto import keyring

LONGEST = 400  # letters of a token


@dataclass(frozen=True, slots=True)
class Opened:
    """What a token says: the delivery it came with, and what it leads to."""

    mailing_id: int
    recipient: str
    about: str


def seal(mailing_id: int, recipient: str, about: str) -> str:
    """The token for one delivery. `about` names what it leads to: "12" or "12/petition", a campaign and an act."""
    return urlsafe_b64encode(keyring.seal(f"{mailing_id}\n{about}\n{recipient}", "personal")).decode().rstrip("=")


def opened(token: str) -> Opened | None:
    """What a token says; None for one that we did not make, or whose key is gone."""
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        mailing_id, about, recipient = keyring.decrypt(sealed, "personal").split("\n", 2)
    except (binascii.Error, ValueError, LookupError, InvalidTag):
        return None
    return Opened(int(mailing_id), recipient, about)
