"""Slots: the marks in a mailing's subject, text and HTML that differ from one person to the next.

A mark is `{{voornaam}}`, or `{{voornaam|vriend}}` with what to say to people who gave no name. Marks
are found once per text and what is between them never changes, so a recipient costs a join. A value
is put in for the place where it stands (header, text or HTML) and is never itself read for marks.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from typing import Literal

from campaigner.core.text import one_line

Place = Literal["header", "text", "html"]

# Which slots exist, and what they carry: words of one line, or a web address that we made.
KINDS: dict[str, Literal["words", "url"]] = {"voornaam": "words", "afmelden": "url", "knop": "url"}
MARK = re.compile(r"\{\{\s*(?P<name>[^{}|\s]*)\s*(?:\|(?P<fallback>[^{}|]*))?\}\}")
ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+")  # and nothing in it that could end it where it stands
INLINE = r"(?:<(?:strong|em)>)*"
INLINE_END = r"(?:</(?:strong|em)>)*"
# Where a sentence begins: the text itself, a paragraph, a line after a full stop, an HTML element that is a block.
BEGINNING = r"\A|(?<=\n\n)|(?<=[.!?:]\n)|<(?!/|strong\b|em\b|a\b|span\b)[^<>]*>"


class BadSlots(ValueError):
    """A text holds marks that no recipient can fill; `marks` are those, as they were written."""

    def __init__(self, marks: Iterable[str]) -> None:
        self.marks = tuple(dict.fromkeys(marks))
        super().__init__(f"unknown fields: {', '.join(self.marks)}")


def names(text: str) -> set[str]:
    """The names of the slots in a text, known or not."""
    return {found["name"] for found in MARK.finditer(text)}


def check(text: str, *, allowed: Iterable[str] = KINDS) -> None:
    """Raise BadSlots when the text holds a mark that is not allowed, or one that was never closed."""
    allowed = set(allowed)
    bad = [found[0] for found in MARK.finditer(text) if found["name"] not in allowed]
    rest = MARK.sub("", text)
    bad += [rest[start : start + 12].split("\n")[0] for start in (m.start() for m in re.finditer(r"\{\{", rest))]
    if bad:
        raise BadSlots(bad)


def spoken(text: str) -> str:
    """A line as a title says it: each mark gives its fallback, or goes as it goes for somebody without a name."""
    return split(text, frozenset(names(text)))[0]


def fill(text: str, values: Mapping[str, str], place: Place) -> str:
    """The text for one recipient. `values` has one entry for every slot in it; "" means: not known.

    An empty value gives the mark's fallback. Without one the mark goes, and with it the space or the
    comma that stood there for its sake: `Dag {{voornaam}},` becomes `Dag,` and `{{voornaam}}, teken
    je?` becomes `Teken je?`. In headers nothing can start a new line (RFC 5322 2.2); in HTML every
    value is escaped. Raises KeyError for a slot without a value, ValueError for an unsafe address.
    """
    lines = {name: line(words) for name, words in values.items()}
    parts = split(text, frozenset(name for name, words in lines.items() if not words))
    if len(parts) == 1:
        return parts[0]
    pieces = list(parts)
    for at in range(1, len(pieces), 2):
        pieces[at] = value(pieces[at], lines[pieces[at]], place)
    return "".join(pieces)


@lru_cache(maxsize=512)
def split(text: str, empty: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The text cut at its slots: fixed, slot name, fixed, slot name, ..., fixed.

    `empty` names the slots without a value: they are written out here, once for all who lack them.
    """
    for name in sorted(empty):
        text = _without(text, name)
    parts: list[str] = []
    end = 0
    for found in MARK.finditer(text):
        parts += [text[end : found.start()], found["name"]]
        end = found.end()
    return (*parts, text[end:])


def _without(text: str, name: str) -> str:
    """The text for people who have no value for this slot."""
    bare = rf"\{{\{{\s*{re.escape(name)}\s*\}}\}}"
    text = re.sub(rf"\{{\{{\s*{re.escape(name)}\s*\|([^{{}}|]*)\}}\}}", r"\1", text)
    # Where a sentence begins with the name, what follows the name begins it now.
    text = re.sub(
        rf"(?P<start>{BEGINNING})(?P<open>{INLINE}){bare}(?P<close>{INLINE_END})[,:]?[^\S\n]*(?P<next>\w?)",
        lambda m: m["start"] + m["open"] + m["close"] + m["next"].upper(),
        text,
    )
    return re.sub(rf"[^\S\n]*(?P<open>{INLINE}){bare}(?P<close>{INLINE_END})", r"\g<open>\g<close>", text)


def value(name: str, line: str, place: Place) -> str:
    """A value of one line as it may stand in that place. Raises ValueError for an address that is none."""
    if KINDS.get(name) == "url" and ADDRESS.fullmatch(line) is None:
        raise ValueError(f"{name} is not a web address")
    return escape(line) if place == "html" else line


@lru_cache(maxsize=1024)
def line(value: str) -> str:
    """The value as a single line. Most are one already, and that is quick to see."""
    return (
        value if len(value) < 200 and value.isascii() and value.isprintable() and " " not in value else one_line(value)
    )
