"""What a mail provider tells us over the web door: one event, in one generic shape for all providers.

    {"type": "bounce", "address": "an@voorbeeld.example", "code": "5.1.1", "message_id": "<...>"}

The fields may also stand in an object "data" (standardwebhooks.com).
"""

import json
from dataclasses import dataclass
from typing import Any

from campaigner.core import addresses
from campaigner.outbox.returns import classified

KINDS = ("bounce", "complaint", "unsubscribe", "delivered", "delayed")
NAMES = {"address": 320, "return_address": 320, "message_id": 400, "code": 40, "reason": 2_000}


class NoEvent(ValueError):
    """What came is no event; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one mail. Texts that were not given are ""."""

    kind: str
    address: str
    return_address: str
    message_id: str
    code: str
    reason: str

    @property
    def mailbox(self) -> bytes | None:
        """The fingerprint of the address, when one was given."""
        return addresses.fingerprint(self.address) if self.address else None

    @property
    def verdict(self) -> str:
        """Of a bounce: "hard" or "soft", by the same rules as for bounces that come by mail."""
        return classified(self.code, self.reason)


def read(raw: bytes) -> Event:
    """The event in a body. Raises NoEvent."""
    fields = _fields(raw)
    kind = fields.get("type")
    if kind not in KINDS:
        raise NoEvent(f"type must be one of {', '.join(KINDS)}")
    texts = {name: _text(fields, name, most) for name, most in NAMES.items()}
    if texts["address"]:
        try:
            texts["address"] = addresses.normal(texts["address"])
        except addresses.NotAnAddress as error:
            raise NoEvent("address is no e-mail address") from error
    if not texts["address"] and not texts["return_address"]:
        raise NoEvent("address or return_address must say which mailbox it is about")
    if texts["message_id"] and not texts["message_id"].startswith("<"):
        texts["message_id"] = f"<{texts['message_id']}>"
    return Event(kind=kind, **texts)


def _fields(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NoEvent("the body must be one JSON object") from error
    if not isinstance(body, dict):
        raise NoEvent("the body must be one JSON object")
    inside = body.get("data")
    return {**inside, **body} if isinstance(inside, dict) else body


def _text(fields: dict[str, Any], name: str, most: int) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise NoEvent(f"{name} must be a text of at most {most} characters")
    return value.strip()
