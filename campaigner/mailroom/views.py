"""The web door for mail providers: signed JSON (standardwebhooks.com), one event a request."""

from flask import Blueprint, Response, current_app, jsonify, request
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug.exceptions import NotFound

from campaigner.core.db import transaction
from campaigner.mailroom import events, service

bp = Blueprint("mailroom", __name__, url_prefix="/hooks")


@bp.post("/mail")
def hook() -> tuple[Response, int]:
    """Keep what a provider tells, once, and answer 202; the same event again is answered alike and changes nothing.

    404 without MAIL_WEBHOOK_SECRET; 401 for a signature that is not right or older than five minutes;
    422 for a body that is no event.
    """
    secret = current_app.extensions["campaigner"].mail_webhook_secret
    if not secret:
        raise NotFound
    raw = request.get_data()
    try:
        Webhook(secret).verify(raw, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: a signature that is not even base64
        return jsonify(error="The signature is not right, or it is too old."), 401
    try:
        events.read(raw)
    except events.NoEvent as error:
        return jsonify(error=str(error)), 422
    with transaction():
        new = service.take_in(raw, recipient="", sender=None, door="hook", name=f"hook {_id()}")
    return jsonify(taken=new), 202


def _id() -> str:
    """The provider's own name for the event: it is signed, and the same when the event is sent again."""
    return request.headers["webhook-id"][:200]
