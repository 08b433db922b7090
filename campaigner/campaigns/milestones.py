"""Verbs on what changes as the struggle goes on: milestones, how far a demand is, and who of many has moved."""

from datetime import date

from sqlalchemy import select

from campaigner.campaigns import turns
from campaigner.campaigns.models import (
    DEMAND_STATES,
    ITEM_STATES,
    Campaign,
    DemandState,
    Milestone,
    Tracker,
    TrackerItem,
)
from campaigner.core.clock import today
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import service as staff

ITEMS_AT_MOST = 300


def add(campaign: Campaign, *, day: date, words: dict[str, str], by: int) -> Milestone:
    """A day that counted, told in the campaign's own language and perhaps others. Raises DomainError."""
    if day > today():
        raise DomainError(_l("This day is still to come. A milestone has happened."))
    row = Milestone(campaign_id=campaign.id, day=day, words=_lines(campaign, words))
    db.session.add(row)
    db.session.flush()
    _record(campaign, "milestone added", by=by, milestone=row.id, day=day.isoformat())
    return row


def remove(campaign: Campaign, milestone_id: int, *, by: int) -> None:
    """Take a milestone away. Raises NotFound."""
    row = db.session.get(Milestone, milestone_id)
    if row is None or row.campaign_id != campaign.id:
        raise NotFound(_l("This milestone is no longer here."))
    _record(campaign, "milestone removed", by=by, milestone=row.id, words=row.words)
    db.session.delete(row)
    db.session.flush()


def judge(campaign: Campaign, states: dict[str, str], *, by: int) -> None:
    """Say of demands, by their words in the campaign's own language, whether they are asked, promised or won.

    Raises DomainError for another state, Conflict when a demand no longer has these words.
    """
    turns.take(campaign)
    source = next((text for text in campaign.texts if text.language == campaign.source_language), None)
    for words, state in states.items():
        if state not in DEMAND_STATES:
            raise DomainError(_l("Choose one."))
        if source is None or words not in source.demands:
            raise Conflict(_l("The demands were changed meanwhile. Look at them again."))
        row = db.session.get(DemandState, (campaign.id, words))
        if row is not None and row.state == state:
            continue
        if row is None and state == "asked":
            continue
        db.session.merge(DemandState(campaign_id=campaign.id, words=words, state=state, changed_on=today()))
        _record(campaign, "demand judged", by=by, demand=words, state=state)
    db.session.flush()


def track(campaign: Campaign, *, words: dict[str, str], names: dict[str, list[str]], as_of: date, by: int) -> None:
    """Write down who has moved: `names` by state. An empty list of names takes the tracker away.

    Raises DomainError when somebody stands in two lists, when there are too many, or for a day to come.
    """
    listed = [(name, state) for state in reversed(ITEM_STATES) for name in names.get(state, [])]
    twice = {name for name, _state in listed if [each for each, _other in listed].count(name) > 1}
    if len(listed) > ITEMS_AT_MOST:
        raise DomainError(_l("Use at most %(n)s names.", n=ITEMS_AT_MOST))
    if twice:
        raise DomainError(_l("%(name)s stands there twice.", name=min(twice)))
    if as_of > today():
        raise DomainError(_l("This day is still to come."))
    turns.take(campaign)
    before = db.session.get(Tracker, campaign.id)
    if before is not None:
        db.session.delete(before)
        db.session.flush()
    if listed:
        row = Tracker(campaign_id=campaign.id, words=_lines(campaign, words), as_of=as_of)
        row.items = [TrackerItem(position=at, name=name, state=state) for at, (name, state) in enumerate(listed)]
        db.session.add(row)
        db.session.flush()
    done = len(names.get("done", []))
    _record(campaign, "tracker written", by=by, done=done, total=len(listed))


def ids(campaign_id: int) -> list[int]:
    """The ids of a campaign's milestones, the earliest first: in the order of `life.milestones`."""
    rows = select(Milestone.id).where(Milestone.campaign_id == campaign_id)
    return list(db.session.scalars(rows.order_by(Milestone.day, Milestone.id)))


def state_of(campaign_id: int, words: str) -> str:
    """How far the demand with these words is."""
    row = db.session.get(DemandState, (campaign_id, words))
    return row.state if row is not None else "asked"


def _lines(campaign: Campaign, words: dict[str, str]) -> dict[str, str]:
    """What was filled in, per language. Raises DomainError when the campaign's own language is empty."""
    filled = {code: line for code, line in words.items() if line}
    if campaign.source_language not in filled:
        raise DomainError(_l("Fill in the line in the campaign’s own language."))
    return filled


def _record(campaign: Campaign, what: str, *, by: int, **detail: object) -> None:
    staff.record(account_id=by, what=what, about=f"campaign:{campaign.id}", detail=detail)
