"""Reads about mail that came in: what waits, what is stuck, how much of what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.mailroom.models import InboundMail

SOME_TRIES = 3  # a mail that took so many is worth a look


@dataclass(frozen=True, slots=True)
class Stuck:
    """A mail that could not be handled."""

    id: int
    door: str
    state: str
    tries: int
    error: str
    received_at: datetime


def due() -> bool:
    """Whether any mail should be handled now."""
    query = select(InboundMail.id).where(InboundMail.state == "new", InboundMail.not_before <= func.clock_timestamp())
    return db.session.execute(query.limit(1)).first() is not None


def _in_trouble() -> list[object]:
    trying = (InboundMail.state == "new") & (InboundMail.tries >= SOME_TRIES)
    return [or_(InboundMail.state == "failed", trying), InboundMail.raw.is_not(None)]


def in_trouble() -> int:
    """How many mails were given up or failed several times, and can still be handled."""
    query = select(func.count()).select_from(InboundMail).where(*_in_trouble())  # type: ignore[arg-type]
    return db.session.execute(query).scalar_one()


def stuck(*, limit: int = 50) -> list[Stuck]:
    """Those, the oldest first."""
    columns = (
        InboundMail.id, InboundMail.door, InboundMail.state, InboundMail.tries,
        func.coalesce(InboundMail.error, ""), InboundMail.received_at,
    )  # fmt: skip
    query = select(*columns).where(*_in_trouble()).order_by(InboundMail.id).limit(limit)  # type: ignore[arg-type]
    return [Stuck(*row) for row in db.session.execute(query)]


def lately(*, days: int = 7) -> list[tuple[str, str, int]]:
    """(kind, outcome, how many) of what came in these days, the most frequent first; "" while it waits."""
    kind, outcome = func.coalesce(InboundMail.kind, ""), func.coalesce(InboundMail.outcome, "")
    query = select(kind, outcome, func.count()).where(InboundMail.received_at > now() - timedelta(days=days))
    rows = db.session.execute(query.group_by(kind, outcome).order_by(func.count().desc(), kind, outcome))
    return [(row[0], row[1], row[2]) for row in rows]
