"""The promise to a local, whatever its site is like: people sign there, and nothing of theirs goes anywhere else.

Pages of another origin that are hostile, strict, narrow, slow, sandboxed, or run no scripts; and pages of
people who have no business showing our forms.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error, FrameLocator, Page, expect
from sqlalchemy import select

from campaigner.actions.models import Action
from campaigner.campaigns.models import Campaign, Placement
from campaigner.core.db import db
from campaigner.demo import known
from campaigner.organisations.models import Organisation
from tests import make
from tests.journeys import elsewhere
from tests.journeys.conftest import Visit
from tests.journeys.elsewhere import Elsewhere
from tests.journeys.stage import Stage

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]
HOSTILE = "<style>* { all: unset; position: fixed } iframe { width: 9px !important; display: none !important }</style>"
STRICT = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src {url}; frame-src {url}; "
    "require-trusted-types-for 'script'"
)
FACEBOOK = (
    "Mozilla/5.0 (Linux; Android 13; SM-A135F) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0 "
    "Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/462.0.0.47.85;]"
)
NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore"])
    Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError") } });
const shut = () => { throw new Error("cookie") };
Object.defineProperty(Document.prototype, "cookie", { get: shut, set: shut });
"""
# A line as on a train, the profile that browsers call "Slow 3G", and a phone of some years ago.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
SLOWER_PROCESSOR = 4
USABLE = 6.0  # seconds


@pytest.fixture
def theirs(stage: Stage) -> Iterator[Elsewhere]:
    """A local's site."""
    with elsewhere.site() as site:
        yield site


@pytest.fixture
def key(stage: Stage, theirs: Elsewhere) -> str:
    """The key of a place on that site."""
    return place(stage, theirs)


def place(stage: Stage, site: Elsewhere, *, language: str = "nl", slug: str = known.CAMPAIGN_SLUG) -> str:
    """A place for a campaign of the demo on a site."""
    with stage.app.app_context():
        campaign = db.session.scalars(select(Campaign).filter_by(slug=slug)).one()
        local = db.session.scalars(select(Organisation).filter_by(slug=known.LOCAL_SLUG)).one()
        row = make.placement(campaign, organisation=local, sites=(site.url,))
        row.language = language
        db.session.commit()
        found = row.key
        db.session.remove()
    return found


def acts(stage: Stage, key: str) -> list[tuple[str, str | None, bool | None]]:
    """What came in under a key: the channel, the site that the browser named, and whether it is listed."""
    with stage.app.app_context():
        rows = db.session.execute(
            select(Action.channel, Action.site_host, Action.site_verified)
            .join(Placement, Action.placement_id == Placement.id)
            .where(Placement.key == key)
        ).all()
        db.session.remove()
    return [(row.channel, row.site_host, row.site_verified) for row in rows]


def link(stage: Stage, key: str, query: str = "") -> str:
    """What a local pastes."""
    return f'<a class="campaigner-widget" href="{stage.url}/w/{key}{query}">Teken mee</a>'


def script(stage: Stage) -> str:
    """The line of script."""
    return f'<script async src="{stage.url}/embed.js"></script>'


def frame_code(stage: Stage, key: str, more: str = "") -> str:
    """The plain frame."""
    return f'<iframe src="{stage.url}/w/{key}" title="Teken mee" width="100%" height="1200" {more}></iframe>'


def fill(form: FrameLocator | Page, **changes: str) -> None:
    """Fill in the form and press its button."""
    typed = make.form(**changes)
    for name in ("first_name", "last_name", "email", "postcode"):
        form.locator(f"[name={name}]").fill(typed[name])
    form.locator("[name=agree]").check()
    form.locator("form button[type=submit]").click()


def thanked(form: FrameLocator | Page) -> None:
    """The thanks stand where the form stood."""
    expect(form.locator("main h2").first).to_contain_text("Fatiha")


def verified(stage: Stage, key: str, site: Elsewhere) -> None:
    """One act came in, from that site, and the site is listed."""
    assert acts(stage, key) == [("widget", site.url.removeprefix("http://"), True)]


