"""Files of people: the file itself (ciphertext, for a week at most), how it is read, what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigner.core.clock import now
from campaigner.core.crypto import Encrypted
from campaigner.core.db import Model
from campaigner.organisations.models import Organisation

STATES = ("uploaded", "checking", "checked", "importing", "done", "undoing", "undone")
BUSY = ("checking", "importing", "undoing")


class PeopleImport(Model):
    """One file, for one organisation: whose mails its people said yes to."""

    __tablename__ = "people_import"
    __table_args__ = (CheckConstraint(f"state IN {STATES}", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="uploaded")
    reading: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # imports.reading.Reading
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # imports.service.Evidence
    bytes: Mapped[int]
    lines: Mapped[int] = mapped_column(default=0)  # with people, known after the dry run
    position: Mapped[int] = mapped_column(default=0)  # lines done by what runs now
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    faults: Mapped[list[Any]] = mapped_column(JSONB, default=list)  # [line, field, why]; never what stood there
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: the command line
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()


class ImportPart(Model):
    """A piece of the file, as ciphertext. A byte is the letter of Latin-1 with that number."""

    __tablename__ = "people_import_part"

    import_id: Mapped[int] = mapped_column(ForeignKey("people_import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Encrypted("import"))


class ImportRow(Model):
    """What an import added for a person: what its undoing takes away."""

    __tablename__ = "people_import_row"

    import_id: Mapped[int] = mapped_column(ForeignKey("people_import.id", ondelete="CASCADE"), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(primary_key=True)
    is_new: Mapped[bool]
    consent_id: Mapped[int | None]
    tag: Mapped[str | None]
