"""The people of a local: those whose verified answer to this very local is yes, now. Nobody else, ever.

Asked of the consent ledger's `Permission` at the moment of each list and each export. Who unsubscribed, whose
mailbox is dead or who complained is not in it either.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from campaigner.core import places
from campaigner.core.db import db
from campaigner.core.i18n import language
from campaigner.organisations.models import Organisation
from campaigner.outbox.models import Suppression
from campaigner.staff import service as staff
from campaigner.supporters.models import Consent, ConsentText, Permission, Supporter

A_PAGE = 100
COLUMNS = (
    "first_name", "last_name", "email", "postcode", "country", "language", "said_yes_at", "question", "question_sha256",
)  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class One:
    """Somebody who said yes to this local."""

    name: str
    place: str
    language: str
    since: datetime


def count(organisation_id: int) -> int:
    """How many said yes to this organisation."""
    return int(db.session.execute(_theirs(select(func.count()), organisation_id)).scalar_one())


def listed(organisation_id: int, *, page: int = 1) -> list[One]:
    """A page of them, the latest yes first: name and town, no address."""
    rows = _theirs(select(Supporter, Permission.changed_at), organisation_id)
    rows = rows.order_by(Permission.changed_at.desc(), Supporter.id).limit(A_PAGE).offset((page - 1) * A_PAGE)
    return [
        One(
            f"{who.first_name} {who.last_name}", places.town(who.country, who.postcode, language()), who.language, since
        )
        for who, since in db.session.execute(rows)
    ]


def note_export(organisation: Organisation, *, by: int) -> int:
    """Write an export to the audit trail, before its first row leaves. Returns how many people are in it."""
    number = count(organisation.id)
    about, detail = f"organisation:{organisation.id}", {"people": number}
    staff.record(account_id=by, what="people exported", about=about, detail=detail)
    return number


def sheet(organisation_id: int) -> Iterator[str]:
    """Their people as lines of CSV (RFC 4180), with the words that each said yes to. Read and written row by row."""
    yield _line(COLUMNS)
    rows = (
        _theirs(select(Supporter, Permission.changed_at, ConsentText.body, Consent.text_sha256), organisation_id)
        .join(Consent, Consent.id == Permission.consent_id)
        .outerjoin(ConsentText, ConsentText.id == Consent.text_id)
        .order_by(Supporter.id)
        .execution_options(yield_per=200)
    )
    for who, since, body, digest in db.session.execute(rows):
        yield _line((
            who.first_name, who.last_name, who.email, who.postcode, who.country, who.language,
            since.isoformat(timespec="seconds"), body or "", digest or "",
        ))  # fmt: skip


def _theirs(rows: Any, organisation_id: int) -> Any:
    """Those of whom this organisation may know: a proven yes that stands, and a mailbox that may be written to."""
    stopped = exists().where(
        Suppression.mailbox == Supporter.mailbox, Suppression.organisation_id.in_((0, organisation_id))
    )
    return rows.select_from(Permission).join(Supporter, Supporter.id == Permission.supporter_id).where(
        Permission.organisation_id == organisation_id, Permission.purpose == "mail", Permission.value,
        Supporter.seat.is_not(None), ~stopped,
    )  # fmt: skip


def _line(cells: tuple[str, ...]) -> str:
    """One line. A cell that a spreadsheet would take for a formula gets a mark before it (OWASP, CSV injection)."""
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(RISKY) else cell for cell in cells])
    return out.getvalue()
