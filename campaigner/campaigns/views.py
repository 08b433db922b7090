"""The public pages about campaigns: home, our standing pages, the counts.

The page of one campaign lives in `actions.views`, because it carries the form.
"""

from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from campaigner.campaigns import carried, content, feeds, queries
from campaigner.campaigns.models import OVER, PILLARS
from campaigner.config import LANGUAGES, Settings
from campaigner.core.clock import now
from campaigner.core.i18n import language
from campaigner.core.web import cached
from campaigner.organisations import queries as organisations

bp = Blueprint("campaigns", __name__)
COUNT_RULE = "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
RARELY_CHANGES = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"
STANDING_PAGE = f"<any({', '.join(repr(name) for name in content.PAGES)}):name>"


@bp.get("/")
def front_door() -> BaseResponse:
    """Send the visitor to the home page in the language their browser prefers."""
    best = request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])
    response = redirect(url_for("campaigns.home", lang=best))
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers.add("Vary", "Accept-Language")
    return response


@bp.get("/<lang:lang>/")
def home(lang: str) -> Response:
    """Home: the open struggles by pillar, what they brought, what we stand for, who leads them."""
    cards = queries.cards(lang)
    running = [card for card in cards if card.state not in OVER]
    return cached(
        render_template(
            "campaigns/home.html",
            words=content.home(lang, _settings()),
            pillars=[(pillar, [card for card in running if card.pillar == pillar]) for pillar in PILLARS],
            archive=queries.archive(cards, lang),
            cards=cards,
            first=next((card for card in cards if card.state == "open"), None),
            partners=carried.partners(),
            locals_of=_locals_by_partner(),
        )
    )


@bp.get(f"/<lang:lang>/{STANDING_PAGE}")
def document(lang: str, name: str) -> Response:
    """One of our standing pages; those on a pillar end with its campaigns."""
    page = content.document(name, lang, _settings())
    cards = [card for card in queries.cards(lang) if card.pillar == page.pillar] if page.pillar else []
    return cached(render_template("campaigns/document.html", document=page, cards=cards), RARELY_CHANGES)


@bp.get("/c/<slug>/count.json")
def count(slug: str) -> Response:
    """The confirmed acts of a campaign, for counters on this and other sites."""
    found = queries.goal(slug)
    if found is None:
        abort(404)
    campaign_id, goal = found
    confirmed = queries.counts([campaign_id]).get(campaign_id, 0)
    return cached(jsonify(count=confirmed, goal=goal, at=now().isoformat(timespec="seconds")), COUNT_RULE)


@bp.get("/robots.txt")
def robots() -> Response:
    """What search engines leave alone: personal links, the staff's pages, forms in other sites."""
    closed = ("/staff/", "/confirm/", "/u/", "/s/", "/w/", *(f"/{code}/me" for code in LANGUAGES))
    sitemap = f"Sitemap: {_settings().public_url}/sitemap.xml"
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), sitemap]
    return cached(Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"), RARELY_CHANGES)


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page in each of its languages, for search engines."""
    names = [*content.PAGES, "partners/request", *carried.paths()]
    page = render_template("campaigns/sitemap.xml", names=names, campaigns=feeds.mapped())
    return cached(Response(page, content_type="application/xml; charset=utf-8"), RARELY_CHANGES)


@bp.app_context_processor
def _house() -> dict[str, Any]:
    """The words that every page needs: the line about the host in the footer."""
    return {"house": content.home(language(), _settings())}


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings


def _locals_by_partner() -> dict[int, list[str]]:
    """The names of the locals that are twinned with each partner, by the partner's id."""
    found: dict[int, list[str]] = {}
    for twinning in organisations.twins():
        found.setdefault(twinning.partner_id, []).append(twinning.local.name)
    return found
