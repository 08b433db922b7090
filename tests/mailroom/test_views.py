"""The web door for providers: signed events, each once, and a clear answer to everything else."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from standardwebhooks import Webhook

from campaigner.config import Settings
from campaigner.core.db import db
from campaigner.mailroom.models import InboundMail
from campaigner.organisations import queries as organisations
from tests.mailroom import ledger, samples
from tests.mailroom.conftest import SECRET
from tests.mailroom.ledger import all_shut, fresh, sent, shut, token

pytestmark = pytest.mark.usefixtures("session", "settings")


def _post(client: FlaskClient, body: Any, *, name: str = "evt_1", age: float = 0, secret: str = SECRET) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    at = datetime.now(UTC) - timedelta(seconds=age)
    headers = {
        "webhook-id": name, "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, text), "Content-Type": "application/json",
    }  # fmt: skip
    return client.post("/hooks/mail", data=text, headers=headers)


def _rows() -> list[InboundMail]:
    return list(db.session.scalars(select(InboundMail).order_by(InboundMail.id)))


def test_without_a_secret_there_is_no_such_door(app: Flask, client: FlaskClient, monkeypatch: Any) -> None:
    from dataclasses import replace

    shut_door = replace(app.extensions["campaigner"], mail_webhook_secret="")
    monkeypatch.setitem(app.extensions, "campaigner", shut_door)
    assert _post(client, {"type": "bounce", "address": samples.TO}).status_code == 404


def test_a_hard_bounce_shuts_the_mailbox(client: FlaskClient, settings: Settings) -> None:
    delivery = sent()
    event = {"type": "bounce", "return_address": token(delivery), "code": "5.1.1", "reason": "550 5.1.1 no such user"}
    answer = _post(client, event)
    assert (answer.status_code, answer.json) == (202, {"taken": True})
    ledger.sort(settings)
    assert fresh(delivery).returned == "hard"
    assert shut() == {(0, "dead address")}


def test_the_fields_may_stand_in_data_and_the_mail_be_known_by_its_message_id(
    client: FlaskClient, settings: Settings
) -> None:
    delivery = sent()
    bare = ledger.message_id(delivery, settings).strip("<>")
    data = {"address": samples.TO.upper().replace("@BESTEMMING.EXAMPLE", "@Bestemming.example"), "message_id": bare}
    assert _post(client, {"type": "complaint", "timestamp": "x", "data": data}).status_code == 202
    ledger.sort(settings)
    assert fresh(delivery).returned == "complaint"
    assert shut() == {(organisations.host().id, "complaint")}


def test_the_signature_alone_is_proof_enough_for_an_address(client: FlaskClient, settings: Settings) -> None:
    _post(client, {"type": "bounce", "address": samples.TO, "code": "5.1.1"}, name="a")
    _post(client, {"type": "complaint", "address": "ander@elders.example"}, name="b")
    ledger.sort(settings)
    assert shut() == {(0, "dead address")}
    assert shut("ander@elders.example") == {(0, "complaint")}


@pytest.mark.parametrize(
    "event",
    [
        {"type": "bounce", "address": samples.TO, "code": "5.2.2"},
        {"type": "bounce", "address": samples.TO, "code": "5.7.1"},
        {"type": "bounce", "address": samples.TO},
        {"type": "bounce", "address": samples.TO, "code": "5.1.1", "reason": "blocked as spam"},
        {"type": "delivered", "address": samples.TO},
        {"type": "delayed", "address": samples.TO, "code": "4.4.1"},
    ],
)
def test_what_ends_no_address_shuts_nobody(event: dict[str, str], client: FlaskClient, settings: Settings) -> None:
    assert _post(client, event).status_code == 202
    ledger.sort(settings)
    assert all_shut() == 0


def test_the_same_event_again_is_answered_alike_and_kept_once(client: FlaskClient) -> None:
    event = {"type": "bounce", "address": samples.TO, "code": "5.1.1"}
    answers = [_post(client, event, name=name) for name in ("evt_1", "evt_1", "evt_2")]
    assert [(answer.status_code, answer.json["taken"]) for answer in answers] == [
        (202, True),
        (202, False),
        (202, True),
    ]
    assert len(_rows()) == 2


def test_an_event_that_is_old_or_signed_with_another_secret_is_refused(client: FlaskClient) -> None:
    event = {"type": "bounce", "address": samples.TO, "code": "5.1.1"}
    other = "whsec_" + "B" * 43 + "="
    for answer in (_post(client, event, age=301), _post(client, event, age=-400), _post(client, event, secret=other)):
        assert answer.status_code == 401
    assert _rows() == []


def test_a_changed_body_is_refused(client: FlaskClient) -> None:
    signed = json.dumps({"type": "bounce", "address": samples.TO, "code": "5.1.1"})
    at = datetime.now(UTC)
    headers = {
        "webhook-id": "x", "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("x", at, signed),
    }  # fmt: skip
    changed = signed.replace(samples.TO, "slachtoffer@elders.example")
    assert client.post("/hooks/mail", data=changed, headers=headers).status_code == 401
    assert _rows() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "x", "webhook-timestamp": "x", "webhook-signature": "x"},
        {"webhook-id": "x", "webhook-timestamp": "nan", "webhook-signature": "v1,"},
        {"webhook-id": "x", "webhook-timestamp": "1e999", "webhook-signature": "v1,AAAA"},
        {"webhook-id": "é", "webhook-timestamp": "NOW", "webhook-signature": "v1,!!! v1"},
        {"webhook-id": "x", "webhook-timestamp": "NOW", "webhook-signature": "v1,a,b v2,x"},
        {"webhook-id": "x", "webhook-timestamp": "NOW", "webhook-signature": "v1a," + "A" * 88},
    ],
)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}"])
def test_nonsense_in_place_of_a_signature_is_refused(headers: dict[str, str], body: bytes, client: FlaskClient) -> None:
    now = str(int(datetime.now(UTC).timestamp()))
    answer = client.post("/hooks/mail", data=body, headers={k: v.replace("NOW", now) for k, v in headers.items()})
    assert answer.status_code == 401
    assert answer.json


@pytest.mark.parametrize(
    "body",
    ["", "[]", "null", "nee", '"bounce"', "{}", '{"type": "opened", "address": "a@b.example"}', '{"type": "bounce"}',
     '{"type": ["bounce"], "address": "a@b.example"}', '{"type": "bounce", "address": "nee"}',
     '{"type": "bounce", "address": 5}', '{"type": "bounce", "address": "a@b.example", "code": {"x": 1}}',
     '{"type": "bounce", "address": "a\\u0000@b.example"}', '{"type": "bounce", "address": "\\ud800@b.example"}',
     '{"type": "bounce", "return_address": "%s"}' % ("x" * 400), "[" * 100_000],
)  # fmt: skip
def test_a_signed_body_that_is_no_event_is_told_why(body: str, client: FlaskClient) -> None:
    answer = _post(client, body)
    assert answer.status_code == 422
    assert answer.json["error"]
    assert _rows() == []


@pytest.mark.parametrize("extra", [{"message_id": "\ud800\x00"}, {"reason": "\x00" * 50}, {"code": "é\ud800"}])
def test_odd_characters_in_an_event_break_nothing(
    extra: dict[str, str], client: FlaskClient, settings: Settings
) -> None:
    sent()
    assert _post(client, {"type": "bounce", "address": samples.TO, **extra}).status_code == 202
    ledger.sort(settings)
    assert [row.state for row in _rows()] == ["done"]


def test_a_get_is_no_event(client: FlaskClient) -> None:
    assert client.get("/hooks/mail").status_code == 405


def test_an_unsubscription_at_the_provider_counts_here(client: FlaskClient, settings: Settings) -> None:
    delivery = sent()
    _post(client, {"type": "unsubscribe", "return_address": token(delivery)})
    ledger.sort(settings)
    assert shut() == {(organisations.host().id, "unsubscribed")}
