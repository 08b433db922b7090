"""What is planned: on the page until it is past, and in the calendars of whoever follows."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from campaigner.campaigns import events, life
from campaigner.campaigns.events import Plan
from campaigner.campaigns.models import Campaign, Event
from campaigner.core.clock import BRUSSELS, now
from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError, NotFound
from tests import make
from tests.campaigns.stage import log_in, send

pytestmark = pytest.mark.usefixtures("clean")
SOON = timedelta(days=3)


def _plan(**changes: Any) -> Plan:
    said = {"kind": "event", "starts_at": now() + SOON, "ends_at": None, "place": "Volkshuis, Gent",
            "words": {"nl": "Filmavond"}, **changes}  # fmt: skip
    return Plan(**said)


def _add(campaign: Campaign, **changes: Any) -> Event:
    with transaction():
        return events.add(campaign, plan=_plan(**changes), by=make.account().id)


def _ics(client: FlaskClient, campaign: Campaign, lang: str = "nl") -> list[str]:
    return client.get(f"/{lang}/c/{campaign.slug}/calendar.ics").text.replace("\r\n ", "").split("\r\n")


def _sequence(client: FlaskClient, campaign: Campaign) -> int:
    """The number of the one date that is planned."""
    event = next(part for part in "\n".join(_ics(client, campaign)).split("BEGIN:VEVENT") if "-date-" in part)
    return int(re.findall(r"SEQUENCE:(\d+)", event)[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": now() - timedelta(days=1)}, {"ends_at": now()}, {"words": {"fr": "Film"}}, {"kind": "feest"},
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DomainError):
        _add(make.campaign(), **changes)


def test_what_is_past_leaves_the_page_by_itself() -> None:
    campaign = make.campaign()
    row = _add(campaign)
    assert [date.words for date in life.dates(campaign, "nl")] == ["Filmavond"]
    row.starts_at = now() - events.LASTS + timedelta(minutes=1)
    db.session.commit()
    assert len(life.dates(campaign, "nl")) == 1  # it is going on
    row.starts_at = now() - events.LASTS - timedelta(minutes=1)
    db.session.commit()
    assert life.dates(campaign, "nl") == ()


def test_a_date_without_a_translation_says_which_language_it_is_in(client: FlaskClient) -> None:
    campaign = make.campaign()
    _add(campaign)
    assert '<span lang="nl">Filmavond</span>' in client.get(f"/fr/c/{campaign.slug}").text
    assert "SUMMARY;LANGUAGE=nl:Filmavond (Titel fr)" in _ics(client, campaign, "fr")


def test_a_calendar_holds_the_hour_in_utc_and_the_place(client: FlaskClient) -> None:
    campaign = make.campaign()
    begins = datetime(now().year + 1, 7, 1, 20, 0, tzinfo=BRUSSELS)
    row = _add(campaign, starts_at=begins, ends_at=begins + timedelta(hours=2), kind="handover")
    lines = _ics(client, campaign)
    year = begins.year
    for line in (f"DTSTART:{year}0701T180000Z", f"DTEND:{year}0701T200000Z",
                 "SUMMARY;LANGUAGE=nl:Overhandiging: Filmavond",
                 "LOCATION:Volkshuis\\, Gent", f"UID:{campaign.slug}-date-{row.id}@localhost"):  # fmt: skip
        assert line in lines


def test_a_date_that_is_called_off_stays_in_calendars_as_called_off(client: FlaskClient) -> None:
    campaign = make.campaign()
    row = _add(campaign)
    before = [line for line in _ics(client, campaign) if line.startswith("UID")]
    with transaction():
        events.call_off(row, by=make.account().id)
    lines = _ics(client, campaign)
    assert "STATUS:CANCELLED" in lines
    assert [line for line in lines if line.startswith("UID")] == before
    page = client.get(f"/nl/c/{campaign.slug}").text
    assert "Afgelast" in page
    assert "<s>Filmavond</s>" in page
    with transaction():
        events.call_off(row, by=make.account().id)
    assert "STATUS:CANCELLED" not in _ics(client, campaign)


def test_a_changed_date_has_a_later_sequence_number(client: FlaskClient) -> None:
    campaign = make.campaign()
    row = _add(campaign)
    row.changed_at = now() - timedelta(hours=1)
    db.session.commit()
    first = _sequence(client, campaign)
    with transaction():
        events.change(campaign, row, plan=_plan(words={"nl": "Quiz"}), by=make.account().id)
    assert _sequence(client, campaign) > first
    assert any("Quiz" in line for line in _ics(client, campaign))


def test_a_date_of_another_campaign_is_not_found() -> None:
    row = _add(make.campaign())
    with pytest.raises(NotFound):
        events.of_campaign(make.campaign().id, row.id)


def test_staff_plan_change_call_off_and_remove(client: FlaskClient) -> None:
    campaign = make.campaign()
    log_in(client, "campaigner")
    home = f"/staff/campaigns/{campaign.id}/dates"
    local = (now() + SOON).astimezone(BRUSSELS).strftime("%Y-%m-%dT%H:%M")
    typed = {"kind": "event", "starts_at": local, "place": "Gent", "words_nl": "Filmavond"}
    assert send(client, home, **{**typed, "starts_at": "2001-01-01T20:00"}).status_code == 422
    assert send(client, home, **{**typed, "starts_at": ""}).status_code == 422
    assert send(client, home, **typed).status_code == 303
    found = re.search(rf"{home}/(\d+)", client.get(home).text)
    assert found
    one = f"{home}/{found[1]}"
    assert 'value="Filmavond"' in client.get(one).text
    assert send(client, one, **{**typed, "words_nl": "Quiz"}).status_code == 303
    assert send(client, f"{one}/cancel", via=home).status_code == 303
    assert "Afgelast" in client.get(home).text
    assert send(client, f"{one}/remove", via=home).status_code == 303
    assert client.get(one).status_code == 404
