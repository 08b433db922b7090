"""Reads about campaigns: the page of one, the cards of all, and what is open to the public.

Every text is given in the best language there is for the reader, and says which one that is, so
that a page can mark a foreign text as foreign.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from campaigner.campaigns import life, photos
from campaigner.campaigns.life import best as _best
from campaigner.campaigns.models import OVER, Campaign, CampaignText, Report, Target, Update
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.i18n import country
from campaigner.core.i18n import gettext as _
from campaigner.organisations.models import Organisation

# What a visitor may see; the rest answers as if it were not there.
PUBLIC_STATES = ("open", "paused", "won", "handed_over", "closed")
SOFT_HYPHEN = "\u00ad"

Counts = Callable[[list[int]], dict[int, int]]
_sources: list[Counts] = []


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news as a reader gets it. `original`: the language it was written in, when that can be read too."""

    number: int
    language: str
    title: str
    body: str  # Markdown
    author: str
    published_at: datetime
    original: str | None = None
    photo: photos.Shown | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One campaign as its public page tells it, with the words in `text_language`."""

    campaign: Campaign
    text: CampaignText
    text_language: str
    languages: tuple[str, ...]
    updates: tuple[News, ...]
    partner: Organisation | None
    target: Target | None
    lead: Organisation
    kind: str
    life: life.Life

    @property
    def title(self) -> str:
        """The title for places that show no soft hyphens: the browser's tab, a share, an e-mail's subject."""
        return self.text.title.replace(SOFT_HYPHEN, "")

    @property
    def has_heading(self) -> bool:
        """True when the story opens with a heading of its own, such as a line somebody said."""
        return self.text.story.lstrip().startswith("## ")


@dataclass(frozen=True, slots=True)
class Card:
    """A campaign in a list."""

    id: int
    slug: str
    title: str
    summary: str
    text_language: str
    pillar: str
    art: str
    country: str | None
    place_label: str | None
    count: int
    goal: int
    kind: str
    state: str
    is_example: bool
    closed_at: datetime | None

    @property
    def percent(self) -> float:
        """How full the bar is, 0 to 100."""
        return min(100.0, 100 * self.count / self.goal)


def count_with(source: Counts) -> None:
    """Have confirmed acts counted by `source` (campaign ids to counts). Joined once, in `rooms.join`.

    Campaigns stand below actions and may not ask them; without a source every count is zero.
    """
    _sources[:] = [source]


def counts(campaign_ids: list[int]) -> dict[int, int]:
    """Confirmed acts by campaign id; a campaign without any may be missing."""
    return _sources[0](campaign_ids) if _sources else {}


def page(slug: str, language: str, *, hidden: bool = False) -> Page | None:
    """The page of a campaign, in `language` when it has that, else in its source language, else in any.

    None when there is no such campaign, when nothing of it is published, or when it is not public
    yet; `hidden` shows those to staff all the same.
    """
    campaign = db.session.scalars(_whole().where(Campaign.slug == slug)).unique().one_or_none()
    if campaign is None or (campaign.state not in PUBLIC_STATES and not hidden):
        return None
    texts = {text.language: text for text in campaign.texts if text.state == "published" or hidden}
    if not texts:
        return None
    chosen = _best(texts, language, campaign.source_language)
    return Page(
        campaign=campaign,
        text=texts[chosen],
        text_language=chosen,
        languages=tuple(sorted(texts)),
        updates=tuple(updates(campaign, language)),
        partner=None if campaign.safety_mode else campaign.partner,  # no page names whom it could harm
        target=campaign.targets[0] if campaign.targets else None,
        lead=campaign.lead,
        kind=_kind(campaign),
        life=life.of(campaign, texts[chosen], language),
    )


def updates(campaign: Campaign, language: str) -> list[News]:
    """The news of a campaign, latest first: each piece once, in the best language it is published in.

    In safety mode the author is only "our partner" there: no name of anybody leaves this function.
    """
    rows = select(Update).where(
        Update.campaign_id == campaign.id, Update.state == "published", Update.published_at <= now()
    )
    pieces: dict[int, dict[str, Update]] = {}
    for row in db.session.scalars(rows.order_by(Update.published_at.desc(), Update.number.desc())):
        pieces.setdefault(row.number, {})[row.language] = row
    pictures = photos.shown(campaign, language) if pieces else {}
    return [_news(versions, language, campaign, pictures.get(number)) for number, versions in pieces.items()]


def _news(versions: Mapping[str, Update], language: str, campaign: Campaign, photo: photos.Shown | None) -> News:
    row = versions[_best(versions, language, campaign.source_language)]
    original = next((code for code, version in versions.items() if version.is_original), None)
    assert row.published_at is not None  # the table says so of what is published
    return News(
        row.number, row.language, row.title, row.body, _speaker(campaign) or row.author, row.published_at,
        original if original != row.language else None, photo,
    )  # fmt: skip


def _speaker(campaign: Campaign) -> str:
    """Who speaks where naming them is not safe; nothing elsewhere."""
    if not campaign.safety_mode:
        return ""
    place = campaign.place_label or country(campaign.country)
    return str(_("Our partner in %(place)s", place=place) if place else _("Our partner"))


def cards(language: str, *, counted: Mapping[int, int] | None = None) -> list[Card]:
    """Every public campaign, the open ones first and the newest of those before the older.

    `counted` are confirmed acts by campaign id, when the caller has them already.
    """
    rows = db.session.scalars(
        select(Campaign)
        .where(Campaign.state.in_(PUBLIC_STATES))
        .options(selectinload(Campaign.texts), selectinload(Campaign.asks))
        .order_by(Campaign.opened_at.desc().nulls_last(), Campaign.id)
    ).all()
    numbers = counts([row.id for row in rows]) if counted is None else counted
    found = [card for row in rows if (card := _card(row, language, count=numbers.get(row.id, 0)))]
    return sorted(found, key=lambda card: PUBLIC_STATES.index(card.state))


def archive(cards_: Iterable[Card], language: str) -> list[tuple[Card, Report | None]]:
    """The campaigns that are over, the latest to end first, each with what came of it when that is told."""
    over = [card for card in cards_ if card.state in OVER]
    rows = db.session.scalars(select(Campaign).where(Campaign.id.in_([card.id for card in over])))
    told = life.reports(rows, language) if over else {}
    over.sort(key=lambda card: (card.closed_at is not None, card.closed_at), reverse=True)
    return [(card, told.get(card.id)) for card in over]


def goal(slug: str) -> tuple[int, int] | None:
    """The id and the goal of a public campaign, None when there is none of that slug."""
    row = db.session.execute(
        select(Campaign.id, Campaign.goal).where(Campaign.slug == slug, Campaign.state.in_(PUBLIC_STATES))
    ).one_or_none()
    return (row.id, row.goal) if row else None


def _whole() -> Select[Campaign]:
    return select(Campaign).options(
        joinedload(Campaign.partner),
        joinedload(Campaign.lead),
        selectinload(Campaign.texts),
        selectinload(Campaign.asks),
        selectinload(Campaign.targets),
    )


def _card(campaign: Campaign, language: str, *, count: int) -> Card | None:
    """A campaign as a card, None when none of its texts is published."""
    texts = {text.language: text for text in campaign.texts if text.state == "published"}
    if not texts:
        return None
    chosen = _best(texts, language, campaign.source_language)
    return Card(
        id=campaign.id,
        slug=campaign.slug,
        title=texts[chosen].title,
        summary=texts[chosen].summary,
        text_language=chosen,
        pillar=campaign.pillar,
        art=campaign.art,
        country=campaign.country,
        place_label=campaign.place_label,
        count=count,
        goal=campaign.goal,
        kind=_kind(campaign),
        state=campaign.state,
        is_example=campaign.is_example,
        closed_at=campaign.closed_at,
    )


def _kind(campaign: Campaign) -> str:
    return campaign.asks[0].kind if campaign.asks else "petition"
