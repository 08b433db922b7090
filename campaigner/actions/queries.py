"""Reads of acts and their counts. No page view ever aggregates acts: it reads tallies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from campaigner.actions.models import Action, Journal, JournalEntry, Tally
from campaigner.campaigns import service as campaigns
from campaigner.campaigns.models import Ask, Campaign
from campaigner.core import places
from campaigner.core.clock import midnight, now, today
from campaigner.core.db import db
from campaigner.core.i18n import language
from campaigner.supporters import queries as supporters
from campaigner.supporters.models import Consent, ConsentText, Permission, Supporter


@dataclass(frozen=True, slots=True)
class Signer:
    """Someone who wants to be seen: first name and town, nothing else."""

    first_name: str
    place: str
    confirmed_at: datetime | None

    @property
    def just_now(self) -> bool:
        """True within the hour after confirming."""
        return self.confirmed_at is not None and now() - self.confirmed_at < timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Stats:
    """What staff see of a campaign at a glance. `week` is confirmed acts per day, oldest first, today last."""

    confirmed: int
    waiting: int
    week: tuple[int, ...]


def counts(campaign_ids: list[int]) -> dict[int, int]:
    """Confirmed acts per campaign, as counted: on its first ask, which its goal is about.

    Whoever signs and then writes is one signature: the other asks are never added to it. Of a campaign
    that is over it is the number with which it ended.
    """
    number = func.coalesce(Campaign.final_count, Tally.confirmed, 0)
    rows = select(Ask.campaign_id, number).join(Campaign, Campaign.id == Ask.campaign_id).outerjoin(Tally)
    return dict.fromkeys(campaign_ids, 0) | dict(db.session.execute(rows.where(_first(campaign_ids))).all())


def count(campaign_id: int) -> int:
    """Confirmed acts on the first ask of one campaign, as counted."""
    return counts([campaign_id])[campaign_id]


def counts_by_kind(campaign_id: int) -> dict[str, int]:
    """Confirmed acts on each ask of a campaign, as counted, by the kind of ask."""
    rows = select(Ask.kind, func.coalesce(Tally.confirmed, 0)).outerjoin(Tally)
    return dict(db.session.execute(rows.where(Ask.campaign_id == campaign_id)).all())


def paper(campaign_id: int) -> int:
    """How many confirmed acts on a campaign's first ask came in on paper."""
    return db.session.scalar(select(Tally.paper).join(Ask).where(_first([campaign_id]))) or 0


def count_now(ask_id: int) -> int:
    """Confirmed acts on an ask, with what has been entered and not counted yet: what who just confirmed sees."""
    entered = select(func.coalesce(func.sum(JournalEntry.change), 0)).where(JournalEntry.ask_id == ask_id)
    with db.session.no_autoflush:
        waiting = db.session.execute(entered).scalar_one()
    return (db.session.scalar(select(Tally.confirmed).filter_by(ask_id=ask_id)) or 0) + int(waiting)


def last_count(campaign_id: int) -> int:
    """The count with which a campaign ends: in one statement, so that the counter cannot come in between."""
    entered = select(func.sum(JournalEntry.change)).where(JournalEntry.ask_id == Ask.id).scalar_subquery()
    number = func.coalesce(Tally.confirmed, 0) + func.coalesce(entered, 0)
    return int(db.session.scalar(select(number).select_from(Ask).outerjoin(Tally).where(_first([campaign_id]))) or 0)


def brought(organisation_id: int) -> dict[int, int]:
    """Confirmed acts that came through an organisation, by campaign: on its first ask, as the journal counted them."""
    campaign = select(Ask.campaign_id, func.sum(Journal.confirmed)).join(Journal, Journal.ask_id == Ask.id)
    first = select(func.min(Ask.id)).group_by(Ask.campaign_id)
    rows = campaign.where(Journal.organisation_id == organisation_id, Ask.id.in_(first)).group_by(Ask.campaign_id)
    return {int(campaign_id): int(number) for campaign_id, number in db.session.execute(rows)}


def next_ask(campaign_id: int, done: set[str]) -> Ask | None:
    """What somebody who did `done` (kinds of ask) on this campaign can do next; None when it is over or all is done."""
    rows = select(Ask).join(Campaign).where(Ask.campaign_id == campaign_id, Campaign.state == "open")
    offered = rows.where(Ask.kind.in_(campaigns.offered()), Ask.kind.not_in(done))
    return db.session.scalar(offered.order_by(Ask.id).limit(1))


def done(action: Action) -> set[str]:
    """The kinds of ask of this act's campaign that its person confirmed. Only for whoever holds a mailed link."""
    theirs = select(Ask.kind).join(Action).where(
        Action.supporter_id == action.supporter_id, Action.state == "confirmed",
        Ask.campaign_id == action.ask.campaign_id,
    )  # fmt: skip
    return set(db.session.scalars(theirs))


