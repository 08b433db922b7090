"""How the doors of the acts reach the messages; the wall, and the booklet that the partner prints."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from campaigner.actions import doors
from campaigner.actions.followers import Followers
from campaigner.actions.forms import ActForm
from campaigner.actions.registry import Act
from campaigner.actions.service import Door, Outcome
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Ask
from campaigner.campaigns.queries import Page
from campaigner.core import web
from campaigner.core.clock import now
from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.solidarity import booklet as press
from campaigner.solidarity import queries, service
from campaigner.solidarity.forms import SolidarityForm
from campaigner.solidarity.models import PartnerLine

bp = Blueprint("solidarity", __name__)
ON_PAGE = 6  # messages on the campaign's own page
IN_BOOKLET = 3000
LAST_PAGE = 10_000


@bp.get("/<lang:lang>/c/<slug>/messages")
def wall(lang: str, slug: str) -> Response:
    """The wall of a campaign, a page at a time. Nothing follows who reads which page."""
    page = campaigns.page(slug, lang)
    if page is None or not queries.asks_for_messages(page.campaign):
        raise NotFound(_l("There is no wall under this address. All campaigns are on the home page."))
    number = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    shown = queries.wall(page.campaign, chosen=request.args.get("in"), page=number)
    open_ = any(ask.kind == "solidarity" for ask, _act in doors.offers(page.campaign))
    html = render_template("solidarity/wall.html", page=page, wall=shown, open=open_)
    plain = set(request.args) <= {"page", "in"}
    return web.cached(html) if plain else Response(html, content_type="text/html; charset=utf-8")


@bp.get("/booklet/<token>")
def booklet(token: str) -> Response:
    """Every message on the wall, to be printed on A5: for whoever has the link."""
    line, page = _opened(token)
    html = render_template("solidarity/booklet.html", token=token, **_pages(line, page))
    return _private(Response(html, content_type="text/html; charset=utf-8"))


@bp.get("/booklet/<token>/booklet.pdf")
def booklet_pdf(token: str) -> Response:
    """The same as a PDF."""
    line, page = _opened(token)
    response = Response(press.pdf(**_pages(line, page)), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{page.campaign.slug}.pdf"'
    return _private(response)


def _opened(token: str) -> tuple[PartnerLine, Page]:
    """What a booklet's link is about, from here on in the partner's language. Raises NotFound."""
    line = service.of_token(token)
    web.remember_language(line.language)
    page = campaigns.page(line.campaign.slug, line.language)
    if page is None:
        raise NotFound(_l("This campaign is not public at the moment, so its messages are not either."))
    return line, page


def _pages(line: PartnerLine, page: Page) -> dict[str, Any]:
    messages = queries.everything(line.campaign, at_most=IN_BOOKLET)
    return {"page": page, "messages": messages, "now": now(), "total": queries.wall(line.campaign, per_page=1).total}


def _private(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _perform(form: ActForm, ask: Ask, door: Door) -> Outcome:
    assert isinstance(form, SolidarityForm)
    return service.leave(
        ask=ask, person=doors.person(form, door), choices=doors.choices(form), door=door, body=form.body.data or ""
    )


def _around(page: Page) -> dict[str, Any]:
    """The wall on the campaign's page: the latest few, and how many there are."""
    shown = queries.wall(page.campaign, per_page=ON_PAGE)
    open_ = any(ask.kind == "solidarity" for ask, _act in doors.offers(page.campaign))
    return {"wall": shown, "open": open_}


ACT = Act(
    kind="solidarity", form=SolidarityForm, perform=_perform, button=_l("Send my message"),
    template="solidarity/fields.html", section="solidarity/section.html", around=_around, framed=True,
    followers=Followers(confirmed=service.received, disowned=service.disowned),
)  # fmt: skip
