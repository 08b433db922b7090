"""When an alert leaves: the clock on the wall in Brussels, also in the nights when it jumps."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigner.alerts import when
from campaigner.alerts.when import NoSuchMoment, Slices


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(when, "now", lambda: datetime(2026, 10, 1, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("typed", "hour"),
    [("2026-10-24T09:30", 7), ("2026-10-26T09:30", 8)],  # summer time, winter time
)
def test_a_time_on_the_wall_is_that_time_in_either_season(today: None, typed: str, hour: int) -> None:
    at = when.moment_of(typed)
    assert (at.hour, at.minute, at.tzinfo) == (hour, 30, UTC)
    assert when.typed(at) == typed


def test_an_hour_that_comes_twice_means_the_first(today: None) -> None:
    at = when.moment_of("2026-10-25T02:30")
    assert at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert when.shown_twice(at)
    assert not when.shown_twice(when.moment_of("2026-10-25T03:30"))


def test_an_hour_that_never_comes_is_refused(today: None) -> None:
    with pytest.raises(NoSuchMoment, match="does not exist|bestaat niet"):
        when.moment_of("2027-03-28T02:30")


@pytest.mark.parametrize(
    "typed",
    ["", "morgen", "2026-13-01T10:00", "2026-09-30T10:00", "2026-10-01T10:00", "2027-06-01T10:00",
     "2026-10-24T09:30+02:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-10-24T09:30\x00"],
)  # fmt: skip
def test_what_is_no_moment_ahead_is_refused(today: None, typed: str) -> None:
    with pytest.raises(NoSuchMoment):
        when.moment_of(typed)


def test_slices_keep_their_distance_while_the_clock_jumps(today: None) -> None:
    moments = Slices(number=4, minutes=60).moments(when.moment_of("2026-10-25T01:30"))
    assert {later - earlier for earlier, later in zip(moments, moments[1:], strict=False)} == {timedelta(hours=1)}
    assert [when.typed(at)[-5:] for at in moments] == ["01:30", "02:30", "02:30", "03:30"]
    assert moments[0] + Slices(number=4, minutes=60).last == moments[-1]


@pytest.mark.parametrize(
    ("hour", "asleep"), [(20, False), (21, True), (23, True), (3, True), (7, True), (8, False), (12, False)]
)
def test_people_sleep_at_night(hour: int, asleep: bool) -> None:
    assert when.quiet(datetime(2026, 10, 5, hour, tzinfo=when.BRUSSELS)) is asleep
