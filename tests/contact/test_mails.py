"""The two mails: what they say, and what they never say."""

import json
from typing import Any

import pytest

from campaigner.contact import jobs, mails, queries
from campaigner.contact.topics import TOPICS
from campaigner.core.db import transaction
from tests.conftest import deliver
from tests.contact.messages import mails as waiting
from tests.contact.messages import stored

pytestmark = pytest.mark.usefixtures("clean")


def parts(kind: str) -> dict[str, Any]:
    rows = waiting(kind)
    assert len(rows) == 1
    return dict(json.loads(rows[0].message or ""))


@pytest.mark.parametrize(
    ("lang", "subject"),
    [
        ("nl", "We hebben je bericht"),
        ("fr", "Nous avons ton message"),
        ("en", "We have your message"),
        ("es", "Tenemos tu mensaje"),
    ],
)
def test_the_receipt_is_in_the_senders_language_with_the_reference_in_its_subject(lang, subject):
    message = stored(language=lang, topic="privacy")
    jobs.advance(message.id)
    mail = parts("contact.receipt")

    assert mail["subject"] == f"{subject} [{message.reference}]"
    for part in ("text", "html"):
        assert message.reference in mail[part]
        assert f"/{lang}/privacy" in mail[part]
    assert "None" not in mail["text"]


@pytest.mark.parametrize("topic", list(TOPICS))
def test_neither_mail_holds_a_word_of_the_sender(topic):
    message = stored(topic=topic, name="Koopnu Goedkoop", body="http://spam.example geheim")
    jobs.advance(message.id)

    notice = "contact.alarm" if TOPICS[topic].at_once else "contact.notify"
    for kind in ("contact.receipt", notice):
        everything = json.dumps(parts(kind))
        for word in ("Koopnu", "Goedkoop", "spam.example", "geheim"):
            assert word not in everything


def test_the_receipt_says_that_it_is_automatic_and_where_an_answer_goes(smtp):
    message = stored(email="greet@voorbeeld.example")
    jobs.advance(message.id)
    deliver()
    sent = {mail["To"]: mail for mail in smtp.messages}

    receipt, notice = sent["greet@voorbeeld.example"], sent["contact@fos.example"]
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["Reply-To"] == "contact@fos.example"
    assert notice["Auto-Submitted"] == "auto-generated"
    assert notice["Reply-To"] == "greet@voorbeeld.example"
    assert message.reference in notice["Subject"]
    assert f"/staff/inbox/{message.id}" in notice.get_body(("plain",)).get_content()


def test_line_ends_in_what_a_sender_typed_become_no_header(smtp):
    message = stored(name="Greet\r\nBcc: victim@voorbeeld.example", body="x\r\nBcc: victim@voorbeeld.example")
    jobs.advance(message.id)
    deliver()

    assert len(smtp.messages) == 2
    assert not any(mail["Bcc"] for mail in smtp.messages)
    assert "victim@voorbeeld.example" not in smtp.recipients


def test_urgent_messages_say_so_in_the_subject():
    jobs.advance(stored(topic="partner").id)

    assert parts("contact.alarm")["subject"].startswith("Dringend: Partner in het Zuiden [FOS-")


def test_a_flood_fills_the_inbox_and_not_the_mailbox_but_urgent_mail_goes(monkeypatch):
    monkeypatch.setattr(mails, "NOTICES_A_DAY", 2)
    for topic in ("other", "other", "other", "press"):
        jobs.advance(stored(topic=topic).id)

    assert len(waiting("contact.notify")) == 2
    assert "Dringend" in parts("contact.alarm")["subject"]


def test_a_flood_of_urgent_messages_ends_too_and_the_inbox_shows_them_all(monkeypatch):
    monkeypatch.setattr(mails, "URGENT_NOTICES_A_DAY", 2)
    messages = [stored(topic=topic) for topic in ("press", "partner", "press")]
    for message in messages:
        jobs.advance(message.id)

    assert len(waiting("contact.alarm")) == 2
    assert {message.id for message in queries.pile("open")} == {message.id for message in messages}


def test_the_same_cause_is_one_mail():
    message = stored()
    jobs.advance(message.id)
    with transaction():
        outcome = mails.receipt(message, reply_to="contact@fos.example")

    assert outcome == "repeated"
    assert len(waiting("contact.receipt")) == 1
