"""What staff write becomes HTML and plain text: Markdown with four sections of a mail, and nothing else.

Headings, quotations, pictures of our own and buttons. `[words](knop)` leads to the act of the alert, by the
reader's own link; alone in a paragraph it is a button. Nothing that is written here is run, and no address
but http, https and mailto comes through.
"""

import re
import textwrap
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from campaigner.core.text import ALLOWED

WIDTH = 72
SHORT = 40  # characters: a line that ends before them was ended on purpose ("Solidair," and under it a name)
BUTTON = "knop"  # what stands for the act of the alert, as the target of a link
SLOT = "{{knop}}"
_INSIDE = "https://knop.invalid/"  # stands for the slot while the HTML is washed

# Mail programs drop style sheets, so each element carries its own (the look of the design's email.html).
HEAD = (
    "'HelveticaNeue-CondensedBlack','Avenir Next Condensed','Roboto Condensed',sans-serif-condensed,"
    "'Arial Narrow','Liberation Sans Narrow',Arial,sans-serif"
)
_STYLES = {
    "<p>": '<p style="margin:0 0 18px">',
    "<h2>": '<h2 style="margin:26px 0 12px;font-size:24px;line-height:28px">',
    "<h3>": '<h3 style="margin:22px 0 10px;font-size:20px;line-height:25px">',
    "<ul>": '<ul style="margin:0 0 18px;padding:0 0 0 24px">',
    "<ol>": '<ol style="margin:0 0 18px;padding:0 0 0 24px">',
    "<blockquote>": '<blockquote style="margin:0 0 18px;padding:2px 0 1px 16px;border-left:5px solid #c5161c">',
    "<a ": '<a class="link" style="color:#1d4279" ',
    "<img ": '<img width="528" style="display:block;width:100%;max-width:528px;height:auto;border:0" ',
    "<br>": "<br/>",
    "<hr>": '<div class="lijn" style="border-top:2px solid #d6c9b0;margin:6px 0 22px;line-height:0">&#160;</div>',
}
_ALONE = re.compile(rf'<p>\s*<a href="{re.escape(_INSIDE)}"[^>]*>(.*?)</a>\s*</p>', re.S)
_BUTTON = (
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 22px"><tr>'
    '<td align="center" bgcolor="#c5161c" style="background:#c5161c;border-radius:2px">'
    f'<a href="{SLOT}" style="display:block;padding:15px 24px;font-family:{HEAD};font-weight:800;font-size:19px;'
    'line-height:23px;color:#fffaf0;text-decoration:none">{words}</a></td></tr></table>'
)


@dataclass(frozen=True, slots=True)
class Links:
    """What a text leads to and shows: addresses of links as they were written, and pictures with their words."""

    links: tuple[tuple[str, str], ...]  # (address, words)
    pictures: tuple[tuple[str, str], ...]  # (address, words for who does not see it)

    @property
    def has_button(self) -> bool:
        """True when the text itself leads to the act."""
        return any(target == BUTTON for target, _words in self.links)


def _kept_breaks(state: StateCore) -> None:
    """A line that was ended early keeps its end; longer ones are the editor's own wrapping."""
    for at, token in enumerate(state.tokens):
        plain = token.type == "inline" and state.tokens[at - 1].type == "paragraph_open"
        if plain and state.tokens[at - 1].level == 0:
            _keep(token.children or [])


def _keep(children: list[Token]) -> None:
    length = 0
    for child in children:
        if child.type == "softbreak":
            if length < SHORT:
                child.type, child.tag = "hardbreak", "br"
            length = 0
        elif child.type == "hardbreak":
            length = 0
        else:
            length += len(child.content)


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})
_markdown.core.ruler.push("kept_breaks", _kept_breaks)