def test_under_hostile_styles_and_the_strictest_policy(
    visit: Visits, stage: Stage, theirs: Elsewhere, key: str
) -> None:
    visitor = visit()
    visitor.home = theirs.url
    address = theirs.put(
        HOSTILE + link(stage, key) + script(stage), Content_Security_Policy=STRICT.format(url=stage.url)
    )
    visitor.goto(address)
    frame = visitor.page.locator("iframe.campaigner-widget")
    expect(frame).to_have_css("position", "static")
    expect(frame).to_have_css("display", "block")
    visitor.page.wait_for_function(
        "(h => h > 600 && h <= 860)(document.querySelector('iframe.campaigner-widget').getBoundingClientRect().height)"
    )
    box = frame.bounding_box()
    assert box
    assert box["width"] >= 300
    assert 600 < box["height"] <= 860, "such a page cannot be scrolled, so the frame can"
    form = visitor.page.frame_locator("iframe.campaigner-widget")
    fill(form)
    thanked(form)
    verified(stage, key, theirs)
    assert visitor.foreign == {stage.url.removeprefix("http://")}
    assert visitor.context.cookies() == []
    assert visitor.complaints == []


def test_two_campaigns_in_two_languages_on_one_page(visit: Visits, stage: Stage, theirs: Elsewhere, key: str) -> None:
    with stage.app.app_context():
        others = select(Campaign.slug).where(Campaign.state == "open", Campaign.slug != known.CAMPAIGN_SLUG)
        slug = db.session.scalars(others.order_by(Campaign.id).limit(1)).one()
        db.session.remove()
    other = place(stage, theirs, language="fr", slug=slug)
    page = visit(width=1280).page
    page.goto(theirs.put(link(stage, key) + link(stage, other, "?act=petition&theme=green") + script(stage)))
    first, second = (page.frame_locator("iframe.campaigner-widget").nth(at) for at in (0, 1))
    expect(first.locator("html")).to_have_attribute("lang", "nl")
    expect(second.locator("html")).to_have_attribute("lang", "fr")
    expect(second.locator("html")).to_have_attribute("data-theme", "green")
    fill(second)
    thanked(second)
    expect(first.locator("[name=first_name]")).to_have_value("")
    fill(first)
    thanked(first)
    verified(stage, key, theirs)
    verified(stage, other, theirs)


def test_in_a_sandbox_that_lets_scripts_through_and_no_forms(
    visit: Visits, stage: Stage, theirs: Elsewhere, key: str
) -> None:
    visitor = visit()
    page = visitor.page
    page.goto(theirs.put(frame_code(stage, key, 'sandbox="allow-scripts" security="restricted"')))
    form = page.frame_locator("iframe")
    form.locator("[name=first_name]").fill("Fatiha")
    form.locator("form").evaluate("form => form.noValidate = true")
    form.locator("form button[type=submit]").click()
    expect(form.locator("#errors")).to_be_focused()
    expect(form.locator("[name=first_name]")).to_have_value("Fatiha")
    fill(form)
    thanked(form)
    verified(stage, key, theirs)
    form.get_by_role("link", name="Laat nog iemand tekenen").click()
    expect(form.locator("[name=first_name]")).to_have_value("")
    form.locator("[name=first_name]").press("Enter")  # says what is missing, and does not drop what was typed
    expect(form.locator("[name=first_name]")).to_have_js_property("validity.valid", False)


