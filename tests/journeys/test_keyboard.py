"""The promise to who has no mouse: every act by keyboard alone, in the order of the page, and one sees where one is."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in
from tests.journeys.test_acts import CONFIRM, WORDS, prepared
from tests.journeys.world import ACTS

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]
HERE = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const rings = [here, here.closest(".choice"), here.closest(".poster")].filter(Boolean);
  const ring = rings.some((each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const box = here.getBoundingClientRect();
  const bar = document.querySelector(".sign-bar");
  const floor = bar && bar.offsetHeight && !bar.contains(here) ? bar.getBoundingClientRect().top : innerHeight;
  return {
    name: here.name || "", value: here.value || "", type: here.type || "", words: here.textContent.trim().slice(0, 60),
    href: here.getAttribute("href") || "", ring, html: here.outerHTML.slice(0, 120),
    seen: box.bottom > 0 && box.top < Math.min(innerHeight, floor),
    at: [...document.querySelectorAll("*")].indexOf(here),
  };
}"""


class Hands:
    """Somebody who presses keys, and looks where they are after each Tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.emulate_media(reduced_motion="reduce")  # a page that glides would still be on its way
        self.last = -1

    def tab(self) -> dict[str, Any]:
        """Press Tab once: the focus is on something further down, in sight, with a ring around it."""
        self.page.keyboard.press("Tab")
        here: dict[str, Any] = self.page.evaluate(HERE)
        assert here, "the focus left the page"
        assert here["ring"], f"no ring around {here['html']}"
        assert here["seen"], f"out of sight: {here['html']}"
        assert here["at"] > self.last, f"back up the page: {here['html']}"
        self.last = here["at"]
        return here

    def to(self, **wanted: str) -> dict[str, Any]:
        """Press Tab until the focus is on this; nothing in a decoy is met on the way."""
        for _ in range(90):
            here = self.tab()
            assert here["name"] not in ("website", "unchanged")
            if all(_is(key, str(here[key]), value) for key, value in wanted.items()):
                return here
        raise AssertionError(f"no way by keyboard to {wanted}")

    def write(self, words: str) -> None:
        """Type over what is there."""
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(words)

    def press(self, key: str = "Enter") -> None:
        """Press a key on what has the focus; a new page begins at its top."""
        self.page.keyboard.press(key)
        self.last = -1

    def choose(self) -> None:
        """Tick the box, or take the first of the equal choices."""
        self.page.keyboard.press("Space")


def _is(key: str, found: str, wanted: str) -> bool:
    """An address is this one and no longer one; words may go on."""
    return found == wanted if key == "href" else found.startswith(wanted)


def fill_in(hands: Hands, kind: str) -> dict[str, str]:
    """Fill in the form of an act, field after field as they stand on the page, up to the button that sends it."""
    typed = make.form()
    who = ("first_name", "last_name", "email", "postcode")
    words = {"letter": ("subject", "body", *who), "solidarity": ("body", *who)}.get(kind, who)
    for name in words:
        hands.to(name=name)
        hands.write(typed.get(name) or WORDS["nl"])
    choices = {"letter": ("sign_as", "mail_host", "agree"), "petition": ("mail_host", "public", "agree")}
    for name in choices.get(kind, ("public", "mail_host", "agree")):
        hands.to(name=name)
        hands.choose()
    hands.to(type="submit")
    return typed


@pytest.mark.parametrize("kind", ACTS)
def test_a_keyboard_is_enough(visit: Visits, stage: Stage, kind: str) -> None:
    slug = prepared(stage, kind)
    visitor = visit(width=1280)
    page = visitor.page
    hands = Hands(page)
    visitor.goto("/nl/")
    assert hands.tab()["href"] == "#content"
    hands.to(href=f"/nl/c/{slug}")
    hands.press()
    page.wait_for_url(re.compile(slug))
    hands.to(href="#content")
    hands.press()
    typed = fill_in(hands, kind)
    hands.press()
    page.wait_for_url(re.compile("/thanks"))
    visitor.goto(link_in(stage.mail_to(typed["email"]), CONFIRM))
    hands.last = -1
    hands.to(type="submit")
    hands.press()
    page.wait_for_url(re.compile("/done$"))
    expect(page.locator(".big-number")).to_have_text("1")


@pytest.mark.parametrize("kind", ACTS)
def test_after_a_mistake_the_focus_is_on_what_is_wrong_and_leads_to_it(visit: Visits, stage: Stage, kind: str) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto(f"/nl/c/{prepared(stage, kind)}")
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("[name=first_name]").focus()
    page.keyboard.press("Enter")
    note = page.locator("#errors")
    expect(note).to_be_focused()
    expect(note).to_be_in_viewport()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wrong = page.locator(":focus")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    described = wrong.get_attribute("aria-describedby") or ""
    assert any(page.locator(f"#{one}.field-error").is_visible() for one in described.split())


def test_a_keyboard_gets_to_the_end_of_long_pages(visit: Visits, world: dict[str, str]) -> None:
    visitor = visit(width=1280)
    for path in (f"/nl/c/{world['slug']}/messages", "/nl/partners/request", "/nl/contact", f"/nl/c/{world['won']}"):
        visitor.goto(path)
        hands = Hands(visitor.page)
        hands.to(words="Toegankelijkheid")
