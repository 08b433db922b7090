"""Reads about contact messages: the piles of the inbox, one message with its history, what is unfinished."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from campaigner.contact.models import ContactEvent, ContactMessage
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.staff.models import Account, Role

# What staff see side by side: pile -> the states in it. What is put off lies apart until its day.
PILES: dict[str, tuple[str, ...]] = {
    "open": ("new", "open"),
    "check": ("check",),
    "quarantine": ("quarantine",),
    "snoozed": ("new", "open"),
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
    snoozed: int
    done: int
    new: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which messages are asked for. `owner`: the number of an account, 0 for nobody's, None for anybody's."""

    pile: str = "open"
    topic: str | None = None
    language: str | None = None
    owner: int | None = None
    urgent: bool = False

    def narrowed(self) -> bool:
        """Whether something was chosen beside the pile."""
        return self != Wish(pile=self.pile)


def _asleep() -> ColumnElement[bool]:
    return and_(ContactMessage.snoozed_until.is_not(None), ContactMessage.snoozed_until > now())


def _awake() -> ColumnElement[bool]:
    return or_(ContactMessage.snoozed_until.is_(None), ContactMessage.snoozed_until <= now())


def counts() -> Counts:
    """The numbers above the piles and on the dashboard. What was merged into another counts there."""
    late, asleep = func.count().filter(ContactMessage.due_at < now(), _awake()), func.count().filter(_asleep())
    query = select(ContactMessage.state, func.count(), late, asleep).where(ContactMessage.merged_into_id.is_(None))
    rows = {state: numbers for state, *numbers in db.session.execute(query.group_by(ContactMessage.state))}
    piles = {pile: sum(rows.get(state, (0, 0, 0))[0] for state in states) for pile, states in PILES.items()}
    _all, late_ones, snoozed = (sum(rows.get(state, (0, 0, 0))[at] for state in PILES["open"]) for at in range(3))
    new = rows.get("new", (0, 0, 0))
    return Counts(**{**piles, "open": piles["open"] - snoozed, "snoozed": snoozed}, new=new[0] - new[2], late=late_ones)


def untaken() -> int:
    """How many messages nobody took yet. Asked on every staff page: an index on the state answers it."""
    query = select(func.count()).select_from(ContactMessage).where(ContactMessage.state == "new", _awake())
    return db.session.execute(query).scalar_one()


def pile(name: str, *, owner_id: int | None = None, page: int = 1) -> list[ContactMessage]:
    """Page `page` of a pile, of everybody's or of one owner's (see `chosen`)."""
    return chosen(Wish(pile=name, owner=owner_id), page=page)


def chosen(wish: Wish, *, page: int = 1) -> list[ContactMessage]:
    """Page `page` of what is asked for of a pile, at most PAGE + 1 messages: the last only says that there are more.

    Open: requests about personal data first, because the law counts their days, then what is urgent,
    then who waits longest. Put off: what comes back first. The others: the newest first.
    """
    query = select(ContactMessage).where(*_meant(wish))
    if wish.pile == "open":
        of_law = (ContactMessage.topic == "privacy").desc()
        query = query.order_by(of_law, ContactMessage.urgent.desc(), ContactMessage.created_at, ContactMessage.id)
    elif wish.pile == "snoozed":
        query = query.order_by(ContactMessage.snoozed_until, ContactMessage.id)
    else:
        query = query.order_by(ContactMessage.created_at.desc(), ContactMessage.id.desc())
    return list(db.session.scalars(query.limit(PAGE + 1).offset((page - 1) * PAGE)))


def _meant(wish: Wish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        ContactMessage.state.in_(PILES[wish.pile]), ContactMessage.merged_into_id.is_(None)
    ]  # fmt: skip
    if wish.pile in ("open", "snoozed"):
        found.append(_asleep() if wish.pile == "snoozed" else _awake())
    if wish.topic is not None:
        found.append(ContactMessage.topic == wish.topic)
    if wish.language is not None:
        found.append(ContactMessage.language == wish.language)
    if wish.owner is not None:
        found.append(ContactMessage.owner_id == wish.owner if wish.owner else ContactMessage.owner_id.is_(None))
    if wish.urgent:
        found.append(ContactMessage.urgent.is_(True))
    return found


def pile_of(message: ContactMessage) -> str:
    """The pile in which a message lies."""
    if message.snoozed_until is not None and message.snoozed_until > now() and message.state in PILES["open"]:
        return "snoozed"
    return next(name for name, states in PILES.items() if message.state in states)


def candidates(numbers: list[int], *, limit: int) -> list[ContactMessage]:
    """Messages that may hold the words of these numbers, and those that were not read for it yet. The newest first."""
    may = or_(ContactMessage.words.contains(numbers), ContactMessage.words.is_(None))
    query = select(ContactMessage).where(may).order_by(ContactMessage.created_at.desc(), ContactMessage.id.desc())
    return list(db.session.scalars(query.limit(limit)))


def from_mailbox(mailbox: bytes, *, limit: int = PAGE) -> list[ContactMessage]:
    """What came from an address, the newest first."""
    query = select(ContactMessage).where(ContactMessage.mailbox == mailbox)
    return list(db.session.scalars(query.order_by(ContactMessage.created_at.desc()).limit(limit)))


def answerers(roles: tuple[str, ...]) -> list[Account]:
    """The accounts that may answer: with one of these roles, and not closed. By name."""
    query = select(Account).where(Account.disabled_at.is_(None), Account.roles.any(Role.name.in_(roles)))
    return sorted(db.session.scalars(query), key=lambda account: account.name.casefold())


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
    """The names of the accounts in the history of a message and of what was merged into it, and of its owner."""
    merged = select(ContactMessage.id).where(ContactMessage.merged_into_id == message.id)
    mentioned = select(ContactEvent.account_id).where(
        or_(ContactEvent.message_id == message.id, ContactEvent.message_id.in_(merged))
    )
    ids = {*db.session.scalars(mentioned), message.owner_id}
    ids |= {event.detail.get("to") for event in history(message.id) if event.step == "assigned"}
    return {account.id: account.name for account in accounts(ids - {None})}


def accounts(ids: set[int | None]) -> list[Account]:
    """These accounts."""
    return list(db.session.scalars(select(Account).where(Account.id.in_(ids))))


def seen_before(message: ContactMessage) -> bool:
    """Whether the same text arrived in the 24 hours before this message. The same on every asking."""
    earlier: datetime = message.created_at - SAME_TEXT
    query = select(ContactMessage.id).where(
        ContactMessage.body_hash == message.body_hash,
        ContactMessage.created_at >= earlier,
        ContactMessage.id < message.id,
    )
    return db.session.execute(query.limit(1)).first() is not None


def step(message_id: int, name: str) -> ContactEvent:
    """The line of a step of the pipeline that was done."""
    query = select(ContactEvent).where(ContactEvent.message_id == message_id, ContactEvent.step == name)
    return db.session.scalars(query.limit(1)).one()


def detail(message_id: int, step: str) -> dict[str, Any]:
    """What a step of the pipeline noted; empty when it was not done."""
    query = select(ContactEvent.detail).where(ContactEvent.message_id == message_id, ContactEvent.step == step)
    return dict(db.session.execute(query.limit(1)).scalar() or {})
