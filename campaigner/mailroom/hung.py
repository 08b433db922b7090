"""The files that hang on a mail, with their content. Bounded: so many, so large, and a mail of 5 MB at most."""

from dataclasses import dataclass
from email import message_from_bytes

from campaigner.core.text import one_line
from campaigner.mailroom import letters

MOST = 20


@dataclass(frozen=True, slots=True)
class Hung:
    """One file. Its content is empty when it is larger than what is taken."""

    name: str
    content: bytes
    too_large: bool = False


def files(raw: bytes, *, at_most: int) -> tuple[Hung, ...]:
    """The files on a mail, each of `at_most` bytes. A mail that cannot be read has none."""
    try:
        mail = message_from_bytes(raw)
        parts = [part for part in letters.flat(mail) if letters.attached(part)][:MOST]
        return tuple(_file(part, at_most) for part in parts)
    except letters.UNREADABLE:
        return ()


def _file(part: letters.Mail, at_most: int) -> Hung:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    name = one_line(part.get_filename() or "")
    return Hung(name, b"", too_large=True) if len(content) > at_most else Hung(name, content)
