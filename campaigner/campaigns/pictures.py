"""The picture that messengers show of a campaign: its art, its title, how far it is. One per language.

A picture is drawn when somebody asks for one that does not look like that yet, and kept in the
database: the latest of each campaign and language, so the table cannot grow. Whoever asks while it is
being drawn gets the one from before, or waits for it: it is never drawn twice. The count in it is
rounded down, so a campaign that grows does not draw a picture a signature.

`picture.typ` says how it looks. Drawn by Typst, set in Fjalla One (SIL Open Font License).
"""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import font_fjallaone
import typst
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from campaigner.campaigns import queries
from campaigner.campaigns.models import SharePicture
from campaigner.campaigns.queries import Page
from campaigner.core import art, i18n
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import ngettext

GROUNDS = {"work": art.OCHRE, "health": art.ROSE}
# Below the first number every act shows; below 100 it is rounded down to tens, and so on.
STEPS = ((20, 1), (100, 10), (1_000, 50), (10_000, 100), (100_000, 1_000))
LARGEST_STEP = 10_000
TAG_KEPT, HOST_KEPT = 54, 24  # letters that fit in their place
LOCK = 1_204  # of the drawing, to PostgreSQL; any constant


def shown(page: Page, *, pillar: str, host: str) -> dict[str, str]:
    """Everything that the picture of a page shows, in the language in force. `pillar` is the pillar's name."""
    campaign = page.campaign
    count = rounded(queries.counts([campaign.id]).get(campaign.id, 0))
    place = campaign.place_label or i18n.country(campaign.country)
    return {
        "title": page.text.title,
        "tag": _cut(" · ".join(filter(None, (pillar, place))), TAG_KEPT),
        "count": _words(page, count),
        "share": f"{min(1.0, count / campaign.goal):.2f}" if count else "",
        "host": _cut(host, HOST_KEPT),
        "art": art.art(campaign.art, "tile", "picture"),
        "ground": GROUNDS[campaign.pillar],
        "strip": art.RED if art.STRIP.get(campaign.art) == "red" else art.INK,
    }


def rounded(count: int) -> int:
    """A count as the picture tells it: never more than there is."""
    step = next((step for below, step in STEPS if count < below), LARGEST_STEP)
    return count - count % step


def key(values: dict[str, str]) -> str:
    """The name of a picture that shows this: another as soon as anything in it is, or the way it is drawn."""
    return sha256(json.dumps([_source().decode(), values], sort_keys=True).encode()).hexdigest()[:24]


def kept(page: Page, *, language: str, values: dict[str, str]) -> SharePicture:
    """The picture that shows `values`, drawn if it has to be; an older one while somebody else draws it."""
    wanted = key(values)
    query = select(SharePicture).filter_by(campaign_id=page.campaign.id, language=language)
    query = query.execution_options(populate_existing=True)
    there = db.session.scalar(query)
    if there is not None and there.key == wanted:
        return there
    lock = func.hashtext(f"{page.campaign.id} {language}")
    if there is not None and not db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK, lock))):
        return there
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK, lock)))
    there = db.session.scalar(query)
    if there is not None and there.key == wanted:
        return there
    drawn = {"key": wanted, "png": draw(values), "drawn_at": now()}
    row = insert(SharePicture).values(campaign_id=page.campaign.id, language=language, **drawn)
    db.session.execute(row.on_conflict_do_update(index_elements=["campaign_id", "language"], set_=drawn))
    return db.session.execute(query).scalar_one()


def draw(values: dict[str, str], *, ppi: float = 72) -> bytes:
    """A PNG of 1200 x 630 pixels, or smaller with fewer of them to the inch.

    Raises typst.TypstError when `picture.typ` is wrong, never for what staff wrote.
    """
    compiler = typst.Compiler(_source(), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=values)
    png = compiler.compile(format="png", ppi=ppi)
    assert isinstance(png, bytes)  # one page
    return png


def _words(page: Page, count: int) -> str:
    """How many joined in, and whether it is won."""
    if not count:
        return ""
    what = {
        "letter": ngettext("letter", "letters", count),
        "solidarity": ngettext("message", "messages", count),
    }.get(page.kind, ngettext("signature", "signatures", count))
    number = i18n.number(count)
    if page.campaign.state == "won":
        return str(_("Won, with %(count)s %(what)s", count=number, what=what))
    return str(_("%(count)s %(what)s already", count=number, what=what))


def _cut(text: str, at_most: int) -> str:
    return text if len(text) <= at_most else text[: at_most - 1].rstrip() + "…"


@cache
def _source() -> bytes:
    return files("campaigner.campaigns").joinpath("picture.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    folder = Path(font_fjallaone.__file__).parent / "files"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
