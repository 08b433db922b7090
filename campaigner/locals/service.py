"""What a local does at its own desk: places of its own, and whether it stands in the league table."""

from campaigner.campaigns import service as campaigns
from campaigner.campaigns.models import Campaign, Placement
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.models import Organisation

PLACES_AT_MOST = 200  # of one organisation


def place(
    organisation: Organisation, *, campaign_id: int, kind: str, language: str, sites: list[str], by: int
) -> Placement:
    """A place of the local's own for a campaign that runs. Raises NotFound, Conflict when there are very many."""
    campaign = db.session.get(Campaign, campaign_id)
    if campaign is None or campaign.state not in ("open", "paused"):
        raise NotFound(_l("Choose a campaign that runs."))
    if db.session.query(Placement).filter_by(organisation_id=organisation.id).count() >= PLACES_AT_MOST:
        raise Conflict(_l("You have very many places already. Use one of those."))
    return campaigns.place(campaign, organisation_id=organisation.id, sites=sites, language=language, kind=kind, by=by)


def placement(organisation: Organisation, placement_id: int) -> Placement:
    """A place of this very organisation. Raises NotFound, also for another's."""
    found = db.session.get(Placement, placement_id)
    if found is None or found.organisation_id != organisation.id:
        raise NotFound(_l("This place is not one of yours."))
    return found


def change(found: Placement, *, sites: list[str], language: str, by: int) -> None:
    """Change where a place may stand and what it speaks. Raises DomainError for an address that is none."""
    if language not in LANGUAGES:
        raise DomainError(_l("Choose one of the languages."))
    campaigns.allow(found, sites=sites, by=by)
    found.language = language
