"""The people of a rule: the sum that staff see, the recipients that the freeze takes, and ten of them to look at.

The sum is counted on `reach`, in one pass. The recipients are found by the same rule, and then asked for once
more where it counts: their yes in the ledger, their mailbox, and how many alerts they had this week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Integer, Select, Text, and_, case, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from campaigner.alerts import rule as rules
from campaigner.alerts import terms
from campaigner.alerts.reach import Reach
from campaigner.core import clock, i18n, places
from campaigner.core.db import db
from campaigner.outbox.models import Delivery, Mailing, Suppression
from campaigner.spelling import Cap
from campaigner.supporters.models import Permission, Supporter

NOT_HAD = ("failed", "suppressed", "cancelled")  # a delivery that ended so did not reach anybody
OTHER_LANGUAGE, NO_YES, SHUT, DEAD, WEARY, NAMELESS, NAMED = range(7)


@dataclass(frozen=True, slots=True)
class Call:
    """What an alert asks of the database: a rule, who sends, in which languages it can be read.

    Somebody who speaks none of `languages` reads `fallback`, unless theirs is among `skips`.
    """

    rule: rules.Node
    sender: int
    languages: tuple[str, ...] = ()
    fallback: str = "nl"
    skips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Somebody as staff may see them: enough to notice a wrong rule, too little to know who it is."""

    initial: str
    place: str
    language: str


def add_up(call: Call) -> dict[str, int]:
    """How many match, who falls away and why, and how many get it. Every line is of people; `total` is of mailboxes."""
    _steady()
    each = (
        select(_grade(call).label("grade"), Reach.twin, func.count().label("number"))
        .where(terms.of(call.rule, sender=call.sender))
        .group_by("grade", Reach.twin)
        .cte("each")
    )
    mine, named_twin = each.c.grade.in_([NAMELESS, NAMED]), each.c.twin.is_not(None)

    def people(*grades: int) -> ColumnElement[Any]:
        return func.coalesce(func.sum(each.c.number).filter(each.c.grade.in_(grades)), 0)

    def mailboxes(*more: ColumnElement[bool]) -> ColumnElement[Any]:
        alone = func.coalesce(func.sum(each.c.number).filter(mine, ~named_twin, *more), 0)
        return alone + func.count(each.c.twin.distinct()).filter(mine, named_twin, *more)

    row = db.session.execute(
        select(
            func.coalesce(func.sum(each.c.number), 0), people(OTHER_LANGUAGE), people(NO_YES), people(SHUT),
            people(DEAD), people(WEARY), people(NAMELESS, NAMED), mailboxes(), mailboxes(each.c.grade == NAMELESS),
        )
    ).one()  # fmt: skip
    acted, other, no_yes, shut, dead, weary, reached, total, nameless = map(int, row)
    return {
        "acted": acted, "other_language": other, "no_consent": no_yes, "suppressed": shut, "dead": dead,
        "capped": weary, "shared": reached - total, "total": total, "nameless": nameless,
    }  # fmt: skip


def _steady() -> None:
    """One process of the database and no compiling: it takes longer than the query, and others are served too."""
    off = (func.set_config("jit", "off", True), func.set_config("max_parallel_workers_per_gather", "0", True))
    db.session.execute(select(*off))


def _grade(call: Call) -> ColumnElement[int]:
    """Why somebody falls away, the first reason that fits; else whether they left a name."""
    return case(
        (Reach.language.in_(call.skips), OTHER_LANGUAGE),
        (~terms.holds(Reach.yes, call.sender), NO_YES),
        (_closed(Reach.shut, call.sender), SHUT),
        (_closed(Reach.dead, call.sender), DEAD),
        *([(Reach.weary_until > clock.now(), WEARY)] if cap() else []),
        (Reach.nameless, NAMELESS),
        else_=NAMED,
    )


def _closed(column: Any, sender: int) -> ColumnElement[bool]:
    """For this sender, or for everybody (0)."""
    return or_(terms.holds(column, 0), terms.holds(column, sender))


def chosen(call: Call) -> Select[Any]:
    """The recipients, as `outbox.freeze` takes them: one row a mailbox, nobody who did not say yes.

    Columns: recipient (supporter's id as text), mailbox, email, first name, language (of the text), provider.
    """
    columns: tuple[Any, ...] = (
        cast(Supporter.id, Text).label("recipient"), Supporter.mailbox, Supporter.email, Supporter.first_name,
        _language(call).label("language"), Supporter.provider,
    )  # fmt: skip
    asked = (
        Permission.supporter_id == Supporter.id,
        Permission.organisation_id == call.sender,
        Permission.purpose == "mail",
        Permission.value,
    )
    closed = (Suppression.mailbox == Supporter.mailbox, Suppression.organisation_id.in_([0, call.sender]))
    return (
        select(*columns)
        .ext(distinct_on(Supporter.mailbox))
        .join(Reach, Reach.supporter_id == Supporter.id)
        .where(
            terms.of(call.rule, sender=call.sender),
            Supporter.language.not_in(call.skips),
            exists().where(*asked),
            ~exists().where(*closed),
            *_rested(),
        )
        .order_by(Supporter.mailbox, Supporter.id)
    )


def _language(call: Call) -> ColumnElement[str]:
    return case((Supporter.language.in_(call.languages), Supporter.language), else_=call.fallback)


def _rested() -> tuple[ColumnElement[bool], ...]:
    """Had fewer alerts than the cap this week, by the ledger itself; nothing to ask when fewer left at all."""
    limit = cap()
    recent = recent_alerts(limit)
    if limit is None or len(recent) < limit.most:
        return ()
    had = (
        select(Delivery.mailbox)
        .where(Delivery.mailing_id.in_(recent), Delivery.state.not_in(NOT_HAD))
        .group_by(Delivery.mailbox)
        .having(func.count() >= limit.most)
        .subquery()
    )
    return (~exists().where(had.c.mailbox == Supporter.mailbox),)


def cap() -> Cap | None:
    """How many alerts one mailbox gets in how many days at most, as it is set; None: no limit."""
    limit: Cap | None = current_app.extensions["campaigner"].mail_cap
    return limit


def recent_alerts(limit: Cap | None) -> Sequence[int]:
    """The mailings of alerts that left within the days of the cap; none without a cap."""
    if limit is None:
        return []
    since = clock.now() - timedelta(days=limit.days)
    query = select(Mailing.id).where(Mailing.kind.is_(None), Mailing.started_at >= since)
    return db.session.scalars(query.order_by(Mailing.id)).all()


def glimpses(call: Call, *, number: int = 10) -> list[Glimpse]:
    """So many of those who get it, drawn anew each time: an initial, a town or country, a language."""
    _steady()
    mine = _grade(call).cast(Integer).in_([NAMELESS, NAMED])
    drawn = (
        select(Reach.supporter_id)
        .where(and_(terms.of(call.rule, sender=call.sender), mine))
        .order_by(func.random())
        .limit(number)
    )
    people = db.session.scalars(select(Supporter).where(Supporter.id.in_(drawn.subquery().select())))
    return [Glimpse(each.first_name.strip()[:1].upper(), _place(each), each.language) for each in people]


def _place(person: Supporter) -> str:
    return places.town(person.country, person.postcode, i18n.language()) or i18n.country(person.country)
