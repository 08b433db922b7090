"""The doors by which staff write campaigns."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.campaigns import service
from campaigner.campaigns.models import Campaign, Placement
from campaigner.campaigns.service import Facts, Words
from campaigner.core.db import db, transaction
from tests import make

pytestmark = pytest.mark.usefixtures("clean")
FACTS = Facts(pillar="work", art="oogst", goal=5000, target_name="Directie")
WORDS = Words(title="Neem de plukkers terug", summary="Wie en wat", story="Verhaal.", demands=("Eis een",))
FORM = {
    "pillar": "work",
    "art": "oogst",
    "goal": "5.000",
    "minimum_age": "16",
    "target_name": "Directie",
    "asks": "petition",
    "partner": "0",
}


def token(page: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text[:400]
    return found[1]


def _log_in(client: FlaskClient, *roles: str) -> None:
    with transaction():
        email = make.account(roles=roles).email
    data = {"csrf_token": token(client.get("/staff/login")), "email": email, "password": "lang-genoeg-wachtwoord"}
    assert client.post("/staff/login", data=data).location == "/staff/"


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    """The browser of somebody who writes campaigns."""
    _log_in(client, "campaigner")
    return client


@pytest.fixture
def campaign_id() -> int:
    """A draft that has everything."""
    with transaction():
        made = service.create(title="Neem de plukkers terug", facts=FACTS, by=None)
        service.write(made, language="nl", words=WORDS, shown=True, by=None)
        return made.id


def send(desk: FlaskClient, path: str, **data: Any) -> Any:
    """Open a page and send its form."""
    return desk.post(path, data={"csrf_token": token(desk.get(path)), **data})


PAGES = ("", "rows", "new", "{}/", "{}/text/nl", "{}/text/fr", "{}/open", "{}/pause", "{}/close", "{}/places")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_a_campaigner(desk: FlaskClient, campaign_id: int, page: str) -> None:
    assert desk.get(f"/staff/campaigns/{page.format(campaign_id)}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_no_page_opens_without_an_account_or_with_the_wrong_role(
    client: FlaskClient, campaign_id: int, page: str
) -> None:
    path = f"/staff/campaigns/{page.format(campaign_id)}"
    assert client.get(path).status_code == 302
    _log_in(client, "inbox")
    assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["new", "{}/", "{}/text/nl", "{}/open", "{}/pause", "{}/close", "{}/places", "{}/places/1/sites"]
)
def test_nothing_changes_without_our_token(desk: FlaskClient, campaign_id: int, path: str) -> None:
    assert desk.post(f"/staff/campaigns/{path.format(campaign_id)}", data=FORM).status_code == 400
    assert db.session.get_one(Campaign, campaign_id, populate_existing=True).state == "draft"


def test_a_campaign_is_written_and_opened(desk: FlaskClient) -> None:
    made = send(desk, "/staff/campaigns/new", title="Laat de vakbondsmensen vrij", **FORM)
    assert made.location.endswith("/text/nl")
    number = int(made.location.split("/")[3])
    words = {"title": "Laat ze vrij", "summary": "Wie", "story": "Verhaal", "demands": "Een\n\n Twee \n"}
    saved = send(desk, made.location, then="show", **words)
    assert saved.status_code == 303
    assert send(desk, f"/staff/campaigns/{number}/open").status_code == 303
    opened = db.session.get_one(Campaign, number, populate_existing=True)
    assert (opened.state, opened.goal, opened.slug) == ("open", 5000, "laat-de-vakbondsmensen-vrij")
    assert opened.texts[0].demands == ["Een", "Twee"]


def test_a_draft_that_lacks_something_says_what_and_does_not_open(desk: FlaskClient) -> None:
    made = send(desk, "/staff/campaigns/new", title="Nog niets", **FORM)
    number = int(made.location.split("/")[3])
    page = desk.get(f"/staff/campaigns/{number}/")
    assert "Er staat nog geen Nederlandse tekst op de pagina." in page.text
    assert desk.post(f"/staff/campaigns/{number}/open", data={"csrf_token": token(page)}).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""}, {"title": "x" * 10_000}, {"title": "\x00"}, {"title": "!!!"}, {"goal": "veel"}, {"goal": "-3"},
        {"goal": "0"}, {"goal": "9" * 5000}, {"goal": "٣"}, {"minimum_age": "7"}, {"minimum_age": ""},
        {"pillar": "oorlog"}, {"pillar": ""},
        {"art": "../../etc"}, {"country": "XX"}, {"partner": "999"}, {"partner": "x"}, {"asks": "dansen"},
        {"target_name": "n" * 10_000}, {"instrument_note": "n" * 10_000}, {"target_country": "\r\nX: y"},
    ],
)  # fmt: skip
def test_a_new_campaign_with_bad_input_is_a_page_that_keeps_what_was_typed(
    desk: FlaskClient, change: dict[str, str]
) -> None:
    answer = send(
        desk, "/staff/campaigns/new", **{**FORM, "title": "Een goede titel", "place_label": "een haven", **change}
    )
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert "een haven" in answer.text


def test_control_characters_never_reach_a_title(desk: FlaskClient) -> None:
    made = send(desk, "/staff/campaigns/new", title="Een\r\nBcc: x\x00 titel", **FORM)
    number = int(made.location.split("/")[3])
    assert db.session.get_one(Campaign, number).texts[0].title == "Een Bcc: x titel"


@pytest.mark.parametrize("slug", ["Met Hoofdletters", "../..", "a" * 200, "é", "-a", "a--b", "\x00"])
def test_an_address_that_is_none_is_a_message(desk: FlaskClient, campaign_id: int, slug: str) -> None:
    answer = send(desk, f"/staff/campaigns/{campaign_id}/", slug=slug, **FORM)
    kept = db.session.get_one(Campaign, campaign_id, populate_existing=True).slug
    assert answer.status_code == 422 or kept == "neem-de-plukkers-terug"


def test_an_address_that_is_taken_is_a_message(desk: FlaskClient, campaign_id: int) -> None:
    send(desk, "/staff/campaigns/new", title="Bezet", **FORM)
    answer = send(desk, f"/staff/campaigns/{campaign_id}/", slug="bezet", **FORM)
    assert answer.status_code == 422
    assert "Een andere campagne heeft dat adres al." in answer.text


def test_the_facts_can_be_changed(desk: FlaskClient, campaign_id: int) -> None:
    changed = {**FORM, "pillar": "health", "goal": "7", "country": "HN", "safety_mode": "y", "slug": "nieuw-adres"}
    assert send(desk, f"/staff/campaigns/{campaign_id}/", **changed).status_code == 303
    now = db.session.get_one(Campaign, campaign_id, populate_existing=True)
    assert (now.pillar, now.goal, now.country, now.safety_mode, now.slug) == ("health", 7, "HN", True, "nieuw-adres")
    assert desk.get(f"/staff/campaigns/{campaign_id}/?saved=1").status_code == 200


def test_a_text_that_is_not_complete_is_kept_and_not_shown(desk: FlaskClient, campaign_id: int) -> None:
    answer = send(desk, f"/staff/campaigns/{campaign_id}/text/fr", then="show", title="Seulement un titre")
    assert answer.status_code == 422
    assert "Seulement un titre" in answer.text
    assert answer.text.count("Vul dit in voor de tekst online kan.") >= 3
    assert (
        send(desk, f"/staff/campaigns/{campaign_id}/text/fr", then="keep", title="Seulement un titre").status_code
        == 303
    )


@pytest.mark.parametrize(
    "words",
    [
        {"title": ""}, {"title": "t" * 10_000}, {"title": "t", "summary": "s" * 10_000}, {"title": "\x00\x01"},
        {"title": "t", "story": "s" * 30_000}, {"title": "t", "demands": "eis\n" * 50},
        {"title": "t", "share_text": "s" * 10_000},
    ],
)  # fmt: skip
def test_a_text_with_bad_input_is_a_page(desk: FlaskClient, campaign_id: int, words: dict[str, str]) -> None:
    answer = send(desk, f"/staff/campaigns/{campaign_id}/text/es", **words)
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_what_staff_write_is_shown_as_text(desk: FlaskClient, campaign_id: int) -> None:
    send(desk, f"/staff/campaigns/{campaign_id}/text/nl", **{**_words(), "title": "<script>alert(1)</script>"})
    for page in (f"{campaign_id}/", f"{campaign_id}/places", ""):
        assert "<script>alert" not in desk.get(f"/staff/campaigns/{page}").text


def _words() -> dict[str, str]:
    return {"summary": "Wie", "story": "Verhaal", "demands": "Eis", "then": "keep"}


@pytest.mark.parametrize(
    "path", ["999999/", "999999/text/nl", "999999/open", "999999/places", "1/text/xx", "1/explode"]
)
def test_what_is_not_there_is_a_404(desk: FlaskClient, path: str) -> None:
    assert desk.get(f"/staff/campaigns/{path}").status_code == 404


def test_a_place_is_made_for_a_local(desk: FlaskClient, campaign_id: int) -> None:
    with transaction():
        local_id = make.local("Afdeling Leiestreek").id
    answer = send(
        desk, f"/staff/campaigns/{campaign_id}/places",
        organisation=str(local_id), language="fr", sites="https://a.example/x\r\nb.example",
    )  # fmt: skip
    placement = db.session.scalars(select(Placement)).one()
    assert answer.location.endswith(f"#place-{placement.id}")
    assert (placement.sites, placement.language) == (["https://a.example", "https://b.example"], "fr")
    page = desk.get(f"/staff/campaigns/{campaign_id}/places").text
    assert f"/s/{placement.key}" in page
    assert f"&lt;a class=&#34;campaigner-widget&#34; href=&#34;http://localhost/w/{placement.key}&#34;&gt;" in page
    changed = send_sites(desk, campaign_id, placement.id, "https://c.example")
    assert changed.status_code == 303
    assert db.session.get_one(Placement, placement.id, populate_existing=True).sites == ["https://c.example"]


def send_sites(desk: FlaskClient, campaign_id: int, placement_id: int, sites: str) -> Any:
    """Press the button of one place."""
    page = desk.get(f"/staff/campaigns/{campaign_id}/places")
    data = {"csrf_token": token(page), "sites": sites}
    return desk.post(f"/staff/campaigns/{campaign_id}/places/{placement_id}/sites", data=data)


@pytest.mark.parametrize("sites", ["javascript:alert(1)", "https://a b", "\x00", "h" * 10_000, "https://a.example;x"])
def test_a_place_with_a_bad_site_is_a_page_that_keeps_it(desk: FlaskClient, campaign_id: int, sites: str) -> None:
    with transaction():
        local_id = make.local().id
    answer = send(
        desk, f"/staff/campaigns/{campaign_id}/places", organisation=str(local_id), language="nl", sites=sites
    )
    if sites == "\x00":  # nothing is left of it: a place with a link alone
        assert answer.status_code == 303
    else:
        assert answer.status_code == 422
        assert "field-error" in answer.text


def test_the_sites_of_another_campaigns_place_are_left_alone(desk: FlaskClient, campaign_id: int) -> None:
    assert send_sites(desk, campaign_id, 999_999, "https://a.example").status_code == 404
    assert send_sites(desk, campaign_id, 999_999, "h" * 10_000).status_code == 400


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**40])
def test_a_number_larger_than_the_database_counts_is_a_page_or_a_form_and_never_an_error(
    desk: FlaskClient, campaign_id: int, number: int
) -> None:
    for page in ("{}/", "{}/text/nl", "{}/open", "{}/places", "{}/places?made={}"):
        path = page.format(number, number) if "?" not in page else page.format(campaign_id, number)
        assert desk.get(f"/staff/campaigns/{path}").status_code == (200 if "?" in page else 404)
    csrf = token(desk.get(f"/staff/campaigns/{campaign_id}/places"))
    sites = f"/staff/campaigns/{campaign_id}/places/{number}/sites"
    assert desk.post(sites, data={"csrf_token": csrf, "sites": ""}).status_code == 404
    assert send(desk, f"/staff/campaigns/{campaign_id}/", **{**FORM, "partner": str(number)}).status_code == 422
    assert send(desk, f"/staff/campaigns/{campaign_id}/places", organisation=str(number)).status_code == 422
    assert send(desk, "/staff/alerts/new", campaign=str(number), language="nl").status_code == 422
