"""Encryption of personal data at rest, and the keyed fingerprints that let us find it again.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce a value. A ciphertext carries the name of
its key, so keys can be rotated: the first key of PII_KEYS encrypts, every listed key decrypts.
A fingerprint is HMAC-SHA-256 under a key of its own that never rotates. A stolen dump shows no person.
"""

import hmac
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

NONCE = 12


class Keyring:
    """The keys in force. `use` is called once, by create_app."""

    def __init__(self) -> None:
        self._ciphers: dict[bytes, AESGCM] = {}
        self._current = b""
        self._fingerprint_key = b""

    def use(self, pii_keys: tuple[tuple[str, bytes], ...], fingerprint_key: bytes) -> None:
        """Take these keys, the current one first."""
        self._ciphers = {name.encode(): AESGCM(key) for name, key in pii_keys}
        self._current = pii_keys[0][0].encode()
        self._fingerprint_key = fingerprint_key

    def encrypt(self, plain: str, purpose: str) -> bytes:
        """Return `name length | name | nonce | ciphertext`, bound to `purpose`."""
        nonce = os.urandom(NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, plain.encode(), purpose.encode())
        return bytes([len(self._current)]) + self._current + nonce + sealed

    def seal(self, plain: str, purpose: str) -> bytes:
        """As `encrypt`, and the same each time: the nonce is a keyed hash of the value, so none serves two values.

        For links, where the same mail must stay the same at every attempt. Equal values can be seen to be equal.
        """
        nonce = self.fingerprint(plain, f"nonce.{purpose}")[:NONCE]
        sealed = self._ciphers[self._current].encrypt(nonce, plain.encode(), purpose.encode())
        return bytes([len(self._current)]) + self._current + nonce + sealed

    def decrypt(self, stored: bytes, purpose: str) -> str:
        """Return the text. Raises KeyError when its key is gone, InvalidTag when it was altered."""
        length = stored[0]
        name, rest = stored[1 : 1 + length], stored[1 + length :]
        return self._ciphers[name].decrypt(rest[:NONCE], rest[NONCE:], purpose.encode()).decode()

    def fingerprint(self, value: str, purpose: str) -> bytes:
        """32 bytes that are the same for the same value and purpose, and tell nothing without the key."""
        return hmac.digest(self._fingerprint_key, f"{purpose}\0{value}".encode(), "sha256")


keyring = Keyring()


class Encrypted(TypeDecorator[str]):
    """A text column that is ciphertext in the database. `purpose` binds it to its place."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        """Encrypt on the way in."""
        return None if value is None else keyring.encrypt(value, self.purpose)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else keyring.decrypt(bytes(value), self.purpose)
