"""The doors of planning and of two texts: who may pass, what bad input gets, what the pages say."""

import re
from datetime import timedelta

import pytest

from campaigner.alerts import when
from campaigner.alerts.models import BODY_MAX, Alert, AlertTrial
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.staff.models import AuditEvent
from tests import make
from tests.alerts.conftest import csrf

pytestmark = pytest.mark.usefixtures("clean")
POSTS = ("plan/back", "trial", "trial/off", "trial/a")


@pytest.fixture
def alert():
    campaign = make.campaign()
    make.acted(campaign)
    return make.alert(campaign)


def path(alert, rest):
    return f"/staff/alerts/{alert.id}/{rest}"


def shown(browser, alert):
    """What the page of sending puts in its form."""
    html = browser.get(path(alert, "send")).get_data(as_text=True)
    return {name: re.search(f'name="{name}" value="([^"]*)"', html)[1] for name in ("csrf_token", "confirmed", "seen")}


def plan(browser, alert, at, **more):
    fields = {**shown(browser, alert), "policy": "hold", "when": "at", "at": at, "parts": "1", "apart": "60", **more}
    return browser.post(path(alert, "send"), data=fields)


def tomorrow():
    return when.typed(now() + timedelta(days=1))


@pytest.mark.parametrize("rest", POSTS)
def test_a_visitor_is_led_to_the_login(client, alert, rest):
    assert client.post(path(alert, rest)).status_code in (302, 303, 400)
    db.session.refresh(alert)
    assert (alert.state, alert.trial) == ("draft", None)


@pytest.mark.parametrize("rest", POSTS)
def test_whoever_answers_the_inbox_may_not(enter, alert, rest):
    browser = enter("inbox")
    token = csrf(browser, "/staff/me") if browser.get("/staff/me").status_code == 200 else "none"
    assert browser.post(path(alert, rest), data={"csrf_token": token}).status_code in (400, 403)
    db.session.refresh(alert)
    assert alert.trial is None


@pytest.mark.parametrize("rest", POSTS)
def test_without_the_token_of_the_form_nothing_happens(enter, alert, rest):
    assert enter().post(path(alert, rest)).status_code in (400, 422)
    assert db.session.get(AlertTrial, alert.id) is None


def test_planned_the_page_says_when_and_to_how_many_and_how_to_take_it_out(enter, alert):
    browser = enter()
    answer = plan(browser, alert, tomorrow(), parts="3", apart="30")
    assert answer.headers["Location"].endswith(path(alert, "plan"))
    html = browser.get(path(alert, "plan")).get_data(as_text=True)
    assert "Gepland voor" in html
    assert "In 3 gelijke delen" in html
    assert "1 persoon" in html
    for rest in ("edit", "send", "trial"):
        assert browser.get(path(alert, rest)).status_code == 303
    db.session.refresh(alert)
    assert (alert.state, alert.mailing_id, alert.plan.minutes) == ("scheduled", None, 30)
    assert "Gepland" in browser.get("/staff/alerts/").get_data(as_text=True)
    answer = browser.post(path(alert, "plan/back"), data={"csrf_token": csrf(browser, path(alert, "plan"))})
    assert answer.status_code == 303
    assert db.session.get(Alert, alert.id, populate_existing=True).state == "draft"
    done = {event.what for event in db.session.query(AuditEvent)}
    assert {"alert planned", "alert taken out of the plan"} <= done


def test_writing_while_it_is_planned_is_refused_with_the_reason(enter, alert):
    browser = enter()
    plan(browser, alert, tomorrow())
    token = csrf(browser, path(alert, "plan"))
    answer = browser.post(path(alert, "edit"), data={"csrf_token": token, "subject": "Anders", "body": "x"})
    assert answer.status_code == 409
    assert "uit de planning" in answer.get_data(as_text=True)


@pytest.mark.parametrize("at", ["", "morgen", "2020-01-01T10:00", "2027-03-28T02:30", "9" * 20])
def test_a_time_that_is_none_is_refused_and_nothing_is_planned(enter, alert, at):
    answer = plan(enter(), alert, at)
    assert answer.status_code in (400, 422)
    assert db.session.get(Alert, alert.id, populate_existing=True).state == "draft"


@pytest.mark.parametrize("more", [{"parts": "5"}, {"parts": "x"}, {"apart": "1"}, {"when": "ooit"}])
def test_parts_that_are_not_offered_are_refused(enter, alert, more):
    assert plan(enter(), alert, tomorrow(), **more).status_code == 422


def test_a_second_text_is_written_kept_shown_and_dropped(enter, alert):
    browser = enter()
    token = csrf(browser, path(alert, "trial"))
    fields = {
        "csrf_token": token,
        "share": "50",
        "hours": "4",
        "subject_nl": " Bel\n mee ",
        "body_nl": "",
        "subject_x": "y",
    }
    assert browser.post(path(alert, "trial"), data=fields).headers["Location"].endswith(path(alert, "send"))
    kept = db.session.get(AlertTrial, alert.id)
    assert (kept.share, kept.hours, kept.texts) == (50, 4, {"nl": {"subject": "Bel mee"}})
    assert 'value="Bel mee"' in browser.get(path(alert, "trial")).get_data(as_text=True)
    assert "half om half" in browser.get(path(alert, "send")).get_data(as_text=True)
    assert "Bel mee" in browser.get(path(alert, "preview?second=1")).get_data(as_text=True)
    browser.post(path(alert, "trial/off"), data={"csrf_token": token})
    db.session.expire_all()
    assert db.session.get(AlertTrial, alert.id) is None


def test_a_second_text_of_any_length_or_letters_is_no_error(enter, alert):
    browser = enter()
    token = csrf(browser, path(alert, "trial"))
    long = {"subject_nl": "é\x00" * 999, "body_nl": "b\x00" * (BODY_MAX + 1)}
    answer = browser.post(path(alert, "trial"), data={"csrf_token": token, "share": "50", "hours": "4", **long})
    assert answer.status_code == 303
    for wrong in ({"share": "99"}, {"hours": "0"}, {"share": ""}):
        answer = browser.post(path(alert, "trial"), data={"csrf_token": token, "share": "50", "hours": "4", **wrong})
        assert answer.status_code == 422


def test_choosing_where_there_is_nothing_to_choose_is_refused(enter, alert):
    browser = enter()
    answer = browser.post(path(alert, "trial/a"), data={"csrf_token": csrf(browser, path(alert, "trial"))})
    assert answer.status_code == 409


def test_the_page_of_the_send_shows_both_texts_and_the_choice(enter, alert):
    for _ in range(20):
        make.acted(alert.campaign)
    browser = enter()
    token = csrf(browser, path(alert, "trial"))
    fields = {"csrf_token": token, "share": "50", "hours": "4", "subject_nl": "Bel mee"}
    browser.post(path(alert, "trial"), data=fields)
    sent = browser.post(path(alert, "send"), data={**shown(browser, alert), "policy": "hold", "when": "now",
                                                   "parts": "1", "apart": "60"})  # fmt: skip
    assert sent.status_code == 303
    html = browser.get(path(alert, "").rstrip("/")).get_data(as_text=True)
    assert "B: Bel mee" in html
    assert "Nog te weinig acties" in html
    assert "De rest wacht tot er een tekst gekozen is" in html
    assert "0,0" in html
    assert browser.post(path(alert, "trial/b"), data={"csrf_token": token}).status_code == 303
    html = browser.get(path(alert, "").rstrip("/")).get_data(as_text=True)
    assert "Tekst B voor de rest" in html
    assert "Ploeg Voorbeeld koos" in html
    assert "alert text chosen" in {event.what for event in db.session.query(AuditEvent)}


def test_in_parts_the_page_of_the_send_says_until_when(enter, alert):
    browser = enter()
    fields = {**shown(browser, alert), "policy": "hold", "when": "now", "parts": "4", "apart": "60"}
    assert browser.post(path(alert, "send"), data=fields).status_code == 303
    html = browser.get(path(alert, "").rstrip("/")).get_data(as_text=True)
    assert "De andere delen vertrekken later" in html
    assert "In 4 gelijke delen" in html
