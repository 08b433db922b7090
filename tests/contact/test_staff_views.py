"""The inbox, as staff see and use it."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigner.contact import jobs, staff_views
from campaigner.contact.models import ContactMessage
from campaigner.core.db import db, transaction
from campaigner.staff import queries as staff
from tests import make
from tests.contact.messages import DOUBTFUL, ROBOT, mails, steps, stored

pytestmark = pytest.mark.usefixtures("clean")


def message(**changes: Any) -> ContactMessage:
    row = stored(**changes)
    jobs.advance(row.id)
    return row


@pytest.fixture
def inbox(client: FlaskClient) -> FlaskClient:
    """A browser in which somebody with the role "inbox" is logged in."""
    login(client, roles=("inbox",))
    return client


def login(client: FlaskClient, *, roles: tuple[str, ...]) -> int:
    with transaction():
        account = make.account(roles=roles)
        uniquifier, account_id = account.fs_uniquifier, account.id
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = uniquifier, True
    return account_id


def press(client: FlaskClient, row: ContactMessage, verb: str, **more: Any) -> TestResponse:
    page = client.get(f"/staff/inbox/{row.id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post(f"/staff/inbox/{row.id}/{verb}", data={"csrf_token": token[1], **more})


def fresh(row: ContactMessage) -> ContactMessage:
    db.session.refresh(row)
    return row


def test_nobody_reads_the_inbox_without_logging_in(client):
    row = message()
    for path in ("/staff/inbox/", f"/staff/inbox/{row.id}"):
        response = client.get(path)
        assert response.status_code in (302, 401)
        assert "Greet" not in response.text
    assert client.post(f"/staff/inbox/{row.id}/take").status_code in (302, 400, 401)
    assert fresh(row).state == "new"


def test_the_inbox_shows_who_wrote_what_about(inbox):
    row = message(topic="local", name="Greet", body="Wij willen de affiche uithangen")

    listed, shown = inbox.get("/staff/inbox/").text, inbox.get(f"/staff/inbox/{row.id}").text

    assert "Greet" in listed
    assert "Wij willen de affiche uithangen" in listed
    assert row.reference in shown
    assert row.email in shown


@pytest.mark.parametrize(("pile", "signals"), [("open", None), ("check", DOUBTFUL), ("quarantine", ROBOT)])
def test_each_pile_shows_its_own(inbox, pile, signals):
    row = message(**({"signals": signals} if signals else {}))

    for name in ("open", "mine", "check", "quarantine", "done", "nonsense"):
        shown = f"/staff/inbox/{row.id}?pile={name}" in inbox.get(f"/staff/inbox/?pile={name}").text
        assert shown is (name == pile)


def test_the_reasons_are_in_words_and_the_history_is_whole(inbox):
    page = inbox.get(f"/staff/inbox/{message(signals=ROBOT).id}?lang=nl").text

    assert "vulde het veld in dat leeg moet blijven" in page
    assert "verstuurd binnen drie seconden" in page
    assert "tegengehouden" in page


@pytest.mark.parametrize("lang", ["nl", "fr", "en", "es"])
def test_every_state_has_a_page_in_every_language(inbox, lang):
    rows = [message(), message(signals=DOUBTFUL), message(signals=ROBOT), message(topic="privacy"), stored()]
    press(inbox, rows[0], "take")
    press(inbox, rows[3], "answered")

    for row in rows:
        assert row.reference in inbox.get(f"/staff/inbox/{row.id}?lang={lang}").text


def test_html_and_direction_marks_of_a_sender_stay_text(inbox):
    row = message(name="<b>Greet</b>", body="<script>alert(1)</script> <img src=x onerror=alert(1)>")
    page = inbox.get(f"/staff/inbox/{row.id}").text

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_every_button_does_its_work_and_is_written_down(inbox):
    row = message()
    for verb, state in [("take", "open"), ("answered", "answered"), ("reopen", "open"), ("close", "closed")]:
        assert press(inbox, row, verb).status_code == 303
        assert fresh(row).state == state
    trail = staff.events(f"contact:{row.reference}")

    assert [event.what for event in trail] == ["contact close", "contact reopen", "contact answered", "contact take"]
    assert steps(row)[6:] == ["taken", "answered", "reopened", "closed"]


def test_not_spam_moves_to_the_inbox_and_the_receipt_leaves(inbox):
    row = message(signals=ROBOT)

    press(inbox, row, "release")
    jobs.advance(row.id)

    assert fresh(row).state == "new"
    assert len(mails("contact.receipt")) == 1


def test_spam_goes_to_quarantine(inbox):
    row = message()
    press(inbox, row, "spam")

    assert fresh(row).state == "quarantine"


def test_a_button_without_our_token_does_nothing(inbox):
    row = message()

    assert inbox.post(f"/staff/inbox/{row.id}/spam", data={"csrf_token": "forged"}).status_code == 400
    assert fresh(row).state == "new"


def test_an_unknown_button_or_message_is_not_found(inbox):
    row = message()

    assert inbox.get("/staff/inbox/4711").status_code == 404
    assert inbox.post(f"/staff/inbox/{row.id}/erase").status_code == 404
    assert press(inbox, row, "take").status_code == 303
    assert inbox.get(f"/staff/inbox/{row.id}/take").status_code in (404, 405)


def test_a_colleague_who_was_quicker_is_said(inbox):
    row = message()
    press(inbox, row, "close")
    page = inbox.get(f"/staff/inbox/{row.id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token

    assert inbox.post(f"/staff/inbox/{row.id}/spam", data={"csrf_token": token[1]}).status_code == 409


def test_a_reference_typed_in_any_way_finds_its_message(inbox):
    row = message()
    typed = row.reference.lower().replace("-", " ")

    assert inbox.get(f"/staff/inbox/?q={typed}").location.endswith(f"/staff/inbox/{row.id}")
    for nothing in ("FOS-26-999999-X", "x" * 3000, "%F0%9F%8C%B9", "@", "a@"):
        response = inbox.get(f"/staff/inbox/?q={nothing}&lang=nl")
        assert response.status_code == 200
        assert row.reference not in response.text
    assert inbox.get("/staff/inbox/?q=%00").status_code == 200


@pytest.mark.parametrize("number", ["1", "2", "0", "-5", "x", "9" * 30])
def test_a_number_in_the_address_is_never_an_error(inbox, number):
    message()

    assert inbox.get(f"/staff/inbox/?page={number}").status_code == 200
    assert inbox.get(f"/staff/inbox/{number}").status_code in (200, 404)


def test_the_first_staff_page_and_the_menu_say_how_many_wait(app):
    message()
    message(topic="press")
    message(signals=DOUBTFUL)
    with app.test_request_context("/staff/"):
        waiting, doubtful = staff_views.unanswered(), staff_views.to_check()

    assert waiting
    assert waiting.count == 2
    assert doubtful
    assert doubtful.count == 1
    assert staff_views.badge() == 2
