"""Deciding about the mails whose outcome nobody knows."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from campaigner.actions.models import Action
from campaigner.alerts import service as alerts
from campaigner.alerts import uncertain, words
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import counters, message
from campaigner.outbox import queries as ledger
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, MailingEvent
from campaigner.staff.models import AuditEvent
from campaigner.supporters.models import Supporter
from tests.alerts.conftest import csrf
from tests.conftest import deliver

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def lost(going):
    """Three people of whom nobody knows whether the mail arrived: the alert, and their recipients by address."""
    alert = going("a@gmail.com", "b@telenet.be", "c@hotmail.com")
    values = {"state": "unknown", "attempts": 1, "offered_at": now(), "settled_at": now(), "worker": "gone"}
    values["reply"] = "the worker died while the mail was under way"
    db.session.query(Delivery).update(values)
    db.session.commit()
    return alert, {row.address: row.recipient for row in db.session.query(Delivery)}


def path(alert):
    return f"/staff/alerts/{alert.id}/uncertain"


def press(browser, alert, **fields):
    return browser.post(path(alert), data={"csrf_token": csrf(browser, "/staff/alerts/new"), **fields})


def states():
    db.session.expire_all()
    return {row.address: row.state for row in db.session.query(Delivery)}


def trail():
    found = db.session.query(AuditEvent).filter(AuditEvent.about.like("alert:%")).order_by(AuditEvent.id)
    return [(event.what, event.detail) for event in found]


def test_the_list_says_an_initial_and_a_town_and_no_address_or_name(enter, lost):
    alert, _ = lost
    html = enter().get(path(alert)).get_data(as_text=True)
    assert html.count("F., Gent") == 3
    assert "Onze eigen verzender viel uit" in html
    assert "Hotmail en Outlook" in html
    for secret in ("a@gmail.com", "@telenet.be", "Fatiha", "Voorbeeld 1"):
        assert secret not in html, secret
    assert "Wie hem al had, krijgt hem twee keer" in html
    assert "Wie de mail niet kreeg, krijgt hem ook niet meer" in html


def test_a_broken_line_is_told_apart_from_a_worker_that_died():
    assert words.happened("the worker died while ...") != words.happened("SMTPServerDisconnected: gone")
    assert words.happened(None) == words.happened("TimeoutError: timed out")


def test_whoever_was_erased_is_listed_without_anything(enter, lost):
    alert, recipients = lost
    gone = int(recipients["a@gmail.com"])
    db.session.query(Action).filter_by(supporter_id=gone).delete()
    db.session.query(Supporter).filter_by(id=gone).delete()
    db.session.commit()
    html = enter().get(path(alert)).get_data(as_text=True)
    assert "Iemand die zich liet wissen" in html


def test_only_the_ticked_ones_go_out_again_and_pressing_twice_changes_nothing(enter, lost):
    alert, recipients = lost
    browser = enter()
    one = recipients["a@gmail.com"]
    for _ in range(2):
        answer = press(browser, alert, ticked="resend", who=[one, "999", "nobody"])
        assert answer.status_code == 303
    assert states() == {"a@gmail.com": "ready", "b@telenet.be": "unknown", "c@hotmail.com": "unknown"}
    assert trail() == [("alert uncertain resent", {"count": 1, "who": [one, "999", "nobody"]})]
    assert "Er was niets meer te beslissen" in browser.get(path(alert)).get_data(as_text=True)
    assert db.session.query(MailingEvent).filter_by(what="unknown resent").count() == 1
    assert counters.drift(alert.mailing_id) == 0


def test_all_of_them_are_taken_as_delivered_and_the_page_is_empty_then(enter, lost):
    alert, _ = lost
    browser = enter()
    assert press(browser, alert, all="accept").status_code == 303
    assert set(states().values()) == {"sent"}
    assert trail() == [("alert uncertain accepted", {"count": 3, "who": "all"})]
    html = browser.get(path(alert)).get_data(as_text=True)
    assert "3 mails tellen als afgeleverd" in html
    assert "Niets is onbeslist" in html
    assert ledger.progress(alert.mailing_id).balanced


def test_what_goes_again_is_the_same_mail_with_the_same_number_and_date(app, lost, settings, smtp):
    alert, recipients = lost
    row = db.session.get(Delivery, (alert.mailing_id, recipients["a@gmail.com"]))
    row.offered_at = first = now().replace(microsecond=0) - timedelta(hours=3)
    db.session.commit()
    with transaction():
        assert alerts.resolve(alert.id, resend=True, recipients=[recipients["a@gmail.com"]]) == 1
    deliver()
    assert smtp.recipients == ["a@gmail.com"]
    mail = smtp.messages[0]
    expected = message.message_id(settings, mailing_id=alert.mailing_id, recipient=recipients["a@gmail.com"])
    assert mail["Message-ID"] == expected
    assert parsedate_to_datetime(str(mail["Date"])) == first


def test_whoever_said_stop_meanwhile_is_never_written_to_again(app, lost, smtp):
    alert, recipients = lost
    row = db.session.get(Delivery, (alert.mailing_id, recipients["b@telenet.be"]))
    outbox.suppress(row.mailbox, reason="unsubscribed", organisation_id=alert.organisation_id)
    outbox.spare(recipients["c@hotmail.com"], organisation_id=alert.organisation_id)
    db.session.commit()
    with transaction():
        assert alerts.resolve(alert.id, resend=True) == 2
    deliver()
    assert smtp.recipients == ["a@gmail.com"]
    found = ledger.progress(alert.mailing_id)
    assert (found.sent, found.suppressed, found.unknown, found.balanced) == (1, 0, 2, True)  # it may have arrived


def test_those_without_an_address_are_said_to_stay(enter, lost):
    alert, recipients = lost
    outbox.spare(recipients["c@hotmail.com"], organisation_id=alert.organisation_id)
    db.session.commit()
    assert "kan niet opnieuw: zei stop" in enter().get(path(alert)).get_data(as_text=True)


def test_a_send_that_was_stopped_for_good_sends_nothing_again(enter, lost):
    alert, _ = lost
    with transaction():
        alerts.stop(alert.id)
    browser = enter()
    assert browser.get(path(alert)).get_data(as_text=True).count(" disabled") == 2
    assert press(browser, alert, all="resend").status_code == 409
    assert set(states().values()) == {"unknown"}
    assert press(browser, alert, all="accept").status_code == 303
    assert set(states().values()) == {"sent"}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"ticked": "resend"},
        {"ticked": "accept", "who": []},
        {"ticked": "x", "who": ["1"]},
        {"all": "everything"},
        {"who": ["1"]},
    ],
)
def test_a_press_that_says_nothing_clear_changes_nothing_and_says_so(enter, lost, fields):
    alert, _ = lost
    browser = enter()
    assert press(browser, alert, **fields).status_code == 303
    html = browser.get(path(alert)).get_data(as_text=True)
    assert "Vink eerst minstens één lijn aan" in html or "Kies: opnieuw sturen" in html
    assert 'name="who"' in html  # and the list is still there to choose from
    assert set(states().values()) == {"unknown"}
    assert trail() == []


@pytest.mark.parametrize("junk", ["\x00", "' OR 1=1 --", "9" * 400, "\ud7ff", "x" * 9000])
def test_no_name_of_a_recipient_breaks_it(enter, lost, junk):
    alert, _ = lost
    answer = press(enter(), alert, ticked="resend", who=[junk])
    assert answer.status_code == 303
    assert set(states().values()) == {"unknown"}


def test_many_of_them_come_in_pages(enter, lost, monkeypatch):
    alert, _ = lost
    monkeypatch.setattr(uncertain, "EACH", 2)
    browser = enter()
    seen = []
    for asked in ("", "?page=1", "?page=2", "?page=99999999999", "?page=-1", "?page=%00", "?page=\u0663"):
        answer = browser.get(path(alert) + asked)
        assert answer.status_code == 200, asked
        seen.append(answer.get_data(as_text=True).count('name="who"'))
    assert seen == [2, 2, 1, 2, 2, 2, 2]
    html = browser.get(path(alert) + "?page=2").get_data(as_text=True)
    assert "Pagina 2 van 2" in html
    assert 'rel="prev"' in html
    assert 'rel="next"' not in html
