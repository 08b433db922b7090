"""The public pages: home, standing pages, counts, and the campaign page in each of its states."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from campaigner.campaigns import content, queries
from campaigner.campaigns.models import Target
from campaigner.config import LANGUAGES
from campaigner.core import assets, limits
from campaigner.core.db import db
from tests import make

pytestmark = pytest.mark.usefixtures("session")
BUDGET = 60_000


def _text(client: FlaskClient, path: str, *, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("asked", "home"), [("fr-BE,fr;q=0.9", "/fr/"), ("es-HN", "/es/"), ("de", "/nl/")])
def test_the_front_door_opens_in_the_visitors_language(client: FlaskClient, asked: str, home: str) -> None:
    answer = client.get("/", headers={"Accept-Language": asked})
    assert (answer.status_code, answer.location) == (302, home)
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_shows_the_campaigns_of_both_pillars(client: FlaskClient, language: str) -> None:
    make.campaign("werk", pillar="work")
    make.campaign("zorg", pillar="health")
    page = _text(client, f"/{language}/")
    assert f'<html lang="{language}">' in page
    _opening, work, health = re.split(r'id="h-(?:work|health)"', page)
    assert f"/{language}/c/werk" in work
    assert f"/{language}/c/zorg" in health


def test_home_without_campaigns_says_so(client: FlaskClient) -> None:
    assert "Er loopt nu geen campagne." in _text(client, "/nl/")


def test_home_may_be_kept_for_a_moment_and_sets_no_cookie(client: FlaskClient) -> None:
    answer = client.get("/nl/")
    assert answer.headers["Cache-Control"].startswith("public, max-age=20")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", content.PAGES)
def test_every_standing_page_opens_without_a_placeholder_left(client: FlaskClient, name: str, language: str) -> None:
    page = _text(client, f"/{language}/{name}")
    assert page.count("<h1>") == 1
    assert "{host" not in page


def test_a_page_on_a_pillar_ends_with_its_campaigns(client: FlaskClient) -> None:
    make.campaign("werk", pillar="work")
    make.campaign("zorg", pillar="health")
    page = _text(client, "/nl/health")
    assert "/nl/c/zorg" in page
    assert "/nl/c/werk" not in page


@pytest.mark.parametrize("path", ["/de/", "/nl/niets", "/nl/c/niets", "/nl/../etc", "/fr/%00", "/nl/c/%F0%9F%92%A5"])
def test_what_does_not_exist_gets_a_page_that_helps(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept-Language": "fr"})
    assert answer.status_code == 404
    assert re.search(r'class="button" href="/(nl|fr)/"', answer.get_data(as_text=True))


def test_an_unknown_language_is_told_in_the_visitors_own(client: FlaskClient) -> None:
    answer = client.get("/xx/", headers={"Accept-Language": "es"})
    assert '<html lang="es">' in answer.get_data(as_text=True)


BENDING = ["lang=fr", "endpoint=x", "_scheme=javascript", "_external=1", "_anchor=x", "name=privacy", "slug=x"]


@pytest.mark.parametrize("query", BENDING)
def test_a_query_cannot_bend_the_links_to_other_languages(client: FlaskClient, query: str) -> None:
    make.campaign("strijd")
    for path in ("/nl/", "/nl/convictions", "/nl/c/strijd"):
        assert f'href="{path.replace("/nl/", "/fr/")}' in _text(client, f"{path}?{query}")


def test_the_count_is_public_and_fresh(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    make.campaign("strijd")
    monkeypatch.setattr(queries, "_sources", [lambda ids: dict.fromkeys(ids, 41)])
    answer = client.get("/c/strijd/count.json")
    assert answer.json is not None
    assert (answer.json["count"], answer.json["goal"]) == (41, 100)
    assert answer.json["at"].endswith("+00:00")
    assert "max-age=5" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("slug", ["bestaat-niet", "ontwerp"])
def test_an_unknown_or_hidden_campaign_has_no_count(client: FlaskClient, slug: str) -> None:
    make.campaign("ontwerp", state="draft")
    answer = client.get(f"/c/{slug}/count.json")
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["error"]


def test_search_engines_are_told_what_to_leave_and_where_the_pages_are(client: FlaskClient) -> None:
    make.campaign("strijd")
    make.campaign("ontwerp", state="draft")
    assert "Disallow: /staff/" in _text(client, "/robots.txt")
    sitemap = _text(client, "/sitemap.xml")
    assert "/fr/c/strijd</loc>" in sitemap
    assert "ontwerp" not in sitemap


def test_an_open_campaign_asks_and_nothing_is_chosen_beforehand(client: FlaskClient) -> None:
    make.campaign("strijd")
    page = _text(client, "/nl/c/strijd")
    assert '<form method="post"' in page
    assert not re.search(r"<input[^>]*\schecked", page)
    assert "Dit veld is voor validatiedoeleinden en moet ongewijzigd blijven." in page


def test_nobody_yet_is_said_in_words(client: FlaskClient) -> None:
    make.campaign("strijd")
    assert "Nog niemand tekende. Wees de eerste." in _text(client, "/nl/c/strijd")


def test_no_news_yet_is_said_in_words(client: FlaskClient) -> None:
    make.campaign("strijd")
    assert "Nog geen nieuws." in _text(client, "/nl/c/strijd")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("paused", "Even gepauzeerd."),
        ("won", "Dit is gewonnen."),
        ("closed", "Deze campagne is afgelopen."),
        ("handed_over", "Overhandigd."),
    ],
)
def test_a_campaign_that_takes_no_signatures_says_why(client: FlaskClient, state: str, sentence: str) -> None:
    make.campaign("strijd", state=state)
    page = _text(client, "/nl/c/strijd")
    assert sentence in page
    assert "<form" not in page


def test_a_draft_is_not_there_for_visitors(client: FlaskClient) -> None:
    make.campaign("strijd", state="draft")
    _text(client, "/nl/c/strijd", status=404)


def test_a_text_in_another_language_is_marked_as_foreign(client: FlaskClient) -> None:
    make.campaign("strijd", languages=("en",))
    page = _text(client, "/nl/c/strijd")
    assert "Deze tekst bestaat nog niet in het Nederlands; je leest het Engels." in page
    assert '<h1 class="strips" lang="en">' in page
    assert '/en/c/strijd">' in re.findall(r'<link rel="canonical"[^>]*>', page)[0]


def test_whoever_decides_is_named_in_their_own_language(client: FlaskClient) -> None:
    make.campaign("strijd", targets=[Target(name="Ministerio de Salud", role="", language="es")])
    assert 'Aan <span lang="es"><b>Ministerio de Salud</b></span>.' in _text(client, "/nl/c/strijd")
    assert "<span><b>Ministerio de Salud</b></span>." in _text(client, "/es/c/strijd")


def test_an_example_says_that_it_is_one(client: FlaskClient) -> None:
    make.campaign("strijd", is_example=True)
    assert "Voorbeeldcampagne: verzonnen tekst en cijfers." in _text(client, "/nl/c/strijd")


def test_a_story_cannot_bring_markup_of_its_own(client: FlaskClient, session: scoped_session[Session]) -> None:
    campaign = make.campaign("strijd", languages=("nl",))
    make.text(campaign, "nl").title = "<script>alert(1)</script>"
    make.text(campaign, "nl").story = "<img src=x onerror=alert(1)> [klik](javascript:alert(1))"
    session.commit()
    page = _text(client, "/nl/c/strijd")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


def test_errors_keep_what_was_typed_and_lead_to_the_field(client: FlaskClient) -> None:
    make.campaign("strijd")
    answer = make.sign(client, "strijd", first_name="Greet", email="greet@")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Greet"' in page
    assert '<a href="#email">' in page
    assert 'id="email-error"' in page
    assert re.search(r'id="errors" role="alert" tabindex="-1" autofocus', page)


def test_no_page_loads_anything_from_elsewhere(client: FlaskClient) -> None:
    make.campaign("strijd")
    for path in ("/nl/", "/nl/c/strijd", "/nl/privacy"):
        loaded = r'<(?:script|img|iframe|link rel="stylesheet")[^>]*(?:src|href)="https?:'
        assert not re.findall(loaded, _text(client, path))


def test_a_campaign_page_stays_well_within_its_budget(client: FlaskClient) -> None:
    make.campaign("strijd")
    parts = ("/nl/c/strijd", *(re.findall(r'"(/assets/[^"]+)"', _text(client, "/nl/c/strijd"))))
    sizes = [len(client.get(part, headers={"Accept-Encoding": "gzip"}).get_data()) for part in parts]
    assert len(parts) == 3
    assert sum(sizes) < BUDGET / 2


def test_style_sheets_of_the_public_pages_stay_within_theirs() -> None:
    assert len(assets.text("site.css")) < 40_000


def test_a_crowded_network_is_told_so_and_keeps_what_was_typed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.campaign("strijd")
    monkeypatch.setattr(limits, "allowed", lambda *_: False)
    answer = make.sign(client, "strijd", first_name="Greet")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 429
    assert 'class="note warn" id="errors"' in page
    assert 'value="Greet"' in page


def test_thanks_speaks_to_whoever_filled_in_the_form_and_offers_the_mail_again(client: FlaskClient) -> None:
    make.campaign("strijd")
    page = _text(client, make.sign(client, "strijd", first_name="Greet").location)
    assert "Kijk in je mailbox, Greet." in page
    assert 'action="/nl/c/strijd/again"' in page


def test_thanks_without_a_receipt_tells_nothing_about_anyone(client: FlaskClient) -> None:
    make.campaign("strijd")
    page = _text(client, "/nl/c/strijd/thanks?r=kapot&again=queued")
    assert "Kijk in je mailbox." in page
    assert "@" not in page.partition("<main")[2]


def test_a_page_with_errors_says_so_in_its_title(client: FlaskClient) -> None:
    make.campaign("strijd")
    page = make.sign(client, "strijd", "fr", first_name="").get_data(as_text=True)
    assert "<title>Erreur\u00a0: Titel fr" in page
    assert "<title>Titel fr" in _text(client, "/fr/c/strijd")


def test_the_next_step_is_one_that_the_reader_can_read(client: FlaskClient) -> None:
    make.campaign("strijd", pillar="work")
    make.campaign("alleen-nl", languages=("nl",), pillar="work")
    readable = make.campaign("ook-fr", pillar="health")
    make.text(readable, "fr").summary = "Une phrase entière. Et une autre."
    db.session.flush()
    page = _text(client, "/fr/c/strijd/thanks")
    assert 'href="/fr/c/ook-fr"' in page
    assert "<p>Une phrase entière.</p>" in page


def test_the_colophon_leads_to_ones_own_data(client: FlaskClient) -> None:
    form = _text(client, "/nl/contact?topic=privacy")
    assert 'href="/nl/contact?topic=privacy">Mijn gegevens bekijken of wissen</a>' in form
    assert re.search(r'value="privacy" checked', form)
