"""Photos with news, and their files."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.campaigns.models import UPDATE_STATES
from campaigner.core.clock import now
from campaigner.core.db import Model

FACES = ("none", "hidden", "agreed")  # in a photo: nobody, nobody who can be known, or all of them agreed


class Photo(Model):
    """The photo with a piece of news: checked apart from its words, and shown only beside words that are published."""

    __tablename__ = "campaign_photo"
    __table_args__ = (
        CheckConstraint(f"state IN {UPDATE_STATES}", name="state"),
        CheckConstraint(f"faces IN {FACES}", name="faces"),
        CheckConstraint("state IN ('draft', 'withdrawn') OR faces IS NOT NULL", name="looked_at"),
        CheckConstraint("approved_by <> checked_by", name="two_people"),
        UniqueConstraint("campaign_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    number: Mapped[int]  # of the update
    key: Mapped[str] = mapped_column(unique=True)  # random: its address, another with each photo
    alt: Mapped[dict[str, str]] = mapped_column(JSONB)  # language -> what it shows, for who cannot see it
    credit: Mapped[str] = mapped_column(default="")
    faces: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="draft")
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    files: Mapped[list["PhotoFile"]] = relationship(order_by="PhotoFile.width", cascade="all, delete-orphan")


class PhotoFile(Model):
    """A photo at one size, made anew from its pixels: nothing that the camera wrote beside them is in it."""

    __tablename__ = "campaign_photo_file"

    photo_id: Mapped[int] = mapped_column(ForeignKey("campaign_photo.id", ondelete="CASCADE"), primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True)
    height: Mapped[int]
    webp: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
