"""The doors of a thread, of saved replies, of the report and of the terms. Real commits."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigner.contact import attachments, inbox, snippets
from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_models import ContactAttachment, ContactEntry, ContactSnippet
from campaigner.core.clock import today
from campaigner.core.db import db, transaction
from campaigner.mailroom.hung import Hung
from campaigner.staff import queries as staff
from tests import make
from tests.contact.attached import PDF
from tests.contact.messages import ROBOT, account, mails, steps
from tests.contact.threads import answered, routed

pytestmark = pytest.mark.usefixtures("clean")


def login(client: FlaskClient, *roles: str) -> int:
    with transaction():
        row = make.account(roles=roles)
        mark, number = row.fs_uniquifier, row.id
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = mark, True
    return number


@pytest.fixture
def me(client: FlaskClient) -> int:
    """Somebody with the role "inbox" is logged in."""
    return login(client, "inbox")


def field(page: str, name: str) -> str:
    """What a hidden field holds; of several, the first."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def send(client: FlaskClient, row: ContactMessage, what: str, **typed: Any) -> TestResponse:
    """Fill in a form of a thread as its page shows it."""
    page = client.get(f"/staff/inbox/{row.id}").text
    form = page[page.index(f'action="/staff/inbox/{row.id}/{what}"') :]
    hidden = {name: field(form, name) for name in ("csrf_token",)}
    if what in ("reply", "note", "longer"):
        hidden["nonce"] = field(form, "nonce")
    if what == "reply":
        hidden["seen"] = field(form, "seen")
    return client.post(f"/staff/inbox/{row.id}/{what}", data={**hidden, **typed})


def fresh(row: ContactMessage) -> ContactMessage:
    db.session.refresh(row)
    return row


def test_an_answer_from_the_page_leaves_and_is_in_the_history_and_the_trail(client, me):
    row = routed()

    response = send(client, row, "reply", body="Dag Greet,\r\n\r\nDat kan.")

    assert response.status_code == 303
    assert len(mails("contact.answer")) == 1
    assert (fresh(row).state, steps(row)[-1]) == ("answered", "replied")
    assert staff.events(f"contact:{row.reference}")[0].what == "contact reply"
    page = client.get(f"/staff/inbox/{row.id}?lang=nl").text
    assert "Dat kan." in page
    assert "Je antwoord is onderweg." in page


def test_an_empty_answer_says_what_to_do(client, me):
    row = routed()
    response = send(client, row, "reply", body="  ")

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text
    assert mails("contact.answer") == []


def test_a_saved_reply_goes_behind_what_was_typed_and_nothing_is_sent(client, me):
    row = routed(name="Greet", topic="press")
    with transaction():
        snippets.begin()
    chosen = db.session.scalars(select(ContactSnippet).where(ContactSnippet.topic == "press")).one()

    page = send(client, row, "reply", body="Al getypt.", insert=str(chosen.id)).text

    assert "Al getypt.\n\nDag Greet," in page
    assert mails("contact.answer") == []
    for odd in ("4711", "x", "9" * 40, "-1"):
        assert send(client, row, "reply", body="Al getypt.", insert=odd).status_code == 404


def test_somebody_who_was_overtaken_keeps_what_they_typed_and_may_send_it_then(client, me, app):
    row, other = routed(), account("Collega")
    page = client.get(f"/staff/inbox/{row.id}").text
    form = page[page.index("/reply") :]
    typed = {name: field(form, name) for name in ("csrf_token", "nonce", "seen")}
    answered(row, app.extensions["campaigner"], by=other, body="De collega was eerst")

    late = client.post(f"/staff/inbox/{row.id}/reply?lang=nl", data={**typed, "body": "Mijn lange antwoord"})

    assert late.status_code == 409
    assert "Mijn lange antwoord" in late.text
    assert "De collega was eerst" in late.text
    assert "Er gebeurde iets met dit bericht terwijl je schreef." in late.text
    again = late.text[late.text.index("/reply") :]
    typed = {name: field(again, name) for name in ("csrf_token", "nonce", "seen")}
    sent = client.post(f"/staff/inbox/{row.id}/reply", data={**typed, "body": "Mijn lange antwoord"})
    assert sent.status_code == 303
    assert len(mails("contact.answer")) == 2


@pytest.mark.parametrize("seen", ["", "x", "-3", "9" * 40])
def test_a_strange_seen_is_taken_as_nothing_seen(client, me, app, seen):
    row = routed()
    answered(row, app.extensions["campaigner"])
    response = send(client, row, "reply", body="Antwoord", seen=seen)

    assert response.status_code == 409
    assert "Antwoord" in response.text


