"""What programs ask to know how we are: alive, ready, and what the rooms have to tell. Filled in `rooms.join`."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from campaigner.core.db import db

PATHS = ("/healthz", "/readyz")
bp = Blueprint("health", __name__)
# name -> figures of a room for whoever watches: numbers of waiting and stuck work. They never make us unready.
figures: dict[str, Callable[[], dict[str, int]]] = {}


@bp.get(PATHS[0])
def alive() -> Response:
    """200 while the process answers at all."""
    return jsonify(ok=True)


@bp.get(PATHS[1])
def ready() -> Response:
    """200 when the database answers; the error handler says 503 when it does not. Redis is not needed to sign."""
    db.session.execute(text("SELECT 1"))
    return jsonify(ok=True, **{name: look() for name, look in figures.items()})
