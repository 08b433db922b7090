"""The journey of a signature through its doors, and what the doors do with bad input."""

import re
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.actions import doors, service
from campaigner.actions.models import Action
from campaigner.core.db import db
from campaigner.supporters.models import Consent, Permission, Supporter
from tests import make
from tests.conftest import Sink, deliver

LANGUAGES = ("nl", "fr", "en", "es")
SUBJECTS = {
    "nl": "Bevestig je handtekening",
    "fr": "Confirme ta signature",
    "en": "Confirm your signature",
    "es": "Confirma tu firma",
}


def _link(sink: Sink, at: int = -1) -> str:
    return _link_in(sink.messages[at])


def _link_in(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
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


def test_two_people_may_share_a_mailbox_and_a_third_is_told(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    answers = []
    for name in ("An", "Bert", "Cis"):
        make.sign(client, campaign.slug, first_name=name, last_name="Thuis", email="thuis@voorbeeld.example")
        deliver()
        answers.append(client.post(_link(smtp)).status_code)
    assert answers == [303, 303, 409]
    assert [action.state for action in make.actions(campaign)] == ["confirmed", "confirmed", "unconfirmed"]


def test_unproven_names_keep_nobody_out_of_a_mailbox(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    for name in ("Vals", "Verzonnen", "Vreemd"):
        make.sign(client, campaign.slug, first_name=name, last_name="X", email="an@voorbeeld.example")
    make.sign(client, campaign.slug, first_name="An", last_name="Echt", email="an@voorbeeld.example")
    deliver()
    mine = next(mail for mail in smtp.messages if "Dag An," in mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert client.post(_link_in(mine)).status_code == 303
    counted = [action for action in make.actions(campaign) if action.state == "confirmed"]
    assert [action.supporter.first_name for action in counted] == ["An"]


def test_an_act_is_as_the_confirmed_form_says_whoever_came_first(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Echt", "email": "an@voorbeeld.example"}
    key = make.placement(campaign).key
    path = f"/fr/c/{campaign.slug}?p={key}"
    forged = make.form(form_token=make.token_of(client, path), comment="Hatelijk", postcode="2000", public="y", **who)
    client.post(path, data=forged)
    deliver()
    make.sign(client, campaign.slug, comment="Voor hen", postcode="9000", **who)
    deliver()
    client.post(_link(smtp))
    action = make.actions(campaign)[0]
    assert (action.comment, action.language, action.placement_id, action.public) == ("Voor hen", "nl", None, False)
    assert action.supporter.postcode == "9000"
    assert "Hatelijk" not in client.get(f"/nl/c/{campaign.slug}").get_data(as_text=True)


def test_the_thanks_page_says_nothing_about_who_was_there_before(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    who = {"first_name": "Marieke", "last_name": "Geheim", "email": "marieke@voorbeeld.example"}
    make.sign(client, campaign.slug, **who)
    deliver()
    client.post(_link(smtp))
    pages = [
        client.get(make.sign(client, campaign.slug, first_name="Xx", last_name="Yy", email=email).location)
        for email in ("marieke@voorbeeld.example", "mieke@voorbeeld.example")
    ]
    drawn = r'value="[^"]+"|r=[^"&]+|via(?:=|%3D)\w+'  # each form has a code of its own
    texts = [re.sub(drawn, "", page.get_data(as_text=True)) for page in pages]
    assert texts[0] == texts[1]
    assert "Marieke" not in texts[0]


def test_a_name_is_shown_on_the_campaign_where_that_was_asked_for_and_on_no_other(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    one, other = make.campaign(), make.campaign()
    who = {"first_name": "Zoë", "last_name": "Zelfde", "email": "zoe@voorbeeld.example"}
    for campaign, answers in ((other, {}), (one, {"public": "y"})):
        make.sign(client, campaign.slug, **who, **answers)
        deliver()
        client.post(_link(smtp))
    assert "Zoë" in client.get(f"/nl/c/{one.slug}").get_data(as_text=True)
    assert "Zoë" not in client.get(f"/nl/c/{other.slug}").get_data(as_text=True)


def test_the_mail_sent_again_proves_the_same_answers(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    receipt = make.sign(client, campaign.slug, mail_host="yes").location.partition("?r=")[2]
    deliver()
    client.post(f"/nl/c/{campaign.slug}/again", data={"r": receipt})
    deliver()
    assert len(smtp.messages) == 2
    client.post(_link(smtp))
    assert {row.purpose for row in db.session.scalars(select(Permission))} == {"sign", "mail"}


def test_the_mail_and_the_page_name_every_answer_and_one_may_confirm_without_them(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    make.sign(client, make.campaign().slug, mail_host="yes", public="y")
    deliver()
    link = _link(smtp)
    body = smtp.messages[-1].get_body(("plain",))
    assert body is not None
    for said in (body.get_content(), client.get(link).get_data(as_text=True)):
        assert "FOS mag me mailen" in said
        assert "Toon mijn voornaam" in said
    client.post(link, data={"only_sign": "1"})
    assert {row.purpose for row in db.session.scalars(select(Permission))} == {"sign"}
    assert not db.session.scalars(select(Action)).one().public


def test_new_answers_of_a_repeat_can_be_confirmed(client: FlaskClient, session: object, smtp: Sink) -> None:
    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    for answers in ({}, {"mail_host": "yes"}):
        make.sign(client, campaign.slug, **who, **answers)
        deliver()
        page = client.get(_link(smtp)).get_data(as_text=True)
        assert "<form" in page
        client.post(_link(smtp))
    assert {row.purpose for row in db.session.scalars(select(Permission))} == {"sign", "mail"}


def test_disowning_a_strangers_repeat_leaves_the_own_signature_and_takes_the_strangers_answers(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    make.sign(client, campaign.slug, **who)
    deliver()
    client.post(_link(smtp))
    make.sign(client, campaign.slug, mail_host="yes", **who)
    deliver()
    client.post(_link(smtp))  # pressed by mistake, and taken back
    client.post(_link(smtp) + "/not-me")
    assert make.actions(campaign)[0].state == "confirmed"
    assert {row.purpose for row in db.session.scalars(select(Permission))} == {"sign"}
    assert client.get(_link(smtp)).status_code == 410


def test_signing_again_late_starts_the_two_weeks_anew(client: FlaskClient, session: object) -> None:
    from datetime import timedelta

    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    make.sign(client, campaign.slug, **who)
    make.actions(campaign)[0].created_at -= timedelta(days=16)
    db.session.commit()
    make.sign(client, campaign.slug, **who)
    assert service.expire() == 0


def test_a_signature_given_in_time_counts_after_closing_but_not_after_the_hand_over(
    client: FlaskClient, session: object, smtp: Sink
) -> None:
    campaign = make.campaign()
    for _ in range(2):
        make.sign(client, campaign.slug)
    deliver()
    for at, (state, status) in enumerate((("closed", 303), ("handed_over", 410))):
        campaign.state = state
        db.session.commit()
        assert client.post(_link(smtp, at)).status_code == status


def test_a_tag_in_the_address_is_no_way_around_the_quota(client: FlaskClient, session: object, smtp: Sink) -> None:
    for number in range(8):
        make.sign(client, make.campaign().slug, email=f"vreemde+{number}@gemeente.example", last_name=f"N{number}")
    deliver()
    assert len(smtp.messages) == 5


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
    "name", ["\x00An\x00", "An\r\nBcc: x", "A\u202en", "An\ud800".encode("utf-8", "surrogatepass")]
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


def test_mistakes_shut_nobody_out_of_the_same_network(client: FlaskClient, session: object) -> None:
    path = f"/nl/c/{make.campaign().slug}"
    for _ in range(125):
        assert client.post(path, data={"first_name": "Fatiha"}).status_code == 422
    assert client.post(path, data=make.form(form_token=make.token_of(client, path))).status_code == 303


def test_mistakes_without_end_are_stopped(
    client: FlaskClient, session: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "TRY_RATES", ("2 per minute",))
    path = f"/nl/c/{make.campaign().slug}"
    assert [client.post(path, data={}).status_code for _ in range(3)] == [422, 422, 429]


def test_a_tag_makes_no_other_mailbox_to_count_for(client: FlaskClient, session: object) -> None:
    path = f"/nl/c/{make.campaign().slug}"
    token = make.token_of(client, path)
    people = [make.form(form_token=token, email=f"vreemde+{n}@voorbeeld.example") for n in range(13)]
    assert [client.post(path, data=person).status_code for person in people][-1] == 429


def test_a_mail_of_ours_carries_no_advertisement_in_a_name(client: FlaskClient, session: object) -> None:
    campaign = make.campaign()
    for changes in ({"first_name": "Win op casino.example"}, {"last_name": "https://kwaad.example"}):
        answer = make.sign(client, campaign.slug, **changes)
        assert answer.status_code == 422
        assert "Schrijf alleen een naam" in answer.text
    assert make.actions(campaign) == []
