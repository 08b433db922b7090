"""The doors of the composer and of the release: who may, and what they answer."""

import re

import pytest

from campaigner.alerts import release, writing
from campaigner.alerts import service as alerts
from campaigner.core.db import db, transaction
from campaigner.outbox.models import Delivery
from campaigner.staff.models import AuditEvent
from tests import make
from tests.alerts.conftest import csrf
from tests.alerts.test_staff_views import WORDS, path, post, text

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def alert():
    campaign = make.campaign()
    make.acted(campaign)
    make.acted(campaign, language="fr")
    return make.alert(campaign, subject="{{voornaam}}, er is nieuws")


def reread(alert):
    db.session.expire_all()
    return alerts.get(alert.id)


def test_no_page_shows_a_raw_mark_as_a_title(enter, alert):
    browser = enter()
    for rest in ("", "{id}/edit", "{id}/send", "{id}/versions"):
        page = text(browser.get(path(alert, rest)))
        assert "Er is nieuws" in page, rest
    mailbox = text(browser.get(path(alert, "{id}/edit"))).partition('id="inbox-subject">')[2]
    assert mailbox.startswith("Ploeg, er is nieuws<")


def test_a_page_saves_by_itself_and_is_told_the_version(enter, alert):
    browser = enter()
    answer = post(browser, alert, "{id}/save", **WORDS, seen="1")
    assert (answer.status_code, answer.json["state"], answer.json["version"]) == (200, "saved", 2)
    assert reread(alert).text().body == WORDS["body"]


def test_a_colleague_who_saved_meanwhile_is_told_of_and_nothing_is_lost(enter, alert):
    browser = enter()
    with transaction():
        writing.save(alert.id, language="nl", typed={**WORDS, "body": "Van een collega."}, by=make.account().id)
    answer = post(browser, alert, "{id}/save", **WORDS, seen="1")
    assert (answer.status_code, answer.json["state"]) == (409, "overtaken")
    assert "Team campagnes" in answer.json["sentence"]
    answer = post(browser, alert, "{id}/edit", **WORDS, seen="1")
    page = text(answer)
    assert answer.status_code == 409
    assert WORDS["body"] in page
    assert re.search(r'<input[^>]*name="seen"[^>]*value="2"', page)
    assert reread(alert).text().body == "Van een collega."
    kept = [each.body for each in writing.versions(alert.id, language="nl") if each.aside]
    assert kept == [WORDS["body"]]
    assert post(browser, alert, "{id}/edit", **WORDS, seen="2").status_code == 303
    assert reread(alert).text().body == WORDS["body"]


def test_what_is_too_long_is_said_and_not_kept(enter, alert):
    answer = post(enter(), alert, "{id}/save", **{**WORDS, "subject": "x" * 300}, seen="1")
    assert (answer.status_code, answer.json["state"]) == (422, "invalid")


def test_a_language_is_begun_written_and_left_out(enter, alert):
    browser = enter()
    answer = post(browser, alert, "{id}/begin/fr")
    assert answer.headers["Location"].endswith("/edit?text=fr")
    page = text(browser.get(answer.headers["Location"]))
    assert "Bonjour {{voornaam}}" in page
    assert "Maandag belde" in page  # what it says in Dutch stands beside it
    assert post(browser, alert, "{id}/edit?text=fr", **{**WORDS, "subject": "Du nouveau"}).status_code == 303
    assert reread(alert).text("fr").subject == "Du nouveau"
    assert alert.text("nl").subject != "Du nouveau"
    assert post(browser, alert, "{id}/skip/fr").status_code == 303
    assert reread(alert).languages == ["nl"]
    assert post(browser, alert, "{id}/skip/nl").status_code == 409
    assert post(browser, alert, "{id}/begin/tlh").status_code == 404


def test_the_worst_readers_can_be_tried(enter, alert):
    browser = enter()
    readers = ("me", "nameless", "longest", "alphabet")
    shown = {who: text(browser.get(path(alert, f"{{id}}/preview?reader={who}"))) for who in readers}
    assert "Ploeg, er is nieuws" in shown["me"]
    assert ">Er is nieuws<" in shown["nameless"]
    assert "Maximiliana-, er is nieuws" in shown["longest"]
    assert "علياء" in shown["alphabet"]
    assert len(set(shown.values())) == 4


def test_light_and_dark_are_shown_whatever_the_device_likes(enter, alert):
    browser = enter()
    dark = text(browser.get(path(alert, "{id}/preview?look=dark")))
    light = text(browser.get(path(alert, "{id}/preview?look=light")))
    assert "@media all" in dark
    assert "@media not all" in light
    assert "prefers-color-scheme" not in dark + light


def test_a_copy_is_a_draft_of_its_own(enter, alert):
    answer = post(enter(), alert, "{id}/duplicate")
    assert answer.status_code == 303
    assert f"/alerts/{alert.id}/" not in answer.headers["Location"]


def test_a_version_is_shown_beside_the_text_and_taken_back(enter, alert):
    browser = enter()
    post(browser, alert, "{id}/edit", **WORDS, seen="1")
    oldest = writing.versions(alert.id, language="nl")[-1].id
    page = text(browser.get(path(alert, f"{{id}}/versions/{oldest}")))
    assert "<del>" in page
    assert "<ins>" in page
    assert post(browser, alert, f"{{id}}/versions/{oldest}").status_code == 303
    assert "Maandag belde" in reread(alert).text().body
    other = make.alert(alert.campaign)
    assert browser.get(path(other, f"{{id}}/versions/{oldest}")).status_code == 404


