"""Official petitions are explained and linked, and only counted: never imitated."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns import official
from campaigner.campaigns.models import Campaign, OfficialPetition
from campaigner.core.clock import today
from campaigner.core.db import Base, db
from campaigner.core.errors import DomainError, NotFound
from tests import make
from tests.campaigns.stage import log_in, send

URL = {
    "chamber": "https://dekamer.mijnopinie.belgium.be/initiatives/i-1",
    "flemish_parliament": "https://www.vlaamsparlement.be/nl/verzoekschrift/1",
    "eci": "https://citizens-initiative.europa.eu/initiatives/details/2026/000001_nl",
}


@pytest.fixture
def by(session: object) -> int:
    """Who does it."""
    return make.account().id


def _linked(campaign: Campaign, by: int, route: str = "chamber") -> OfficialPetition:
    return official.link(campaign, route=route, url=URL[route], closes_on=None, by=by)


def _enter(petition: OfficialPetition, by: int, **more: Any) -> None:
    said = {"region": "flanders", "kind": "paper", "count": 100, "day": today(), "source": "Doos 1", **more}
    official.enter(petition, by=by, **said)


def _counts(campaign: Campaign) -> dict[str, int]:
    (standing,) = official.standings(campaign.id)
    return {part.code: part.count for part in standing.parts} | {"total": standing.total}


def test_sheets_add_up_and_of_what_the_site_showed_the_latest_stands(by: int) -> None:
    campaign = make.campaign()
    petition = _linked(campaign, by)
    _enter(petition, by, count=1000)
    _enter(petition, by, count=200)
    _enter(petition, by, kind="online", count=3000, day=today() - timedelta(days=2))
    _enter(petition, by, kind="online", count=3500)
    _enter(petition, by, region="brussels", kind="online", count=90)
    db.session.expire_all()
    assert _counts(campaign) == {"flanders": 4700, "brussels": 90, "wallonia": 0, "total": 4790}


def test_two_numbers_of_one_day_the_one_entered_last_stands(by: int) -> None:
    campaign = make.campaign()
    petition = _linked(campaign, by)
    _enter(petition, by, kind="online", count=3000)
    _enter(petition, by, kind="online", count=3010)
    db.session.expire_all()
    assert _counts(campaign)["flanders"] == 3010


def test_the_chamber_says_how_many_from_each_region(by: int) -> None:
    campaign = make.campaign()
    _linked(campaign, by)
    (standing,) = official.standings(campaign.id)
    assert [(part.code, part.wanted) for part in standing.parts] == [
        ("flanders", 14_500), ("brussels", 2_500), ("wallonia", 8_000)
    ]  # fmt: skip
    assert sum(part.wanted for part in standing.parts) == standing.route.goal == 25_000


def test_of_the_european_union_only_countries_with_a_count_are_listed(by: int) -> None:
    campaign = make.campaign()
    petition = _linked(campaign, by, "eci")
    _enter(petition, by, region="BE", kind="online", count=4000)
    assert _counts(campaign) == {"BE": 4000, "total": 4000}


@pytest.mark.parametrize(
    "url",
    [
        "http://dekamer.mijnopinie.belgium.be/x", "https://dekamer.be.kwaad.example/x", "https://kwaad.example/dekamer.be",
        "https://dekamer.mijnopinie.belgium.be@kwaad.example/x", "https://nepdekamer.be/x", "javascript:alert(1)", "",
        "https://", "dekamer.be", "https://www.vlaamsparlement.be/x", "https://u:p@dekamer.be/", "https://[::1",
    ],
)  # fmt: skip
def test_only_the_official_site_is_linked(by: int, url: str) -> None:
    campaign = make.campaign()
    with pytest.raises(DomainError):
        official.link(campaign, route="chamber", url=url, closes_on=None, by=by)
    assert official.standings(campaign.id) == ()


def test_linking_again_changes_the_address_and_keeps_the_counts(by: int) -> None:
    campaign = make.campaign()
    _enter(_linked(campaign, by), by)
    official.link(campaign, route="chamber", url="https://www.dekamer.be/2", closes_on=date(2027, 1, 1), by=by)
    (standing,) = official.standings(campaign.id)
    assert (standing.petition.url, standing.total, standing.is_open) == ("https://www.dekamer.be/2", 100, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "eupen"}, {"kind": "gok"}, {"count": 0}, {"count": -5}, {"count": official.MOST + 1},
        {"day": today() + timedelta(days=1)}, {"source": ""},
    ],
)  # fmt: skip
def test_a_count_without_a_region_a_day_or_a_source_is_refused(by: int, wrong: dict[str, Any]) -> None:
    campaign = make.campaign()
    petition = _linked(campaign, by)
    with pytest.raises(DomainError):
        _enter(petition, by, **wrong)


def test_a_count_of_another_petition_is_left_alone(by: int) -> None:
    one, other = make.campaign(), make.campaign()
    petition, elsewhere = _linked(one, by), _linked(other, by)
    _enter(elsewhere, by)
    with pytest.raises(NotFound):
        official.strike(petition, elsewhere.batches[0].id, by=by)
    with pytest.raises(NotFound):
        official.of_campaign(one.id, elsewhere.id)
    official.strike(elsewhere, elsewhere.batches[0].id, by=by)
    assert _counts(other)["total"] == 0


def test_no_table_of_ours_has_room_for_a_signer_of_an_official_petition() -> None:
    for name in ("official_petition", "official_batch"):
        columns = set(Base.metadata.tables[name].columns.keys())
        assert columns <= {
            "id", "campaign_id", "route", "url", "closes_on", "petition_id", "region", "kind", "count", "day", "source",
            "created_at",
        }  # fmt: skip


@pytest.fixture
def desk(clean: None, client: FlaskClient) -> FlaskClient:
    """The browser of somebody who writes campaigns."""
    log_in(client, "campaigner")
    return client


def test_staff_link_and_count_and_the_page_tells_it_apart_from_ours(desk: FlaskClient) -> None:
    campaign = make.campaign("strijd")
    path = f"/staff/campaigns/{campaign.id}/official"
    assert send(desk, path, route="chamber", url=URL["chamber"], closes_on="2090-01-31").status_code == 303
    (standing,) = official.standings(campaign.id)
    here = f"{path}/{standing.petition.id}"
    data = {"region": "flanders", "kind": "paper", "count": "1.250", "day": "2026-05-12", "source": "Telling afdeling"}
    assert send(desk, f"{here}/count", via=path, **data).status_code == 303
    for language, number in (("nl", "1.250"), ("fr", "1\u202f250"), ("en", "1,250"), ("es", "1.250")):
        page = desk.get(f"/{language}/c/strijd").text
        assert f'href="{URL["chamber"]}"' in page
        assert number in page.replace("\xa0", "\u202f")
        assert "Telling afdeling" in page
        section = page[page.index('class="official"') :]
        section = section[: section.index("</section>")]
        assert "<form" not in section
        assert "<input" not in section
    assert desk.get("/c/strijd/count.json").json["count"] == 0
    (standing,) = official.standings(campaign.id)
    struck = f"{here}/counts/{standing.petition.batches[0].id}/strike"
    assert send(desk, struck, via=path).status_code == 303
    assert send(desk, struck, via=path).status_code == 404
    assert send(desk, f"{here}/unlink", via=path).status_code == 303
    assert 'class="official"' not in desk.get("/nl/c/strijd").text


@pytest.mark.parametrize(
    "data",
    [
        {}, {"route": "chamber"}, {"route": "x", "url": URL["chamber"]}, {"route": "chamber", "url": "https://x.example/"},
        {"route": "chamber", "url": URL["chamber"], "closes_on": "ooit"}, {"route": "\x00", "url": "\x00"},
    ],
)  # fmt: skip
def test_a_link_with_bad_input_is_a_page(desk: FlaskClient, data: dict[str, str]) -> None:
    campaign = make.campaign("strijd")
    assert send(desk, f"/staff/campaigns/{campaign.id}/official", **data).status_code == 422
    assert official.standings(campaign.id) == ()


@pytest.mark.parametrize(
    "wrong",
    [{"count": "veel"}, {"count": "0"}, {"count": "9" * 30}, {"day": ""}, {"day": "2099-01-01"}, {"source": ""},
     {"region": "x"}, {"kind": "x"}, {"source": "x" * 201}],
)  # fmt: skip
def test_a_count_with_bad_input_is_a_page_that_keeps_it(desk: FlaskClient, wrong: dict[str, str]) -> None:
    campaign = make.campaign("strijd")
    path = f"/staff/campaigns/{campaign.id}/official"
    send(desk, path, route="chamber", url=URL["chamber"])
    (standing,) = official.standings(campaign.id)
    data = {"region": "flanders", "kind": "paper", "count": "12", "day": "2026-05-12", "source": "Doos 7", **wrong}
    answer = send(desk, f"{path}/{standing.petition.id}/count", via=path, **data)
    assert answer.status_code == 422
    assert "source" in wrong or 'value="Doos 7"' in answer.text
    db.session.rollback()
    assert official.standings(campaign.id)[0].total == 0
    assert send(desk, f"{path}/99/count", via=path, **data).status_code == 404
