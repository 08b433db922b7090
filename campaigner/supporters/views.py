"""The unsubscribe door: one click for mail programs (RFC 8058), a page with one button for people."""

from flask import Blueprint, Response, current_app, render_template, request

from campaigner.core import web
from campaigner.core.db import db, transaction
from campaigner.core.errors import NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.organisations.models import Organisation
from campaigner.outbox import queries as outbox
from campaigner.outbox.models import Delivery, Mailing
from campaigner.supporters import service

bp = Blueprint("supporters", __name__)


@bp.get("/u/<token>")
def unsubscribe(token: str) -> str:
    """A page with one button. Opening it changes nothing: mail scanners open links."""
    if token == "test":  # noqa: S105 - the link in a test mail
        return render_template("supporters/unsubscribe.html", token=token, name=_host(), done=False)
    _, organisation = _about(token)
    return render_template("supporters/unsubscribe.html", token=token, name=organisation.name, done=False)


@bp.post("/u/<token>")
def stop(token: str) -> Response | str:
    """Stop the sender's mails at once. Needs no cookie, login or form token, and answers 200 again and again."""
    if token == "test":  # noqa: S105
        return render_template("supporters/unsubscribe.html", token=token, name=_host(), done=True)
    delivery, organisation = _about(token)
    name = organisation.name
    with transaction():
        service.stop_mail(delivery.mailbox, organisation_id=organisation.id, evidence="unsubscribe link")
    if request.form.get("List-Unsubscribe") == "One-Click":
        return Response("OK", content_type="text/plain")
    return render_template("supporters/unsubscribe.html", token=token, name=name, done=True)


def _about(token: str) -> tuple[Delivery, Organisation]:
    """The delivery and the organisation that a link is about. Raises NotFound for a damaged one."""
    try:
        mailing_id, recipient = signer.unseal(token, "unsubscribe")
    except (BadToken, TypeError, ValueError) as error:
        raise NotFound(DAMAGED) from error
    delivery = outbox.delivery(mailing_id, recipient)
    mailing = db.session.get(Mailing, mailing_id)
    if delivery is None or mailing is None or mailing.organisation_id is None:
        raise NotFound(DAMAGED)
    web.remember_language(delivery.language)
    return delivery, db.session.get_one(Organisation, mailing.organisation_id)


def _host() -> str:
    return str(current_app.extensions["campaigner"].host_name)


DAMAGED = _l("This link is incomplete. Copy it again from the mail, or write to us through the contact form.")
