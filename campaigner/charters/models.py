"""A charter of a campaign, and the organisations that put their name under it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.campaigns.models import Campaign
from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

KINDS = ("local", "union", "mutual", "movement", "party", "public", "other")
# unconfirmed: its mail was not answered. waiting: staff look at it. shown: it stands under the charter.
STATES = ("unconfirmed", "waiting", "shown", "refused")
CHANNELS = ("web", "paper")


class Charter(Model):
    """A text that organisations co-sign. It is on the page from `opened_at` on, and takes names until `closed_at`."""

    __tablename__ = "charter"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship()
    texts: Mapped[list["CharterText"]] = relationship(
        order_by="CharterText.language", cascade="all, delete-orphan", lazy="selectin"
    )


class CharterText(Model):
    """What a charter says in one language."""

    __tablename__ = "charter_text"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("charter.campaign_id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]  # Markdown


class CoSigner(Model):
    """An organisation that signs. Its name is public once staff agreed; who signed for it never is."""

    __tablename__ = "co_signer"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint("(state IN ('shown', 'refused')) = (decided_at IS NOT NULL)", name="decided"),
        CheckConstraint("state = 'unconfirmed' OR confirmed_at IS NOT NULL", name="confirmed"),
        UniqueConstraint("campaign_id", "mailbox", "name_key"),
        Index(
            "uq_co_signer_shown", "campaign_id", "name_key", unique=True, postgresql_where=text("state = 'shown'")
        ),
        Index("ix_co_signer_state", "state", "created_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("charter.campaign_id", ondelete="CASCADE"))
    name: Mapped[str]
    name_key: Mapped[str]  # the name without capitals, accents and marks: the same organisation stands there once
    kind: Mapped[str]
    place: Mapped[str]
    country: Mapped[str]
    channel: Mapped[str] = mapped_column(default="web")
    state: Mapped[str] = mapped_column(default="unconfirmed")
    language: Mapped[str]
    contact: Mapped[str | None] = mapped_column(Encrypted("charter.contact"))  # who signed for it
    role: Mapped[str | None] = mapped_column(Encrypted("charter.role"))
    email: Mapped[str | None] = mapped_column(Encrypted("email"))
    mailbox: Mapped[bytes | None] = mapped_column(LargeBinary)  # fingerprint of the address
    reason: Mapped[str | None]  # why it was refused, as its contact read it
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    charter: Mapped[Charter] = relationship()
