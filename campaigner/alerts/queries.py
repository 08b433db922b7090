"""Reads of alerts: the list, the audience as the freeze takes it, and the sum that staff see.

The audience and its sum are built from the same rule (`people`), so the page cannot promise other
people than the ledger will hold.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from campaigner.alerts import people
from campaigner.alerts import rule as rules
from campaigner.alerts.models import Alert
from campaigner.campaigns.models import Campaign, CampaignText
from campaigner.core.db import db
from campaigner.outbox.models import DeliveryCount, DeliveryEntry, Mailing


@dataclass(frozen=True, slots=True)
class Audience:
    """The subtraction on the page: `acted` minus the six lines below it is `total`, always."""

    acted: int  # match the rule; in alerts from before rules: acted on the campaign
    other_language: int
    no_consent: int
    suppressed: int
    shared: int
    total: int
    nameless: int  # among `total`: mailboxes where somebody reads the fallback
    dead: int = 0
    capped: int = 0

    def as_json(self) -> dict[str, int]:
        """The numbers for the alert's row."""
        return asdict(self)


def get(alert_id: int) -> Alert | None:
    """The alert with its campaign, sender and mailing."""
    return db.session.scalar(select(Alert).where(Alert.id == alert_id).options(*_around()))


def latest(limit: int = 100) -> list[Alert]:
    """The newest alerts first."""
    return list(db.session.scalars(select(Alert).options(*_around()).order_by(Alert.id.desc()).limit(limit)))


def _around() -> list[Any]:
    return [joinedload(Alert.campaign), joinedload(Alert.organisation), joinedload(Alert.mailing),
            joinedload(Alert.plan), joinedload(Alert.trial)]  # fmt: skip


def campaigns() -> list[tuple[int, str, str]]:
    """Campaigns that people can have acted on: (id, title in its own language, state), newest first."""
    rows = db.session.execute(
        select(Campaign.id, CampaignText.title, Campaign.state)
        .join(CampaignText, CampaignText.campaign_id == Campaign.id)
        .where(Campaign.state != "draft", CampaignText.language == Campaign.source_language)
        .order_by(Campaign.id.desc())
    )
    return [(id_, title.replace("\u00ad", ""), state) for id_, title, state in rows]


def titles() -> dict[int, str]:
    """Campaign id -> its title in the language it was written in."""
    return {id_: title for id_, title, _state in campaigns()}


def campaign_text(campaign_id: int, *, language: str) -> CampaignText | None:
    """What the campaign says in that language, else in the language it was written in."""
    return db.session.scalar(
        select(CampaignText)
        .join(Campaign)
        .where(CampaignText.campaign_id == campaign_id, CampaignText.language.in_([language, Campaign.source_language]))
        .order_by((CampaignText.language == language).desc())
        .limit(1)
    )


def title_of(alert: Alert) -> str:
    """What the campaign of an alert is called, for a page of staff."""
    text = campaign_text(alert.campaign_id, language=alert.language)
    return text.title.replace("\u00ad", "") if text else alert.campaign.slug


def call_of(alert: Alert, *, languages: Sequence[str] | None = None) -> people.Call:
    """What an alert asks: its rule (one from before rules: acted on its campaign), its sender.

    `languages`: as if it were written in these.
    """
    rule = rules.default(campaign=alert.campaign_id) if alert.rule is None else rules.read(alert.rule)
    return people.Call(
        rule, alert.organisation_id, tuple(languages or alert.languages), alert.language, tuple(alert.skips)
    )


def audience(alert: Alert, *, languages: Sequence[str] | None = None) -> Select[Any]:
    """The recipients, as `outbox.freeze` takes them: one row a mailbox, nobody who did not say yes."""
    return people.chosen(call_of(alert, languages=languages))


def audience_sum(alert: Alert) -> Audience:
    """How many match the rule, who falls away and why, and how many get the alert: counted now, in one pass."""
    return Audience(**people.add_up(call_of(alert)))


def uncertain() -> list[tuple[int, int]]:
    """Alerts (id, how many) with outcomes that somebody still has to decide about, the newest first."""
    each = _unknown(DeliveryCount).union_all(_unknown(DeliveryEntry)).subquery()
    number = func.sum(each.c.number)
    rows = db.session.execute(
        select(Alert.id, number)
        .join(Mailing, Mailing.id == Alert.mailing_id)
        .join(each, each.c.mailing_id == Mailing.id)
        .where(Mailing.unknown_policy == "hold")
        .group_by(Alert.id)
        .having(number > 0)
        .order_by(Alert.id.desc())
    )
    return [(id_, int(count)) for id_, count in rows]


def _unknown(numbers: type[DeliveryCount] | type[DeliveryEntry]) -> Select[int, int]:
    return select(numbers.mailing_id, numbers.number).where(numbers.state == "unknown")


def paused() -> list[int]:
    """Alerts whose send is held, the newest first."""
    query = select(Alert.id).join(Mailing, Mailing.id == Alert.mailing_id).where(Mailing.state == "paused")
    return list(db.session.scalars(query.order_by(Alert.id.desc())))
