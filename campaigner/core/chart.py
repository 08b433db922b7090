"""Columns of a drawing, as numbers: knows heights and room, no words. For figures a month, a day, a topic."""

from dataclasses import dataclass

WIDTH, TOP, FLOOR = 640.0, 12.0, 164.0  # within 640 x 200
DIGIT = 10.0  # room for one figure of an axis
GAP = 0.3  # of a group's room
MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it stands, how wide and how high, and its number."""

    x: float
    y: float
    width: float
    height: float
    value: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Groups of columns side by side, one group a month or a topic, and the lines across."""

    groups: list[list[Column]]
    lines: list[tuple[float, int]]  # height and number
    marks: list[float]  # the middle of every group
    left: float


def columns(groups: list[list[float]]) -> Columns | None:
    """The columns of these groups of numbers, all on one scale. None when every number is nothing."""
    most = max((value for group in groups for value in group), default=0.0)
    if most <= 0:
        return None
    step = _step(most)
    lines = list(range(0, int(most) + 1, step))
    left = DIGIT * len(f"{lines[-1]:,}") + 8
    room = (WIDTH - left) / len(groups)
    scale = (FLOOR - TOP) / most
    drawn = []
    for at, group in enumerate(groups):
        width = room * (1 - GAP) / max(1, len(group))
        start = left + at * room + room * GAP / 2
        drawn.append([_column(start + place * width, width, value, scale) for place, value in enumerate(group)])
    return Columns(
        groups=drawn,
        lines=[(round(FLOOR - number * scale, 1), number) for number in lines],
        marks=[round(left + (at + 0.5) * room, 1) for at in range(len(groups))],
        left=left,
    )


def _column(x: float, width: float, value: float, scale: float) -> Column:
    height = value * scale
    return Column(round(x, 1), round(FLOOR - height, 1), round(width, 1), round(height, 1), value)


def _step(most: float) -> int:
    """A round number that goes into `most` at most MOST_LINES times."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if most / step <= MOST_LINES:
                return step
        size *= 10
