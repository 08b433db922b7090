"""Who takes the answers that people write: a room above this one, joined in `rooms`."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigner.mailroom.hung import Hung


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote back. `nonce` is the same for the same mail, however often and by which door it came.

    `kind` and `cause` name the service mail of ours that it answers, by proof: the address it was sent to, or
    the Message-ID it names. `mail_id` is its own Message-ID.
    """

    nonce: str
    name: str
    email: str
    subject: str
    text: str
    language: str
    kind: str | None = None
    cause: str | None = None
    mail_id: str = ""
    attachments: tuple[Hung, ...] = ()


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
