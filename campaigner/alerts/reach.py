"""What an audience is counted on: one narrow row a person, and the audiences that staff gave a name.

`reach` is a copy of what the acts, the consent ledger and the shut mailboxes say, kept by triggers of the
database (migration 0013, where the view `reach_truth` says of what). It exists so that a million people are
counted while somebody looks. Nobody gets a mail because of it: the freeze asks the ledger, and so does the claim.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.core.clock import now
from campaigner.core.db import Model
from campaigner.staff.models import Account

# The bits of `Reach.channels`, as the view counts them.
CHANNEL_BITS = {"web": 1, "widget": 2, "paper": 4, "event": 8, "api": 16}
NEVER = text("'epoch'")


class Reach(Model):
    """Somebody with a confirmed act, or a yes to mails from somebody. Columns of one width first: they are read most.

    An array that would be empty is NULL. `asks` and `acted_on` run together, the latest act first; `yes` and
    `yes_on` run together too. Days are those of Brussels.
    """

    __tablename__ = "reach"

    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True)
    mailed_at: Mapped[datetime] = mapped_column(server_default=NEVER)  # the last alert, whoever sent it
    weary_until: Mapped[datetime] = mapped_column(server_default=NEVER)  # has had as many as the cap allows
    acts: Mapped[int] = mapped_column(Integer)
    post: Mapped[int] = mapped_column(SmallInteger)  # a Belgian postcode; 0: none
    channels: Mapped[int] = mapped_column(SmallInteger)
    nameless: Mapped[bool]
    language: Mapped[str]
    twin: Mapped[int | None]  # the lowest id of those who share the mailbox, where somebody does
    first_act: Mapped[date | None]
    last_act: Mapped[date | None]
    yes: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # organisations that may mail
    yes_on: Mapped[list[date] | None] = mapped_column(ARRAY(Date))
    asks: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    acted_on: Mapped[list[date] | None] = mapped_column(ARRAY(Date))
    locals: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # whose places they acted through
    dead: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # for whom the mailbox is dead; 0: for all
    shut: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # for whom it is shut for another reason
    tags: Mapped[list[str] | None] = mapped_column(ARRAY(Text))


class ReachMark(Model):
    """How far a mailing has been noted in `mailed_at` and `weary_until`."""

    __tablename__ = "reach_mark"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True)
    upto: Mapped[str | None]  # the last recipient


class SavedAudience(Model):
    """A rule with a name, for everybody who writes alerts."""

    __tablename__ = "audience"
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB)
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    owner: Mapped[Account] = relationship()
