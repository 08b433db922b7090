"""The doors for other sites: what they send, what they take in, who may frame them."""

import gzip
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.campaigns.models import Campaign, Placement
from campaigner.core import assets
from campaigner.core.db import db
from campaigner.supporters.models import Consent
from campaigner.widgets import service
from tests import make

SITE = "https://afdeling.example"


def opened(client: FlaskClient, place: Placement, *, query: str = "", referrer: str | None = f"{SITE}/nieuws") -> str:
    """The widget as a local's page loads it."""
    headers = {"Referer": referrer} if referrer else {}
    return client.get(f"/w/{place.key}{query}", headers=headers).get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def sign(client: FlaskClient, place: Placement, *, referrer: str | None = f"{SITE}/nieuws", **changes: Any) -> Any:
    """Fill in the widget's form and send it, the way a frame does: from our own origin."""
    page = opened(client, place, referrer=referrer)
    typed = make.form(form_token=hidden(page, "form_token"), site=hidden(page, "site"))
    own = {"Referer": f"http://localhost/w/{place.key}", "Origin": "http://localhost"}
    return client.post(f"/w/{place.key}", data=typed | changes, headers=own)


@pytest.fixture
def campaign(session: Any) -> Campaign:
    """An open campaign."""
    return make.campaign()


@pytest.fixture
def place(campaign: Campaign) -> Placement:
    """Its widget on a local's site."""
    return make.placement(campaign, organisation=make.local("Afdeling Leiestreek"), sites=(SITE,))


