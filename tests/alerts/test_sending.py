"""The page of a send: what it says, and that it asks the counters and not the deliveries."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from campaigner.alerts import sendings
from campaigner.alerts import service as alerts
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import counters
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, DeliveryCount, Pace
from campaigner.spelling import Cap
from tests.alerts.conftest import csrf
from tests.conftest import deliver

pytestmark = pytest.mark.usefixtures("clean")


def page(browser, alert, rest=""):
    answer = browser.get(f"/staff/alerts/{alert.id}{rest}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def part(html, name):
    """One part of the page, its tags taken out."""
    found = re.search(rf'data-part="{name}".*?(?=data-part="|\Z)', html, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])) if found else ""


def brake(key, **values):
    db.session.add(Pace(key=key, **values))
    db.session.commit()


def test_the_page_says_what_the_ledger_holds_and_that_delivered_means_taken_by_a_server(enter, going, smtp):
    alert = going("a@gmail.com", "b@telenet.be", "c@hotmail.com")
    smtp.replies["RCPT b@telenet.be"] = "550 5.1.1 no such user"
    smtp.replies["RCPT c@hotmail.com"] = "450 4.2.2 mailbox full"
    browser = enter()
    assert "0% afgeleverd" in part(page(browser, alert), "bar")
    deliver()
    counters.fold()
    db.session.commit()
    html = page(browser, alert)
    assert "33% afgeleverd" in part(html, "bar")
    assert "Afgeleverd 1 van 3, aangenomen door een mailserver" in part(html, "stats")
    rows = part(html, "providers")
    assert "Gmail 1 1 0 0 0 Klaar" in rows
    assert "Telenet 1 0 0 1 0 Klaar" in rows
    assert "Hotmail en Outlook 1 0 1 0 0 Vlot" in rows
    assert "✓ Het klopt" in part(html, "sum")
    assert 'aria-label="Aangenomen mails per minuut: hoogstens 1' in html
    assert '<td class="n">1</td>' in html[html.index('id="numbers"') :]


def test_an_invariant_that_does_not_hold_is_said(enter, going):
    alert = going()
    db.session.add(DeliveryCount(mailing_id=alert.mailing_id, provider="gmail.com", state="sent", number=1))
    db.session.commit()
    assert "Het klopt niet" in part(page(enter(), alert), "sum")


def test_a_provider_that_slows_us_down_is_named_with_the_speed_and_its_words(enter, going):
    alert = going("a@gmail.com", "c@hotmail.com")
    brake("provider:outlook.com", rate=10 / 60, ceiling=2.0, slowed_at=now(), reason="421 4.7.28 too <fast>")
    browser = enter()
    html = page(browser, alert)
    assert "Hotmail en Outlook: daar remmen ze ons af. We zakten er vanzelf naar 10 per minuut" in part(
        html, "providers"
    )
    assert "421 4.7.28 too &lt;fast&gt;" in html
    assert re.search(r"Hotmail en Outlook</th>.*?Vertraagd", html, re.S)
    assert "Gmail 1 0 0 0 0 In de wachtrij" in part(html, "providers")


def test_a_limit_of_our_own_is_not_called_a_slowing(enter, going):
    alert = going("c@hotmail.com")
    brake("provider:outlook.com", rate=1.0, ceiling=1.0, is_set=True)
    brake("all", rate=10.0, ceiling=10.0, is_set=True)
    html = page(enter(), alert)
    assert "Vertraagd" not in html
    assert "We versturen hoogstens 600 per minuut" in part(html, "notes")


def test_a_provider_that_rests_and_nobody_else(enter, going):
    alert = going("a@gmail.com", "c@hotmail.com")
    brake("provider:outlook.com", rest_until=now() + timedelta(minutes=5), reason="421 busy")
    rows = part(page(enter(), alert), "providers")
    assert re.search(r"Hotmail en Outlook 1 0 0 0 0 Rust", rows)
    assert "Hotmail en Outlook: we wachten tot" in rows
    assert "Gmail 1 0 0 0 0 In de wachtrij" in rows


@pytest.mark.parametrize("key", ["relay:main", "all"])
def test_when_no_server_takes_anything_the_page_says_until_when(enter, going, key):
    alert = going()
    brake(key, rest_until=now() + timedelta(minutes=5), reason="421 later")
    html = page(enter(), alert)
    assert "De mailserver rust tot" in part(html, "notes")
    assert 'class="state warn">Bezig sinds' in html
    assert "klaar rond" not in html
    assert "Rust" in part(html, "providers")


def test_a_rest_that_is_over_is_not_shown(enter, going):
    alert = going()
    brake("relay:main", rest_until=now() - timedelta(seconds=1), reason="421 later")
    assert "rust tot" not in page(enter(), alert)


def test_a_pause_that_the_server_forced_shows_its_words(enter, going):
    alert = going()
    with transaction():
        outbox.pause(alert.mailing_id, "550 5.7.1 <script>policy</script>")
    html = page(enter(), alert)
    assert "De mailserver weigerde de mail zelf" in part(html, "notes")
    assert "550 5.7.1 &lt;script&gt;policy" in html
    assert "Gepauzeerd" in part(html, "providers")


def test_the_log_says_who_pressed(enter, going):
    alert = going()
    browser = enter()
    token = csrf(browser, f"/staff/alerts/{alert.id}")
    assert browser.post(f"/staff/alerts/{alert.id}/pause", data={"csrf_token": token}).status_code == 303
    log = part(page(browser, alert), "log")
    assert "Gepauzeerd door Ploeg Voorbeeld" in log
    assert re.search(r"Gestart(?! door)", log)


def test_a_log_of_a_number_that_a_later_version_writes_otherwise_still_shows(enter, going):
    alert = going()
    outbox.note(alert.mailing_id, "something new", "whatever <b>")
    db.session.commit()
    assert "something new" in part(page(enter(), alert), "log")


def test_what_happened_since_is_apart_from_what_was_delivered(app, enter, going):
    alert = going("a@gmail.com", "b@gmail.com", "c@gmail.com")
    db.session.query(Delivery).update({"state": "sent", "settled_at": now()})
    first, second, third = db.session.query(Delivery).order_by(Delivery.recipient)
    first.returned = second.returned = "hard"
    first.returned_at = second.returned_at = now()
    outbox.suppress(second.mailbox, reason="unsubscribed", organisation_id=alert.organisation_id)
    outbox.suppress(b"somebody else", reason="unsubscribed", organisation_id=alert.organisation_id)
    db.session.execute(
        text("UPDATE action SET confirmed_at = now() WHERE supporter_id = :id"), {"id": int(third.recipient)}
    )
    db.session.execute(
        text("UPDATE action SET confirmed_at = now() - interval '1 day' WHERE supporter_id <> :id"),
        {"id": int(third.recipient)},
    )
    db.session.commit()
    after = sendings.after(alerts.get(alert.id), settings=app.extensions["campaigner"])
    assert (after.acted, after.unsubscribed, after.bounced, after.complaints, after.capped) == (1, 1, 2, 0, 0)
    browser = enter()
    for html in (page(browser, alert), page(browser, alert, "/after")):
        assert "Kwam terug 2" in part(html, "after")
        assert "Kwam in actie 1 33% van de afgeleverde" in part(html, "after")
    assert "100% afgeleverd" in page(browser, alert)


@pytest.fixture
def statements():
    """Every statement that is executed, from now on."""
    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def _crowd(alert, number):
    """So many more deliveries, of which a third wait for another attempt."""
    db.session.execute(
        text(
            "INSERT INTO delivery (mailing_id, recipient, mailbox, address, first_name, language, provider, state,"
            " attempts, not_before, created_at)"
            " SELECT mailing_id, :number || 'x' || n, mailbox, address, first_name, language, provider,"
            " CASE WHEN n % 3 = 0 THEN 'deferred' ELSE 'ready' END, 0, now(), now()"
            " FROM (SELECT * FROM delivery WHERE mailing_id = :mailing LIMIT 1) AS one,"
            " generate_series(1, :number) AS n"
        ),
        {"number": number, "mailing": alert.mailing_id},
    )
    db.session.execute(text("UPDATE mailing SET total = total + :number"), {"number": number})
    counters.fold()
    db.session.commit()
    db.session.execute(text("ANALYZE delivery"))
    db.session.commit()


def test_the_part_that_moves_counts_no_deliveries_however_many_there_are(enter, going, statements):
    alert = going()
    browser = enter()
    asked = []
    for number in (1, 5000):
        _crowd(alert, number)
        statements.clear()
        html = page(browser, alert, "/progress")
        asked.append(list(statements))
    assert f"{5002:,}".replace(",", ".") in html
    assert len(asked[1]) <= len(asked[0]) <= 17
    about = [each for each in asked[1] if re.search(r"\b(FROM|JOIN) delivery\b", each)]
    assert len(about) == 1, about
    assert "min(delivery.not_before)" in about[0]
    assert "count(" not in about[0]


def test_the_one_look_at_deliveries_reads_one_row_of_an_index(going):
    alert = going()
    _crowd(alert, 5000)
    plan = "\n".join(
        db.session.scalars(
            text(
                "EXPLAIN SELECT min(delivery.not_before) FROM delivery"
                f" WHERE delivery.mailing_id = {alert.mailing_id:d} AND delivery.state = 'deferred'"
            )
        )
    )
    assert "ix_delivery_deferred" in plan
    assert "Limit" in plan
    assert "Seq Scan" not in plan


def test_the_list_of_what_waits_for_a_decision_counts_no_deliveries_either(going, statements):
    from campaigner.alerts import desk

    going()
    statements.clear()
    desk.uncertain()
    desk.undecided()
    assert not [each for each in statements if re.search(r"\b(FROM|JOIN) delivery\b", each)]


def test_a_page_opened_by_itself_that_is_a_part_leads_to_the_whole(enter, going):
    alert = going()
    browser = enter()
    for rest in ("progress", "stream", "after"):
        answer = browser.get(f"/staff/alerts/{alert.id}/{rest}", headers={"Sec-Fetch-Mode": "navigate"})
        assert answer.headers["Location"] == f"/staff/alerts/{alert.id}"


def test_without_javascript_the_page_has_a_link_that_loads_it_again(enter, going):
    alert = going()
    browser = enter()
    assert f'id="again" href="/staff/alerts/{alert.id}"' in page(browser, alert)
    with transaction():
        alerts.stop(alert.id)
    assert 'id="again"' not in page(browser, alert)


def test_whoever_had_enough_alerts_is_left_out_and_the_page_says_so(app, enter, going, smtp, monkeypatch):
    capped = replace(app.extensions["campaigner"], mail_cap=Cap(most=1, days=7))
    monkeypatch.setitem(app.extensions, "campaigner", capped)
    alert = going("a@gmail.com")
    other = outbox.draft_mailing(organisation_id=alert.organisation_id)
    mailbox = db.session.query(Delivery.mailbox).scalar()
    earlier = {"mailing_id": other.id, "mailbox": mailbox, "language": "nl", "provider": "gmail.com", "state": "sent"}
    db.session.add(Delivery(recipient="1", offered_at=now(), settled_at=now(), **earlier))
    other.started_at = now()
    db.session.commit()
    deliver()
    counters.fold()
    db.session.commit()
    html = page(enter(), alert)
    assert "1 persoon werd op het laatst overgeslagen" in part(html, "after")
    assert "De grens is 1 in 7 dagen" in part(html, "after")
    assert 'class="state warn"' in html  # everything left, and nobody got it: that is not well
    assert smtp.messages == []


def test_what_staff_counted_as_delivered_is_said_apart(enter, going):
    alert = going("a@gmail.com", "b@gmail.com")
    db.session.query(Delivery).update({"state": "unknown", "settled_at": now()})
    db.session.commit()
    with transaction():
        alerts.resolve(alert.id, resend=False)
    assert "Afgeleverd 2 van 2; 2 daarvan telden jullie zelf mee" in part(page(enter(), alert), "stats")


def test_a_pressed_button_is_logged_to_the_second(enter, going):
    alert = going()
    with transaction():
        alerts.pause(alert.id)
    assert re.search(r"\d\d:\d\d:\d\d Gepauzeerd", part(page(enter(), alert), "log"))
