"""The promise to staff: a campaign made and opened with forms, an alert that can be watched, held and left."""

import re
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from campaigner.campaigns.models import Campaign
from campaigner.core.db import db
from tests import make
from tests.journeys.conftest import Visit
from tests.journeys.stage import Stage, until

pytestmark = pytest.mark.browser
PASSWORD = "lang-genoeg-wachtwoord"
AUDIENCE = 300
Visits = Callable[..., Visit]


def _account(stage: Stage, *roles: str) -> str:
    with stage.app.app_context():
        email = make.account(name="Team campagnes", roles=roles).email
        db.session.commit()
        db.session.remove()
    return email


def log_in(visitor: Visit, email: str) -> Page:
    """Through the login form, to the first page."""
    page = visitor.page
    visitor.goto("/staff/")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/staff/$"))
    return page


@pytest.fixture
def desk(visit: Visits, stage: Stage) -> Iterator[Visit]:
    """Somebody with every role, at a desk."""
    visitor = visit(width=1280)
    log_in(visitor, _account(stage, "admin", "campaigner", "inbox"))
    yield visitor
    assert visitor.foreign == set()
    assert visitor.complaints == []


def _crowd(stage: Stage, slug: str) -> list[str]:
    """People who took part and said yes to mails."""
    with stage.app.app_context():
        campaign = db.session.query(Campaign).filter_by(slug=slug).one()
        addresses = [make.acted(campaign).email for _ in range(AUDIENCE)]
        make.acted(campaign, mail=False)
        db.session.remove()
    return addresses


def test_a_campaign_is_made_with_forms_and_opened(desk: Visit, visit: Visits) -> None:
    page = desk.page
    desk.goto("/staff/campaigns/new")
    page.locator("[name=title]").fill("Handen af van onze haven")
    page.locator("[name=pillar][value=work]").check()
    page.locator("[name=country]").select_option("HN")
    page.locator("[name=target_name]").fill("De minister van Arbeid")
    page.locator("[name=goal]").fill("2.500")
    page.locator("main form button").last.click()
    page.wait_for_url(re.compile("/text/nl"))
    page.locator("[name=summary]").fill("De dokwerkers vragen een contract.")
    page.locator("[name=story]").fill("Al **negen maanden** werken zij zonder contract.")
    page.locator("[name=demands]").fill("Een contract voor iedereen\nEen veilige kade")
    page.locator("button[name=then][value=show]").click()
    expect(page.get_by_role("status")).to_be_visible()

    public = visit()
    address = "/nl/c/handen-af-van-onze-haven"
    assert public.goto(address).status == 404
    page.locator("a[href$='/open']").click()
    page.locator("main form button").click()
    page.wait_for_url(re.compile(r"/staff/campaigns/\d+/"))
    assert public.goto(address).status == 200
    expect(public.page.locator("h1")).to_have_text("Handen af van onze haven")
    expect(public.page.locator(".demands li")).to_have_count(2)
    expect(public.page.locator("main form button[type=submit]:not([name])")).to_be_visible()
    desk.goto("/staff/campaigns/")
    expect(page.get_by_role("link", name="Handen af van onze haven")).to_be_visible()


