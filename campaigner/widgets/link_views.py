"""The doors that other sites link to: the script, the short link with its code, the live button, and oEmbed."""

from typing import Literal

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from campaigner.actions import doors
from campaigner.actions import queries as actions
from campaigner.actions.forms import ActForm
from campaigner.core import assets, web
from campaigner.core.i18n import language
from campaigner.widgets import codes, oembeds, press, service
from campaigner.widgets.views import View, found, framed, headers, inlined, shown

bp = Blueprint("widgets", __name__)
SCRIPT_RULE = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"
BADGE_RULE = "public, max-age=60, stale-while-revalidate=600, stale-if-error=604800"
CODE_RULE = "public, max-age=86400"
PICTURE_POLICY = {
    "default-src": "'none'", "style-src-attr": "'unsafe-inline'", "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip
TYPES = {"svg": "image/svg+xml", "png": "image/png"}
TYPED = ("first_name", "last_name", "email", "postcode", "country", "comment", "subject", "body", "form_token")


def pictured(view: View) -> View:
    """Mark a view that answers with a picture: opened by itself it loads and runs nothing, and nobody frames it."""
    view.talisman_view_options = {"content_security_policy": PICTURE_POLICY}  # type: ignore[attr-defined]
    return view


@bp.get("/embed.js")
def embed() -> BaseResponse:
    """The script that turns links into widgets, the same for everyone."""
    response = Response(assets.text("embed.js"), content_type=assets.TYPES["js"])
    return _everywhere(response, SCRIPT_RULE)


@bp.get("/s/<key>")
def short(key: str) -> BaseResponse:
    """The short link: to the campaign's page in the placement's language, which then carries the local."""
    placement, page = found(key)
    return redirect(url_for("actions.campaign", lang=language(), slug=page.campaign.slug, p=placement.key))


@bp.post("/s/<key>")
@framed
def typed(key: str) -> Response:
    """What somebody typed into a form on a static page of a local: our own form, filled in as far as it goes.

    Nothing is stored yet. What people say yes to must be asked in our words, so no answer of a foreign page counts.
    """
    placement, page = found(key)
    sealed = service.seal(placement, request.referrer or request.headers.get("Origin"))
    offer = doors.offered(page.campaign, framed=True)
    if offer is None:
        return shown(placement, page, None, None, sealed=sealed)
    form = doors.fresh_form(offer[1], placement, page.campaign)
    _take_over(form)
    return shown(placement, page, form, offer[1], sealed=sealed, by_hand=True)


def _take_over(form: ActForm) -> None:
    """Put what was typed into the form, without the answers that only our own form may ask for."""
    there = MultiDict({name: request.form[name] for name in TYPED[:-1] if name in request.form})
    for field in form:
        if field.name in there:
            field.process(there)
        elif field.name not in ("form_token", "website", "unchanged", "subject", "body"):
            field.process(None)
    form.reset_decoys()


@bp.get('/w/<key>/badge.<any("svg", "png"):ending>')
@pictured
def badge(key: str, ending: Literal["svg", "png"]) -> BaseResponse:
    """The live button: a picture of the campaign's title and count, without cookie or log of who loads it."""
    _placement, page = found(key)
    response = Response(press.badge(page, actions.count(page.campaign.id), ending), content_type=TYPES[ending])
    return _everywhere(response, BADGE_RULE)


@bp.get('/s/<key>/qr.<any("svg", "png"):ending>')
@pictured
def qr(key: str, ending: str) -> BaseResponse:
    """The code of the short link, for a bulletin or a slide."""
    placement, _page = found(key)
    response = Response(codes.qr(codes.short_link(placement), ending), content_type=TYPES[ending])
    return _everywhere(response, CODE_RULE)


@bp.get("/oembed")
def oembed() -> BaseResponse:
    """What a program should show for an address of ours (oembed.com): JSON only, which the answer 501 says."""
    if request.args.get("format", "json") != "json":
        return _answer({"error": "Only format=json is offered."}, 501)
    told = oembeds.told(
        request.args.get("url", ""), maxwidth=request.args.get("maxwidth", type=int),
        maxheight=request.args.get("maxheight", type=int), script=request.args.get("as") == "script",
    )  # fmt: skip
    return _answer(told, 200) if told else _answer({"error": "Not an address of a campaign."}, 404)


def _answer(told: dict[str, object], status: int) -> Response:
    response = jsonify(told)
    response.status_code = status
    response.headers["Access-Control-Allow-Origin"] = "*"
    return web.cached(response, BADGE_RULE) if status == 200 else response


def _everywhere(response: Response, rule: str) -> BaseResponse:
    """An answer that pages of other sites load into themselves, the same for everyone."""
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return web.cached(response, rule).make_conditional(request)


bp.after_request(headers)  # the form that was typed elsewhere is shown in the look of the frame
bp.context_processor(inlined)
