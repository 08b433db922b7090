"""Reads of messages: what the public may see, one rule for wall, digest and booklet; and the staff's piles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from campaigner.actions.models import Action, Submission
from campaigner.campaigns.models import Ask, Campaign
from campaigner.campaigns.numbers import title
from campaigner.core import places
from campaigner.core.db import db
from campaigner.core.i18n import country, language
from campaigner.outbox.models import Delivery, Mailing
from campaigner.solidarity import languages
from campaigner.solidarity.models import STATES, Issue, PartnerLine, SolidarityMessage
from campaigner.supporters.models import Supporter

WALL_PAGE = 24
DESK_PAGE = 30
DIGEST = "solidarity.digest"


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as anybody may read it. `name` only with that consent, and never in safety mode."""

    text: str
    language: str
    name: str
    place: str
    shown_at: datetime | None

    @property
    def direction(self) -> str | None:
        """ "rtl" for a language that is written from right to left."""
        return languages.direction(self.language)


@dataclass(frozen=True, slots=True)
class Wall:
    """A page of the wall. `languages` counts what is on the wall in each, the most first."""

    messages: list[Shown]
    total: int
    languages: dict[str, int]
    chosen: str | None
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A message on a moderator's desk, with the signature that the wall shows under it."""

    message: SolidarityMessage
    title: str
    name: str
    place: str


