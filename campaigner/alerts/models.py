"""Alerts: one message to the people who acted on a campaign and said yes to mails, in one language."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.campaigns.models import Campaign
from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from campaigner.core.db import Model
from campaigner.organisations.models import Organisation
from campaigner.outbox.models import Mailing

SUBJECT_MAX = 200
PREHEADER_MAX = 200
BODY_MAX = 20_000
BUTTON_MAX = 60


class Alert(Model):
    """What staff write. It is a draft until it has a mailing; from then on the ledger tells its state."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint(f"language IN {LANGUAGES}", name="language"),
        CheckConstraint("(mailing_id IS NULL) = (sent_at IS NULL)", name="sent_with_a_mailing"),
        CheckConstraint("mailing_id IS NULL OR (subject <> '' AND body <> '')", name="sent_with_words"),
        CheckConstraint(f"char_length(subject) <= {SUBJECT_MAX}", name="subject_length"),
        CheckConstraint("subject !~ '[\\r\\n]' AND preheader !~ '[\\r\\n]'", name="one_line"),
        CheckConstraint(f"char_length(body) <= {BODY_MAX}", name="body_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))  # the sender: whose consent it needs
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    preheader: Mapped[str] = mapped_column(default="")  # the first line a mailbox shows beside the subject
    body: Mapped[str] = mapped_column(default="")  # Markdown with {{slots}}
    button_label: Mapped[str] = mapped_column(default="")
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"), unique=True)
    rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # who gets it: alerts.rule
    audience_seen: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))  # when the rule was chosen
    audience_then: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))  # the sum at the freeze
    created_by: Mapped[int]  # the account
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    tested_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship()
    organisation: Mapped[Organisation] = relationship()
    mailing: Mapped[Mailing | None] = relationship()

    @property
    def languages(self) -> list[str]:
        """The languages it is written in, the first one first."""
        return [self.language]

    @property
    def skips(self) -> list[str]:
        """The languages whose speakers get nothing."""
        return []

    @property
    def state(self) -> str:
        """draft, or what the mailing says: sending, paused, done, cancelled."""
        return self.mailing.state if self.mailing else "draft"
