"""The promise to a steward with a WordPress: paste the link, and people sign in your page."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys import elsewhere, wordpress
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage
from tests.journeys.test_widget_elsewhere import acts, fill, place, thanked
from tests.journeys.wordpress import WordPress

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def site(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """A WordPress; skipped with the reason where there is none, unless CAMPAIGNER_WORDPRESS=1 says there must be."""
    if reason := wordpress.missing():
        assert os.environ.get("CAMPAIGNER_WORDPRESS") != "1", reason
        pytest.skip(reason)
    with wordpress.running(tmp_path_factory.mktemp("wp"), ours=stage.url) as running:
        yield running


@pytest.fixture
def key(stage: Stage, site: WordPress) -> str:
    """A place for a campaign on that WordPress."""
    return place(stage, elsewhere.Elsewhere(site.url))


def verified(stage: Stage, key: str, site: WordPress) -> None:
    """One act came in from there, and the site is listed."""
    assert acts(stage, key) == [("widget", site.url.removeprefix("http://"), True)]


@pytest.mark.parametrize("path", ["/s/{key}", "/nl/c/{slug}?p={key}"])
def test_the_address_alone_on_a_line_becomes_the_form(
    visit: Visits, stage: Stage, site: WordPress, key: str, path: str
) -> None:
    from campaigner.demo import known

    visitor = visit()
    address = stage.url + path.format(key=key, slug=known.CAMPAIGN_SLUG)
    visitor.page.goto(site.publish(f"Teken mee:\n\n{address}\n\nDank je."))
    frame = visitor.page.locator("iframe.wp-embedded-content")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    expect(visitor.page.locator("blockquote")).to_be_hidden()
    expect(frame).to_be_visible()
    expect(frame).to_have_attribute("height", "1000")  # WordPress lets no unknown frame be higher
    form = visitor.page.frame_locator("iframe.wp-embedded-content")
    fill(form)
    thanked(form)
    verified(stage, key, site)


def test_on_a_site_that_is_not_listed_the_card_stays(visit: Visits, stage: Stage, site: WordPress) -> None:
    other = place(stage, elsewhere.Elsewhere("https://elders.example"))
    visitor = visit()
    visitor.page.goto(site.publish(f"{stage.url}/s/{other}"))
    expect(visitor.page.locator("blockquote a")).to_be_visible()
    visitor.page.wait_for_timeout(1000)
    expect(visitor.page.locator("iframe.wp-embedded-content")).not_to_be_in_viewport()
    visitor.page.locator("blockquote a").click()
    expect(visitor.page.locator("[name=first_name]")).to_be_visible()


def test_with_our_plugin_the_form_follows_its_height(visit: Visits, stage: Stage, site: WordPress, key: str) -> None:
    site.trust()
    visitor = visit()
    visitor.page.goto(site.publish(f"{stage.url}/s/{key}?lang=fr"))
    frame = visitor.page.locator("iframe.campaigner-widget")
    expect(frame).not_to_have_attribute("sandbox", "allow-scripts")
    expect(frame).not_to_have_css("height", "1050px")
    form = visitor.page.frame_locator("iframe.campaigner-widget")
    expect(form.locator("html")).to_have_attribute("lang", "fr")
    fill(form)
    thanked(form)
    verified(stage, key, site)
