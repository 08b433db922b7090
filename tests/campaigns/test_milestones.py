"""Milestones, how far demands are, and who has moved."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns import milestones, queries, service
from campaigner.campaigns.life import Life
from campaigner.campaigns.service import Words
from campaigner.core.clock import today
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from tests import make
from tests.campaigns.stage import log_in, send

YESTERDAY = today() - timedelta(days=1)


@pytest.fixture
def by(session: object) -> int:
    """Who does it."""
    return make.account().id


def _life(language: str = "nl") -> Life:
    page = queries.page("strijd", language)
    assert page is not None
    return page.life


def test_milestones_stand_in_the_order_of_their_days_each_in_its_language(by: int) -> None:
    campaign = make.campaign("strijd")
    milestones.add(campaign, day=YESTERDAY, words={"nl": "Antwoord", "fr": "Réponse", "es": ""}, by=by)
    milestones.add(campaign, day=date(2026, 1, 2), words={"nl": "Duizend"}, by=by)
    assert [(day.words, day.language) for day in _life("fr").milestones] == [("Duizend", "nl"), ("Réponse", "fr")]
    assert [day.words for day in _life("es").milestones] == ["Duizend", "Antwoord"]


def test_a_milestone_has_happened_and_is_told_in_the_campaigns_language(by: int) -> None:
    campaign = make.campaign("strijd")
    with pytest.raises(DomainError):
        milestones.add(campaign, day=today() + timedelta(days=1), words={"nl": "Morgen"}, by=by)
    with pytest.raises(DomainError):
        milestones.add(campaign, day=YESTERDAY, words={"nl": "", "fr": "Hier"}, by=by)
    assert _life().milestones == ()


def test_a_milestone_is_taken_away_by_its_own_campaign_only(by: int) -> None:
    campaign, other = make.campaign("strijd"), make.campaign()
    made = milestones.add(campaign, day=YESTERDAY, words={"nl": "Antwoord"}, by=by)
    with pytest.raises(NotFound):
        milestones.remove(other, made.id, by=by)
    milestones.remove(campaign, made.id, by=by)
    assert _life().milestones == ()


def test_a_demand_is_asked_until_somebody_says_more(by: int) -> None:
    campaign = make.campaign("strijd")
    assert _life().demands == ()
    milestones.judge(campaign, {"Eis nl": "asked"}, by=by)
    assert _life().demands == ()
    milestones.judge(campaign, {"Eis nl": "promised"}, by=by)
    assert _life("fr").demands == ("promised",)
    milestones.judge(campaign, {"Eis nl": "won"}, by=by)
    assert _life("nl").demands == ("won",)
    milestones.judge(campaign, {"Eis nl": "asked"}, by=by)
    assert _life("nl").demands == ()


def test_a_demand_that_was_reworded_is_never_shown_as_won(by: int) -> None:
    campaign = make.campaign("strijd", languages=("nl", "fr"))
    milestones.judge(campaign, {"Eis nl": "won"}, by=by)
    words = Words(title="Titel", summary="S", story="V", demands=("Een heel andere eis",))
    service.write(campaign, language="nl", words=words, shown=True, by=by)
    assert _life("nl").demands == ()
    with pytest.raises(Conflict):
        milestones.judge(campaign, {"Eis nl": "won"}, by=by)


def test_a_translation_that_is_older_than_its_source_shows_no_states(by: int) -> None:
    campaign = make.campaign("strijd", languages=("nl", "fr"))
    words = Words(title="Titel", summary="S", story="V", demands=("Eis twee",))
    service.write(campaign, language="nl", words=words, shown=True, by=by)
    milestones.judge(campaign, {"Eis twee": "won"}, by=by)
    assert (_life("nl").demands, _life("fr").demands) == (("won",), ())


def test_a_state_that_is_none_is_refused(by: int) -> None:
    with pytest.raises(DomainError):
        milestones.judge(make.campaign("strijd"), {"Eis nl": "verloren"}, by=by)


def test_the_tracker_counts_who_has_moved_and_names_countries(by: int) -> None:
    campaign = make.campaign("strijd")
    names = {"done": ["BE", "UY"], "promised": ["Stad Gent"], "not_yet": ["NL"]}
    milestones.track(campaign, words={"nl": "staten keurden het goed"}, names=names, as_of=YESTERDAY, by=by)
    moved = _life().tracker
    assert moved is not None
    assert (moved.done, moved.total, moved.language) == (2, 4, "nl")
    assert dict(moved.groups) == {
        "done": ("België", "Uruguay"), "promised": ("Stad Gent",), "not_yet": ("Nederland",)
    }  # fmt: skip
    milestones.track(campaign, words={"nl": "staten"}, names={"done": ["BE"]}, as_of=YESTERDAY, by=by)
    moved = _life().tracker
    assert moved is not None
    assert (moved.done, moved.total) == (1, 1)
    milestones.track(campaign, words={}, names={}, as_of=YESTERDAY, by=by)
    assert _life().tracker is None


@pytest.mark.parametrize(
    ("names", "days"),
    [({"done": ["BE"], "not_yet": ["BE"]}, 0), ({"done": ["A", "A"]}, 0), ({"done": ["BE"]}, 1)],
)
def test_a_tracker_that_contradicts_itself_is_refused(by: int, names: dict[str, list[str]], days: int) -> None:
    campaign = make.campaign("strijd")
    with pytest.raises(DomainError):
        milestones.track(campaign, words={"nl": "x"}, names=names, as_of=today() + timedelta(days=days), by=by)
    too_many = {"done": [f"Stad {at}" for at in range(milestones.ITEMS_AT_MOST + 1)]}
    with pytest.raises(DomainError):
        milestones.track(campaign, words={"nl": "x"}, names=too_many, as_of=today(), by=by)


@pytest.fixture
def desk(clean: None, client: FlaskClient) -> FlaskClient:
    """The browser of somebody who writes campaigns."""
    log_in(client, "campaigner")
    return client


def test_staff_write_all_of_it_and_the_page_shows_it_in_four_languages(desk: FlaskClient) -> None:
    path = f"/staff/campaigns/{make.campaign('strijd').id}/progress"
    day = {"m-day": "2026-05-12", "m-words_nl": "De hoorzitting", "m-words_es": "La audiencia"}
    assert send(desk, f"{path}/milestones", via=path, **day).status_code == 303
    assert send(desk, f"{path}/demands", via=path, words=["Eis nl"], state=["won"]).status_code == 303
    lists = {"t-as_of": "2026-05-12", "t-words_nl": "staten", "t-done": "BE\r\n\r\n UY ", "t-not_yet": "NL"}
    assert send(desk, f"{path}/tracker", via=path, **lists).status_code == 303
    for language, belgium in (("nl", "België"), ("fr", "Belgique"), ("en", "Belgium"), ("es", "Bélgica")):
        page = desk.get(f"/{language}/c/strijd").text
        assert f"<li>{belgium}</li>" in page
        assert ("La audiencia" if language == "es" else "De hoorzitting") in page
        assert 'class="where"' in page
    again = desk.get(path).text
    assert "BE\nUY" in again.replace("\r", "")
    assert '<option value="won" selected>' in again


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("milestones", {"m-day": "", "m-words_nl": "x"}), ("milestones", {"m-day": "morgen", "m-words_nl": "x"}),
        ("milestones", {"m-day": "2026-05-12"}), ("milestones", {"m-day": "2099-05-12", "m-words_nl": "x"}),
        ("milestones", {"m-day": "2026-05-12", "m-words_nl": "x" * 201}), ("milestones", {}),
        ("milestones", {"m-day": "\x00", "m-words_nl": "\x00"}),
        ("tracker", {"t-as_of": "2026-05-12", "t-done": "BE"}), ("tracker", {}),
        ("tracker", {"t-as_of": "2026-05-12", "t-words_nl": "x", "t-done": "BE\nBE"}),
        ("tracker", {"t-as_of": "2026-05-12", "t-words_nl": "x", "t-done": "x" * 121}),
        ("tracker", {"t-as_of": "2026-05-12", "t-words_nl": "x", "t-done": "x\n" * 301}),
    ],
)  # fmt: skip
def test_bad_input_is_a_page_that_keeps_what_was_typed(desk: FlaskClient, form: str, data: dict[str, Any]) -> None:
    path = f"/staff/campaigns/{make.campaign('strijd').id}/progress"
    answer = send(desk, f"{path}/{form}", via=path, **data)
    assert answer.status_code == 422
    assert 'class="note bad"' in answer.text
    db.session.rollback()
    assert (_life().milestones, _life().tracker) == ((), None)


@pytest.mark.parametrize(
    "data", [{}, {"words": ["Eis nl"]}, {"words": ["Eis nl"], "state": ["x"]}, {"words": ["?"], "state": ["won"]}]
)
def test_demands_with_bad_input_are_answered(desk: FlaskClient, data: dict[str, list[str]]) -> None:
    path = f"/staff/campaigns/{make.campaign('strijd').id}/progress"
    assert send(desk, f"{path}/demands", via=path, **data).status_code in (303, 400, 409)
    assert _life().demands == ()
    assert send(desk, f"{path}/milestones/9/remove", via=path).status_code == 404
