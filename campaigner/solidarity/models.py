"""Solidarity messages, and what goes to the partner."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.actions.models import Action
from campaigner.campaigns.models import Campaign
from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

STATES = ("waiting", "shown", "hidden")
REASONS = ("insult", "danger", "personal", "advertising", "elsewhere", "other")
RHYTHMS = ("off", "daily", "weekly")


class SolidarityMessage(Model):
    """What one person says to the workers. It exists once their mailbox confirmed it, and goes with their act.

    The text stays ciphertext also when it is on the wall: hidden and waiting ones are in the same
    column, and whoever takes theirs back has not left it readable in an old dump.
    """

    __tablename__ = "solidarity_message"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"reason IN {REASONS}", name="reason"),
        CheckConstraint("(state = 'hidden') = (reason IS NOT NULL)", name="hidden_why"),
        CheckConstraint("(state = 'waiting') = (moderated_at IS NULL)", name="moderated"),
        Index("ix_solidarity_message_wall", "campaign_id", "moderated_at", postgresql_where=text("state = 'shown'")),
        Index("ix_solidarity_message_pile", "state", "created_at"),
    )

    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Encrypted("solidarity.text"))
    language: Mapped[str]  # guessed from the text; a moderator may know better
    submission: Mapped[str]  # the form that said it
    version: Mapped[int] = mapped_column(default=1)  # another with each text: what a moderator read is what they judge
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(Encrypted("solidarity.note"))  # the why, in a moderator's words
    moderated_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    moderated_at: Mapped[datetime | None]
    written_at: Mapped[datetime]  # when its form was sent
    created_at: Mapped[datetime] = mapped_column(default=now)  # when it began to wait
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("solidarity_issue.id"), index=True)

    action: Mapped[Action] = relationship()
    campaign: Mapped[Campaign] = relationship()


class PartnerLine(Model):
    """How the messages of a campaign reach its partner. The address never leaves the server."""

    __tablename__ = "solidarity_line"
    __table_args__ = (
        CheckConstraint(f"rhythm IN {RHYTHMS}", name="rhythm"),
        CheckConstraint("rhythm = 'off' OR address IS NOT NULL", name="addressed"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    rhythm: Mapped[str] = mapped_column(default="off")
    address: Mapped[str | None] = mapped_column(Encrypted("email"))
    language: Mapped[str] = mapped_column(default="en")
    edition: Mapped[int] = mapped_column(default=1)  # of the booklet's link: a new one ends those before it
    sent_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # of the last digest, as the outbox said it: "suppressed" is an address that is dead

    campaign: Mapped[Campaign] = relationship()


class Issue(Model):
    """One digest mail: which messages were in it is in their rows, how many there were is here."""

    __tablename__ = "solidarity_issue"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    messages: Mapped[int]
    put_at: Mapped[datetime] = mapped_column(default=now)
    blanked_at: Mapped[datetime | None]  # our copy of the mail was emptied: somebody in it is no longer on the wall
