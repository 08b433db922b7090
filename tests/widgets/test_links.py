"""The doors that other sites link to: the live button, the code, oEmbed, and a form on a static page."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns.models import Ask, Campaign, Placement, Target
from campaigner.core.db import db
from campaigner.widgets import codes, service
from tests import make
from tests.widgets.test_views import SITE, hidden


@pytest.fixture
def campaign(session: Any) -> Campaign:
    """An open campaign."""
    return make.campaign()


@pytest.fixture
def place(campaign: Campaign) -> Placement:
    """Its place at a local."""
    return make.placement(campaign, organisation=make.local("Afdeling Leiestreek"), sites=(SITE,))


def asked(client: FlaskClient, url: str, **more: Any) -> Any:
    """What oEmbed says of an address."""
    return client.get("/oembed", query_string={"url": url, **more})


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_the_live_button_is_a_picture_that_sets_no_cookie_and_may_be_kept(
    client: FlaskClient, place: Placement, ending: str, start: bytes
) -> None:
    answer = client.get(f"/w/{place.key}/badge.{ending}")
    assert answer.data.startswith(start)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public, max-age=60")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    again = client.get(f"/w/{place.key}/badge.{ending}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_live_button_changes_with_the_count(client: FlaskClient, campaign: Campaign, place: Placement) -> None:
    before = client.get(f"/w/{place.key}/badge.svg").headers["ETag"]
    make.tally(campaign, 41)
    assert client.get(f"/w/{place.key}/badge.svg").headers["ETag"] != before


@pytest.mark.parametrize("path", ["/w/onbekend/badge.png", "/s/onbekend/qr.svg"])
def test_a_picture_of_an_unknown_key_is_not_found(client: FlaskClient, session: Any, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_code_holds_the_short_link(client: FlaskClient, place: Placement) -> None:
    assert client.get(f"/s/{place.key}/qr.png").data == codes.qr(f"http://localhost/s/{place.key}", "png")
    assert client.get(f"/s/{place.key}/qr.svg").data.startswith(b"<svg")


def test_the_short_link_takes_another_language(client: FlaskClient, campaign: Campaign, place: Placement) -> None:
    there = client.get(f"/s/{place.key}?lang=fr").headers["Location"]
    assert there == f"/fr/c/{campaign.slug}?p={place.key}"


def test_oembed_gives_a_card_and_a_frame_for_whoever_trusts_nobody(client: FlaskClient, place: Placement) -> None:
    answer = asked(client, f"http://localhost/s/{place.key}")
    told = answer.get_json()
    assert (told["version"], told["type"], told["title"]) == ("1.0", "rich", "Titel nl")
    assert re.fullmatch(r"<blockquote.*</blockquote><iframe [^>]+></iframe>", told["html"])
    assert f'src="http://localhost/w/{place.key}" title="Teken mee: Titel nl" width="640" height="1050"' in told["html"]
    assert told["author_name"] == "Afdeling Leiestreek"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/w/{key}", "/w/{key}?lang=nl", "/nl/c/{slug}?p={key}", "/s/{key}/"])
def test_oembed_knows_every_address_that_carries_the_local(
    client: FlaskClient, campaign: Campaign, place: Placement, path: str
) -> None:
    told = asked(client, "http://localhost" + path.format(key=place.key, slug=campaign.slug)).get_json()
    assert (told["type"], told["author_name"]) == ("rich", "Afdeling Leiestreek")


def test_oembed_keeps_to_the_size_and_to_what_the_address_chose(client: FlaskClient, place: Placement) -> None:
    told = asked(client, f"http://localhost/w/{place.key}?lang=fr&theme=blue&evil=1", maxwidth=400, maxheight=600)
    told = told.get_json()
    assert (told["width"], told["height"]) == (400, 600)
    assert f'src="http://localhost/w/{place.key}?lang=fr&amp;theme=blue"' in told["html"]
    strip = asked(client, f"http://localhost/w/{place.key}", maxheight=150).get_json()
    assert "size=strip" in strip["html"]


def test_oembed_gives_a_trusting_site_the_script(client: FlaskClient, place: Placement) -> None:
    told = asked(client, f"http://localhost/s/{place.key}", **{"as": "script"}).get_json()
    assert told["html"] == codes.snippet(place)


def test_oembed_of_a_campaign_without_a_local_is_a_link(client: FlaskClient, campaign: Campaign) -> None:
    told = asked(client, f"http://localhost/fr/c/{campaign.slug}").get_json()
    assert (told["type"], told["title"]) == ("link", "Titel fr")
    assert "html" not in told


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "http://localhost/nl/", "http://localhost/s/onbekend", "http://elders.example/s/key1",
        "javascript:alert(1)", "http://[", "http://localhost/nl/c/x?" + "&" * 50, "http://localhost/xx/c/y",
    ],
)  # fmt: skip
def test_oembed_knows_no_other_address(client: FlaskClient, session: Any, url: str) -> None:
    assert asked(client, url).status_code == 404


def test_oembed_of_another_campaigns_key_is_a_link(client: FlaskClient, campaign: Campaign, session: Any) -> None:
    other = make.placement(make.campaign())
    assert asked(client, f"http://localhost/nl/c/{campaign.slug}?p={other.key}").get_json()["type"] == "link"


def test_oembed_speaks_json_only(client: FlaskClient, place: Placement) -> None:
    assert asked(client, f"http://localhost/s/{place.key}", format="xml").status_code == 501


@pytest.mark.parametrize("path", ["/w/{key}", "/nl/c/{slug}?p={key}"])
def test_programs_can_find_oembed_from_the_page(
    client: FlaskClient, campaign: Campaign, place: Placement, path: str
) -> None:
    page = client.get(path.format(key=place.key, slug=campaign.slug)).get_data(as_text=True)
    found = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    assert found
    told = client.get(found[1].replace("&amp;", "&").removeprefix("http://localhost")).get_json()
    assert told["author_name"] == "Afdeling Leiestreek"


def test_a_form_on_a_static_page_leads_to_ours_filled_in_and_stores_nothing(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    typed = {
        "first_name": "Fatiha & Co", "last_name": "Voorbeeld", "email": "fatiha@voorbeeld.example",
        "postcode": "9000", "agree": "y", "mail_host": "yes", "mail_local": "yes", "public": "y", "evil": "<b>",
    }  # fmt: skip
    answer = client.post(f"/s/{place.key}", data=typed, headers={"Referer": f"{SITE}/teken"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Bijna klaar." in page
    assert 'value="Fatiha &amp; Co"' in page
    assert not re.search(r"<input[^>]+checked", page), "what people say yes to is asked by us"
    assert make.actions(campaign) == []
    more = make.form(form_token=hidden(page, "form_token"), site=hidden(page, "site"))
    assert client.post(f"/w/{place.key}", data=more).status_code == 303
    [action] = make.actions(campaign)
    assert (action.placement_id, action.site_host, action.site_verified) == (place.id, "afdeling.example", True)


def test_a_form_on_a_static_page_may_send_anything(client: FlaskClient, place: Placement) -> None:
    for data in ({}, {"first_name": "x" * 100_000}, {"email": "\0"}, {"country": "XX", "comment": "a\nb" * 9000}):
        assert client.post(f"/s/{place.key}", data=data).status_code == 200


def test_a_form_for_a_campaign_that_is_over_shows_its_result(client: FlaskClient, session: Any) -> None:
    place = make.placement(make.campaign(state="won"))
    page = client.post(f"/s/{place.key}", data={"first_name": "Fatiha"}).get_data(as_text=True)
    assert "Dit is gewonnen." in page


@pytest.mark.parametrize("kind", ["letter", "solidarity"])
def test_a_letter_and_a_message_are_sent_from_the_frame_too(client: FlaskClient, session: Any, kind: str) -> None:
    campaign = make.campaign(asks=[Ask(kind=kind)], targets=[Target(name="De minister")])
    place = make.placement(campaign, sites=(SITE,))
    page = client.get(f"/w/{place.key}", headers={"Referer": f"{SITE}/"}).get_data(as_text=True)
    assert 'name="body"' in page
    words = {"subject": "Neem hen terug", "body": "Wij staan achter hen.", "sign_as": "name"}
    typed = make.form(form_token=hidden(page, "form_token"), site=hidden(page, "site"), mail_local="no", **words)
    answer = client.post(f"/w/{place.key}", data=typed)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    [action] = make.actions(campaign)
    assert (action.channel, action.ask.kind, action.site_verified) == ("widget", kind, True)
    thanks = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert {"letter": "dan vertrekt je brief", "solidarity": "dan vertrekt je boodschap"}[kind] in thanks


def test_a_campaign_with_two_acts_lets_the_visitor_choose_inside_the_frame(client: FlaskClient, session: Any) -> None:
    campaign = make.campaign(asks=[Ask(kind="petition"), Ask(kind="solidarity")])
    place = make.placement(campaign, sites=(SITE,))
    page = client.get(f"/w/{place.key}?theme=blue", headers={"Referer": f"{SITE}/"}).get_data(as_text=True)
    found = re.search(r'href="(/w/[^"]+act=solidarity[^"]*)"', page)
    assert found
    other = client.get(found[1].replace("&amp;", "&")).get_data(as_text=True)
    assert 'name="body"' in other
    assert f'action="/w/{place.key}?act=solidarity&amp;theme=blue"' in other
    assert service.site(place, hidden(other, "site")).verified


def test_a_frame_without_an_origin_may_read_what_its_script_asked_for_and_nobody_else(
    client: FlaskClient, place: Placement
) -> None:
    for origin, allowed in (("null", "null"), ("https://elders.example", None), (None, None)):
        headers = {"Origin": origin} if origin else {}
        for answer in (
            client.post(f"/w/{place.key}", data={}, headers=headers),
            client.get(f"/w/{place.key}/thanks?r=x", headers=headers),
        ):
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed
            assert "Access-Control-Allow-Credentials" not in answer.headers


def test_what_is_too_large_is_refused_in_words(client: FlaskClient, campaign: Campaign, place: Placement) -> None:
    for path in (f"/w/{place.key}", f"/s/{place.key}"):
        answer = client.post(path, data={"comment": "x" * 3_000_000})
        assert answer.status_code in (413, 422)
    assert make.actions(campaign) == []


def test_the_document_stays_the_same_for_an_hour_while_nothing_changes(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    first = client.get(f"/w/{place.key}", headers={"Referer": f"{SITE}/"})
    assert first.headers["ETag"].startswith('W/"')
    assert "Referer" in first.headers["Vary"]
    tag = {"Referer": f"{SITE}/", "If-None-Match": first.headers["ETag"]}
    assert client.get(f"/w/{place.key}", headers=tag).status_code == 304
    place.sites = ["https://ander.example"]
    db.session.commit()
    changed = client.get(f"/w/{place.key}", headers=tag)
    assert changed.status_code == 200
    assert "https://ander.example" in changed.headers["Content-Security-Policy"]
    make.tally(campaign, 7)
    assert client.get(f"/w/{place.key}").headers["ETag"] != changed.headers["ETag"]


def test_from_the_shelf_each_site_gets_its_own_note(client: FlaskClient, place: Placement) -> None:
    kept = client.application.extensions["shelf"]
    kept.seconds = 20
    try:
        pages = [
            client.get(f"/w/{place.key}", headers={"Referer": site}).get_data(as_text=True)
            for site in (f"{SITE}/een", f"{SITE}/twee", "https://elders.example/")
        ]
    finally:
        kept.seconds = 0
    assert pages[0] == pages[1]
    sites = [service.site(place, hidden(page, "site")) for page in pages]
    assert sites[0] == service.Site("afdeling.example", verified=True)
    assert sites[2] == service.Site("elders.example", verified=False)


def test_two_people_with_one_kept_document_are_two_signatures(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    page = client.get(f"/w/{place.key}", headers={"Referer": f"{SITE}/"}).get_data(as_text=True)
    same = {"form_token": hidden(page, "form_token"), "site": hidden(page, "site")}
    for _ in range(2):
        assert client.post(f"/w/{place.key}", data=make.form(**same)).status_code == 303
    assert len(make.actions(campaign)) == 2