def test_every_other_form_of_a_thread_does_its_work_and_is_written_down(client, me):
    row, you = routed(), account("Collega")
    day = (today() + timedelta(days=3)).isoformat()
    typed: list[tuple[str, dict[str, str]]] = [
        ("note", {"body": "Bel haar"}), ("assign", {"to": str(you)}), ("topic", {"topic": "privacy"}),
        ("longer", {"body": "Veel papier"}), ("snooze", {"until": day}), ("wake", {}),
    ]  # fmt: skip
    for what, values in typed:
        assert send(client, row, what, **values).status_code == 303, what

    trail = [event.what for event in staff.events(f"contact:{row.reference}")]
    assert trail[::-1] == [f"contact {what}" for what, _ in typed]
    assert steps(row)[6:] == ["noted", "assigned", "moved", "extended", "snoozed", "woken"]
    for lang in ("nl", "fr", "en", "es"):
        assert client.get(f"/staff/inbox/{row.id}?lang={lang}").status_code == 200


def test_two_messages_of_one_sender_are_joined_from_the_page(client, me):
    one, two = routed(email="greet@voorbeeld.example"), routed(email="greet@voorbeeld.example")

    assert send(client, two, "merge", into=one.reference).location.endswith(f"/staff/inbox/{one.id}")
    assert two.body in client.get(f"/staff/inbox/{one.id}").text
    assert one.reference in client.get(f"/staff/inbox/{two.id}").text


