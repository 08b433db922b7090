"""Several organisations on one campaign: each with its own consent question, its own places, counts and people.

The total stays one: a person who signs through two of them is one signature, counted for the first. Nothing
here touches the consent ledger. What people said to a member stays that member's, also when it leaves.
"""

from sqlalchemy import select, update

from campaigner.campaigns.models import Campaign, CoalitionMember, Placement
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.models import DESKS, Organisation
from campaigner.staff import service as staff

QUESTION_AT_MOST = 400


def members(campaign_id: int) -> list[CoalitionMember]:
    """Everybody who was ever asked to carry this campaign, in the order in which they were."""
    rows = select(CoalitionMember).where(CoalitionMember.campaign_id == campaign_id)
    return list(db.session.scalars(rows.order_by(CoalitionMember.invited_at, CoalitionMember.organisation_id)))


def of_organisation(organisation_id: int) -> list[CoalitionMember]:
    """The coalitions that an organisation belongs to or was asked into, the latest first."""
    rows = select(CoalitionMember).where(CoalitionMember.organisation_id == organisation_id)
    return list(db.session.scalars(rows.order_by(CoalitionMember.invited_at.desc())))


def led_by(organisation_id: int) -> list[Campaign]:
    """The campaigns that an organisation leads and others carry with it, the latest first."""
    carried = select(CoalitionMember.campaign_id)
    rows = select(Campaign).where(Campaign.lead_id == organisation_id, Campaign.id.in_(carried))
    return list(db.session.scalars(rows.order_by(Campaign.id.desc())))


def led(campaign_id: int, *, by: int) -> Campaign:
    """A campaign that this organisation leads. Raises NotFound, also for one that another leads."""
    found = db.session.get(Campaign, campaign_id)
    if found is None or found.lead_id != by:
        raise NotFound(_l("You do not lead this campaign."))
    return found


def member(campaign_id: int, organisation_id: int) -> CoalitionMember:
    """One membership. Raises NotFound."""
    found = db.session.get(CoalitionMember, (campaign_id, organisation_id))
    if found is None:
        raise NotFound(_l("This organisation is not in the coalition."))
    return found


def question(placement: Placement, language: str) -> str | None:
    """The mail question in the own words of the placement's organisation; None when it asks in the usual ones."""
    found = db.session.get(CoalitionMember, (placement.campaign_id, placement.organisation_id))
    return (found.words.get(language) or None) if found is not None else None


def invite(campaign: Campaign, *, organisation_id: int, by: int) -> CoalitionMember:
    """Ask an organisation in, again when it had left. Places that it makes from now on are closed until approved.

    Raises Conflict for the lead itself, DomainError for one that has no desk of its own.
    """
    organisation = db.session.get(Organisation, organisation_id)
    if organisation is None or organisation.kind not in DESKS:
        raise DomainError(_l("Choose an organisation from the list."))
    if organisation_id == campaign.lead_id:
        raise Conflict(_l("The lead of a campaign is in it already."))
    found = db.session.get(CoalitionMember, (campaign.id, organisation_id))
    if found is None:
        found = CoalitionMember(
            campaign_id=campaign.id, organisation_id=organisation_id, invited_by=by, invited_at=now(), words={}
        )
        db.session.add(found)
    elif found.left_at is not None:
        found.left_at, found.invited_at, found.invited_by = None, now(), by
    db.session.flush()
    _record(found, "coalition invited", by=by)
    return found


def ask(found: CoalitionMember, *, words: dict[str, str], by: int) -> None:
    """Write the question that this member asks, per language, and put its page before the lead.

    A page that was open closes until the lead has read the new words. Raises DomainError for a question that
    does not name who will write, Conflict for a member that has left.
    """
    if found.left_at is not None:
        raise Conflict(_l("You have left this coalition. Ask the lead to invite you again."))
    said = {code: words[code].strip() for code in LANGUAGES if words.get(code, "").strip()}
    for text in said.values():
        if found.organisation.name.casefold() not in text.casefold():
            raise DomainError(_l("Name your organisation in the question: people must know who will write to them."))
        if len(text) > QUESTION_AT_MOST:
            raise DomainError(_l("Use at most %(n)s characters.", n=QUESTION_AT_MOST))
    if found.approved_at is not None and said == found.words:
        return
    found.words, found.ready_at = said, now()
    found.approved_at = found.approved_by = None
    _places(found, closed=True)
    _record(found, "coalition page ready", by=by, languages=sorted(said))


def approve(found: CoalitionMember, *, by: int) -> None:
    """The lead has looked at the page and its question: its places open. Raises Conflict when it is not ready."""
    if found.state == "open":
        return
    if found.state != "waiting":
        raise Conflict(_l("This page is not ready to be approved."))
    found.approved_at, found.approved_by = now(), by
    _places(found, closed=False)
    _record(found, "coalition page approved", by=by)


def leave(found: CoalitionMember, *, by: int) -> None:
    """Take no more acts through this member. Its people, its consents and its counts stay. Harmless to repeat."""
    if found.left_at is not None:
        return
    found.left_at = now()
    found.approved_at = found.approved_by = found.ready_at = None
    _places(found, closed=True)
    _record(found, "coalition left", by=by)


def is_closed(campaign_id: int, organisation_id: int) -> bool:
    """True when a new place of this organisation on this campaign must wait for the lead."""
    found = db.session.get(CoalitionMember, (campaign_id, organisation_id))
    return found is not None and found.state != "open"


def _places(found: CoalitionMember, *, closed: bool) -> None:
    rows = update(Placement).where(
        Placement.campaign_id == found.campaign_id, Placement.organisation_id == found.organisation_id
    )
    db.session.execute(rows.values(closed_at=now() if closed else None))
    db.session.flush()


def _record(found: CoalitionMember, what: str, *, by: int, **detail: object) -> None:
    told = {"organisation": found.organisation_id, **detail}
    staff.record(account_id=by, what=what, about=f"campaign:{found.campaign_id}", detail=told)
