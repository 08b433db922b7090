"""The verbs of an alert."""

import pytest

from campaigner.alerts import service as alerts
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, NotFound
from campaigner.outbox import queries as ledger
from campaigner.outbox.models import Delivery, Mailing
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def sent(alert, settings, *, confirmed=1, policy="hold"):
    with transaction():
        return alerts.send(alert.id, policy=policy, confirmed=confirmed, settings=settings)


def test_a_draft_begins_with_a_greeting_in_its_language():
    campaign = make.campaign()
    draft = alerts.draft(campaign_id=campaign.id, language="fr", account_id=1)
    assert draft.text().body == "Bonjour {{voornaam}}\u202f!\n\n"
    with pytest.raises(NotFound):
        alerts.draft(campaign_id=campaign.id, language="tlh", account_id=1)


def test_writing_again_keeps_the_words_and_the_moment_only_when_something_changed():
    alert = make.alert(make.campaign())
    before = alert.changed_at
    same = {name: getattr(alert.text(), name) for name in ("subject", "preheader", "body", "button_label")}
    alerts.write(alert.id, **same)
    assert alert.changed_at == before
    alerts.write(alert.id, **{**same, "subject": "Anders"})
    assert (alert.subject, alert.changed_at > before) == ("Anders", True)


def test_sending_freezes_the_audience_and_starts_the_mailing(settings):
    campaign = make.campaign()
    person = make.acted(campaign)
    make.acted(campaign, mail=False)
    alert = sent(make.alert(campaign), settings, policy="skip")
    mailing = db.session.get_one(Mailing, alert.mailing_id)
    assert (mailing.state, mailing.total, mailing.unknown_policy, mailing.queue) == ("sending", 1, "skip", "bulk")
    assert mailing.organisation_id == alert.organisation_id
    assert "{{afmelden}}" in mailing.content["nl"]["html"]
    row = db.session.query(Delivery).filter_by(mailing_id=mailing.id).one()
    assert (row.recipient, row.address, row.first_name) == (str(person.id), person.email, "Fatiha")
    assert alert.audience_then["total"] == 1
    assert alert.audience_then["no_consent"] == 1


def test_who_acts_after_the_freeze_does_not_get_it(settings):
    campaign = make.campaign()
    make.acted(campaign)
    alert = sent(make.alert(campaign), settings)
    make.acted(campaign)
    assert ledger.progress(alert.mailing_id).total == 1


def test_what_was_sent_can_no_longer_be_written(settings):
    campaign = make.campaign()
    make.acted(campaign)
    alert = sent(make.alert(campaign), settings)
    with pytest.raises(alerts.AlreadySent):
        alerts.write(alert.id, subject="Te laat", preheader="", body="Te laat, echt", button_label="")
    with pytest.raises(alerts.AlreadySent):
        alerts.test(alert.id, to=["ik@voorbeeld.example"], first_name="", settings=settings, language=None)


@pytest.mark.parametrize("words", [{"subject": ""}, {"body": ""}, {"body": "Dag {{gemeente}}, kom je mee?"}])
def test_an_unfinished_alert_does_not_leave(settings, words):
    campaign = make.campaign()
    make.acted(campaign)
    alert = make.alert(campaign, **words)
    with pytest.raises(alerts.NotReady):
        alerts.send(alert.id, policy="hold", confirmed=1, settings=settings)


def test_an_alert_for_nobody_does_not_leave(settings):
    alert = make.alert(make.campaign())
    with pytest.raises(alerts.NotReady):
        alerts.send(alert.id, policy="hold", confirmed=1, settings=settings)


def test_a_number_that_moved_far_is_confirmed_again(settings):
    campaign = make.campaign()
    for _ in range(12):
        make.acted(campaign)
    alert = make.alert(campaign)
    with pytest.raises(alerts.AudienceChanged) as caught:
        alerts.send(alert.id, policy="hold", confirmed=1, settings=settings)
    assert caught.value.total == 12


def test_the_buttons_of_a_send_move_its_mailing(settings):
    campaign = make.campaign()
    make.acted(campaign)
    alert = sent(make.alert(campaign), settings)
    for press, state in ((alerts.pause, "paused"), (alerts.resume, "sending"), (alerts.stop, "cancelled")):
        with transaction():
            press(alert.id)
        assert ledger.progress(alert.mailing_id).state == state
    assert ledger.progress(alert.mailing_id).cancelled == 1
    with pytest.raises(Conflict):
        alerts.resume(alert.id)


def test_a_draft_has_no_buttons():
    alert = make.alert(make.campaign())
    with pytest.raises(Conflict):
        alerts.pause(alert.id)


def test_a_test_goes_to_one_address_and_to_nobody_else(settings):
    campaign = make.campaign()
    make.acted(campaign)
    alert = make.alert(campaign, subject="Kijk, {{voornaam}}")
    with transaction():
        alerts.test(alert.id, to=["ik@voorbeeld.example"], first_name="", settings=settings, language=None)
    rows = db.session.query(Delivery).all()
    assert [row.address for row in rows] == ["ik@voorbeeld.example"]
    assert "Kijk," in rows[0].message
    assert alert.tested_at is not None
    assert alert.mailing_id is None
