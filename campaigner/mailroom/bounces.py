"""Bounces: what a mail server says became of a mail. RFC 3464 where it keeps to it, `flufl.bounce` for the rest.

"hard" ends an address, so it is said only when everything points that way; any doubt is "soft".
"""

import logging
import re
from dataclasses import dataclass
from email import message_from_string

from flufl.bounce import all_failures

from campaigner.mailroom.letters import BODY, UNREADABLE, Letter, Mail, header, inside, text
from campaigner.outbox.returns import classified

BLOCKS = 50
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
GUESSED_FROM = 2_000  # characters at the beginning of a bounce in prose; further on it repeats our own text
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it would log what it could not read


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said of one recipient: under which addresses, and whether it is the end ("hard", "soft", "none")."""

    addresses: tuple[str, ...]
    verdict: str


def notices(letter: Letter) -> list[Notice] | None:
    """What a delivery status notification says, per recipient. None: the letter is none."""
    reports = letter.of_type(*STATUS_PARTS)
    if not reports:
        return None
    blocks = [block for part in reports for block in _blocks(part)][:BLOCKS]
    return [_notice(block) for block in blocks if _named(block)] or guessed(letter)


def guessed(letter: Letter) -> list[Notice]:
    """What a bounce in prose says, by the patterns of `flufl.bounce`; [] when it is no bounce."""
    try:
        temporary, permanent = all_failures(letter.mail)
    except UNREADABLE:  # some of its patterns trip over a mail without a proper From
        return []
    words = text(letter)[:GUESSED_FROM]
    found = [Notice((_readable(each),), classified("", words)) for each in permanent]
    return (found + [Notice((_readable(each),), "soft") for each in temporary])[:BLOCKS]


def _readable(address: bytes | str) -> str:
    return address if isinstance(address, str) else address.decode("ascii", "replace")


def _blocks(part: Mail) -> list[Mail]:
    """The groups of fields. Python parses those of RFC 3464; of RFC 6533 only the first, as if it were a message."""
    groups = inside(part)
    if part.get_content_type() == STATUS_PARTS[0] and groups:
        return groups
    written = str((groups[0] if groups else part).get_payload())[:BODY]
    return groups + [message_from_string(block) for block in re.split(r"\n\s*\n", written)[:BLOCKS]]


def _named(block: Mail) -> tuple[str, ...]:
    """The addresses in a group: `rfc822; an@voorbeeld.example`, as it is and with xtext (RFC 3461, 4) undone."""
    found = []
    for name in ("Final-Recipient", "Original-Recipient"):
        address = header(block, name).partition(";")[2].strip().strip("<>")
        found += [address, re.sub(r"\+([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), address)] if "@" in address else []
    return tuple(dict.fromkeys(found))


def _notice(block: Mail) -> Notice:
    action = header(block, "Action").partition(";")[0].strip().lower()
    status = header(block, "Status")
    final = action == "failed" or (not action and status.lstrip().startswith("5"))
    return Notice(_named(block), classified(status, header(block, "Diagnostic-Code")) if final else "none")
