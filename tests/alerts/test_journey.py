"""From thirty people to the mails in their boxes, through the real engine and a real mail server."""

import re
import threading
from urllib.parse import urlsplit

import pytest

from campaigner.alerts import service as alerts
from campaigner.core.db import db, transaction
from campaigner.outbox import engine, outcomes
from campaigner.outbox import queries as ledger
from campaigner.outbox.models import Mailing
from tests import make
from tests.conftest import deliver

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def crowd():
    """Thirty people: twenty who said yes in Dutch, ten who must not get it. Returns the twenty addresses."""
    campaign = make.campaign()
    yes = [make.acted(campaign, first_name=f"Naam{at}") for at in range(18)]
    yes += [make.acted(campaign, first_name=""), make.acted(campaign, first_name="Eva\r\nBcc: x@evil.example")]
    for _ in range(4):
        make.acted(campaign, mail=False)
        make.acted(campaign, language="fr")
    make.acted(campaign, mail=None)
    make.acted(campaign, state="unconfirmed")
    alert = make.alert(campaign, subject="{{voornaam}}, de koper heeft gebeld")
    alert.skips = ["fr"]
    addresses = {person.email for person in yes}
    db.session.commit()
    return alert.id, addresses


def send(alert_id, settings, confirmed=20):
    with transaction():
        return alerts.send(alert_id, policy="hold", confirmed=confirmed, settings=settings).mailing_id


def test_exactly_those_who_said_yes_get_it_once_each_with_a_way_out(app, crowd, settings, smtp):
    alert_id, addresses = crowd
    mailing_id = send(alert_id, settings)
    assert ledger.progress(mailing_id).waiting == 20
    deliver()
    assert sorted(smtp.recipients) == sorted(addresses)
    found = ledger.progress(mailing_id)
    assert (found.state, found.sent, found.balanced) == ("done", 20, True)

    ways_out = set()
    for mail in smtp.messages:
        assert "Bcc" not in mail
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = mail["List-Unsubscribe"].strip(" <>")
        ways_out.add(link)
        text = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        assert link in text
        assert link in html
        assert "{{" not in mail["Subject"] + text + html
        assert mail["Subject"].endswith("e koper heeft gebeld")
    assert len(ways_out) == 20
    assert any(mail["Subject"] == "De koper heeft gebeld" for mail in smtp.messages)
    assert len({mail["Message-ID"] for mail in smtp.messages}) == 20


def test_one_click_stops_it_at_once_even_within_the_send(app, crowd, settings, smtp, client):
    alert_id, addresses = crowd
    test_mailing = send(alert_id, settings)
    from campaigner.outbox.message import unsubscribe_url
    from campaigner.outbox.models import Delivery

    leaver = db.session.query(Delivery).filter_by(mailing_id=test_mailing).first()
    address = leaver.address
    link = unsubscribe_url(settings, mailing_id=test_mailing, recipient=leaver.recipient)
    db.session.rollback()
    answer = client.post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    deliver()
    assert sorted(smtp.recipients) == sorted(addresses - {address})
    found = ledger.progress(test_mailing)
    assert (found.sent, found.suppressed, found.balanced, found.state) == (19, 1, True, "done")


def test_pause_stops_within_a_group_and_resume_goes_on_without_repeating(app, crowd, settings, smtp, monkeypatch):
    alert_id, addresses = crowd
    monkeypatch.setattr(engine, "GROUP", 5)
    mailing_id = send(alert_id, settings)
    settle = outcomes.settle

    def pause_after_the_first_group(run, group, outcomes):
        settle(run, group, outcomes)
        if len(smtp.recipients) == 5:
            with transaction():
                alerts.pause(alert_id)

    monkeypatch.setattr(outcomes, "settle", pause_after_the_first_group)
    deliver()
    found = ledger.progress(mailing_id)
    assert (found.state, found.sent, found.waiting, len(smtp.recipients)) == ("paused", 5, 15, 5)
    deliver()
    assert len(smtp.recipients) == 5
    with transaction():
        alerts.resume(alert_id)
    deliver()
    assert sorted(smtp.recipients) == sorted(addresses)
    assert ledger.progress(mailing_id).state == "done"


def test_stop_is_for_good(app, crowd, settings, smtp):
    alert_id, _addresses = crowd
    mailing_id = send(alert_id, settings)
    with transaction():
        alerts.stop(alert_id)
    deliver()
    found = ledger.progress(mailing_id)
    assert (smtp.recipients, found.cancelled, found.balanced) == ([], 20, True)


def test_pressing_send_twice_at_the_same_moment_sends_once(app, crowd, settings):
    alert_id, _addresses = crowd
    results = []
    gate = threading.Barrier(2)

    def press():
        with app.app_context():
            gate.wait()
            try:
                results.append(send(alert_id, settings))
            except alerts.AlreadySent:
                results.append(None)
            finally:
                db.session.remove()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()
    assert sorted(result is None for result in results) == [False, True]
    assert db.session.query(Mailing).filter(Mailing.kind.is_(None)).count() == 1


def test_a_test_arrives_marked_as_one_and_its_link_harms_nobody(app, crowd, settings, smtp):
    alert_id, _addresses = crowd
    with transaction():
        alerts.test(alert_id, to=["ik@voorbeeld.example"], first_name="Fatiha", settings=settings, language=None)
    deliver()
    assert smtp.recipients == ["ik@voorbeeld.example"]
    assert smtp.messages[0]["Subject"] == "Test: Fatiha, de koper heeft gebeld"
    text = smtp.messages[0].get_body(("plain",)).get_content()
    assert re.search(r"/u/test\s", text)
