"""The contact form and its thank-you page."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.contact import service
from campaigner.contact.forms import ContactForm
from campaigner.contact.topics import TOPICS
from campaigner.core import addresses, limits
from campaigner.core.db import transaction
from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.core.web import see_other

bp = Blueprint("contact", __name__, url_prefix="/<lang:lang>/contact")

PER_NETWORK = "60 per hour"  # wide: a union hall sits behind one address
PER_MAILBOX = "6 per hour"
TRIES = "600 per hour"  # forms that come back with a mistake count apart, so that they shut nobody out
CALM = "12 per 10 minutes"  # from one network; more than that counts a little towards spam
RECEIPT = "contact receipt"
TOO_MANY = _l("Very many messages came from your network or for this address. Wait an hour and press the button again.")


@bp.get("")
def write(lang: str) -> Response:
    """The empty form. `?topic=local` chooses a topic beforehand, for links from other pages."""
    form = ContactForm(formdata=None)
    if request.args.get("topic") in TOPICS:
        form.topic.data = request.args["topic"]
    return _shown(form)


@bp.post("")
def send(lang: str) -> BaseResponse:
    """Keep the message. Whoever sends it, and whatever we think of it, sees the same thank-you."""
    tried = limits.allowed("contact.try", limits.network(), TRIES)
    form = ContactForm()
    if tried and not form.validate_on_submit():
        return _shown(form, status=422)
    if not tried or not _within_limits(str(form.email.data)):
        form.form_errors.append(TOO_MANY)
        return _shown(form, status=429)
    try:
        with transaction():
            message = service.store(language=lang, **_typed(form))
            receipt = signer.sign([message.reference, message.topic], RECEIPT)
    except service.SentBefore as error:
        form.form_errors.append(error.sentence)
        return _shown(form, status=409)
    return see_other("contact.thanks", lang=lang, r=receipt)


@bp.get("/thanks")
def thanks(lang: str) -> str:
    """The reference, and what happens now."""
    try:
        reference, topic = signer.read(request.args.get("r", ""), RECEIPT)
    except BadToken as error:
        raise NotFound(_l("This link was cut off. If you sent a message, it is with us all the same.")) from error
    return render_template("contact/thanks.html", reference=reference, topic=topic, label=TOPICS[topic].label)


def _within_limits(email: str) -> bool:
    mailbox = addresses.quota_fingerprint(email).hex()
    return limits.allowed("contact", limits.network(), PER_NETWORK) and limits.allowed("contact", mailbox, PER_MAILBOX)


def _typed(form: ContactForm) -> dict[str, Any]:
    """What goes into the message: the fields, and the signals without any address of the network."""
    around = {
        "accept_language": bool(request.headers.get("Accept-Language")),
        "burst": not limits.allowed("contact.calm", limits.network(), CALM),
    }
    return {
        "host": current_app.extensions["campaigner"].host_name,
        "topic": form.topic.data,
        "name": form.name.data,
        "email": form.email.data,
        "body": form.message.data,
        "nonce": form.nonce,
        "signals": {**form.signals, **around},
    }


def _shown(form: ContactForm, *, status: int = 200) -> Response:
    """The form with what was typed, a fresh token, and the decoys as they were."""
    form.reset_decoys()
    page = render_template("contact/form.html", form=form, topics=TOPICS)
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    if status == 429:
        response.headers["Retry-After"] = "3600"
    return response
