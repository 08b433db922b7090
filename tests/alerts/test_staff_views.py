"""The doors: every route, who may pass, and what bad input gets."""

import re

import pytest

from campaigner.alerts import queries
from campaigner.alerts import service as alerts
from campaigner.alerts.models import BODY_MAX, Alert
from campaigner.core.db import db, transaction
from campaigner.outbox import queries as ledger
from campaigner.outbox.models import Delivery
from campaigner.staff.models import AuditEvent
from tests import make
from tests.alerts.conftest import MINE, csrf

pytestmark = pytest.mark.usefixtures("clean")

GETS = (
    "", "new", "{id}", "{id}/edit", "{id}/preview", "{id}/send", "{id}/progress", "{id}/stream", "{id}/after",
    "{id}/uncertain", "{id}/versions", "{id}/versions/1",
)  # fmt: skip
POSTS = (
    "new",
    "{id}/edit",
    "{id}/preview",
    "{id}/checks",
    "{id}/test",
    "{id}/save",
    "{id}/duplicate",
    "{id}/begin/fr",
    "{id}/skip/fr",
    "{id}/versions/1",
    "{id}/ask",
    "{id}/ask/back",
    "{id}/send",
    "{id}/pause",
    "{id}/resume",
    "{id}/stop",
    "{id}/uncertain",
)
WORDS = {
    "subject": "Er is nieuws",
    "preheader": "Kijk",
    "body": "Dag {{voornaam}},\n\nEr is echt nieuws.",
    "button_label": "Kom mee",
}


@pytest.fixture
def alert():
    campaign = make.campaign()
    make.acted(campaign)
    row = make.alert(campaign)
    db.session.commit()
    return row


def path(alert, rest):
    return "/staff/alerts/" + rest.format(id=alert.id)


def post(browser, alert, rest, **fields):
    fields.setdefault("csrf_token", csrf(browser, "/staff/alerts/new"))
    return browser.post(path(alert, rest), data=fields)


def text(answer):
    return answer.get_data(as_text=True)


def what_was_done():
    return [
        event.what
        for event in db.session.query(AuditEvent).filter(AuditEvent.about.like("alert:%")).order_by(AuditEvent.id)
    ]


@pytest.mark.parametrize("rest", GETS)
def test_a_visitor_is_led_to_the_login(client, alert, rest):
    answer = client.get(path(alert, rest))
    assert answer.status_code in (302, 303)
    assert "/staff/login" in answer.headers["Location"]


@pytest.mark.parametrize("rest", GETS)
def test_the_inbox_role_is_not_enough(enter, alert, rest):
    assert enter("inbox").get(path(alert, rest)).status_code == 403


@pytest.mark.parametrize("rest", POSTS)
def test_a_form_that_is_not_ours_does_nothing(enter, alert, rest):
    assert post(enter(), alert, rest, csrf_token="forged").status_code == 400
    db.session.expire_all()
    assert db.session.get(Alert, alert.id).mailing_id is None


def test_from_an_empty_list_to_a_draft(enter):
    campaign = make.campaign()
    db.session.commit()
    browser = enter()
    assert "/staff/alerts/new" in text(browser.get("/staff/alerts/"))
    token = csrf(browser, "/staff/alerts/new")
    answer = browser.post(
        "/staff/alerts/new",
        data={"campaign": campaign.id, "language": "fr", "sender": campaign.lead_id, "csrf_token": token},
    )
    assert answer.status_code == 303
    page = text(browser.get(answer.headers["Location"]))
    assert "Bonjour {{voornaam}}\u202f!" in page
    assert what_was_done() == ["alert drafted"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"campaign": "0", "language": "nl"},
        {"campaign": "x", "language": "nl"},
        {"campaign": "99999999999999999999", "language": "nl"},
        {"language": "tlh"},
    ],
)
def test_a_draft_for_nothing_we_know_is_refused(enter, alert, fields):
    answer = post(enter(), alert, "new", **fields)
    assert answer.status_code == 422
    assert "field-error" in text(answer) or "note bad" in text(answer)


def test_writing_keeps_the_words_and_the_trail(enter, alert):
    browser = enter()
    assert post(browser, alert, "{id}/edit", **WORDS).status_code == 303
    db.session.expire_all()
    assert {name: getattr(alert.text(), name) for name in WORDS} == WORDS
    assert what_was_done() == ["alert written"]
    assert post(browser, alert, "{id}/edit", **WORDS, then_send="1").headers["Location"].endswith("/send")


def test_a_subject_of_several_lines_becomes_one(enter, alert):
    post(enter(), alert, "{id}/edit", **{**WORDS, "subject": "Kijk\r\nBcc: x@evil.example\x00\u202e"})
    db.session.expire_all()
    assert alert.subject == "Kijk Bcc: x@evil.example"


def test_a_text_that_is_too_long_is_kept_on_the_page_and_not_in_the_database(enter, alert):
    long = "woord " * (BODY_MAX // 6 + 10)
    answer = post(enter(), alert, "{id}/edit", **{**WORDS, "body": long})
    assert answer.status_code == 422
    assert long.strip() in text(answer)
    assert "field-error" in text(answer)
    db.session.expire_all()
    assert alert.text().body != long


@pytest.mark.parametrize(
    "junk",
    [
        "\x00",
        "\ud800".encode("utf-8", "surrogatepass"),
        b"\xff\xfe",
        "{{",
        "{{voornaam",
        "<script>",
        "%(x)s %s {}",
        "{{ 7*7 }}",
        "x" * 10_000,
    ],
)
def test_no_input_breaks_the_page(enter, alert, junk):
    browser = enter()
    token = csrf(browser, "/staff/alerts/new")
    for rest in ("{id}/edit", "{id}/save", "{id}/checks", "{id}/preview", "{id}/test"):
        answer = browser.post(
            path(alert, rest),
            data=dict.fromkeys((*WORDS, "test_name", "reader", "view", "look", "act", "seen"), junk)
            | {"csrf_token": token},
        )
        assert answer.status_code < 500, (rest, junk)
        assert "<script>" not in text(answer)
    assert browser.get(path(alert, "{id}/edit")).status_code == 200


@pytest.mark.parametrize("rest", ["999999", "99999999999999999999", "0/edit", "x"])
def test_an_alert_that_is_not_there_is_a_clear_404(enter, alert, rest):
    assert enter().get("/staff/alerts/" + rest).status_code == 404


def test_the_preview_is_the_mail_itself_locked_in_its_own_policy(enter, alert):
    browser = enter()
    answer = browser.get(path(alert, "{id}/preview"))
    assert "Dag Ploeg," in text(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert "X-Frame-Options" not in answer.headers
    assert "Dag,</p>" in text(browser.get(path(alert, "{id}/preview?reader=nameless")))
    assert "<pre>Dag Ploeg," in text(browser.get(path(alert, "{id}/preview?view=text")))


def test_the_preview_of_what_is_being_typed_keeps_nothing(enter, alert):
    answer = post(enter(), alert, "{id}/preview", **{**WORDS, "body": "Nog **niet** bewaard, {{voornaam}}"})
    assert "Nog <strong>niet</strong> bewaard, Ploeg" in text(answer)
    assert "niet" not in db.session.get_one(Alert, alert.id).text().body
    assert what_was_done() == []


def test_the_checks_follow_what_is_being_typed(enter, alert):
    browser = enter()
    assert 'class="bad"' not in text(post(browser, alert, "{id}/checks", **WORDS))
    page = text(post(browser, alert, "{id}/checks", **{**WORDS, "body": "Dag {{gemeente}}, <b>hier</b> is nieuws"}))
    assert "{{gemeente}}" in page
    assert 'class="bad"' in page


def test_a_test_keeps_what_was_typed_and_goes_to_the_one_who_asks(enter, alert):
    answer = post(enter(), alert, "{id}/test", **WORDS, test_name="")
    assert answer.status_code == 303
    row = db.session.query(Delivery).one()
    assert row.address == MINE
    db.session.expire_all()
    assert alert.subject == WORDS["subject"]
    assert alert.tested_at is not None
    assert what_was_done() == ["alert written", "alert tested"]


def test_a_test_of_nothing_says_what_is_missing(enter, alert):
    browser = enter()
    answer = post(browser, alert, "{id}/test", **{**WORDS, "subject": ""})
    assert answer.status_code == 409
    assert db.session.query(Delivery).count() == 0


def test_the_last_step_says_exactly_how_many_and_sends_once(enter, alert):
    browser = enter()
    page = text(browser.get(path(alert, "{id}/send")))
    assert 'name="confirmed" value="1"' in page
    fields = {"policy": "skip", "confirmed": "1"}
    for _ in range(2):
        answer = post(browser, alert, "{id}/send", **fields)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith(f"/staff/alerts/{alert.id}")
    db.session.expire_all()
    assert ledger.progress(alert.mailing_id).total == 1
    assert what_was_done() == ["alert sent"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"policy": "now", "confirmed": "1"},
        {"policy": "hold", "confirmed": "x"},
        {"policy": "hold", "confirmed": "-1"},
        {"policy": "hold", "confirmed": "9" * 30},
    ],
)
def test_a_send_form_that_does_not_fit_sends_nothing(enter, alert, fields):
    answer = post(enter(), alert, "{id}/send", **fields)
    assert answer.status_code in (409, 422)
    db.session.expire_all()
    assert alert.mailing_id is None


def test_an_alert_that_is_not_ready_cannot_be_sent_by_hand(enter, alert):
    browser = enter()
    post(browser, alert, "{id}/edit", **{**WORDS, "subject": ""})
    assert 'aria-disabled="true"' in text(browser.get(path(alert, "{id}/send")))
    answer = post(browser, alert, "{id}/send", policy="hold", confirmed="1")
    assert answer.status_code == 409
    assert 'role="alert"' in text(answer)


@pytest.fixture
def sent(alert, settings):
    with transaction():
        alerts.send(alert.id, policy="hold", confirmed=1, settings=settings)
    return alert


def test_the_page_of_a_send_shows_the_ledger_and_its_sum(enter, sent):
    browser = enter()
    page = text(browser.get(path(sent, "{id}")))
    assert 'data-moving="yes"' in page
    assert f'data-progress="/staff/alerts/{sent.id}/progress"' in page
    part = text(browser.get(path(sent, "{id}/progress")))
    assert "<html" not in part
    assert re.search(r"state ok\">✓", part)


def test_what_was_sent_is_refused_for_writing_with_the_reason(enter, sent):
    browser = enter()
    assert browser.get(path(sent, "{id}/edit")).headers["Location"].endswith(f"/staff/alerts/{sent.id}")
    for rest in ("{id}/edit", "{id}/test"):
        answer = post(browser, sent, rest, **WORDS)
        assert answer.status_code == 409
        assert "mailbox" in text(answer)


def test_pause_resume_stop_and_their_trail(enter, sent):
    browser = enter()
    for rest, state in (("{id}/pause", "paused"), ("{id}/resume", "sending"), ("{id}/stop", "cancelled")):
        assert post(browser, sent, rest).status_code == 303
        db.session.expire_all()
        assert ledger.progress(sent.mailing_id).state == state
        assert browser.get(path(sent, "{id}")).status_code == 200
    assert post(browser, sent, "{id}/resume").status_code == 409
    assert what_was_done() == ["alert paused", "alert resumed", "alert stopped"]


def test_a_draft_has_no_progress(enter, alert):
    browser = enter()
    assert browser.get(path(alert, "{id}")).headers["Location"].endswith("/edit")
    for rest in ("{id}/progress", "{id}/stream", "{id}/after", "{id}/uncertain"):
        assert browser.get(path(alert, rest)).status_code == 409, rest


def test_the_list_shows_drafts_and_sends(enter, sent):
    make.alert(queries.get(sent.id).campaign, subject="")
    db.session.commit()
    page = text(enter().get("/staff/alerts/"))
    assert sent.subject in page
    assert page.count("<tr>") == 3
