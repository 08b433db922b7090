"""The promise to whoever writes to us: it arrives, it is acknowledged with a number, and a person sees it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage
from tests.journeys.test_staff import _account, log_in

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]


@pytest.mark.parametrize(("lang", "scripts"), [("nl", True), ("fr", True), ("en", False), ("es", True)])
def test_a_message_is_acknowledged_and_lies_in_the_inbox(visit: Visits, stage: Stage, lang: str, scripts: bool) -> None:
    visitor = visit(lang=lang, scripts=scripts)
    page = visitor.page
    visitor.goto(f"/{lang}/contact")
    address = f"greet.{lang}@voorbeeld.example"
    page.locator("[name=topic][value=local]").check()
    page.locator("[name=name]").fill("Greet Voorbeeld")
    page.locator("[name=email]").fill(address)
    page.locator("[name=message]").fill("Onze afdeling wil de affiche met een eigen code.\nKan dat?")
    page.wait_for_timeout(3500)  # nobody writes a message in less, and the inbox weighs it
    page.locator("main form button").click()
    page.wait_for_url(re.compile(f"/{lang}/contact/thanks"))
    reference = page.locator(".reference").inner_text()
    assert visitor.context.cookies() == []

    mail = stage.mail_to(address)
    assert reference in str(mail["Subject"])
    assert mail["Auto-Submitted"] == "auto-replied"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "affiche" not in body.get_content()

    desk = visit(width=1280)
    log_in(desk, _account(stage, "inbox"))
    desk.goto("/staff/inbox/")
    desk.page.locator("[name=q]").fill(reference)
    desk.page.locator("form[role=search] button").click()
    expect(desk.page.locator("article.thread h2")).to_have_text(reference)
    expect(desk.page.locator(".typed")).to_contain_text("de affiche met een eigen code.")
    expect(desk.page.locator(".log li:not(.soft)")).to_have_count(6)
    assert desk.complaints == []


def test_what_was_typed_stays_after_a_mistake(visit: Visits) -> None:
    visitor = visit()
    page = visitor.page
    visitor.goto("/nl/contact")
    page.locator("[name=message]").fill("Een vraag zonder naam.")
    page.locator("main form button").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("[name=message]")).to_have_value("Een vraag zonder naam.")
    assert visitor.flaws() == []
