"""The promise to a steward with ten minutes: everything to carry a campaign on one page, ready to copy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from campaigner.demo import known
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]
PAGE = f"/nl/c/{known.CAMPAIGN_SLUG}/locals/{known.WIDGET_KEY}"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1280, "light"), (1280, "dark")])
def test_it_is_accessible_and_fits(visit: Visits, width: int, scheme: str) -> None:
    visitor = visit(width=width, scheme=scheme)
    visitor.goto(PAGE)
    assert visitor.fits()
    assert visitor.flaws() == []
    assert visitor.complaints == []
    assert visitor.foreign == set()
    assert visitor.context.cookies() == []


def test_a_code_is_copied_with_one_press(visit: Visits, stage: Stage) -> None:
    visitor = visit(width=1280)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=stage.url)
    visitor.goto(PAGE)
    button = visitor.page.locator("#script button[data-copy]")
    button.click()
    expect(button).to_have_text("Gekopieerd")
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f'<a class="campaigner-widget" href="{stage.url}/w/{known.WIDGET_KEY}">')
    assert copied == visitor.page.locator("#code-script").input_value()


def test_without_script_a_look_is_chosen_and_the_codes_follow(visit: Visits, stage: Stage) -> None:
    visitor = visit(scripts=False)
    visitor.goto(PAGE)
    page = visitor.page
    expect(page.locator("[data-copy]:visible")).to_have_count(0)
    page.get_by_label("Kleur").select_option("green")
    page.get_by_role("button", name="Bekijk hoe het staat").click()
    assert "theme=green" in page.locator("#code-frame").input_value()
    expect(page.frame_locator("iframe.preview").locator("html")).to_have_attribute("data-theme", "green")
    expect(page.locator("#link a b")).to_have_text(f"{stage.url}/s/{known.WIDGET_KEY}")


def test_the_pictures_on_it_are_there(visit: Visits) -> None:
    visitor = visit()
    visitor.goto(PAGE)
    visitor.page.locator("img.badge").scroll_into_view_if_needed()
    for picture in ("img.code", "img.badge"):
        expect(visitor.page.locator(picture)).not_to_have_js_property("naturalWidth", 0)
