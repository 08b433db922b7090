"""The personal link of an alert: the form is filled in, one press is left, and nobody learns who it is for."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigner.actions import personal
from campaigner.actions.models import Action, PersonalAct
from campaigner.alerts import service as alerts
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import personal as tokens
from campaigner.outbox.message import Writer
from campaigner.outbox.models import Delivery, Mailing
from campaigner.supporters import service as supporters
from tests import make

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def sent(app):
    """An alert to one person: its delivery, and the campaign that it leads to."""
    campaign = make.campaign()
    make.acted(campaign, first_name="Fatiha")
    alert = make.alert(campaign)
    with transaction():
        mailing_id = alerts.send(alert.id, policy="hold", confirmed=1, settings=app.extensions["campaigner"]).mailing_id
    delivery = db.session.scalars(select(Delivery).filter_by(mailing_id=mailing_id)).one()
    return delivery, campaign


def link(delivery, campaign, act="petition"):
    return f"/nl/do/{tokens.seal(delivery.mailing_id, delivery.recipient, f'{campaign.id}/{act}')}"


def text(answer):
    return answer.get_data(as_text=True)


def press(client, address, **more):
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', text(client.get(address)))[1]
    fields = {"form_token": token, "agree": "y", "website": "", "unchanged": "ongewijzigd", **more}
    return client.post(address, data=fields)


def test_the_mail_carries_a_link_of_its_own_that_says_nothing_and_is_the_same_on_every_attempt(app, sent):
    delivery, _campaign = sent
    mailing = db.session.get_one(Mailing, delivery.mailing_id)
    written = [Writer(mailing, app.extensions["campaigner"]).letter(delivery, eight_bit=True).text for _ in range(2)]
    assert written[0] == written[1]
    token = re.search(rb"/nl/do/([\w-]+)", written[0])[1].decode()
    found = tokens.opened(token)
    assert (found.mailing_id, found.recipient) == (delivery.mailing_id, delivery.recipient)
    assert delivery.address not in token
    assert "Fatiha" not in token


def test_the_page_shows_a_first_name_and_a_masked_address_and_nothing_more(client, sent):
    delivery, campaign = sent
    answer = client.get(link(delivery, campaign))
    page = text(answer)
    assert "Fatiha (" in page
    assert "•••••@voorbeeld.example" in page
    person = personal.reader(link(delivery, campaign).rpartition("/")[2]).supporter
    for secret in (person.email, person.last_name, 'name="postcode"', 'name="email"', 'name="mail_host"'):
        assert secret not in page
    head, _, rest = page.partition("</head>")
    assert "/do/" not in head
    assert f'rel="canonical" href="http://localhost/nl/c/{campaign.slug}"' in head
    shared = re.search(r'<section aria-labelledby="h-share">.*?</section>', rest, re.S)[0]
    assert "/do/" not in shared
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_looking_does_nothing_and_one_press_acts_and_is_confirmed_from_the_mailbox(client, sent):
    delivery, campaign = sent
    db.session.execute(Action.__table__.delete())
    db.session.commit()
    address = link(delivery, campaign)
    client.get(address)
    assert make.actions(campaign) == []
    answer = press(client, address)
    assert (answer.status_code, "/thanks" in answer.headers["Location"]) == (303, True)
    (action,) = make.actions(campaign)
    assert (str(action.supporter_id), action.state) == (delivery.recipient, "unconfirmed")
    noted = db.session.scalars(select(PersonalAct)).one()
    assert (noted.mailing_id, noted.action_id) == (delivery.mailing_id, action.id)
    mails = db.session.scalars(select(Delivery).join(Mailing).where(Mailing.kind == "actions.confirm")).all()
    assert [mail.address for mail in mails] == [delivery.address]


def test_what_is_typed_into_the_filled_in_fields_counts_for_nothing(client, sent):
    delivery, campaign = sent
    press(client, link(delivery, campaign), email="iemand@anders.example", first_name="Iemand")
    assert {str(action.supporter_id) for action in make.actions(campaign)} == {delivery.recipient}


def test_pressing_twice_is_one_act(client, sent):
    delivery, campaign = sent
    for _ in range(2):
        assert press(client, link(delivery, campaign)).status_code == 303
    assert len(make.actions(campaign)) == 1
    assert db.session.query(PersonalAct).count() == 1


def test_without_the_pledge_it_does_not_act(client, sent):
    delivery, campaign = sent
    answer = press(client, link(delivery, campaign), agree="")
    assert answer.status_code == 422
    assert "Fatiha (" in text(answer)
    assert db.session.query(PersonalAct).count() == 0


@pytest.mark.parametrize("token", ["onbekend", "a" * 500, "é", "AAAA", "%00", "A" * 80])
def test_a_link_that_we_did_not_make_is_a_clear_404(client, sent, token):
    for method in ("GET", "POST"):
        assert client.open(f"/nl/do/{token}", method=method).status_code == 404


def plain(client, sent):
    delivery, campaign = sent
    answer = client.get(link(delivery, campaign))
    return answer.status_code == 303 and f"/nl/c/{campaign.slug}?act=petition" in answer.headers["Location"]


def test_after_two_weeks_it_is_the_page_that_is_the_same_for_all(client, sent, monkeypatch):
    assert not plain(client, sent)
    later = now() + personal.LIFETIME + timedelta(minutes=1)
    monkeypatch.setattr(personal, "now", lambda: later)
    assert plain(client, sent)


def test_a_link_of_somebody_who_was_not_written_to_knows_nobody(client, sent):
    delivery, campaign = sent
    other = make.acted(campaign)
    address = f"/nl/do/{tokens.seal(delivery.mailing_id, str(other.id), f'{campaign.id}/petition')}"
    assert client.get(address).status_code == 303


def test_whoever_is_erased_is_known_by_no_link(client, sent):
    delivery, _campaign = sent
    with transaction():
        supporters.forget(int(delivery.recipient))
    assert plain(client, sent)


def test_a_campaign_that_is_over_offers_nothing_to_press(client, sent):
    _delivery, campaign = sent
    campaign.state = "closed"
    campaign.closed_at = now()
    db.session.commit()
    assert plain(client, sent)


def test_a_purpose_keeps_a_token_from_being_another(app):
    sealed = tokens.seal(1, "2", "3")
    assert tokens.opened(sealed).about == "3"
    changed = ("A" if sealed[20] != "A" else "B").join((sealed[:20], sealed[21:]))
    assert tokens.opened(changed) is None
