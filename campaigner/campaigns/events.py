"""Days to come: something to join, or a hand-over that is planned. On the page until they are past, and in calendars.

One that does not go on is called off, not taken away: whoever has it in their calendar hears of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from campaigner.campaigns import turns
from campaigner.campaigns.models import EVENT_KINDS, Campaign, Event
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import service as staff

LASTS = timedelta(hours=3)  # one without an end
AT_MOST = 200  # of one campaign


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to say of an event."""

    kind: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    words: dict[str, str]


def add(campaign: Campaign, *, plan: Plan, by: int | None) -> Event:
    """Plan something. Raises DomainError for what is past, ends before it begins or has no words."""
    turns.take(campaign)
    held = select(func.count()).where(Event.campaign_id == campaign.id)
    if db.session.execute(held).scalar_one() >= AT_MOST:
        raise Conflict(_l("A campaign has at most %(n)s dates.", n=AT_MOST))
    row = Event(campaign_id=campaign.id)
    _put(campaign, row, plan)
    db.session.add(row)
    db.session.flush()
    _record(row, "date planned", by=by, at=plan.starts_at.isoformat())
    return row


def change(campaign: Campaign, row: Event, *, plan: Plan, by: int) -> None:
    """Say it otherwise; calendars that follow us take it over. Raises as `add`."""
    _put(campaign, row, plan)
    row.changed_at = now()
    _record(row, "date changed", by=by, at=plan.starts_at.isoformat())


def call_off(row: Event, *, by: int) -> None:
    """It does not go on; pressing again lets it go on after all."""
    row.cancelled_at = None if row.cancelled_at else now()
    row.changed_at = now()
    _record(row, "date called off" if row.cancelled_at else "date goes on", by=by)


def remove(row: Event, *, by: int) -> None:
    """Take it away, as if it was never there."""
    _record(row, "date removed", by=by)
    db.session.delete(row)
    db.session.flush()


def of_campaign(campaign_id: int, event_id: int) -> Event:
    """A date of this campaign. Raises NotFound."""
    row = db.session.get(Event, event_id)
    if row is None or row.campaign_id != campaign_id:
        raise NotFound(_l("This date is no longer here."))
    return row


def all_of(campaign_ids: Iterable[int]) -> list[Event]:
    """Every date of these campaigns, the earliest first."""
    rows = select(Event).where(Event.campaign_id.in_(list(campaign_ids)))
    return list(db.session.scalars(rows.order_by(Event.starts_at, Event.id)))


def coming(campaign: Campaign) -> list[Event]:
    """The dates that are not past, the earliest first."""
    return [row for row in all_of([campaign.id]) if ends(row) > now()]


def ends(row: Event) -> datetime:
    """When it is over."""
    return row.ends_at or row.starts_at + LASTS


def _put(campaign: Campaign, row: Event, plan: Plan) -> None:
    words = {code: line for code, line in plan.words.items() if line}
    if plan.kind not in EVENT_KINDS:
        raise DomainError(_l("Choose one."))
    if plan.starts_at < now():
        raise DomainError(_l("This moment is past. What has happened is a milestone."))
    if plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        raise DomainError(_l("It ends after it begins."))
    if campaign.source_language not in words:
        raise DomainError(_l("Fill in the line in the campaign’s own language."))
    row.kind, row.starts_at, row.ends_at, row.place, row.words = (
        plan.kind, plan.starts_at, plan.ends_at, plan.place, words,
    )  # fmt: skip


def _record(row: Event, what: str, *, by: int | None, **detail: object) -> None:
    about = {"event": row.id, **detail}
    staff.record(account_id=by, what=what, about=f"campaign:{row.campaign_id}", detail=about)
