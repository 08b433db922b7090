"""Verbs of staff on targets: name one, say how it gets its mail, hold it, test it, send again what did not arrive.

Every verb names who did it in the audit trail; no address ever stands there.
"""

from dataclasses import dataclass
from datetime import time

from sqlalchemy import func, select, update

from campaigner.campaigns.models import Campaign, Target
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.letters import hours, mails, queries
from campaigner.letters.models import LetterDelivery, Postbox
from campaigner.letters.service import has_letters
from campaigner.outbox.models import Delivery, Mailing
from campaigner.staff import service as staff

TARGETS_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class Face:
    """What pages show of a target."""

    name: str
    role: str = ""
    organisation: str = ""
    country: str | None = None
    province: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """How a target gets its mail. An address that is None stays what it is; `drop` forgets both."""

    address: str | None = None
    fallback: str | None = None
    drop: bool = False
    person: bool = True
    mode: str = "digest"
    timezone: str = "Europe/Brussels"
    opens: time = time(9)
    closes: time = time(17)
    workdays: str = "12345"


def add(campaign: Campaign, *, face: Face, line: Line, by: int | None) -> Target:
    """Name one more target. Raises DomainError or Conflict when its mail cannot go the way that is asked."""
    if len(campaign.targets) >= TARGETS_AT_MOST:
        raise Conflict(_l("A campaign has at most %(n)s targets.", n=TARGETS_AT_MOST))
    target = Target(campaign_id=campaign.id, name=face.name)
    campaign.targets.append(target)
    _put_on(target, face)
    db.session.flush()
    _connect(target, line)
    _record(target, "target added", by=by, mode=line.mode)
    return target


def edit(target: Target, *, face: Face, line: Line, by: int | None) -> None:
    """Change what pages show of it and how it gets its mail. Raises as `add`."""
    _put_on(target, face)
    _connect(target, line)
    _record(target, "target edited", by=by, mode=line.mode)


def remove(campaign: Campaign, target: Target, *, by: int | None) -> None:
    """Take a target away. Raises Conflict when people wrote to it, or when it is an opened campaign's last."""
    if has_letters(target.id):
        raise Conflict(_l("People have written to this target: its letters would be lost. Pause it instead."))
    if len(campaign.targets) == 1 and campaign.opened_at is not None:
        raise Conflict(_l("Somebody must decide: name another target first."))
    _record(target, "target removed", by=by)
    campaign.targets.remove(target)
    db.session.flush()


def pause(target: Target, *, by: int | None) -> None:
    """Hold all mail to it; letters wait."""
    _box(target).paused_at = now()
    _record(target, "target paused", by=by)


def resume(target: Target, *, by: int | None) -> None:
    """Let its mail go again."""
    _box(target).paused_at = None
    _record(target, "target resumed", by=by)


def again(target: Target, *, by: int | None) -> int:
    """Let what a mail server refused go once more, and a dead address be tried anew. Returns how many letters."""
    box = _box(target)
    if box.health == "dead":
        _fresh(box)
    moved = db.session.execute(
        update(LetterDelivery)
        .where(LetterDelivery.target_id == target.id, LetterDelivery.state == "failed")
        .values(state="waiting", envelope_id=None, settled_at=None)
        .execution_options(synchronize_session=False)
    )
    number = int(moved.rowcount)  # type: ignore[attr-defined]
    _record(target, "target tried again", by=by, letters=number)
    return number


def test(target: Target, *, to: str | None, reply_to: str, by: int | None) -> str:
    """Mail a test to `to` (staff), or with None to the target itself. Returns what the outbox said.

    Raises Conflict when it has no address or asked us to stop.
    """
    box = _box(target)
    address = box.fallback if box.diverted_at else box.address
    if to is None and (address is None or queries.is_stopped(box)):
        raise Conflict(_l("There is no address of this target that we may write to."))
    sent = select(func.count()).join(Mailing, Mailing.id == Delivery.mailing_id).where(Mailing.kind == mails.TEST)
    cause = f"{target.id}.{db.session.execute(sent.select_from(Delivery)).scalar_one() + 1}"
    said = mails.test(target, box, cause=cause, to=to or address or "", reply_to=reply_to, really=to is None)
    if to is None and said == "queued":
        box.greeted_at = now()
    _record(target, "target tested", by=by, to="target" if to is None else "staff")
    return said


def of_campaign(campaign: Campaign, target_id: int) -> Target:
    """The target of this campaign. Raises NotFound."""
    found = next((each for each in campaign.targets if each.id == target_id), None)
    if found is None:
        raise NotFound(_l("This target is no longer here."))
    return found


def _put_on(target: Target, face: Face) -> None:
    target.name, target.role, target.organisation = face.name, face.role, face.organisation
    target.country, target.province, target.language = face.country, face.province, face.language


def _connect(target: Target, line: Line) -> None:
    box = queries.postbox(target.id)
    if box is None:
        box = Postbox(target_id=target.id)
        db.session.add(box)
    if line.timezone not in hours.zones():
        raise DomainError(_l("Choose a time zone from the list."))
    box.timezone, box.opens, box.closes, box.workdays = line.timezone, line.opens, line.closes, line.workdays
    _address(box, line)
    if line.mode != "handover" and box.address is None:
        raise DomainError(_l("Without an address letters are kept for a hand-over. Fill one in, or choose that."))
    if line.person and line.mode == "once":
        raise DomainError(
            _l("A named person gets no mail per letter: choose one mail a day, or spread them. The law asks that.")
        )
    box.person, box.mode = line.person, line.mode
    db.session.flush()


def _address(box: Postbox, line: Line) -> None:
    """The addresses, as they will be. Whoever asked us to stop is not added again. Raises Conflict."""
    if line.drop:
        box.address = box.mailbox = box.fallback = box.fallback_mailbox = None
        _fresh(box)
        return
    new = {addresses.fingerprint(each) for each in (line.address, line.fallback) if each}
    if queries.objections(set(new)):
        raise Conflict(_l("The owner of this address asked us to stop. Letters can still be handed over."))
    if line.address:
        box.address, box.mailbox = line.address, addresses.fingerprint(line.address)
        _fresh(box)
    if line.fallback:
        box.fallback, box.fallback_mailbox = line.fallback, addresses.fingerprint(line.fallback)
        if box.diverted_at:
            _fresh(box)


def _fresh(box: Postbox) -> None:
    """An address that nobody has written to yet. A fallback in use gives way to a new first address."""
    box.diverted_at = box.greeted_at = box.health_note = None
    box.health, box.health_at = "untested", now()


def _box(target: Target) -> Postbox:
    box = db.session.get(Postbox, target.id, with_for_update=True, populate_existing=True)
    if box is None:
        raise Conflict(_l("Say first how this target gets its mail."))
    return box


def _record(target: Target, what: str, *, by: int | None, **detail: object) -> None:
    staff.record(
        account_id=by, what=what, about=f"campaign:{target.campaign_id}", detail={"target": target.id, **detail}
    )  # fmt: skip
