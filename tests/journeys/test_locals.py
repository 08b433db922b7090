"""The promise to a local: ask for a desk, come in by mail, see the count grow, and take your own people with you."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from campaigner.core.db import db
from campaigner.demo import known
from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in, until
from tests.journeys.test_staff import log_in

pytestmark = pytest.mark.browser
STEWARD, SIGNER = "delegee@kern-proef.example", "teken@kern-proef.example"
STILL = "Promise.allSettled(document.getAnimations().map(each => each.finished)).then(() => null)"
NEW = "vier-woorden-op-een-rij"


def _looked_at(visitor: Visit) -> None:
    """Nothing wrong to axe, in light and in dark, and nothing sticking out."""
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour on its way
        visitor.page.evaluate(STILL)
        assert visitor.flaws() == [], f"{visitor.page.url} {scheme}"
    assert visitor.fits(), visitor.page.url


def test_a_steward_gets_a_desk_and_carries_a_campaign(visit: Callable[..., Visit], stage: Stage) -> None:
    steward = visit(width=390)
    page = steward.page
    steward.goto("/nl/locals/request")
    _looked_at(steward)
    typed = {"local": "Kern Proef", "union": "Voorbeeldbond, gewest Gent", "name": "An Voorbeeld", "email": STEWARD}
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=agree]").check()
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/locals/request/thanks$"))
    _looked_at(steward)

    host = visit(width=1280)
    with stage.app.app_context():
        email = make.account(roles=("campaigner",)).email
        db.session.commit()
        db.session.remove()
    log_in(host, email)
    host.goto("/staff/locals/")
    _looked_at(host)
    host.page.get_by_role("link", name="Kern Proef").click()
    _looked_at(host)
    host.page.get_by_role("button", name="Bureau openen en uitnodigen").click()
    host.page.wait_for_url(re.compile("/staff/locals/$"))

    steward.goto(link_in(stage.mail_to(STEWARD, at=1), r"/nl/welcome/\S+"))
    _looked_at(steward)
    page.locator("[name=password]").fill(NEW)
    page.locator("[name=again]").fill(NEW)
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/staff/login$"))
    page.locator("[name=email]").fill(STEWARD)
    page.locator("[name=password]").fill(NEW)
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/staff/local/kern-proef/$"))
    expect(page.locator("h1")).to_have_text("Kern Proef")
    _looked_at(steward)

    page.get_by_role("link", name=re.compile("Onze plaatsen")).first.click()
    page.locator("[name=kind]").select_option("link")
    page.get_by_role("button", name="Maak de plek").click()
    page.wait_for_url(re.compile("/places#place-"))
    short = page.locator("code", has_text="/s/").first.inner_text()
    _looked_at(steward)

    supporter = visit(width=390)
    supporter.goto(short)
    for name, value in make.form(email=SIGNER, first_name="Greet").items():
        if name in ("first_name", "last_name", "email", "postcode"):
            supporter.page.locator(f"[name={name}]").fill(value)
    supporter.page.locator("[name=agree]").check()
    supporter.page.locator("[name=mail_local][value=yes]").check()
    supporter.page.locator("main form button.button").first.click()
    supporter.page.wait_for_url(re.compile("/thanks"))
    supporter.goto(link_in(stage.mail_to(SIGNER), r"/confirm/[^\s/]+"))
    supporter.page.locator("main form button").first.click()

    def counted() -> bool:
        steward.goto("/staff/local/kern-proef/")
        return "1 handtekening" in page.locator(".page-head").inner_text()

    until(counted, "the signature at the local's desk")
    expect(page.locator(".bars rect")).to_have_count(1)
    _looked_at(steward)

    page.get_by_role("link", name=re.compile("Onze mensen")).first.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    _looked_at(steward)
    page.get_by_role("link", name="Exporteren met adressen").click()
    _looked_at(steward)
    with page.expect_download() as download:
        page.get_by_role("button", name="Bestand maken").click()
    assert SIGNER in download.value.path().read_text(encoding="utf-8")

    answer = steward.goto(f"/staff/local/{known.LOCAL_SLUG}/people")
    assert answer.status == 404
    assert (steward.foreign, supporter.foreign, host.foreign) == (set(), set(), set())
