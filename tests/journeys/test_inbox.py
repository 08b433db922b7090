"""The promise to whoever writes, and to whoever answers: a message is taken, answered, answered back, and settled."""

import itertools
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from campaigner.contact import snippets
from campaigner.core.db import db, transaction
from tests.conftest import TOP
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, until
from tests.journeys.test_staff import _account, log_in

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]
ADDRESS = "marleen@voorbeeld.example"
TURNS = itertools.count(1)


def test_a_message_is_taken_noted_answered_answered_back_and_settled(visit: Visits, stage: Stage) -> None:
    _writes(visit())
    with stage.app.app_context(), transaction():
        snippets.begin()
    desk = visit(width=1280)
    log_in(desk, _account(stage, "inbox"))
    page = desk.page
    desk.goto("/staff/inbox/")
    page.locator(".pile a", has_text="Marleen Voorbeeld").first.click()

    page.get_by_role("button", name="Ik neem dit op").click()
    page.get_by_text("Notitie voor collega’s", exact=True).first.click()
    page.locator("#note-body").fill("Ze belde ook al.")
    page.get_by_role("button", name="Bewaar de notitie").click()
    expect(page.locator(".inbox-said .note")).to_contain_text("Ze belde ook al.")

    page.get_by_role("button", name="Onze afdeling wil meedoen").click()
    expect(page.locator("#body")).to_have_value(re.compile("^Dag Marleen Voorbeeld,"))
    assert desk.flaws() == []
    page.get_by_role("button", name="Verstuur het antwoord").click()
    expect(page.locator("[role=status]").first).to_contain_text("Je antwoord is onderweg.")
    mail = stage.mail_to(ADDRESS, at=1)
    assert "Fijn dat jullie willen meedoen" in str(mail.get_body(("plain",)))
    assert "Ze belde" not in mail.as_string()
    assert str(mail["In-Reply-To"]) == str(stage.mail_to(ADDRESS)["Message-ID"])

    _answers(stage, to=str(mail["Reply-To"]), subject=str(mail["Subject"]), about=str(mail["Message-ID"]))
    until(lambda: page.reload() and page.get_by_text("Wij zijn afdeling Voorbeeld.").count(), "the answer's answer")
    expect(page.locator("article.thread .state").first).to_have_text("Bezig")
    assert page.locator(".inbox-said li").count() == 3
    page.locator(".inbox-quoted summary").click()
    expect(page.locator(".inbox-quoted .typed")).to_contain_text("> Fijn dat")

    page.get_by_role("button", name="Sluit af").click()
    expect(page.locator("article.thread .state").first).to_have_text("Afgerond")
    assert desk.complaints == []


def test_the_keys_work_can_be_put_off_and_the_page_is_whole_without_them(visit: Visits, stage: Stage) -> None:
    _writes(visit())
    _writes(visit(), address="ander@voorbeeld.example")
    email = _account(stage, "inbox", "admin")
    desk = visit(width=1280)
    log_in(desk, email)
    page = desk.page
    desk.goto("/staff/inbox/")
    page.keyboard.press("j")
    expect(page.locator(".pile > a").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".pile > a").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/staff/inbox/\d+"))
    page.keyboard.press("r")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type("jet?")
    expect(page.locator("#body")).to_have_value("jet?")
    page.locator("#body").fill("")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("[data-keys-on]")).to_be_visible()
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("r")
    expect(page.locator("#body")).not_to_be_focused()

    plain = visit(scripts=False)
    log_in(plain, email)
    plain.goto("/staff/inbox/")
    assert plain.page.locator("[data-keys]").is_hidden()
    plain.page.locator(".pile a").first.click()
    expect(plain.page.locator("article.thread h2")).to_be_visible()


def test_two_people_hear_of_each_other_while_they_write(visit: Visits, stage: Stage) -> None:
    _writes(visit())
    one, two = visit(width=1280), visit(width=390)
    for desk in (one, two):
        log_in(desk, _account(stage, "inbox"))
        desk.goto("/staff/inbox/")
        desk.page.locator(".pile a", has_text="Marleen").first.click()
    one.page.locator("#body").fill("Ik schrijf al")
    until(lambda: two.page.reload() and two.page.locator("[data-presence]").is_visible(), "word of the other")
    expect(two.page.locator("[data-presence]")).to_contain_text("schrijft hier nu")

    two.page.locator("#body").fill("Ik was eerst klaar")
    two.page.get_by_role("button", name="Verstuur het antwoord").click()
    expect(two.page.locator("[role=status]").first).to_contain_text("Je antwoord is onderweg.")
    one.page.get_by_role("button", name="Verstuur het antwoord").click()

    expect(one.page.locator("#errors")).to_contain_text("Er gebeurde iets met dit bericht terwijl je schreef.")
    expect(one.page.locator("#body")).to_have_value("Ik schrijf al")
    expect(one.page.locator(".inbox-said")).to_contain_text("Ik was eerst klaar")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_the_inbox_passes_axe_and_fits(visit: Visits, stage: Stage, width: int, scheme: str) -> None:
    _writes(visit())
    with stage.app.app_context(), transaction():
        snippets.begin()
        number = snippets.every()[0].id
        db.session.expire_all()
    desk = visit(width=width, scheme=scheme)
    log_in(desk, _account(stage, "inbox", "admin"))
    desk.goto("/staff/inbox/")
    first = desk.page.locator(".pile a").first.get_attribute("href")
    for path in ("/staff/inbox/", first, "/staff/inbox/snippets/", f"/staff/inbox/snippets/{number}",
                 "/staff/inbox/report/", "/staff/inbox/retention", "/staff/inbox/?q=niets"):  # fmt: skip
        desk.goto(str(path))
        for folded in desk.page.locator("main details > summary").all():
            if folded.is_visible():
                folded.click()
        assert desk.flaws() == [], path
        assert desk.fits(), path


def _writes(visitor: Visit, *, address: str = ADDRESS) -> None:
    """Somebody writes through the form, each time something else: the same text twice looks like spam."""
    page, turn = visitor.page, next(TURNS)
    visitor.goto("/nl/contact")
    page.locator("[name=topic][value=local]").check()
    page.locator("[name=name]").fill(f"Marleen Voorbeeld {turn}" if turn > 1 else "Marleen Voorbeeld")
    page.locator("[name=email]").fill(address)
    page.locator("[name=message]").fill(f"Onze afdeling wil meedoen met actie {turn}. Wat moeten we doen?")
    page.wait_for_timeout(3500)  # nobody writes a message in less, and the inbox weighs it
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/nl/contact/thanks"))


def _answers(stage: Stage, *, to: str, subject: str, about: str) -> None:
    """They answer from their mail program, and their mail server hands it to ours."""
    mail = (
        f"From: Marleen <{ADDRESS}>\r\nTo: {to}\r\nSubject: Re: {subject}\r\nMessage-ID: <m1@voorbeeld.example>\r\n"
        f"In-Reply-To: {about}\r\n\r\nWij zijn afdeling Voorbeeld.\r\n\r\nFOS schreef:\r\n> Fijn dat jullie willen\r\n"
    )
    command = [sys.executable, "-m", "campaigner.cli", "inbound", "pipe", "--recipient", to, "--sender", ADDRESS]
    done = subprocess.run(  # noqa: S603 - our own command
        command, input=mail.encode(), env=stage.environ, cwd=TOP, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