def styled(source: str, *, ours: str) -> Markup:
    """Safe HTML with the look of the mail on every element. `ours`: PUBLIC_URL; pictures of others are left out."""
    html = nh3.clean(
        _markdown.render(source),
        tags=ALLOWED | {"img"},
        attributes={"a": {"href"}, "img": {"src", "alt"}},
        attribute_filter=lambda tag, name, value: _target(tag, name, value, ours),
        url_schemes={"http", "https", "mailto"},
    )
    html = re.sub(r"<img(?![^>]* src=)[^>]*>", "", html)
    cut = enumerate(_ALONE.split(html))  # HTML, the words of a button, HTML, ...
    html = "".join([_BUTTON.replace("{words}", part) if at % 2 else _dressed(part) for at, part in cut])
    html = html.replace(_INSIDE, SLOT)
    # The last paragraph of a quotation leaves its space to the quotation itself.
    html = re.sub(r"margin:0 0 18px(\">(?:(?!</?p>).)*</p>\s*</blockquote>)", r"margin:0\1", html, flags=re.S)
    return Markup(html)  # noqa: S704 - washed by nh3


def _dressed(html: str) -> str:
    return re.sub("|".join(map(re.escape, _STYLES)), lambda found: _STYLES[found[0]], html)


def _target(tag: str, name: str, value: str, ours: str) -> str | None:
    if tag == "a" and name == "href" and value == BUTTON:
        return _INSIDE
    if tag == "img" and name == "src" and not is_ours(value, ours):
        return None
    return value


def is_ours(address: str, ours: str) -> bool:
    """True for an address of this installation."""
    here, there = urlsplit(ours), urlsplit(address)
    return (here.scheme, here.netloc) == (there.scheme, there.netloc)


def links(source: str) -> Links:
    """Everything a text leads to or shows, in its order."""
    found: list[tuple[str, str]] = []
    pictures: list[tuple[str, str]] = []
    for node in SyntaxTreeNode(_markdown.parse(source)).walk():
        if node.type == "link":
            found.append((str(node.attrs.get("href", "")), _words(node)))
        elif node.type == "image":
            pictures.append((str(node.attrs.get("src", "")), _words(node)))
    return Links(tuple(found), tuple(pictures))


def plain(source: str) -> str:
    """A text made for reading: lines of 72, lists with dashes, addresses behind their words."""
    nodes = SyntaxTreeNode(_markdown.parse(source)).children
    return "\n\n".join(filter(None, (_block(node) for node in nodes)))


def _block(node: SyntaxTreeNode, width: int = WIDTH) -> str:
    if node.type in ("bullet_list", "ordered_list"):
        numbered = node.type == "ordered_list"
        return "\n".join(_item(child, at, numbered, width) for at, child in enumerate(node.children, 1))
    if node.type == "blockquote":
        inner = "\n\n".join(_block(child, width - 2) for child in node.children)
        return textwrap.indent(inner, "> ", lambda line: True)
    if node.type == "hr":
        return "* * *"
    if node.type in ("code_block", "fence"):
        return node.content.rstrip()
    lines = _inline(node).split("\n")
    return "\n".join(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in lines)


def _item(node: SyntaxTreeNode, at: int, numbered: bool, width: int) -> str:
    mark = f"{at}. " if numbered else "- "
    body = "\n".join(_block(child, width - len(mark)) for child in node.children)
    return mark + textwrap.indent(body, " " * len(mark)).lstrip()


def _inline(node: SyntaxTreeNode) -> str:
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak":
        return "\n"
    if node.type in ("text", "code_inline"):
        return node.content
    words = "".join(_inline(child) for child in node.children)
    if node.type == "image":
        return f"[{words}]" if words else ""
    target = _address(node) if node.type == "link" else ""
    return f"{words} ({target})" if target and target != words else words


def _address(node: SyntaxTreeNode) -> str:
    target = str(node.attrs.get("href", "")).removeprefix("mailto:")
    return SLOT if target == BUTTON else target


def _words(node: SyntaxTreeNode) -> str:
    def inner(each: SyntaxTreeNode) -> Any:
        return (
            each.content if each.type in ("text", "code_inline") else "".join(inner(child) for child in each.children)
        )

    return " ".join(str(inner(node)).split())
