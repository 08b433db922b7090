"""Letters are words. Whatever in them a mail program would make a link of is written so that it makes none."""

import re

_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}):(?=//|[^\s:]{2,}@)|\b(mailto|javascript|data|tel):")
_MAILBOX = re.compile(r"(?<=[\w.+-])@(?=[\w-])")
# A name with a dot between letters, as domains have: "www.example", "voorbeeld.be". A sentence has a space there.
_DOMAIN = re.compile(r"(?<=[\w-])([.\u3002\uff0e])(?=[^\W\d_]{2})")


def inert(text: str) -> str:
    """The same words, their web addresses and mailboxes readable and dead: `https[:]//voorbeeld[.]be`."""
    dead = _SCHEME.sub(lambda found: f"{found[1] or found[2]}[:]", text)
    return _DOMAIN.sub("[.]", _MAILBOX.sub("[at]", dead))
