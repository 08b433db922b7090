"""The door of a personal link: a campaign's page that knows its reader, and one POST."""

from typing import Any

from flask import Blueprint, Response, g
from werkzeug.wrappers import Response as BaseResponse

from campaigner.actions import doors, personal, service
from campaigner.actions.views import UNKNOWN, shown
from campaigner.campaigns import queries as campaigns
from campaigner.core import web
from campaigner.core.errors import NotFound

bp = Blueprint("personal", __name__)


@bp.route("/<lang:lang>/do/<token>", methods=["GET", "POST"])
def act(lang: str, token: str) -> Response | BaseResponse:
    """The form of an act, filled in for whoever got the link. Nothing happens before the button is pressed."""
    target = personal.leads_to(token)
    page = campaigns.page(target[0].slug, lang) if target else None
    if target is None or page is None:
        raise NotFound(UNKNOWN)
    web.keep_untold()
    who, offer = personal.reader(token), doors.offered(page.campaign, target[1])
    if who is None or offer is None:
        return web.see_other("actions.campaign", lang=lang, slug=page.campaign.slug, act=target[1])
    ask, kind = offer
    form = doors.fresh_form(kind, None, page.campaign)
    personal.fill(form, who)
    g.known = who
    status = doors.accepted(form) if form.is_submitted() else 200
    if not form.is_submitted() or status != 200 or form.rehearsal:
        return _own(shown(page, form, kind, None, status))
    door = service.Door("web", lang, doors.submission(form))
    outcome = doors.perform(personal.counted(kind, who), form, ask.id, door)
    return web.see_other("actions.thanks", lang=lang, slug=page.campaign.slug, r=doors.receipt(outcome, form))


@bp.context_processor
def _known() -> dict[str, Any]:
    """Who the link knows: the fields of the form show it in place of what is filled in already."""
    return {"known": g.get("known")}


def _own(response: Response) -> Response:
    """A page for one reader is kept by nobody."""
    response.headers["Cache-Control"] = "no-store"
    return response
