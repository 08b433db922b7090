"""The doors of a local's desk, of the host's pages on locals, and of the form that asks for a desk."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns import coalitions
from campaigner.core.db import db, transaction
from campaigner.locals import queries, sightings
from campaigner.organisations import desk_requests
from campaigner.organisations import queries as organisations
from campaigner.organisations.models import DeskRequest, Organisation
from tests import make
from tests.locals.stage import signed
from tests.staff.test_views import log_in, token

pytestmark = pytest.mark.usefixtures("clean")


def _editor(client: FlaskClient, local: Organisation) -> dict[str, Any]:
    log_in(client, make.editor(local).email)
    return {"csrf_token": token(client.get("/staff/account"))}


def _host(client: FlaskClient) -> dict[str, Any]:
    email = make.account(roles=("campaigner",)).email
    db.session.commit()
    log_in(client, email)
    return {"csrf_token": token(client.get("/staff/account"))}


def test_the_desk_shows_counts_league_and_who_stands_above(client: FlaskClient) -> None:
    campaign, local = make.campaign(), make.local("Afdeling Zee")
    place = make.placement(campaign, organisation=local)
    signed(campaign, place, yes=True)
    sent = _editor(client, local)
    page = client.get(f"/staff/local/{local.slug}/").get_data(as_text=True)
    assert "<svg" in page
    assert 'class="mine"' in page
    assert client.post(f"/staff/local/{local.slug}/league", data={**sent, "shown": "no"}).status_code == 303
    assert 'class="mine"' not in client.get(f"/staff/local/{local.slug}/").get_data(as_text=True)


def test_a_place_is_made_changed_and_warned_about(client: FlaskClient) -> None:
    sightings.forget()
    campaign, local = make.campaign(), make.local()
    sent = _editor(client, local)
    path = f"/staff/local/{local.slug}/places"
    new = {"campaign": campaign.id, "kind": "widget", "language": "nl", "sites": "https://afdeling.example"}
    assert client.post(path, data={**sent, **new, "sites": "geen site"}).status_code == 422
    assert client.post(path, data={**sent, **new}).status_code == 303
    place = queries.placements(local.id)[0]
    client.get(f"/w/{place.key}", headers={"Referer": "https://vreemd.example/blad"})
    page = client.get(path).get_data(as_text=True)
    assert "vreemd.example" in page
    assert "/blad" not in page
    data = {**sent, "sites": "https://vreemd.example", "language": "fr"}
    assert client.post(f"{path}/{place.id}", data=data).status_code == 303
    db.session.expire_all()
    assert (place.sites, place.language) == (["https://vreemd.example"], "fr")
    assert client.post(f"{path}/{place.id}", data={**data, "sites": "geen site"}).status_code == 400


def test_another_locals_place_cannot_be_changed(client: FlaskClient) -> None:
    local = make.local()
    theirs = make.placement(make.campaign())
    sent = _editor(client, local)
    data = {**sent, "sites": "https://kwaad.example", "language": "nl"}
    assert client.post(f"/staff/local/{local.slug}/places/{theirs.id}", data=data).status_code == 404


def test_people_are_listed_without_address_and_exported_with_it(client: FlaskClient) -> None:
    campaign, local = make.campaign(), make.local()
    who = signed(campaign, make.placement(campaign, organisation=local), yes=True)
    email = who.email
    sent = _editor(client, local)
    path = f"/staff/local/{local.slug}/people"
    assert email not in client.get(path).get_data(as_text=True)
    assert client.get(f"{path}?page=x").status_code == client.get(f"{path}?page=99").status_code == 200
    assert client.get(f"{path}/export").status_code == 200
    answer = client.post(f"{path}/export", data=sent)
    assert email in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_hosts_staff_see_a_locals_number_and_none_of_its_people(client: FlaskClient) -> None:
    campaign, local = make.campaign(), make.local()
    signed(campaign, make.placement(campaign, organisation=local), yes=True)
    sent = _host(client)
    path = f"/staff/local/{local.slug}/people"
    assert client.get(f"/staff/local/{local.slug}/").status_code == 200
    assert client.get(path).status_code == client.get(f"{path}/export").status_code == 403
    assert client.post(f"{path}/export", data=sent).status_code == 403


def test_an_export_asks_for_the_password_again_when_the_login_is_old(client: FlaskClient) -> None:
    local = make.local()
    sent = _editor(client, local)
    with client.session_transaction(path="/staff/") as kept:
        kept["fs_paa"] -= 31 * 60
        kept.pop("fs_gexp", None)
    for answer in (
        client.get(f"/staff/local/{local.slug}/people/export"),
        client.post(f"/staff/local/{local.slug}/people/export", data=sent),
    ):
        assert answer.status_code == 302
        assert answer.location.startswith("/staff/verify")


def test_a_gewest_has_totals_and_no_page_with_people(client: FlaskClient) -> None:
    gewest = Organisation(slug="gewest-proef", kind="gewest", name="Gewest Proef", country="BE")
    db.session.add(gewest)
    db.session.commit()
    campaign, local = make.campaign(), make.local("Onderaan")
    signed(campaign, make.placement(campaign, organisation=local), yes=True)
    desk_requests.stand_under(local, parents=[gewest.id])
    db.session.commit()
    _editor(client, gewest)
    assert "Onderaan" in client.get("/staff/local/gewest-proef/").get_data(as_text=True)
    for path in ("people", "people/export", "places"):
        assert client.get(f"/staff/local/gewest-proef/{path}").status_code == 404
    assert client.get(f"/staff/local/{local.slug}/people").status_code == 404


def test_a_request_is_kept_encrypted_and_decided_once(client: FlaskClient) -> None:
    path = "/nl/locals/request"
    said = make.form(local="Kern Proef", union="Bond", name="An", email="an@kern.example", message="Hallo")
    assert client.post(path, data={**said, "form_token": "vals"}).status_code == 422
    sent = {**said, "form_token": make.token_of(client, path)}
    assert client.post(path, data={**sent, "website": "x"}).status_code == 422
    assert client.post(path, data=sent).status_code == client.post(path, data=sent).status_code == 303
    assert client.get(f"{path}/thanks").status_code == 200
    kept = db.session.query(DeskRequest).one()
    posted = _host(client)
    assert "Kern Proef" in client.get("/staff/locals/").get_data(as_text=True)
    decide = f"/staff/locals/requests/{kept.id}"
    form = {**posted, "name": "Kern Proef", "known": "0", "centrale": "0", "gewest": "0"}
    assert client.post(decide, data={**form, "name": "!!!"}).status_code == 422
    assert client.post(decide, data=form).status_code == 303
    assert client.post(decide, data=form).status_code == 422
    assert client.post(f"{decide}/refuse", data=posted).status_code == 409
    local = organisations.by_slug("kern-proef")
    assert local is not None
    db.session.refresh(kept)
    assert (kept.state, kept.organisation_id) == ("approved", local.id)
    assert client.get(f"/staff/local/{local.slug}/").status_code == 200


def test_a_request_can_be_refused_and_makes_no_local(client: FlaskClient) -> None:
    with transaction():
        answers = {"local": "Zomaar", "union": "", "town": "", "site": "", "name": "X", "phone": "", "message": ""}
        made = desk_requests.store(
            language="nl", email="x@zomaar.example", answers=answers, nonce="n", team="team@host.example",
            team_language="nl",
        )  # fmt: skip
    posted = _host(client)
    assert client.get(f"/staff/locals/requests/{made}").status_code == 200
    assert client.post(f"/staff/locals/requests/{made}/refuse", data=posted).status_code == 303
    assert organisations.by_slug("zomaar") is None
    assert desk_requests.new_count() == 0


def test_no_local_takes_the_address_of_the_form() -> None:
    answers = {"local": "request", "union": "", "town": "", "site": "", "name": "X", "phone": "", "message": ""}
    assert desk_requests._local("Request", answers, "nl").slug == "request-2"


def test_the_host_sets_parents_and_the_league(client: FlaskClient) -> None:
    centrale = Organisation(slug="centrale-proef", kind="centrale", name="Centrale Proef", country="BE")
    db.session.add(centrale)
    local = make.local()
    posted = _host(client)
    path = f"/staff/locals/{local.id}/parents"
    assert client.get(path).status_code == 200
    assert client.post(path, data={**posted, "known": "0", "centrale": centrale.id, "gewest": "0"}).status_code == 303
    assert [each.name for each in queries.parents(local.id)] == ["Centrale Proef"]
    assert client.post("/staff/locals/league", data={**posted, "shown": "no"}).status_code == 303
    db.session.expire_all()
    assert not organisations.host().in_league


def test_a_coalition_from_invitation_to_leaving_by_its_pages(client: FlaskClient, app: Any) -> None:
    campaign, local = make.campaign(), make.local("Bond Samen")
    posted = _host(client)
    lead = f"/staff/campaigns/{campaign.id}/coalition"
    assert client.post(lead, data={**posted, "organisation": local.id}).status_code == 303
    assert client.get(lead).status_code == 200
    member = app.test_client()
    sent = _editor(member, local)
    path = f"/staff/local/{local.slug}/coalitions/{campaign.id}"
    assert member.get(path).status_code == 200
    assert member.post(path, data={**sent, "words-nl": "Mogen we mailen?"}).status_code == 422
    assert member.post(path, data={**sent, "words-nl": "Bond Samen mag mij mailen."}).status_code == 303
    assert client.post(f"{lead}/{local.id}/approve", data=posted).status_code == 303
    db.session.expire_all()
    assert coalitions.member(campaign.id, local.id).state == "open"
    assert member.post(f"{path}/leave", data=sent).status_code == 303
    db.session.expire_all()
    assert coalitions.member(campaign.id, local.id).state == "left"
    assert member.get(f"/staff/local/{local.slug}/coalitions/999").status_code == 404


def test_the_editors_of_a_lead_approve_the_pages_of_its_own_campaigns_alone(client: FlaskClient, app: Any) -> None:
    campaign, lead, partner = make.campaign(), make.local("De Trekker"), make.local("Bond Samen")
    campaign.lead_id = lead.id
    member = coalitions.invite(campaign, organisation_id=partner.id, by=make.account().id)
    coalitions.ask(member, words={"nl": "Bond Samen mag mij mailen."}, by=make.account().id)
    db.session.commit()
    stranger = app.test_client()
    sent = _editor(stranger, partner)
    own = f"/staff/local/{partner.slug}/led/{campaign.id}"
    assert stranger.get(own).status_code == 404
    assert stranger.post(f"{own}/{partner.id}/approve", data=sent).status_code == 404
    path = f"/staff/local/{lead.slug}/led/{campaign.id}"
    assert stranger.post(f"{path}/{partner.id}/approve", data=sent).status_code == 404
    sent = _editor(client, lead)
    assert "Bond Samen mag mij mailen." in client.get(path).get_data(as_text=True)
    assert client.post(f"{path}/{partner.id}/approve", data=sent).status_code == 303
    db.session.expire_all()
    assert coalitions.member(campaign.id, partner.id).state == "open"
    assert path in client.get(f"/staff/local/{lead.slug}/").get_data(as_text=True)
