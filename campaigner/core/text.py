"""Texts: Markdown that staff write, and cleaning of what strangers type.

Markdown is rendered without raw HTML and washed by nh3 afterwards; nothing unsafe comes out.
"""

import re
import unicodedata

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

ALLOWED = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "h2", "h3", "hr"}
# What is kept of what strangers type before anything is done with it. NFC sorts each run of combining marks, so a
# run of 100,000 costs seconds; no script in use writes more than a few marks in a row.
LINE_KEPT = 2_000
LINES_KEPT = 20_000
MARKS_IN_A_ROW = 16
LINE_ENDS = dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n")  # each of them is one to somebody
# A web address, a mailbox or a domain. Small letters or capitals after the dot, so that "Ma.Elena" passes.
_LINK = re.compile(r"://|/|@|\bwww\.|\w\w\.(?:[a-z]{2,}|[A-Z]{2,})(?!\w)")
_ENDINGS = (
    "com|net|org|info|biz|eu|nl|fr|io|co|me|tv|ru|cn|xyz|top|site|online|shop|club|app|dev|link|click|live|win|vip|bet|"
    "casino"
)
_DOMAIN = re.compile(rf"\w\.(?:{_ENDINGS})(?!\w)", re.IGNORECASE)
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})


def markdown(source: str) -> Markup:
    """Safe HTML for Markdown: paragraphs, emphasis, lists, quotes, links to http, https and mailto."""
    html = _markdown.render(source)
    clean = nh3.clean(html, tags=ALLOWED, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return Markup(clean)  # noqa: S704 - nh3 has just washed it


def first_sentence(source: str) -> str:
    """The first sentence of a text, whole: for places where the rest has no room."""
    return re.split(r"(?<=[.?!…])\s", source.strip(), maxsplit=1)[0]


def one_line(raw: str, *, at_most: int = LINE_KEPT) -> str:
    """A single line: control and format characters gone, white space folded. For names and subjects.

    Only the first `at_most` characters of `raw` are looked at, so the work is bounded whatever is sent.
    """
    kept = (" " if c in "\r\n\t\v\f\x85\u2028\u2029" else c for c in raw[:at_most] if not _unprintable(c))
    return " ".join(_composed("".join(kept)).split())


def lines(raw: str, *, at_most: int = LINES_KEPT) -> str:
    """Text of several lines: control characters gone, line ends made one kind. Bounded like `one_line`."""
    kept = raw[:at_most].replace("\r\n", "\n").translate(LINE_ENDS)
    return _composed("".join(c for c in kept if c == "\n" or not _unprintable(c))).strip()


def holds_link(line: str) -> bool:
    """Whether a name carries a web address, a mailbox or a domain, also when its dots are the wide ones."""
    plain = unicodedata.normalize("NFKC", line).replace("\u3002", ".")
    return bool(_LINK.search(plain) or _DOMAIN.search(plain))


def _composed(kept: str) -> str:
    """NFC, in a time that grows with the length and no faster; once more because one mark may come apart into two."""
    return _few_marks(unicodedata.normalize("NFC", _few_marks(kept)))


def _few_marks(kept: str) -> str:
    """The text without what follows the sixteenth combining mark of a row."""
    out, row = [], 0
    for character in kept:
        row = row + 1 if unicodedata.category(character).startswith("M") else 0
        if row <= MARKS_IN_A_ROW:
            out.append(character)
    return "".join(out)


def _unprintable(character: str) -> bool:
    """Controls, surrogates and direction overrides; the joiners that real scripts and emoji need stay."""
    if character in "\t\r\n\v\f\x85\u2028\u2029\u200c\u200d\u00ad":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co")
