"""How a campaign ends: the count stands still, the page stays and tells what came of it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from campaigner.actions import jobs as action_jobs
from campaigner.campaigns import endings, queries
from campaigner.campaigns.endings import Told
from campaigner.campaigns.models import Campaign
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError, NotFound
from tests import make
from tests.campaigns.stage import log_in, send

TOLD = Told("19 van de 62 zijn terug", "De **directie** gaf toe.", "Dank aan 5.000 mensen.")


def _entered(campaign: Campaign, change: int) -> None:
    from campaigner.actions.models import JournalEntry
    from campaigner.core.clock import today

    db.session.add(
        JournalEntry(ask_id=campaign.asks[0].id, day=today(), region="BE", channel="web", change=change)
    )  # fmt: skip
    db.session.commit()


@pytest.mark.parametrize("outcome", ["closed", "handed_over", "won"])
def test_the_count_stands_still_from_the_moment_it_ends(session: scoped_session[Session], outcome: str) -> None:
    campaign = make.campaign("strijd")
    _entered(campaign, 40)
    action_jobs.count()
    _entered(campaign, 2)  # confirmed, and not counted yet
    endings.conclude(campaign, outcome=outcome, by=None)
    assert campaign.final_count == 42
    _entered(campaign, -5)  # people who take their signature back, or confirm late
    action_jobs.count()
    session.commit()
    assert queries.counts([campaign.id]) == {campaign.id: 42}


def test_the_number_is_the_same_everywhere(clean: None, client: FlaskClient) -> None:
    campaign = make.campaign("strijd")
    _entered(campaign, 42)
    with transaction():
        endings.conclude(campaign, outcome="won", by=None)
    _entered(campaign, -7)
    with transaction():
        action_jobs.count()
    assert client.get("/c/strijd/count.json").json["count"] == 42
    assert '<span class="number" data-live="count">42</span>' in client.get("/nl/c/strijd").text
    assert "42 " in client.get("/nl/").text


def test_what_it_became_can_change_and_its_count_does_not(session: scoped_session[Session]) -> None:
    campaign = make.campaign()
    endings.conclude(campaign, outcome="closed", by=None)
    ended = campaign.closed_at
    _entered(campaign, 9)
    endings.conclude(campaign, outcome="handed_over", by=None)
    endings.conclude(campaign, outcome="won", by=None)
    assert (campaign.state, campaign.final_count, campaign.closed_at) == ("won", 0, ended)


@pytest.mark.parametrize("state", ["draft", "scheduled", "won"])
def test_a_campaign_that_was_never_open_or_is_that_already_does_not_end(
    session: scoped_session[Session], state: str
) -> None:
    campaign = make.campaign(state=state)
    with pytest.raises(Conflict):
        endings.conclude(campaign, outcome="won", by=None)
    with pytest.raises(DomainError):
        endings.conclude(campaign, outcome="verloren", by=None)


def test_what_came_of_it_is_told_once_it_is_over_and_shown(session: scoped_session[Session]) -> None:
    campaign, by = make.campaign("strijd"), make.account().id
    endings.tell(campaign, language="nl", told=TOLD, shown=True, by=by)
    endings.tell(campaign, language="fr", told=Told("Oui", "Texte", ""), shown=False, by=by)
    page = queries.page("strijd", "nl")
    assert page is not None
    assert page.life.report is None
    endings.conclude(campaign, outcome="won", by=by)
    for language, expected in (("nl", "nl"), ("fr", "nl"), ("es", "nl")):
        page = queries.page("strijd", language)
        assert page is not None
        assert page.life.report is not None
        assert page.life.report.language == expected


def test_an_unfinished_report_is_kept_and_not_shown(session: scoped_session[Session]) -> None:
    campaign, by = make.campaign(), make.account().id
    with pytest.raises(DomainError):
        endings.tell(campaign, language="nl", told=Told("Iets", "", ""), shown=True, by=by)
    with pytest.raises(NotFound):
        endings.tell(campaign, language="de", told=TOLD, shown=True, by=by)
    endings.tell(campaign, language="nl", told=Told("Iets", "", ""), shown=False, by=by)
    assert endings.reports(campaign.id)["nl"].shown_at is None


def test_the_archive_is_apart_on_the_home_page(client: FlaskClient, session: scoped_session[Session]) -> None:
    campaign, by = make.campaign("voorbij"), make.account().id
    make.campaign("bezig")
    endings.tell(campaign, language="nl", told=TOLD, shown=True, by=by)
    endings.conclude(campaign, outcome="closed", by=by)
    session.commit()
    for language in ("nl", "fr", "en", "es"):
        page = client.get(f"/{language}/").text
        running, _mark, archive = page.partition('<ul class="archive">')
        assert f"/{language}/c/bezig" in running
        assert f"/{language}/c/voorbij" not in running
        assert f"/{language}/c/voorbij" in archive
        assert f"/{language}/c/bezig" not in archive
        assert TOLD.result in archive


def test_without_a_campaign_that_is_over_there_is_no_archive(client: FlaskClient, session: object) -> None:
    make.campaign("bezig")
    assert 'class="archive"' not in client.get("/nl/").text


@pytest.mark.parametrize("outcome", ["closed", "handed_over", "won"])
def test_a_late_visitor_finds_the_result_and_no_form(
    client: FlaskClient, session: scoped_session[Session], outcome: str
) -> None:
    campaign, by = make.campaign("voorbij"), make.account().id
    endings.conclude(campaign, outcome=outcome, by=by)
    session.commit()
    assert "h-result" not in client.get("/nl/c/voorbij").text
    endings.tell(campaign, language="nl", told=TOLD, shown=True, by=by)
    session.commit()
    page = client.get("/nl/c/voorbij").text
    assert 'name="form_token"' not in page
    assert TOLD.result in page
    assert "<strong>directie</strong>" in page
    assert TOLD.thanks in page
    assert f'<p class="lead" lang="nl"><b>{TOLD.result}' in client.get("/fr/c/voorbij").text


@pytest.fixture
def desk(clean: None, client: FlaskClient) -> FlaskClient:
    """The browser of somebody who writes campaigns."""
    log_in(client, "campaigner")
    return client


def test_staff_end_a_campaign_and_tell_what_came_of_it(desk: FlaskClient) -> None:
    path = f"/staff/campaigns/{make.campaign('strijd').id}/ending"
    assert send(desk, path, outcome="handed_over").status_code == 303
    answer = send(desk, f"{path}/nl", result=TOLD.result, story=TOLD.story, thanks=TOLD.thanks, then="show")
    assert answer.status_code == 303
    assert TOLD.result in desk.get("/nl/c/strijd").text
    assert send(desk, f"{path}/nl", result=TOLD.result, story=TOLD.story, then="hide").status_code == 303
    assert TOLD.result not in desk.get("/nl/c/strijd").text
    assert send(desk, path, outcome="handed_over").status_code == 422


@pytest.mark.parametrize("data", [{}, {"outcome": ""}, {"outcome": "draft"}, {"outcome": "<script>"}])
def test_an_ending_that_is_none_is_a_page(desk: FlaskClient, data: dict[str, str]) -> None:
    campaign = make.campaign("strijd")
    assert send(desk, f"/staff/campaigns/{campaign.id}/ending", **data).status_code == 422
    db.session.refresh(campaign)
    assert campaign.state == "open"


@pytest.mark.parametrize(
    "data",
    [
        {"result": ""}, {"result": "x" * 201, "story": "y"}, {"result": "x", "story": "", "then": "show"},
        {"result": "x", "story": "y" * 20_001}, {"result": "\x00", "story": "y"},
    ],
)  # fmt: skip
def test_a_report_with_bad_input_is_a_page(desk: FlaskClient, data: dict[str, Any]) -> None:
    campaign = make.campaign("strijd")
    assert send(desk, f"/staff/campaigns/{campaign.id}/ending/nl", **data).status_code == 422
    assert endings.reports(campaign.id) == {}


@pytest.mark.parametrize("part", ["ending", "ending/nl", "ending/es", "progress", "official"])
def test_every_page_of_its_life_opens_for_a_campaigner_only(app: Flask, desk: FlaskClient, part: str) -> None:
    for state in ("draft", "open", "paused", "closed", "won", "handed_over"):
        campaign = make.campaign(state=state)
        for language in ("nl", "fr", "en", "es"):
            assert desk.get(f"/staff/campaigns/{campaign.id}/{part}?lang={language}").status_code == 200
    other = app.test_client()
    assert other.get(f"/staff/campaigns/{campaign.id}/{part}").status_code == 302
    log_in(other, "inbox")
    assert other.get(f"/staff/campaigns/{campaign.id}/{part}").status_code == 403
    assert desk.get(f"/staff/campaigns/{campaign.id}/ending/de").status_code == 404
    assert desk.get(f"/staff/campaigns/99999/{part}").status_code == 404
