"""What came in, how fast it was answered, and how often the filter was wrong: figures without a person in them.

One line of facts a message, of those that are still here and of those that were erased
(`retention`): so erasing changes no figure.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Date, Float, Select, String, cast, func, literal, select, union_all

from campaigner.contact.models import ContactEvent, ContactMessage
from campaigner.contact.thread_models import ContactPast
from campaigner.contact.topics import TOPICS
from campaigner.core.clock import today
from campaigner.core.db import db

ANSWERS = ("replied", "answered")
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """What came in within a month, about a topic or about all of them. `hours`: the median until the first answer."""

    received: int = 0
    spam: int = 0
    wrong: int = 0  # in quarantine by the filter, and taken out by a person
    missed: int = 0  # in the inbox by the filter, and spam
    answered: int = 0
    hours: float | None = None

    @property
    def real(self) -> int:
        """Messages of people."""
        return self.received - self.spam


@dataclass(frozen=True, slots=True)
class Report:
    """The lines by month, and by month and topic. `months`: their first days, the oldest first."""

    months: list[date]
    by_month: dict[date, Line]
    by_topic: dict[str, dict[date, Line]] = field(default_factory=dict)
    totals: dict[str, Line] = field(default_factory=dict)  # a topic over all these months
    whole: Line = field(default_factory=Line)


def facts() -> Select[Any]:
    """The line of facts of every message that is still here: month, topic, judged, spam, wrong, hours; and its id."""
    judged = _event("scored", ContactEvent.detail["state"].astext, func.max)
    judged = func.coalesce(judged, literal("new"))
    answered = (
        select(func.min(ContactEvent.at))
        .where(ContactEvent.message_id == ContactMessage.id, ContactEvent.step.in_(ANSWERS))
        .scalar_subquery()
    )
    released = (
        select(ContactEvent.id)
        .where(ContactEvent.message_id == ContactMessage.id, ContactEvent.step == "released")
        .exists()
    )
    local = func.timezone("Europe/Brussels", ContactMessage.created_at)
    return select(
        cast(func.date_trunc("month", local), Date).label("month"),
        ContactMessage.topic,
        cast(judged, String).label("judged"),
        (ContactMessage.state == "quarantine").label("spam"),
        ((judged == "quarantine") & released).label("wrong"),
        func.round(func.extract("epoch", answered - ContactMessage.created_at) / 3600).label("hours"),
        ContactMessage.id,
    )


def of(*, months: int = MONTHS) -> Report:
    """The report of so many months, this one included."""
    known = _months(months)
    by_month = {row.month: _line(row) for row in _grouped("month", since=known[0])}
    by_topic: dict[str, dict[date, Line]] = {topic: {} for topic in TOPICS}
    for row in _grouped("month", "topic", since=known[0]):
        by_topic.setdefault(row.topic, {})[row.month] = _line(row)
    totals = {row.topic: _line(row) for row in _grouped("topic", since=known[0])}
    whole = next((_line(row) for row in _grouped(since=known[0])), Line())
    return Report(known, {month: by_month.get(month, Line()) for month in known}, by_topic, totals, whole)


def table() -> list[list[str]]:
    """Everything, by month and topic, as rows of text for a spreadsheet; the first row names the columns."""
    rows = [["month", "topic", "received", "spam", "wrongly_quarantined", "missed_spam", "answered", "median_hours"]]
    for row in sorted(_grouped("month", "topic", since=date(2000, 1, 1)), key=lambda each: (each.month, each.topic)):
        line = _line(row)
        hours = "" if line.hours is None else f"{line.hours:g}"
        numbers = [line.received, line.spam, line.wrong, line.missed, line.answered]
        rows.append([f"{row.month:%Y-%m}", row.topic, *map(str, numbers), hours])
    return rows


def _event(step: str, value: Any, of_many: Any) -> Any:
    found = select(of_many(value)).where(ContactEvent.message_id == ContactMessage.id, ContactEvent.step == step)
    return found.scalar_subquery()


def _grouped(*names: str, since: date) -> list[Any]:
    """The facts of both kinds, added up by these columns."""
    here = facts().subquery()
    kept = ("month", "topic", "judged", "spam", "wrong", "hours")
    both = union_all(select(*(here.c[name] for name in kept)), select(*(getattr(ContactPast, n) for n in kept)))
    all_of = both.subquery()
    spam, c = all_of.c.spam, all_of.c
    median = func.percentile_cont(0.5).within_group(cast(c.hours, Float)).filter(c.hours.is_not(None), ~spam)
    query = select(
        *(c[name] for name in names), func.count().label("received"), func.count().filter(spam).label("spam"),
        func.count().filter(c.wrong).label("wrong"), func.count().filter(spam, c.judged == "new").label("missed"),
        func.count(c.hours).filter(~spam).label("answered"), median.label("hours"),
    ).where(c.month >= since)  # fmt: skip
    return list(db.session.execute(query.group_by(*(c[name] for name in names)) if names else query))


def _line(row: Any) -> Line:
    return Line(row.received, row.spam, row.wrong, row.missed, row.answered, row.hours)


def _months(count: int) -> list[date]:
    """The first days of the latest months, the oldest first."""
    at = today().replace(day=1)
    found = [at]
    while len(found) < count:
        year, month = (at.year - 1, 12) if at.month == 1 else (at.year, at.month - 1)
        at = date(year, month, 1)
        found.append(at)
    return found[::-1]
