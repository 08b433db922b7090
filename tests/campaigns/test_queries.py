"""Which texts, news and cards a reader gets, and what stays hidden."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, scoped_session

from campaigner.campaigns import content, feeds, queries
from campaigner.campaigns.models import Campaign, Update
from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def _news(of: Campaign, number: int, language: str, *, days_ago: int = 1) -> Update:
    return Update(
        campaign_id=of.id, number=number, language=language, title=f"{number} {language}", body="Tekst",
        author="Vakbond Voorbeeld", state="published", published_at=now() - timedelta(days=days_ago),
    )  # fmt: skip


def test_a_page_speaks_the_readers_language_when_it_can() -> None:
    make.campaign("strijd")
    page = queries.page("strijd", "fr")
    assert page is not None
    assert (page.text_language, page.text.title) == ("fr", "Titel fr")
    assert page.languages == ("en", "es", "fr", "nl")


def test_a_page_falls_back_to_the_source_language_before_any_other() -> None:
    make.campaign("strijd", languages=("en", "es"), source_language="es")
    page = queries.page("strijd", "nl")
    assert page is not None
    assert page.text_language == "es"


def test_a_page_without_its_source_language_shows_whatever_is_published() -> None:
    make.campaign("strijd", languages=("fr",), source_language="nl")
    page = queries.page("strijd", "es")
    assert page is not None
    assert page.text_language == "fr"


def test_an_unpublished_text_is_passed_over(session: scoped_session[Session]) -> None:
    campaign = make.campaign("strijd", languages=("nl", "en"))
    next(text for text in campaign.texts if text.language == "en").state = "draft"
    session.commit()
    page = queries.page("strijd", "en")
    assert page is not None
    assert page.text_language == "nl"
    assert page.languages == ("nl",)


@pytest.mark.parametrize("state", ["draft", "scheduled"])
def test_a_campaign_that_has_not_begun_is_for_staff_only(state: str) -> None:
    make.campaign("strijd", state=state)
    assert queries.page("strijd", "nl") is None
    assert queries.goal("strijd") is None
    assert queries.cards("nl") == []
    assert feeds.mapped() == []
    assert queries.page("strijd", "nl", hidden=True) is not None


def test_a_campaign_without_any_published_text_has_no_page_and_no_card(session: scoped_session[Session]) -> None:
    campaign = make.campaign("strijd", languages=("nl",))
    campaign.texts[0].state = "draft"
    session.commit()
    assert queries.page("strijd", "nl") is None
    assert queries.cards("nl") == []


def test_an_unknown_campaign_has_no_page() -> None:
    assert queries.page("bestaat-niet", "nl") is None


def test_news_appears_once_in_the_best_language_and_the_latest_comes_first(session: scoped_session[Session]) -> None:
    campaign = make.campaign("strijd")
    first = [_news(campaign, 1, "nl", days_ago=9), _news(campaign, 1, "es", days_ago=9)]
    session.add_all([*first, _news(campaign, 2, "es", days_ago=2)])
    session.commit()
    assert [piece.title for piece in queries.updates(campaign, "nl")] == ["2 es", "1 nl"]
    assert [piece.title for piece in queries.updates(campaign, "es")] == ["2 es", "1 es"]


def test_news_under_embargo_stays_away(session: scoped_session[Session]) -> None:
    campaign = make.campaign("strijd")
    session.add(_news(campaign, 1, "nl", days_ago=-1))
    session.commit()
    assert queries.updates(campaign, "nl") == []


def test_open_campaigns_come_before_those_that_are_over() -> None:
    make.campaign("voorbij", state="closed")
    make.campaign("gewonnen", state="won")
    make.campaign("loopt")
    assert [card.slug for card in queries.cards("nl")] == ["loopt", "gewonnen", "voorbij"]


def test_cards_carry_the_counts_they_are_given_and_their_bar_stops_at_full() -> None:
    campaign = make.campaign("strijd")
    (card,) = queries.cards("nl", counted={campaign.id: 250})
    assert (card.count, card.goal, card.percent) == (250, 100, 100)


def test_counts_come_from_the_source_that_was_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_sources", [])
    assert queries.counts([1]) == {}
    queries.count_with(lambda ids: dict.fromkeys(ids, 7))
    assert queries.counts([1, 2]) == {1: 7, 2: 7}


def test_titles_lose_their_soft_hyphens_where_nothing_can_break(session: scoped_session[Session]) -> None:
    campaign = make.campaign("strijd", languages=("nl",))
    make.text(campaign, "nl").title = "Meloen\u00adplukkers"
    session.commit()
    page = queries.page("strijd", "nl")
    assert page is not None
    assert page.title == "Meloenplukkers"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", content.PAGES)
def test_every_standing_page_exists_in_every_language(name: str, language: str) -> None:
    assert (content.FOLDER / f"{name}.{language}.md").exists()
