"""What Typst draws: the A4 poster of a local, and the live button. Their looks are in `poster.typ` and `badge.typ`.

Both set titles as the share picture does: they take that from `campaigns/picture.typ`. Set in Fjalla One.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import font_fjallaone
import typst

from campaigner.campaigns import pictures
from campaigner.campaigns.models import Placement
from campaigner.campaigns.queries import SOFT_HYPHEN, Page
from campaigner.core import art, i18n
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import ngettext
from campaigner.core.text import first_sentence
from campaigner.widgets import codes

ROOM = Path(__file__).parent
SUMMARY_KEPT = 220
Ending = Literal["pdf", "svg", "png"]
SHARP = 144  # pixels to the inch: twice as many as a screen of old


def badge(page: Page, count: int, ending: Ending) -> bytes:
    """The live button in the language in force, as `svg` or `png`; the letters of the SVG are paths, as drawn here."""
    kind, number = page.kind, i18n.number(count) if count else ""
    what = {
        "letter": ngettext("letter", "letters", count),
        "solidarity": ngettext("message", "messages", count),
    }.get(kind, ngettext("signature", "signatures", count))
    goal = _("goal %(goal)s", goal=i18n.number(page.campaign.goal))
    values = {
        **_about(page, tag=""), "number": number,
        "what": f"{what}, {goal}" if count else str(_("Nobody yet. Be the first.")),
        "button": str(_said(page)),
    }  # fmt: skip
    return _badge(tuple(sorted(values.items())), ending)


def poster(page: Page, placement: Placement, *, pillar: str, host: str) -> bytes:
    """The poster as a PDF of one A4, in the language in force."""
    link = codes.short_link(placement, page.text_language)
    place = page.campaign.place_label or i18n.country(page.campaign.country)
    summary = page.text.summary.replace(SOFT_HYPHEN, "")
    if len(summary) > SUMMARY_KEPT:
        summary = first_sentence(summary)
    values = {
        **_about(page, tag=" · ".join(filter(None, (pillar, place)))),
        "art": art.art(page.campaign.art, "card", "poster"), "lang": page.text_language,
        "summary": summary if len(summary) <= SUMMARY_KEPT else summary[: SUMMARY_KEPT - 1].rstrip() + "…",
        "how": _("Scan the code and join in. It takes a minute."), "surf": _("Or go to"),
        "link": link.partition("://")[2], "code": codes.qr(link, "svg").decode(), "scan": _("Point your camera here"),
        "host": host, "with": _("together with %(local)s", local=placement.organisation.name),
    }  # fmt: skip
    return _draw("poster.typ", values, "pdf")


def _about(page: Page, *, tag: str) -> dict[str, str]:
    """What `picture.typ` expects besides, and what all drawings show."""
    campaign = page.campaign
    return {
        "title": page.text.title, "tag": tag, "count": "", "share": "", "host": "",
        "art": art.art(campaign.art, "tile", "badge"), "ground": pictures.GROUNDS[campaign.pillar],
        "strip": art.RED if art.STRIP.get(campaign.art) == "red" else art.INK,
    }  # fmt: skip


def _said(page: Page) -> str:
    if page.campaign.state != "open":
        return str(_("Read how it went") if page.campaign.state != "paused" else _("To the campaign"))
    return str({"letter": _("Write a letter"), "solidarity": _("Leave a message")}.get(page.kind, _("Sign along")))


@lru_cache(maxsize=200)
def _badge(values: tuple[tuple[str, str], ...], ending: Ending) -> bytes:
    return _draw("badge.typ", dict(values), ending)


def _draw(name: str, values: dict[str, str], ending: Ending) -> bytes:
    compiler = typst.Compiler(
        ROOM / name, root=ROOM.parent, font_paths=_fonts(), ignore_system_fonts=True,
        sys_inputs={key: str(value) for key, value in values.items()},
    )  # fmt: skip
    drawn = compiler.compile(format=ending, ppi=SHARP)
    assert isinstance(drawn, bytes)  # one page
    return drawn


@cache
def _fonts() -> typst.Fonts:
    folder = Path(font_fjallaone.__file__).parent / "files"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
