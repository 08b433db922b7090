"""An answer leaves by mail, and the answer to it comes back into the same thread. Real commits."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy import text as sql

from campaigner.config import Settings
from campaigner.contact import answers, inbox, queries, threads
from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_models import ContactAttachment, ContactEntry
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.outbox import message as outbox_message
from campaigner.outbox import queries as deliveries
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, Mailing
from campaigner.staff.models import Account
from tests.contact import attached
from tests.contact.messages import account, mails, steps
from tests.contact.threads import HOME, address_of, answered, back, delivery, routed

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def settings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Settings:
    ours = replace(app.extensions["campaigner"], mail_return_address=HOME)
    monkeypatch.setitem(app.extensions, "campaigner", ours)
    return ours


def written(row: Delivery, settings: Settings) -> str:
    """The whole mail as it crosses the wire."""
    mailing = db.session.get_one(Mailing, row.mailing_id)
    return outbox_message.compose(row, mailing, settings).decode()


def entries(row: ContactMessage) -> list[ContactEntry]:
    return list(db.session.scalars(select(ContactEntry).where(ContactEntry.message_id == row.id)))


def test_an_answer_leaves_in_the_language_of_the_thread_and_quotes_nothing_of_it(settings):
    row = routed(language="fr", body="Mon secret: je suis malade")
    mail = json.loads(delivery(answered(row, settings, body="Bonjour Greet")).message or "")

    assert row.reference in mail["subject"]
    assert "Bonjour Greet" in mail["text"]
    assert "Ceci est notre réponse" in mail["text"]
    assert "malade" not in json.dumps(mail)
    assert (row.state, steps(row)[-1]) == ("answered", "replied")


def test_the_mail_hangs_on_the_receipt_and_on_every_mail_before_it(settings):
    row = routed()
    receipt = outbox.standing(answers.RECEIPT, queue="default")
    first = answered(row, settings)
    back(settings, to=address_of(first), sender=row.email)
    second = answered(row, settings, nonce="staff-second")
    chain = [
        outbox_message.message_id(settings, mailing_id=receipt, recipient=str(row.id)),
        outbox_message.message_id(settings, mailing_id=answers.mailing(), recipient=str(first.id)),
        "<in1@voorbeeld.example>",
    ]

    text = written(delivery(second), settings)

    assert "References: " + "\r\n ".join(chain) + "\r\n" in text
    assert f"In-Reply-To: {chain[-1]}\r\n" in text
    assert f"Reply-To: {address_of(second)}\r\n" in text


def test_a_long_message_id_of_a_stranger_is_never_written_as_an_encoded_word(settings):
    row = routed()
    long = f"<{'x' * 90}@voorbeeld.example>"
    row.mail_id = long
    db.session.commit()

    assert f"In-Reply-To: {long}\r\n" in written(delivery(answered(row, settings)), settings)


def test_the_answer_to_our_answer_comes_into_the_same_thread_and_opens_it_again(settings):
    row, me = routed(), account()
    entry = answered(row, settings, by=me)

    assert back(settings, to=address_of(entry), sender=row.email, text="Dank je wel!") == ("reply", "handed on")

    db.session.refresh(row)
    assert [(each.kind, each.body) for each in entries(row)][1:] == [("in", "Dank je wel!")]
    assert (row.state, row.owner_id) == ("open", me)
    assert row.due_at is not None
    assert row.due_at > now()
    assert db.session.scalars(select(ContactMessage)).all() == [row]
    assert len(mails(answers.NOTICE)) == 1
    assert "Dank" not in (mails(answers.NOTICE)[0].message or "")


def test_the_same_mail_by_two_doors_is_one_entry(settings):
    row = routed()
    to = address_of(answered(row, settings))
    for more in ("", "X-Passed: on\r\n"):
        back(settings, to=to, sender=row.email, more=more)

    assert len(entries(row)) == 2
    assert steps(row).count("received") == 1


def test_an_answer_to_the_receipt_comes_into_the_thread(settings):
    row = routed()
    there = answers.address(answers.RECEIPT, str(row.id), home=HOME)
    assert there
    mail = json.loads(mails(answers.RECEIPT)[0].message or "")
    assert mail["reply_to"] == there

    back(settings, to=there, sender=row.email, text="Nog iets vergeten.")

    assert [each.body for each in entries(row)] == ["Nog iets vergeten."]
    assert db.session.get_one(ContactMessage, row.id).state == "new"


def test_a_made_up_address_is_no_way_into_a_thread(settings):
    row = routed()
    good = address_of(answered(row, settings))
    forged = good.replace(good.split("-")[-1][:6], "aaaaaa")

    back(settings, to=forged, sender="vreemde@elders.example")

    assert len(entries(row)) == 1
    assert db.session.scalars(select(ContactMessage)).all() != [row]


def test_without_our_address_the_reference_in_the_subject_leads_home_for_its_own_sender_only(settings):
    row = routed()
    answered(row, settings)
    for sender in ("vreemde@elders.example", row.email):
        back(settings, to=HOME, sender=sender, subject=f"Re: vraag [{row.reference}]")

    assert [each.email for each in entries(row)] == [None, row.email]


def test_an_answer_from_another_address_says_so(settings):
    row = routed()
    back(settings, to=address_of(answered(row, settings)), sender="thuis@elders.example")

    assert [each.address for each in threads.said(row, {})] == ["", "thuis@elders.example"]


def test_a_thread_whose_owner_left_goes_back_on_the_pile(settings):
    row, me = routed(), account()
    entry = answered(row, settings, by=me)
    db.session.get_one(Account, me).disabled_at = now()
    db.session.commit()
    back(settings, to=address_of(entry), sender=row.email)
    db.session.refresh(row)

    assert (row.state, row.owner_id) == ("new", None)


def test_a_double_click_is_one_answer(settings):
    row, me = routed(), account()
    first = answered(row, settings, by=me)
    again = answered(row, settings, by=me)

    assert first.id == again.id
    assert len(mails(answers.KIND)) == 1


def test_two_people_answering_at_once_the_second_hears_of_it(settings):
    row, one, two = routed(), account("Een"), account("Twee")
    seen = threads.last_news(row.id)
    answered(row, settings, by=one, seen=seen)

    with pytest.raises(inbox.Overtaken):
        answered(row, settings, by=two, seen=seen)
    assert len(mails(answers.KIND)) == 1

    answered(row, settings, by=two)
    assert len(mails(answers.KIND)) == 2


def test_what_the_sender_added_meanwhile_stops_an_answer_too(settings):
    row = routed()
    first = answered(row, settings, keep_open=True)
    seen = threads.last_news(row.id)
    back(settings, to=address_of(first), sender=row.email)

    with pytest.raises(inbox.Overtaken):
        answered(row, settings, seen=seen, nonce="staff-late")


def test_a_mailbox_that_takes_no_mail_is_said_and_nothing_is_kept(settings):
    row = routed()
    outbox.suppress(row.mailbox, reason="bounced")
    db.session.commit()

    with pytest.raises(inbox.Unreachable):
        answered(row, settings)
    assert entries(row) == []
    assert db.session.get_one(ContactMessage, row.id).state == "new"


@pytest.mark.parametrize("state", ["check", "quarantine"])
def test_what_may_be_spam_is_not_answered_before_somebody_says_that_it_is_none(settings, state):
    row = routed()
    row.state = state
    db.session.commit()

    with pytest.raises(Conflict):
        answered(row, settings)


def test_the_fate_of_a_mail_is_told(settings):
    entry = answered(routed(), settings)
    mail = delivery(entry)
    assert threads.fate(entry) == "waiting"
    mail.state, mail.settled_at = "sent", now()
    assert threads.fate(entry) == "sent"
    mail.returned, mail.returned_at = "hard", now()
    assert threads.fate(entry) == "returned"
    assert deliveries.delivery(mail.mailing_id, mail.recipient) is mail


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("Dank je.", "Dank je.", ""),
        (
            "Dank je.\n\nOp maandag schreef FOS:\n> Dag\n>\n> Tot dan",
            "Dank je.",
            "Op maandag schreef FOS:\n> Dag\n>\n> Tot dan",
        ),
        ("> Dag\n\nMijn antwoord staat onder", "> Dag\n\nMijn antwoord staat onder", ""),
        ("> alleen geciteerd", "> alleen geciteerd", ""),
        ("Zie foto.\n\n> Dag\n\n[+ foto.jpg]", "Zie foto.\n\n[+ foto.jpg]", "> Dag"),
        ("", "", ""),
    ],
)
def test_quoted_words_are_folded_away_and_none_is_lost(text, own, quoted):
    assert threads.unquoted(text) == (own, quoted)


def test_a_mail_that_begins_a_thread_is_answered_under_its_own_subject(settings):
    back(settings, to=HOME, sender="nieuw@voorbeeld.example", subject="Vraag over 1 mei")
    row = db.session.scalars(select(ContactMessage)).one()
    row.state = "new"
    db.session.commit()

    text = written(delivery(answered(row, settings)), settings)

    assert f"Subject: Re: Vraag over 1 mei [{row.reference}]\r\n" in text
    assert "In-Reply-To: <in1@voorbeeld.example>\r\n" in text


def test_words_in_an_answer_that_look_like_marks_stay_as_they_are(settings):
    mail = json.loads(delivery(answered(routed(), settings, body="<b>{{ x }}</b> {% if %}")).message or "")

    assert "<b>{{ x }}</b> {% if %}" in mail["text"]
    assert "<b>{{ x }}</b>" not in mail["html"]


def test_files_are_not_kept_unless_the_operator_says_so(settings):
    row = routed()
    attached.arrive(settings, to=address_of(answered(row, settings)), sender=row.email, files={"a.pdf": attached.PDF})

    assert db.session.scalars(select(ContactAttachment)).all() == []
    assert "[+ a.pdf]" in entries(row)[1].body


def test_files_are_kept_by_what_they_are_and_within_their_size(settings):
    settings = replace(settings, contact_attachments=1024 * 1024)
    row = routed()
    there = address_of(answered(row, settings))
    files = {
        "factuur.exe": attached.PDF, "foto.png": attached.PNG, "foto.jpg": b"MZ\x90\x00 program",
        "groot.pdf": attached.PDF + b"x" * 1_100_000,
        "macro.docm": attached.archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        "brief.docx": attached.archive("[Content_Types].xml", "word/document.xml"),
    }  # fmt: skip
    attached.arrive(settings, to=there, sender=row.email, files=files)

    kept = db.session.scalars(select(ContactAttachment).order_by(ContactAttachment.number)).all()
    assert [(each.kind, each.name) for each in kept] == [
        ("pdf", "factuur.exe"),
        ("png", "foto.png"),
        ("docx", "brief.docx"),
    ]
    assert kept[0].content.encode("latin-1") == attached.PDF
    received = queries.history(row.id)[-1]
    assert (received.step, received.detail) == ("received", {"files": 3, "refused": 3})


def test_a_stolen_dump_shows_no_file_no_name_and_no_word(settings):
    settings = replace(settings, contact_attachments=1024 * 1024)
    row = routed()
    attached.arrive(
        settings, to=address_of(answered(row, settings)), sender=row.email, files={"geheim.pdf": attached.PDF}
    )
    with db.engine.connect() as line:
        dump = str(line.execute(sql("SELECT * FROM contact_attachment")).all())
        dump += str(line.execute(sql("SELECT * FROM contact_entry")).all())

    for word in ("geheim", "PDF-1", "Dat kan zeker", row.email):
        assert word not in dump


def test_a_reply_wakes_what_was_put_off(settings):
    row = routed()
    me = account()
    entry = answered(row, settings, by=me, keep_open=True)
    with transaction():
        inbox.snooze(row.id, account_id=me, until=(now() + timedelta(days=3)).date())
    back(settings, to=address_of(entry), sender=row.email)
    db.session.refresh(row)

    assert row.snoozed_until is None
