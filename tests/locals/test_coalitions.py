"""Several organisations on one campaign: own question, own places, own people, one total."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.actions import queries as actions
from campaigner.actions import service as action_service
from campaigner.actions.models import Action, Submission
from campaigner.campaigns import coalitions
from campaigner.campaigns import service as campaigns
from campaigner.campaigns.models import Campaign, CoalitionMember, Placement
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError
from campaigner.core.tokens import signer
from campaigner.locals import people, queries
from campaigner.organisations import queries as organisations
from campaigner.supporters.models import Consent, ConsentText
from tests import make
from tests.locals.stage import signed

pytestmark = pytest.mark.usefixtures("session")
OWN = "Ja, Mutualiteit Zuid mag mij mailen over gezondheid in het Zuiden."


def _member(campaign: Campaign, name: str = "Mutualiteit Zuid", *, open_: bool = True, **words: str) -> CoalitionMember:
    found = coalitions.invite(campaign, organisation_id=make.local(name).id, by=1)
    if open_:
        coalitions.ask(found, words=words, by=1)
        coalitions.approve(found, by=1)
    db.session.commit()
    return found


def _place(campaign: Campaign, member: CoalitionMember) -> Placement:
    found = campaigns.place(campaign, organisation_id=member.organisation_id, sites=[], language="nl", by=1)
    db.session.commit()
    return found


def _confirm_last() -> None:
    """Press the button in the mail of the form that was sent last."""
    form = db.session.scalars(select(Submission).order_by(Submission.created_at.desc())).first()
    assert form is not None
    with transaction():
        action_service.confirm(signer.sign([form.action_id, form.key], "confirm"))


def test_a_members_page_opens_when_the_lead_approves_it_and_not_before(client: FlaskClient) -> None:
    campaign = make.campaign("samen")
    member = _member(campaign, open_=False)
    place = _place(campaign, member)
    assert client.get(f"/w/{place.key}").status_code == client.get(f"/s/{place.key}").status_code == 404
    assert "mail_local" not in client.get(f"/nl/c/samen?p={place.key}").get_data(as_text=True)
    with pytest.raises(Conflict):
        coalitions.approve(member, by=1)
    coalitions.ask(member, words={}, by=1)
    db.session.commit()
    assert client.get(f"/w/{place.key}").status_code == 404
    coalitions.approve(member, by=1)
    db.session.commit()
    assert client.get(f"/w/{place.key}").status_code == 200
    assert "mail_local" in client.get(f"/nl/c/samen?p={place.key}").get_data(as_text=True)


def test_a_member_asks_in_its_own_words_and_the_ledger_keeps_exactly_those(client: FlaskClient) -> None:
    campaign = make.campaign("samen")
    member = _member(campaign, nl=OWN)
    place = _place(campaign, member)
    path = f"/nl/c/samen?p={place.key}"
    assert OWN in client.get(path).get_data(as_text=True)
    sent = make.form(form_token=make.token_of(client, path), mail_local="yes")
    assert client.post(path, data=sent).status_code == 303
    rows = db.session.execute(
        select(ConsentText.body, ConsentText.sha256, Consent.text_sha256)
        .join(Consent, Consent.text_id == ConsentText.id)
        .where(Consent.organisation_id == member.organisation_id)
    ).all()
    assert [row.body for row in rows] == [OWN]
    assert rows[0].sha256 == rows[0].text_sha256


def test_a_question_that_does_not_name_who_will_write_is_refused() -> None:
    member = _member(make.campaign(), open_=False)
    for wrong in ("Mogen wij je mailen?", f"Mutualiteit Zuid {'x' * 400}"):
        with pytest.raises(DomainError):
            coalitions.ask(member, words={"nl": wrong}, by=1)


def test_new_words_close_the_page_until_the_lead_has_read_them() -> None:
    campaign = make.campaign()
    member = _member(campaign)
    place = _place(campaign, member)
    assert place.closed_at is None
    coalitions.ask(member, words={"nl": OWN}, by=1)
    db.session.refresh(place)
    assert (member.state, place.closed_at is None) == ("waiting", False)
    coalitions.approve(member, by=1)
    db.session.refresh(place)
    assert (member.state, place.closed_at) == ("open", None)
    coalitions.ask(member, words={"nl": OWN}, by=1)
    assert member.state == "open"


def test_who_signs_through_two_members_is_one_signature_and_said_yes_to_both(client: FlaskClient) -> None:
    campaign = make.campaign("samen")
    one, two = _member(campaign, "Bond Een"), _member(campaign, "Bond Twee")
    person: dict[str, Any] = {"first_name": "An", "last_name": "Voorbeeld", "email": "an@voorbeeld.example"}
    for member in (one, two):
        path = f"/nl/c/samen?p={_place(campaign, member).key}"
        sent = make.form(form_token=make.token_of(client, path), mail_local="yes", **person)
        assert client.post(path, data=sent).status_code == 303
        _confirm_last()
    action_service.count()
    assert len(db.session.scalars(select(Action)).all()) == 1
    assert actions.count(campaign.id) == 1
    assert (queries.total(one.organisation_id), queries.total(two.organisation_id)) == (1, 0)
    assert (people.count(one.organisation_id), people.count(two.organisation_id)) == (1, 1)


def test_leaving_closes_the_places_and_keeps_the_people_the_consents_and_the_counts(client: FlaskClient) -> None:
    campaign = make.campaign("samen")
    member = _member(campaign)
    place = _place(campaign, member)
    signed(campaign, place, yes=True)
    ledger = db.session.scalars(select(Consent.id)).all()
    coalitions.leave(member, by=1)
    coalitions.leave(member, by=1)
    db.session.commit()
    assert client.get(f"/w/{place.key}").status_code == 404
    assert people.count(member.organisation_id) == queries.total(member.organisation_id) == 1
    assert actions.count(campaign.id) == 1
    assert db.session.scalars(select(Consent.id)).all() == ledger
    with pytest.raises(Conflict):
        coalitions.ask(member, words={}, by=1)
    assert coalitions.invite(campaign, organisation_id=member.organisation_id, by=1).state == "invited"


def test_neither_the_lead_nor_a_stranger_is_asked_in() -> None:
    campaign = make.campaign()
    with pytest.raises((Conflict, DomainError)):
        coalitions.invite(campaign, organisation_id=organisations.host().id, by=1)
    with pytest.raises(DomainError):
        coalitions.invite(campaign, organisation_id=1_000_000, by=1)
