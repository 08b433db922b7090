"""The page of a local with everything to carry a campaign: link and code, texts, poster, button, frame, form.

Whoever has the key may open it: the key is in every link the local gives out, and nothing here is of anybody.
"""

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for

from campaigner.actions import queries as actions
from campaigner.campaigns import content
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Placement
from campaigner.campaigns.queries import Page
from campaigner.config import LANGUAGES, Settings
from campaigner.core import web
from campaigner.core.errors import NotFound
from campaigner.widgets import codes, look, press, queries
from campaigner.widgets.views import UNKNOWN

bp = Blueprint("ladder", __name__, url_prefix="/<lang:lang>/c/<slug>/locals/<key>")
POSTER_RULE = "public, max-age=300"
FIRST = ("nl", "fr")  # whose texts stand open
# The kinds of site that locals have, and which rungs each of them lets through.
SITES = {
    "wordpress": ("link", "texts", "poster", "button", "address", "script", "frame", "form"),
    "wordpress_com": ("link", "texts", "poster", "button"),
    "wix": ("link", "texts", "poster", "button", "frame"),
    "stripped": ("link", "texts", "poster", "button", "frame"),
    "static": ("link", "texts", "poster", "button", "script", "frame", "form"),
    "facebook": ("link", "texts", "poster"),
}


@bp.get("")
def show(lang: str, slug: str, key: str) -> str:
    """Every rung, ready to copy, and the widget as it will look."""
    placement, page = _found(lang, slug, key)
    chosen = {name: value for name, value in look.chosen(request.args).items() if name != "act"}
    return render_template(
        "widgets/ladder.html",
        page=page, placement=placement, chosen=chosen, themes=look.THEMES, modes=look.MODES, sites=SITES,
        brought=actions.brought(placement.organisation_id).get(page.campaign.id, 0),
        count=actions.count(page.campaign.id), first=FIRST, texts=_texts(placement, page),
        link=codes.short_link(placement), qr=codes.qr_uri(codes.short_link(placement)),
        badge=codes.badge(placement, "png", chosen), snippet=codes.snippet(placement, chosen),
        plain_frame=codes.plain_frame(placement, chosen), plain_form=codes.plain_form(placement),
        frame_url=_preview(placement, chosen), wide=codes.BADGE,
    )  # fmt: skip


@bp.get("/poster.pdf")
def poster(lang: str, slug: str, key: str) -> Response:
    """The A4 poster, in the language of the address."""
    placement, page = _found(lang, slug, key)
    settings: Settings = current_app.extensions["campaigner"]
    pillar = content.home(page.text_language, settings)["pillars"][page.campaign.pillar]["name"]
    web.remember_language(page.text_language)
    drawn = press.poster(page, placement, pillar=pillar, host=settings.host_name)
    response = Response(drawn, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{slug}-{page.text_language}.pdf"'
    return web.cached(response, POSTER_RULE)


def _found(lang: str, slug: str, key: str) -> tuple[Placement, Page]:
    """The placement and the page of its campaign. Raises NotFound, also for the key of another campaign."""
    placement = queries.placement(key)
    page = campaigns.page(slug, lang) if placement is not None and placement.campaign.slug == slug else None
    if placement is None or page is None:
        raise NotFound(UNKNOWN)
    return placement, page


def _texts(placement: Placement, page: Page) -> list[codes.Words]:
    """Ready texts in every language that the campaign speaks, Dutch and French first."""
    there = [campaigns.page(page.campaign.slug, language) for language in LANGUAGES if language in page.languages]
    return [codes.texts(placement, each, each.text_language) for each in there if each is not None]


def _preview(placement: Placement, chosen: dict[str, Any]) -> str:
    return url_for("widget.show", key=placement.key, **chosen)
