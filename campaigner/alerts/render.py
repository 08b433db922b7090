"""An alert becomes a mail: Markdown into the poster look once per alert, with the slots left open for each person.

What staff write is Markdown and nothing else; no template language of theirs is ever run.
"""

import re
import textwrap
from collections.abc import Mapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from campaigner.actions import queries as actions
from campaigner.alerts import queries
from campaigner.alerts.models import Alert
from campaigner.config import Settings
from campaigner.core.i18n import country, force_locale
from campaigner.core.i18n import gettext as _
from campaigner.core.text import markdown
from campaigner.outbox import render, slots

WIDTH = 72
FIELDS = ("voornaam",)  # what staff may put between {{ }}; the unsubscribe link is put in for them

# Mail programs drop style sheets, so each element carries its own (the look of the design's email.html).
_STYLES = {
    "<p>": '<p style="margin:0 0 18px">',
    "<h2>": '<h2 style="margin:26px 0 12px;font-size:24px;line-height:28px">',
    "<h3>": '<h3 style="margin:22px 0 10px;font-size:20px;line-height:25px">',
    "<ul>": '<ul style="margin:0 0 18px;padding:0 0 0 24px">',
    "<ol>": '<ol style="margin:0 0 18px;padding:0 0 0 24px">',
    "<blockquote>": '<blockquote style="margin:0 0 18px;padding:2px 0 1px 16px;border-left:5px solid #c5161c">',
    "<a ": '<a class="link" style="color:#1d4279" ',
    "<br>": "<br/>",
    "<hr>": '<div class="lijn" style="border-top:2px solid #d6c9b0;margin:6px 0 22px;line-height:0">&#160;</div>',
}
_commonmark = MarkdownIt("commonmark", {"html": False, "linkify": False})


def content(alert: Alert, settings: Settings) -> dict[str, str]:
    """Subject, text and html of an alert, with {{voornaam}} and {{afmelden}} still in them.

    The count in the tally box is the one of this moment. Raises BadSlots for a field that is none.
    """
    for words in (alert.subject, alert.preheader, alert.body):
        slots.check(words, allowed=FIELDS)
    with force_locale(alert.language):
        values = _values(alert, settings)
    parts = render.parts("alerts/mails/alert", language=alert.language, values=values)
    return {"subject": parts.subject, "text": parts.text, "html": parts.html}


def _values(alert: Alert, settings: Settings) -> dict[str, Any]:
    """What the templates of the mail are filled with, in the language in force."""
    campaign = alert.campaign
    text = queries.campaign_text(campaign.id, language=alert.language)
    place = campaign.place_label or (country(campaign.country) if campaign.country else "")
    return {
        "alert_subject": alert.subject,
        "preheader": alert.preheader,
        "kicker": _("News from %(place)s", place=place) if place else "",
        "body_html": styled(alert.body),
        "body_text": plain(alert.body),
        "button": alert.button_label or _("To the campaign"),
        "button_url": f"{settings.public_url}/{alert.language}/c/{campaign.slug}",
        "title": text.title.replace("\u00ad", "") if text else campaign.slug,
        "sender": alert.organisation.name,
        "pillar": campaign.pillar,
        "count": actions.count(campaign.id),
        "goal": campaign.goal,
    }


def sample(words: Mapping[str, str], *, first_name: str, unsubscribe: str) -> dict[str, str]:
    """The mail as one person reads it, by the same function that the send uses."""
    values = {"voornaam": first_name, "afmelden": unsubscribe}
    return {
        "subject": slots.fill(words["subject"], values, "header"),
        "text": slots.fill(words["text"], values, "text"),
        "html": slots.fill(words["html"], values, "html"),
    }


def styled(source: str) -> Markup:
    """Safe HTML of Markdown with the look of the mail on every element."""
    html = re.sub("|".join(map(re.escape, _STYLES)), lambda found: _STYLES[found[0]], str(markdown(source)))
    # The last paragraph of a quotation leaves its space to the quotation itself.
    html = re.sub(r"margin:0 0 18px(\">(?:(?!</?p>).)*</p>\s*</blockquote>)", r"margin:0\1", html, flags=re.S)
    return Markup(html)  # noqa: S704 - washed by nh3


def plain(source: str) -> str:
    """Markdown as a text made for reading: lines of 72, lists with dashes, addresses behind their words."""
    return "\n\n".join(filter(None, (_block(node) for node in SyntaxTreeNode(_commonmark.parse(source)).children)))


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
    target = str(node.attrs.get("href", "")).removeprefix("mailto:") if node.type == "link" else ""
    return f"{words} ({target})" if target and target != words else words
