"""A rule as a question to the database: each condition becomes one expression about a row of `reach`.

Nothing here is text of a user: numbers, days and words go in as bound values.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    any_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array

from campaigner.actions.models import Action
from campaigner.alerts import rule as rules
from campaigner.alerts.reach import CHANNEL_BITS, Reach
from campaigner.campaigns.models import Ask
from campaigner.core import clock, places
from campaigner.core.db import db

Test = ColumnElement[bool]


def of(node: rules.Node, *, sender: int) -> Test:
    """The rule as one expression about `Reach`, for a sender (an organisation's id). Never NULL."""
    match node:
        case rules.All(parts):
            return and_(true(), *(of(part, sender=sender) for part in parts))
        case rules.Any_(parts):
            return or_(false(), *(of(part, sender=sender) for part in parts))
        case rules.Not(part):
            return not_(of(part, sender=sender))
    return _condition(node, sender)


def _condition(condition: rules.Condition, sender: int) -> Test:
    today = clock.today()
    match condition:
        case rules.Acted():
            return _acted(condition)
        case rules.Speaks(code):
            return Reach.language == code
        case rules.OfLocal(organisation):
            return or_(holds(Reach.locals, organisation), holds(Reach.yes, organisation))
        case rules.Lives(province):
            return or_(false(), *(Reach.post.between(low, high) for low, high in places.postcodes(province)))
        case rules.SaidYes(organisation):
            return holds(Reach.yes, organisation)
        case rules.YesAge(more, most):
            said = func.array_position(Reach.yes, literal(sender, BigInteger))
            on = Reach.yes_on[said]
            if more is not None:
                return _known(on < today - timedelta(days=more))
            assert most is not None
            return _known(on >= today - timedelta(days=most))
        case rules.Came(channel, placement):
            if channel is not None:
                return Reach.channels.bitwise_and(CHANNEL_BITS[channel]) != 0
            through = select(Action.supporter_id).where(Action.placement_id == placement, Action.state == "confirmed")
            return Reach.supporter_id.in_(through)
        case rules.Active(acts, None):
            return Reach.acts >= acts
        case rules.Active(acts, days):
            assert days is not None
            return _known(Reach.acted_on[acts] >= today - timedelta(days=days))
        case rules.FirstAct(since, until):
            return _known(_within(Reach.first_act, since, until))
        case rules.Tagged(tag):
            return _known(literal(tag) == any_(Reach.tags))
        case rules.Mailed(days):
            return Reach.mailed_at >= clock.now() - timedelta(days=days)
    raise rules.BadRule  # pragma: no cover - every kind stands above


def holds(column: Any, organisation: int) -> Test:
    """The array of a row holds that id; a row without an array does not."""
    return _known(literal(organisation, BigInteger) == any_(column))


def _known(test: Test) -> Test:
    """What is not known does not hold: a NULL under a "not" would lose people."""
    return func.coalesce(test, false())


def _within(column: Any, since: date | None, until: date | None) -> Test:
    return and_(column >= since if since else true(), column <= until if until else true())


def _acted(acted: rules.Acted) -> Test:
    if acted.campaign is None and acted.ask is None:
        return _acted_at_all(acted.since, acted.until)
    if acted.ask is not None:
        asks = [acted.ask]
    else:
        asks = list(db.session.scalars(select(Ask.id).where(Ask.campaign_id == acted.campaign).order_by(Ask.id)))
    if acted.since or acted.until:
        return or_(false(), *(_on(ask, acted.since, acted.until) for ask in asks))
    if len(asks) == 1:
        return holds(Reach.asks, asks[0])
    return _known(Reach.asks.overlap(array([literal(each, BigInteger) for each in asks]))) if asks else false()


def _on(ask: int, since: date | None, until: date | None) -> Test:
    day = Reach.acted_on[func.array_position(Reach.asks, literal(ask, BigInteger))]
    return _known(_within(day, since, until))


def _acted_at_all(since: date | None, until: date | None) -> Test:
    """One limit is answered by the first or the last act alone; two need a look at each."""
    if since is None and until is None:
        return Reach.acts > 0
    if until is None:
        return _known(Reach.last_act >= since)
    if since is None:
        return _known(Reach.first_act <= until)
    day = func.unnest(Reach.acted_on).column_valued("day")
    between = exists(select(day).where(day.between(since, until)))
    return and_(_known(Reach.last_act >= since), _known(Reach.first_act <= until), between)