def test_a_test_goes_to_those_who_were_ticked_and_to_no_stranger(enter, alert):
    browser = enter()
    colleague = make.account(name="Een collega", roles=("campaigner",))
    inbox_only = make.account(name="Postvak", roles=("inbox",))
    db.session.commit()
    page = text(browser.get(path(alert, "{id}/edit")))
    assert "Een collega" in page
    assert "Postvak</span>" not in page
    assert post(browser, alert, "{id}/test", **WORDS, to=[str(inbox_only.id)]).status_code == 422
    mine = db.session.query(AuditEvent.account_id).filter(AuditEvent.about == f"alert:{alert.id}").first()
    assert mine is None
    answer = post(browser, alert, "{id}/test", **WORDS, to=[str(colleague.id)])
    assert answer.status_code == 303
    assert [row.address for row in db.session.query(Delivery)] == [colleague.email]


def test_two_people_from_the_question_to_the_send(app, enter, alert):
    with transaction():
        writing.skip(alert.id, language="fr")
        release.decide(two_people_from=1)
        asker = make.account()
    browser = enter()
    page = text(browser.get(path(alert, "{id}/send")))
    assert f"/staff/alerts/{alert.id}/ask" in page
    seen = release.digest(reread(alert))
    fields = {"policy": "skip", "confirmed": "1", "seen": seen}
    assert post(browser, alert, "{id}/send", **fields).status_code == 409
    assert post(browser, alert, "{id}/ask", **fields).status_code == 303
    assert post(browser, alert, "{id}/send", **fields).status_code == 409
    assert reread(alert).mailing_id is None
    assert f"/staff/alerts/{alert.id}/ask/back" in text(browser.get(path(alert, "{id}/send")))
    assert "/staff/alerts/" in text(browser.get("/staff/"))
    assert post(browser, alert, "{id}/ask/back").status_code == 303
    with transaction():
        release.ask(alert.id, by=asker.id, people=1, policy="skip", seen=seen)
    assert "Team campagnes" in text(browser.get(path(alert, "{id}/send")))
    assert post(browser, alert, "{id}/send", **{**fields, "policy": "hold"}).status_code == 303
    assert reread(alert).mailing.unknown_policy == "skip"
    trail = db.session.query(AuditEvent).filter_by(about=f"alert:{alert.id}").order_by(AuditEvent.id)
    what = [row.what for row in trail]
    assert what == ["alert release asked", "alert release taken back", "alert sent"]


def test_the_rules_are_for_administrators(enter):
    browser = enter("campaigner")
    assert browser.get("/staff/alerts/rules").status_code == 403
    token = csrf(browser, "/staff/alerts/new")
    assert browser.post("/staff/alerts/rules", data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize(("typed", "status"), [("500", 303), ("", 303), ("0", 422), ("veel", 422), ("9" * 30, 422)])
def test_an_administrator_sets_from_how_many_two_are_needed(enter, typed, status):
    make.campaign()
    browser = enter("admin")
    token = csrf(browser, "/staff/alerts/rules")
    answer = browser.post("/staff/alerts/rules", data={"csrf_token": token, "two_people_from": typed})
    assert answer.status_code == status
    db.session.expire_all()
    assert release.two_people_from() == (500 if typed == "500" else None)


def test_a_sender_is_called_what_an_administrator_says(enter, alert):
    browser = enter("admin")
    token = csrf(browser, "/staff/alerts/rules")
    named = {"csrf_token": token, "organisation": str(alert.organisation_id), "name": "FOS solidariteit"}
    assert browser.post("/staff/alerts/rules", data=named).status_code == 303
    assert "FOS solidariteit" in text(browser.get(path(alert, "{id}/edit"))).partition("inbox-sender")[2]
    for wrong in ({"organisation": "999999"}, {"organisation": "x"}, {"name": "x" * 90}):
        assert browser.post("/staff/alerts/rules", data={**named, **wrong}).status_code == 422


def test_an_alert_of_another_organisation_is_shut(enter, alert):
    local = make.local()
    theirs = make.alert(alert.campaign, organisation=local, subject="Van de afdeling")
    browser = enter("admin")
    assert "Van de afdeling" not in text(browser.get("/staff/alerts/"))
    for rest in ("{id}/edit", "{id}/preview", "{id}/send", "{id}/versions"):
        assert browser.get(path(theirs, rest)).status_code == 403, rest
    presses = ("edit", "save", "checks", "test", "duplicate", "begin/fr", "skip/fr", "send", "ask", "ask/back")
    for rest in [f"{{id}}/{press}" for press in presses]:
        fields = {"policy": "hold", "confirmed": "1"} if "send" in rest or "ask" in rest else WORDS
        assert post(browser, theirs, rest, **fields).status_code == 403, rest
    chosen = {"campaign": alert.campaign_id, "language": "nl", "sender": local.id}
    assert post(browser, alert, "new", **chosen).status_code == 422
