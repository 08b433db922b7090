"""The doors for other sites: the script, the short link, and the document in the frame with its form.

Only what stands under /w/ may be framed, and only by the sites of its placement. No cookie is set.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from campaigner.actions import doors
from campaigner.actions import queries as actions
from campaigner.actions.forms import ActForm
from campaigner.actions.registry import Act
from campaigner.actions.service import Door
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Placement
from campaigner.campaigns.queries import Page
from campaigner.config import LANGUAGES
from campaigner.core import assets, web
from campaigner.core.errors import NotFound
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import language
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.locals import sightings
from campaigner.widgets import queries, service

View = TypeVar("View", bound=Callable[..., Any])
bp = Blueprint("widgets", __name__)
frame = Blueprint("widget", __name__, url_prefix="/w")
UNKNOWN = _l("We do not know this link. Perhaps it was cut off, or the campaign has moved. Here are all campaigns.")
SCRIPT_RULE = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"
# Everything stands in the document, so nothing else may be loaded or run in it.
POLICY = (
    "default-src 'none'; style-src {styles}; script-src {scripts}; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)


def framed(view: View) -> View:
    """Mark a view whose answers stand in a frame: it brings its own policy, and what goes wrong fits the frame."""
    view.talisman_view_options = {"content_security_policy": None}  # type: ignore[attr-defined]
    view.error_page = "widgets/note.html"  # type: ignore[attr-defined]
    return view


@bp.get("/embed.js")
def embed() -> BaseResponse:
    """The script that turns links into widgets, the same for everyone."""
    response = Response(assets.text("embed.js"), content_type=assets.TYPES["js"])
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return web.cached(response, SCRIPT_RULE).make_conditional(request)


@bp.get("/s/<key>")
def short(key: str) -> BaseResponse:
    """The short link: to the campaign's page in the placement's language, which then carries the local."""
    placement, page = _found(key)
    return redirect(url_for("actions.campaign", lang=placement.language, slug=page.campaign.slug, p=key))


@frame.get("/<key>")
@framed
def show(key: str) -> Response:
    """The widget: one document with everything in it."""
    placement, page = _found(key)
    sightings.note(placement, request.referrer, ours=request.host)
    kept = request.args.get("site")  # from the thanks in this same frame, whose own address is no site
    sealed = kept if service.ours(placement, kept) else service.seal(placement, request.referrer)
    offer = doors.offered(page.campaign, framed=True)
    form = doors.fresh_form(offer[1], placement, page.campaign) if offer else None
    return _shown(placement, page, form, offer[1] if offer else None, sealed=sealed)


@frame.post("/<key>")
@framed
def act(key: str) -> Response | BaseResponse:
    """Act, through the same door as the campaign page; then thanks, in the same frame."""
    placement, page = _found(key)
    sealed = request.form.get("site") or None
    offer = doors.offered(page.campaign, framed=True)
    if offer is None:
        return _shown(placement, page, None, None, sealed=sealed, status=409)
    ask, act = offer
    form = doors.fresh_form(act, placement, page.campaign)
    status = doors.accepted(form)
    if status != 200:
        return _shown(placement, page, form, act, sealed=sealed, status=status)
    site = service.site(placement, sealed)
    door = Door(
        "widget", language(), doors.submission(form), placement, site_host=site.host, site_verified=site.verified
    )
    outcome = doors.perform(act, form, ask.id, door)
    return web.see_other("widget.thanks", key=key, r=doors.receipt(outcome, form), site=sealed, **_kept())


@frame.get("/<key>/thanks")
@framed
def thanks(key: str) -> Response:
    """One more click: the mail that is under way. The receipt in the address says whose act it was, for two hours."""
    placement, page = _found(key)
    receipt = doors.received(request.args.get("r", ""))
    html = render_template(
        "widgets/thanks.html",
        **_around(placement, page),
        first_name=receipt.first_name if receipt else None,
        masked=receipt.masked if receipt else None,
        share_url=web.absolute("widgets.short", key=key),
        share_text=page.text.share_text or page.title,
        again_url=url_for("widget.show", key=key, site=request.args.get("site"), **_kept()),
        button=_("To the campaign"),
    )
    return _for(placement, html, 200)


def _found(key: str) -> tuple[Placement, Page]:
    """The placement of a key and its public campaign, and from here on the placement's language is spoken."""
    placement = queries.placement(key)
    if placement is None:
        raise NotFound(UNKNOWN)
    asked = request.args.get("lang")
    web.remember_language(asked if asked in LANGUAGES else placement.language)
    page = campaigns.page(placement.campaign.slug, g.language)
    if page is None:
        raise NotFound(UNKNOWN)
    return placement, page


def _shown(
    placement: Placement, page: Page, form: ActForm | None, act: Act | None, *, sealed: str | None, status: int = 200
) -> Response:
    html = render_template(
        "widgets/form.html" if form is not None else "widgets/result.html",
        **_around(placement, page),
        **doors.asked(form, placement, page.campaign),
        form=form,
        site=sealed or "",
        action=url_for("widget.act", key=placement.key, **_kept()),
        button=act.button if act else _("To the campaign"),
    )
    return _for(placement, html, status)


def _around(placement: Placement, page: Page) -> dict[str, Any]:
    """What every state of the widget shows: the title, the count, the way to the whole page."""
    return {
        "placement": placement,
        "page": page,
        "count": actions.count(page.campaign.id),
        "campaign_url": url_for("actions.campaign", lang=language(), slug=page.campaign.slug, p=placement.key),
    }


def _for(placement: Placement, html: str, status: int) -> Response:
    response = Response(html, status=status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(service.ancestors(placement))
    return response


def _policy(ancestors: str) -> str:
    styles = " ".join(map(assets.csp_hash, ("widget.css", "widget-strip.css")))
    return POLICY.format(styles=styles, scripts=assets.csp_hash("widget.js"), ancestors=ancestors)


def _kept() -> dict[str, Any]:
    """What the embedding address chose, for the next address in the same frame."""
    chosen = {"lang": LANGUAGES, "size": ("strip",)}
    return {name: value for name, values in chosen.items() if (value := request.args.get(name)) in values}


@frame.after_request
def _errors_may_be_framed(response: Response) -> Response:
    """A note holds no form and no data, so any site may show it; whatever else forgot its policy, none may."""
    fallback = _policy("*" if response.status_code >= 400 else "'none'")
    response.headers.setdefault("Content-Security-Policy", fallback)
    return response


@frame.context_processor
def _inline() -> dict[str, Any]:
    return {"inline": lambda name: Markup(assets.text(name)), "strip": _kept().get("size") == "strip"}  # noqa: S704
