"""How a campaign ends: the count stands still, and the page tells what came of it and stays.

What a campaign became can change afterwards, from closed to handed over to won; its count never does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from campaigner.campaigns import turns
from campaigner.campaigns.models import OVER, Campaign, Report
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff import service as staff

_counts: list[Callable[[int], int]] = []


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a campaign, in one language. `story` is Markdown."""

    result: str
    story: str
    thanks: str


def count_with(source: Callable[[int], int]) -> None:
    """Have the last count of a campaign told by `source`, from its id. Joined once, in `rooms.join`."""
    _counts[:] = [source]


def conclude(campaign: Campaign, *, outcome: str, by: int | None) -> None:
    """End a campaign as closed, handed over or won, or change which of them it is.

    Raises Conflict when it has not been open, DomainError for another outcome.
    """
    if outcome not in OVER:
        raise DomainError(_l("Choose one."))
    turns.take(campaign)
    if campaign.state == outcome or campaign.state not in ("open", "paused", *OVER):
        raise Conflict(_l("The campaign is no longer in that state. Look at its page again."))
    if campaign.state not in OVER:
        campaign.closed_at = now()
        campaign.final_count = _counts[0](campaign.id) if _counts else 0
    campaign.state = outcome
    _record(campaign, f"campaign {outcome.replace('_', ' ')}", by=by, count=campaign.final_count)


def tell(campaign: Campaign, *, language: str, told: Told, shown: bool, by: int) -> Report:
    """Write what came of a campaign in a language; `shown` puts it on the page once the campaign is over.

    Raises DomainError when something that is not complete would be shown.
    """
    if language not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    if shown and not (told.result and told.story):
        raise DomainError(_l("This text is not complete yet, so it cannot be shown."))
    turns.take(campaign)
    row = db.session.get(Report, (campaign.id, language))
    if row is None:
        row = Report(campaign_id=campaign.id, language=language)
        db.session.add(row)
    row.result, row.story, row.thanks = told.result, told.story, told.thanks
    row.shown_at = (row.shown_at or now()) if shown else None
    db.session.flush()
    _record(campaign, "report written", by=by, language=language, shown=shown)
    return row


def reports(campaign_id: int) -> dict[str, Report]:
    """What was written of how a campaign ended, by language, shown or not."""
    rows = db.session.scalars(select(Report).where(Report.campaign_id == campaign_id))
    return {row.language: row for row in rows}


def _record(campaign: Campaign, what: str, *, by: int | None, **detail: object) -> None:
    staff.record(account_id=by, what=what, about=f"campaign:{campaign.id}", detail=detail)
