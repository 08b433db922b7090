"""The pages of partners and locals: who they are, what they carry, what came through them."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from campaigner.actions import jobs as action_jobs
from campaigner.actions.models import JournalEntry
from campaigner.campaigns import carried
from campaigner.campaigns.models import Ask, Campaign, Update
from campaigner.core.clock import now, today
from campaigner.core.db import db
from campaigner.organisations.models import Organisation, Twinning
from tests import make

pytestmark = pytest.mark.usefixtures("session")
LANGUAGES = ("nl", "fr", "en", "es")


@pytest.fixture
def partner() -> Organisation:
    """A union in the South, twinned with a local."""
    row = Organisation(
        slug="sindicato", kind="partner", name="Sindicato Ejemplo", country="HN", languages=["es"],
        about={"nl": "Een vakbond.", "es": "Un sindicato."},
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    db.session.add(Twinning(local_id=make.local("Afdeling Leiestreek").id, partner_id=row.id, since=2019))
    db.session.commit()
    return row


def _news(campaign: Campaign, author: str, title: str) -> None:
    db.session.add(
        Update(
            campaign_id=campaign.id, number=1, language="nl", title=title, body="Tekst", author=author,
            state="published", published_at=now() - timedelta(hours=1),
        )
    )  # fmt: skip
    db.session.commit()


def _came(campaign: Campaign, local: Organisation, number: int, *, ask: Ask | None = None) -> None:
    db.session.add(
        JournalEntry(
            ask_id=(ask or campaign.asks[0]).id, day=today(), region="BE", channel="widget",
            organisation_id=local.id, change=number,
        )
    )  # fmt: skip
    db.session.commit()
    action_jobs.count()
    db.session.commit()


def test_a_partners_page_shows_its_struggles_its_news_and_its_twins(client: FlaskClient, partner: Organisation) -> None:
    campaign = make.campaign("strijd", partner=partner)
    make.campaign("andere")
    make.campaign("concept", partner=partner, state="draft")
    _news(campaign, partner.name, "Er is een gesprek")
    for language in LANGUAGES:
        page = client.get(f"/{language}/partners/sindicato").text
        assert f"/{language}/c/strijd#update-1" in page
        assert "Afdeling Leiestreek" in page
        assert "/c/andere" not in page
        assert "/c/concept" not in page


def test_news_of_others_is_not_put_into_a_partners_mouth(client: FlaskClient, partner: Organisation) -> None:
    _news(make.campaign("strijd", partner=partner), "FOS", "Wij schreven dit")
    assert "Wij schreven dit" not in client.get("/nl/partners/sindicato").text


def test_a_campaign_in_safety_mode_stands_on_no_partners_page(client: FlaskClient, partner: Organisation) -> None:
    campaign = make.campaign("stil", partner=partner, safety_mode=True)
    _news(campaign, partner.name, "Stil nieuws")
    for language in LANGUAGES:
        page = client.get(f"/{language}/partners/sindicato").text
        assert "/c/stil" not in page
        assert "Stil nieuws" not in page
        assert partner.name not in client.get(f"/{language}/c/stil").text


def test_what_is_not_written_in_the_readers_language_says_in_which_it_is(
    client: FlaskClient, partner: Organisation
) -> None:
    assert "<p>Een vakbond.</p>" in client.get("/nl/partners/sindicato").text
    assert '<p lang="es">Un sindicato.</p>' in client.get("/fr/partners/sindicato").text


def test_a_locals_page_counts_what_came_through_it(
    client: FlaskClient, session: scoped_session[Session], partner: Organisation
) -> None:
    local = make.local("Kern Havenzicht")
    one, other = make.campaign("strijd"), make.campaign("andere")
    key = make.placement(one, organisation=local).key
    make.placement(other, organisation=local)
    make.placement(one)  # another local's
    _came(one, local, 1234)
    _came(one, make.local(), 50)
    assert {each.card.slug: each.brought for each in carried.of_local(local, "nl")} == {"strijd": 1234, "andere": 0}
    for language, number in (("nl", "1.234"), ("en", "1,234"), ("es", "1.234")):
        page = client.get(f"/{language}/locals/{local.slug}").text
        assert number in page
        assert f"/{language}/c/strijd?p={key}" in page


def test_whoever_signs_and_writes_counts_once_for_the_local() -> None:
    local = make.local()
    campaign = make.campaign("strijd", asks=[Ask(kind="petition"), Ask(kind="letter")])
    make.placement(campaign, organisation=local)
    _came(campaign, local, 3)
    _came(campaign, local, 9, ask=campaign.asks[1])
    assert [each.brought for each in carried.of_local(local, "nl")] == [3]


def test_a_local_that_carries_nothing_says_so(client: FlaskClient) -> None:
    local = make.local()
    for language in LANGUAGES:
        assert client.get(f"/{language}/locals/{local.slug}").status_code == 200


@pytest.mark.parametrize(
    "path", ["partners/onbekend", "locals/onbekend", "locals/sindicato", "partners/host", "locals/%00"]
)
def test_who_has_no_page_is_a_404(client: FlaskClient, partner: Organisation, path: str) -> None:
    answer = client.get(f"/nl/{path}")
    assert answer.status_code == 404
    assert "<h1" in answer.text


def test_the_map_lists_partners_and_locals_that_are_no_example(client: FlaskClient, partner: Organisation) -> None:
    page = client.get("/sitemap.xml").text
    assert "/nl/partners/sindicato<" in page
    assert "/es/partners/request<" in page
    partner.is_example = True
    db.session.commit()
    assert "/partners/sindicato" not in client.get("/sitemap.xml").text


def test_home_leads_to_the_partner(client: FlaskClient, partner: Organisation) -> None:
    assert '<a href="/nl/partners/sindicato">Sindicato Ejemplo</a>' in client.get("/nl/").text
    make.campaign("strijd", partner=partner)
    assert '<a href="/nl/partners/sindicato">' in client.get("/nl/c/strijd").text


def test_a_partner_with_nothing_but_safety_mode_is_named_on_no_page_of_ours(
    client: FlaskClient, session: scoped_session[Session], partner: Organisation
) -> None:
    local = session.get_one(Organisation, carried.twins(partner_id=partner.id)[0].local_id)
    make.campaign("stil", partner=partner, safety_mode=True)
    doors = ("/nl/", f"/nl/locals/{local.slug}", "/sitemap.xml", "/nl/c/stil", "/nl/feed.atom", "/nl/c/stil/feed.atom")
    for door in doors:
        page = client.get(door)
        assert page.status_code == 200
        assert partner.name not in page.text
        assert "partners/sindicato" not in page.text
    assert client.get("/nl/partners/sindicato").status_code == 404
    make.campaign("luid", partner=partner)
    assert partner.name in client.get("/nl/").text
    assert client.get("/nl/partners/sindicato").status_code == 200
