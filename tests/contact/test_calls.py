"""Calls to the operator's own channel: press and people in danger, signed, tried again, never in anyone's way."""

import dataclasses
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from standardwebhooks import Webhook

from campaigner import rounds
from campaigner.contact import calls, jobs, watch
from campaigner.contact.models import ContactCall
from campaigner.core import clock
from campaigner.core.db import db, transaction
from tests.contact.messages import DOUBTFUL, ROBOT, mails, stored

pytestmark = pytest.mark.usefixtures("clean")
SECRET = "whsec_" + "QUJD" * 8


class Channel(HTTPServer):
    """A chat that takes calls, or answers whatever `status` says."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.heard: list[tuple[dict[str, str], bytes]] = []


class _Answer(BaseHTTPRequestHandler):
    server: Channel

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def channel(app: Flask) -> Iterator[Channel]:
    """The channel, and the settings that name it."""
    server, before = Channel(), app.extensions["campaigner"]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/hook?room=1"
    app.extensions["campaigner"] = dataclasses.replace(before, contact_webhook_url=url, contact_webhook_secret=SECRET)
    yield server
    app.extensions["campaigner"] = before
    server.shutdown()
    server.server_close()


def owed() -> list[ContactCall]:
    db.session.expire_all()
    return list(db.session.query(ContactCall))


def now_due() -> None:
    with transaction():
        db.session.execute(update(ContactCall).values(next_at=clock.now() - timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("topic", "body", "called"),
    [
        ("press", "Ik schrijf over de staking.", True),
        ("partner", "Un mensaje.", True),
        ("campaign", "Onze collega is ontvoerd, help.", True),
        ("campaign", "Mogen wij de affiche ophangen?", False),
        ("privacy", "Wis mijn gegevens.", False),
    ],
)
def test_press_and_danger_reach_a_human_at_once(channel, topic, body, called):
    message = stored(topic=topic, body=body)
    jobs.advance(message.id)
    jobs.call()

    assert len(channel.heard) == called
    assert len(mails("contact.alarm")) == called
    assert all(mail.mailing_id for mail in mails("contact.alarm"))


def test_a_call_is_signed_and_holds_nothing_of_the_sender(channel):
    message = stored(topic="press", name="Greet Geheim", body="Vertrouwelijk", email="greet@krant.example")
    jobs.advance(message.id)
    jobs.call()
    headers, body = channel.heard[0]

    said = Webhook(SECRET).verify(body, headers)
    assert said == json.loads(body)
    assert said["data"]["reference"] == message.reference
    assert said["data"]["url"].endswith(f"/staff/inbox/{message.id}")
    for word in (b"Greet", b"Vertrouwelijk", b"krant"):
        assert word not in body


def test_a_call_that_is_not_taken_is_made_again_with_the_same_id(channel):
    channel.status = 500
    jobs.advance(stored(topic="press").id)
    jobs.call()
    assert owed()[0].error == "HTTP 500"
    jobs.call()
    assert len(channel.heard) == 1  # its turn has not come
    channel.status = 204
    now_due()
    jobs.call()

    assert owed()[0].called_at
    assert channel.heard[0][0]["webhook-id"] == channel.heard[1][0]["webhook-id"]
    now_due()
    jobs.call()
    assert len(channel.heard) == 2


def test_a_redirect_is_not_followed_and_not_taken(channel):
    channel.status = 302
    jobs.advance(stored(topic="press").id)
    jobs.call()

    assert owed()[0].error == "HTTP 302"


def test_a_channel_that_is_away_stops_no_message(app: Flask, channel):
    gone = dataclasses.replace(app.extensions["campaigner"], contact_webhook_url="http://127.0.0.1:1/")
    app.extensions["campaigner"] = gone
    message = stored(topic="press")
    jobs.advance(message.id)
    jobs.call()

    assert message.notified_at
    assert owed()[0].error == "ConnectionRefusedError"


def test_after_three_days_it_is_given_up_and_staff_see_it(channel):
    channel.status = 503
    jobs.advance(stored(topic="press").id)
    with transaction():
        db.session.execute(update(ContactCall).values(created_at=clock.now() - timedelta(days=4)))
    jobs.call()

    assert owed()[0].given_up_at
    assert watch.figures()["calls"] == 1
    assert watch.calls_untaken()


@pytest.mark.parametrize("signals", [ROBOT, DOUBTFUL])
def test_spam_that_speaks_of_danger_calls_nobody(channel, signals):
    jobs.advance(stored(body="Your account: you are in danger, you were kidnapped", signals=signals).id)

    assert owed() == []


def test_without_the_setting_nothing_is_owed():
    jobs.advance(stored(topic="press").id)

    assert owed() == []
    assert len(mails("contact.alarm")) == 1


def test_a_call_whose_wake_up_was_lost_is_rung_by_the_next_round(channel, monkeypatch):
    rung: list[str] = []
    jobs.advance(stored(topic="press").id)
    monkeypatch.setattr(jobs.queue, "ring", lambda job, **_more: rung.append(str(job)))

    rounds.one_round()

    assert calls.CALL in rung
