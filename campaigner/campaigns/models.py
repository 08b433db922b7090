"""Campaigns and what hangs on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.core.clock import now
from campaigner.core.db import Model
from campaigner.organisations.models import Organisation

PILLARS = ("work", "health")
STATES = ("draft", "scheduled", "open", "paused", "closed", "won", "handed_over")
TEXT_STATES = ("draft", "reviewed", "published")
ASKS = ("petition", "letter", "solidarity")
PLACES = ("page", "link", "widget", "poster", "sheet", "event")


class Campaign(Model):
    """A struggle with a goal. People act on it through its asks."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(f"pillar IN {PILLARS}", name="pillar"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("goal > 0", name="goal"),
        CheckConstraint("minimum_age BETWEEN 13 AND 99", name="minimum_age"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    pillar: Mapped[str]
    art: Mapped[str] = mapped_column(default="samen")
    country: Mapped[str | None]
    place_label: Mapped[str | None]  # shown instead of the country where naming it is unsafe
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(default="draft", index=True)
    source_language: Mapped[str] = mapped_column(default="nl")
    goal: Mapped[int]
    minimum_age: Mapped[int] = mapped_column(default=16)
    instrument_note: Mapped[str | None]
    safety_mode: Mapped[bool] = mapped_column(default=False)
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    partner: Mapped[Organisation | None] = relationship(foreign_keys=[partner_id])
    lead: Mapped[Organisation] = relationship(foreign_keys=[lead_id])
    texts: Mapped[list["CampaignText"]] = relationship(back_populates="campaign", cascade="all, delete-orphan")
    asks: Mapped[list["Ask"]] = relationship(back_populates="campaign", order_by="Ask.id", cascade="all, delete-orphan")
    targets: Mapped[list["Target"]] = relationship(order_by="Target.id", cascade="all, delete-orphan")


class CampaignText(Model):
    """What a campaign says in one language."""

    __tablename__ = "campaign_text"
    __table_args__ = (CheckConstraint(f"state IN {TEXT_STATES}", name="state"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    summary: Mapped[str]
    story: Mapped[str]  # Markdown
    demands: Mapped[list[str]] = mapped_column(default=list)
    share_text: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="published")
    source_version: Mapped[int] = mapped_column(default=1)

    campaign: Mapped[Campaign] = relationship(back_populates="texts")


class Ask(Model):
    """One thing people can do for a campaign."""

    __tablename__ = "ask"
    __table_args__ = (CheckConstraint(f"kind IN {ASKS}", name="kind"), UniqueConstraint("campaign_id", "kind"))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    kind: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)

    campaign: Mapped[Campaign] = relationship(back_populates="asks")


class Target(Model):
    """Who must decide. The address never leaves the server."""

    __tablename__ = "target"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(default="")
    country: Mapped[str | None]
    language: Mapped[str | None]


class Update(Model):
    """News from the struggle, in one language, by the partner or by staff."""

    __tablename__ = "campaign_update"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]  # the same news in several languages shares its number
    language: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]  # Markdown
    author: Mapped[str]
    published_at: Mapped[datetime]


class Placement(Model):
    """A place where a campaign is shown, under a random public key: attribution, allowed sites, language."""

    __tablename__ = "placement"
    __table_args__ = (CheckConstraint(f"kind IN {PLACES}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    sites: Mapped[list[str]] = mapped_column(default=list)  # origins: https://afdeling.example
    language: Mapped[str] = mapped_column(default="nl")
    created_at: Mapped[datetime] = mapped_column(default=now)

    campaign: Mapped[Campaign] = relationship()
    organisation: Mapped[Organisation] = relationship()
