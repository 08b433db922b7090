"""The widget in a real browser, on pages of another origin than ours."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from campaigner.campaigns.models import Placement
from campaigner.core.db import db
from tests import make

pytestmark = pytest.mark.browser
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
Show = Callable[..., str]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A phone with JavaScript."""
    context = chromium.new_context(viewport={"width": 390, "height": 800}, locale="nl-BE")
    yield context.new_page()
    assert context.cookies() == []
    context.close()


@pytest.fixture
def ours(app: Flask, clean: None) -> Iterator[str]:
    """Campaigner on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    yield from _running(server, server.server_port)


@pytest.fixture
def pages() -> dict[str, str]:
    """What the local's site shows under each path."""
    return {}


@pytest.fixture
def theirs(pages: dict[str, str]) -> Iterator[str]:
    """A local's site: another origin, that knows nothing of Campaigner."""

    class Site(BaseHTTPRequestHandler):
        """Sends the page, as it is at this moment."""

        def do_GET(self) -> None:
            """Answer."""
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    yield from _running(server, server.server_port)


@pytest.fixture
def show(ours: str, theirs: str, pages: dict[str, str]) -> Show:
    """Put this inside the local's page; returns the page's address."""

    def put(inside: str, *, scripts: int = 1) -> str:
        script = f'<script async src="{ours}/embed.js"></script>' * scripts
        head = "<!doctype html><html lang=nl><title>Afdeling</title><h1>Afdeling</h1>"
        pages["/"] = f"{head}<p>{inside}</p>{script}</html>"
        return f"{theirs}/"

    return put


def _running(server: Any, port: int) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def place(theirs: str, clean: None) -> Placement:
    """An open campaign's place on the local's site."""
    return _place(theirs)


def _place(site: str, **more: Any) -> Placement:
    campaign = make.campaign(is_example=True, **more)
    row = make.placement(campaign, organisation=make.local("Afdeling Leiestreek"), sites=(site,))
    db.session.commit()
    return row


def _link(ours: str, place: Placement, words: str = "Teken mee met de pluksters") -> str:
    return f'<a class="campaigner-widget" href="{ours}/w/{place.key}">{words}</a>'


def _height(page: Page, at: int = 0) -> int:
    """The height of a frame once it has followed its document."""
    frame = page.locator("iframe.campaigner-widget").nth(at)
    expect(frame).not_to_have_css("height", "1050px", timeout=10_000)
    return round(frame.bounding_box()["height"])  # type: ignore[index]


def _sign(frame: FrameLocator, **answers: str) -> None:
    typed = make.form()
    for name in ("first_name", "last_name", "email", "postcode"):
        frame.locator(f"[name={name}]").fill(typed[name])
    for name, value in answers.items():
        frame.locator(f"[name={name}][value={value}]").check()
    frame.locator("[name=agree]").check()
    frame.locator("button[type=submit]").click()


def test_a_local_member_signs_inside_the_locals_page(
    page: Page, show: Show, ours: str, theirs: str, place: Placement
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(show(_link(ours, place)))
    first = _height(page)
    expect(page.locator("iframe")).to_have_attribute("title", "Teken mee met de pluksters")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".with")).to_have_text("Samen met Afdeling Leiestreek")
    assert frame.locator("body").evaluate("body => body.scrollWidth <= innerWidth && body.scrollHeight <= innerHeight")
    _sign(frame, mail_host="no", mail_local="yes")
    expect(frame.locator("h2").first).to_have_text("Kijk in je mailbox, Fatiha.")
    expect(page.locator("iframe")).not_to_have_css("height", f"{first}px")
    assert page.url == f"{theirs}/"
    assert said == []
    db.session.rollback()
    [action] = make.actions(place.campaign)
    assert action.placement_id == place.id
    assert (action.channel, action.site_host, action.site_verified) == ("widget", theirs.removeprefix("http://"), True)


def test_a_mistake_is_told_inside_the_frame_and_the_screen_goes_there(
    page: Page, show: Show, ours: str, place: Placement
) -> None:
    page.goto(show("<br>" * 60 + _link(ours, place) + "<br>" * 60))
    page.locator("iframe").scroll_into_view_if_needed()
    frame = page.frame_locator("iframe")
    frame.locator("[name=first_name]").fill("Fatiha")
    frame.locator("form").evaluate("form => form.noValidate = true")
    frame.locator("button[type=submit]").click()
    expect(frame.locator("#errors")).to_be_focused()
    expect(frame.locator("#errors")).to_be_in_viewport()
    expect(frame.locator("[name=first_name]")).to_have_value("Fatiha")


def test_without_script_the_link_is_the_form(chromium: Browser, show: Show, ours: str, place: Placement) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(show(_link(ours, place)))
    expect(page.locator("iframe")).to_have_count(0)
    page.get_by_role("link", name="Teken mee met de pluksters").click()
    typed = make.form()
    for name in ("first_name", "last_name", "email", "postcode"):
        page.locator(f"[name={name}]").fill(typed[name])
    page.locator("[name=agree]").check()
    page.locator("button[type=submit]").click()
    expect(page.locator("h2").first).to_have_text("Kijk in je mailbox, Fatiha.")
    context.close()
    db.session.rollback()
    [action] = make.actions(place.campaign)
    assert (action.placement_id, action.site_verified) == (place.id, True)