def kind_of(action_id: int) -> str | None:
    """The kind of ask that an act is on; None for one that is gone."""
    return db.session.scalar(select(Ask.kind).join(Action).where(Action.id == action_id))


def _first(campaign_ids: list[int]) -> ColumnElement[bool]:
    """The first ask of each of these campaigns."""
    return Ask.id.in_(select(func.min(Ask.id)).where(Ask.campaign_id.in_(campaign_ids)).group_by(Ask.campaign_id))


def signers(campaign_id: int, *, limit: int = 10) -> list[Signer]:
    """The latest people who said that this campaign's page may show their first name and town."""
    rows = db.session.execute(
        select(Supporter, Action.confirmed_at)
        .join(Action, Action.supporter_id == Supporter.id)
        .join(Ask, Ask.id == Action.ask_id)
        .where(_first([campaign_id]), Action.state == "confirmed", Action.public)
        .order_by(Action.confirmed_at.desc())
        .limit(limit)
    )
    return [Signer(who.first_name, places.town(who.country, who.postcode, language()), when) for who, when in rows]


def yes_to(action_id: int, *, submission: str) -> list[str]:
    """What a form said yes to beside the signature itself, in the words that were read; only what is not proven yet."""
    asked = [row for row in supporters.pending(action_id, submission=submission) if row.value and row.purpose != "sign"]
    return [db.session.get_one(ConsentText, row.text_id).body for row in asked]


def extras(action_id: int, *, submission: str) -> set[str]:
    """The purposes beside the signature itself that a form said yes to and that are not proven yet."""
    asked = supporters.pending(action_id, submission=submission)
    return {row.purpose for row in asked if row.value and row.purpose != "sign"}


def is_pending(action_id: int, *, submission: str) -> bool:
    """True while the mailbox has not stood by every answer of that form."""
    return bool(supporters.pending(action_id, submission=submission))


def choices(action: Action) -> dict[str, bool | None]:
    """What this act's person answered, as it stands: public, mail_host, mail_local."""
    host_id = action.ask.campaign.lead_id
    rows = db.session.scalars(select(Permission).where(Permission.supporter_id == action.supporter_id))
    stands = {(row.organisation_id, row.purpose): row.value for row in rows}
    local_id = action.placement.organisation_id if action.placement else None
    return {
        "public": action.public or None,
        "mail_host": stands.get((host_id, "mail")),
        "mail_local": stands.get((local_id, "mail")) if local_id not in (None, host_id) else None,
    }


def stats(campaign_ids: list[int]) -> dict[int, Stats]:
    """Confirmed, waiting and the last seven days, per campaign, for staff."""
    confirmed = counts(campaign_ids)
    waiting = dict(
        db.session.execute(
            select(Ask.campaign_id, func.count())
            .join(Action, Action.ask_id == Ask.id)
            .where(_first(campaign_ids), Action.state == "unconfirmed")
            .group_by(Ask.campaign_id)
        ).all()
    )
    first = today() - timedelta(days=6)
    days: dict[int, dict[object, int]] = {}
    for campaign_id, day, total in db.session.execute(
        select(Ask.campaign_id, Journal.day, func.sum(Journal.confirmed))
        .join(Journal, Journal.ask_id == Ask.id)
        .where(_first(campaign_ids), Journal.day >= first)
        .group_by(Ask.campaign_id, Journal.day)
    ):
        days.setdefault(campaign_id, {})[day] = int(total)
    return {
        each: Stats(
            confirmed[each], waiting.get(each, 0),
            tuple(days.get(each, {}).get(first + timedelta(days=n), 0) for n in range(7)),
        )
        for each in campaign_ids
    }  # fmt: skip


def placed(placement_ids: list[int]) -> dict[int, int]:
    """Confirmed acts through each of these placements."""
    rows = db.session.execute(
        select(Action.placement_id, func.count())
        .where(Action.placement_id.in_(placement_ids), Action.state == "confirmed")
        .group_by(Action.placement_id)
    )
    return {int(placement_id): number for placement_id, number in rows if placement_id is not None}


def today_numbers() -> dict[str, int]:
    """For the staff's day page: confirmed today, waiting, and of today's how many said yes to mail."""
    since = midnight()
    confirmed = select(func.count()).where(Action.state == "confirmed", Action.confirmed_at >= since)
    waiting = select(func.count()).where(Action.state == "unconfirmed")
    yes = select(func.count(func.distinct(Consent.supporter_id))).where(
        Consent.purpose == "mail", Consent.value, Consent.verified, Consent.created_at >= since
    )
    confirmed_today, waiting_now, said_yes = (
        db.session.execute(query).scalar_one() for query in (confirmed, waiting, yes)
    )
    return {"confirmed": confirmed_today, "waiting": waiting_now, "yes": said_yes}
