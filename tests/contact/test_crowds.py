"""Many at once: a sum for the browser, a wait without scripts, and nobody refused for the network they share."""

import html
import json
import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import altcha
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from campaigner.contact import crowds, views
from campaigner.core import clock, proof
from campaigner.core.assets import asset_url
from tests.contact.test_views import BROWSER, fields, messages

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture(autouse=True)
def _small_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums that Python solves in a moment; a browser's are longer."""
    monkeypatch.setattr(proof, "FEWEST", 1)
    monkeypatch.setattr(proof, "MOST", 4)


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than an ordinary day, already."""
    monkeypatch.setattr(crowds, "EVERYWHERE", "1 per hour")
    crowds.limits.allowed("contact.all", "all", "1 per hour")


def token(page: str) -> str:
    found = re.search(r'name="form_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def ticket(page: str) -> str:
    found = re.search(r'name="wait"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def answer(page: str) -> str:
    """What a browser makes of the sum on the page."""
    found = re.search(r'data-challenge="([^"]+)"', page)
    assert found
    challenge = altcha.Challenge.from_dict(json.loads(html.unescape(found[1])))
    solution = altcha.solve_challenge(challenge)
    assert solution
    return altcha.Payload(challenge, solution).to_base64()


def press(client: FlaskClient, typed: dict[str, Any], page: str, **more: str) -> TestResponse:
    sent = {**typed, "form_token": token(page), "wait": ticket(page), **more}
    return client.post("/nl/contact", data=sent, headers=BROWSER)


def test_on_an_ordinary_day_the_form_asks_nothing(client):
    page = client.get("/nl/contact").text

    assert "data-challenge" not in page
    assert "/proof." not in page


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("lang", ["nl", "fr", "en", "es"])
def test_in_a_crowd_the_form_brings_a_sum_and_says_what_to_do_without_scripts(client, lang):
    page = client.get(f"/{lang}/contact").text

    assert "data-challenge" in page
    assert asset_url("proof.js") in page
    assert " 20 " in page


@pytest.mark.usefixtures("crowd")
def test_whoever_solved_the_sum_is_let_in_at_once(client):
    page = client.get("/nl/contact").text
    response = press(client, fields(client), page, proof=answer(page))

    assert response.status_code == 303
    assert len(messages()) == 1


@pytest.mark.usefixtures("crowd")
def test_a_solution_is_for_one_form_and_one_message(client):
    first, second = client.get("/nl/contact").text, client.get("/nl/contact").text
    solved, typed = answer(first), fields(client)

    assert press(client, typed, second, proof=solved).status_code == 429
    assert press(client, typed, first, proof=solved).status_code == 303
    assert press(client, {**typed, "message": "Nog een."}, first, proof=solved).status_code == 409
    assert len(messages()) == 1


@pytest.mark.usefixtures("crowd")
def test_without_scripts_a_wait_takes_the_place_of_the_sum_and_the_text_is_kept(client):
    page, typed = client.get("/nl/contact").text, fields(client)
    early = press(client, typed, page)
    assert early.status_code == 429
    assert typed["message"] in early.text
    assert 0 < int(early.headers["Retry-After"]) <= 20
    with patch("campaigner.core.tokens.now", lambda: clock.now() + timedelta(seconds=21)):
        late = press(client, typed, early.text)

    assert late.status_code == 303
    assert [message.body for message in messages()] == [typed["message"]]


@pytest.mark.usefixtures("crowd")
def test_whoever_presses_too_early_waits_for_the_rest_and_not_anew(client):
    page, typed = client.get("/nl/contact").text, fields(client)
    with patch("campaigner.core.tokens.now", lambda: clock.now() + timedelta(seconds=15)):
        early = press(client, typed, page)

    assert int(early.headers["Retry-After"]) <= 5


@pytest.mark.usefixtures("crowd")
def test_a_ticket_of_another_form_or_a_forged_one_opens_nothing(client):
    page, other, typed = client.get("/nl/contact").text, client.get("/nl/contact").text, fields(client)
    with patch("campaigner.core.tokens.now", lambda: clock.now() + timedelta(seconds=60)):
        for forged in (ticket(other), "x", "\x00é", views.signer.sign(["a"], views.TICKET)):
            assert press(client, typed, page, wait=forged).status_code == 429


@pytest.mark.usefixtures("crowd")
def test_the_wait_grows_with_the_crowd(monkeypatch):
    monkeypatch.setattr(crowds, "WAITERS", (("1 per hour", 20), ("2 per hour", 60)))

    assert [crowds.seconds_to_wait() for _ in range(4)] == [20, 60, 60, crowds.TURNED_BACK]


def test_a_thousand_from_one_union_hall_get_through(client):
    """All behind one address, with browsers that do the sum once it is asked for."""
    typed, codes = fields(client), []
    for number in range(150):
        with client.application.app_context():
            typed |= {"form_token": views.signer.sign(["contact", f"hall-{number}"], "form"), "proof": ""}
            if number >= 60:
                typed["proof"] = _known(f"hall-{number}")
        answered = client.post(
            "/nl/contact", data={**typed, "email": f"lid{number}@voorbeeld.example"}, headers=BROWSER
        )
        codes.append(answered.status_code)

    assert codes == [303] * 150
    assert len(messages()) == 150


def _known(nonce: str) -> str:
    challenge = altcha.Challenge.from_dict(json.loads(proof.challenge(nonce)))
    solution = altcha.solve_challenge(challenge)
    assert solution
    return altcha.Payload(challenge, solution).to_base64()


def test_with_valkey_away_nobody_is_asked_anything(client, monkeypatch):
    monkeypatch.setattr(crowds.limits.breaker, "_until", float("inf"))

    assert "data-challenge" not in client.get("/nl/contact").text
    assert client.post("/nl/contact", data=fields(client), headers=BROWSER).status_code == 303


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_whatever_is_sent_as_an_answer_is_no_answer(app, sent):
    assert not proof.solved(sent, "nonce")


@pytest.mark.parametrize("challenge", ["null", "[]", '{"parameters":{}}', '{"parameters":[],"signature":1}', "1e999"])
def test_an_answer_of_the_right_wrapping_and_the_wrong_inside_is_none(app, challenge):
    import base64

    wrapped = base64.b64encode(f'{{"challenge":{challenge},"solution":{{"counter":1,"derivedKey":"00"}}}}'.encode())
    assert not proof.solved(wrapped.decode(), "nonce")