@pytest.mark.parametrize(
    ("what", "typed"),
    [
        ("assign", {"to": "4711"}), ("topic", {"topic": "nonsense"}), ("snooze", {"until": "gisteren"}),
        ("snooze", {"until": "2020-01-01"}), ("snooze", {"until": ""}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_changes_nothing(client, me, what, typed):
    row = routed()
    assert send(client, row, what, **typed).status_code == 400
    assert steps(row)[6:] == []


def test_an_account_without_the_inbox_is_given_no_message(client, me):
    row = routed()
    with transaction():
        closed = make.account(roles=("inbox",))
        closed.disabled_at = row.created_at
        number = closed.id
    assert send(client, row, "assign", to=str(number)).status_code == 400


def test_the_page_hears_who_else_is_writing_and_that_something_happened(client, me, app):
    row, other = routed(), account("Collega")
    page = client.get(f"/staff/inbox/{row.id}").text
    typed = {"csrf_token": field(page, "csrf_token"), "seen": "0"}
    assert client.post(f"/staff/inbox/{row.id}/here", data=typed).json == {"others": [], "news": False}

    with transaction():
        inbox.here(row.id, account_id=other)
    answered(row, app.extensions["campaigner"], by=other)

    assert client.post(f"/staff/inbox/{row.id}/here", data=typed).json == {"others": ["Collega"], "news": True}
    assert "Collega" in client.get(f"/staff/inbox/{row.id}").text
    assert client.post(f"/staff/inbox/{row.id}/here", data={"seen": "0"}).status_code == 400


def test_a_file_is_a_download_under_our_name_and_never_a_page(client, me):
    row = routed()
    with transaction():
        attachments.keep([Hung("../../<script>.pdf", PDF)], message=row, entry_id=None)
    found = db.session.scalars(select(ContactAttachment)).one()

    response = client.get(f"/staff/inbox/files/{found.id}")

    assert response.data == PDF
    assert response.headers["Content-Disposition"] == f'attachment; filename="{row.reference}-1.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.content_type == "application/octet-stream"
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "&lt;script&gt;.pdf" in client.get(f"/staff/inbox/{row.id}").text
    assert client.get("/staff/inbox/files/4711").status_code == 404


def test_saved_replies_are_written_corrected_and_thrown_away(client, me):
    def typed(path: str, **values: str) -> TestResponse:
        page = client.get("/staff/inbox/snippets/new").text
        return client.post(path, data={"csrf_token": field(page, "csrf_token"), **values})

    odd = typed("/staff/inbox/snippets/new", name="Dank", nl="Dag {{nam}}")
    assert odd.status_code == 422
    assert "{{nam}}" in odd.text
    assert typed("/staff/inbox/snippets/new", name="Dank").status_code == 422
    assert typed("/staff/inbox/snippets/new", name="Dank", topic="press", nl="Dag {{naam}}").status_code == 303
    snippet = db.session.scalars(select(ContactSnippet)).one()
    assert (snippet.name, snippet.topic, snippet.texts) == ("Dank", "press", {"nl": "Dag {{naam}}"})
    where = f"/staff/inbox/snippets/{snippet.id}"
    assert "Dag {{naam}}" in client.get(where).text
    assert typed(where, name="Dank je", topic="nonsense", fr="Bonjour").status_code == 303
    db.session.refresh(snippet)
    assert (snippet.name, snippet.topic, snippet.texts) == ("Dank je", None, {"fr": "Bonjour"})
    assert "Dank je" in client.get("/staff/inbox/snippets/").text
    assert typed(f"{where}/remove").status_code == 303
    assert client.get(where).status_code == 404
    assert typed("/staff/inbox/snippets/examples").status_code == 303
    assert db.session.query(ContactSnippet).count() == 4


@pytest.mark.parametrize("lang", ["nl", "fr", "en", "es"])
def test_the_report_has_its_drawings_its_tables_and_its_spreadsheet(client, me, app, lang):
    answered(routed(), app.extensions["campaigner"])
    routed(signals=ROBOT)
    page = client.get(f"/staff/inbox/report/?lang={lang}")

    assert page.status_code == 200
    assert page.text.count("<svg") >= 1
    assert page.text.count("<table") == 2
    sheet = client.get("/staff/inbox/report/report.csv")
    assert sheet.content_type.startswith("text/csv")
    assert len(sheet.text.splitlines()) == 2
    assert ",campaign,2,1,0,0,1,0" in sheet.text


def test_an_empty_report_says_so_in_words(client, me):
    page = client.get("/staff/inbox/report/?lang=nl").text

    assert "In deze maanden kwam niets binnen." in page
    assert "<svg" not in page


def test_only_administrators_choose_how_long_messages_are_kept_or_erase_one(client):
    login(client, "inbox")
    row = routed()
    page = client.get(f"/staff/inbox/{row.id}").text
    token = {"csrf_token": field(page, "csrf_token")}

    assert client.get("/staff/inbox/retention").status_code == 403
    assert client.post("/staff/inbox/retention", data={**token, "press": "1"}).status_code == 403
    assert client.post(f"/staff/inbox/{row.id}/forget", data=token).status_code == 403
    assert "/forget" not in page
    assert fresh(row) is row


def test_an_administrator_chooses_the_terms_and_erases_a_thread(client):
    login(client, "admin")
    row = routed()
    number, reference = row.id, row.reference
    token = field(client.get("/staff/inbox/retention").text, "csrf_token")

    assert client.post("/staff/inbox/retention", data={"csrf_token": token, "press": "90"}).status_code == 303
    assert staff.events("contact")[0].detail == {"press": 90}
    for odd in ("0", "x", "-1", "9" * 40):
        wrong = client.post("/staff/inbox/retention", data={"csrf_token": token, "press": odd})
        assert wrong.status_code == 400
        assert f'value="{odd}"' in wrong.text
    assert client.post(f"/staff/inbox/{number}/forget", data={"csrf_token": token}).status_code == 303
    assert client.get(f"/staff/inbox/{number}").status_code == 404
    assert staff.events(f"contact:{reference}")[0].what == "contact erased"
    assert db.session.scalars(select(ContactEntry)).all() == []


@pytest.mark.parametrize(
    "query",
    ["owner=me", "owner=0", "owner=x", "owner=" + "9" * 30, "topic=press&language=fr&urgent=1", "topic=%00", "q=%22%27",
     "q=" + "woord " * 60, "pile=snoozed", "pile=mine&topic=press"],
)  # fmt: skip
def test_no_filter_and_no_search_is_ever_an_error(client, me, query):
    routed()
    assert client.get(f"/staff/inbox/?{query}").status_code == 200


def test_press_partners_and_requests_about_data_stand_out(client, me):
    for topic in ("press", "partner", "privacy", "campaign"):
        routed(topic=topic)
    page = client.get("/staff/inbox/?lang=nl").text

    assert page.count('class="aloud"') == 3
    assert re.search(r"nog (29|30) dagen", page)


def test_without_a_return_address_the_page_is_honest_about_where_an_answer_goes(client, me, app: Flask, monkeypatch):
    row = routed()
    assert "contact@fos.example" in client.get(f"/staff/inbox/{row.id}").text
    home = replace(app.extensions["campaigner"], mail_return_address="bounces@fos.example")
    monkeypatch.setitem(app.extensions, "campaigner", home)
    assert "Een antwoord komt hier terug." in client.get(f"/staff/inbox/{row.id}?lang=nl").text
