"""The contact form and its thank-you page."""

import math
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from campaigner.contact import crowds, service
from campaigner.contact.forms import ContactForm
from campaigner.contact.topics import TOPICS
from campaigner.core import proof
from campaigner.core.db import transaction
from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.core.web import see_other

bp = Blueprint("contact", __name__, url_prefix="/<lang:lang>/contact")

RECEIPT = "contact receipt"
TICKET = "contact wait"
TOO_MANY = _l("Very many messages came from your network or for this address. Wait an hour and press the button again.")


@bp.get("")
def write(lang: str) -> Response:
    """The empty form. `?topic=local` chooses a topic beforehand, for links from other pages."""
    form = ContactForm(formdata=None)
    if request.args.get("topic") in TOPICS:
        form.topic.data = request.args["topic"]
    return _shown(form, crowd=crowds.look())


@bp.post("")
def send(lang: str) -> BaseResponse:
    """Keep the message. Whoever sends it, and whatever we think of it, sees the same thank-you."""
    tried = crowds.tried()
    form = ContactForm()
    if tried and not form.validate_on_submit():
        return _shown(form, status=422, crowd=crowds.look())
    came = crowds.enter(str(form.email.data)) if tried else None
    if came is None or not came.mailbox_free:
        form.form_errors.append(TOO_MANY)
        return _shown(form, status=429)
    waited, told = _ticket(form)
    if came.crowd.asks and not crowds.lets_in(answer=form.proof.data or "", nonce=form.nonce, waited=waited, told=told):
        return _shown(form, status=429, crowd=came.crowd, left=told - waited)
    try:
        with transaction():
            reference = service.keep(language=lang, **_typed(form, burst=not came.calm))
            receipt = signer.sign([reference, form.topic.data], RECEIPT)
    except service.SentBefore as error:
        form.form_errors.append(error.sentence)
        return _shown(form, status=409, crowd=crowds.look())
    return see_other("contact.thanks", lang=lang, r=receipt)


@bp.get("/thanks")
def thanks(lang: str) -> str:
    """The reference, and what happens now."""
    try:
        reference, topic = signer.read(request.args.get("r", ""), RECEIPT)
    except BadToken as error:
        raise NotFound(_l("This link was cut off. If you sent a message, it is with us all the same.")) from error
    return render_template("contact/thanks.html", reference=reference, topic=topic, label=TOPICS[topic].label)


def _ticket(form: ContactForm) -> tuple[float, int]:
    """How long the sender of this form has waited in the crowd, and how long they were told to; zeros without it."""
    try:
        (nonce, seconds), age = signer.read_with_age(form.wait.data or "", TICKET)
    except (BadToken, TypeError, ValueError):
        return 0.0, 0
    return (age.total_seconds(), int(seconds)) if nonce == form.nonce else (0.0, 0)


def _typed(form: ContactForm, *, burst: bool) -> dict[str, Any]:
    """What goes into the message: the fields, and the signals without any address of the network."""
    around = {"accept_language": bool(request.headers.get("Accept-Language")), "burst": burst}
    return {
        "host": current_app.extensions["campaigner"].host_name,
        "topic": form.topic.data,
        "name": form.name.data,
        "email": form.email.data,
        "body": form.message.data,
        "nonce": form.nonce,
        "signals": {**form.signals, **around},
    }


def _shown(form: ContactForm, *, status: int = 200, crowd: crowds.Crowd = crowds.NONE, left: float = 0.0) -> Response:
    """The form with what was typed, a fresh token, and the decoys as they were.

    In a crowd it has a sum for the browser, and a ticket for whoever waits: `left` is what is left of an earlier one.
    """
    form.reset_decoys()
    form.proof.data = form.wait.data = ""
    seconds, challenge = 0, ""
    if crowd.asks:
        seconds = math.ceil(left) if left > 0 else crowds.seconds_to_wait()
        challenge = proof.challenge(form.fresh_nonce)
        form.wait.data = signer.sign([form.fresh_nonce, seconds], TICKET)
        if status == 429:
            form.form_errors.append(
                _l("Very many people write to us right now. Wait %(n)s seconds and press the button again.", n=seconds)
            )
    page = render_template("contact/form.html", form=form, topics=TOPICS, challenge=challenge, seconds=seconds)
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    if status == 429:
        response.headers["Retry-After"] = str(seconds or 3600)
    return response