def test_a_plain_frame_needs_no_script_of_the_page(page: Page, show: Show, ours: str, place: Placement) -> None:
    page.goto(show(f'<iframe src="{ours}/w/{place.key}" title="Teken" width="100%" height="1050"></iframe>', scripts=0))
    frame = page.frame_locator("iframe")
    _sign(frame)
    expect(frame.locator("h2").first).to_have_text("Kijk in je mailbox, Fatiha.")


def test_included_twice_it_makes_one_frame(page: Page, show: Show, ours: str, place: Placement) -> None:
    page.goto(show(_link(ours, place), scripts=2))
    _height(page)
    expect(page.locator("iframe")).to_have_count(1)


def test_the_script_leaves_no_name_behind_in_the_page(page: Page, show: Show, ours: str, place: Placement) -> None:
    names = "Object.getOwnPropertyNames(window).filter(name => !/^[0-9]+$/.test(name)).sort()"
    page.goto(show(_link(ours, place), scripts=0))
    before = page.evaluate(names)
    page.goto(show(_link(ours, place)))
    _height(page)
    assert page.evaluate(names) == before


def test_two_widgets_on_one_page_do_not_touch_each_other(
    page: Page, show: Show, ours: str, theirs: str, place: Placement
) -> None:
    closed = _place(theirs, state="won")
    page.goto(show(_link(ours, place) + _link(ours, closed, "Bekijk het resultaat")))
    form, result = _height(page, 0), _height(page, 1)
    assert form > result + 200
    expect(page.frame_locator("iframe").nth(1).locator("h2")).to_have_text("Dit is gewonnen.")
    _sign(page.frame_locator("iframe").nth(0))
    expect(page.frame_locator("iframe").nth(0).locator("h2").first).to_have_text("Kijk in je mailbox, Fatiha.")
    assert _height(page, 1) == result


def test_a_link_that_comes_later_becomes_a_widget_too(page: Page, show: Show, ours: str, place: Placement) -> None:
    page.goto(show("<span id=later></span>"), wait_until="networkidle")
    page.evaluate("link => { document.getElementById('later').innerHTML = link }", _link(ours, place))
    _height(page)


def test_nobody_else_can_set_a_height(page: Page, show: Show, ours: str, place: Placement) -> None:
    other = f'<iframe srcdoc="<p>x"></iframe><iframe src="{ours}/w/onbekend"></iframe>'
    page.goto(show(_link(ours, place) + other), wait_until="networkidle")
    before = _height(page)
    tell = "parent.postMessage({campaigner: 1, height: 2000}, '*')"
    page.evaluate(tell)
    for url in ("about:srcdoc", f"{ours}/w/onbekend"):
        next(found for found in page.frames if found.url == url).evaluate(tell)
    frame = next(found for found in page.frames if found.url == f"{ours}/w/{place.key}")
    for bad in ("'2000'", "2000.5", "NaN", "null"):
        frame.evaluate(f"parent.postMessage({{campaigner: 1, height: {bad}}}, '*')")
    page.wait_for_timeout(200)
    assert _height(page) == before
    # A frame made too low answers at once with the height of its strip, so every height is written down.
    page.evaluate("""() => {
        const frame = document.querySelector("iframe.campaigner-widget");
        window.given = [];
        const note = () => given.push(parseInt(frame.style.height));
        new MutationObserver(note).observe(frame, { attributeFilter: ["style"] });
    }""")
    for absurd, kept in (("99999", 3000), ("-5", 120)):
        frame.evaluate(f"parent.postMessage({{campaigner: 1, height: {absurd}}}, '*')")
        page.wait_for_function("kept => given.includes(kept)", arg=kept)
    assert page.evaluate("given.every(height => height >= 120 && height <= 3000)")


def test_a_frame_that_left_for_another_origin_is_not_heard(
    page: Page, show: Show, pages: dict[str, str], ours: str, theirs: str, place: Placement
) -> None:
    page.goto(show(_link(ours, place)), wait_until="networkidle")
    before = _height(page)
    pages["/away"] = "<p>Weg</p><script>parent.postMessage({campaigner: 1, height: 2000}, '*')</script>"
    page.evaluate("url => { document.querySelector('iframe').src = url }", f"{theirs}/away")
    expect(page.frame_locator("iframe").get_by_text("Weg")).to_be_visible(timeout=15_000)
    page.wait_for_timeout(200)
    assert _height(page) == before


def test_hostile_styles_of_the_page_do_not_reach_the_frame(page: Page, show: Show, ours: str, place: Placement) -> None:
    hostile = "<style>* { all: unset; position: fixed; width: 40px !important; height: 9px !important }</style>"
    page.goto(show(hostile + _link(ours, place)))
    assert _height(page) > 600
    expect(page.locator("iframe")).to_have_css("position", "static")


def test_a_site_that_is_not_listed_is_refused_and_gets_its_link_back(
    page: Page, show: Show, ours: str, clean: None
) -> None:
    elsewhere = _place("https://elders.example")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "frame-ancestors" in message.text else None)
    page.goto(show(_link(ours, elsewhere)))
    expect(page.locator("iframe")).to_have_count(1)
    expect(page.get_by_role("link", name="Teken mee met de pluksters")).to_be_visible(timeout=10_000)
    expect(page.locator("iframe")).to_have_count(0)
    assert refused


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [280, 390, 700])
def test_it_is_accessible_in_a_column_on_a_phone_and_wide(
    chromium: Browser, ours: str, place: Placement, width: int, scheme: Any
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    for query in ("", "?size=strip"):
        page.goto(f"{ours}/w/{place.key}{query}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        # The policy of the widget lets nothing be added to it, so the checker comes in through the debugger.
        found = Axe().run(page)
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    context.close()
