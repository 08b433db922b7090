"""The doors: the public form with everything strangers send, and its thank-you."""

import re
import secrets
from datetime import timedelta
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from campaigner.contact import crowds, jobs, views
from campaigner.contact.models import ContactMessage
from campaigner.contact.topics import TOPICS
from campaigner.core import clock
from campaigner.core.db import db
from tests import make

pytestmark = pytest.mark.usefixtures("clean")
BROWSER = {"Accept-Language": "nl-BE"}


def fields(client: FlaskClient, lang: str = "nl", **changes: Any) -> dict[str, Any]:
    """What a person fills in."""
    return {
        "form_token": make.token_of(client, f"/{lang}/contact"), "topic": "campaign", "name": "Greet",
        "email": "greet@voorbeeld.example", "message": "Wij willen de affiche uithangen.",
        "website": "", "unchanged": "ongewijzigd", **changes,
    }  # fmt: skip


def send(client: FlaskClient, lang: str = "nl", **changes: Any) -> TestResponse:
    return client.post(f"/{lang}/contact", data=fields(client, lang, **changes), headers=BROWSER)


def messages() -> list[ContactMessage]:
    db.session.expire_all()
    return list(db.session.scalars(select(ContactMessage).order_by(ContactMessage.id)))


@pytest.mark.parametrize("lang", ["nl", "fr", "en", "es"])
def test_the_form_is_there_in_every_language_without_a_cookie(client, lang):
    response = client.get(f"/{lang}/contact")

    assert response.status_code == 200
    assert f'lang="{lang}"' in response.text
    assert response.text.count('type="radio"') == len(TOPICS)
    assert "Set-Cookie" not in response.headers


def test_another_language_is_an_unknown_page(client):
    assert client.get("/xx/contact").status_code == 404
    assert client.post("/xx/contact").status_code == 404


def test_a_link_can_choose_the_topic(client):
    assert re.search(r'value="local" checked', client.get("/nl/contact?topic=local").text)
    assert " checked" not in client.get("/nl/contact?topic=%00nonsense").text


def test_a_message_is_stored_and_the_sender_sees_its_number(client):
    response = send(client, topic="local")
    page = client.get(response.location)

    assert response.status_code == 303
    assert messages()[0].reference in page.text
    assert (messages()[0].language, messages()[0].topic, messages()[0].name) == ("nl", "local", "Greet")
    assert "Set-Cookie" not in page.headers


def test_a_double_submit_is_the_same_message_and_the_same_thank_you(client):
    typed = fields(client)
    first, second = (client.post("/nl/contact", data=typed, headers=BROWSER) for _ in range(2))

    assert first.status_code == second.status_code == 303
    assert client.get(first.location).text == client.get(second.location).text
    assert len(messages()) == 1


def test_the_same_form_with_another_text_is_shown_again_and_goes_through_then(client):
    typed = fields(client)
    client.post("/nl/contact", data=typed, headers=BROWSER)
    again = client.post("/nl/contact", data={**typed, "message": "En nog iets."}, headers=BROWSER)
    fresh = re.search(r'name="form_token"[^>]*value="([^"]+)"', again.text)
    assert fresh
    renewed = {**typed, "message": "En nog iets.", "form_token": fresh[1]}
    last = client.post("/nl/contact", data=renewed, headers=BROWSER)

    assert again.status_code == 409
    assert "En nog iets." in again.text
    assert messages()[0].reference in again.text
    assert last.status_code == 303
    assert [message.body for message in messages()] == ["Wij willen de affiche uithangen.", "En nog iets."]


def test_a_tripped_decoy_is_scored_and_the_sender_sees_the_same(client):
    person = client.get(send(client).location).text
    robot = client.get(send(client, website="http://spam.example", unchanged="").location).text
    person_message, robot_message = messages()

    assert _without_links(robot, robot_message) == _without_links(person, person_message)
    assert robot_message.signals["decoy_filled"]
    assert robot_message.signals["decoy_changed"]


def _without_links(page: str, message: ContactMessage) -> str:
    """The page without what differs of itself: the receipt in the language links and the number."""
    return re.sub(r"r=[\w.-]+", "", page).replace(message.reference, "")


