"""The booklet as a PDF of A5 pages, set by Typst: what `booklet.html` prints, for a partner who wants a file.

Texts go in as JSON, so nothing that anybody typed is read as markup. Letters come from the fonts that
Typst brings (Latin, Greek, Cyrillic, Hebrew) and those of the machine; emoji only when it has a font for them.
"""

import json
import re
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import font_fjallaone
import typst

from campaigner.campaigns.queries import Page
from campaigner.core.i18n import day, language, ngettext, number
from campaigner.core.i18n import gettext as _
from campaigner.solidarity.queries import Shown

# Pictographs with what joins and colours them: without a font for them each would print as an empty box.
_EMOJI = re.compile("[\U0001f000-\U0001faff\U000e0000-\U000e007f\ufe0f\u200d\u20e3]+ ?")


def pdf(*, page: Page, messages: list[Shown], total: int, now: datetime) -> bytes:
    """The booklet of a campaign, in the language in force. Raises typst.TypstError when `booklet.typ` is wrong."""
    words = {
        "title": page.title,
        "lang": language(),
        "from": _("Messages from the people who stand with you"),
        "count": ngettext("%(n)s message", "%(n)s messages", total, n=number(total)) if total else "",
        "day": day(now),
        "partner": page.partner.name if page.partner else "",
        "host": page.lead.name,
        "none": _("No messages hang on the wall yet."),
        "messages": [_as_printed(each) for each in messages],
    }
    source = files("campaigner.solidarity").joinpath("booklet.typ").read_bytes()
    compiler = typst.Compiler(source, font_paths=_fonts(), sys_inputs={"words": json.dumps(words)})
    found = compiler.compile(format="pdf")
    assert isinstance(found, bytes)  # one document
    return found


def _as_printed(message: Shown) -> dict[str, object]:
    return {
        "text": message.text if _prints_emoji() else _EMOJI.sub("", message.text),
        "lang": message.language,
        "rtl": message.direction == "rtl",
        "from": ", ".join(part for part in (message.name, message.place) if part),
    }


@cache
def _fonts() -> typst.Fonts:
    folder = Path(font_fjallaone.__file__).parent / "files"
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[folder])


@cache
def _prints_emoji() -> bool:
    return any("emoji" in family.casefold() for family in _fonts().families())
