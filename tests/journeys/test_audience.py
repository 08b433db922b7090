"""The promise to campaign staff: choose who gets an alert without a manual; and bring a list in, and out again."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from campaigner.core.db import db
from tests import make
from tests.imports.stage import ACTION_NETWORK
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage
from tests.journeys.test_staff import log_in

pytestmark = pytest.mark.browser
Visits = Callable[..., Visit]
SCREENS = [(1280, "nl", "light"), (390, "en", "dark")]


@pytest.fixture
def email(stage: Stage) -> str:
    """An admin who writes alerts."""
    with stage.app.app_context():
        found = make.account(name="Team campagnes", roles=("admin", "campaigner")).email
        db.session.commit()
        db.session.remove()
    return found


@pytest.fixture
def alert(stage: Stage) -> str:
    """The page of an alert on whose campaign three people acted."""
    with stage.app.app_context():
        campaign = make.campaign()
        make.acted(campaign)
        make.acted(campaign, language="fr")
        make.acted(campaign, mail=None)
        found = int(make.alert(campaign).id)
        db.session.remove()
    return f"/staff/alerts/{found}"


@pytest.mark.parametrize(("width", "lang", "scheme"), SCREENS)
def test_the_sum_follows_the_conditions(
    visit: Visits, email: str, alert: str, width: int, lang: str, scheme: str
) -> None:
    visitor = visit(width=width, scheme=scheme, lang=lang)
    page = log_in(visitor, email)
    visitor.goto(f"{alert}/audience?lang={lang}")
    total = page.locator("#sum .number")
    expect(total).to_have_text("2")
    page.locator("#add").click()
    expect(page.locator("#kind-1")).to_be_focused()
    page.locator("#value-1").select_option("fr")
    expect(total).to_have_text("1")
    page.locator("#join-1").select_option("not")
    expect(page.locator("#sum p").first).to_contain_text("maar niet" if lang == "nl" else "but not")
    page.locator("#sample").click()
    expect(page.locator(".audience-ten li")).to_have_count(1)
    page.locator("#name").fill(f"Zonder Frans {width}")
    page.locator("[name=keep]").click()
    expect(page.locator(".note.ok")).to_be_visible()
    assert visitor.flaws() == []
    assert visitor.fits()
    page.locator("[name=save]").click()
    page.wait_for_url(re.compile(r"/edit$"))
    assert visitor.flaws() == []
    visitor.goto("/staff/alerts/audiences")
    assert visitor.flaws() == []
    assert visitor.complaints == []


def test_it_works_without_scripts(visit: Visits, email: str, alert: str) -> None:
    visitor = visit(width=390, scripts=False)
    page = log_in(visitor, email)
    visitor.goto(f"{alert}/audience")
    expect(page.locator("#sum .number")).to_have_text("2")
    page.locator("#add").click()
    page.locator("#kind-1").select_option("mailed")
    page.locator("button[name=show].without-script").click()
    expect(page.locator("#n-1")).to_have_value("3")
    page.locator("[name=save]").click()
    page.wait_for_url(re.compile(r"/edit$"))


@pytest.mark.parametrize(("width", "lang", "scheme"), SCREENS)
def test_a_list_comes_in_and_goes_out_again(
    visit: Visits, email: str, tmp_path: Path, width: int, lang: str, scheme: str
) -> None:
    visitor = visit(width=width, scheme=scheme, lang=lang)
    page = log_in(visitor, email)
    path = tmp_path / "lijst.csv"
    path.write_text(ACTION_NETWORK.replace("@voorbeeld", f"@w{width}.voorbeeld"), encoding="utf-8")
    visitor.goto(f"/staff/people/?lang={lang}")
    assert visitor.flaws() == []
    page.set_input_files("#file", path)
    page.locator("main form .button").first.click()
    page.wait_for_url(re.compile(r"/people/\d+$"))
    assert visitor.flaws() == []
    page.locator("[name=words]").fill("Ja, jullie mogen mij mailen.")
    page.locator("[name=said_on]").fill("2024-05-01")
    page.locator("[name=source]").fill("map 12")
    page.locator("#mapping .action-bar .button").click()
    begin = page.locator("form[action$='/start'] button")
    expect(begin).to_be_visible()
    page.locator("#faults summary").click()
    assert visitor.flaws() == []
    assert visitor.fits()
    begin.click()
    undo = page.locator("form[action$='/undo'] button")
    expect(undo).to_be_visible()
    expect(page.locator("#progress li").first).to_contain_text("2")
    undo.click()
    expect(page.locator(".page-head .state")).to_have_text("Ongedaan gemaakt" if lang == "nl" else "Undone")
    assert visitor.flaws() == []
    assert visitor.complaints == []
