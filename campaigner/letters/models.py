"""Letters to targets: what an ask offers to write, where targets get their mail, what was written, what has left.

A target's public face (name, role) is campaigns'. Its address is kept here, encrypted, and nothing that
makes a page reads it.
"""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.actions.models import Action
from campaigner.campaigns.models import Ask, Target
from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

RULES = ("everyone", "pick", "province", "country")
MODES = ("once", "drip", "digest", "handover")
HEALTH = ("untested", "good", "doubtful", "dead")
SIGNED = ("town", "name", "reply")
DELIVERY_STATES = ("waiting", "handover", "under way", "sent", "failed", "unknown")
ENVELOPE_STATES = ("open", "sent", "failed", "unknown")


class LetterSettings(Model):
    """How people write on one ask: to whom by which rule, and in which language the letter itself is.

    "everyone": all targets. "pick": the supporter chooses one. "province" and "country": the targets of
    the supporter's own; where there is none, those that are nobody's in particular.
    """

    __tablename__ = "letter_settings"
    __table_args__ = (CheckConstraint(f"rule IN {RULES}", name="rule"),)

    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id", ondelete="CASCADE"), primary_key=True)
    rule: Mapped[str] = mapped_column(default="everyone")
    only_role: Mapped[str | None]  # only the targets with this role
    only_country: Mapped[str | None]  # only the targets in this country
    written_in: Mapped[str | None]  # the letter is in this language on every page; None: in the page's own

    ask: Mapped[Ask] = relationship()
    words: Mapped[list["LetterWords"]] = relationship(
        order_by="LetterWords.language", cascade="all, delete-orphan", lazy="selectin"
    )


class LetterWords(Model):
    """The letter of one ask in one language. `opening` and `closing` are locked, `body` is where people begin."""

    __tablename__ = "letter_words"

    ask_id: Mapped[int] = mapped_column(ForeignKey("letter_settings.ask_id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subjects: Mapped[list[str]] = mapped_column(default=list)  # variants: one of them is offered
    opening: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    closing: Mapped[str] = mapped_column(default="")
    tips: Mapped[list[str]] = mapped_column(default=list)


class Postbox(Model):
    """How letters reach one target. Without an address they are kept for a hand-over.

    `digest` is what a named person gets unless staff choose otherwise: one mail a day with all letters of
    that day. A mail per letter to a named person is what the Belgian authority reprimanded in 2021.
    """

    __tablename__ = "postbox"
    __table_args__ = (
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(f"health IN {HEALTH}", name="health"),
        CheckConstraint("mode = 'handover' OR address IS NOT NULL", name="addressed"),
        CheckConstraint("(address IS NULL) = (mailbox IS NULL)", name="mailbox"),
        CheckConstraint("NOT person OR mode <> 'once'", name="person"),
        CheckConstraint("opens < closes", name="hours"),
        CheckConstraint("workdays <> ''", name="workdays"),
    )

    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str | None] = mapped_column(Encrypted("email"))
    mailbox: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)  # fingerprint of the address
    fallback: Mapped[str | None] = mapped_column(Encrypted("email"))
    fallback_mailbox: Mapped[bytes | None] = mapped_column(LargeBinary)
    person: Mapped[bool] = mapped_column(default=True)  # a named person; False: an office, like info@
    mode: Mapped[str] = mapped_column(default="handover")
    timezone: Mapped[str] = mapped_column(default="Europe/Brussels")
    opens: Mapped[time] = mapped_column(default=time(9))
    closes: Mapped[time] = mapped_column(default=time(17))
    workdays: Mapped[str] = mapped_column(default="12345")  # of ISO 8601: 1 is Monday
    paused_at: Mapped[datetime | None]
    diverted_at: Mapped[datetime | None]  # since when the fallback is used
    greeted_at: Mapped[datetime | None]  # when the mail left that says who we are and how to stop us
    digest_day: Mapped[date | None]  # the target's own day of the latest digest
    next_at: Mapped[datetime | None]  # no drip before this
    health: Mapped[str] = mapped_column(default="untested")
    health_at: Mapped[datetime | None]
    health_note: Mapped[str | None]  # the mail server's words, without addresses

    target: Mapped[Target] = relationship()


class LetterObjection(Model):
    """A mailbox whose owner asked us to stop. It outlives targets and campaigns, so that nobody adds it again."""

    __tablename__ = "letter_objection"

    mailbox: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Letter(Model):
    """What one form wrote. It leaves only when that very form is the one its mailbox confirmed.

    `body` is the whole letter as it is sent, without the line of whoever signs it.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("action_id", "submission"),
        ForeignKeyConstraint(
            ["action_id", "submission"], ["submission.action_id", "submission.key"], ondelete="CASCADE"
        ),
        CheckConstraint(f"signed IN {SIGNED}", name="signed"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"))
    submission: Mapped[str]
    subject: Mapped[str] = mapped_column(Encrypted("letter"))
    body: Mapped[str] = mapped_column(Encrypted("letter"))
    language: Mapped[str]
    own: Mapped[bool]  # the words are not just those that were offered
    signed: Mapped[str] = mapped_column(default="town")  # under it: the town, the name too, the address too
    targets: Mapped[list[int]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(default=now)

    action: Mapped[Action] = relationship()


class Envelope(Model):
    """One mail to a target, with one letter or the letters of a day. What became of it the outbox knows."""

    __tablename__ = "envelope"
    __table_args__ = (
        CheckConstraint(f"state IN {ENVELOPE_STATES}", name="state"),
        Index("ix_envelope_open", "id", postgresql_where=text("state = 'open'")),
        Index("ix_envelope_target", "target_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"))
    mailbox: Mapped[bytes] = mapped_column(LargeBinary)  # where it went: the target's own, or its fallback
    letters: Mapped[int]
    state: Mapped[str] = mapped_column(default="open")
    returned: Mapped[bool] = mapped_column(default=False)  # it was taken, and came back later
    created_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]

    @property
    def cause(self) -> str:
        """Its name in the outbox. The dot ends it: a name that begins another name would be taken for it."""
        return f"{self.id}."


class LetterDelivery(Model):
    """One letter to one target. Waiting rows are all that may still leave."""

    __tablename__ = "letter_delivery"
    __table_args__ = (
        CheckConstraint(f"state IN {DELIVERY_STATES}", name="state"),
        Index("ix_letter_delivery_waiting", "target_id", "created_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_letter_delivery_target", "target_id", "state"),
        Index("ix_letter_delivery_envelope", "envelope_id", postgresql_where=text("envelope_id IS NOT NULL")),
    )

    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(default="waiting")
    envelope_id: Mapped[int | None] = mapped_column(ForeignKey("envelope.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]

    letter: Mapped[Letter] = relationship()
