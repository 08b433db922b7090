"""Whose turn it is in the pipeline: claim, retry with backoff, see what is stuck.

A claim counts the try and sets the next one in a transaction of its own, before anything is done: a
worker that dies leaves a message whose turn comes again. Nothing is ever given up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, text, update

from campaigner.contact.models import UNFINISHED, ContactCall, ContactMessage
from campaigner.core.clock import now
from campaigner.core.db import db

AT_ONCE = 10  # messages in one claim
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=20), timedelta(hours=1)
SOME_TRIES = 3  # a message that took so many, or
LONG = timedelta(minutes=10)  # waits so long, is worth a look


@dataclass(frozen=True, slots=True)
class Stuck:
    """A message whose pipeline does not end, and what stopped it."""

    id: int
    reference: str
    tries: int
    error: str
    created_at: datetime
    next_at: datetime


def claim(*, at_most: int = AT_ONCE) -> list[int]:
    """The next messages, the oldest first, their turn counted; their next one comes in 20 s, 80 s, 5 min ... 1 hour."""
    due = select(ContactMessage.id).where(text(UNFINISHED), ContactMessage.next_at <= func.clock_timestamp())
    due = due.order_by(ContactMessage.id).limit(at_most).with_for_update(skip_locked=True)
    wait = func.least(func.power(4, func.least(ContactMessage.tries, 6)) * FIRST_WAIT, LONGEST_WAIT)
    taken = (
        update(ContactMessage)
        .where(ContactMessage.id.in_(due.scalar_subquery()))
        .values(tries=ContactMessage.tries + 1, next_at=func.clock_timestamp() + wait)
        .returning(ContactMessage.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(db.session.scalars(taken))


def stumbled(message_id: int, error: str) -> None:
    """A step raised something. Its next turn is set already."""
    change = update(ContactMessage).where(ContactMessage.id == message_id).values(stumbled=error[:300])
    db.session.execute(change)


def due() -> bool:
    """Whether any message wants a worker now."""
    query = select(ContactMessage.id).where(text(UNFINISHED), ContactMessage.next_at <= func.clock_timestamp())
    return db.session.execute(query.limit(1)).first() is not None


def waiting() -> int:
    """How many messages the pipeline has not finished."""
    return db.session.execute(select(func.count()).select_from(ContactMessage).where(text(UNFINISHED))).scalar_one()


def stuck(*, limit: int = 50) -> list[Stuck]:
    """Messages that failed several times or wait for long, the oldest first."""
    slow = or_(ContactMessage.tries >= SOME_TRIES, ContactMessage.created_at < now() - LONG)
    columns = (
        ContactMessage.id, ContactMessage.reference, ContactMessage.tries, func.coalesce(ContactMessage.stumbled, ""),
        ContactMessage.created_at, ContactMessage.next_at,
    )  # fmt: skip
    query = select(*columns).where(text(UNFINISHED), slow).order_by(ContactMessage.id).limit(limit)
    return [Stuck(*row) for row in db.session.execute(query)]


def again() -> int:
    """Give everything that waits its turn now, after the cause is gone. Returns how many messages and calls."""
    late = update(ContactMessage).where(text(UNFINISHED)).values(tries=0, next_at=now(), stumbled=None)
    calls = update(ContactCall).where(ContactCall.called_at.is_(None))
    moved: list[Any] = [db.session.execute(late)]
    moved.append(db.session.execute(calls.values(tries=0, next_at=now(), given_up_at=None)))
    return sum(result.rowcount for result in moved)
