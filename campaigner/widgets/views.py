"""The document in the frame, with its form. Only this may be framed, and only by the sites of its placement.

No cookie is set. The document is the same for everyone who opens it on one site, so it may be kept for a moment.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from flask import Blueprint, Response, g, render_template, request, url_for
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
from campaigner.core.clock import now
from campaigner.core.errors import NotFound
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import language
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.locals import sightings
from campaigner.widgets import codes, look, queries, service

View = TypeVar("View", bound=Callable[..., Any])
frame = Blueprint("widget", __name__, url_prefix="/w")
UNKNOWN = _l("We do not know this link. Perhaps it was cut off, or the campaign has moved. Here are all campaigns.")
# A form token lives for a day: whatever kept the document longer than half of it would give out forms that are too old.
RULE = "public, max-age=20, stale-while-revalidate=60, stale-if-error=43200"
SHELVED, BY_SITE = re.compile(r"/w/[\w-]{1,40}(/badge\.(svg|png))?|/embed\.js"), re.compile(r"/w/[\w-]{1,40}")
KEPT_SECONDS = 20.0
STYLES = ("widget.css", "widget-dark.css", "widget-strip.css")
# Everything stands in the document, so nothing else may be loaded or run in it; its form may be sent by the script.
POLICY = (
    "default-src 'none'; style-src {styles}; script-src {scripts}; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors {ancestors}"
)
PASSING = re.compile(r'(name="(?:form_token|site)"[^>]*value=")[^"]*|(site=)[^"&]+')  # differs though nothing changed


def framed(view: View) -> View:
    """Mark a view whose answers stand in a frame: it brings its own policy, and what goes wrong fits the frame."""
    view.talisman_view_options = {"content_security_policy": None}  # type: ignore[attr-defined]
    view.error_page = "widgets/note.html"  # type: ignore[attr-defined]
    return view


@frame.get("/<key>")
@framed
def show(key: str) -> BaseResponse:
    """The widget: one document with everything in it."""
    placement, page = found(key)
    sightings.note(placement, request.referrer, ours=request.host)
    kept = request.args.get("site")  # from the thanks in this same frame, whose own address is no site
    known = service.ours(placement, kept)
    sealed = kept if known else service.seal(placement, request.referrer)
    offer = doors.offered(page.campaign, request.args.get("act"), framed=True)
    form = doors.fresh_form(offer[1], placement, page.campaign) if offer else None
    response = shown(placement, page, form, offer[1] if offer else None, sealed=sealed)
    return response if known else _for_everyone(response)


@frame.post("/<key>")
@framed
def act(key: str) -> Response | BaseResponse:
    """Act, through the same door as the campaign page; then thanks, in the same frame."""
    placement, page = found(key)
    sealed = request.form.get("site") or None
    offer = doors.offered(page.campaign, request.args.get("act"), framed=True)
    if offer is None:
        return shown(placement, page, None, None, sealed=sealed, status=409)
    ask, act = offer
    form = doors.fresh_form(act, placement, page.campaign)
    status = doors.accepted(form)
    if status != 200 or form.rehearsal:
        return shown(placement, page, form, act, sealed=sealed, status=status)
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
    placement, page = found(key)
    receipt = doors.received(request.args.get("r", ""))
    html = render_template(
        "widgets/thanks.html",
        **_around(placement, page),
        first_name=receipt.first_name if receipt else None,
        masked=receipt.masked if receipt else None,
        kind=(actions.kind_of(receipt.action_id) if receipt else None) or page.kind,
        share_text=page.text.share_text or page.title,
        again_url=url_for("widget.show", key=key, site=request.args.get("site"), **_kept()),
        button=_("To the campaign"),
    )
    return _for(placement, html, 200)


def found(key: str) -> tuple[Placement, Page]:
    """The placement of a key and its public campaign, and from here on the placement's language is spoken.

    Raises NotFound, for a page that helps.
    """
    placement = queries.placement(key)
    if placement is None:
        raise NotFound(UNKNOWN)
    asked = request.args.get("lang")
    web.remember_language(asked if asked in LANGUAGES else placement.language)
    page = campaigns.page(placement.campaign.slug, g.language)
    if page is None:
        raise NotFound(UNKNOWN)
    return placement, page


def shown(
    placement: Placement, page: Page, form: ActForm | None, act: Act | None, *, sealed: str | None, status: int = 200,
    by_hand: bool = False,
) -> Response:  # fmt: skip
    """The widget in the state it is in. `by_hand`: what stands in its form was typed on another site."""
    html = render_template(
        "widgets/form.html" if form is not None else "widgets/result.html",
        **_around(placement, page),
        **doors.asked(form, placement, page.campaign),
        form=form, site=sealed or "", by_hand=by_hand, kind=act.kind if act else page.kind,
        offers=_others(placement, page, sealed),
        action=url_for("widget.act", key=placement.key, **_kept()),
        button=act.button if act else _("To the campaign"),
    )  # fmt: skip
    return _for(placement, html, status)


def _others(placement: Placement, page: Page, sealed: str | None) -> list[tuple[str, str]]:
    """The acts of the campaign with their addresses in this frame, where there is more than one."""
    kinds = [act.kind for _ask, act in doors.offers(page.campaign, framed=True)]
    kept = {name: value for name, value in _kept().items() if name != "act"}
    to = {kind: url_for("widget.show", key=placement.key, act=kind, site=sealed, **kept) for kind in kinds}
    return list(to.items()) if len(to) > 1 else []


def _around(placement: Placement, page: Page) -> dict[str, Any]:
    """What every state of the widget shows: the title, the count, the way to the whole page."""
    return {
        "placement": placement, "page": page, "count": actions.count(page.campaign.id),
        "campaign_url": url_for("actions.campaign", lang=language(), slug=page.campaign.slug, p=placement.key),
        "share_url": codes.short_link(placement), "oembed": codes.oembed(codes.frame_url(placement, _kept())),
    }  # fmt: skip


def _for(placement: Placement, html: str, status: int) -> Response:
    response = Response(html, status=status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(service.ancestors(placement))
    return response


def _for_everyone(response: Response) -> BaseResponse:
    """Let browsers and proxies keep it, one for each site. Its tag stays the same for an hour while nothing changes."""
    said = PASSING.sub("", response.get_data(as_text=True)) + response.headers["Content-Security-Policy"]
    response.set_etag(sha256(f"{now():%Y%m%d%H} {said}".encode()).hexdigest()[:20], weak=True)
    response.vary.add("Referer")
    return web.cached(response, RULE).make_conditional(request)


def _policy(ancestors: str) -> str:
    styles = " ".join(map(assets.csp_hash, STYLES))
    return POLICY.format(styles=styles, scripts=assets.csp_hash("widget.js"), ancestors=ancestors)


def _kept() -> dict[str, Any]:
    """What the embedding address chose, for the next address in the same frame."""
    return look.chosen(request.args)


def headers(response: Response) -> Response:
    """A note holds no form and no data, so any site may show it; whatever else forgot its policy, none may.

    A frame without an origin of its own (sandbox without allow-same-origin) may read what its own script asked for:
    there is no cookie, so it gets what anybody gets.
    """
    fallback = _policy("*" if response.status_code >= 400 else "'none'")
    response.headers.setdefault("Content-Security-Policy", fallback)
    if request.headers.get("Origin") == "null":
        response.headers["Access-Control-Allow-Origin"] = "null"
        response.vary.add("Origin")
    return response


def inlined() -> dict[str, Any]:
    """What the document carries inside, and how its address chose that it looks."""
    chosen = _kept()
    return {
        "inline": lambda name: Markup(assets.text(name)), "strip": chosen.get("size") == "strip",  # noqa: S704
        "theme": chosen.get("theme"), "mode": chosen.get("mode"),
    }  # fmt: skip


frame.after_request(headers)
frame.context_processor(inlined)
