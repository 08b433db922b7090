"""What in a text could lead to a person: shown to whoever checks it, before it goes online.

It finds shapes, not meanings: an empty list is no proof. The people who check answer for it, with a list to tick.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from campaigner.core.i18n import lazy_gettext as _l

KINDS = {
    "mailbox": _l("looks like an e-mail address"),
    "phone": _l("looks like a telephone number"),
    "account": _l("looks like an account or a link"),
    "name": _l("looks like the name of a person"),
}
SHOWN = 30  # of one text
_MAILBOX = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d(?:[\s./()-]{0,2}\d){7,14}(?!\w)")
_ACCOUNT = re.compile(r"(?<!\w)@\w{2,30}|https?://[^\s)>\]]{1,200}|\bwww\.[^\s)>\]]{1,200}")
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'-]{1,30}"
_BETWEEN = r"(?:(?:de|del|la|las|los|da|dos|do|van|der|den|von|y|e|el|al|bin)\s+){0,3}"
_NAME = re.compile(rf"(?<!\w){_CAPITAL}(?:\s+{_BETWEEN}(?:{_CAPITAL}|[A-Z]\.)){{1,4}}")
_TITLED = re.compile(
    rf"\b(?:[Dd]on|[Dd]oña|[Ss]ra?\.|[Ss]eñora?|[Mm]r\.?|[Mm]rs\.?|[Mm]s\.?|[Mm]evrouw|[Mm]eneer|[Dd]hr\.|[Mm]vr\.|"
    rf"[Mm]onsieur|[Mm]adame|[Cc]ompañer[oa]|[Kk]ameraad|[Dd]r\.?)\s+{_CAPITAL}"
)
# Words that begin a sentence before a name of something else, or that are written with a capital in any case.
_PLAIN = frozenset({
    "het", "de", "een", "in", "op", "na", "voor", "uit", "le", "la", "les", "un", "une", "el", "los", "las", "the", "a",
    "an", "after", "before", "on", "at", "una",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A piece of the text and what it looks like: one of KINDS."""

    kind: str
    words: str


def findings(text: str, *, known: Iterable[str] = ()) -> list[Finding]:
    """Everything that should be looked at once more, each once, in the order of KINDS.

    `known` are names that may stand there: organisations, whoever must decide. They are passed over as a whole.
    """
    plain = text
    for name in sorted(filter(None, known), key=len, reverse=True):
        plain = re.sub(re.escape(name), lambda found: "·" * len(found[0]), plain, flags=re.IGNORECASE)
    found = [Finding("mailbox", each) for each in _MAILBOX.findall(plain)]
    found += [Finding("phone", each.strip()) for each in _PHONE.findall(plain) if not _is_day(each)]
    found += [Finding("account", each) for each in _ACCOUNT.findall(_MAILBOX.sub(" ", plain))]
    names = [each for pattern in (_TITLED, _NAME) for line in plain.split("\n") for each in pattern.findall(line)]
    found += [Finding("name", " ".join(each.split())) for each in names if _like_a_name(each)]
    return list(dict.fromkeys(found))[:SHOWN]


def _is_day(digits: str) -> bool:
    """A day such as 2026-05-12 or 12.05.2026, which has as many digits as a short telephone number."""
    return bool(re.fullmatch(r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})", digits.strip()))


def _like_a_name(words: str) -> bool:
    capitals = [word for word in words.split() if word[:1].isupper() and word.casefold() not in _PLAIN]
    return len(capitals) > 1 or bool(_TITLED.fullmatch(words))
