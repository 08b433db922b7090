"""What a partner leads and what a local carries: the campaigns on their pages, with the local's own counts.

Acts are counted in a higher room, which says here how (`count_with`, joined once in `rooms.join`).
A campaign in safety mode stands on no partner's page: the page of a campaign does not name its partner, so this may
not either. A partner with no other campaign has no page at all, and no name on any.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from campaigner.campaigns import queries
from campaigner.campaigns.models import Campaign, Placement
from campaigner.core.db import db
from campaigner.organisations.models import Organisation, Twinning

NEWS_SHOWN = 4

_brought: list[Callable[[int], dict[int, int]]] = []


@dataclass(frozen=True, slots=True)
class Carried:
    """A campaign on a local's page: how many it brought, and the key under which its acts are counted."""

    card: queries.Card
    brought: int
    key: str


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of a partner's news, with the campaign it is about."""

    card: queries.Card
    news: queries.News


def count_with(source: Callable[[int], dict[int, int]]) -> None:
    """Have the confirmed acts that an organisation brought told by `source`: its id to counts by campaign."""
    _brought[:] = [source]


def public(kind: str, slug: str) -> Organisation | None:
    """The partner or local with a page under this slug. None also for a partner that no page may name."""
    rows = select(Organisation).where(Organisation.slug == slug, Organisation.kind == kind)
    return db.session.scalar(rows.where(Organisation.id.not_in(_unnamed())))


def partners() -> list[Organisation]:
    """The partners that pages name, by name."""
    rows = select(Organisation).where(Organisation.kind == "partner", Organisation.id.not_in(_unnamed()))
    return list(db.session.scalars(rows.order_by(Organisation.name)))


def _unnamed() -> Select[int | None]:
    """Partners that lead campaigns in safety mode and no other that is public.

    Named on any page of ours, with their country, they could be guessed to be behind what names nobody.
    """
    theirs = select(Campaign.partner_id).where(Campaign.partner_id.is_not(None))
    seen = theirs.where(~Campaign.safety_mode, Campaign.state.in_(queries.PUBLIC_STATES))
    return theirs.where(Campaign.safety_mode, Campaign.partner_id.not_in(seen))


def of_partner(partner: Organisation, language: str) -> list[queries.Card]:
    """The public campaigns that this partner leads."""
    rows = select(Campaign.id).where(Campaign.partner_id == partner.id, ~Campaign.safety_mode)
    theirs = set(db.session.scalars(rows))
    return [card for card in queries.cards(language) if card.id in theirs] if theirs else []


def news(partner: Organisation, cards: list[queries.Card], language: str) -> list[Said]:
    """What this partner said last in its campaigns."""
    by_id = {card.id: card for card in cards}
    rows = db.session.scalars(select(Campaign).where(Campaign.id.in_(by_id)))
    found = [Said(by_id[row.id], piece) for row in rows for piece in queries.updates(row, language)]
    theirs = [said for said in found if said.news.author == partner.name]
    return sorted(theirs, key=lambda said: said.news.published_at, reverse=True)[:NEWS_SHOWN]


def of_local(local: Organisation, language: str) -> list[Carried]:
    """The public campaigns that this local carries, each once, with what it brought to them."""
    rows = select(Placement.campaign_id, Placement.key).where(
        Placement.organisation_id == local.id, Placement.closed_at.is_(None)
    )
    keys: dict[int, str] = dict(db.session.execute(rows.order_by(Placement.id)).all())
    if not keys:
        return []
    counts = _brought[0](local.id) if _brought else {}
    cards = [card for card in queries.cards(language) if card.id in keys]
    return [Carried(card, counts.get(card.id, 0), keys[card.id]) for card in cards]


def twins(*, local_id: int | None = None, partner_id: int | None = None) -> list[Twinning]:
    """Who is twinned with this local or this partner, as far as pages may name them, the oldest friendship first."""
    rows = select(Twinning).options(joinedload(Twinning.local), joinedload(Twinning.partner))
    rows = rows.where(Twinning.partner_id.not_in(_unnamed()))
    if local_id is not None:
        rows = rows.where(Twinning.local_id == local_id)
    if partner_id is not None:
        rows = rows.where(Twinning.partner_id == partner_id)
    return list(db.session.scalars(rows.order_by(Twinning.since.nulls_last(), Twinning.partner_id, Twinning.local_id)))


def paths() -> list[str]:
    """The pages of partners and locals that are no example, for the map of the site."""
    rows = select(Organisation.kind, Organisation.slug).where(
        Organisation.kind.in_(("partner", "local")), ~Organisation.is_example, Organisation.id.not_in(_unnamed())
    )
    return [f"{kind}s/{slug}" for kind, slug in db.session.execute(rows.order_by(Organisation.kind, Organisation.slug))]
