"""A partner asks for a campaign: kept encrypted, acknowledged, and the urgent ones on top for staff."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, NotFound
from campaigner.organisations import requests
from campaigner.organisations.models import PartnerRequest
from campaigner.outbox.models import Delivery
from tests import make
from tests.campaigns.stage import log_in, send
from tests.conftest import Sink, deliver

pytestmark = pytest.mark.usefixtures("clean")
ANSWERS = {
    "organisation": "Sindicato Ejemplo", "kind": "union", "country": "HN", "about": "Somos 400 socias.", "site": "",
    "name": "Rosa", "phone": "+504 0000-0000", "haste": "weeks", "headline": "Recontraten a las 62",
    "background": "Fundaron un sindicato.", "demands": "Que vuelvan.", "targets": "gerencia@empresa.example",
    "tested": "no", "message": "", "shown": "region", "pictures": "",
}  # fmt: skip
FORM = {
    **ANSWERS,
    "email": "rosa@sindicato.example",
    "report": "y",
    "agree": "y",
    "website": "",
    "unchanged": "ongewijzigd",
}
PATH = "/es/partners/request"


def _store(nonce: str = "n1", **changes: str) -> PartnerRequest:
    email = changes.pop("email", "rosa@sindicato.example")
    with transaction():
        return requests.store(
            language="es", email=email, answers={**ANSWERS, **changes}, nonce=nonce, team="team@fos.example",
            team_language="nl",
        )  # fmt: skip


def _fill(client: FlaskClient, path: str = PATH, **changes: Any) -> Any:
    data = {**FORM, "form_token": make.token_of(client, path), **changes}
    return client.post(path, data={name: value for name, value in data.items() if value is not None})


def _kept() -> list[PartnerRequest]:
    db.session.expire_all()
    return list(db.session.scalars(select(PartnerRequest).order_by(PartnerRequest.id)))


def test_a_request_is_kept_and_acknowledged_and_the_team_knows(smtp: Sink) -> None:
    request = _store()
    deliver()
    assert sorted(str(mail["To"]) for mail in smtp.messages) == ["rosa@sindicato.example", "team@fos.example"]
    receipt = next(mail for mail in smtp.messages if mail["To"] == "rosa@sindicato.example")
    assert request.reference in str(receipt["Subject"])
    assert receipt["Auto-Submitted"] == "auto-replied"


def test_no_mail_holds_a_word_of_what_was_typed() -> None:
    _store(haste="danger")
    for row in db.session.scalars(select(Delivery)):
        for typed in (ANSWERS["headline"], ANSWERS["background"], ANSWERS["name"], ANSWERS["organisation"]):
            assert typed not in (row.message or "")


def test_in_the_database_it_is_ciphertext() -> None:
    _store()
    row = db.session.execute(text("SELECT * FROM partner_request")).one()
    stored = b" ".join(bytes(value) for value in row if isinstance(value, (bytes, memoryview)))
    plain = " ".join(str(value) for value in row if isinstance(value, str))
    longer = (value for value in ANSWERS.values() if len(value) > 4)  # two letters may stand in any ciphertext
    for typed in (*longer, "rosa@sindicato.example"):
        assert typed.encode() not in stored
        assert typed not in plain


@pytest.mark.parametrize(("haste", "urgent"), [("danger", True), ("days", True), ("weeks", False)])
def test_who_says_that_it_is_urgent_is_urgent(haste: str, urgent: bool) -> None:
    assert _store(haste=haste).urgent is urgent


def test_the_urgent_ones_are_on_top_and_then_whoever_waits_longest() -> None:
    calm, _other = _store("n1", headline="calm"), _store("n2", headline="other")
    _store("n3", headline="urgent", haste="danger")
    assert [requests.said(each)["headline"] for each in requests.waiting()] == ["urgent", "calm", "other"]
    with transaction():
        requests.close(calm.id, by=make.account().id)
    assert [requests.said(each)["headline"] for each in requests.waiting()] == ["urgent", "other"]
    assert (requests.new_count(), requests.new_count(urgent=True)) == (2, 1)


def test_the_same_form_sent_twice_is_one_request_and_one_mail() -> None:
    assert _store().reference == _store().reference
    assert len(_kept()) == 1
    assert len(list(db.session.scalars(select(Delivery)))) == 2
    with pytest.raises(Conflict):
        _store(headline="otra cosa")


def test_a_mailbox_gets_three_receipts_a_day_and_no_request_is_lost() -> None:
    for at in range(5):
        _store(f"n{at}")
    sent = [row for row in db.session.scalars(select(Delivery)) if row.address == "rosa@sindicato.example"]
    assert (len(sent), len(_kept())) == (3, 5)


def test_a_request_is_taken_closed_and_opened_again_and_all_is_written_down() -> None:
    request, by = _store(), make.account().id
    with transaction():
        requests.take(request.id, by=by)
    with transaction():
        requests.take(request.id, by=by)
    assert (_kept()[0].state, _kept()[0].owner_id) == ("open", by)
    with transaction():
        requests.close(request.id, by=by)
    with transaction():
        requests.take(request.id, by=by)
    assert (_kept()[0].state, _kept()[0].closed_at) == ("open", None)
    audit = db.session.execute(text("SELECT what FROM audit_event ORDER BY id")).scalars().all()
    assert [what for what in audit if what.startswith("request")] == [
        "request taken", "request closed", "request taken"
    ]  # fmt: skip
    with pytest.raises(NotFound), transaction():
        requests.take(99, by=by)


def test_after_a_year_it_is_erased() -> None:
    old, _young = _store("n1"), _store("n2")
    with transaction():
        db.session.get_one(PartnerRequest, old.id).created_at = now() - requests.KEEP - timedelta(hours=1)
    with transaction():
        assert requests.expire() == 1
    assert len(_kept()) == 1


@pytest.mark.parametrize("language", ["nl", "fr", "en", "es"])
def test_the_form_works_in_every_language_without_a_script(client: FlaskClient, language: str) -> None:
    path = f"/{language}/partners/request"
    answer = _fill(client, path)
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert page.status_code == 200
    assert _kept()[0].reference in page.text
    assert (_kept()[0].language, requests.said(_kept()[0])) == (language, ANSWERS)
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": ""}, {"kind": "x"}, {"kind": None}, {"country": "ZZ"}, {"country": ""}, {"about": ""},
        {"name": ""}, {"name": "Kijk op spam.example"}, {"email": "geen"}, {"email": ""}, {"haste": None},
        {"haste": "x"}, {"headline": ""}, {"headline": "x" * 201}, {"background": ""}, {"background": "x" * 10_001},
        {"demands": ""}, {"targets": ""}, {"tested": None}, {"shown": "x"}, {"report": None}, {"agree": None},
        {"form_token": "vals"}, {"form_token": None}, {"organisation": "\x00"}, {"message": "x" * 5001},
    ],
)  # fmt: skip
def test_bad_input_is_a_page_that_keeps_what_was_typed(client: FlaskClient, wrong: dict[str, Any]) -> None:
    answer = _fill(client, **wrong)
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
    assert "Que vuelvan." in answer.text or "demands" in wrong
    assert _kept() == []


def test_a_tripped_decoy_says_so_and_the_second_press_goes_through(client: FlaskClient) -> None:
    answer = _fill(client, website="https://spam.example")
    assert answer.status_code == 422
    assert "Que vuelvan." in answer.text
    assert "https://spam.example" not in answer.text
    assert _kept() == []
    assert _fill(client).status_code == 303


def test_what_is_typed_comes_back_as_text(client: FlaskClient) -> None:
    answer = _fill(client, organisation="<script>zz(1)</script>", background="</textarea><script>", about="")
    assert "<script>zz" not in answer.text
    assert "</textarea><script>" not in answer.text


def test_one_form_brings_one_request_also_when_it_is_sent_again_with_other_words(client: FlaskClient) -> None:
    token = make.token_of(client, PATH)
    assert client.post(PATH, data={**FORM, "form_token": token}).status_code == 303
    assert client.post(PATH, data={**FORM, "form_token": token}).status_code == 303
    answer = client.post(PATH, data={**FORM, "form_token": token, "headline": "Otra cosa"})
    assert answer.status_code == 409
    assert "Otra cosa" in answer.text
    assert len(_kept()) == 1


def test_a_mailbox_is_not_flooded_through_the_form(client: FlaskClient) -> None:
    answers = [_fill(client, headline=f"Nummer {at}").status_code for at in range(5)]
    assert answers == [303, 303, 303, 303, 429]


@pytest.mark.parametrize("receipt", ["", "vals", "x" * 4000, "%00"])
def test_a_damaged_receipt_is_a_page(client: FlaskClient, receipt: str) -> None:
    assert client.get(f"{PATH}/thanks?r={receipt}").status_code == 404


def test_staff_see_it_whole_and_take_it(app: Flask, client: FlaskClient) -> None:
    request = _store(haste="danger", background="<script>zz(1)</script> Tres detenidas.")
    log_in(client, "campaigner", name="Tweede")
    assert "/staff/partners/" in client.get("/staff/").text
    for language in ("nl", "fr", "en", "es"):
        assert "Recontraten a las 62" in client.get(f"/staff/partners/?lang={language}").text
        page = client.get(f"/staff/partners/{request.id}?lang={language}").text
        assert "Tres detenidas." in page
        assert "<script>zz" not in page
        assert "gerencia@empresa.example" in page
    for verb, state in (("take", "open"), ("close", "closed"), ("take", "open")):
        path = f"/staff/partners/{request.id}"
        assert send(client, f"{path}/{verb}", via=path).status_code == 303
        assert _kept()[0].state == state
    assert client.get("/staff/partners/99").status_code == 404
    other = app.test_client()
    assert other.get("/staff/partners/").status_code == 302
    log_in(other, "inbox")
    for path in ("/staff/partners/", f"/staff/partners/{request.id}"):
        assert other.get(path).status_code == 403
