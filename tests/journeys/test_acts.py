"""The promise to a supporter: act on a phone, confirm from a real mail, be counted. Every act, in every language."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigner.core.db import db
from tests import make
from tests.journeys import world
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in, until
from tests.journeys.world import ACTS, OFFICE

pytestmark = pytest.mark.browser
SUBJECTS = {"nl": "Bevestig je", "fr": "Confirme t", "en": "Confirm your", "es": "Confirma tu"}
CONFIRM = r"/confirm/[^/\s]+"
SUBMIT = "main form button[type=submit]:not([name])"
WORDS = {
    "nl": "Hou vol, kameraden. Wij staan achter jullie.",
    "fr": "Tenez bon, camarades. Nous sommes derrière vous.",
    "en": "Hold on, comrades. We stand behind you.",
    "es": "Fuerza, compañeras. Estamos con ustedes.",
}
Visits = Callable[..., Visit]


def prepared(stage: Stage, kind: str) -> str:
    """The address of an open campaign in four languages on which nobody has acted yet."""
    with stage.app.app_context():
        slug: str = world.campaign(kind, goal=100).slug
        db.session.remove()
    return slug


def fill_in(visitor: Visit, kind: str = "petition", lang: str = "nl", **changes: Any) -> dict[str, str]:
    """Fill in the form of an act as a supporter does. Nothing was ticked for them."""
    page = visitor.page
    assert page.locator("main input:checked").count() == 0
    typed = make.form(**changes)
    for name in ("first_name", "last_name", "email", "postcode"):
        page.locator(f"[name={name}]").fill(typed[name])
    if kind == "letter":
        expect(page.locator("[name=subject]")).to_have_value(f"Onderwerp {lang}")
        expect(page.locator("[name=body]")).to_have_value(f"Begin {lang}")
        page.locator("[name=sign_as][value=town]").check()
    if kind != "petition":
        page.locator("[name=body]").fill(WORDS[lang])
    page.locator("[name=mail_host][value=yes]").check()
    page.locator("[name=agree]").check()
    return typed


def counted(stage: Stage, slug: str) -> int:
    """The count that other sites read."""
    with urllib.request.urlopen(f"{stage.url}/c/{slug}/count.json") as answer:
        assert answer.headers["Cache-Control"].startswith("public, max-age=5")
        return int(json.load(answer)["count"])


def act_and_confirm(visitor: Visit, stage: Stage, slug: str, kind: str, lang: str) -> None:
    """The whole way, from the home page to the count."""
    page = visitor.page
    visitor.goto(f"/{lang}/")
    page.locator(f"main a[href='/{lang}/c/{slug}']").first.click()
    expect(page.locator("h1")).to_have_text(f"Titel {lang}")
    typed = fill_in(visitor, kind, lang, first_name="Zoë")
    page.locator(SUBMIT).first.click()
    page.wait_for_url(re.compile(rf"/{lang}/c/{slug}/thanks\?"))
    expect(page.locator("h1")).to_contain_text("Zoë")
    expect(page.locator("main")).not_to_contain_text(typed["email"])
    _speaks(page, lang)
    mail = stage.mail_to(typed["email"])
    assert SUBJECTS[lang] in str(mail["Subject"])
    assert counted(stage, slug) == 0
    visitor.goto(link_in(mail, CONFIRM))
    _speaks(page, lang)
    if kind == "solidarity":
        expect(page.locator("blockquote")).to_have_text(WORDS[lang])
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile("/done$"))
    expect(page.locator(".big-number")).to_have_text("1")
    expect(page.locator("h1")).to_contain_text("Zoë")
    _speaks(page, lang)
    until(lambda: counted(stage, slug) == 1, "the count")


def _speaks(page: Page, lang: str) -> None:
    """The page is in this language, fits the screen, and links to no other language than the switch does."""
    expect(page.locator(f"html[lang={lang}]")).to_have_count(1)
    others = page.locator("main a[href^='/']").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert [href for href in others if not href.startswith((f"/{lang}/", "/confirm/"))] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("lang", SUBJECTS)
@pytest.mark.parametrize("kind", ACTS)
def test_a_supporter_acts_on_a_phone_confirms_and_is_counted(visit: Visits, stage: Stage, kind: str, lang: str) -> None:
    visitor = visit(lang=lang)
    act_and_confirm(visitor, stage, prepared(stage, kind), kind, lang)
    assert visitor.context.cookies() == []
    assert visitor.foreign == set()
    assert visitor.complaints == []


@pytest.mark.parametrize("kind", ACTS)
def test_every_act_works_without_javascript(visit: Visits, stage: Stage, kind: str) -> None:
    visitor = visit(scripts=False)
    act_and_confirm(visitor, stage, prepared(stage, kind), kind, "nl")
    assert visitor.context.cookies() == []


def test_it_works_at_a_desk_too(visit: Visits, stage: Stage) -> None:
    act_and_confirm(visit(width=1280), stage, prepared(stage, "petition"), "petition", "nl")


def test_a_confirmed_letter_reaches_whoever_decides_and_no_other_does(visit: Visits, stage: Stage) -> None:
    slug = prepared(stage, "letter")
    before = len(stage.mails(OFFICE))
    visitor = visit()
    visitor.goto(f"/nl/c/{slug}")
    assert OFFICE not in visitor.page.content()
    typed = fill_in(visitor, "letter")
    visitor.page.locator("[name=preview]").click()
    expect(visitor.page.locator("#preview")).to_be_focused()
    expect(visitor.page.locator("#preview .paper")).to_contain_text(WORDS["nl"])
    visitor.page.locator("#preview button").click()
    visitor.page.wait_for_url(re.compile("/thanks"))
    link = link_in(stage.mail_to(typed["email"]), CONFIRM)
    assert len(stage.mails(OFFICE)) == before
    visitor.goto(link)
    visitor.page.locator(SUBMIT).click()
    visitor.page.wait_for_url(re.compile("/done$"))
    letter = until(lambda: stage.mails(OFFICE)[before:], "the letter")[0]
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert WORDS["nl"] in text
    assert "Gent" in text
    assert typed["email"] not in letter.as_string()
    assert typed["last_name"] not in letter.as_string()


def test_after_one_act_the_next_is_offered(visit: Visits, stage: Stage) -> None:
    with stage.app.app_context():
        slug = world.campaign(*ACTS).slug
        db.session.remove()
    visitor = visit()
    page = visitor.page
    visitor.goto(f"/nl/c/{slug}")
    fill_in(visitor)
    page.locator(SUBMIT).click()
    page.wait_for_url(re.compile("/thanks"))
    page.locator(".next a.button").click()
    page.wait_for_url(re.compile(r"act=letter"))
    expect(page.locator("#write")).to_be_visible()
