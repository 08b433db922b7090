"""The public form by which a local asks for a desk."""

from flask import Blueprint, Response, current_app, render_template
from werkzeug.wrappers import Response as BaseResponse

from campaigner.config import LANGUAGES, Settings
from campaigner.core import addresses, limits
from campaigner.core.db import transaction
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.organisations import desk_requests
from campaigner.organisations.desk_forms import DeskForm

bp = Blueprint("desk_requests", __name__, url_prefix="/<lang:lang>/locals/request")
PER_NETWORK = "30 per hour"
PER_MAILBOX = "4 per hour"
TRIES = "300 per hour"
TOO_MANY = _l("Very many messages came from your network or for this address. Wait an hour and press the button again.")
HIDDEN = _l("A hidden field was filled in, perhaps by your browser. We emptied it: press the button again.")


@bp.get("")
def ask(lang: str) -> Response:
    """The empty form."""
    return _shown(DeskForm(formdata=None))


@bp.post("")
def send(lang: str) -> BaseResponse:
    """Keep the request, acknowledge it and tell the team; somebody of the host decides."""
    form = DeskForm()
    if not limits.allowed("desk.try", limits.network(), TRIES):
        return _refused(form, TOO_MANY, 429)
    valid = form.validate()
    if form.decoy_tripped:
        return _refused(form, HIDDEN, 422)
    if not valid:
        return _shown(form, status=422)
    email = str(form.email.data)
    mailbox = addresses.quota_fingerprint(email).hex()
    if not (limits.allowed("desk", limits.network(), PER_NETWORK) and limits.allowed("desk", mailbox, PER_MAILBOX)):
        return _refused(form, TOO_MANY, 429)
    with transaction():
        desk_requests.store(
            language=lang, email=email, answers=form.answers(), nonce=form.nonce,
            team=_settings().host_contact, team_language=LANGUAGES[0],
        )  # fmt: skip
    return see_other("desk_requests.thanks", lang=lang)


@bp.get("/thanks")
def thanks(lang: str) -> str:
    """What happens now."""
    return render_template("organisations/desk_thanks.html")


def _refused(form: DeskForm, sentence: object, status: int) -> Response:
    form.form_errors.append(sentence)
    return _shown(form, status=status)


def _shown(form: DeskForm, *, status: int = 200) -> Response:
    form.reset_decoys()
    page = render_template("organisations/desk_request.html", form=form, status=status)
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    if status == 429:
        response.headers["Retry-After"] = "3600"
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings
