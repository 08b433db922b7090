"""The form by which a union or movement asks for a campaign, and its thank-you page."""

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.config import LANGUAGES, Settings
from campaigner.core import addresses, limits
from campaigner.core.db import transaction
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.core.web import see_other
from campaigner.organisations import requests
from campaigner.organisations.forms import RequestForm

bp = Blueprint("requests", __name__, url_prefix="/<lang:lang>/partners/request")

PER_NETWORK = "30 per hour"
PER_MAILBOX = "4 per hour"
TRIES = "300 per hour"
RECEIPT = "request receipt"
TOO_MANY = _l("Very many messages came from your network or for this address. Wait an hour and press the button again.")
HIDDEN = _l("A hidden field was filled in, perhaps by your browser. We emptied it: press the button again.")


@bp.get("")
def ask(lang: str) -> Response:
    """The empty form."""
    form = RequestForm(formdata=None)
    return _shown(form)


@bp.post("")
def send(lang: str) -> BaseResponse:
    """Keep the request, acknowledge it and tell the team."""
    tried = limits.allowed("request.try", limits.network(), TRIES)
    form = RequestForm()
    form.offer()
    if not tried:
        return _refused(form, TOO_MANY, 429)
    valid = form.validate()
    if form.decoy_tripped:
        return _refused(form, HIDDEN, 422)
    if not valid:
        return _shown(form, status=422)
    if not _within_limits(str(form.email.data)):
        return _refused(form, TOO_MANY, 429)
    try:
        with transaction():
            kept = requests.store(
                language=lang, email=str(form.email.data), answers=form.answers(), nonce=form.nonce,
                team=_settings().host_contact, team_language=LANGUAGES[0],
            )  # fmt: skip
            receipt = signer.sign([kept.reference, kept.urgent], RECEIPT)
    except Conflict as error:
        return _refused(form, error.sentence, 409)
    return see_other("requests.thanks", lang=lang, r=receipt)


@bp.get("/thanks")
def thanks(lang: str) -> str:
    """The reference, and what happens now."""
    try:
        reference, urgent = signer.read(request.args.get("r", ""), RECEIPT)
    except (BadToken, TypeError, ValueError) as error:
        raise NotFound(_l("This link was cut off. If you sent a request, it is with us all the same.")) from error
    return render_template("organisations/thanks.html", reference=reference, urgent=urgent)


def _within_limits(email: str) -> bool:
    mailbox = addresses.quota_fingerprint(email).hex()
    return limits.allowed("request", limits.network(), PER_NETWORK) and limits.allowed("request", mailbox, PER_MAILBOX)


def _refused(form: RequestForm, sentence: object, status: int) -> Response:
    form.form_errors.append(sentence)
    return _shown(form, status=status)


def _shown(form: RequestForm, *, status: int = 200) -> Response:
    """The form with what was typed, a fresh token, and the decoys as they were."""
    form.offer()
    form.reset_decoys()
    page = render_template("organisations/request.html", form=form, status=status)
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    if status == 429:
        response.headers["Retry-After"] = "3600"
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings
