"""Reads of acts and their counts. No page view ever aggregates acts: it reads tallies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from campaigner.actions.models import Action, Journal, JournalEntry, Tally
from campaigner.campaigns.models import Ask
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
    """Confirmed acts per campaign, as counted."""
    rows = db.session.execute(
        select(Ask.campaign_id, func.sum(Tally.confirmed))
        .join(Tally, Tally.ask_id == Ask.id)
        .where(Ask.campaign_id.in_(campaign_ids))
        .group_by(Ask.campaign_id)
    )
    return dict.fromkeys(campaign_ids, 0) | {campaign_id: int(total) for campaign_id, total in rows}


def count(campaign_id: int) -> int:
    """Confirmed acts on one campaign, as counted."""
    return counts([campaign_id])[campaign_id]


def paper(campaign_id: int) -> int:
    """How many of a campaign's confirmed acts came in on paper."""
    query = select(func.coalesce(func.sum(Tally.paper), 0)).join(Ask, Ask.id == Tally.ask_id)
    return int(db.session.execute(query.where(Ask.campaign_id == campaign_id)).scalar_one())


def count_now(campaign_id: int) -> int:
    """The same, with what has been entered and not counted yet: what the person who just confirmed sees."""
    entered = select(func.coalesce(func.sum(JournalEntry.change), 0)).join(Ask, Ask.id == JournalEntry.ask_id)
    with db.session.no_autoflush:
        waiting = db.session.execute(entered.where(Ask.campaign_id == campaign_id)).scalar_one()
    return count(campaign_id) + int(waiting)


def signers(campaign_id: int, *, limit: int = 10) -> list[Signer]:
    """The latest people who said that this campaign's page may show their first name and town."""
    rows = db.session.execute(
        select(Supporter, Action.confirmed_at)
        .join(Action, Action.supporter_id == Supporter.id)
        .join(Ask, Ask.id == Action.ask_id)
        .where(Ask.campaign_id == campaign_id, Action.state == "confirmed", Action.public)
        .order_by(Action.confirmed_at.desc())
        .limit(limit)
    )
    return [Signer(who.first_name, places.town(who.country, who.postcode, language()), when) for who, when in rows]


def yes_to(action_id: int, *, submission: str) -> list[str]:
    """What a form said yes to beside the signature itself, in the words that were read; only what is not proven yet."""
    asked = [row for row in supporters.pending(action_id, submission=submission) if row.value and row.purpose != "sign"]
    return [db.session.get_one(ConsentText, row.text_id).body for row in asked]


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
            .where(Ask.campaign_id.in_(campaign_ids), Action.state == "unconfirmed")
            .group_by(Ask.campaign_id)
        ).all()
    )
    first = today() - timedelta(days=6)
    days: dict[int, dict[object, int]] = {}
    for campaign_id, day, total in db.session.execute(
        select(Ask.campaign_id, Journal.day, func.sum(Journal.confirmed))
        .join(Journal, Journal.ask_id == Ask.id)
        .where(Ask.campaign_id.in_(campaign_ids), Journal.day >= first)
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
