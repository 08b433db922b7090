"""A message through its doors: the form, the mailed link, the wall; and what the doors do with bad input."""

import re

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns.models import Campaign
from campaigner.core.db import db, transaction
from tests import make
from tests.conftest import Sink, deliver
from tests.solidarity.people import acts, moderator, shown, struggle, wrote

pytestmark = pytest.mark.usefixtures("session")
LANGUAGES = ("nl", "fr", "en", "es")


def _send(client: FlaskClient, campaign: Campaign, body: str, lang: str = "nl", **more: str) -> object:
    path = f"/{lang}/c/{campaign.slug}?act=solidarity"
    return client.post(path, data=make.form(form_token=make.token_of(client, path), body=body, **more))


def _page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.get_data(as_text=True))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_message_travels_from_the_form_to_the_wall(lang: str, client: FlaskClient, smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    answer = _send(client, campaign, "Hou vol 💪🏽\nWij staan naast jullie", lang, public="y", first_name="Zoë")
    assert answer.status_code == 303  # type: ignore[attr-defined]
    thanks = _page(client, answer.location)  # type: ignore[attr-defined]
    assert "f•••••@voorbeeld.example" in thanks
    deliver()
    body = smtp.messages[0].get_body(("plain",))
    assert body is not None
    assert "Hou vol" not in body.get_content(), "a stranger's words are mailed to no mailbox that may not be theirs"
    link = re.search(r"http://localhost(/confirm/[^\s/]+)\s", body.get_content())
    assert link
    assert "Hou vol" in _page(client, link[1])
    wall = f"/{lang}/c/{campaign.slug}/messages"
    assert "Hou vol" not in _page(client, wall)
    done = client.post(link[1], follow_redirects=True)
    assert done.status_code == 200
    assert "Hou vol" not in _page(client, wall)
    assert "Hou vol" not in _page(client, f"/{lang}/c/{campaign.slug}")
    with transaction():
        from campaigner.solidarity import service

        service.show({acts(campaign)[0].id: 1}, by=by)
    for path in (wall, f"/{lang}/c/{campaign.slug}"):
        page = _page(client, path)
        assert "Hou vol 💪🏽" in page
        assert re.search(r'<q[^>]* lang="nl"', page)
        assert "Zoë" in page


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422), ("  \n ", 422), (".", 422), ("👍🏽!", 303), ("x" * 600, 303), ("x" * 601, 422), ("x" * 90_000, 422),
        ("\x00\x07", 422), ("‮‮‮", 422),
    ],
)  # fmt: skip
def test_a_message_is_as_long_as_it_may_be(body: str, status: int, client: FlaskClient) -> None:
    answer = _send(client, struggle(), body)
    assert answer.status_code == status  # type: ignore[attr-defined]


def test_what_was_typed_is_still_there_after_a_mistake(client: FlaskClient) -> None:
    campaign = struggle()
    answer = _send(client, campaign, "Een <b>lange</b> zin", email="geen adres")
    page = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    assert "Een &lt;b&gt;lange&lt;/b&gt; zin</textarea>" in page
    assert 'id="body"' in page
    assert acts(campaign) == []


def test_a_link_or_a_script_in_a_message_is_text(client: FlaskClient) -> None:
    campaign, by = struggle(), moderator()
    shown(wrote(campaign, 'Kijk op https://kwaad.example <script>alert(1)</script> <a href="x">hier</a>'), by=by)
    for path in (f"/nl/c/{campaign.slug}/messages", f"/nl/c/{campaign.slug}"):
        page = _page(client, path)
        assert "https://kwaad.example &lt;script&gt;" in page
        assert "<script>alert" not in page
        assert 'href="https://kwaad' not in page


def test_a_campaign_with_several_asks_shows_one_form_and_the_way_to_the_others(client: FlaskClient) -> None:
    campaign = struggle()
    first, second = _page(client, f"/nl/c/{campaign.slug}"), _page(client, f"/nl/c/{campaign.slug}?act=solidarity")
    for page in (first, second):
        assert page.count('method="post"') == 1
        assert f"/nl/c/{campaign.slug}?act=petition#act" in page
        assert f"/nl/c/{campaign.slug}?act=solidarity#act" in page
    assert 'name="body"' not in first
    assert 'name="body"' in second
    assert _page(client, f"/nl/c/{campaign.slug}?act=onzin").count('name="body"') == 0
    alone = _page(client, f"/nl/c/{make.campaign().slug}")
    assert "?act=" not in alone.partition("<article")[2].partition("</article>")[0]


def test_the_choice_keeps_the_local_that_somebody_came_through(client: FlaskClient) -> None:
    campaign = struggle()
    place = make.placement(campaign)
    page = _page(client, f"/nl/c/{campaign.slug}?p={place.key}")
    assert f"act=solidarity&amp;p={place.key}#act" in page