def test_the_script_is_small_public_and_the_same_for_everyone(client: FlaskClient, session: Any) -> None:
    answer = client.get("/embed.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"].startswith("public, max-age=3600")
    assert "Set-Cookie" not in answer.headers
    assert len(gzip.compress(answer.data)) < 3000
    assert client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_widget_is_one_small_answer_without_a_cookie(client: FlaskClient, place: Placement) -> None:
    answer = client.get(f"/w/{place.key}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert len(answer.data) < 15_000
    assert answer.headers["Cache-Control"].startswith("public, max-age=20,")
    assert not {"Set-Cookie", "X-Frame-Options"} & set(answer.headers.keys())
    page = gzip.decompress(answer.data).decode()
    assert not re.findall(r"<(?:link rel=.stylesheet|img|script)[^>]+(?:src|href)=", page)


def test_only_the_placements_sites_may_frame_it_and_nothing_foreign_runs_in_it(
    client: FlaskClient, place: Placement
) -> None:
    policy = client.get(f"/w/{place.key}").headers["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {SITE}" in policy.split("; ")[-1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name in ("widget.css", "widget-dark.css", "widget-strip.css", "widget.js"):
        assert assets.csp_hash(name) in policy


def test_no_other_page_may_be_framed(client: FlaskClient, campaign: Campaign, place: Placement) -> None:
    page = f"/nl/c/{campaign.slug}"
    for path in (page, f"{page}?p={place.key}", "/nl/", "/nl/contact", "/staff/", "/staff/login", f"/s/{place.key}"):
        assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"], path


def test_it_speaks_the_language_asked_for(client: FlaskClient, place: Placement) -> None:
    page = opened(client, place, query="?lang=fr&size=strip&x=1")
    assert '<html lang="fr">' in page
    assert "Titel fr" in page


def test_an_unknown_language_is_the_placements(client: FlaskClient, place: Placement) -> None:
    assert '<html lang="nl">' in opened(client, place, query="?lang=xx")


def test_a_choice_in_the_address_is_kept_by_the_form(client: FlaskClient, place: Placement) -> None:
    assert f'action="/w/{place.key}?lang=fr"' in opened(client, place, query="?lang=fr&evil=1")


def test_host_and_local_ask_apart_and_the_local_is_named(client: FlaskClient, place: Placement) -> None:
    page = opened(client, place)
    assert "Samen met Afdeling Leiestreek" in page
    assert 'name="mail_host"' in page
    assert 'name="mail_local"' in page
    assert " checked" not in page.replace(":checked", "")


def test_every_link_leaves_the_frame_and_carries_the_local(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    page = opened(client, place)
    links = [link for link in re.findall(r"<a [^>]+>", page) if 'href="#' not in link]
    assert links
    assert all('target="_blank"' in link or 'target="_top"' in link for link in links)
    assert f'href="/nl/c/{campaign.slug}?p={place.key}"' in page


def test_a_strip_has_no_form(client: FlaskClient, place: Placement) -> None:
    assert "<form" not in opened(client, place, query="?size=strip")


def test_signing_ends_in_the_frame_and_says_where_it_came_from(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    answer = sign(client, place, mail_host="no", mail_local="yes")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/w/{place.key}/thanks?r=")
    [action] = make.actions(campaign)
    assert (action.channel, action.placement_id, action.site_host, action.site_verified) == (
        "widget", place.id, "afdeling.example", True,
    )  # fmt: skip
    answers = db.session.scalars(select(Consent).filter_by(action_id=action.id, purpose="mail"))
    assert {(row.organisation_id, row.value, row.channel) for row in answers} == {
        (campaign.lead_id, False, "widget"), (place.organisation_id, True, "widget"),
    }  # fmt: skip
    thanks = client.get(answer.headers["Location"])
    assert "f•••••@voorbeeld.example" in thanks.get_data(as_text=True)
    assert f"http%3A//localhost/s/{place.key}" in thanks.get_data(as_text=True)
    assert SITE in thanks.headers["Content-Security-Policy"]


def test_the_next_signer_on_the_same_device_comes_from_the_same_site(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    thanks = client.get(sign(client, place).headers["Location"]).get_data(as_text=True)
    again = re.search(rf'href="(/w/{place.key}\?[^"]+)"', thanks)
    assert again
    page = client.get(again[1].replace("&amp;", "&")).get_data(as_text=True)
    typed = make.form(form_token=hidden(page, "form_token"), site=hidden(page, "site"))
    client.post(f"/w/{place.key}", data=typed)
    assert [action.site_verified for action in make.actions(campaign)] == [True, True]


@pytest.mark.parametrize(
    ("referrer", "host"), [("https://elders.example/", "elders.example"), (None, None), ("about:blank", None)]
)
def test_a_foreign_or_silent_site_counts_and_is_not_verified(
    client: FlaskClient, campaign: Campaign, place: Placement, referrer: str | None, host: str | None
) -> None:
    assert sign(client, place, referrer=referrer).status_code == 303
    [action] = make.actions(campaign)
    assert (action.site_host, action.site_verified) == (host, False)


def test_a_forged_site_is_not_believed(client: FlaskClient, campaign: Campaign, place: Placement) -> None:
    assert sign(client, place, referrer="https://elders.example/", site="afdeling.example").status_code == 303
    [action] = make.actions(campaign)
    assert (action.site_host, action.site_verified) == (None, False)


def test_bad_input_keeps_what_was_typed_and_where_it_came_from(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    answer = sign(client, place, email="geen adres", first_name="Fatiha & Co", mail_host="yes")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="geen adres"' in page
    assert "Fatiha &amp; Co" in page
    assert re.search(r'name="mail_host"[^>]*value="yes"[^>]*checked', page)
    assert 'role="alert"' in page
    assert SITE in answer.headers["Content-Security-Policy"]
    typed = make.form(form_token=hidden(page, "form_token"), site=hidden(page, "site"))
    assert client.post(f"/w/{place.key}", data=typed).status_code == 303
    assert make.actions(campaign)[0].site_verified


def test_somebody_across_the_border_can_sign_too(client: FlaskClient, campaign: Campaign, place: Placement) -> None:
    assert 'name="country"' in opened(client, place)
    assert sign(client, place, country="NL", postcode="4561 AB").status_code == 303
    assert make.actions(campaign)[0].supporter.country == "NL"


def test_an_old_or_forged_form_is_shown_again(client: FlaskClient, campaign: Campaign, place: Placement) -> None:
    assert sign(client, place, form_token="x").status_code == 422
    assert make.actions(campaign) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("won", "Dit is gewonnen."),
        ("handed_over", "Overhandigd."),
        ("closed", "Deze campagne is afgelopen."),
        ("paused", "Even gepauzeerd."),
    ],
)
def test_a_campaign_that_takes_no_acts_shows_its_result(
    client: FlaskClient, session: Any, state: str, words: str
) -> None:
    place = make.placement(make.campaign(state=state), sites=(SITE,))
    page = opened(client, place)
    assert words in page
    assert "Titel nl" in page
    assert "<form" not in page


def test_a_form_that_was_open_when_the_campaign_closed_says_so(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    page = opened(client, place)
    campaign.state = "closed"
    typed = make.form(form_token=hidden(page, "form_token"), site=hidden(page, "site"))
    answer = client.post(f"/w/{place.key}", data=typed)
    assert answer.status_code == 409
    assert "Deze campagne is afgelopen." in answer.get_data(as_text=True)
    assert make.actions(campaign) == []


@pytest.mark.parametrize("key", ["onbekend", "x" * 200, "%00", "a;b"])
def test_an_unknown_key_gets_a_page_that_helps_in_any_frame(client: FlaskClient, session: Any, key: str) -> None:
    answer = client.get(f"/w/{key}", headers={"Accept-Language": "nl"})
    assert answer.status_code == 404
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    page = answer.get_data(as_text=True)
    assert 'href="/nl/" target="_top"' in page
    assert "<form" not in page


@pytest.mark.parametrize("door", ["w", "s"])
def test_a_campaign_that_is_not_public_is_not_shown(client: FlaskClient, session: Any, door: str) -> None:
    place = make.placement(make.campaign(state="draft"))
    assert client.get(f"/{door}/{place.key}").status_code == 404


def test_a_damaged_receipt_still_says_what_to_do(client: FlaskClient, place: Placement) -> None:
    answer = client.get(f"/w/{place.key}/thanks?r=x&site=y")
    assert answer.status_code == 200
    assert "Kijk in je mailbox." in answer.get_data(as_text=True)


def test_the_short_link_leads_to_the_page_in_its_language_and_carries_the_local(
    client: FlaskClient, campaign: Campaign, place: Placement
) -> None:
    place.language = "fr"
    answer = client.get(f"/s/{place.key}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/fr/c/{campaign.slug}?p={place.key}")


def test_an_unknown_short_link_gets_a_page_that_helps(client: FlaskClient, session: Any) -> None:
    answer = client.get("/s/onbekend", headers={"Accept-Language": "nl"})
    assert answer.status_code == 404
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert 'href="/nl/"' in answer.get_data(as_text=True)


def test_a_note_in_the_address_is_kept_only_when_it_is_ours_and_recent(client: FlaskClient, place: Placement) -> None:
    ours = service.seal(place, SITE)
    assert hidden(opened(client, place, query=f"?site={ours}", referrer="http://localhost/"), "site") == ours
    for forged in ("https://afdeling.example", ours[:-4] + "xxxx", service.seal(make.placement(place.campaign), SITE)):
        note = hidden(opened(client, place, query=f"?site={forged}", referrer="https://elders.example/"), "site")
        assert service.site(place, note) == service.Site("elders.example", verified=False)
