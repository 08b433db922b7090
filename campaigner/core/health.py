"""What programs ask to know how we are: alive, ready."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from campaigner.core.db import db

PATHS = ("/healthz", "/readyz")
bp = Blueprint("health", __name__)


@bp.get(PATHS[0])
def alive() -> Response:
    """200 while the process answers at all."""
    return jsonify(ok=True)


@bp.get(PATHS[1])
def ready() -> Response:
    """200 when the database answers; the error handler says 503 when it does not. Redis is not needed to sign."""
    db.session.execute(text("SELECT 1"))
    return jsonify(ok=True)
