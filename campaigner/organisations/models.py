"""Organisations: the host, its locals, the partners in the South, and who is twinned with whom."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

KINDS = ("host", "local", "centrale", "gewest", "partner", "coalition", "mutual", "party")
DESKS = ("local", "centrale", "gewest", "coalition", "mutual", "party")  # who may have a desk of its own
PARENTS = ("centrale", "gewest")  # under whom locals stand: they see totals, never people
REQUEST_STATES = ("new", "open", "closed")
DESK_STATES = ("new", "approved", "refused")


class Organisation(Model):
    """Anyone that can carry a campaign, ask for consent or receive solidarity."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint(f"kind IN {KINDS}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    country: Mapped[str | None]
    place: Mapped[str | None]
    site_host: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(default=list)
    about: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)  # language -> two or three sentences
    is_example: Mapped[bool] = mapped_column(default=False)
    in_league: Mapped[bool] = mapped_column(default=True, server_default=true())  # the host's own: off for everybody
    created_at: Mapped[datetime] = mapped_column(default=now)


class OrganisationParent(Model):
    """A local stands under its centrale and its gewest: two parents at most are usual."""

    __tablename__ = "organisation_parent"

    child_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)


class Twinning(Model):
    """A local and its sister union in the South."""

    __tablename__ = "twinning"

    local_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[int | None]  # the year

    local: Mapped[Organisation] = relationship(foreign_keys=[local_id])
    partner: Mapped[Organisation] = relationship(foreign_keys=[partner_id])


class PartnerRequest(Model):
    """A union or movement that asks for a campaign. What it wrote is ciphertext here, the address too."""

    __tablename__ = "partner_request"
    __table_args__ = (
        CheckConstraint(f"state IN {REQUEST_STATES}", name="state"),
        CheckConstraint("state <> 'open' OR owner_id IS NOT NULL", name="owner"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_partner_request_pile", "state", "urgent", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str]
    urgent: Mapped[bool]
    email: Mapped[str] = mapped_column(Encrypted("request.email"))
    answers: Mapped[str] = mapped_column(Encrypted("request.answers"))  # JSON: a field's name -> what was typed
    mailbox: Mapped[bytes] = mapped_column(LargeBinary, index=True)  # fingerprint of the address
    form_nonce: Mapped[str] = mapped_column(unique=True)  # a double click is one request
    state: Mapped[str] = mapped_column(default="new")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]


class DeskRequest(Model):
    """A local that asks for a desk of its own. What its steward wrote is ciphertext here, the address too."""

    __tablename__ = "desk_request"
    __table_args__ = (
        CheckConstraint(f"state IN {DESK_STATES}", name="state"),
        CheckConstraint("(state = 'new') = (decided_at IS NULL)", name="decided"),
        Index("ix_desk_request_pile", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str]
    email: Mapped[str] = mapped_column(Encrypted("desk.email"))
    answers: Mapped[str] = mapped_column(Encrypted("desk.answers"))  # JSON: a field's name -> what was typed
    form_nonce: Mapped[str] = mapped_column(unique=True)  # a double click is one request
    state: Mapped[str] = mapped_column(default="new")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))  # the desk that came of it
    created_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
