"""Accounts: letting in by mail, roles and desks given and taken, and the translator's limits."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns import service as campaigns
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError, Forbidden, Gone
from campaigner.organisations import accounts
from campaigner.staff import invitations, queries
from campaigner.staff import service as staff
from campaigner.staff.models import Account
from tests import make
from tests.conftest import Sink, deliver
from tests.staff.test_views import log_in, token

AROUND = accounts.Around(
    login="http://localhost/staff/login", welcome=lambda lang, token: f"/{lang}/welcome/{token}",
    reply_to="info@fos.example",
)  # fmt: skip
NEW = "vier-woorden-op-een-rij"


def _invited(**more: Any) -> Account:
    told = {"email": "delegee@afdeling.example", "name": "Delegee", "language": "nl", "roles": [], **more}
    with transaction():
        return accounts.invite(**{"organisations": [], **told}, by=1, around=AROUND)


@pytest.mark.usefixtures("session")
def test_an_invitation_opens_exactly_what_it_names() -> None:
    local, other = make.local(), make.local()
    made = _invited(organisations=[local.id])
    assert (made.edits(local.id), made.edits(other.id), made.has_any(("admin", "campaigner", "inbox"))) == (
        True, False, False,
    )  # fmt: skip
    assert [event.what for event in queries.events(f"account:{made.id}")] == ["membership given", "account invited"]


@pytest.mark.usefixtures("session")
def test_inviting_a_known_mailbox_adds_and_takes_nothing_away() -> None:
    local = make.local()
    known = make.account(roles=("inbox",))
    again = _invited(email=known.email, roles=["translator"], organisations=[local.id])
    assert again.id == known.id
    assert known.password
    assert [role.name for role in known.roles] == ["inbox", "translator"]
    assert known.edits(local.id)


@pytest.mark.usefixtures("session")
def test_an_invitation_to_nothing_is_refused() -> None:
    with pytest.raises(DomainError):
        _invited()
    with pytest.raises(DomainError):
        _invited(organisations=[1_000_000])


@pytest.mark.usefixtures("session")
def test_a_partner_and_the_host_have_no_desk() -> None:
    from campaigner.organisations import queries as organisations

    with pytest.raises(DomainError):
        _invited(organisations=[organisations.host().id])


@pytest.mark.usefixtures("session")
def test_a_link_is_good_once_and_for_a_week(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _invited(roles=["inbox"])
    link = invitations.token(made)
    with monkeypatch.context() as later:
        later.setattr("campaigner.core.tokens.now", lambda: now() + timedelta(days=8))
        with pytest.raises(Gone):
            invitations.invited(link)
    invitations.accept(link, password=NEW)
    with pytest.raises(Gone):
        invitations.accept(link, password="nog-een-ander-wachtwoord")
    for damaged in ("", "vals", link[:-2], invitations.signer.sign("x", invitations.PURPOSE)):
        with pytest.raises(Gone):
            invitations.invited(damaged)


@pytest.mark.usefixtures("session")
def test_a_closed_account_is_not_let_in_by_its_old_link() -> None:
    made = _invited(roles=["inbox"])
    link = invitations.token(made)
    staff.disable(email=made.email, by=1)
    with pytest.raises(Gone):
        invitations.invited(link)
    with pytest.raises(Conflict):
        _invited(roles=["inbox"])


@pytest.mark.usefixtures("session")
def test_the_last_administrator_stays_one_and_nobody_shuts_themselves_out() -> None:
    boss = make.account(roles=("admin",))
    other = make.account(roles=("campaigner",))
    for attempt in (
        lambda: staff.give_roles(boss, roles=["inbox"], by=boss.id),
        lambda: staff.give_roles(boss, roles=["inbox"], by=other.id),
        lambda: staff.disable(email=boss.email, by=boss.id),
        lambda: staff.disable(email=boss.email, by=other.id),
    ):
        with pytest.raises(Conflict):
            attempt()
    staff.give_roles(other, roles=["admin"], by=boss.id)
    staff.give_roles(boss, roles=[], by=other.id)
    assert boss.roles == []


@pytest.mark.usefixtures("session")
def test_a_translator_writes_what_is_not_on_the_page_and_shows_nothing() -> None:
    campaign = make.campaign(languages=("nl", "fr"))
    words = campaigns.Words(title="Título", summary="Resumen", story="Historia", demands=("Uno",))
    with pytest.raises(Forbidden):
        campaigns.write(campaign, language="es", words=words, shown=True, by=1, may_show=False)
    with pytest.raises(Forbidden):
        campaigns.write(campaign, language="fr", words=words, shown=False, by=1, may_show=False)
    written = campaigns.write(campaign, language="es", words=words, shown=False, by=1, may_show=False)
    assert written.state == "draft"


@pytest.mark.usefixtures("clean")
def test_a_translator_sees_the_texts_and_no_button_that_shows_or_opens(client: FlaskClient) -> None:
    campaign = make.campaign(languages=("nl",))
    log_in(client, make.account(roles=("translator",)).email)
    db.session.commit()
    page = client.get(f"/staff/campaigns/{campaign.id}/text/es").get_data(as_text=True)
    assert 'value="keep"' in page
    assert 'value="show"' not in page
    assert "/places" not in page
    data = {"csrf_token": token(client.get("/staff/account")), "title": "Hola", "then": "show"}
    answer = client.post(f"/staff/campaigns/{campaign.id}/text/es", data=data)
    assert answer.status_code == 422
    assert client.get("/staff/campaigns/").status_code == 200


@pytest.mark.usefixtures("clean")
def test_from_invitation_to_desk_by_mail(client: FlaskClient, smtp: Sink) -> None:
    local = make.local()
    boss = make.account(roles=("admin",))
    db.session.commit()
    log_in(client, boss.email)
    data = {
        "csrf_token": token(client.get("/staff/accounts/new")), "name": "Delegee", "email": "nieuw@afdeling.example",
        "language": "nl", "organisation": str(local.id),
    }  # fmt: skip
    assert client.post("/staff/accounts/new", data=data).status_code == 303
    deliver()
    body = smtp.messages[0].get_body(("plain",))
    assert body is not None
    path = re.search(r"http://localhost(/nl/welcome/\S+)", body.get_content())
    assert path
    visitor = client.application.test_client()
    sent = {"form_token": make.token_of(visitor, path[1]), "password": "kort", "again": "kort"}
    assert visitor.post(path[1], data=sent).status_code == 422
    assert visitor.post(path[1], data={**sent, "password": NEW, "again": "anders"}).status_code == 422
    assert visitor.post(path[1], data={**sent, "password": NEW, "again": NEW}).location == "/staff/login"
    assert visitor.get(path[1]).status_code == 410
    log_in(visitor, "nieuw@afdeling.example", NEW)
    assert visitor.get("/staff/").location == f"/staff/local/{local.slug}/"
    assert visitor.get(f"/staff/local/{local.slug}/").status_code == 200


@pytest.mark.usefixtures("clean")
def test_who_was_invited_and_chose_no_password_yet_cannot_log_in(client: FlaskClient) -> None:
    made = _invited(roles=["inbox"])
    for guess in ("", "None", "lang-genoeg-wachtwoord"):
        assert log_in(client, made.email, guess).status_code == 200
    assert client.get("/staff/").status_code == 302


@pytest.mark.usefixtures("clean")
def test_every_button_on_an_account_does_what_it_says(client: FlaskClient) -> None:
    local = make.local()
    boss, other = make.account(roles=("admin",)), make.account(roles=("inbox",))
    db.session.commit()
    log_in(client, boss.email)
    page = f"/staff/accounts/{other.id}"
    sent = {"csrf_token": token(client.get(page))}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("roles", {"roles": ["campaigner", "niets"]}), ("desks", {"organisation": local.id}), ("close", {}),
        ("reopen", {}), ("again", {}),
    ]  # fmt: skip
    for verb, more in steps:
        assert client.post(f"{page}/{verb}", data={**sent, **more}).status_code == 303, verb
    db.session.expire_all()
    assert [role.name for role in other.roles] == ["campaigner"]
    assert other.edits(local.id)
    assert other.disabled_at is None
    assert client.post(f"{page}/desks/{local.id}/leave", data=sent).status_code == 303
    db.session.expire_all()
    assert not other.edits(local.id)
    assert client.get("/staff/accounts/").status_code == 200
    assert client.post("/staff/accounts/999999/close", data=sent).status_code == 404
    assert client.post(f"/staff/accounts/{boss.id}/close", data=sent).status_code == 409
    assert client.post(f"{page}/desks", data={**sent, "organisation": "x"}).status_code == 400
