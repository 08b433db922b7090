"""The doors for programs that pass us on: messengers, feed readers, calendars, search engines."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.campaigns import content, feeds, pictures, queries
from campaigner.campaigns.queries import Page
from campaigner.config import Settings
from campaigner.core import web
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.errors import NotFound
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l

bp = Blueprint("feeds", __name__)
RULE = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"
AT_ONCE = "public, max-age=60"  # of news: what was taken off in a hurry is not kept longer, not even while we are away
UNKNOWN = _l("We do not know this campaign. Perhaps the link was cut off; all campaigns are on the home page.")


@bp.get("/<lang:lang>/c/<slug>/picture.png")
def picture(lang: str, slug: str) -> BaseResponse:
    """What messengers show of a campaign. Drawn only when nobody was shown it before."""
    page = _page(slug, lang)
    settings = _settings()
    pillar = content.home(lang, settings)["pillars"][page.campaign.pillar]["name"]
    values = pictures.shown(page, pillar=pillar, host=settings.host_name)
    response = Response(content_type="image/png")
    response.set_etag(pictures.key(values))
    if not request.if_none_match.contains(pictures.key(values)):
        with transaction():
            kept = pictures.kept(page, language=lang, values=values)
            response.set_data(kept.png)
            response.set_etag(kept.key)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return web.cached(response, RULE).make_conditional(request)


@bp.get("/<lang:lang>/feed.atom")
def everything(lang: str) -> BaseResponse:
    """The news of all campaigns."""
    return _atom(feeds.news(lang), lang=lang, title=_settings().host_long)


@bp.get("/<lang:lang>/c/<slug>/feed.atom")
def campaign(lang: str, slug: str) -> BaseResponse:
    """The news of one campaign."""
    page = _page(slug, lang)
    return _atom(
        feeds.news(lang, slug=slug), lang=lang, title=feeds.plain(f"{page.title} – {_settings().host_name}"), slug=slug
    )


@bp.get("/<lang:lang>/calendar.ics")
def calendar(lang: str) -> BaseResponse:
    """The dates of all campaigns."""
    name = _("Campaigns of %(host)s", host=_settings().host_name)
    return _ics(feeds.calendar(feeds.days(lang), title=name, language=lang))


@bp.get("/<lang:lang>/c/<slug>/calendar.ics")
def dates(lang: str, slug: str) -> BaseResponse:
    """The dates of one campaign."""
    page = _page(slug, lang)
    return _ics(feeds.calendar(feeds.days(lang, slug=slug), title=page.title, language=lang))


def _page(slug: str, lang: str) -> Page:
    page = queries.page(slug, lang)
    if page is None:
        raise NotFound(UNKNOWN)
    return page


def _atom(entries: list[feeds.Entry], *, title: str, lang: str, slug: str | None = None) -> BaseResponse:
    alternate = ("actions.campaign", {"slug": slug}) if slug else ("campaigns.home", {})
    own = ("feeds.campaign", {"slug": slug}) if slug else ("feeds.everything", {})
    body = render_template(
        "campaigns/feed.xml",
        entries=entries, title=title, author=_settings().host_long,
        page_url=_url(alternate, lang), own_url=_url(own, lang),
        updated=max((entry.at for entry in entries), default=now()),
    )  # fmt: skip
    return _answer(body, "application/atom+xml; charset=utf-8")


def _ics(body: str) -> BaseResponse:
    return _answer(body, "text/calendar; charset=utf-8")


def _answer(body: str, content_type: str) -> BaseResponse:
    response = Response(body, content_type=content_type)
    response.add_etag()
    return web.cached(response, AT_ONCE).make_conditional(request)


def _url(endpoint: tuple[str, dict[str, Any]], lang: str) -> str:
    return web.absolute(endpoint[0], lang=lang, **endpoint[1])


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings
