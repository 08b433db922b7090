"""Unsubscribing: one press, at once, for ever, and never by opening a link."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Text, cast, select

from campaigner.actions import service as actions
from campaigner.actions.models import Action
from campaigner.core.db import db, transaction
from campaigner.core.tokens import signer
from campaigner.organisations import queries as organisations
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, Suppression
from campaigner.supporters import service as supporters
from campaigner.supporters.models import Permission, Supporter
from tests import make
from tests.conftest import Sink, deliver


def _said_yes(client: FlaskClient) -> Supporter:
    """Somebody who signed, said yes to mail and confirmed."""
    campaign = make.campaign()
    make.sign(client, campaign.slug, "fr", mail_host="yes")
    action = make.actions(campaign)[0]
    submission = db.session.scalars(select(Delivery.recipient)).all()[-1].partition(".")[2]
    with transaction():
        actions.confirm(signer.sign([action.id, submission], "confirm"))
    return action.supporter


def _link(supporter: Supporter) -> str:
    """The unsubscribe link of an alert to this person."""
    with transaction():
        mailing = outbox.draft_mailing(organisation_id=organisations.host().id)
        columns = (Supporter.mailbox, Supporter.email, Supporter.first_name, Supporter.language, Supporter.provider)
        who = select(cast(Supporter.id, Text), *columns).where(Supporter.id == supporter.id)
        outbox.freeze(mailing.id, who)
        delivery = db.session.scalars(select(Delivery).where(Delivery.mailing_id == mailing.id)).one()
        return "/u/" + signer.seal([mailing.id, delivery.recipient], "unsubscribe")


def _stands(supporter: Supporter) -> bool:
    row = db.session.scalars(select(Permission).filter_by(supporter_id=supporter.id, purpose="mail")).one()
    return row.value


def test_opening_the_link_changes_nothing_and_shows_one_button(client: FlaskClient, session: object) -> None:
    supporter = _said_yes(client)
    page = client.get(_link(supporter))
    assert page.status_code == 200
    assert '<html lang="fr"' in page.get_data(as_text=True)
    assert _stands(supporter)


def test_one_click_of_a_mail_program_stops_at_once_and_again_is_harmless(client: FlaskClient, session: object) -> None:
    supporter = _said_yes(client)
    link = _link(supporter)
    for _ in range(2):
        answer = client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.get_data(as_text=True)) == (200, "OK")
        assert "Set-Cookie" not in answer.headers
    assert not _stands(supporter)
    assert len(db.session.scalars(select(Suppression)).all()) == 1


def test_a_new_yes_lifts_an_unsubscription_but_not_a_dead_address(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    supporter = _said_yes(client)
    client.post(_link(supporter))
    with transaction():
        outbox.suppress(supporter.mailbox, reason="dead address")
    campaign = make.campaign()
    make.sign(client, campaign.slug, email=supporter.email, first_name=supporter.first_name,
              last_name=supporter.last_name, mail_host="yes")  # fmt: skip
    action = make.actions(campaign)[0]
    deliver()
    assert smtp.messages == []  # a dead address gets nothing, not even this
    source = supporters.Source(language="nl", channel="web", evidence="test", action_id=action.id, submission="x")
    answer = supporters.Answer("mail", organisations.host().id, "FOS", True)
    with transaction():
        supporters.note(supporter.id, [answer], source=source, verified=True)
    assert [row.reason for row in db.session.scalars(select(Suppression))] == ["dead address"]


@pytest.mark.parametrize("token", ["x", "WzEsIjEiXQ.forged", "WzEsIjEiXQ", "%00", "test/../x"])
def test_a_damaged_link_gets_a_page_that_helps(token: str, client: FlaskClient, session: object) -> None:
    for answer in (client.get(f"/u/{token}"), client.post(f"/u/{token}")):
        assert answer.status_code in (404, 405)
        assert "<h1" in answer.get_data(as_text=True)


def test_the_link_of_a_test_mail_shows_what_would_happen_and_does_nothing(client: FlaskClient, session: object) -> None:
    assert client.get("/u/test").status_code == 200
    assert client.post("/u/test").status_code == 200
    assert db.session.scalars(select(Suppression)).all() == []


def _source(action_id: int, form: str) -> supporters.Source:
    return supporters.Source(language="nl", channel="web", evidence="test", action_id=action_id, submission=form)


def _say(supporter: Supporter, value: bool, *, action_id: int, form: str) -> None:
    answer = supporters.Answer("mail", organisations.host().id, "FOS", value)
    with transaction():
        supporters.note(supporter.id, [answer], source=_source(action_id, form), verified=True)


def test_taking_back_a_later_no_does_not_undo_an_unsubscription(client: FlaskClient, session: object) -> None:
    supporter = _said_yes(client)
    _say(supporter, False, action_id=99, form="b")
    client.post(_link(supporter))
    with transaction():
        supporters.disown(99, submission="b")
    assert [row.reason for row in db.session.scalars(select(Suppression))] == ["unsubscribed"]


def test_taking_back_the_only_yes_stops_an_alert_that_waits(client: FlaskClient, session: object) -> None:
    supporter = _said_yes(client)
    _link(supporter)
    mailing_id = db.session.scalars(select(Delivery.mailing_id).order_by(Delivery.mailing_id.desc())).first()
    with transaction():
        outbox.start(mailing_id)
        supporters.disown(_act_of(supporter))
    assert db.session.get_one(Delivery, (mailing_id, str(supporter.id)), populate_existing=True).state == "suppressed"


def _act_of(supporter: Supporter) -> int:
    """The id of this person's act."""
    return db.session.scalars(select(Action.id).where(Action.supporter_id == supporter.id)).one()
