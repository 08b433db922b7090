"""What a local brought, read from the journals: by day, channel, campaign and place; and the league table.

Counted is what the campaign counts: its first ask. Who signs and then writes is one person here too.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from campaigner.actions.models import Action, Journal, PlacementJournal
from campaigner.campaigns import coalitions
from campaigner.campaigns.models import Ask, Campaign, Placement
from campaigner.core.clock import today
from campaigner.core.db import db
from campaigner.core.i18n import LANGUAGES
from campaigner.organisations.models import Organisation, OrganisationParent
from campaigner.supporters import texts

DAYS = 42
LEAGUE = 20


@dataclass(frozen=True, slots=True)
class Rank:
    """A line of the league table."""

    place: int
    name: str
    number: int
    mine: bool


def by_day(organisation_id: int, *, days: int = DAYS) -> list[tuple[date, int]]:
    """Confirmed acts through an organisation on each of the last days, oldest first; days without any too."""
    first = today() - timedelta(days=days - 1)
    rows = _through(organisation_id, Journal.day).where(Journal.day >= first).group_by(Journal.day)
    found = {day: int(number) for day, number in db.session.execute(rows)}
    return [(day, found.get(day, 0)) for day in (first + timedelta(days=n) for n in range(days))]


def by_channel(organisation_id: int) -> dict[str, int]:
    """Confirmed acts through an organisation, by how they came."""
    rows = _through(organisation_id, Journal.channel).group_by(Journal.channel)
    return {channel: int(number) for channel, number in db.session.execute(rows) if number}


def total(organisation_id: int) -> int:
    """All confirmed acts through an organisation."""
    rows = select(func.coalesce(func.sum(Journal.confirmed), 0)).where(_mine(organisation_id))
    return int(db.session.execute(rows).scalar_one())


def by_placement(placement_ids: list[int]) -> dict[int, int]:
    """Confirmed acts through each of these places, as the journal counted them."""
    rows = select(PlacementJournal.placement_id, func.sum(PlacementJournal.confirmed)).where(
        PlacementJournal.placement_id.in_(placement_ids), PlacementJournal.ask_id.in_(_firsts())
    )
    counted = db.session.execute(rows.group_by(PlacementJournal.placement_id))
    return dict.fromkeys(placement_ids, 0) | {each: int(number) for each, number in counted}


def waiting(organisation_id: int) -> int:
    """Acts through an organisation that nobody confirmed yet."""
    rows = select(func.count()).select_from(Action).join(Placement, Placement.id == Action.placement_id)
    rows = rows.where(Placement.organisation_id == organisation_id, Action.state == "unconfirmed")
    return db.session.execute(rows.where(Action.ask_id.in_(_firsts()))).scalar_one()


def placements(organisation_id: int) -> list[Placement]:
    """The places of an organisation, the latest first."""
    rows = select(Placement).where(Placement.organisation_id == organisation_id)
    return list(db.session.scalars(rows.order_by(Placement.created_at.desc(), Placement.id.desc())))


def questions(campaign: Campaign) -> dict[int, dict[str, str]]:
    """What each member asks, in the languages of the campaign: its own words, else the usual ones."""
    spoken = [code for code in LANGUAGES if code in {text.language for text in campaign.texts}]
    return {
        each.organisation_id: {
            code: each.words.get(code) or texts.words("mail", code, organisation=each.organisation.name)
            for code in spoken
        }
        for each in coalitions.members(campaign.id)
    }


def league(organisation_id: int) -> list[Rank]:
    """The locals that brought most, with this one in it wherever it stands. Empty when the host has switched it off.

    A local that switched it off is in nobody's table, and sees none.
    """
    host = select(Organisation.in_league).where(Organisation.kind == "host")
    mine = db.session.get_one(Organisation, organisation_id)
    if not (db.session.scalar(host) and mine.in_league and mine.kind == "local"):
        return []
    number = func.sum(Journal.confirmed).label("number")
    counted = (
        select(Organisation.id, Organisation.name, number, func.rank().over(order_by=number.desc()).label("place"))
        .join(Journal, Journal.organisation_id == Organisation.id)
        .where(Organisation.kind == "local", Organisation.in_league, Journal.ask_id.in_(_firsts()))
        .group_by(Organisation.id)
        .subquery()
    )
    rows = select(counted).where((counted.c.place <= LEAGUE) | (counted.c.id == organisation_id))
    return [
        Rank(row.place, row.name, int(row.number), row.id == organisation_id)
        for row in db.session.execute(rows.order_by(counted.c.place, counted.c.name)) if row.number > 0
    ]  # fmt: skip


def parents(organisation_id: int) -> list[Organisation]:
    """Under whom a local stands."""
    rows = select(Organisation).join(OrganisationParent, OrganisationParent.parent_id == Organisation.id)
    return list(
        db.session.scalars(rows.where(OrganisationParent.child_id == organisation_id).order_by(Organisation.name))
    )


def children(organisation_id: int) -> list[tuple[str, int]]:
    """Name and total of each local under a centrale or gewest: numbers only, no list of people hangs on them."""
    child = aliased(OrganisationParent)
    sums = (
        select(Journal.organisation_id, func.sum(Journal.confirmed).label("number"))
        .where(Journal.ask_id.in_(_firsts())).group_by(Journal.organisation_id).subquery()
    )  # fmt: skip
    rows = (
        select(Organisation.name, func.coalesce(sums.c.number, 0))
        .join(child, child.child_id == Organisation.id)
        .outerjoin(sums, sums.c.organisation_id == Organisation.id)
        .where(child.parent_id == organisation_id)
        .order_by(func.coalesce(sums.c.number, 0).desc(), Organisation.name)
    )
    return [(name, int(number)) for name, number in db.session.execute(rows)]


def _through(organisation_id: int, by: Any) -> Any:
    return select(by, func.sum(Journal.confirmed)).where(_mine(organisation_id))


def _mine(organisation_id: int) -> ColumnElement[bool]:
    return (Journal.organisation_id == organisation_id) & Journal.ask_id.in_(_firsts())


def _firsts() -> Any:
    return select(func.min(Ask.id)).group_by(Ask.campaign_id)