def test_in_a_sandbox_a_line_that_breaks_keeps_what_was_typed(
    visit: Visits, stage: Stage, theirs: Elsewhere, key: str
) -> None:
    visitor = visit()
    page = visitor.page
    page.goto(theirs.put(frame_code(stage, key, 'sandbox="allow-scripts"')))
    form = page.frame_locator("iframe")
    page.route("**/w/*", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    fill(form)
    expect(form.locator(".failed")).to_contain_text("Wat je invulde staat er nog")
    expect(form.locator("[name=first_name]")).to_have_value("Fatiha")
    page.unroute("**/w/*")
    form.locator("form button[type=submit]").click()
    thanked(form)


def test_where_no_script_runs_at_all(visit: Visits, stage: Stage, theirs: Elsewhere, key: str) -> None:
    page = visit(scripts=False).page
    page.goto(theirs.put(frame_code(stage, key)))
    form = page.frame_locator("iframe")
    fill(form)
    thanked(form)
    verified(stage, key, theirs)


def test_in_a_form_of_the_site_itself(visit: Visits, stage: Stage, theirs: Elsewhere, key: str) -> None:
    page = visit(scripts=False).page
    page.goto(
        theirs.put(f"""<form action="{stage.url}/s/{key}" method="post">
        <label>Voornaam <input name="first_name"></label><label>Mail <input name="email"></label><button>Verder</button>
        </form>""")
    )
    page.get_by_label("Voornaam").fill("Fatiha")
    page.get_by_label("Mail").fill(make.form()["email"])
    page.get_by_role("button", name="Verder").click()
    expect(page.locator("[name=first_name]")).to_have_value("Fatiha")
    assert page.locator("input:checked").count() == 0
    fill(page)
    thanked(page)
    verified(stage, key, theirs)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_column_of_280_pixels(visit: Visits, stage: Stage, theirs: Elsewhere, key: str, scheme: str) -> None:
    visitor = visit(width=900, scheme=scheme)
    column = f'<div style="width:280px">{link(stage, key, "?act=letter")}</div>{script(stage)}'
    visitor.page.goto(theirs.put(column))
    expect(visitor.page.locator("iframe.campaigner-widget")).not_to_have_css("height", "1050px")
    frame = next(each for each in visitor.page.frames if f"/w/{key}" in each.url)
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight")
    sizes = "[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')].filter(each => "
    sizes += "each.offsetHeight && !each.closest('.decoy') && each.getBoundingClientRect().height < 20)"
    assert frame.evaluate(f"{sizes}.length") == 0
    assert visitor.flaws() == []


def test_with_storage_blocked_in_facebooks_own_browser(
    chromium: Any, stage: Stage, theirs: Elsewhere, key: str
) -> None:
    context = chromium.new_context(user_agent=FACEBOOK, viewport={"width": 390, "height": 800}, locale="nl-BE")
    context.add_init_script(NO_STORAGE)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(theirs.put(link(stage, key) + script(stage)))
    form = page.frame_locator("iframe.campaigner-widget")
    fill(form)
    thanked(form)
    verified(stage, key, theirs)
    assert wrong == []
    assert context.cookies() == []
    context.close()


def test_over_a_slow_line_the_form_is_soon_there(visit: Visits, stage: Stage, theirs: Elsewhere, key: str) -> None:
    visitor = visit()
    page = visitor.page
    wire = visitor.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    address = theirs.put(link(stage, key) + script(stage))
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    name = page.frame_locator("iframe.campaigner-widget").locator("[name=first_name]")
    name.wait_for(timeout=30_000)
    name.fill("Fatiha")
    took = time.monotonic() - began
    print(f"\nslow line: the form in the widget took typing after {took:.1f} s")  # noqa: T201
    assert took < USABLE


@pytest.mark.parametrize(
    "path",
    [
        "/w/{key}",
        "/w/{key}/thanks?r=x",
        "/nl/c/{slug}?p={key}",
        "/nl/c/{slug}/locals/{key}",
        "/staff/login",
        "/nl/contact",
    ],
)
def test_whoever_is_not_listed_frames_nothing_seen_or_unseen(visit: Visits, stage: Stage, key: str, path: str) -> None:
    visitor = visit()
    address = stage.url + path.format(key=key, slug=known.CAMPAIGN_SLUG)
    with elsewhere.site() as evil:
        bait = '<button style="position:absolute;top:9rem">Win een fiets</button>'
        lid = "position:absolute;inset:0;opacity:.01;width:100%;height:900px"
        visitor.page.goto(evil.put(f'{bait}<iframe src="{address}" style="{lid}"></iframe>'))
        refused(visitor, stage)


def test_a_page_that_frames_the_locals_page_does_not_get_the_form_with_it(
    visit: Visits, stage: Stage, theirs: Elsewhere, key: str
) -> None:
    visitor = visit()
    inner = theirs.put(frame_code(stage, key))
    with elsewhere.site() as evil:
        visitor.page.goto(evil.put(f'<iframe src="{inner}" width="100%" height="900"></iframe>'))
        expect(visitor.page.frame_locator("iframe").locator("h1")).to_have_text("Afdeling")
        refused(visitor, stage)


def refused(visitor: Visit, stage: Stage) -> None:
    """The browser said that it may not be framed, and no form of ours is anywhere in the page."""
    visitor.page.wait_for_timeout(500)
    assert any("frame-ancestors" in said for said in visitor.complaints)
    for frame in visitor.page.frames:
        with suppress(Error):
            assert frame.locator("form").count() == 0
