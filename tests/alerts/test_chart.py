"""The drawing of a send's speed."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigner.alerts import chart

START = datetime(2026, 5, 12, 14, 10, tzinfo=UTC)


def minutes(*numbers):
    return [(START + timedelta(minutes=at), number) for at, number in enumerate(numbers)]


def test_nothing_taken_is_no_drawing():
    assert chart.draw([], until=START) is None
    assert chart.draw(minutes(0, 0), until=None) is None


def test_the_highest_minute_touches_the_top_and_none_the_floor():
    drawn = chart.draw(minutes(50, 0, 100), until=None)
    assert [y for _, y in drawn.points] == [68.0, chart.FLOOR, chart.TOP]
    assert drawn.points[-1][0] == chart.RIGHT
    assert drawn.points[0][0] == drawn.left
    assert drawn.whole == drawn.points
    assert drawn.peak == (START + timedelta(minutes=2), 100)


def test_minutes_of_silence_up_to_now_are_drawn_as_nothing():
    drawn = chart.draw(minutes(5, 10), until=START + timedelta(minutes=4, seconds=30))
    assert drawn.rows == minutes(5, 10, 0, 0, 0)
    assert drawn.unfinished
    assert len(drawn.whole) == 4


def test_a_send_that_is_over_ends_with_its_last_minute():
    assert chart.draw(minutes(5, 10), until=None).rows == minutes(5, 10)


def test_only_the_last_hour_is_drawn_however_long_it_stood_still():
    drawn = chart.draw(minutes(*[9] * 60), until=START + timedelta(minutes=70))
    assert len(drawn.rows) == len(drawn.points) == chart.MINUTES
    assert drawn.rows[-1] == (START + timedelta(minutes=70), 0)
    assert drawn.rows[-12][1] == 9
    assert chart.draw(minutes(9), until=START + timedelta(days=30)) is None


@pytest.mark.parametrize(
    ("most", "lines"),
    [(1, [0, 1]), (7, [0, 2, 4, 6]), (118, [0, 50, 100]), (6000, [0, 2000, 4000, 6000]), (99_999, [0, 50_000])],
)
def test_the_lines_across_are_round_numbers(most, lines):
    assert [number for _, number in chart.draw(minutes(most), until=None).lines] == lines


def test_one_minute_is_a_dot_with_its_time():
    drawn = chart.draw(minutes(7), until=START + timedelta(seconds=30))
    assert len(drawn.points) == 1
    assert drawn.marks == []