def wall(campaign: Campaign, *, chosen: str | None = None, page: int = 1, per_page: int = WALL_PAGE) -> Wall:
    """A page of what hangs on a campaign's wall, the latest first; `chosen` keeps one language."""
    there: dict[str, int] = dict(db.session.execute(_counted(campaign.id)).all())
    chosen = chosen if chosen in there else None
    number = there[chosen] if chosen else sum(there.values())
    pages = max(1, -(-number // per_page))
    page = min(max(1, page), pages)
    rows = _public(campaign.id).order_by(SolidarityMessage.moderated_at.desc(), SolidarityMessage.action_id.desc())
    if chosen:
        rows = rows.where(SolidarityMessage.language == chosen)
    found = db.session.execute(rows.limit(per_page).offset((page - 1) * per_page)).all()
    return Wall(
        _as_shown(found, safe=campaign.safety_mode), sum(there.values()),
        dict(sorted(there.items(), key=lambda pair: -pair[1])), chosen, page, pages,
    )  # fmt: skip


def everything(campaign: Campaign, *, at_most: int) -> list[Shown]:
    """What hangs on the wall, the oldest first, as a booklet reads; of a very long wall the latest."""
    rows = _public(campaign.id).order_by(SolidarityMessage.moderated_at.desc(), SolidarityMessage.action_id.desc())
    return _as_shown(db.session.execute(rows.limit(at_most)).all(), safe=campaign.safety_mode)[::-1]


def fresh(campaign: Campaign) -> list[tuple[int, Shown]]:
    """What hangs on the wall and has not been mailed to the partner, with the ids of the acts."""
    rows = _public(campaign.id).where(SolidarityMessage.issue_id.is_(None))
    found = db.session.execute(rows.order_by(SolidarityMessage.moderated_at, SolidarityMessage.action_id)).all()
    shown = _as_shown(found, safe=campaign.safety_mode)
    return list(zip((row[0].action_id for row in found), shown, strict=True))


def _public(campaign_id: int) -> Select[SolidarityMessage, bool, str | None, str, str, str]:
    """The one rule of what the public may see: confirmed, shown by a moderator, not taken back."""
    return (
        select(SolidarityMessage, Action.public, Action.region, Supporter.first_name, Supporter.country,
               Supporter.postcode)
        .join(Action, Action.id == SolidarityMessage.action_id)
        .join(Supporter, Supporter.id == Action.supporter_id)
        .where(
            SolidarityMessage.campaign_id == campaign_id, SolidarityMessage.state == "shown",
            Action.state == "confirmed",
        )
    )  # fmt: skip


def _counted(campaign_id: int) -> Select[str, int]:
    public = _public(campaign_id).with_only_columns(SolidarityMessage.language, func.count())
    return public.group_by(SolidarityMessage.language)


def _as_shown(rows: Iterable[Any], *, safe: bool) -> list[Shown]:
    return [
        Shown(row[0].text, row[0].language, *_signature(row, safe=safe), shown_at=row[0].moderated_at) for row in rows
    ]


def _signature(row: Any, *, safe: bool) -> tuple[str, str]:
    """Who stands under it: first name and town with consent, else where from, as coarse as the counts are."""
    where = places.region_name(row.region, language()) or country(row.region)
    if safe or not row.public:
        return "", where
    return row.first_name, places.town(row.country, row.postcode, language()) or where


def pile(state: str, *, campaign_id: int | None = None, page: int = 1) -> list[Judged]:
    """A page of a pile, and one more when there is more: what waits the oldest first, the rest the latest first."""
    columns = (Action.public, Action.region, Supporter.first_name, Supporter.country, Supporter.postcode)
    rows = (
        select(SolidarityMessage, *columns)
        .join(Action, Action.id == SolidarityMessage.action_id)
        .join(Supporter, Supporter.id == Action.supporter_id)
        .options(joinedload(SolidarityMessage.campaign).selectinload(Campaign.texts))
        .where(SolidarityMessage.state == state, Action.state == "confirmed")
    )
    if campaign_id:
        rows = rows.where(SolidarityMessage.campaign_id == campaign_id)
    if state == "waiting":
        rows = rows.order_by(SolidarityMessage.created_at, SolidarityMessage.action_id)
    else:
        rows = rows.order_by(SolidarityMessage.moderated_at.desc(), SolidarityMessage.action_id.desc())
    found = db.session.execute(rows.limit(DESK_PAGE + 1).offset((page - 1) * DESK_PAGE)).all()
    return [
        Judged(row[0], title(row[0].campaign, language()), *_signature(row, safe=row[0].campaign.safety_mode))
        for row in found
    ]


def piles(campaign_id: int | None = None) -> dict[str, int]:
    """How many messages are in each state."""
    rows = select(SolidarityMessage.state, func.count()).join(Action).where(Action.state == "confirmed")
    if campaign_id:
        rows = rows.where(SolidarityMessage.campaign_id == campaign_id)
    counted = db.session.execute(rows.group_by(SolidarityMessage.state))
    return dict.fromkeys(STATES, 0) | dict(counted.all())


def campaigns() -> list[tuple[Campaign, str, PartnerLine | None]]:
    """The campaigns that ask for messages, with their title and how messages reach their partner."""
    rows = (
        select(Campaign, PartnerLine)
        .join(Ask, Ask.campaign_id == Campaign.id)
        .outerjoin(PartnerLine, PartnerLine.campaign_id == Campaign.id)
        .where(Ask.kind == "solidarity")
        .options(joinedload(Campaign.partner), joinedload(Campaign.texts))
        .order_by(Campaign.id.desc())
    )
    return [(campaign, title(campaign, language()), line) for campaign, line in db.session.execute(rows).unique()]


def shown_by_campaign() -> dict[int, int]:
    """How many messages hang on each wall."""
    rows = select(SolidarityMessage.campaign_id, func.count()).join(Action)
    shown = rows.where(SolidarityMessage.state == "shown", Action.state == "confirmed")
    return dict(db.session.execute(shown.group_by(SolidarityMessage.campaign_id)).all())


def line(campaign_id: int) -> PartnerLine | None:
    """How messages of a campaign reach its partner, when somebody has said so."""
    return db.session.get(PartnerLine, campaign_id)


def asks_for_messages(campaign: Campaign) -> bool:
    """True for a campaign with a wall."""
    return any(ask.kind == "solidarity" for ask in campaign.asks)


def form_of(action_id: int, submission: str) -> Submission | None:
    """What a form said, when it is still there."""
    return db.session.get(Submission, (action_id, submission))


def cause(issue: Issue) -> str:
    """What the outbox knows the mail of an issue by."""
    return f"{issue.id}."


def has_left(issue: Issue) -> bool:
    """Whether the mail of an issue was offered to a mail server."""
    state = db.session.scalar(
        select(Delivery.state).join(Mailing).where(Mailing.kind == DIGEST, Delivery.recipient == cause(issue))
    )
    return state not in ("ready", "claimed", "deferred")


def thinned(*, since: datetime) -> list[Issue]:
    """Issues put since then whose copy still holds the words of somebody who is no longer on the wall."""
    there = (
        select(func.count())
        .select_from(SolidarityMessage)
        .join(Action, Action.id == SolidarityMessage.action_id)
        .where(SolidarityMessage.issue_id == Issue.id, SolidarityMessage.state == "shown", Action.state == "confirmed")
        .scalar_subquery()
    )
    rows = select(Issue).where(Issue.blanked_at.is_(None), Issue.put_at > since, Issue.messages != there)
    return list(db.session.scalars(rows))
