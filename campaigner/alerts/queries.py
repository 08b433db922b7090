"""Reads of alerts: the list, the audience as the freeze takes it, and the sum that staff see.

The audience and its sum are built from the same conditions, so the page cannot promise other
people than the ledger will hold.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, Text, and_, cast, distinct, exists, false, func, select, true
from sqlalchemy import type_coerce as coerce
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from campaigner.actions.models import Action
from campaigner.alerts.models import Alert
from campaigner.campaigns.models import Ask, Campaign, CampaignText
from campaigner.core.crypto import NONCE
from campaigner.core.db import db
from campaigner.outbox.models import DeliveryCount, DeliveryEntry, Mailing, Suppression
from campaigner.supporters.models import Permission, Supporter

TAG = 16  # bytes that AES-GCM adds to what it encrypts


@dataclass(frozen=True, slots=True)
class Audience:
    """The subtraction on the page: `acted` minus the four lines below it is `total`, always."""

    acted: int
    other_language: int
    no_consent: int
    suppressed: int
    shared: int
    total: int
    nameless: int  # among `total`: mailboxes where somebody reads the fallback

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
    return [joinedload(Alert.campaign), joinedload(Alert.organisation), joinedload(Alert.mailing)]


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


def audience(alert: Alert, *, languages: Sequence[str] | None = None) -> Select[Any]:
    """The recipients, as `outbox.freeze` takes them: one row a mailbox, nobody who did not say yes.

    Columns: recipient (supporter's id as text), mailbox, email, first name, language. They speak one of
    `languages`: those the alert is written in, unless others are asked for.
    """
    columns: tuple[Any, ...] = (
        cast(Supporter.id, Text).label("recipient"),
        Supporter.mailbox,
        Supporter.email,
        Supporter.first_name,
        Supporter.language,
        Supporter.provider,
    )
    return (
        select(*columns)
        .ext(distinct_on(Supporter.mailbox))
        .where(_acted(alert), _speaks(languages or alert.languages), _said_yes(alert), ~_suppressed(alert))
        .order_by(Supporter.mailbox, Supporter.id)
    )


def audience_sum(alert: Alert) -> Audience:
    """How many acted, who falls away and why, and how many get the alert: counted now, in one pass."""
    each = _everyone(alert).subquery()
    mine = and_(each.c.speaks, each.c.yes, ~each.c.shut)
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(~each.c.speaks),
            func.count().filter(each.c.speaks, ~each.c.yes),
            func.count().filter(each.c.speaks, each.c.yes, each.c.shut),
            func.count().filter(mine),
            func.count(distinct(each.c.mailbox)).filter(mine),
            func.count(distinct(each.c.mailbox)).filter(mine, each.c.nameless),
        )
    ).one()
    acted, other_language, no_consent, suppressed, reached, total, nameless = row
    return Audience(acted, other_language, no_consent, suppressed, reached - total, total, nameless)


def _everyone(alert: Alert) -> Select[Any]:
    """Everyone who acted, with the answers that decide. Joins, because the database hashes those once."""
    shut = select(Suppression.mailbox).where(_shut_for(alert)).distinct().subquery()
    columns: tuple[Any, ...] = (
        Supporter.mailbox,
        _speaks(alert.languages).label("speaks"),
        func.coalesce(Permission.value, false()).label("yes"),
        shut.c.mailbox.is_not(None).label("shut"),
        _nameless().label("nameless"),
    )
    return (
        select(*columns)
        .outerjoin(Permission, and_(Permission.supporter_id == Supporter.id, *_asked(alert)))
        .outerjoin(shut, shut.c.mailbox == Supporter.mailbox)
        .where(_acted(alert))
    )


def _nameless() -> ColumnElement[bool]:
    """Left no first name: known from the length of the ciphertext, nothing is decrypted."""
    name = coerce(Supporter.first_name, LargeBinary)
    nothing = func.get_byte(name, 0) + 1 + NONCE + TAG  # key name with its length, nonce, no text, tag
    return func.octet_length(name) <= nothing


def _acted(alert: Alert) -> ColumnElement[bool]:
    """Has a confirmed act on the campaign."""
    return exists().where(
        Action.supporter_id == Supporter.id,
        Action.state == "confirmed",
        Action.ask_id.in_(select(Ask.id).where(Ask.campaign_id == alert.campaign_id)),
    )


def _speaks(languages: Sequence[str]) -> ColumnElement[bool]:
    return Supporter.language.in_(languages)


def _said_yes(alert: Alert) -> ColumnElement[bool]:
    """Their latest verified answer to mails from this sender is yes."""
    return exists().where(Permission.supporter_id == Supporter.id, *_asked(alert), Permission.value == true())


def _asked(alert: Alert) -> tuple[ColumnElement[bool], ...]:
    """The question whether this sender may mail."""
    return Permission.organisation_id == alert.organisation_id, Permission.purpose == "mail"


def _suppressed(alert: Alert) -> ColumnElement[bool]:
    """Their mailbox is shut: for this sender, or for everybody (0)."""
    return exists().where(Suppression.mailbox == Supporter.mailbox, _shut_for(alert))


def _shut_for(alert: Alert) -> ColumnElement[bool]:
    return Suppression.organisation_id.in_([0, alert.organisation_id])


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
