"""The doors of a charter: its page with the form, thanks, and an organisation's own page behind the mailed link."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.queries import Page
from campaigner.charters import queries, service
from campaigner.charters.forms import KIND_NAMES, CharterForm
from campaigner.charters.models import CoSigner
from campaigner.core import addresses, limits, web
from campaigner.core.db import transaction
from campaigner.core.errors import Gone, NotFound
from campaigner.core.i18n import language
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer

bp = Blueprint("charters", __name__)
ON_PAGE = 8  # names on the campaign's own page
PER_NETWORK, PER_MAILBOX, TRIES = "60 per hour", "6 per hour", "300 per hour"
RECEIPT = "charter receipt"
UNKNOWN = _l("There is no charter under this address. All campaigns are on the home page.")
TOO_MANY = _l("Very many forms came from your network or for this address. Wait an hour and press the button again.")
HIDDEN = _l("A hidden field was filled in, perhaps by your browser. We emptied it: press the button again.")


@bp.get("/<lang:lang>/c/<slug>/charter")
def charter(lang: str, slug: str) -> Response:
    """What it says, who stands under it, and the form while organisations can sign."""
    page, shown = _opened(slug, lang)
    answer = _shown(page, shown, CharterForm(formdata=None))
    return answer if request.args else web.cached(answer)


@bp.post("/<lang:lang>/c/<slug>/charter")
def sign(lang: str, slug: str) -> BaseResponse:
    """Take a signature in."""
    page, shown = _opened(slug, lang)
    tried = limits.allowed("charter.try", limits.network(), TRIES)
    form = CharterForm()
    form.offer()
    if not tried:
        return _refused(page, shown, form, TOO_MANY, 429)
    valid = form.validate()
    if form.decoy_tripped:
        return _refused(page, shown, form, HIDDEN, 422)
    if not valid:
        return _shown(page, shown, form, 422)
    if not _within_limits(form.email.data or ""):
        return _refused(page, shown, form, TOO_MANY, 429)
    with transaction():
        service.sign(page.campaign, said=form.said(), language=lang, turn=form.nonce)
    said = signer.sign([form.name.data, addresses.masked(form.email.data or "")], RECEIPT)
    return web.see_other("charters.thanks", lang=lang, slug=slug, r=said)


@bp.get("/<lang:lang>/c/<slug>/charter/thanks")
def thanks(lang: str, slug: str) -> str:
    """What happens now. It says only what the form said."""
    page, _shown_ = _opened(slug, lang)
    try:
        name, masked = signer.read(request.args.get("r", ""), RECEIPT)
    except (BadToken, TypeError, ValueError) as error:
        raise NotFound(_l("This link was cut off. If you sent the form, look in your mailbox.")) from error
    return render_template("charters/thanks.html", page=page, name=name, masked=masked)


@bp.get("/charter/<token>")
def own(token: str) -> str:
    """An organisation's own page: confirm, see where it stands, take the name back. Opening it changes nothing."""
    return _own(service.of_token(token), token)


@bp.post("/charter/<token>")
def confirm(token: str) -> BaseResponse:
    """The mailbox stands by it."""
    with transaction():
        service.confirm(token)
    return web.see_other("charters.own", token=token)


@bp.route("/charter/<token>/take-back", methods=["GET", "POST"])
def take_back(token: str) -> str:
    """One button, and the name and everything about it is erased."""
    if request.method == "GET":
        return _own(service.of_token(token), token, asked=True)
    web.remember_language(_spoken(token))
    with transaction():
        service.take_back(token)
    return render_template("charters/own.html", signed=None, page=None, token=token, asked=False, kinds=KIND_NAMES)


def section(page: Page) -> dict[str, Any] | None:
    """The charter on its campaign's page: how many stand under it, and the latest few."""
    shown = queries.shown(page.campaign, language(), latest=ON_PAGE)
    return None if shown is None else {"charter": shown}


def _opened(slug: str, lang: str) -> tuple[Page, queries.Shown]:
    page = campaigns.page(slug, lang)
    shown = queries.shown(page.campaign, lang) if page is not None else None
    if page is None or shown is None:
        raise NotFound(UNKNOWN)
    return page, shown


def _own(signed: CoSigner, token: str, *, asked: bool = False) -> str:
    web.remember_language(signed.language)
    page = campaigns.page(signed.charter.campaign.slug, signed.language, hidden=True)
    return render_template("charters/own.html", signed=signed, page=page, token=token, asked=asked, kinds=KIND_NAMES)


def _spoken(token: str) -> str:
    """The language of whoever holds the link; ours when there is nothing behind it any more."""
    try:
        return service.of_token(token).language
    except Gone:
        return language()


def _within_limits(email: str) -> bool:
    mailbox = addresses.quota_fingerprint(email).hex()
    return limits.allowed("charter", limits.network(), PER_NETWORK) and limits.allowed("charter", mailbox, PER_MAILBOX)


def _refused(page: Page, shown: queries.Shown, form: CharterForm, sentence: object, status: int) -> Response:
    form.form_errors.append(sentence)
    return _shown(page, shown, form, status)


def _shown(page: Page, shown: queries.Shown, form: CharterForm, status: int = 200) -> Response:
    form.offer()
    form.reset_decoys()
    html = render_template(
        "charters/page.html", page=page, charter=shown, form=form if shown.takes else None, kinds=KIND_NAMES,
        status=status,
    )  # fmt: skip
    response = Response(html, status=status, content_type="text/html; charset=utf-8")
    if status == 429:
        response.headers["Retry-After"] = "3600"
    return response
