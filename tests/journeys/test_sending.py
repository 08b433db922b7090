"""The promise to whoever watches a send: the page moves by itself, whichever way there is; a keyboard is enough."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from campaigner.alerts import service as alerts
from campaigner.campaigns.models import Campaign
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.outbox.models import Delivery
from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, until
from tests.journeys.test_staff import log_in

pytestmark = pytest.mark.browser
PEOPLE = 240
Visits = Callable[..., Visit]


@pytest.fixture
def email(stage: Stage) -> str:
    """Somebody who may watch."""
    with stage.app.app_context():
        found = make.account(name="Team campagnes", roles=("campaigner",)).email
        db.session.commit()
        db.session.remove()
    return found


@pytest.fixture
def campaign_id(stage: Stage) -> int:
    """A campaign on which many people acted: others each time, for nobody gets more alerts than the cap allows."""
    with stage.app.app_context():
        campaign = make.campaign()
        for _ in range(PEOPLE):
            make.acted(campaign)
        found = int(campaign.id)
        db.session.remove()
    return found


@pytest.fixture
def going(stage: Stage, campaign_id: int) -> Iterator[str]:
    """The page of an alert that goes out slowly."""
    stage.office.slow = 0.15
    with stage.app.app_context():
        campaign = db.session.get_one(Campaign, campaign_id)
        alert_id = make.alert(campaign).id
        with transaction():
            alerts.send(alert_id, policy="hold", confirmed=PEOPLE, settings=stage.app.extensions["campaigner"])
        db.session.remove()
    yield f"/staff/alerts/{alert_id}"
    stage.office.slow = 0.0
    with stage.app.app_context(), suppress(Conflict), transaction():
        alerts.stop(alert_id)


def watch(visitor: Visit, path: str) -> tuple[Page, list[str]]:
    """Open the page of a send. Returns it, and every address below its own that it asks for."""
    asked: list[str] = []
    page = visitor.page
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]) if path in request.url else None)
    visitor.goto(path)
    page.evaluate("window.untouched = true")
    return page, asked


def delivered(page: Page) -> int:
    """What the page says was delivered."""
    words = page.locator("[data-part=stats] .number").first.inner_text()
    return int(words) if words.isdigit() else 0


def goes_on(page: Page) -> None:
    """The numbers change, without a reload."""
    before = delivered(page)
    until(lambda: page.wait_for_timeout(100) or delivered(page) > before, "a number that grew")
    assert page.evaluate("window.untouched")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_server_tells_the_page_what_happens(
    visit: Visits, stage: Stage, email: str, going: str, width: int, scheme: str
) -> None:
    visitor = visit(width=width, scheme=scheme)
    log_in(visitor, email)
    page, asked = watch(visitor, going)
    goes_on(page)
    goes_on(page)
    assert "stream" in asked
    assert "progress" not in asked
    assert visitor.flaws() == []
    assert visitor.fits()
    stage.office.slow = 0.0
    expect(page.locator("[data-part=head][data-moving=no]")).to_have_count(1)
    expect(page.locator("[data-part=stats] .number").first).to_have_text(str(PEOPLE))
    expect(page.locator("#said")).to_have_text(re.compile(rf"{PEOPLE} afgeleverd"))
    assert page.evaluate("window.untouched")
    assert visitor.complaints == []


def test_a_browser_that_cannot_be_told_asks(visit: Visits, stage: Stage, email: str, going: str) -> None:
    visitor = visit(width=1280)
    log_in(visitor, email)
    visitor.page.add_init_script("delete window.EventSource")
    page, asked = watch(visitor, going)
    goes_on(page)
    assert "progress" in asked
    assert "stream" not in asked
    assert visitor.complaints == []


def test_who_comes_when_all_seats_are_taken_asks_and_a_seat_is_free_again_when_its_reader_left(
    visit: Visits, stage: Stage, email: str, going: str
) -> None:
    first, second = visit(width=1280), visit(width=1280)
    log_in(first, email)
    log_in(second, email)
    told, asked_by_first = watch(first, going)
    goes_on(told)
    asks, asked_by_second = watch(second, going)
    goes_on(asks)
    goes_on(told)
    assert "progress" not in asked_by_first
    assert {"stream", "progress"} <= set(asked_by_second)
    assert second.complaints == []

    told.close()
    script = "async (path) => { const a = await fetch(path); await a.body?.cancel(); return a.status; }"
    until(lambda: asks.evaluate(script, f"{going}/stream") == 200, "a free seat")


def test_a_page_without_scripts_is_loaded_again_by_hand(visit: Visits, stage: Stage, email: str, going: str) -> None:
    visitor = visit(width=390, scripts=False)
    log_in(visitor, email)
    page = visitor.page
    visitor.goto(going)
    before = delivered(page)
    until(lambda: page.locator("#again").click() or delivered(page) > before, "a number that grew")
    page.locator("form[action$='/pause'] button").click()
    expect(page.locator("[data-part=notes]")).to_be_visible()


def test_the_keyboard_pauses_resumes_and_stops(visit: Visits, stage: Stage, email: str, going: str) -> None:
    visitor = visit(width=1280)
    log_in(visitor, email)
    page, _asked = watch(visitor, going)
    goes_on(page)
    tab_to(page, "Pauzeer")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=notes]")).to_be_visible()
    tab_to(page, "Hervat")
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/pause'] button")).to_be_visible()
    tab_to(page, "Hetzelfde in cijfers")
    page.keyboard.press("Enter")
    expect(page.locator("#minutes")).to_be_visible()
    page.evaluate("window.untouched = true")
    goes_on(page)
    expect(page.locator("#minutes")).to_be_visible()
    assert "Hetzelfde" in page.evaluate("document.activeElement.textContent"), "the focus was lost"
    tab_to(page, "Stop voorgoed")
    page.keyboard.press("Enter")
    tab_to(page, "Ja, stop")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=head][data-moving=no]")).to_have_count(1)
    assert visitor.flaws() == []
    assert visitor.complaints == []


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what says that."""
    for _ in range(60):
        if page.evaluate("document.activeElement.textContent.trim()").find(words) in range(4):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by keyboard to {words}")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_pages_beside_it_can_be_used_by_everybody(
    visit: Visits, stage: Stage, email: str, going: str, width: int, scheme: str
) -> None:
    with stage.app.app_context():
        alert = alerts.get(int(going.rpartition("/")[2]))
        with transaction():
            alerts.stop(alert.id)
        db.session.query(Delivery).filter_by(mailing_id=alert.mailing_id, state="cancelled").update(
            {"state": "unknown"}
        )
        db.session.commit()
        db.session.remove()
    visitor = visit(width=width, scheme=scheme)
    log_in(visitor, email)
    for path in (going, f"{going}/uncertain", f"{going}/uncertain?page=2", "/staff/mail/"):
        assert visitor.goto(path).status == 200, path
        assert visitor.flaws() == [], path
        assert visitor.fits(), path
    assert visitor.complaints == []
