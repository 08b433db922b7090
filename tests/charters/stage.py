"""What the tests of charters share: a campaign with an open one, and an organisation that signs it."""

from campaigner.campaigns.models import Campaign
from campaigner.charters import service
from campaigner.charters.models import CoSigner
from campaigner.charters.service import Said
from campaigner.core.db import transaction
from tests import make


def charter(**more: str) -> Campaign:
    """A campaign whose charter takes names; written in Dutch alone."""
    campaign = make.campaign(**more)
    by = make.account().id
    with transaction():
        service.write(campaign, language="nl", title="Charter voor zorg", body="Wij vragen **drie** dingen.", by=by)
        service.open_(campaign, by=by)
    return campaign


def sign(campaign: Campaign, *, turn: str = "", **changes: str) -> CoSigner:
    """An organisation that fills in the form, committed."""
    said = {
        "name": "Afdeling Voorbeeld", "kind": "local", "place": "Gent", "country": "BE", "contact": "Rosa",
        "role": "secretaris", "email": "rosa@voorbeeld.example", **changes,
    }  # fmt: skip
    with transaction():
        return service.sign(campaign, said=Said(**said), language="nl", turn=turn or said["name"])
