"""The promise to an organisation: it signs a charter, confirms from a real mail, staff look, and the name is there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from campaigner.charters import service
from campaigner.charters.models import CoSigner
from campaigner.core.db import db, transaction
from tests import make
from tests.charters.stage import charter
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]


@pytest.mark.parametrize(("width", "scripts", "scheme"), [(390, True, "light"), (1280, False, "dark")])
def test_an_organisation_signs_confirms_and_stands_under_the_charter(
    visit: Visits, stage: Stage, width: int, scripts: bool, scheme: str
) -> None:
    with stage.app.app_context():
        campaign = charter()
        slug, campaign_id = campaign.slug, campaign.id
        db.session.remove()
    name, address = f"Militantenkern Proef {width}", f"kern{width}@voorbeeld.example"
    visitor = visit(width=width, scripts=scripts, scheme=scheme)
    page = visitor.page
    visitor.goto(f"/nl/c/{slug}")
    page.get_by_role("link", name="Teken voor je organisatie").click()
    assert visitor.fits()
    assert page.locator("main input:checked").count() == 0
    for field, typed in {"name": name, "place": "Gent", "contact": "Rosa", "role": "delegee", "email": address}.items():
        page.locator(f"[name={field}]").fill(typed)
    page.locator("[name=kind]").select_option("local")
    for field in ("mandate", "agree"):
        page.locator(f"[name={field}]").check()
    page.get_by_role("button", name="Teken het charter").click()
    page.wait_for_url("**/charter/thanks?*")
    expect(page.locator("main")).not_to_contain_text(address)
    assert visitor.fits()
    visitor.goto(link_in(stage.mail_to(address), r"/charter/[^/\s]+"))
    page.get_by_role("button", name="Bevestig voor mijn organisatie").click()
    expect(page.locator("h1")).to_have_text("Bevestigd. Nu kijken wij het na.")
    with stage.app.app_context():
        with transaction():
            row = db.session.query(CoSigner).filter_by(campaign_id=campaign_id).one()
            service.show(row, by=make.account().id)
        db.session.remove()
    stage.mail_to(address, at=1)
    visitor.goto(f"/nl/c/{slug}/charter")
    expect(page.locator(".co-signers")).to_contain_text(name)
    assert visitor.fits()
    if scripts:
        assert visitor.flaws() == []
    assert visitor.context.cookies() == []
    assert visitor.foreign == set()
    assert visitor.complaints == []
