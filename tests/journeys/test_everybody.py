"""The promise to everybody: each public page, in each state, with a screen reader, at night, small, enlarged, still."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import abort

from tests.journeys.conftest import Visit
from tests.journeys.places import PLACES, Place
from tests.journeys.stage import Stage

pytestmark = pytest.mark.browser
SMALLEST = {"width": 320, "height": 640}
PHONE = {"width": 390, "height": 860}
LETTERS = 16  # pixels: what browsers come with
MOVES = """() => [...document.querySelectorAll("*")].filter((each) => {
  const style = getComputedStyle(each);
  const lasts = (value) => value.split(",").some((part) => parseFloat(part) > 0.01);
  return lasts(style.transitionDuration) || (style.animationName !== "none" && lasts(style.animationDuration))
    || style.scrollBehavior === "smooth";
}).map((each) => each.outerHTML.slice(0, 120))"""
# Short words whose letters stand on two lines: a column too narrow for them, or a name cut in two.
CUT = r"""() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(".decoy, .visually-hidden, script, style, select, textarea")) continue;
    for (const word of node.data.matchAll(/\p{L}+/gu)) {
      const around = node.data.slice(Math.max(0, word.index - 1), word.index + word[0].length + 1);
      if (/[^\s\p{L},.;:?!()“”’]/u.test(around) || word[0].length > 18) continue;
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const tops = [...range.getClientRects()].filter((each) => each.width).map((each) => Math.round(each.top));
      if (new Set(tops).size > 1) found.push(word[0]);
    }
  }
  return found;
}"""
BROKEN = (400, 403, 404, 413, 429, 500)
Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def looking(chromium: Any, stage: Stage) -> Iterator[Visit]:
    """One visitor for the whole table."""
    context = chromium.new_context(viewport=PHONE, locale="nl")
    context.set_default_timeout(20_000)
    visitor = Visit(context.new_page(), context, stage.url)
    visitor.watch()
    visitor.zoom = context.new_cdp_session(visitor.page)
    yield visitor
    context.close()


def _enlarge(visitor: Visit, factor: int) -> None:
    """Letters as set in a browser: every size that is not in pixels follows, and so do breakpoints."""
    visitor.zoom.send("Page.setFontSizes", {"fontSizes": {"standard": LETTERS * factor, "fixed": 13 * factor}})


def _flaws(visitor: Visit) -> dict[str, list[str]]:
    """What is wrong with the page being shown, by the way of looking at it."""
    page, found = visitor.page, {}
    found["light"] = visitor.flaws()
    found["cut"] = page.evaluate(CUT)
    page.emulate_media(reduced_motion="reduce")
    found["moves"] = page.evaluate(MOVES)
    page.emulate_media(color_scheme="dark")
    found["dark"] = visitor.flaws("color-contrast")
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(SMALLEST)
    found["320 px"] = visitor.sticks_out()
    _enlarge(visitor, 2)
    found["320 px, 200 %"] = visitor.sticks_out()
    page.set_viewport_size(PHONE)
    found["390 px, 200 %"] = visitor.sticks_out()
    _enlarge(visitor, 1)
    return {name: flaws for name, flaws in found.items() if flaws}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_everybody_can_use_it(looking: Visit, world: dict[str, str], place: Place) -> None:
    looking.complaints.clear()
    answer = looking.arrive(place, world)
    assert answer.status == place.status
    said = [line for line in looking.complaints if place.status < 400 or "Failed to load resource" not in line]
    found = _flaws(looking) | ({"console": said} if said else {})
    assert found == {}, json.dumps(found, indent=1)
    assert looking.context.cookies() == []
    assert looking.foreign == set()


@pytest.mark.parametrize("status", BROKEN)
def test_everybody_can_use_a_page_that_says_what_went_wrong(looking: Visit, stage: Stage, status: int) -> None:
    address = f"{stage.url}/nl/broken"
    html = _refusal(stage.app, status)
    looking.page.route(address, lambda route: route.fulfill(status=status, body=html, content_type="text/html"))
    looking.goto(address)
    looking.page.unroute(address)
    assert looking.page.locator("h1").inner_text()
    assert looking.page.locator("main a.button").count() == 2
    assert _flaws(looking) == {}


def _refusal(app: Flask, status: int) -> str:
    """The page that the site answers with when this goes wrong."""
    with app.test_request_context("/nl/broken", headers={"Accept-Language": "nl"}):
        try:
            abort(status)
        except Exception as error:  # noqa: BLE001 - whatever abort raises
            return str(app.make_response(app.handle_user_exception(error)).get_data(as_text=True))


def test_the_checkers_find_what_is_wrong(visit: Visits) -> None:
    visitor = visit(width=320)
    visitor.page.set_content(
        "<html><main><img src='data:,x'><p style='width:900px; transition: color 1s'>x</p>"
        "<b style='width: 2ch; overflow-wrap: anywhere; display: block'>FOSSIEL</b></main></html>"
    )
    assert visitor.page.evaluate(CUT) == ["FOSSIEL"]
    assert any(flaw.startswith("image-alt") for flaw in visitor.flaws())
    assert [out[:2] for out in visitor.sticks_out()] == ["<p"]
    assert [moving[:2] for moving in visitor.page.evaluate(MOVES)] == ["<p"]


def test_the_letters_do_grow(looking: Visit, world: dict[str, str]) -> None:
    looking.goto("/nl/")
    height = "document.querySelector('main p').getBoundingClientRect().height"
    before = looking.page.evaluate(height)
    _enlarge(looking, 2)
    grown = looking.page.evaluate(height)
    _enlarge(looking, 1)
    assert grown > 2 * before
