"""Retry with backoff, and what is stuck shows: on the first staff page, in /readyz, in the command."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import update

from campaigner.contact import digest, jobs, pipeline_commands, queries, service, turns, watch
from campaigner.contact.models import STEPS, ContactMessage
from campaigner.core import clock
from campaigner.core.db import db, transaction
from tests.contact.messages import CALM, ROBOT, TEAM, account, mails, steps, stored

pytestmark = pytest.mark.usefixtures("clean")


def claim() -> list[int]:
    with transaction():
        return turns.claim()


def earlier(**columns: timedelta) -> None:
    with transaction():
        change = {name: getattr(ContactMessage, name) - by for name, by in columns.items()}
        db.session.execute(update(ContactMessage).values(**change))
    db.session.expire_all()


def test_a_claim_takes_a_message_once_and_its_next_turn_comes_later_each_time():
    message, waits = stored(), []
    for _ in range(4):
        assert claim() == [message.id]
        assert claim() == []
        db.session.expire_all()
        waits.append(round((message.next_at - clock.now()).total_seconds()))
        earlier(next_at=timedelta(hours=2))

    assert waits == [20, 80, 320, 1280]


def test_what_is_done_or_held_back_has_no_turn():
    for signals in (CALM, ROBOT):
        jobs.advance(stored(signals=signals).id)

    assert claim() == []
    assert turns.waiting() == 0


def test_not_spam_gives_it_a_turn_at_once():
    message, mine = stored(signals=ROBOT), account()
    jobs.drain()
    with transaction():
        service.release(message.id, account_id=mine)
    jobs.drain()

    assert steps(message)[-1] == "notified"


def test_a_step_that_fails_is_noted_without_words_and_the_message_is_tried_again(monkeypatch):
    message, other = stored(), stored()
    with monkeypatch.context() as patch:
        patch.setattr(service.mails, "receipt", _broken)
        with pytest.raises(ValueError, match="greet"):
            jobs.drain()
    db.session.expire_all()
    assert message.stumbled
    assert message.stumbled.startswith("ValueError at contact/service.py:")
    assert "greet" not in message.stumbled
    earlier(next_at=timedelta(hours=1))
    jobs.drain()

    assert steps(message) == steps(other) == list(STEPS)
    db.session.expire_all()
    assert message.stumbled is None


def _broken(*_args: object, **_more: object) -> str:
    raise ValueError("greet@voorbeeld.example")


def test_what_stands_still_shows_to_staff_to_programs_and_on_the_command_line(app: Flask, client):
    jobs.advance(stored().id)
    stuck = stored()
    assert watch.stuck() is None
    earlier(created_at=timedelta(minutes=11))
    with transaction():
        turns.stumbled(stuck.id, "ValueError at contact/service.py:1")

    task = watch.stuck()
    assert task
    assert task.count == 1
    assert client.get("/readyz").json["contact"] == {"waiting": 1, "stuck": 1, "calls": 0}
    said = CliRunner().invoke(pipeline_commands.pipeline, ["status"], obj=lambda: app)
    assert said.exit_code == 1
    assert stuck.reference in said.output
    assert CliRunner().invoke(pipeline_commands.pipeline, ["again"], obj=lambda: app).exit_code == 0
    jobs.drain()
    assert CliRunner().invoke(pipeline_commands.pipeline, ["status"], obj=lambda: app).exit_code == 0


def test_the_quarantine_is_mailed_once_a_day_with_no_word_of_a_sender():
    for at, topic in enumerate(("other", "partner", "other")):
        message = stored(topic=topic, name="Koopnu", body=f"Geheim {at}", signals=ROBOT)
        jobs.advance(message.id)
    for _ in range(2):
        assert _digest() in ("queued", "nothing")
    rows = mails("contact.digest")

    assert len(rows) == 1
    assert "Koopnu" not in (rows[0].message or "")
    assert "Geheim" not in (rows[0].message or "")
    assert (rows[0].message or "").index("Partner") < (rows[0].message or "").index("Iets anders")


def test_an_empty_quarantine_is_no_mail():
    jobs.advance(stored().id)

    assert _digest() == "nothing"
    assert mails("contact.digest") == []


def test_the_next_mail_begins_where_the_last_one_ended(monkeypatch):
    jobs.advance(stored(signals=ROBOT).id)
    _digest()
    late = stored(signals=ROBOT)
    jobs.advance(late.id)
    monkeypatch.setattr(digest, "today", lambda: clock.today() + timedelta(days=1))
    _digest()

    assert late.reference in (mails("contact.digest")[1].message or "")
    assert (mails("contact.digest")[1].message or "").count("FOS-") == 2  # in the text and in the HTML


@pytest.mark.parametrize(("hour", "mailed"), [(7, 0), (8, 1), (23, 1)])
def test_it_leaves_from_eight_in_the_morning(monkeypatch, hour, mailed):
    jobs.advance(stored(signals=ROBOT).id)
    moment = clock.now().astimezone(clock.BRUSSELS).replace(hour=hour)
    monkeypatch.setattr(jobs, "now", lambda: moment)
    with transaction():
        jobs.daily()

    assert len(mails("contact.digest")) == mailed


def _digest() -> str:
    with transaction():
        return digest.write(to=TEAM, language="nl", since=clock.now() - timedelta(days=7))


def test_the_language_of_the_text_is_noted_when_it_is_not_the_pages():
    spanish = stored(language="nl", body="Hola, gracias por la solidaridad con los trabajadores de la fábrica.")
    short = stored(language="fr", body="Ok")
    for message in (spanish, short):
        jobs.advance(message.id)

    assert spanish.written_in == "es"
    assert short.written_in is None


@pytest.mark.parametrize(
    ("body", "suggested"),
    [("Wis al mijn gegevens (AVG).", "privacy"), ("Ik ben journalist.", "press"), ("Zomaar een gedachte.", None)],
)
def test_something_else_may_be_another_topic(body, suggested):
    message = stored(topic="other", body=body)
    jobs.advance(message.id)

    assert queries.detail(message.id, "routed").get("suggested") == suggested