def test_a_form_for_what_is_no_longer_asked_does_not_become_another_act(client: FlaskClient) -> None:
    campaign = struggle()
    path = f"/nl/c/{campaign.slug}?act=solidarity"
    token = make.token_of(client, path)
    for ask in [ask for ask in campaign.asks if ask.kind == "solidarity"]:
        campaign.asks.remove(ask)
    db.session.commit()
    assert client.post(path, data=make.form(form_token=token, body="Hou vol")).status_code == 409
    assert make.actions(campaign) == []


def test_the_plain_pages_may_be_kept_and_others_not(client: FlaskClient) -> None:
    campaign = struggle()
    path = f"/nl/c/{campaign.slug}"
    for kept in (path, f"{path}?act=solidarity", f"{path}/messages", f"{path}/messages?page=2&in=fr"):
        assert client.get(kept).headers["Cache-Control"].startswith("public"), kept
    for other in (f"{path}?act=onzin", f"{path}?act=solidarity&x=1", f"{path}/messages?x=1"):
        assert client.get(other).headers["Cache-Control"] == "no-store", other


def test_consent_to_a_message_is_given_in_its_own_words(client: FlaskClient) -> None:
    campaign = struggle()
    page = _page(client, f"/nl/c/{campaign.slug}?act=solidarity")
    assert "Ik laat deze boodschap na" in page
    assert "Ik teken deze petitie" not in page
    wrote(campaign, "Hou vol")
    from campaigner.supporters.models import ConsentText

    bodies = {row.body for row in db.session.query(ConsentText) if row.purpose == "sign"}
    assert [body for body in bodies if body.startswith("Ik laat deze boodschap na")]


def test_in_safety_mode_the_form_does_not_ask_for_a_name_to_show(client: FlaskClient) -> None:
    campaign, by = struggle(safety_mode=True), moderator()
    assert 'name="public"' not in _page(client, f"/nl/c/{campaign.slug}?act=solidarity")
    assert _send(client, campaign, "Hou vol", public="y").status_code == 303  # type: ignore[attr-defined]
    shown(wrote(campaign, "Moed", name="Zeldzaam", public=True), by=by)
    assert "Zeldzaam" not in _page(client, f"/nl/c/{campaign.slug}/messages")


@pytest.mark.parametrize("state", ["paused", "closed", "won", "handed_over"])
def test_the_wall_stays_when_a_campaign_takes_no_messages(state: str, client: FlaskClient) -> None:
    campaign, by = struggle(), moderator()
    shown(wrote(campaign, "Hou vol"), by=by)
    campaign.state = state
    db.session.commit()
    for path in (f"/nl/c/{campaign.slug}", f"/nl/c/{campaign.slug}/messages"):
        page = _page(client, path)
        assert "Hou vol" in page
        assert "act=solidarity" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/nl/c/onbekend/messages", "/nl/c/zonder-muur/messages", "/nl/c/concept/messages", "/de/c/strijd/messages",
        "/nl/c/%00/messages",
    ],
)  # fmt: skip
def test_there_is_no_wall_where_there_is_none(path: str, client: FlaskClient) -> None:
    make.campaign("zonder-muur")
    struggle(slug="concept", state="draft")
    struggle(slug="strijd")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", f"page={10**30}", "in=", "in=%00", "in=zz&page=7"])
def test_whatever_is_asked_of_the_wall_it_answers(query: str, client: FlaskClient) -> None:
    campaign, by = struggle(), moderator()
    shown(wrote(campaign, "Hou vol"), by=by)
    assert "Hou vol" in _page(client, f"/nl/c/{campaign.slug}/messages?{query}")


def test_an_empty_wall_asks_for_the_first_message(client: FlaskClient) -> None:
    campaign = struggle()
    assert "?act=solidarity#act" in _page(client, f"/nl/c/{campaign.slug}/messages")


def test_the_wall_is_not_for_search_engines(client: FlaskClient) -> None:
    campaign, by = struggle(), moderator()
    shown(wrote(campaign, "Hou vol"), by=by)
    assert '<meta name="robots" content="noindex">' in _page(client, f"/nl/c/{campaign.slug}/messages")
    assert re.search(r"<section[^>]*data-nosnippet", _page(client, f"/nl/c/{campaign.slug}"))


def test_a_message_is_written_in_a_widget_too(client: FlaskClient) -> None:
    campaign = struggle(alone=True)
    place = make.placement(campaign)
    page = _page(client, f"/w/{place.key}")
    assert '<textarea class="input" id="body"' in page
    assert f"/nl/c/{campaign.slug}?p={place.key}" in page
