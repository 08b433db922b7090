"""Office hours on the target's own clock, on both sides of summer time."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigner.letters import hours
from tests.conftest import Sink
from tests.letters.stage import a_round, campaign, post, target, to_target


@pytest.mark.parametrize("zone", ["Europe/Brussels", "America/Santiago", "America/Tegucigalpa", "Asia/Kolkata"])
def test_office_hours_hold_on_both_sides_of_a_change_of_the_clock(zone: str) -> None:
    opens, closes, workdays = time(9), time(17), "12345"
    moment = datetime(2026, 3, 20, tzinfo=UTC)
    end = datetime(2026, 4, 20, tzinfo=UTC)
    openings = []
    while moment < end:
        opening = hours.next_opening(zone=zone, opens=opens, workdays=workdays, moment=moment)
        local = opening.astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) == (9, 0)
        assert local.isoweekday() < 6
        office = {"zone": zone, "opens": opens, "closes": closes, "workdays": workdays}
        assert hours.is_open(moment=opening, **office)
        assert not hours.is_open(moment=opening - timedelta(seconds=1), **office)
        closing = hours.closing(zone=zone, closes=closes, moment=opening)
        assert closing - opening == timedelta(hours=8)
        assert not hours.is_open(moment=closing, **office)
        assert hours.is_open(moment=closing - timedelta(seconds=1), **office)
        openings.append(opening)
        moment = opening
    assert len({each.astimezone(ZoneInfo(zone)).date() for each in openings}) == len(openings) > 20


def test_a_digest_follows_the_wall_clock_over_the_change_to_summer_time(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one, person=True, mode="digest")
    for number, moment in enumerate(
        [datetime(2026, 3, 27, 7, 59, tzinfo=UTC), datetime(2026, 3, 27, 8, 1, tzinfo=UTC),
         datetime(2026, 3, 30, 6, 59, tzinfo=UTC), datetime(2026, 3, 30, 7, 1, tzinfo=UTC)]
    ):  # fmt: skip
        post(one, number=number)
        at(moment)
        a_round()
        assert len(to_target(smtp)) == [0, 1, 1, 2][number]
