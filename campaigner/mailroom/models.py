"""What came in by mail, kept until it was handled."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model

DOORS = ("lmtp", "smtp", "pipe", "imap", "hook")
STATES = ("new", "done", "failed")


class InboundMail(Model):
    """One mail to one of our addresses, or one event of a provider. Written before its sender is told yes.

    What it says and who it is from is ciphertext, and gone soon after it was handled. `raw` holds bytes,
    one character each (Latin-1).
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        CheckConstraint(f"door IN {DOORS}", name="door"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'new') = (handled_at IS NULL)", name="handled"),
        CheckConstraint("state <> 'new' OR raw IS NOT NULL", name="raw"),
        Index("ix_inbound_mail_waiting", "not_before", postgresql_where=text("state = 'new'")),
        Index("ix_inbound_mail_stuck", "received_at", postgresql_where=text("state = 'failed'")),
        Index("ix_inbound_mail_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # of who it was for and what it was, keyed
    door: Mapped[str]
    recipient: Mapped[str | None] = mapped_column(Encrypted("mailroom.recipient"))  # of the envelope
    sender: Mapped[str | None] = mapped_column(Encrypted("mailroom.sender"))  # of the envelope; "": a report
    raw: Mapped[str | None] = mapped_column(Encrypted("mailroom.raw"))
    size: Mapped[int]
    state: Mapped[str] = mapped_column(default="new")
    kind: Mapped[str | None]  # bounce, complaint, unsubscribe, reply, automatic, ...: wording in docs/returns.md
    outcome: Mapped[str | None]  # what followed from it
    tries: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=func.clock_timestamp())
    error: Mapped[str | None]  # why it is still here: the kind of error and the place, never what it was about
    received_at: Mapped[datetime] = mapped_column(default=now)
    handled_at: Mapped[datetime | None]
