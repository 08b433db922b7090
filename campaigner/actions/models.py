"""Acts on campaigns, and the journals that every counter and chart reads."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.campaigns.models import Ask, Placement
from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model
from campaigner.supporters.models import CHANNELS, Supporter

STATES = ("unconfirmed", "confirmed", "held", "rejected", "withdrawn")
# 48 random bits: the first twelve digits of a random UUID (RFC 9562) hold nothing else.
SHARE_CODE = text("left(replace(gen_random_uuid()::text, '-', ''), 12)")


class Action(Model):
    """One supporter's act on one ask. A second act by the same person is the same row."""

    __tablename__ = "action"
    __table_args__ = (
        UniqueConstraint("ask_id", "supporter_id"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint("state <> 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed_when"),
        Index("ix_action_placement", "placement_id", postgresql_where=text("placement_id IS NOT NULL")),
        Index("ix_action_waiting", "created_at", postgresql_where=text("state = 'unconfirmed'")),
        Index(
            "ix_action_unreminded", "created_at",
            postgresql_where=text("state = 'unconfirmed' AND reminded_at IS NULL"),
        ),
        Index("ix_action_via", "via", postgresql_where=text("via IS NOT NULL")),
        Index("ix_action_recent", "ask_id", "confirmed_at", postgresql_where=text("state = 'confirmed'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"))
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id", ondelete="CASCADE"), index=True)
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))
    state: Mapped[str] = mapped_column(default="unconfirmed")
    channel: Mapped[str] = mapped_column(default="web")
    language: Mapped[str]
    comment: Mapped[str | None] = mapped_column(Encrypted("comment"))
    site_verified: Mapped[bool | None]  # None: not in a widget; False: the key was used on a site not listed
    site_host: Mapped[str | None]
    via: Mapped[str | None]  # the personal link it came through: a `Submission.share`
    submission: Mapped[str] = mapped_column(default="")  # the form it came with, or the one that was confirmed
    region: Mapped[str | None]  # under which it was counted (core.places); set when it is confirmed
    public: Mapped[bool] = mapped_column(default=False)  # this campaign's page may show first name and town
    created_at: Mapped[datetime] = mapped_column(default=now)
    reminded_at: Mapped[datetime | None]  # once, whatever became of that mail
    confirmed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    ask: Mapped[Ask] = relationship()
    supporter: Mapped[Supporter] = relationship()
    placement: Mapped[Placement | None] = relationship()


class Submission(Model):
    """What one form said. Nothing of it is believed until its mailbox confirms that very form."""

    __tablename__ = "submission"
    __table_args__ = (CheckConstraint(f"channel IN {CHANNELS}", name="channel"),)

    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Encrypted("email"))
    first_name: Mapped[str] = mapped_column(Encrypted("first_name"))
    last_name: Mapped[str] = mapped_column(Encrypted("last_name"))
    postcode: Mapped[str]
    country: Mapped[str]
    language: Mapped[str]
    channel: Mapped[str]
    comment: Mapped[str | None] = mapped_column(Encrypted("comment"))
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))
    site_host: Mapped[str | None]
    site_verified: Mapped[bool | None]
    via: Mapped[str | None]  # the personal link that its page was opened with
    share: Mapped[str] = mapped_column(unique=True, server_default=SHARE_CODE)  # the code in its own personal link
    created_at: Mapped[datetime] = mapped_column(default=now)


class JournalEntry(Model):
    """A count that has not been added to the journal yet: +1 when an act is confirmed, -1 when it is taken back.

    Written in the act's own transaction; the counter job takes it away in the transaction that adds it.
    """

    __tablename__ = "journal_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"), index=True)
    day: Mapped[date]
    region: Mapped[str]  # a Belgian province (NIS code) or an ISO country code
    organisation_id: Mapped[int] = mapped_column(default=0)  # the local that brought it; 0: nobody's
    channel: Mapped[str]
    placement_id: Mapped[int | None]  # of the local's own; no key: an entry lives for a second
    change: Mapped[int]


class Journal(Model):
    """Confirmed acts per ask, day, region, local and channel: what every counter and chart reads."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_organisation", "organisation_id", "day", postgresql_where=text("organisation_id <> 0")),
    )

    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    confirmed: Mapped[int]


class PlacementJournal(Model):
    """Confirmed acts per placement, ask, day and channel: what stays of a poster or a widget when people are erased."""

    __tablename__ = "placement_journal"

    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"), primary_key=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    confirmed: Mapped[int]


class Tally(Model):
    """The number under a campaign's bar: the sum of its journals, one row an ask."""

    __tablename__ = "tally"

    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"), primary_key=True)
    confirmed: Mapped[int] = mapped_column(default=0)
    paper: Mapped[int] = mapped_column(default=0)  # how many of them came in on paper
    counted_at: Mapped[datetime] = mapped_column(default=now)


class PersonalAct(Model):
    """A form that was sent from the personal link of an alert: which alert's mailing, and which act came of it."""

    __tablename__ = "personal_act"
    __table_args__ = (Index("ix_personal_act_action", "action_id"),)

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
