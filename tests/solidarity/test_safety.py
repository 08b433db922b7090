"""In safety mode no page that hangs on a campaign names its partner: not the wall, not the booklet either."""

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns import queries as campaigns
from campaigner.core.db import db, transaction
from campaigner.organisations.models import Organisation
from campaigner.solidarity import service
from tests.solidarity.people import moderator, shown, struggle, wrote

pytestmark = pytest.mark.usefixtures("clean")


@pytest.mark.parametrize(("safety", "named"), [(True, False), (False, True)])
def test_the_partner_is_named_only_where_that_is_safe(safety: bool, named: bool, client: FlaskClient) -> None:
    partner = Organisation(slug="verborgen-bond", kind="partner", name="Verborgen Bond", country="HN", languages=["es"])
    db.session.add(partner)
    db.session.commit()
    campaign, by = struggle(partner_id=partner.id, safety_mode=safety), moderator()
    shown(wrote(campaign, "Hou vol"), by=by)
    with transaction():
        token = service.booklet_token(service.renew(campaign, by=by))
    paths = [f"/nl/c/{campaign.slug}", f"/nl/c/{campaign.slug}/messages", f"/booklet/{token}"]
    assert [("Verborgen Bond" in client.get(path).text) for path in paths] == [named] * 3
    page = campaigns.page(campaign.slug, "nl")
    assert page is not None
    assert (page.partner is not None) is named  # which is what the booklet prints
