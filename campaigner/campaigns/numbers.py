"""Campaigns with their live numbers, for staff: every campaign, drafts too.

Acts are counted in a higher room, which says here how (`count_with`, joined once in `rooms.join`);
without it every number is zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from campaigner.campaigns.models import Campaign, CampaignText, Placement
from campaigner.campaigns.queries import SOFT_HYPHEN
from campaigner.core.db import db

ORDER = ("open", "paused", "scheduled", "draft", "won", "handed_over", "closed")


class Stats(Protocol):
    """Confirmed acts, acts that wait for their confirmation, and confirmed acts on each of the last seven days."""

    @property
    def confirmed(self) -> int:
        """All confirmed acts."""

    @property
    def waiting(self) -> int:
        """Acts whose mail has not been answered yet."""

    @property
    def week(self) -> tuple[int, ...]:
        """Confirmed acts per day, the oldest day first, today last."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The numbers of a campaign on which nobody has acted."""

    confirmed: int = 0
    waiting: int = 0
    week: tuple[int, ...] = (0,) * 7


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign in the staff's list."""

    campaign: Campaign
    title: str
    stats: Stats

    @property
    def percent(self) -> float:
        """How full the bar is, 0 to 100."""
        return min(100.0, 100 * self.stats.confirmed / self.campaign.goal)


_stats: list[Callable[[list[int]], Mapping[int, Stats]]] = []
_placed: list[Callable[[list[int]], Mapping[int, int]]] = []


def count_with(
    *, stats: Callable[[list[int]], Mapping[int, Stats]], placed: Callable[[list[int]], Mapping[int, int]]
) -> None:
    """Have the numbers of campaigns told by `stats`, and the confirmed acts through placements by `placed`."""
    _stats[:], _placed[:] = [stats], [placed]


def stats_of(campaign_ids: list[int]) -> dict[int, Stats]:
    """The numbers of these campaigns."""
    known = _stats[0](campaign_ids) if _stats and campaign_ids else {}
    return {each: known.get(each, Nothing()) for each in campaign_ids}


def placed(placement_ids: list[int]) -> dict[int, int]:
    """Confirmed acts through these placements."""
    known = _placed[0](placement_ids) if _placed and placement_ids else {}
    return {each: known.get(each, 0) for each in placement_ids}


def rows(language: str, *, states: tuple[str, ...] = ORDER) -> list[Row]:
    """Campaigns in one of `states` with their numbers: the open ones first, the newest of each first."""
    found = list(
        db.session.scalars(
            select(Campaign)
            .where(Campaign.state.in_(states))
            .options(selectinload(Campaign.texts))
            .order_by(Campaign.created_at.desc(), Campaign.id.desc())
        )
    )
    stats = stats_of([campaign.id for campaign in found])
    listed = [Row(campaign, title(campaign, language), stats[campaign.id]) for campaign in found]
    return sorted(listed, key=lambda row: ORDER.index(row.campaign.state))


def title(campaign: Campaign, language: str) -> str:
    """What staff call a campaign: its title in their language, else in its own, without soft hyphens."""
    texts = {text.language: text for text in campaign.texts}
    text = texts.get(language) or texts.get(campaign.source_language) or next(iter(texts.values()), None)
    return text.title.replace(SOFT_HYPHEN, "") if text else campaign.slug


def text_in(campaign: Campaign, language: str) -> CampaignText | None:
    """The text of a campaign in a language, shown or not."""
    return next((text for text in campaign.texts if text.language == language), None)


def by_id(campaign_id: int) -> Campaign | None:
    """A campaign with everything on it."""
    return db.session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .options(selectinload(Campaign.texts), selectinload(Campaign.asks), selectinload(Campaign.targets))
    )


def placements(campaign_id: int) -> list[Placement]:
    """The places of a campaign, the newest first."""
    return list(
        db.session.scalars(
            select(Placement)
            .where(Placement.campaign_id == campaign_id)
            .options(joinedload(Placement.organisation))
            .order_by(Placement.id.desc())
        )
    )


def placement(campaign_id: int, placement_id: int) -> Placement | None:
    """A place of this campaign."""
    found = db.session.get(Placement, placement_id)
    return found if found is not None and found.campaign_id == campaign_id else None
