"""The staff pages on news: writing, checking, agreeing, taking off."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigner.campaigns import updates
from campaigner.campaigns.models import Campaign
from campaigner.campaigns.updates import CHECKS
from campaigner.core.db import db
from tests import make
from tests.campaigns.stage import log_in, seen, send

pytestmark = pytest.mark.usefixtures("clean")
NEWS = {"language": "es", "author": "FOS", "title": "La reunión", "body": "Habló con Rosa Ejemplo, tel. 0470 12 34 56."}


@pytest.fixture
def campaign() -> Campaign:
    """A campaign that is open."""
    return make.campaign("strijd", safety_mode=False)


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    """The browser of somebody who writes campaigns."""
    log_in(client, "campaigner")
    return client


def _news(campaign: Campaign) -> str:
    return f"/staff/campaigns/{campaign.id}/news"


def _published(desk: FlaskClient, campaign: Campaign) -> str:
    """Write an update and let it go as far as one person can. Returns the address of its check."""
    path = send(desk, f"{_news(campaign)}/new", **NEWS).location
    answer = send(desk, path, seen=seen(desk, path), checks=list(CHECKS), at="")
    assert answer.status_code == 303
    return str(path)


def test_an_update_is_written_checked_and_shown(desk: FlaskClient, campaign: Campaign) -> None:
    _published(desk, campaign)
    page = desk.get("/es/c/strijd").text
    assert "La reunión" in page
    assert "La reunión" in desk.get(_news(campaign)).text


def test_the_check_shows_what_could_lead_to_a_person(desk: FlaskClient, campaign: Campaign) -> None:
    page = desk.get(send(desk, f"{_news(campaign)}/new", **NEWS).location).text
    assert '<b lang="es">0470 12 34 56</b>' in page
    assert '<b lang="es">Rosa Ejemplo</b>' in page


def test_a_list_that_is_not_ticked_keeps_what_was_chosen(desk: FlaskClient, campaign: Campaign) -> None:
    path = send(desk, f"{_news(campaign)}/new", **NEWS).location
    answer = send(desk, path, seen=seen(desk, path), checks=["people"], at="2030-01-02T03:04")
    assert answer.status_code == 422
    assert 'value="people" checked' in answer.text
    assert 'value="2030-01-02T03:04"' in answer.text
    assert "La reunión" not in desk.get("/es/c/strijd").text


def test_an_embargo_is_kept_and_told(desk: FlaskClient, campaign: Campaign) -> None:
    path = send(desk, f"{_news(campaign)}/new", **NEWS).location
    assert send(desk, path, seen=seen(desk, path), checks=list(CHECKS), at="2090-01-02T03:04").status_code == 303
    assert "La reunión" not in desk.get("/es/c/strijd").text
    assert "La reunión" not in desk.get("/es/c/strijd/feed.atom").text
    assert "03:04" in desk.get(_news(campaign)).text


def test_in_safety_mode_it_takes_a_colleague(app: Flask, desk: FlaskClient, campaign: Campaign) -> None:
    campaign.safety_mode = True
    db.session.commit()
    path = _published(desk, campaign)
    text = updates.text_of(campaign.id, 1, "es")
    assert text is not None
    read = updates.version(text)
    assert "/approve" not in desk.get(path).text
    assert "La reunión" not in desk.get("/es/c/strijd").text
    refused = send(desk, path.replace("/check", "/approve"), via=f"{_news(campaign)}/new", seen=read)
    assert refused.status_code == 409
    colleague = app.test_client()
    log_in(colleague, "campaigner")
    answer = send(colleague, path.replace("/check", "/approve"), via=path, seen=seen(colleague, path))
    assert answer.status_code == 303
    page = desk.get("/es/c/strijd").text
    assert "La reunión" in page
    assert "· FOS" not in page


def test_one_press_takes_it_off_page_and_feed(desk: FlaskClient, campaign: Campaign) -> None:
    _published(desk, campaign)
    assert send(desk, f"{_news(campaign)}/1/withdraw", via=_news(campaign)).status_code == 303
    for path in ("/es/c/strijd", "/es/c/strijd/feed.atom", "/es/feed.atom"):
        assert "La reunión" not in desk.get(path).text
    assert send(desk, f"{_news(campaign)}/1/es/erase", via=_news(campaign)).status_code == 303
    assert updates.pieces(campaign.id) == []


def test_a_translation_is_written_beside_the_original(desk: FlaskClient, campaign: Campaign) -> None:
    _published(desk, campaign)
    page = desk.get(f"{_news(campaign)}/1/nl").text
    assert '<div class="source hint" lang="es"' in page
    assert 'name="language"' not in page
    sent = send(desk, f"{_news(campaign)}/1/nl", author="FOS", title="Het gesprek", body="Morgen.")
    assert sent.location.endswith("/news/1/nl/check")
    text = updates.text_of(campaign.id, 1, "nl")
    assert text is not None
    assert (text.is_original, text.state) == (False, "draft")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""}, {"body": ""}, {"language": "de"}, {"author": "Iemand anders"}, {"title": "x" * 201},
        {"body": "x" * 8001}, {"title": "\x00"}, {"language": ""}, {"author": ""},
    ],
)  # fmt: skip
def test_an_update_with_bad_input_is_a_page_that_keeps_what_was_typed(
    desk: FlaskClient, campaign: Campaign, wrong: dict[str, str]
) -> None:
    answer = send(desk, f"{_news(campaign)}/new", **{**NEWS, **wrong})
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.text
    assert updates.pieces(campaign.id) == []


@pytest.mark.parametrize(
    "at", ["morgen", "0001-01-01T00:00", "9999-12-31T23:59", "2026-13-01T00:00", "\x00", "2026-05-12T10:00Z"]
)
def test_a_moment_that_is_none_is_a_message(desk: FlaskClient, campaign: Campaign, at: str) -> None:
    path = send(desk, f"{_news(campaign)}/new", **NEWS).location
    answer = send(desk, path, seen=seen(desk, path), checks=list(CHECKS), at=at)
    assert answer.status_code == 422
    assert "La reunión" not in desk.get("/es/c/strijd").text


def test_what_is_written_is_shown_as_text(desk: FlaskClient, campaign: Campaign) -> None:
    hostile = {"title": "<script>zz(1)</script>", "body": "<b>x</b> [x](javascript:zz)"}
    path = send(desk, f"{_news(campaign)}/new", **{**NEWS, **hostile}).location
    send(desk, path, seen=seen(desk, path), checks=list(CHECKS), at="")
    for page in (path, _news(campaign), "/es/c/strijd"):
        text = desk.get(page).text
        assert "<script>zz" not in text
        assert 'href="javascript' not in text


PAGES = ("news", "news/new", "news/1/es", "news/1/nl", "news/1/es/check")


@pytest.mark.parametrize("part", PAGES)
def test_every_page_opens_for_a_campaigner_and_for_nobody_else(
    app: Flask, desk: FlaskClient, campaign: Campaign, part: str
) -> None:
    _published(desk, campaign)
    path = f"/staff/campaigns/{campaign.id}/{part}"
    for language in ("nl", "fr", "en", "es"):
        assert desk.get(f"{path}?lang={language}").status_code == 200
    other = app.test_client()
    assert other.get(path).status_code == 302
    log_in(other, "inbox")
    assert other.get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["news/9/nl", "news/9/nl/check", "news/1/de", "news/1/nl/check", "news/1/de/check", f"news/{9**18}/nl"]
)
def test_what_is_not_there_is_a_404(desk: FlaskClient, campaign: Campaign, path: str) -> None:
    _published(desk, campaign)
    assert desk.get(f"/staff/campaigns/{campaign.id}/{path}").status_code == 404


def test_pressing_for_something_that_is_not_there_is_an_answer(desk: FlaskClient, campaign: Campaign) -> None:
    answers: list[Any] = [
        send(desk, f"{_news(campaign)}/9/withdraw", via=f"{_news(campaign)}/new"),
        send(desk, f"{_news(campaign)}/9/nl/approve", via=f"{_news(campaign)}/new"),
        send(desk, f"{_news(campaign)}/9/nl/erase", via=f"{_news(campaign)}/new"),
    ]
    assert [answer.status_code for answer in answers] == [303, 404, 404]
