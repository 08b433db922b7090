"""Who takes the answers that people write: a room above this one, joined in `rooms`."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote back. `nonce` is the same for the same mail, however often and by which door it came."""

    nonce: str
    name: str
    email: str
    subject: str
    text: str
    language: str


Taker = Callable[[Reply], None]
_takers: list[Taker] = []


class NobodyTakes(LookupError):
    """No room asked for answers: they are kept, and tried again."""


def takes_replies(taker: Taker) -> None:
    """Hand every answer to `taker`, inside the transaction that marks the mail as handled."""
    _takers[:] = [taker]


def hand_on(reply: Reply) -> None:
    """Give it to the room that asked. Raises NobodyTakes."""
    if not _takers:
        raise NobodyTakes
    for taker in _takers:
        taker(reply)
