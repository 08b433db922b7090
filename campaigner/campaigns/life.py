"""What a campaign's page tells of its life: milestones, how far each demand is, who moved, and what came of it.

Reads only; the verbs are in the module of each noun. Every line is given in the best language there is, and names it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from campaigner.campaigns import events, official
from campaigner.campaigns.models import (
    ITEM_STATES,
    OVER,
    Campaign,
    CampaignText,
    DemandState,
    Milestone,
    Report,
    Tracker,
)
from campaigner.core.db import db
from campaigner.core.i18n import country


@dataclass(frozen=True, slots=True)
class Day:
    """A milestone as a reader gets it."""

    day: date
    words: str
    language: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The tracker as a reader gets it: how many of all have moved, and everyone by state, those done first."""

    words: str
    language: str
    done: int
    total: int
    as_of: date
    groups: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Date:
    """Something planned as a reader gets it. `called_off`: it does not go on."""

    id: int
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    words: str
    language: str
    called_off: bool


@dataclass(frozen=True, slots=True)
class Life:
    """Everything on the page that changes as the struggle goes on. `demands` is one state for each demand, or empty."""

    report: Report | None
    milestones: tuple[Day, ...]
    demands: tuple[str, ...]
    tracker: Moved | None
    officials: tuple[official.Standing, ...]
    dates: tuple[Date, ...]


def best(versions: Iterable[str], language: str, source: str) -> str:
    """The language to show: the reader's, else the one it was written in, else the first by alphabet."""
    there = set(versions)
    return next((code for code in (language, source) if code in there), min(there))


def of(campaign: Campaign, text: CampaignText, language: str) -> Life:
    """The life of a campaign for the page that shows `text` to a reader of `language`."""
    return Life(
        report=report(campaign, language),
        milestones=milestones(campaign, language),
        demands=demands(campaign, text),
        tracker=tracker(campaign, language),
        officials=official.standings(campaign.id),
        dates=dates(campaign, language),
    )


def report(campaign: Campaign, language: str) -> Report | None:
    """What came of a campaign that is over; None before, or when nothing is told yet."""
    return reports([campaign], language).get(campaign.id)


def reports(campaigns: Iterable[Campaign], language: str) -> dict[int, Report]:
    """What came of each of these campaigns that is over, by its id."""
    over = {campaign.id: campaign for campaign in campaigns if campaign.state in OVER}
    if not over:
        return {}
    rows = select(Report).where(Report.campaign_id.in_(over), Report.shown_at.is_not(None))
    found: dict[int, dict[str, Report]] = {}
    for row in db.session.scalars(rows):
        found.setdefault(row.campaign_id, {})[row.language] = row
    return {
        campaign_id: versions[best(versions, language, over[campaign_id].source_language)]
        for campaign_id, versions in found.items()
    }


def milestones(campaign: Campaign, language: str) -> tuple[Day, ...]:
    """The days that counted, the earliest first."""
    rows = select(Milestone).where(Milestone.campaign_id == campaign.id).order_by(Milestone.day, Milestone.id)
    found = []
    for row in db.session.scalars(rows):
        code = best(row.words, language, campaign.source_language)
        found.append(Day(row.day, row.words[code], code))
    return tuple(found)


def dates(campaign: Campaign, language: str) -> tuple[Date, ...]:
    """What is planned and not past, the earliest first."""
    found = []
    for row in events.coming(campaign):
        code = best(row.words, language, campaign.source_language)
        found.append(
            Date(row.id, row.kind, row.starts_at, row.ends_at, row.place, row.words[code], code, bool(row.cancelled_at))
        )
    return tuple(found)


def demands(campaign: Campaign, text: CampaignText) -> tuple[str, ...]:
    """The state of each demand of this text; nothing while all are only asked, or when it may not match its source.

    A translation that is older than its source may hold its demands in another order: then no state is shown.
    """
    source = next((one for one in campaign.texts if one.language == campaign.source_language), None)
    if source is None or len(source.demands) != len(text.demands) or text.source_version < source.source_version:
        return ()
    rows = db.session.scalars(select(DemandState).where(DemandState.campaign_id == campaign.id))
    known = {row.words: row.state for row in rows}
    found = tuple(known.get(words, "asked") for words in source.demands)
    return found if any(state != "asked" for state in found) else ()


def tracker(campaign: Campaign, language: str) -> Moved | None:
    """The tracker, with countries by their names in the language in force; None when there is none."""
    row = db.session.get(Tracker, campaign.id, options=[selectinload(Tracker.items)])
    if row is None or not row.items:
        return None
    code = best(row.words, language, campaign.source_language)
    by_state = {
        state: tuple(sorted(country(each.name) for each in row.items if each.state == state))
        for state in reversed(ITEM_STATES)
    }
    groups = tuple((state, names) for state, names in by_state.items() if names)
    return Moved(row.words[code], code, len(by_state["done"]), len(row.items), row.as_of, groups)
