"""How fast a send went, minute by minute, as the points of a drawing. Knows numbers and room, no words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTES = 60  # at most, the latest
RIGHT, TOP, FLOOR = 424.0, 12.0, 124.0  # within 430 x 150
DIGIT = 15.0  # room for one figure of an axis at its largest
MINUTE = timedelta(minutes=1)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, and the numbers it is drawn from: `rows` holds (minute, how many), oldest first."""

    rows: list[tuple[datetime, int]]
    points: list[Point]
    unfinished: bool  # the last minute still runs
    left: float
    lines: list[tuple[float, int]]  # height and number of each line across
    marks: list[tuple[float, datetime]]  # place and minute of the words below, all but the last

    @property
    def whole(self) -> list[Point]:
        """The minutes that are over."""
        return self.points[:-1] if self.unfinished else self.points

    @property
    def peak(self) -> tuple[datetime, int]:
        """The busiest minute."""
        return max(self.rows, key=lambda row: row[1])


def draw(pulse: list[tuple[datetime, int]], *, until: datetime | None) -> Chart | None:
    """The chart of these minutes; `until` is now for a send that goes on: what stands still is drawn as nothing.

    None when nothing was taken in any of them.
    """
    rows = _lengthened(pulse, until=until)[-MINUTES:]
    most = max((number for _, number in rows), default=0)
    if not most:
        return None
    step = _step(most)
    lines = list(range(0, most + 1, step))
    left = DIGIT * (len(str(lines[-1])) + lines[-1] // 1000) + 12
    stride = (RIGHT - left) / max(1, len(rows) - 1)
    scale = (FLOOR - TOP) / most
    points = [(round(left + at * stride, 1), round(FLOOR - number * scale, 1)) for at, (_, number) in enumerate(rows)]
    marks = [(points[at][0], rows[at][0]) for at in ([0, len(rows) // 2] if len(rows) > 8 else [0])]
    return Chart(
        rows=rows,
        points=points,
        unfinished=until is not None,
        left=left,
        lines=[(round(FLOOR - number * scale, 1), number) for number in lines],
        marks=marks if len(rows) > 1 else [],
    )


def _lengthened(pulse: list[tuple[datetime, int]], *, until: datetime | None) -> list[tuple[datetime, int]]:
    """The same minutes, and those since the last of them, in which nothing was taken."""
    if not pulse or until is None:
        return pulse
    last = pulse[-1][0]
    silent = min(MINUTES, max(0, int((until - last) / MINUTE)))
    now = last + int((until - last) / MINUTE) * MINUTE
    return pulse + [(now - (silent - 1 - at) * MINUTE, 0) for at in range(silent)]


def _step(most: int) -> int:
    """A round number that goes into `most` once to three times."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if most // step <= 3:
                return step
        size *= 10
