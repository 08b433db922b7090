"""The promise to a supporter: sign on a phone, confirm from a real mail, be counted. In every language."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from campaigner.campaigns.models import Campaign
from campaigner.core.db import db
from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in, until

pytestmark = pytest.mark.browser
SUBJECTS = {"nl": "Bevestig je", "fr": "Confirme ta", "en": "Confirm your", "es": "Confirma tu"}
CONFIRM = r"/confirm/[^/\s]+"
WEIGHT = 60_000  # bytes over the line, at a first visit
Visits = Callable[..., Visit]


@pytest.fixture
def campaign(stage: Stage) -> str:
    """The address of an open campaign in four languages that nobody has signed yet."""
    with stage.app.app_context():
        made: Campaign = make.campaign(is_example=True, goal=100)
        slug = made.slug
        db.session.remove()
    return slug


def fill_in(visitor: Visit, **changes: Any) -> dict[str, str]:
    """Fill in the form as a supporter does. Nothing was ticked for them."""
    page = visitor.page
    assert page.locator("main input:checked").count() == 0
    typed = make.form(**changes)
    for name in ("first_name", "last_name", "email", "postcode"):
        page.locator(f"[name={name}]").fill(typed[name])
    page.locator("[name=mail_host][value=yes]").check()
    page.locator("[name=agree]").check()
    return typed


def confirmed(stage: Stage, slug: str) -> int:
    """The count that other sites read."""
    with urllib.request.urlopen(f"{stage.url}/c/{slug}/count.json") as answer:
        assert answer.headers["Cache-Control"].startswith("public, max-age=5")
        return int(json.load(answer)["count"])


def sign_and_confirm(visitor: Visit, stage: Stage, slug: str, lang: str) -> None:
    """The whole way, from the home page to the count."""
    page = visitor.page
    spoken = page.locator(f"html[lang={lang}]")
    visitor.goto(f"/{lang}/")
    expect(spoken).to_have_count(1)
    page.locator(f"main a[href='/{lang}/c/{slug}']").first.click()
    expect(page.locator("h1")).to_have_text(f"Titel {lang}")
    typed = fill_in(visitor, first_name="Zoë")
    page.locator("main form button[type=submit]:not([name])").click()
    page.wait_for_url(re.compile(rf"/{lang}/c/{slug}/thanks\?"))
    expect(page.locator("h1")).to_contain_text("Zoë")
    expect(page.locator("main")).not_to_contain_text(typed["email"])
    assert visitor.fits()
    mail = stage.mail_to(typed["email"])
    assert SUBJECTS[lang] in str(mail["Subject"])
    assert confirmed(stage, slug) == 0
    visitor.goto(link_in(mail, CONFIRM))
    expect(spoken).to_have_count(1)
    assert visitor.fits()
    page.locator("main form button[type=submit]:not([name])").click()
    page.wait_for_url(re.compile("/done$"))
    expect(page.locator(".big-number")).to_have_text("1")
    expect(page.locator("h1")).to_contain_text("Zoë")
    expect(spoken).to_have_count(1)
    assert visitor.fits()
    until(lambda: confirmed(stage, slug) == 1, "the count")


@pytest.mark.parametrize("lang", SUBJECTS)
@pytest.mark.parametrize("width", [390, 1280])
def test_a_supporter_signs_confirms_and_is_counted(
    visit: Visits, stage: Stage, campaign: str, lang: str, width: int
) -> None:
    visitor = visit(width=width, lang=lang)
    sign_and_confirm(visitor, stage, campaign, lang)
    assert visitor.context.cookies() == []
    assert visitor.foreign == set()
    assert visitor.complaints == []


def test_everything_works_without_javascript(visit: Visits, stage: Stage, campaign: str) -> None:
    visitor = visit(scripts=False)
    sign_and_confirm(visitor, stage, campaign, "nl")
    assert visitor.context.cookies() == []


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


def _tour(visitor: Visit, stage: Stage, slug: str) -> Any:
    """Every page a supporter sees, one after the other; yields what it is called."""
    page = visitor.page
    visitor.goto("/nl/")
    yield "home"
    visitor.goto("/nl/contact")
    yield "contact"
    for name in ("convictions", "decent-work", "health", "what-we-do", "privacy", "accessibility"):
        visitor.goto(f"/nl/{name}")
        yield name
    visitor.goto("/nl/c/voorbeeld-meloenplukkers")
    yield "campaign with a story"
    visitor.goto(f"/nl/c/{slug}")
    yield "campaign"
    page.locator("main form").first.evaluate("form => form.noValidate = true")
    page.locator("main form button[type=submit]:not([name])").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "form with errors"
    typed = fill_in(visitor)
    page.locator("main form button[type=submit]:not([name])").click()
    page.wait_for_url(re.compile("/thanks"))
    yield "thanks"
    visitor.goto(link_in(stage.mail_to(typed["email"]), CONFIRM))
    yield "confirm"
    page.locator("main form button[type=submit]:not([name])").click()
    page.wait_for_url(re.compile("/done$"))
    yield "confirmed"
    visitor.goto("/nl/c/bestaat-niet")
    yield "unknown page"
    visitor.goto("/u/test")
    yield "unsubscribe"


def test_the_checkers_find_what_is_wrong(visit: Visits) -> None:
    visitor = visit(width=320)
    visitor.page.set_content("<html><main><img src='data:,x'><p style='width:900px'>x</p></main></html>")
    assert any(flaw.startswith("image-alt") for flaw in visitor.flaws())
    assert not visitor.fits()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_used_by_everybody(visit: Visits, stage: Stage, campaign: str, scheme: str) -> None:
    visitor = visit(scheme=scheme)
    found = {name: flaws for name in _tour(visitor, stage, campaign) if (flaws := visitor.flaws())}
    assert found == {}
    assert visitor.context.cookies() == []
    assert visitor.foreign == set()


def test_nothing_sticks_out_on_the_smallest_phone(visit: Visits, stage: Stage, campaign: str) -> None:
    visitor = visit(width=320)
    assert [name for name in _tour(visitor, stage, campaign) if not visitor.fits()] == []


@pytest.mark.parametrize(
    "path", ["/nl/", "/nl/c/voorbeeld-meloenplukkers", "/nl/contact", "/nl/decent-work", "/u/test"]
)
def test_a_first_visit_weighs_little(visit: Visits, path: str) -> None:
    visitor = visit()
    visitor.goto(path)
    visitor.page.wait_for_load_state("networkidle")
    assert 2_000 < visitor.bytes < WEIGHT, f"{visitor.bytes} bytes"
