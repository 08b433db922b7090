"""Alerts: one message, in as many languages as it is written in, to people who said yes to mails from its sender."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.campaigns.models import Campaign
from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from campaigner.core.db import Model
from campaigner.organisations.models import Organisation
from campaigner.outbox import slots
from campaigner.outbox.models import POLICIES, Mailing

SUBJECT_MAX = 200
PREHEADER_MAX = 200
BODY_MAX = 20_000
BUTTON_MAX = 60
SENDER_MAX = 60
WORDS = ("subject", "preheader", "body", "button_label")  # what is written anew in every language
ONE_LINE = "subject !~ '[\\r\\n]' AND preheader !~ '[\\r\\n]'"


class Alert(Model):
    """What staff write. It is a draft until it has a mailing; from then on the ledger tells its state."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint(f"language IN {LANGUAGES}", name="language"),
        CheckConstraint("(mailing_id IS NULL) = (sent_at IS NULL)", name="sent_with_a_mailing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    act: Mapped[str | None]  # the kind of ask its button leads to; None: the page of the campaign
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))  # the sender: whose consent it needs
    language: Mapped[str]  # the one it was written in first
    skips: Mapped[list[str]] = mapped_column(default=list)  # languages that get nothing
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
    texts: Mapped[list["AlertText"]] = relationship(
        order_by="AlertText.language", cascade="all, delete-orphan", lazy="selectin"
    )

    plan: Mapped["AlertPlan | None"] = relationship(viewonly=True)
    trial: Mapped["AlertTrial | None"] = relationship(viewonly=True)

    @property
    def state(self) -> str:
        """draft, scheduled, or what the mailing says: sending, paused, done, cancelled."""
        if self.mailing:
            return self.mailing.state
        return "scheduled" if self.plan is not None and self.plan.state == "waiting" else "draft"

    @property
    def languages(self) -> list[str]:
        """The languages it is written in, the first one first."""
        return sorted((text.language for text in self.texts), key=lambda code: (code != self.language, code))

    def text(self, language: str | None = None) -> "AlertText | None":
        """What it says in a language, or in the one it was written in first; None when there is nothing yet."""
        wanted = language or self.language
        return next((each for each in self.texts if each.language == wanted), None)

    @property
    def subject(self) -> str:
        """What a page of staff calls it: its subject without the marks that only a recipient fills."""
        found = self.text()
        return slots.spoken(found.subject) if found else ""


class AlertText(Model):
    """What an alert says in one language. `version` goes up with every change: so two editors notice each other."""

    __tablename__ = "alert_text"
    __table_args__ = (
        CheckConstraint(f"language IN {LANGUAGES}", name="language"),
        CheckConstraint(f"char_length(subject) <= {SUBJECT_MAX}", name="subject_length"),
        CheckConstraint(ONE_LINE, name="one_line"),
        CheckConstraint(f"char_length(body) <= {BODY_MAX}", name="body_length"),
    )

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(default="")
    preheader: Mapped[str] = mapped_column(default="")  # the first line a mailbox shows beside the subject
    body: Mapped[str] = mapped_column(default="")  # Markdown with {{slots}}
    button_label: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[int]  # the account
    changed_at: Mapped[datetime] = mapped_column(default=now)


class AlertVersion(Model):
    """What a text said at a moment. `aside`: somebody wrote it while a colleague saved, so it never was the text."""

    __tablename__ = "alert_version"
    __table_args__ = (
        CheckConstraint(f"language IN {LANGUAGES}", name="language"),
        Index("ix_alert_version_text", "alert_id", "language", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"))
    language: Mapped[str]
    subject: Mapped[str]
    preheader: Mapped[str]
    body: Mapped[str]
    button_label: Mapped[str]
    aside: Mapped[bool] = mapped_column(default=False)
    began_at: Mapped[datetime] = mapped_column(default=now)  # what one person saves in a row is one version
    saved_at: Mapped[datetime] = mapped_column(default=now)
    saved_by: Mapped[int]  # the account


class AlertRelease(Model):
    """One person asks that an alert may leave, another one releases it. `digest` is of exactly what was asked for."""

    __tablename__ = "alert_release"
    __table_args__ = (
        CheckConstraint(f"policy IN {POLICIES}", name="policy"),
        CheckConstraint("released_by <> asked_by", name="two_people"),
        CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="released"),
    )

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str]
    people: Mapped[int]  # how many it was for when it was asked
    policy: Mapped[str]
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    released_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    released_at: Mapped[datetime | None]


class AlertPlan(Model):
    """When an alert leaves. `waiting`: at that time; `refused`: it could not, and is a draft again; `left`."""

    __tablename__ = "alert_plan"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'refused', 'left')", name="state"),
        CheckConstraint(f"policy IN {POLICIES}", name="policy"),
        CheckConstraint("slices BETWEEN 1 AND 48 AND minutes BETWEEN 0 AND 1440", name="slices"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="reason"),
        Index("ix_alert_plan_waiting", "leave_at", postgresql_where=text("state = 'waiting'")),
    )

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str]
    leave_at: Mapped[datetime]
    slices: Mapped[int] = mapped_column(default=1)  # in so many equal parts
    minutes: Mapped[int] = mapped_column(default=0)  # from one part to the next
    policy: Mapped[str]
    digest: Mapped[str]  # of exactly what was planned
    seen: Mapped[dict[str, int]] = mapped_column(JSONB)  # the sum when it was planned
    planned_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    planned_at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str | None]  # why it was refused


class AlertTrial(Model):
    """Two texts, tried on a share of the audience; the rest waits for the one that brings more acts."""

    __tablename__ = "alert_trial"
    __table_args__ = (
        CheckConstraint("share BETWEEN 2 AND 50", name="share"),
        CheckConstraint("hours BETWEEN 1 AND 72", name="hours"),
        CheckConstraint("winner IN ('a', 'b')", name="winner"),
        CheckConstraint("(winner IS NULL) = (decided_at IS NULL)", name="decided"),
    )

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True)
    share: Mapped[int]  # per cent of the audience that it is tried on, both texts together
    hours: Mapped[int]
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB)  # language -> subject and body of the second one
    decide_at: Mapped[datetime | None]  # set when it leaves
    judged_at: Mapped[datetime | None]  # the acts were looked at, and it was too close to call
    winner: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: the acts decided
    result: Mapped[dict[str, list[int]] | None] = mapped_column(JSONB(none_as_null=True))  # [reached, acted] of each
    let_go_at: Mapped[datetime | None]  # the last of those who waited may leave


class AlertRules(Model):
    """What an administrator decided about all alerts: one row."""

    __tablename__ = "alert_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("two_people_from > 0", name="two_people_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    two_people_from: Mapped[int | None]  # recipients from which a second person releases; None: never


class AlertSender(Model):
    """The name that a mailbox shows as the sender, where it is not the organisation's own."""

    __tablename__ = "alert_sender"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {SENDER_MAX}", name="name_length"),
        CheckConstraint("name !~ '[\\r\\n]'", name="one_line"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str]
