"""A local's alert: its own people, its own name, its own way out; and answers that find their way."""

import pytest

from campaigner.alerts import senders
from campaigner.alerts import service as alerts
from campaigner.core.db import db, transaction
from campaigner.mailroom import consequences
from campaigner.outbox import verp
from campaigner.outbox.message import Writer, unsubscribe_url
from campaigner.outbox.models import Delivery, Mailing, Suppression
from tests import make

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def local():
    return make.local("Afdeling Leiestreek")


@pytest.fixture
def sent(local, settings):
    campaign = make.campaign()
    yes, no = make.acted(campaign, mail=False), make.acted(campaign, mail=True)
    make.answer(yes, True, organisation=local)
    make.answer(no, False, organisation=local)
    db.session.commit()
    with transaction():
        alert = alerts.send(make.alert(campaign, organisation=local).id, policy="hold", confirmed=1, settings=settings)
    return alert, yes


def test_only_those_who_said_yes_to_the_local_get_it(sent):
    alert, yes = sent
    assert [row.recipient for row in db.session.query(Delivery).filter_by(mailing_id=alert.mailing_id)] == [str(yes.id)]


def test_it_leaves_in_the_locals_name_and_says_so(sent, settings):
    alert, _yes = sent
    mailing = db.session.get_one(Mailing, alert.mailing_id)
    delivery = db.session.query(Delivery).filter_by(mailing_id=mailing.id).one()
    mail = Writer(mailing, settings).letter(delivery, eight_bit=True).text.decode()
    assert "From: Afdeling Leiestreek <campagnes@fos.example>" in mail
    assert "mails van Afdeling Leiestreek" in mail


def test_its_way_out_is_the_locals_alone(client, sent, settings, local):
    alert, yes = sent
    way_out = unsubscribe_url(settings, mailing_id=alert.mailing_id, recipient=str(yes.id))
    assert client.post(way_out.removeprefix(settings.public_url)).status_code == 200
    assert {row.organisation_id for row in db.session.query(Suppression)} == {local.id}


def test_a_sender_may_have_a_name_of_its_own_and_lose_it_again(settings, local):
    assert senders.name_of(local, settings) == "Afdeling Leiestreek"
    for name, shown in (("Leiestreek via FOS", "Leiestreek via FOS"), ("", "Afdeling Leiestreek")):
        with transaction():
            senders.call(local.id, name=name)
        assert senders.name_of(local, settings) == shown


def test_an_answer_comes_back_to_an_address_that_names_the_delivery(sent, settings):
    from dataclasses import replace

    alert, yes = sent
    there = replace(settings, mail_return_address="terug@fos.example")
    mailing = db.session.get_one(Mailing, alert.mailing_id)
    delivery = db.session.query(Delivery).filter_by(mailing_id=mailing.id).one()
    mail = Writer(mailing, there).letter(delivery, eight_bit=True).text.decode()
    address = mail.partition("\r\nReply-To: ")[2].partition("\r\n")[0]
    found = verp.opened(address)
    assert (found.purpose, found.mailing_id, found.recipient) == ("r", mailing.id, str(yes.id))
    assert "Reply-To" not in Writer(mailing, settings).letter(delivery, eight_bit=True).text.decode()
    assert consequences.addressed_to(address, consequences.reading.read(b"Subject: x\r\n\r\nDag", sender=None)) == found
