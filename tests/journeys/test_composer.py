"""The promise to whoever writes an alert: no words are lost, what is shown is what leaves, and two people release."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from campaigner.alerts import release
from campaigner.alerts import service as alerts
from campaigner.core.db import db, transaction
from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, link_in
from tests.journeys.test_staff import log_in

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]
BODY = "Dag {{voornaam}},\n\nEr is echt nieuws van ginder. Kom je mee?\n\n[Teken nu](knop)\n\nSolidair,\nFOS"


@pytest.fixture
def campaign(stage: Stage) -> tuple[int, str]:
    """A campaign with one Dutch and one French reader: its id, and the Dutch one's address."""
    with stage.app.app_context():
        campaign = make.campaign()
        reader = make.acted(campaign, first_name="Fatiha")
        make.acted(campaign, language="fr")
        found = int(campaign.id), reader.email
        db.session.remove()
    return found


def account(stage: Stage, name: str) -> str:
    with stage.app.app_context():
        email = make.account(name=name, roles=("campaigner",)).email
        db.session.commit()
        db.session.remove()
    return email


def draft(stage: Stage, campaign_id: int) -> int:
    with stage.app.app_context():
        with transaction():
            found = int(alerts.draft(campaign_id=campaign_id, language="nl", account_id=1).id)
        db.session.remove()
    return found


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text(re.compile("Bewaard om|Saved at"))


@pytest.mark.parametrize(("lang", "width", "scheme"), [("nl", 1280, "light"), ("en", 390, "dark")])
def test_what_is_typed_saves_itself_and_is_shown_as_the_engine_writes_it(
    visit: Visits, stage: Stage, campaign: tuple[int, str], lang: str, width: int, scheme: str
) -> None:
    visitor = visit(width=width, scheme=scheme, lang=lang)
    page = log_in(visitor, account(stage, "Rosa Team"))
    visitor.goto(f"/staff/alerts/{draft(stage, campaign[0])}/edit?lang={lang}")
    page.locator("#subject").fill("{{voornaam}}, er is nieuws")
    page.locator("#body").fill(BODY + "\n\n{{voornam}}")
    saved(page)
    expect(page.locator("#checks .bad").first).to_contain_text("{{voornam}}")
    expect(page.locator("#checks .bad").first).to_contain_text("{{voornaam}}")
    page.locator("#body").fill(BODY)
    mail = page.frame_locator(".phone iframe").last
    expect(mail.locator("h1")).to_have_text("Rosa, er is nieuws")
    expect(mail.get_by_text("Teken nu")).to_be_visible()
    expect(page.locator("#inbox-subject")).to_have_text("Rosa, er is nieuws")
    page.locator("#reader").select_option("nameless")
    expect(page.frame_locator(".phone iframe").last.locator("h1")).to_have_text("Er is nieuws")
    page.locator("[name=look][value=dark]").check(force=True)
    page.locator("[name=view][value=text]").check(force=True)
    expect(page.frame_locator(".phone iframe").last.locator("pre")).to_contain_text("Solidair,\nFOS")
    assert visitor.flaws() == []
    assert visitor.fits()
    page.reload()
    expect(page.locator("#body")).to_have_value(BODY)
    assert visitor.complaints == []
    assert visitor.foreign == set()


def test_a_laptop_that_was_closed_before_it_saved_has_the_words_still(
    visit: Visits, stage: Stage, campaign: tuple[int, str]
) -> None:
    visitor = visit(width=1280)
    page = log_in(visitor, account(stage, "Rosa Team"))
    visitor.goto(f"/staff/alerts/{draft(stage, campaign[0])}/edit")
    page.route("**/save*", lambda route: route.abort())
    page.locator("#subject").fill("Net getypt")
    expect(page.locator("#lost")).to_be_visible()
    page.unroute("**/save*")
    page.evaluate("localStorage.length")
    page.goto("about:blank")
    page.go_back()
    expect(page.locator("#here")).to_be_visible()
    assert visitor.flaws() == []
    page.locator("#put-back").click()
    expect(page.locator("#subject")).to_have_value("Net getypt")
    saved(page)
    page.reload()
    expect(page.locator("#subject")).to_have_value("Net getypt")
    expect(page.locator("#here")).to_be_hidden()


