"""Campaigns and what hangs on them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.core.clock import now
from campaigner.core.db import Model
from campaigner.organisations.models import Organisation

PILLARS = ("work", "health")
STATES = ("draft", "scheduled", "open", "paused", "closed", "won", "handed_over")
TEXT_STATES = ("draft", "reviewed", "published")
ASKS = ("petition", "letter", "solidarity")
PLACES = ("page", "link", "widget", "poster", "sheet", "event")
OVER = ("closed", "won", "handed_over")  # the page stays, and takes no acts
# draft: being written. waiting: checked by one person, a second one must agree. published: shown from its moment on.
# withdrawn: taken off the page in a hurry.
UPDATE_STATES = ("draft", "waiting", "published", "withdrawn")
DEMAND_STATES = ("asked", "promised", "won")
ITEM_STATES = ("not_yet", "promised", "done")
ROUTES = ("chamber", "flemish_parliament", "eci")
BATCH_KINDS = ("paper", "online")
EVENT_KINDS = ("event", "handover")


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
    final_count: Mapped[int | None]  # confirmed acts when it ended; from then on the number on the page

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
    """Who must decide: the face that pages show. Where it gets its mail is kept in the room of the letters."""

    __tablename__ = "target"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(default="")
    organisation: Mapped[str] = mapped_column(default="", server_default="")
    country: Mapped[str | None]
    province: Mapped[str | None]  # whom it stands for: a region as core.places names it
    language: Mapped[str | None]


class Update(Model):
    """News from the struggle in one language, by the partner or by staff.

    Each language is checked and published by itself: a translation can name somebody whom the original does not.
    """

    __tablename__ = "campaign_update"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number", "language"),
        CheckConstraint(f"state IN {UPDATE_STATES}", name="state"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_when"),
        CheckConstraint("approved_by <> checked_by", name="two_people"),
        Index(
            "uq_campaign_update_original", "campaign_id", "number", unique=True, postgresql_where=text("is_original")
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]  # the same news in several languages shares its number
    language: Mapped[str]
    is_original: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    title: Mapped[str]
    body: Mapped[str]  # Markdown
    author: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft", server_default=text("'published'"))
    published_at: Mapped[datetime | None]  # from when it is shown: in the future, it is under embargo
    written_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checks: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))  # what was ticked
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checked_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None]


class Event(Model):
    """Something to come to, or a hand-over that is planned. Told in the campaign's language and perhaps others."""

    __tablename__ = "campaign_event"
    __table_args__ = (
        CheckConstraint(f"kind IN {EVENT_KINDS}", name="kind"),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(default="")
    words: Mapped[dict[str, str]] = mapped_column(JSONB)  # language -> one line
    changed_at: Mapped[datetime] = mapped_column(default=now)
    cancelled_at: Mapped[datetime | None]


class Report(Model):
    """What came of a campaign that is over, in one language. Shown once `shown_at` is set."""

    __tablename__ = "campaign_report"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str]  # one line
    story: Mapped[str]  # Markdown
    thanks: Mapped[str] = mapped_column(default="")
    shown_at: Mapped[datetime | None]


class Milestone(Model):
    """A day that counted: the thousandth signature, a hearing, an answer."""

    __tablename__ = "campaign_milestone"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    words: Mapped[dict[str, str]] = mapped_column(JSONB)  # language -> one line


class DemandState(Model):
    """How far a demand is, known by its words in the source language: once they change, it is asked anew."""

    __tablename__ = "campaign_demand"
    __table_args__ = (CheckConstraint(f"state IN {DEMAND_STATES}", name="state"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    changed_on: Mapped[date]


class Tracker(Model):
    """A list of who must move, with how far each of them is: 16 of 193 states."""

    __tablename__ = "campaign_tracker"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[dict[str, str]] = mapped_column(JSONB)  # language -> what those counted have done
    as_of: Mapped[date]

    items: Mapped[list["TrackerItem"]] = relationship(order_by="TrackerItem.position", cascade="all, delete-orphan")


class TrackerItem(Model):
    """One of those who must move: a name, or the two letters of a country, which pages write in their language."""

    __tablename__ = "campaign_tracker_item"
    __table_args__ = (CheckConstraint(f"state IN {ITEM_STATES}", name="state"), UniqueConstraint("campaign_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign_tracker.campaign_id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="not_yet")


class OfficialPetition(Model):
    """A petition that a parliament or the European Union collects itself. We link to it and tell its counts."""

    __tablename__ = "official_petition"
    __table_args__ = (CheckConstraint(f"route IN {ROUTES}", name="route"), UniqueConstraint("campaign_id", "route"))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    route: Mapped[str]
    url: Mapped[str]  # on the official site
    closes_on: Mapped[date | None]

    batches: Mapped[list["OfficialBatch"]] = relationship(
        order_by="OfficialBatch.day.desc(), OfficialBatch.id.desc()", cascade="all, delete-orphan"
    )


class OfficialBatch(Model):
    """A count for one region: sheets that were handed in, or what the official site showed on a day. Never a name."""

    __tablename__ = "official_batch"
    __table_args__ = (CheckConstraint(f"kind IN {BATCH_KINDS}", name="kind"), CheckConstraint("count > 0", name="some"))

    id: Mapped[int] = mapped_column(primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("official_petition.id", ondelete="CASCADE"), index=True)
    region: Mapped[str]
    kind: Mapped[str]
    count: Mapped[int]
    day: Mapped[date]
    source: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


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
    closed_at: Mapped[datetime | None]  # it takes no acts and shows no page: not approved yet, or given up

    campaign: Mapped[Campaign] = relationship()
    organisation: Mapped[Organisation] = relationship()


class CoalitionMember(Model):
    """An organisation that carries a campaign together with the lead, with its own question, places, counts and people.

    Its places are closed until the lead has approved its page, and again from the day it left. What people
    said to it stays theirs: nothing in the consent ledger hangs on this row.
    """

    __tablename__ = "coalition_member"
    __table_args__ = (
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved"),
        CheckConstraint("left_at IS NULL OR approved_at IS NULL", name="left"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    words: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)  # language -> its question, where not the usual
    invited_by: Mapped[int | None]
    invited_at: Mapped[datetime] = mapped_column(default=now)
    ready_at: Mapped[datetime | None]  # when it asked the lead to look at its page
    approved_by: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()

    @property
    def state(self) -> str:
        """Where it stands: "left", "open", "waiting" for the lead, or "invited"."""
        if self.left_at is not None:
            return "left"
        if self.approved_at is not None:
            return "open"
        return "waiting" if self.ready_at is not None else "invited"


class SharePicture(Model):
    """What messengers show of a campaign in a language, as drawn last. One row each, so the table stays small."""

    __tablename__ = "share_picture"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]  # a hash of everything in the picture
    png: Mapped[bytes] = mapped_column(LargeBinary)
    drawn_at: Mapped[datetime] = mapped_column(default=now)