def test_the_signals_say_how_it_was_filled_in_and_hold_no_network_address(client):
    send(client)
    signals = messages()[0].signals

    assert set(signals) == {"age", "decoy_filled", "decoy_changed", "accept_language", "burst"}
    assert "127.0.0.1" not in str(signals)
    assert signals["accept_language"]
    assert signals["age"] < 3


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ({"topic": ""}, "Wij willen de affiche"),
        ({"name": ""}, "greet@voorbeeld.example"),
        ({"email": ""}, "Wij willen de affiche"),
        ({"email": "greet at voorbeeld"}, "greet at voorbeeld"),
        ({"email": "a@voorbeeld.example, b@voorbeeld.example"}, "a@voorbeeld.example, b@voorbeeld.example"),
        ({"email": "a@voorbeeld.example;b@voorbeeld.example"}, "Wij willen de affiche"),
        ({"email": "Greet <greet@voorbeeld.example>"}, "Wij willen de affiche"),
        ({"email": "@" * 5000}, "Wij willen de affiche"),
        ({"message": "  \n "}, "greet@voorbeeld.example"),
        ({"message": "x" * 10_001}, "greet@voorbeeld.example"),
        ({"name": "N" * 10_000}, "N" * 2_000),
        ({"name": "Win 100 euro: casino.example"}, "Wij willen de affiche"),
        ({"form_token": "forged"}, "Wij willen de affiche"),
        ({"form_token": ""}, "Wij willen de affiche"),
        ({"form_token": "\x00é"}, "Wij willen de affiche"),
    ],
)
def test_bad_input_is_said_and_what_was_typed_is_kept(client, wrong, kept):
    response = send(client, **wrong)

    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert kept in response.text
    assert messages() == []


def test_a_token_of_another_form_does_not_pass(client):
    with client.application.app_context():
        other = views.signer.sign(["petition", "nonce"], "form")

    assert send(client, form_token=other).status_code == 422


def test_an_expired_form_is_shown_again_with_the_text_and_goes_through_then(client):
    typed = fields(client)
    with patch("campaigner.core.tokens.now", lambda: clock.now() + timedelta(hours=25)):
        expired = client.post("/nl/contact", data=typed, headers=BROWSER)
    fresh = re.search(r'name="form_token"[^>]*value="([^"]+)"', expired.text)
    assert fresh

    assert expired.status_code == 422
    assert typed["message"] in expired.text
    assert client.post("/nl/contact", data={**typed, "form_token": fresh[1]}, headers=BROWSER).status_code == 303


def test_an_unknown_topic_is_something_else_not_a_refusal(client):
    assert send(client, topic="casino").status_code == 303
    assert messages()[0].topic == "other"


def test_control_characters_never_reach_the_row(client):
    name = "Greet\r\nBcc: victim\x00\u202e"
    send(client, name=name, message="Regel een\r\nregel twee\x00\x07\u202eeinde")
    stored = messages()[0]

    assert stored.name == "Greet Bcc: victim"
    assert stored.body == "Regel een\nregel tweeeinde"


def test_a_line_end_in_the_address_is_no_header(client):
    response = send(client, email="greet@voorbeeld.example\r\nBcc: victim@voorbeeld.example")

    assert response.status_code == 422
    assert messages() == []


FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=xx"


def test_broken_utf8_in_a_browsers_spelling_is_stored_as_it_came(client):
    token = make.token_of(client, "/nl/contact").encode()
    typed = b"&topic=other&name=Gre%FF%FE&email=greet@voorbeeld.example&message=caf%C3+%ED%A0%80&unchanged=ongewijzigd"
    response = client.post("/nl/contact", data=b"form_token=" + token + typed, content_type=FORM)

    assert response.status_code == 303
    assert messages()[0].name == "Gre%FF%FE"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"topic=other&name=Gre\xff\xfe&message=x", FORM),
        (b"\xff\xfe\x00\x01" * 100, FORM),
        (b'--xx\r\nContent-Disposition: form-data; name="name"\r\n\r\nGre\xff\x00\xfe\r\n--xx--\r\n', MULTIPART),
        (b"--xx\r\nnonsense", MULTIPART),
        (b'{"name": "Greet"}', "application/json"),
        (b"", "text/plain"),
    ],
)
def test_a_body_that_no_browser_sends_gets_the_form_and_never_an_error(client, body, kind):
    response = client.post("/nl/contact", data=body, content_type=kind)

    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert messages() == []


def test_html_stays_text(client):
    script = "<script>alert(1)</script>"
    shown = send(client, name=script, email="").text
    send(client, name="<b>Greet", message=script)

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert messages()[0].body == script


