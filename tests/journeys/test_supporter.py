"""The promise to a supporter: a mistake is no loss, nobody signs for another, and a page weighs little."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from campaigner.campaigns.models import Campaign
from campaigner.core.db import db
from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in
from tests.journeys.test_acts import CONFIRM, fill_in, prepared

pytestmark = pytest.mark.browser
WEIGHT = 60_000  # bytes over the line, at a first visit
Visits = Callable[..., Visit]


@pytest.fixture
def campaign(stage: Stage) -> str:
    """The address of an open campaign in four languages that nobody has signed yet."""
    return prepared(stage, "petition")


def test_a_mistake_is_shown_where_it_is_and_nothing_typed_is_lost(visit: Visits, campaign: str) -> None:
    visitor = visit()
    visitor.goto(f"/nl/c/{campaign}")
    fill_in(visitor, postcode="0000", first_name="Zoë")
    visitor.page.locator("main form button[type=submit]:not([name])").click()
    note = visitor.page.locator("#errors")
    expect(note).to_be_focused()
    expect(visitor.page.locator("[name=first_name]")).to_have_value("Zoë")
    expect(visitor.page.locator("[name=mail_host][value=yes]")).to_be_checked()
    note.get_by_role("link").first.click()
    expect(visitor.page.locator("[name=postcode]")).to_have_attribute("aria-invalid", "true")


def test_somebody_else_can_say_that_it_was_not_them(visit: Visits, stage: Stage, campaign: str) -> None:
    visitor = visit()
    visitor.goto(f"/nl/c/{campaign}")
    typed = fill_in(visitor)
    visitor.page.locator("main form button[type=submit]:not([name])").click()
    visitor.page.wait_for_url(re.compile("/thanks"))
    visitor.goto(link_in(stage.mail_to(typed["email"]), rf"{CONFIRM}/not-me"))
    visitor.page.locator("main form button[type=submit]:not([name])").click()
    expect(visitor.page.locator("main form")).to_have_count(0)
    with stage.app.app_context():
        left = db.session.query(Campaign).filter_by(slug=campaign).one()
        assert make.actions(left) == []
        db.session.remove()


@pytest.mark.parametrize(
    "path",
    [
        "/nl/",
        "/nl/c/voorbeeld-meloenplukkers",
        "/nl/c/voorbeeld-meloenplukkers?act=letter",
        "/nl/c/{slug}",
        "/nl/c/{slug}?act=solidarity",
        "/nl/c/{slug}/thanks?r={receipt}",
        "/nl/c/{slug}/messages",
        "/nl/contact",
        "/nl/partners/request",
        "/nl/decent-work",
        "/u/test",
    ],
)
def test_a_first_visit_weighs_little(visit: Visits, world: dict[str, str], path: str) -> None:
    visitor = visit()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.resource_type))
    visitor.goto(path.format(**world))
    visitor.page.wait_for_load_state("networkidle")
    assert 2_000 < visitor.bytes < WEIGHT, f"{visitor.bytes} bytes"
    assert sorted(asked) == ["document", "script", "stylesheet"]
    assert visitor.foreign == set()
    assert visitor.context.cookies() == []
