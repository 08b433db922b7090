"""Signed tokens: links in mails, receipts after a form, form tokens. Nothing is stored for them.

A token says what it is for, so that one kind can never stand in for another.
"""

import hmac
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous import Signer as SigningKey
from itsdangerous.encoding import base64_encode

from campaigner.core.clock import now


class BadToken(ValueError):
    """The token is damaged, forged or meant for something else."""


class ExpiredToken(BadToken):
    """The token was ours, and its time is over. `value` is what it carried."""

    def __init__(self, value: Any) -> None:
        super().__init__("expired")
        self.value = value


class _Seal(SigningKey):
    """Derives a key once, and not for every value: a mailing seals a link for each of its readers."""

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """The key that is used for one purpose."""
        derived: dict[Any, bytes] = vars(self).setdefault("derived", {})
        if secret_key not in derived:
            derived[secret_key] = super().derive_key(secret_key)
        return derived[secret_key]


class _Sealer(URLSafeSerializer):
    """Seals with one key for all, and does not try to make a short value shorter."""

    default_signer = _Seal

    def make_signer(self, salt: str | bytes | None = None) -> SigningKey:
        """The same one each time."""
        if "made" not in vars(self):
            vars(self)["made"] = super().make_signer(salt)
        made: SigningKey = vars(self)["made"]
        return made

    def dump_payload(self, obj: Any) -> bytes:
        """The value as JSON in URL-safe base64."""
        return base64_encode(self.serializer.dumps(obj))


class Signer:
    """Signs and reads tokens. `use` is called once, by create_app."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._sealers: dict[str, _Sealer] = {}

    def use(self, secret_key: str, previous: Iterable[str] = ()) -> None:
        """Sign with `secret_key`; also accept what the previous keys signed."""
        self._keys = [*previous, secret_key]
        self._sealers = {}

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, from the current secret."""
        return hmac.digest(self._keys[-1].encode(), f"campaigner.derived.{purpose}".encode(), "sha256")

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._keys, salt=f"campaigner.{purpose}")

    def sign(self, value: Any, purpose: str) -> str:
        """Return a URL-safe token carrying `value` (anything JSON can say)."""
        token = self._serializer(purpose).dumps(value)
        return token if isinstance(token, str) else token.decode()

    def read(self, token: str, purpose: str, lifetime: timedelta | None = None) -> Any:
        """Return the value. Raises BadToken, or ExpiredToken when older than `lifetime`."""
        value, _ = self.read_with_age(token, purpose, lifetime)
        return value

    def read_with_age(self, token: str, purpose: str, lifetime: timedelta | None = None) -> tuple[Any, timedelta]:
        """Return the value and how long ago it was signed. Raises as `read`."""
        try:
            value, signed_at = self._serializer(purpose).loads(token, return_timestamp=True)
        except (BadData, UnicodeError, ValueError) as error:
            raise BadToken("damaged") from error
        age = now() - signed_at
        if lifetime is not None and age > lifetime:
            raise ExpiredToken(value)
        return value, age

    def seal(self, value: Any, purpose: str) -> str:
        """A token without a time: the same each time, valid for ever. For links that must never expire."""
        token = self._sealer(purpose).dumps(value)
        return token if isinstance(token, str) else token.decode()

    def unseal(self, token: str, purpose: str) -> Any:
        """Return what was sealed. Raises BadToken."""
        try:
            return self._sealer(purpose).loads(token)
        except (BadData, UnicodeError, ValueError) as error:
            raise BadToken("damaged") from error

    def _sealer(self, purpose: str) -> _Sealer:
        if purpose not in self._sealers:
            self._sealers[purpose] = _Sealer(self._keys, salt=f"campaigner.sealed.{purpose}")
        return self._sealers[purpose]


signer = Signer()
