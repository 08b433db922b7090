"""The contact form in a crowd, and with a browser that fills in what it knows: people get through."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from campaigner.contact import crowds
from campaigner.contact.models import ContactMessage
from campaigner.core import limits
from campaigner.core.db import db
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]
# What browsers and password managers fill in unasked: everything whose name, label or autocomplete hints at something
# they know, whether it is shown or not, unless autocomplete says "off" or "new-password".
AUTOFILL = """() => {
  const known = [[/name|naam|nom|nombre/i, "Greet Voorbeeld"], [/mail/i, "greet.autofill@voorbeeld.example"],
                 [/web|url|site|home/i, "https://greet.example"], [/tel|phone/i, "0470123456"],
                 [/org|company/i, "Bond"]];
  const filled = [];
  for (const field of document.querySelectorAll("main input, main textarea")) {
    if (["hidden", "radio", "checkbox"].includes(field.type)) continue;
    if (["off", "new-password"].includes(field.autocomplete)) continue;
    const words = [field.name, field.id, field.autocomplete, field.labels[0]?.textContent].join(" ");
    const match = known.find(([pattern]) => pattern.test(words));
    if (!match) continue;
    field.value = match[1];
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.dispatchEvent(new Event("change", {bubbles: true}));
    filled.push(field.name);
  }
  return filled;
}"""


def crowd(app: Flask) -> None:
    """As many forms came in as an ordinary day allows."""
    with app.app_context():
        for _ in range(301):
            limits.allowed("contact.all", "all", crowds.EVERYWHERE)


def write(page: Page, email: str, words: str) -> None:
    page.locator("[name=topic][value=local]").check()
    page.locator("[name=name]").fill("Greet Voorbeeld")
    page.locator("[name=email]").fill(email)
    page.locator("[name=message]").fill(words)


def stored(app: Flask, words: str) -> ContactMessage:
    with app.app_context():
        found = [each for each in db.session.scalars(select(ContactMessage)) if each.body == words]
        db.session.remove()
    assert len(found) == 1
    return found[0]


def test_a_browser_does_the_sum_while_somebody_writes(visit: Visits, app: Flask) -> None:
    crowd(app)
    visitor = visit()
    visitor.goto("/nl/contact")
    write(visitor.page, "som@voorbeeld.example", "Geschreven in de drukte.")
    assert visitor.flaws() == []
    assert visitor.fits()
    visitor.page.locator("main form button").click()
    visitor.page.wait_for_url(re.compile("/nl/contact/thanks"))

    assert stored(app, "Geschreven in de drukte.")
    assert visitor.complaints == []
    assert visitor.foreign == set()
    assert visitor.context.cookies() == []


def test_without_scripts_the_form_comes_back_with_the_text_and_says_how_long_to_wait(visit: Visits, app: Flask) -> None:
    crowd(app)
    visitor = visit(scripts=False, lang="fr")
    visitor.goto("/fr/contact")
    write(visitor.page, "attente@voorbeeld.example", "Écrit sans scripts.")
    visitor.page.locator("main form button").click()
    expect(visitor.page.locator("#errors")).to_contain_text("secondes")
    expect(visitor.page.locator("[name=message]")).to_have_value("Écrit sans scripts.")
    visitor.page.wait_for_timeout(21_000)
    visitor.page.locator("main form button").click()
    visitor.page.wait_for_url(re.compile("/fr/contact/thanks"))

    assert stored(app, "Écrit sans scripts.")


def test_what_a_browser_fills_in_by_itself_trips_no_decoy(visit: Visits, app: Flask) -> None:
    visitor = visit()
    visitor.goto("/nl/contact")
    assert set(visitor.page.evaluate(AUTOFILL)) == {"name", "email"}
    visitor.page.locator("[name=topic][value=other]").check()
    visitor.page.locator("[name=message]").fill("De browser vulde mijn naam in.")
    visitor.page.wait_for_timeout(3_200)
    visitor.page.locator("main form button").click()
    visitor.page.wait_for_url(re.compile("/nl/contact/thanks"))
    signals = stored(app, "De browser vulde mijn naam in.").signals

    assert not signals["decoy_filled"]
    assert not signals["decoy_changed"]


def test_the_form_is_filled_in_with_the_keyboard_alone_and_the_decoys_are_never_met(visit: Visits, app: Flask) -> None:
    visitor = visit(width=1280)
    page = visitor.page
    visitor.goto("/nl/contact")
    page.locator("[name=topic]").first.focus()
    page.keyboard.press("Space")
    met = []
    for words in ("Greet", "toets@voorbeeld.example", "Met het toetsenbord."):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.name"))
        page.keyboard.type(words)
    page.keyboard.press("Tab")
    assert met == ["name", "email", "message"]
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/nl/contact/thanks"))

    assert stored(app, "Met het toetsenbord.")
