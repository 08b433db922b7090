"""Texts: Markdown that staff write, and cleaning of what strangers type.

Markdown is rendered without raw HTML and washed by nh3 afterwards; nothing unsafe comes out.
"""

import unicodedata

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

ALLOWED = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "h2", "h3", "hr"}
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})


def markdown(source: str) -> Markup:
    """Safe HTML for Markdown: paragraphs, emphasis, lists, quotes, links to http, https and mailto."""
    html = _markdown.render(source)
    clean = nh3.clean(html, tags=ALLOWED, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return Markup(clean)  # noqa: S704 - nh3 has just washed it


def one_line(raw: str) -> str:
    """A single line: control and format characters gone, white space folded. For names and subjects."""
    kept = "".join(" " if c in "\r\n\t\v\f\x85\u2028\u2029" else c for c in raw if not _unprintable(c))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def lines(raw: str) -> str:
    """Text of several lines: control characters gone, line ends made one kind."""
    kept = raw.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", "".join(c for c in kept if c == "\n" or not _unprintable(c))).strip()


def _unprintable(character: str) -> bool:
    """Controls, surrogates and direction overrides; the joiners that real scripts and emoji need stay."""
    if character in "\t\r\n\v\f\x85\u2028\u2029\u200c\u200d\u00ad":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co")
