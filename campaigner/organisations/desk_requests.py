"""Locals that ask for a desk: kept encrypted, acknowledged, decided by the host's staff, and the steward mailed."""

import json
from datetime import timedelta
from typing import Any

from slugify import slugify
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations import accounts, mails
from campaigner.organisations.models import PARENTS, DeskRequest, Organisation, OrganisationParent
from campaigner.staff import service as staff

KEEP = timedelta(days=365)
PARENTS_AT_MOST = 2
RESERVED = ("request",)  # stands under /locals/ already
SHOWN_AT_MOST = 200


def store(*, language: str, email: str, answers: dict[str, str], nonce: str, team: str, team_language: str) -> int:
    """Keep a request, write its receipt and tell the team. Returns its id.

    The same form sent again is the same request, and no other mail.
    """
    row = insert(DeskRequest).values(
        language=language, email=email, answers=json.dumps(answers), form_nonce=nonce, state="new", created_at=now()
    )
    made: int | None = db.session.scalar(
        row.on_conflict_do_nothing(index_elements=["form_nonce"]).returning(DeskRequest.id)
    )
    if made is None:
        return db.session.execute(select(DeskRequest.id).filter_by(form_nonce=nonce)).scalar_one()
    request = by_id(made)
    mails.desk_receipt(request, reply_to=team)
    mails.desk_notice(request, to=team, language=team_language)
    return made


def said(request: DeskRequest) -> dict[str, str]:
    """What was filled in, by the name of its field."""
    found: dict[str, str] = json.loads(request.answers)
    return found


def by_id(request_id: int) -> DeskRequest:
    """A request. Raises NotFound."""
    found = db.session.get(DeskRequest, request_id)
    if found is None:
        raise NotFound(_l("This request is no longer here."))
    return found


def waiting() -> list[DeskRequest]:
    """Those that nobody decided yet, the one that waits longest first."""
    rows = select(DeskRequest).where(DeskRequest.state == "new").order_by(DeskRequest.created_at, DeskRequest.id)
    return list(db.session.scalars(rows.limit(SHOWN_AT_MOST)))


def new_count() -> int:
    """How many wait."""
    return db.session.scalar(select(func.count()).select_from(DeskRequest).where(DeskRequest.state == "new")) or 0


def approve(
    request_id: int, *, name: str, parents: list[int], known: int | None, by: int, around: accounts.Around
) -> Organisation:
    """Make the local (or take one that is `known`), let its steward in, and mail the invitation.

    Raises Conflict when it was decided already, DomainError for a name that no address can hold.
    """
    request = _undecided(request_id)
    local = db.session.get(Organisation, known) if known else _local(name, said(request), request.language)
    if local is None or local.kind != "local":
        raise DomainError(_l("Choose a local from the list."))
    stand_under(local, parents=parents)
    request.state, request.decided_at, request.organisation_id = "approved", now(), local.id
    accounts.invite(
        email=request.email, name=said(request)["name"], language=request.language, roles=[],
        organisations=[local.id], by=by, around=around,
    )  # fmt: skip
    detail = {"organisation": local.id}
    staff.record(account_id=by, what="desk approved", about=f"desk_request:{request.id}", detail=detail)
    return local


def refuse(request_id: int, *, by: int, team: str) -> None:
    """No desk for this one, and a mail that says so; an answer to it reaches `team`. Raises Conflict when decided."""
    request = _undecided(request_id)
    request.state, request.decided_at = "refused", now()
    mails.desk_refusal(request, reply_to=team)
    staff.record(account_id=by, what="desk refused", about=f"desk_request:{request.id}")


def stand_under(local: Organisation, *, parents: list[int]) -> None:
    """Set the centrale and the gewest of a local: two at most. Raises DomainError."""
    wanted = list(dict.fromkeys(parents))
    found = [db.session.get(Organisation, each) for each in wanted]
    if len(wanted) > PARENTS_AT_MOST or any(each is None or each.kind not in PARENTS for each in found):
        raise DomainError(_l("Choose one centrale and one gewest at most."))
    db.session.execute(delete(OrganisationParent).where(OrganisationParent.child_id == local.id))
    db.session.add_all([OrganisationParent(child_id=local.id, parent_id=each) for each in wanted])
    db.session.flush()


def expire() -> int:
    """Erase what was kept for a year, as the form says. Returns how many."""
    result: Any = db.session.execute(delete(DeskRequest).where(DeskRequest.created_at < now() - KEEP))
    return int(result.rowcount)


def _undecided(request_id: int) -> DeskRequest:
    request = db.session.get(DeskRequest, request_id, with_for_update=True)
    if request is None:
        raise NotFound(_l("This request is no longer here."))
    if request.state != "new":
        raise Conflict(_l("Somebody decided this already."))
    return request


def _local(name: str, answers: dict[str, str], language: str) -> Organisation:
    stem = slugify(name, max_length=60, word_boundary=True)
    if not stem:
        raise DomainError(_l("Use at least one letter in the name."))
    taken = {*db.session.scalars(select(Organisation.slug).where(Organisation.slug.startswith(stem, autoescape=True)))}
    taken |= set(RESERVED)
    slug = next(one for n in range(1, len(taken) + 2) if (one := stem if n == 1 else f"{stem}-{n}") not in taken)
    local = Organisation(
        slug=slug, kind="local", name=name.strip(), country="BE", place=answers.get("town") or None,
        languages=[language],
    )  # fmt: skip
    db.session.add(local)
    db.session.flush()
    return local
