"""Bars of days, as the numbers of a drawing. Knows numbers and room, no words."""

from dataclasses import dataclass
from datetime import date

LEFT, RIGHT, TOP, FLOOR = 34.0, 636.0, 16.0, 130.0  # within 640 x 156
GAP = 0.25  # of a bar's room


@dataclass(frozen=True, slots=True)
class Bars:
    """What is drawn, and the numbers it is drawn from: `rows` holds (day, how many), oldest first."""

    rows: list[tuple[date, int]]
    bars: list[tuple[float, float, float, float]]  # x, y, width, height; days without any have none
    lines: list[tuple[float, int]]  # height and number of each line across
    peak: tuple[date, int]

    @property
    def total(self) -> int:
        """All together."""
        return sum(number for _, number in self.rows)


def draw(rows: list[tuple[date, int]]) -> Bars | None:
    """The chart of these days; None when there was nothing on any of them."""
    most = max((number for _, number in rows), default=0)
    if most <= 0:
        return None
    room = (RIGHT - LEFT) / len(rows)
    scale = (FLOOR - TOP) / most
    wide = round(room * (1 - GAP), 1)
    tall = [(round(LEFT + at * room, 1), round(number * scale, 1)) for at, (_, number) in enumerate(rows) if number > 0]
    bars = [(x, round(FLOOR - height, 1), wide, height) for x, height in tall]
    middle = [most // 2] if most > 1 else []
    lines = [(round(FLOOR - number * scale, 1), number) for number in (0, *middle, most)]
    return Bars(rows=rows, bars=bars, lines=lines, peak=max(rows, key=lambda row: row[1]))
