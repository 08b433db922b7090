"""The page about all outgoing mail: service mail, limits, shut mailboxes and opening one again."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from campaigner.alerts import outgoing
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import counters, suppressions
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, Pace, Suppression
from campaigner.staff.models import AuditEvent
from tests.alerts.conftest import csrf
from tests.conftest import deliver

pytestmark = pytest.mark.usefixtures("clean")
WORDS = {"subject": "s", "text": "t", "html": "h"}


def mail(number):
    """So many service mails, committed. Returns the mailing."""
    with transaction():
        for at in range(number):
            outbox.send_test(
                cause=f"mail {at}", to=f"ik{at}@voorbeeld.example", first_name="", language="nl", content=WORDS,
                unsubscribe="u",
            )  # fmt: skip
    mailing_id = outbox.standing("alerts.test", queue="urgent")
    db.session.commit()
    return mailing_id


def shut(address, reason, organisation_id=0):
    outbox.suppress(addresses.fingerprint(address), reason=reason, organisation_id=organisation_id)
    db.session.commit()
    return db.session.query(Suppression).order_by(Suppression.id.desc()).first().id


def page(browser, path="/staff/mail/", status=200, **fields):
    if fields:
        answer = browser.post(path, data={"csrf_token": csrf(browser, "/staff/mail/"), **fields})
    else:
        answer = browser.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def trail(about):
    found = db.session.query(AuditEvent).filter(AuditEvent.about.like(about)).order_by(AuditEvent.id)
    return [(event.what, event.detail) for event in found]


def test_an_empty_house_says_so(enter):
    html = page(enter())
    assert "Er vertrok nog geen dienstmail" in html
    assert "Er vertrekt nu geen alert" in html
    assert "De mailserver Vlot" in html


def test_service_mail_is_shown_from_the_counters(enter, smtp):
    mailing_id = mail(3)
    smtp.replies["RCPT ik0@voorbeeld.example"] = "550 5.1.1 unknown"
    deliver()
    counters.fold()
    mail(5)
    assert "Testmails van alerts 2 0 2 2 1 0" in page(enter())
    line = outgoing.lines()[0]
    assert (line.mailing.id, dict(line.now)["sent"], dict(line.day)["sent"]) == (mailing_id, 2, 2)


def test_alerts_under_way_lead_to_their_page(enter, going):
    alert = going()
    assert f'href="/staff/alerts/{alert.id}"' in enter().get("/staff/mail/").get_data(as_text=True)


def test_the_limits_are_shown_with_the_words_of_the_servers(enter):
    at = now()
    db.session.add_all(
        [
            Pace(key="relay:main", rest_until=at + timedelta(minutes=3), reason="421 <b>busy</b>"),
            Pace(key="provider:outlook.com", rate=0.2, ceiling=2.0, slowed_at=at, reason="421 4.7.28 slow down"),
            Pace(key="provider:gmail.com", rate=5.0, ceiling=5.0, is_set=True),
            Pace(key="provider:nobody.example", rate=0.001, ceiling=0.001, is_set=True),
        ]
    )
    db.session.commit()
    browser = enter()
    html = page(browser)
    assert "De mailserver Rust tot" in html
    assert "Hotmail en Outlook Vertraagd Nu hoogstens 12 per minuut. Groeit vanzelf terug naar 120 per minuut." in html
    assert "Gmail Begrensd Nu hoogstens 300 per minuut." in html
    assert "nobody.example Begrensd Nu hoogstens 4 per uur." in html
    assert "421 &lt;b&gt;busy" in browser.get("/staff/mail/").get_data(as_text=True)


@pytest.mark.parametrize("policy", ["hold", "skip", "resend"])
def test_uncertain_service_mail_is_decided_here(enter, policy):
    mailing_id = mail(3)
    db.session.query(Delivery).update({"state": "unknown", "settled_at": now(), "attempts": 1})
    db.session.execute(text("UPDATE mailing SET unknown_policy = :it"), {"it": policy})
    db.session.commit()
    browser = enter()
    path = f"/staff/mail/{mailing_id}/uncertain"
    assert "3: beslis" in page(browser)
    html = browser.get(path).get_data(as_text=True)
    assert html.count('name="who"') == 3
    assert "voorbeeld.example" not in html
    page(browser, path, 303, ticked="resend", who="mail 0")
    for _ in range(2):
        page(browser, path, 303, all="accept")
    db.session.expire_all()
    assert sorted(row.state for row in db.session.query(Delivery)) == ["ready", "sent", "sent"]
    assert trail("mailing:%") == [
        ("service mail uncertain resent", {"kind": "alerts.test", "count": 1, "who": ["mail 0"]}),
        ("service mail uncertain accepted", {"kind": "alerts.test", "count": 2, "who": "all"}),
    ]


def test_an_alerts_mails_are_not_decided_here(enter, going):
    browser = enter()
    alert = going()
    page(browser, f"/staff/mail/{alert.mailing_id}/uncertain", 404)
    page(browser, f"/staff/mail/{alert.mailing_id}/uncertain", 404, all="accept")
    page(browser, "/staff/mail/999999/uncertain", 404)


def test_mailboxes_are_counted_by_reason(enter):
    shut("a@voorbeeld.example", "unsubscribed", 1)
    shut("b@voorbeeld.example", "unsubscribed", 1)
    shut("c@voorbeeld.example", "dead address")
    assert suppressions.by_reason() == {"unsubscribed": 2, "dead address": 1, "complaint": 0, "not me": 0}
    assert "Uitgeschreven 2 Adres werkt niet 1 Klaagde bij de mailprovider geen" in page(enter())


def test_looking_up_says_whether_and_why_and_keeps_no_address(enter, settings):
    from campaigner.organisations import queries as organisations

    host = organisations.host()
    shut("weg@voorbeeld.example", "unsubscribed", host.id)
    browser = enter()
    html = page(browser, email=" Weg@Voorbeeld.example ")
    assert "Uitgeschreven" in html
    assert f"Geen mails van {host.name}." in html
    assert "Alleen de eigenaar kan dat veranderen" in html
    assert "is niet afgesloten" in page(browser, email="open@voorbeeld.example")
    assert trail("mail") == [("mailbox looked up", {"shut": ["unsubscribed"]}), ("mailbox looked up", {"shut": []})]


@pytest.mark.parametrize(
    "typed", ["", "geen adres", "a@b@c", "<script>@x.example", "x" * 9000, "\x00@voorbeeld.example"]
)
def test_what_is_no_address_is_said_and_not_kept(enter, typed):
    browser = enter()
    assert "Vul een e-mailadres in" in page(browser, "/staff/mail/", 422, email=typed, more="1")
    assert trail("mail") == []


def test_a_dead_address_is_opened_again_by_an_administrator_who_says_why(enter):
    row = shut("dood@voorbeeld.example", "dead address")
    browser = enter("admin")
    assert "Het werkt toch: zet het weer open" in page(browser, email="dood@voorbeeld.example")
    path = f"/staff/mail/shut/{row}"
    assert "Hoe weet je dat het werkt?" in page(browser, path)
    page(browser, path, 422, why=" ")
    assert db.session.query(Suppression).count() == 1
    page(browser, path, 303, why="Ze belde zelf")
    assert db.session.query(Suppression).count() == 0
    assert trail("suppression:%") == [("dead address opened again", {"why": "Ze belde zelf"})]
    page(browser, path, 404, why="Nog eens")


def test_a_campaigner_sees_that_an_administrator_can_and_may_not(enter):
    row = shut("dood@voorbeeld.example", "dead address")
    browser = enter("campaigner")
    assert "Een beheerder kan het weer openzetten" in page(browser, email="dood@voorbeeld.example")
    page(browser, f"/staff/mail/shut/{row}", 403)
    page(browser, f"/staff/mail/shut/{row}", 403, why="Ze belde zelf")
    assert db.session.query(Suppression).count() == 1


@pytest.mark.parametrize("reason", ["unsubscribed", "complaint", "not me"])
def test_what_somebody_said_themselves_is_never_lifted(enter, reason):
    row = shut("weg@voorbeeld.example", reason)
    browser = enter("admin")
    page(browser, f"/staff/mail/shut/{row}", 409)
    page(browser, f"/staff/mail/shut/{row}", 409, why="Ze belde zelf")
    assert db.session.query(Suppression).count() == 1


def test_opening_asks_for_a_login_that_is_not_old(enter):
    row = shut("dood@voorbeeld.example", "dead address")
    browser = enter("admin")
    with browser.session_transaction("/staff/") as session:
        session["fs_paa"] = 1.0
        session.pop("fs_gexp", None)
    for answer in (
        browser.get(f"/staff/mail/shut/{row}"),
        browser.post(f"/staff/mail/shut/{row}", data={"csrf_token": csrf(browser, "/staff/mail/"), "why": "Ja"}),
    ):
        assert answer.status_code == 302
        assert "/staff/verify" in answer.headers["Location"]
    assert db.session.query(Suppression).count() == 1


@pytest.mark.parametrize("path", ["/staff/mail/", "/staff/mail/1/uncertain", "/staff/mail/shut/1"])
def test_others_stay_outside(client, enter, path):
    assert "/staff/login" in client.get(path).headers["Location"]
    assert enter("inbox").get(path).status_code == 403
