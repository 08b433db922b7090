"""How long messages are kept, by topic, and what goes when that is over.

The time runs from the last word of either side. With a message go its thread, its history, its files
and its notes; a line without a person stays for the report (`report.facts`). GDPR, article 5(1)(e).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select
from sqlalchemy.dialects import postgresql

from campaigner.contact import report
from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_models import SPAM, ContactPast, ContactTerm
from campaigner.contact.topics import TOPICS
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l

DEFAULTS = {**dict.fromkeys(TOPICS, 365), SPAM: 30}  # days, as the privacy page promises
SHORTEST, LONGEST = 1, 3650
SOON = timedelta(days=30)
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """What the terms mean for one topic: so many go in the next round, `open` of them without an answer."""

    topic: str
    days: int
    chosen: bool  # by staff, and not the default
    held: int
    due: int
    open: int
    soon: int  # within the next 30 days
    oldest: datetime | None


def terms() -> dict[str, int]:
    """The days of every topic, and of spam."""
    chosen = {term.topic: term.days for term in db.session.scalars(select(ContactTerm))}
    return {topic: chosen.get(topic, days) for topic, days in DEFAULTS.items()}


def choose(days: Mapping[str, int], *, account_id: int) -> dict[str, int]:
    """Keep other terms. Returns those that changed. Raises DomainError for a number of days that cannot be."""
    before = terms()
    changed = {topic: number for topic, number in days.items() if topic in before and before[topic] != number}
    for topic, number in changed.items():
        if not SHORTEST <= number <= LONGEST:
            raise DomainError(_l("Choose between 1 and 3650 days."))
        row = postgresql.insert(ContactTerm).values(topic=topic, days=number, changed_by=account_id, changed_at=now())
        values = {"days": number, "changed_by": account_id, "changed_at": now()}
        db.session.execute(row.on_conflict_do_update(index_elements=["topic"], set_=values))
    return changed


def plan() -> list[Line]:
    """What the next round would erase, by topic: the dry run. Changes nothing."""
    chosen = set(db.session.scalars(select(ContactTerm.topic)))
    return [_line(topic, days, chosen=topic in chosen) for topic, days in terms().items()]


def _line(topic: str, days: int, *, chosen: bool) -> Line:
    last, at = _last(), now()
    due, soon = last < at - timedelta(days=days), last < at - timedelta(days=days) + SOON
    query = select(
        func.count(), func.count().filter(due), func.count().filter(due, ContactMessage.state.in_(("new", "open"))),
        func.count().filter(soon), func.min(last),
    ).where(_among(topic))  # fmt: skip
    held, gone, unanswered, later, oldest = db.session.execute(query).one()
    return Line(topic, days, chosen, held, gone, unanswered, later - gone, oldest)


def expire() -> int:
    """Erase what was kept long enough, at most AT_ONCE messages. Returns how many."""
    at = now()
    over = or_(*(and_(_among(topic), _last() < at - timedelta(days=days)) for topic, days in terms().items()))
    due = select(ContactMessage.id).where(over).order_by(ContactMessage.id).limit(AT_ONCE)
    return _erase(list(db.session.scalars(due.with_for_update(skip_locked=True))))


def erase(message_id: int) -> str:
    """Erase one thread now, with what was merged into it, because its sender asked. Returns its reference."""
    message = db.session.get(ContactMessage, message_id, with_for_update=True, populate_existing=True)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    reference = message.reference
    merged = select(ContactMessage.id).where(ContactMessage.merged_into_id == message_id).with_for_update()
    _erase([message_id, *db.session.scalars(merged)])
    return reference


def _erase(ids: list[int]) -> int:
    if not ids:
        return 0
    facts = report.facts().where(ContactMessage.id.in_(ids)).subquery()
    kept = ("month", "topic", "judged", "spam", "wrong", "hours")
    db.session.execute(insert(ContactPast).from_select(kept, select(*(facts.c[name] for name in kept))))
    gone: Any = db.session.execute(delete(ContactMessage).where(ContactMessage.id.in_(ids)))
    return int(gone.rowcount)


def _last() -> ColumnElement[datetime]:
    return func.coalesce(ContactMessage.last_at, ContactMessage.created_at)


def _among(topic: str) -> ColumnElement[bool]:
    """Messages that a term is about: those in quarantine have one of their own."""
    spam = ContactMessage.state == "quarantine"
    return spam if topic == SPAM else and_(ContactMessage.topic == topic, ~spam)
