"""The promise to who comes late: the page stays, says how things stand and what came of it, and takes no more acts."""

import re
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError

import pytest
from playwright.sync_api import expect

from campaigner.campaigns.models import Campaign
from campaigner.core.db import db, transaction
from tests.journeys import world as worlds
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in, until
from tests.journeys.test_acts import CONFIRM, SUBMIT, counted, fill_in, prepared
from tests.journeys.world import ENDS, LONG
from tests.solidarity import people

pytestmark = pytest.mark.browser
SAYS = {
    "paused": "Even gepauzeerd.",
    "closed": "Deze campagne is afgelopen.",
    "won": "Dit is gewonnen.",
    "handed_over": "Overhandigd.",
}
Visits = Callable[..., Visit]


def bring_to(stage: Stage, slug: str, state: str) -> None:
    """Have staff end or pause a campaign."""
    with stage.app.app_context():
        by = people.moderator()
        with transaction():
            worlds.end(db.session.query(Campaign).filter_by(slug=slug).one(), state, by=by)
        db.session.remove()


@pytest.mark.parametrize("state", ENDS)
def test_who_comes_late_sees_how_it_stands(visit: Visits, stage: Stage, world: dict[str, str], state: str) -> None:
    visitor = visit()
    page = visitor.page
    assert visitor.goto(f"/nl/c/{world[state]}").status == 200
    sheet = page.locator("#act")
    expect(sheet.locator("#h-act")).to_have_text(SAYS[state])
    expect(page.locator("main form")).to_have_count(0)
    expect(page.locator(".sign-bar")).to_have_count(0)
    if state != "paused":
        expect(sheet.locator(".number")).to_have_text("2")
        expect(page.locator(".outcome")).to_contain_text(f"Dit kwam ervan: {LONG}.")
        expect(page.locator("#h-share")).to_have_count(0)
    sheet.get_by_role("link", name="Bekijk wat je nu kan doen").click()
    expect(page.locator("#actions")).to_be_in_viewport()
    expect(page.locator(f"main a[href='/nl/c/{world[state]}']")).to_have_count(1)
    assert page.locator("#h-archive ~ .archive a").count() >= 3
    assert visitor.complaints == []


@pytest.mark.parametrize("state", ENDS)
def test_a_form_that_was_open_meanwhile_says_that_it_is_too_late(visit: Visits, stage: Stage, state: str) -> None:
    slug = prepared(stage, "petition")
    visitor = visit()
    page = visitor.page
    visitor.goto(f"/nl/c/{slug}")
    fill_in(visitor)
    bring_to(stage, slug, state)
    with page.expect_navigation() as answer:
        page.locator(SUBMIT).click()
    assert answer.value.status == 409
    expect(page.locator("#h-act")).to_have_text(SAYS[state])
    assert counted(stage, slug) == 0


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_link_mailed_before_still_confirms(visit: Visits, stage: Stage, state: str) -> None:
    slug = prepared(stage, "petition")
    visitor = visit()
    page = visitor.page
    visitor.goto(f"/nl/c/{slug}")
    typed = fill_in(visitor)
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile("/thanks"))
    link = link_in(stage.mail_to(typed["email"]), CONFIRM)
    bring_to(stage, slug, state)
    visitor.goto(link)
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile("/done$"))
    expect(page.locator("h1")).to_be_visible()
    if state == "paused":
        until(lambda: counted(stage, slug) == 1, "the count")


def test_a_widget_of_what_is_over_shows_the_result(visit: Visits, world: dict[str, str]) -> None:
    visitor = visit()
    visitor.goto(f"/w/{world['over_key']}")
    expect(visitor.page.locator("form")).to_have_count(0)
    expect(visitor.page.locator("body")).to_contain_text("2")


def test_what_is_no_longer_there_is_no_error_of_ours(stage: Stage) -> None:
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(f"{stage.url}/nl/c/nooit-geweest")
