"""Reads about charters: what one says in a language, and who stands under it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from campaigner.campaigns.life import best
from campaigner.campaigns.models import Campaign
from campaigner.charters.models import Charter, CharterText, CoSigner
from campaigner.core.db import db

LISTED_AT_MOST = 2000
BY = {"waiting": CoSigner.confirmed_at, "shown": CoSigner.name_key}


@dataclass(frozen=True, slots=True)
class Shown:
    """A charter as the public reads it. `names` are those it was read for: the latest few, or all by the alphabet."""

    text: CharterText
    languages: tuple[str, ...]
    total: int
    names: tuple[CoSigner, ...]
    takes: bool  # an organisation can sign now


def of(campaign_id: int) -> Charter | None:
    """The charter of a campaign, on its page or not."""
    return db.session.get(Charter, campaign_id)


def shown(campaign: Campaign, language: str, *, latest: int = 0) -> Shown | None:
    """The charter that is on a campaign's page; with `latest` only so many names. None when there is none to read."""
    charter = of(campaign.id)
    if charter is None or charter.opened_at is None or not charter.texts:
        return None
    texts = {text.language: text for text in charter.texts}
    rows = select(CoSigner).where(CoSigner.campaign_id == campaign.id, CoSigner.state == "shown")
    order = (CoSigner.decided_at.desc(), CoSigner.id.desc()) if latest else (CoSigner.name_key, CoSigner.id)
    names = db.session.scalars(rows.order_by(*order).limit(latest or LISTED_AT_MOST))
    return Shown(
        text=texts[best(texts, language, campaign.source_language)], languages=tuple(sorted(texts)),
        total=number(campaign.id, "shown"), names=tuple(names), takes=takes(charter),
    )  # fmt: skip


def takes(charter: Charter) -> bool:
    """True while organisations can sign: the charter is open, and so is its campaign."""
    return charter.opened_at is not None and charter.closed_at is None and charter.campaign.state == "open"


def number(campaign_id: int, state: str) -> int:
    """How many organisations are in that state."""
    rows = select(func.count()).where(CoSigner.campaign_id == campaign_id, CoSigner.state == state)
    return db.session.execute(rows).scalar_one()


def in_state(campaign_id: int, state: str) -> list[CoSigner]:
    """The organisations in that state: by the alphabet where they are shown, else whoever waits longest first."""
    rows = select(CoSigner).where(CoSigner.campaign_id == campaign_id, CoSigner.state == state)
    order: Any = BY.get(state, CoSigner.created_at)
    return list(db.session.scalars(rows.order_by(order, CoSigner.id).limit(LISTED_AT_MOST)))


def namesakes(signer: CoSigner) -> bool:
    """True when an organisation of that name stands under the charter already."""
    rows = select(CoSigner.id).filter_by(campaign_id=signer.campaign_id, name_key=signer.name_key, state="shown")
    return db.session.scalar(rows.where(CoSigner.id != signer.id).limit(1)) is not None


def waiting() -> list[tuple[int, int]]:
    """Where organisations wait for staff: the id of the campaign, and how many."""
    rows = select(CoSigner.campaign_id, func.count()).where(CoSigner.state == "waiting").group_by(CoSigner.campaign_id)
    return [
        (int(campaign_id), number) for campaign_id, number in db.session.execute(rows.order_by(func.count().desc()))
    ]


def listed(campaign_id: int) -> Iterator[CoSigner]:
    """Every organisation under the charter by the alphabet, a few at a time."""
    rows = select(CoSigner).where(CoSigner.campaign_id == campaign_id, CoSigner.state == "shown")
    yield from db.session.scalars(rows.order_by(CoSigner.name_key, CoSigner.id).execution_options(yield_per=200))
