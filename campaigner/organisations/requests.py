"""Requests of partners for a campaign: kept encrypted, acknowledged, shown to staff with the urgent ones on top."""

import json
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations import mails
from campaigner.organisations.models import PartnerRequest
from campaigner.staff import service as staff

KEEP = timedelta(days=365)
URGENT = ("danger", "days")
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read as another
SHOWN_AT_MOST = 200


def store(
    *, language: str, email: str, answers: dict[str, str], nonce: str, team: str, team_language: str
) -> PartnerRequest:
    """Keep a request, write its receipt and tell the team. The same form sent again is the same request.

    Raises Conflict when the form comes back with other answers.
    """
    row = insert(PartnerRequest).values(
        reference="P-" + "".join(secrets.choice(LETTERS) for _ in range(8)), language=language, email=email,
        urgent=answers["haste"] in URGENT, answers=json.dumps(answers), mailbox=addresses.fingerprint(email),
        form_nonce=nonce, state="new",
    )  # fmt: skip
    kept = row.on_conflict_do_nothing(index_elements=["form_nonce"]).returning(PartnerRequest.id)
    request_id = db.session.execute(kept).scalar()
    if request_id is None:
        return _sent_again(nonce, email, answers)
    request = by_id(request_id)
    mails.receipt(request, reply_to=team)
    mails.notice(request, to=team, language=team_language)
    return request


def _sent_again(nonce: str, email: str, answers: dict[str, str]) -> PartnerRequest:
    earlier = db.session.scalar(select(PartnerRequest).where(PartnerRequest.form_nonce == nonce))
    if earlier is None:  # erased in between
        raise NotFound(_l("This request is no longer here."))
    if earlier.email != email or said(earlier) != answers:
        raise Conflict(
            _l("You sent this form before, as %(reference)s. Is this another request? Then press the button again.",
               reference=earlier.reference)
        )  # fmt: skip
    return earlier


def said(request: PartnerRequest) -> dict[str, str]:
    """What was filled in, by the name of its field."""
    found: dict[str, str] = json.loads(request.answers)
    return found


def by_id(request_id: int) -> PartnerRequest:
    """A request. Raises NotFound."""
    found = db.session.get(PartnerRequest, request_id)
    if found is None:
        raise NotFound(_l("This request is no longer here."))
    return found


def waiting() -> list[PartnerRequest]:
    """The requests that are not closed: the urgent ones on top, of each the one that waits longest first."""
    rows = select(PartnerRequest).where(PartnerRequest.state != "closed")
    ordered = rows.order_by(PartnerRequest.urgent.desc(), PartnerRequest.created_at, PartnerRequest.id)
    return list(db.session.scalars(ordered.limit(SHOWN_AT_MOST)))


def closed() -> list[PartnerRequest]:
    """The requests that are done with, the latest first."""
    rows = select(PartnerRequest).where(PartnerRequest.state == "closed")
    return list(db.session.scalars(rows.order_by(PartnerRequest.closed_at.desc()).limit(SHOWN_AT_MOST)))


def new_count(*, urgent: bool | None = None) -> int:
    """How many nobody took yet; of the urgent ones only, when `urgent`."""
    rows = select(func.count()).select_from(PartnerRequest).where(PartnerRequest.state == "new")
    return db.session.scalar(rows.where(PartnerRequest.urgent) if urgent else rows) or 0


def take(request_id: int, *, by: int) -> PartnerRequest:
    """Answer it myself; also takes it over from a colleague, and opens one that was closed."""
    return _move(request_id, "request taken", by, state="open", owner_id=by, closed_at=None)


def close(request_id: int, *, by: int) -> PartnerRequest:
    """Nothing more to do."""
    return _move(request_id, "request closed", by, state="closed", closed_at=now())


def _move(request_id: int, what: str, by: int, **columns: Any) -> PartnerRequest:
    request = db.session.get(PartnerRequest, request_id, with_for_update=True)
    if request is None:
        raise NotFound(_l("This request is no longer here."))
    if request.state == columns["state"] and columns.get("owner_id", by) == request.owner_id:
        return request
    for name, value in columns.items():
        setattr(request, name, value)
    staff.record(account_id=by, what=what, about=f"request:{request.id}")
    return request


def expire() -> int:
    """Erase what was kept for a year, as the form says. Returns how many."""
    result: Any = db.session.execute(delete(PartnerRequest).where(PartnerRequest.created_at < now() - KEEP))
    return int(result.rowcount)
