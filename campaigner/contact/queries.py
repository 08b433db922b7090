"""Reads about contact messages: the piles of the inbox, one message with its history, what is unfinished."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from campaigner.contact.models import ContactEvent, ContactMessage
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.staff.models import Account

# What staff see side by side: pile -> the states in it.
PILES: dict[str, tuple[str, ...]] = {
    "open": ("new", "open"),
    "check": ("check",),
    "quarantine": ("quarantine",),
    "done": ("answered", "closed"),
}
PAGE = 50
SAME_TEXT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages lie where. `late`: open ones whose promised day is over."""

    open: int
    check: int
    quarantine: int
    done: int
    new: int
    late: int


def counts() -> Counts:
    """The numbers above the piles and on the dashboard."""
    late = func.count().filter(ContactMessage.due_at < now())
    query = select(ContactMessage.state, func.count(), late).group_by(ContactMessage.state)
    rows = {state: (count, overdue) for state, count, overdue in db.session.execute(query)}
    piles = {pile: sum(rows.get(state, (0, 0))[0] for state in states) for pile, states in PILES.items()}
    late_ones = sum(rows.get(state, (0, 0))[1] for state in PILES["open"])
    return Counts(**piles, new=rows.get("new", (0, 0))[0], late=late_ones)


def untaken() -> int:
    """How many messages nobody took yet. Asked on every staff page: an index on the state answers it."""
    query = select(func.count()).select_from(ContactMessage).where(ContactMessage.state == "new")
    return db.session.execute(query).scalar_one()


def pile(name: str, *, owner_id: int | None = None, page: int = 1) -> list[ContactMessage]:
    """Page `page` of a pile, at most PAGE + 1 messages: the last one only says that there is another page.

    Open: urgent first, then who waits longest. The others: the newest first.
    """
    query = select(ContactMessage).where(ContactMessage.state.in_(PILES[name]))
    if owner_id is not None:
        query = query.where(ContactMessage.owner_id == owner_id)
    if name == "open":
        query = query.order_by(ContactMessage.urgent.desc(), ContactMessage.created_at, ContactMessage.id)
    else:
        query = query.order_by(ContactMessage.created_at.desc(), ContactMessage.id.desc())
    return list(db.session.scalars(query.limit(PAGE + 1).offset((page - 1) * PAGE)))


def pile_of(state: str) -> str:
    """The pile in which a message of that state lies."""
    return next(name for name, states in PILES.items() if state in states)


def by_id(message_id: int) -> ContactMessage | None:
    """One message."""
    return db.session.get(ContactMessage, message_id)


def by_nonce(nonce: str) -> ContactMessage | None:
    """The message that came from that form."""
    return db.session.execute(select(ContactMessage).where(ContactMessage.form_nonce == nonce)).scalar_one_or_none()


def by_reference(reference: str) -> ContactMessage | None:
    """The message of that reference, in its proper shape (see `references.read`)."""
    return db.session.execute(select(ContactMessage).where(ContactMessage.reference == reference)).scalar_one_or_none()


def history(message_id: int) -> list[ContactEvent]:
    """What happened to a message, in order."""
    query = select(ContactEvent).where(ContactEvent.message_id == message_id).order_by(ContactEvent.id)
    return list(db.session.scalars(query))


def names(message: ContactMessage) -> dict[int, str]:
    """The names of the accounts in a message's history and of its owner."""
    ids = {event.account_id for event in history(message.id)} | {message.owner_id}
    query = select(Account).where(Account.id.in_(ids - {None}))
    return {account.id: account.name for account in db.session.scalars(query)}


def seen_before(message: ContactMessage) -> bool:
    """Whether the same text arrived in the 24 hours before this message. The same on every asking."""
    earlier: datetime = message.created_at - SAME_TEXT
    query = select(ContactMessage.id).where(
        ContactMessage.body_hash == message.body_hash,
        ContactMessage.created_at >= earlier,
        ContactMessage.id < message.id,
    )
    return db.session.execute(query.limit(1)).first() is not None


def detail(message_id: int, step: str) -> dict[str, Any]:
    """What a step of the pipeline noted; empty when it was not done."""
    query = select(ContactEvent.detail).where(ContactEvent.message_id == message_id, ContactEvent.step == step)
    return dict(db.session.execute(query.limit(1)).scalar() or {})