def test_two_who_write_at_once_are_told_and_both_texts_are_kept(
    visit: Visits, stage: Stage, campaign: tuple[int, str]
) -> None:
    alert_id = draft(stage, campaign[0])
    pages = []
    for name in ("Rosa Team", "Ahmed Team"):
        visitor = visit(width=1280)
        pages.append(log_in(visitor, account(stage, name)))
        visitor.goto(f"/staff/alerts/{alert_id}/edit")
    rosa, ahmed = pages
    rosa.locator("#body").fill("Wat Rosa schreef, is eerst.")
    saved(rosa)
    ahmed.locator("#body").fill("Wat Ahmed schreef, is later.")
    expect(ahmed.locator("#lost")).to_contain_text("Rosa Team")
    ahmed.get_by_role("button", name="Bewaar het concept").click()
    expect(ahmed.locator("[role=alert]").first).to_contain_text("Rosa Team")
    expect(ahmed.locator("#body")).to_have_value("Wat Ahmed schreef, is later.")
    ahmed.get_by_role("link", name="Bekijk het verschil").click()
    expect(ahmed.locator("del").first).to_contain_text("Ahmed")
    expect(ahmed.locator("ins").first).to_contain_text("Rosa")
    ahmed.get_by_role("button", name="Neem deze versie terug").click()
    expect(ahmed.locator("#body")).to_have_value("Wat Ahmed schreef, is later.")
    rosa.goto(rosa.url.partition("/edit")[0] + "/versions")
    assert len(rosa.locator("tbody tr").all()) >= 3


def test_without_scripts_everything_works_by_its_buttons(
    visit: Visits, stage: Stage, campaign: tuple[int, str]
) -> None:
    visitor = visit(width=390, scripts=False)
    page = log_in(visitor, account(stage, "Rosa Team"))
    visitor.goto(f"/staff/alerts/{draft(stage, campaign[0])}/edit")
    page.locator("#subject").fill("Er is nieuws")
    page.locator("#body").fill(BODY)
    page.get_by_role("button", name="Bewaar het concept").first.click()
    expect(page.locator("h1")).to_have_text("Er is nieuws")
    page.get_by_role("button", name="Laat deze taal weg").first.click()
    page.get_by_role("button", name="Verder naar versturen").click()
    expect(page.get_by_role("button", name="Verstuur naar 1 persoon")).to_be_visible()


def test_one_asks_another_releases_and_the_reader_is_one_press_from_acting(
    visit: Visits, stage: Stage, campaign: tuple[int, str]
) -> None:
    alert_id = draft(stage, campaign[0])
    with stage.app.app_context():
        with transaction():
            release.decide(two_people_from=1)
            words = {"subject": "{{voornaam}}, er is nieuws", "preheader": "Kijk", "body": BODY, "button_label": ""}
            alerts.write(alert_id, **words)
        db.session.remove()
    try:
        asker = visit(width=1280)
        page = log_in(asker, account(stage, "Rosa Team"))
        asker.goto(f"/staff/alerts/{alert_id}/send")
        page.get_by_role("button", name="Laat deze taal weg").first.click()
        asker.goto(f"/staff/alerts/{alert_id}/send")
        page.get_by_role("button", name="Vraag een collega om ze vrij te geven").click()
        expect(page.get_by_role("button", name=re.compile("Verstuur|Geef vrij"))).to_have_count(0)
        assert asker.flaws() == []
        second = visit(width=390, scheme="dark")
        page = log_in(second, account(stage, "Ahmed Team"))
        page.locator(f"a[href$='/{alert_id}/send']").first.click()
        expect(page.locator("main")).to_contain_text("Rosa Team vroeg")
        assert second.flaws() == []
        assert second.fits()
        page.get_by_role("button", name="Geef vrij en verstuur naar 1 persoon").click()
        page.wait_for_url(re.compile(rf"/alerts/{alert_id}$"))
    finally:
        with stage.app.app_context():
            with transaction():
                release.decide(two_people_from=None)
            db.session.remove()
    mail = stage.mail_to(campaign[1])
    assert str(mail["Subject"]) == "Fatiha, er is nieuws"
    reader = visit(width=390)
    reader.goto(link_in(mail, r"/nl/do/[\w-]+"))
    page = reader.page
    expect(page.locator("#act")).to_contain_text("Je doet mee als Fatiha")
    assert "/do/" not in page.url
    assert reader.flaws() == []
    assert reader.fits()
    page.locator("[name=agree]").check(force=True)
    page.locator("#act button[type=submit]").click()
    page.wait_for_url(re.compile("/thanks"))
    confirm = stage.mail_to(campaign[1], at=1)
    assert "/confirm/" in link_in(confirm, r"/confirm/\S+")
    assert reader.foreign == set()
    assert json.dumps(reader.complaints) == "[]"