def test_ten_megabytes_are_refused_with_a_page(client):
    response = send(client, message="x" * 10_000_000)

    assert response.status_code == 413
    assert "<h1>" in response.text


def test_files_and_fields_that_are_not_on_the_form_are_ignored(client):
    more = {"state": "closed", "score": "-5", "file": (BytesIO(b"x"), "a.exe")}
    response = client.post("/nl/contact", data={**fields(client), **more}, headers=BROWSER)

    assert response.status_code == 303
    assert messages()[0].state == "new"


def test_one_mailbox_may_write_six_times_an_hour_and_is_told_so(client):
    answers = [send(client, email=f"greet+{n}@gmail.com", message=f"Bericht {n}") for n in range(7)]

    assert [answer.status_code for answer in answers] == [303] * 6 + [429]
    assert "Bericht 6" in answers[6].text
    assert answers[6].headers["Retry-After"]
    assert len(messages()) == 6


def test_a_tag_makes_no_other_mailbox_at_an_unknown_domain(client):
    answers = [send(client, email=f"greet+{n}@voorbeeld.example", message=f"Bericht {n}") for n in range(7)]

    assert [answer.status_code for answer in answers] == [303] * 6 + [429]


def test_mistakes_shut_nobody_out_of_the_same_network(client):
    for _ in range(70):
        client.post("/nl/contact", data={"name": "Greet"}, headers=BROWSER)

    assert send(client).status_code == 303


def test_mistakes_without_end_are_stopped_before_they_are_looked_at(client):
    with patch.object(crowds, "TRIES", "2 per hour"):
        codes = [client.post("/nl/contact", data={"name": "Greet"}, headers=BROWSER).status_code for _ in range(3)]

    assert codes == [422, 422, 429]


def test_a_union_hall_behind_one_address_gets_through(client):
    typed = fields(client)
    codes = []
    for n in range(62):
        with client.application.app_context():
            typed["form_token"] = views.signer.sign(["contact", f"hall-{n}"], "form")
        answer = client.post("/nl/contact", data={**typed, "email": f"lid{n}@voorbeeld.example"}, headers=BROWSER)
        codes.append(answer.status_code)

    assert codes == [303] * 60 + [429] * 2  # these are asked for a sum, or to wait
    assert db.session.scalar(select(func.count()).select_from(ContactMessage)) == 60
    assert [message.signals["burst"] for message in messages()] == [False] * 12 + [True] * 48


def test_a_cut_off_receipt_has_a_page_that_helps(client):
    for receipt in ("", "x", "%00", "é"):
        response = client.get(f"/nl/contact/thanks?r={receipt}")
        assert response.status_code == 404
        assert "<h1>" in response.text


ODD = ["", "\x00", "\r\nBcc: x@y.example", "a@b.example, c@d.example", "\ud800", "{{7*7}}", "%s%n", "'; --"]
anything = st.text(max_size=200) | st.sampled_from(ODD)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    typed=st.fixed_dictionaries(
        {
            "name": anything,
            "message": anything,
            "topic": anything | st.sampled_from(list(TOPICS)),
            "email": st.just("greet@voorbeeld.example") | st.emails() | anything,
        },
        optional={"website": anything, "unchanged": anything},
    ),
    signed=st.sampled_from([True, True, True, False]),
)
def test_whatever_is_typed_gets_a_page_and_what_is_accepted_goes_through_the_pipeline(client, typed, signed):
    with client.application.app_context():
        token = views.signer.sign(["contact", secrets.token_hex(8)], "form") if signed else "forged"
    body = {key: value.encode("utf-8", "surrogatepass") for key, value in typed.items()}
    free = {"allowed": lambda *_: True, "counted": lambda *counters: tuple(True for _ in counters)}
    with patch.multiple(crowds.limits, **free):
        response = client.post("/nl/contact", data=urlencode({**body, "form_token": token}), content_type=FORM)

    assert response.status_code in (303, 422)
    if response.status_code == 303:
        stored = messages()[-1]
        jobs.advance(stored.id)
        assert messages()[-1].score is not None
        assert not any(ord(character) < 32 for character in stored.name + stored.email)


@pytest.mark.parametrize("topic", list(TOPICS))
def test_the_thank_you_says_when_to_expect_an_answer_in_every_language(client, topic):
    location = send(client, topic=topic).location
    for lang in ("nl", "fr", "en", "es"):
        assert messages()[-1].reference in client.get(location.replace("/nl/", f"/{lang}/")).text