def test_an_alert_is_written_tested_sent_held_and_left(visit: Visits, stage: Stage) -> None:
    with stage.app.app_context():
        campaign = make.campaign()
        campaign_id, slug = campaign.id, campaign.slug
        db.session.remove()
    addresses = _crowd(stage, slug)
    me = _account(stage, "campaigner")
    desk = visit(width=1280)
    page = log_in(desk, me)

    desk.goto("/staff/alerts/new")
    page.locator("[name=campaign]").select_option(str(campaign_id))
    page.locator("[name=language]").select_option("nl")
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/edit$"))
    expect(page.locator(".alert-total")).to_have_text(str(AUDIENCE))

    page.locator("[name=subject]").fill("{{voornaam}}, de koper heeft gebeld")
    page.locator("[name=preheader]").fill("Eén duw nog.")
    page.locator("[name=body]").fill("Dag {{voornaam}},\n\nMaandag belde de **eerste koper**.")
    preview = page.frame_locator(".phone iframe").last
    expect(preview.locator("strong")).to_have_text("eerste koper")
    page.locator("[name=test_name]").fill("Rosa")
    page.locator("button[formaction*='/test?']").click()
    page.wait_for_url(re.compile("tested=1"))
    assert "Rosa, de koper heeft gebeld" in str(stage.mail_to(me)["Subject"])

    page.locator("button[name=then_send]").click()
    page.wait_for_url(re.compile("/send$"))
    stage.office.slow = 0.12
    page.locator(".action-bar button").click()
    page.wait_for_url(re.compile(r"/staff/alerts/\d+$"))

    until(lambda: _of(stage, addresses), "the first mails of the send")
    expect(page.locator("[data-part=stats] .number").first).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=20_000)
    page.locator("form[action$='/pause'] button").click()
    expect(page.locator("[data-part=notes]")).to_be_visible()
    held = _still(page, stage, addresses)
    assert 0 < held < AUDIENCE
    page.wait_for_timeout(1500)
    assert len(_of(stage, addresses)) == held

    stage.office.slow = 0.0
    page.locator("form[action$='/resume'] button").click()
    until(lambda: len(_of(stage, addresses)) == AUDIENCE, "the rest of the send")
    expect(page.locator("[data-part=head][data-moving=no]")).to_have_count(1)
    expect(page.locator("[data-part=stats] .number").first).to_have_text(str(AUDIENCE))
    mails = _of(stage, addresses)
    assert len({str(mail["To"]) for mail in mails}) == len(mails) == AUDIENCE
    assert desk.flaws() == []
    assert desk.complaints == []

    _leave(mails[0])
    desk.goto("/staff/alerts/new")
    page.locator("[name=campaign]").select_option(str(campaign_id))
    page.locator("main form button").click()
    expect(page.locator(".alert-total")).to_have_text(str(AUDIENCE - 1))


def _of(stage: Stage, addresses: list[str]) -> list[EmailMessage]:
    """The mails of the send that have arrived."""
    wanted = set(addresses)
    return [mail for mail in stage.office.messages if str(mail["To"]) in wanted]


def _still(page: Page, stage: Stage, addresses: list[str]) -> int:
    """How many arrived, once the group that was on the line is through."""
    seen = -1
    while seen != (seen := len(_of(stage, addresses))):
        page.wait_for_timeout(1500)
    return seen


def _leave(mail: EmailMessage) -> None:
    """What a mail program does when one presses its own "unsubscribe" (RFC 8058)."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).partition("<")[2].partition(">")[0]
    with urllib.request.urlopen(urllib.request.Request(link, data=b"List-Unsubscribe=One-Click")) as answer:
        assert answer.status == 200
        assert answer.headers["Set-Cookie"] is None


@pytest.mark.parametrize("path", ["/staff/campaigns/", "/staff/campaigns/new", "/staff/alerts/", "/staff/alerts/new"])
def test_the_wrong_role_is_refused_with_a_page_that_says_so(visit: Visits, stage: Stage, path: str) -> None:
    visitor = visit(width=1280)
    log_in(visitor, _account(stage, "inbox"))
    assert visitor.goto(path).status == 403
    expect(visitor.page.locator("h1")).to_be_visible()
    assert visitor.goto("/staff/inbox/").status == 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_staff_page_can_be_used_by_everybody(visit: Visits, stage: Stage, width: int, scheme: str) -> None:
    visitor = visit(width=width, scheme=scheme)
    visitor.goto("/staff/login")
    found = {"login": visitor.flaws()}
    log_in(visitor, _account(stage, "admin", "campaigner", "inbox"))
    paths = [
        "/staff/",
        "/staff/account",
        "/staff/campaigns/",
        "/staff/campaigns/new",
        "/staff/alerts/",
        "/staff/alerts/new",
    ]
    paths += ["/staff/inbox/", "/staff/campaigns/1/", "/staff/campaigns/1/text/fr", "/staff/campaigns/1/places"]
    for path in paths:
        assert visitor.goto(path).status == 200, path
        found[path] = visitor.flaws() + ([] if visitor.fits() else ["scrolls sideways"])
    assert {path: flaws for path, flaws in found.items() if flaws} == {}
