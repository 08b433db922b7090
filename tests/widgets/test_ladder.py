"""The page of a local with everything to carry a campaign."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns.models import Campaign, Placement
from campaigner.widgets import codes, ladder_views
from tests import make


@pytest.fixture
def campaign(session: Any) -> Campaign:
    """An open campaign."""
    return make.campaign()


@pytest.fixture
def place(campaign: Campaign) -> Placement:
    """Its place at a local."""
    return make.placement(campaign, organisation=make.local("Afdeling Leiestreek"))


def opened(client: FlaskClient, place: Placement, query: str = "", *, lang: str = "nl") -> str:
    """The page, with its marks as people read them."""
    answer = client.get(f"/{lang}/c/{place.campaign.slug}/locals/{place.key}{query}")
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_every_rung_stands_on_the_page_ready_to_copy(client: FlaskClient, place: Placement) -> None:
    page = opened(client, place)
    for code in (codes.snippet(place), codes.plain_frame(place), codes.badge(place), codes.plain_form(place)):
        assert page.count(unescape(code)) >= 2, "in the field, and behind the button"
    assert page.count(f"http://localhost/s/{place.key}") > 5
    assert "Afdeling Leiestreek" in page
    assert 'src="data:image/svg+xml;base64,' in page


def test_every_rung_says_on_which_sites_it_works(client: FlaskClient, place: Placement) -> None:
    page = opened(client, place)
    rungs = {rung for lets in ladder_views.SITES.values() for rung in lets}
    for rung in rungs:
        section = re.search(rf'<section class="rung" id="{rung}".*?</section>', page, re.S)
        assert section, rung
        for site, words in (("wordpress_com", "WordPress.com"), ("wix", "Wix"), ("stripped", "scripts weglaat")):
            where = section[0].partition("</header>")[0]
            assert (words in where) == (rung in ladder_views.SITES[site]), (rung, site)


def test_what_is_chosen_is_in_every_code(client: FlaskClient, place: Placement) -> None:
    page = opened(client, place, "?theme=blue&lang=fr&size=strip&evil=x")
    chosen = f"/w/{place.key}?lang=fr&size=strip&theme=blue"
    assert f'<iframe class="preview" src="{chosen}"' in page
    written = chosen.replace("&", "&amp;")
    assert page.count(f"http://localhost{written}") == 4, "the line of script and the frame, each twice"
    assert 'height="132"' in page
    assert "evil" not in page.partition('<div class="wrap band ladder">')[2].partition("</main>")[0]


@pytest.mark.parametrize("lang", ["nl", "fr", "en", "es"])
def test_the_texts_are_there_in_every_language_of_the_campaign(
    client: FlaskClient, place: Placement, lang: str
) -> None:
    page = opened(client, place, lang=lang)
    for code in ("nl", "fr", "en", "es"):
        assert f'id="whatsapp-{code}"' in page
        assert f"*Titel {code}*" in page
    assert "Afdeling Leiestreek draagt deze actie mee." in page
    assert "Afdeling Leiestreek porte cette campagne." in page
    assert f"http://localhost/s/{place.key}?lang=fr" in page


def test_the_key_of_another_campaign_opens_nothing(client: FlaskClient, place: Placement, session: Any) -> None:
    other = make.campaign()
    assert client.get(f"/nl/c/{other.slug}/locals/{place.key}").status_code == 404
    assert client.get(f"/nl/c/{other.slug}/locals/{place.key}/poster.pdf").status_code == 404


def test_a_campaign_that_is_not_public_has_no_ladder(client: FlaskClient, session: Any) -> None:
    place = make.placement(make.campaign(state="draft"))
    assert client.get(f"/nl/c/{place.campaign.slug}/locals/{place.key}").status_code == 404


def test_it_is_not_for_search_engines_and_sets_no_cookie(client: FlaskClient, place: Placement) -> None:
    answer = client.get(f"/nl/c/{place.campaign.slug}/locals/{place.key}")
    assert '<meta name="robots" content="noindex">' in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("lang", ["nl", "fr"])
def test_the_poster_is_one_page_of_a4(client: FlaskClient, place: Placement, lang: str) -> None:
    answer = client.get(f"/{lang}/c/{place.campaign.slug}/locals/{place.key}/poster.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", answer.data)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", answer.data)
    assert box
    assert (round(float(box[1])), round(float(box[2]))) == (595, 842)


def test_a_title_that_staff_write_is_text_on_the_poster_and_not_a_program(client: FlaskClient, session: Any) -> None:
    campaign = make.campaign()
    for text in campaign.texts:
        text.title = '#panic("x") ' + "Ziekenhuis" * 18
        text.summary = '$ x $ #read("/etc/passwd") ' + "y" * 400
    place = make.placement(campaign)
    for path in (f"/nl/c/{campaign.slug}/locals/{place.key}/poster.pdf", f"/w/{place.key}/badge.png"):
        assert client.get(path).status_code == 200
