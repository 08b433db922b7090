"""The locals of the demo: a steward's login, whom a local stands under, a coalition with a page that waits.

All made up, like the rest. Safe to repeat.
"""

from datetime import timedelta

from sqlalchemy import select

from campaigner.campaigns import coalitions
from campaigner.campaigns import service as campaigns
from campaigner.campaigns.models import Campaign, Placement
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.demo import known
from campaigner.locals.models import PlacementSite
from campaigner.organisations import desk_requests
from campaigner.organisations import queries as organisations
from campaigner.organisations.models import Organisation
from campaigner.staff import queries as staff_queries
from campaigner.staff import service as staff

ABOVE = {"centrale": "Voorbeeldcentrale Voeding", "gewest": "Voorbeeldgewest Leie en Schelde"}
OPEN, WAITING = "voorbeeldmutualiteit-onderling", "voorbeeldnetwerk-gezondheid"
QUESTION = "Voorbeeldmutualiteit Onderling mag mij mailen over gezondheid hier en in het Zuiden."
STRANGE_SITE = "buurtkrant.voorbeeld.example"


def load() -> None:
    """Write them, unless they are there. Before the people, who sign through these places too."""
    if staff_queries.by_email(known.LOCAL_EMAIL) is not None:
        return
    host = staff_queries.by_email(known.STAFF_EMAIL)
    by = host.id if host is not None else 0
    local = _known(known.LOCAL_SLUG)
    _above([local, _known("havenzicht")])
    steward = staff.open_for(email=known.LOCAL_EMAIL, name="Delegee Leiestreek", language="nl", by=by)
    staff.fill_in(steward, password=known.STAFF_PASSWORD)
    staff.join(steward, organisation_id=local.id, by=by)
    campaign = db.session.execute(select(Campaign).filter_by(slug=known.CAMPAIGN_SLUG)).scalar_one()
    _coalition(campaign, by=by)
    _seen()


def _above(locals_: list[Organisation]) -> None:
    made = [
        Organisation(slug=f"voorbeeld-{kind}", kind=kind, name=name, country="BE", languages=["nl"], is_example=True)
        for kind, name in ABOVE.items()
    ]
    db.session.add_all(made)
    db.session.flush()
    for local in locals_:
        desk_requests.stand_under(local, parents=[each.id for each in made])


def _coalition(campaign: Campaign, *, by: int) -> None:
    """One member whose page is open, with a question in its own words; another whose page waits for the lead."""
    for slug in (OPEN, WAITING):
        member = coalitions.invite(campaign, organisation_id=_known(slug).id, by=by)
        coalitions.ask(member, words={"nl": QUESTION} if slug == OPEN else {}, by=by)
        if slug == OPEN:
            coalitions.approve(member, by=by)
        campaigns.place(campaign, organisation_id=member.organisation_id, sites=[], language="nl", kind="link", by=by)


def _seen() -> None:
    """The widget of the local was seen on its own site, and on one that it did not list."""
    place = db.session.execute(select(Placement).filter_by(key=known.WIDGET_KEY)).scalar_one()
    for host, hours in ((f"{known.LOCAL_SLUG}.voorbeeld.example", 3), (STRANGE_SITE, 30)):
        when = now() - timedelta(hours=hours)
        db.session.add(PlacementSite(placement_id=place.id, host=host, first_seen_at=when, last_seen_at=when))


def _known(slug: str) -> Organisation:
    found = organisations.by_slug(slug)
    if found is None:
        raise LookupError(f"The sample data names an organisation that it does not describe: {slug}")
    return found
