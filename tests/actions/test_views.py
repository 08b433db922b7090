"""The journey of a signature through its doors, and what the doors do with bad input."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.actions import service
from campaigner.actions.models import Action
from campaigner.core.db import db
from campaigner.supporters.models import Consent, Permission, Supporter
from tests import make
from tests.conftest import Sink, deliver

LANGUAGES = ("nl", "fr", "en", "es")
SUBJECTS = {"nl": "Nog één klik", "fr": "Encore un clic", "en": "One click", "es": "Un clic más"}


def _link(sink: Sink, at: int = -1) -> str:
    body = sink.messages[at].get_body(("plain",))
    assert body is not None
    found = re.search(r"http://localhost(/confirm/[^\s/]+)\s", body.get_content())
    assert found
    return found[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_signature_travels_from_the_form_to_the_count(
    lang: str, client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    answer = make.sign(client, campaign.slug, lang, mail_host="yes", public="y", first_name="Zoë")
    assert answer.status_code == 303
    assert answer.location.startswith(f"/{lang}/c/{campaign.slug}/thanks?r=")
    thanks = client.get(answer.location)
    assert thanks.status_code == 200
    assert "f•••••@voorbeeld.example" in thanks.get_data(as_text=True)
    deliver()
    assert SUBJECTS[lang] in smtp.messages[0]["Subject"]
    assert smtp.messages[0].get_body(("html",)) is not None
    link = _link(smtp)
    assert client.get(link).status_code == 200
    assert make.actions(campaign)[0].state == "unconfirmed"
    done = client.post(link, follow_redirects=True)
    assert done.status_code == 200
    assert make.actions(campaign)[0].state == "confirmed"
    service.count()
    assert client.get(f"/c/{campaign.slug}/count.json").get_json()["count"] == 1
    assert "Zoë" in client.get(f"/{lang}/c/{campaign.slug}").get_data(as_text=True)


def test_the_signer_is_counted_at_once_before_the_counter_has_run(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug)
    deliver()
    done = client.post(_link(smtp), follow_redirects=True).get_data(as_text=True)
    assert re.search(r"big-number[^>]*>1<", done)
    assert client.get(f"/c/{campaign.slug}/count.json").get_json()["count"] == 0


def test_confirming_again_and_again_is_harmless(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug, mail_host="yes")
    deliver()
    for _ in range(3):
        assert client.post(_link(smtp)).status_code == 303
    service.count()
    assert client.get(f"/c/{campaign.slug}/count.json").get_json()["count"] == 1
    assert len(db.session.scalars(select(Consent).where(Consent.verified)).all()) == 2


def test_signing_twice_is_one_signature_and_another_mail(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    for _ in range(2):
        assert make.sign(client, campaign.slug, last_name="Zelfde", email="zelfde@voorbeeld.example").status_code == 303
    deliver()
    assert len(make.actions(campaign)) == 1
    assert len(smtp.messages) == 2


def test_sending_one_form_twice_is_one_mail(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    path = f"/nl/c/{campaign.slug}"
    form = make.form(form_token=make.token_of(client, path))
    assert [client.post(path, data=form).status_code for _ in range(2)] == [303, 303]
    deliver()
    assert len(smtp.messages) == 1


def test_people_who_got_one_form_from_a_cache_are_told_apart(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    path = f"/nl/c/{campaign.slug}"
    form = make.form(form_token=make.token_of(client, path))
    for changes in ({}, {"mail_host": "yes"}, {"email": "ander@voorbeeld.example"}):
        client.post(path, data=form | changes)
    deliver()
    assert len(smtp.messages) == 3
    assert len(make.actions(campaign)) == 2


def test_two_people_may_share_a_mailbox_and_a_third_name_is_nobody_new(client: FlaskClient, session: object) -> None:
    campaign = make.campaign()
    for name in ("An", "Bert", "Cis"):
        make.sign(client, campaign.slug, first_name=name, last_name="Thuis", email="thuis@voorbeeld.example")
    assert len(make.actions(campaign)) == 2


def test_not_me_erases_the_act_and_the_person(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug)
    deliver()
    link = _link(smtp)
    assert client.get(f"{link}/not-me").status_code == 200
    assert len(make.actions(campaign)) == 1
    for _ in range(2):
        assert client.post(f"{link}/not-me").status_code == 200
    assert db.session.scalars(select(Supporter)).all() == []
    assert client.get(link).status_code == 410


def test_a_yes_to_mail_holds_only_after_the_mailbox_confirmed_that_very_form(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    who = {"last_name": "Zelfde", "email": "zelfde@voorbeeld.example"}
    make.sign(client, campaign.slug, **who)
    deliver()
    make.sign(client, campaign.slug, mail_host="yes", **who)  # somebody else types her address
    deliver()
    client.post(_link(smtp, 0))
    assert db.session.scalars(select(Permission).filter_by(purpose="mail")).all() == []
    client.post(_link(smtp, 1))
    assert [row.value for row in db.session.scalars(select(Permission).filter_by(purpose="mail"))] == [True]


def test_a_question_not_answered_leaves_no_trace_and_an_earlier_yes_alone(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    who = {"last_name": "Zelfde", "email": "zelfde@voorbeeld.example"}
    for answers in ({"mail_host": "yes"}, {}):
        make.sign(client, make.campaign().slug, **who, **answers)
        deliver()
    for at in (0, 1):
        client.post(_link(smtp, at))
    assert [row.value for row in db.session.scalars(select(Permission).filter_by(purpose="mail"))] == [True]


def test_every_consent_holds_the_exact_text_and_its_hash(client: FlaskClient, session: object) -> None:
    from hashlib import sha256

    from campaigner.supporters.models import ConsentText

    make.sign(client, make.campaign().slug, "fr", mail_host="no")
    consents = db.session.scalars(select(Consent)).all()
    assert {(row.purpose, row.value) for row in consents} == {("sign", True), ("mail", False)}
    for row in consents:
        text = db.session.get_one(ConsentText, row.text_id)
        assert row.text_sha256 == sha256(text.body.encode()).hexdigest()
        assert "FOS" in text.body
        assert text.language == "fr"


def test_nothing_personal_is_readable_in_the_database(client: FlaskClient, session: object) -> None:
    from sqlalchemy import text

    make.sign(client, make.campaign().slug, first_name="Onvindbaar", email="onvindbaar@voorbeeld.example")
    for table in ("supporter", "delivery", "action", "consent"):
        rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
        assert rows
        assert "nvindbaar" not in repr([bytes(v) if isinstance(v, memoryview) else v for row in rows for v in row])


@pytest.mark.parametrize("damaged", ["x", "WzEsIngiXQ.aaaa.bbbb", "%00", "é" * 50])
def test_a_damaged_link_gets_a_page_that_helps(damaged: str, client: FlaskClient, session: object) -> None:
    for path in (f"/confirm/{damaged}", f"/confirm/{damaged}/not-me"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "<h1" in answer.get_data(as_text=True)


def test_a_late_link_says_so_and_leads_back_to_the_campaign(
    client: FlaskClient, session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    campaign = make.campaign()
    make.sign(client, campaign.slug)
    deliver()
    monkeypatch.setattr(service, "CONFIRM_WITHIN", timedelta(seconds=-1))
    answer = client.post(_link(smtp))
    assert answer.status_code == 410
    assert f"/nl/c/{campaign.slug}" in answer.get_data(as_text=True)
    assert make.actions(campaign)[0].state == "unconfirmed"


BAD = {
    "nothing": {"first_name": "", "last_name": "", "email": "", "postcode": "", "agree": ""},
    "not an address": {"email": "geen adres"},
    "a list of addresses": {"email": "a@voorbeeld.example,b@voorbeeld.example"},
    "a header in the address": {"email": "a@voorbeeld.example\r\nBcc: b@voorbeeld.example"},
    "ten thousand letters": {"first_name": "x" * 10_000},
    "an unknown postcode": {"postcode": "0000"},
    "an unknown country": {"country": "XX"},
    "no agreement": {"agree": ""},
    "a filled decoy": {"website": "https://spam.example"},
    "an altered decoy": {"unchanged": ""},
    "a forged token": {"form_token": "forged"},
    "no token": {"form_token": ""},
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gets_a_clear_error_and_keeps_what_was_typed(what: str, client: FlaskClient, session: object) -> None:
    campaign = make.campaign()
    path = f"/nl/c/{campaign.slug}"
    form = make.form(form_token=make.token_of(client, path), comment="Blijf staan") | BAD[what]
    answer = client.post(path, data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="errors"' in page
    assert "Blijf staan" in page
    assert make.actions(campaign) == []


@pytest.mark.parametrize(
    "name", ["\x00An\x00", "An\r\nBcc: x@voorbeeld.example", "A\u202en", "An\ud800".encode("utf-8", "surrogatepass")]
)
def test_control_characters_never_reach_a_name_or_a_header(
    name: object, client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    assert make.sign(client, campaign.slug, first_name=name).status_code == 303
    deliver()
    stored = make.actions(campaign)[0].supporter.first_name
    assert not re.search(r"[\x00-\x1f\u202e\ud800]", stored)
    assert smtp.messages[0]["Bcc"] is None
    assert len(smtp.recipients) == 1


def test_broken_utf8_is_no_error_of_ours(client: FlaskClient, session: object) -> None:
    campaign = make.campaign()
    path = f"/nl/c/{campaign.slug}"
    body = b"first_name=%ff%fe\xff&form_token=" + make.token_of(client, path).encode()
    answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


def test_a_closed_campaign_takes_no_signature_and_says_so(client: FlaskClient, session: object) -> None:
    campaign = make.campaign(state="closed")
    answer = client.post(f"/nl/c/{campaign.slug}", data=make.form())
    assert answer.status_code == 409
    assert make.actions(campaign) == []


@pytest.mark.parametrize(
    ("path", "speaks"), [("/nl/c/bestaat-niet", "nl"), ("/fr/c/x", "fr"), ("/de/c/x", "nl"), ("/es/x", "es")]
)
def test_unknown_campaigns_and_languages_get_the_helpful_page(
    path: str, speaks: str, client: FlaskClient, session: object
) -> None:
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code in (404, 405)
        assert f'<html lang="{speaks}"' in answer.get_data(as_text=True)


def test_nobody_can_mail_a_stranger_again_and_again(client: FlaskClient, session: object, smtp: Sink) -> None:
    from campaigner.core.limits import limiter

    limiter.enabled = False  # the quota in PostgreSQL holds without Redis
    try:
        for _ in range(8):
            answer = make.sign(client, make.campaign().slug, email="vreemde@voorbeeld.example", last_name="Zelfde")
            assert answer.status_code == 303
    finally:
        limiter.enabled = True
    deliver()
    assert len(smtp.messages) == 5
    assert "vreemde" not in client.get(answer.location).get_data(as_text=True)


def test_a_mailbox_used_too_often_is_told_honestly_and_a_hall_is_let_through(
    client: FlaskClient, session: object
) -> None:
    campaign = make.campaign()
    path = f"/nl/c/{campaign.slug}"
    token = make.token_of(client, path)
    statuses = [
        client.post(path, data=make.form(form_token=token, email="een@voorbeeld.example")).status_code
        for _ in range(13)
    ]
    assert statuses == [303] * 12 + [429]
    hall = [client.post(path, data=make.form(form_token=token)).status_code for _ in range(40)]
    assert hall == [303] * 40


def test_the_confirmation_can_be_sent_again_by_the_receipt_and_by_nothing_else(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    thanks = make.sign(client, campaign.slug).location
    receipt = thanks.partition("?r=")[2]
    again = f"/nl/c/{campaign.slug}/again"
    assert client.post(again, data={"r": receipt}).status_code == 303
    assert client.post(again, data={"r": "forged"}).status_code == 303
    deliver()
    assert len(smtp.messages) == 2


def test_the_counter_counts_every_entry_once_and_takes_back_what_was_withdrawn(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    for _ in range(3):
        make.sign(client, campaign.slug)
    deliver()
    for at in range(3):
        client.post(_link(smtp, at))
    assert service.count() == 3
    assert service.count() == 0
    client.post(_link(smtp, 0) + "/not-me")
    service.count()
    assert client.get(f"/c/{campaign.slug}/count.json").get_json()["count"] == 2
    assert service.recount() == {}


def test_unconfirmed_acts_are_erased_after_two_weeks(client: FlaskClient, session: object) -> None:
    from datetime import timedelta

    campaign = make.campaign()
    make.sign(client, campaign.slug)
    action = make.actions(campaign)[0]
    action.created_at -= timedelta(days=16)
    db.session.flush()
    assert service.expire() == 1
    assert db.session.scalars(select(Action)).all() == []
    assert db.session.scalars(select(Supporter)).all() == []
