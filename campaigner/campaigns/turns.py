"""One person at a time on a campaign: whoever changes what hangs on it waits for whoever is doing so."""

from campaigner.campaigns.models import Campaign
from campaigner.core.db import db


def take(campaign: Campaign) -> None:
    """Lock the campaign's row until the transaction ends, and read it afresh."""
    db.session.refresh(campaign, with_for_update={"of": Campaign})
