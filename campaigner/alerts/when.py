"""When an alert leaves: a moment by the clock in Brussels, on both sides of a change to summer time, or in slices.

Staff read and type the time on the wall. What the wall shows twice (the last Sunday of October) means the
first of the two; what it never shows (the last Sunday of March) is refused with the times around it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from campaigner.core.clock import BRUSSELS, now
from campaigner.core.errors import DomainError
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l

SOONEST = timedelta(minutes=1)
LATEST = timedelta(days=180)
WALL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)
QUIET = (time(21), time(8))  # from, until: when a phone on a bedside table should not light up


class NoSuchMoment(DomainError):
    """A time that is not one, has passed, or is too far away."""


@dataclass(frozen=True, slots=True)
class Slices:
    """Equal parts of the audience, `number` of them, each `minutes` after the one before."""

    number: int
    minutes: int

    @property
    def last(self) -> timedelta:
        """How long after the first the last one leaves."""
        return timedelta(minutes=self.minutes) * (self.number - 1)

    def moments(self, start: datetime) -> Sequence[datetime]:
        """When each leaves: so many minutes apart in real time, whatever the clock on the wall does meanwhile."""
        return [start + timedelta(minutes=self.minutes * at) for at in range(self.number)]


AT_ONCE = Slices(1, 0)


def moment_of(typed: str) -> datetime:
    """The moment, in UTC, of a time on the wall in Brussels: `2026-12-01T09:30`, as a browser sends it.

    Raises NoSuchMoment.
    """
    wrong = NoSuchMoment(_l("Write a day and a time, for example 2026-12-01 09:30."))
    if WALL.fullmatch(typed.strip()) is None:
        raise wrong
    try:
        wall = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise wrong from None
    if not 2000 < wall.year < 2200:
        raise wrong
    at = wall.replace(tzinfo=BRUSSELS, fold=0).astimezone(UTC)
    if at.astimezone(BRUSSELS).replace(tzinfo=None) != wall:
        raise NoSuchMoment(_("That time does not exist: the clock goes forward that night. Choose another one."))
    if at < now() + SOONEST:
        raise NoSuchMoment(_l("That moment has passed. Choose a later one, or send it now."))
    if at > now() + LATEST:
        raise NoSuchMoment(_l("That is more than half a year away. Choose an earlier moment."))
    return at


def shown_twice(at: datetime) -> bool:
    """Whether the clock on the wall shows this time twice that night."""
    wall = at.astimezone(BRUSSELS).replace(tzinfo=None)
    return wall.replace(tzinfo=BRUSSELS, fold=0).utcoffset() != wall.replace(tzinfo=BRUSSELS, fold=1).utcoffset()


def quiet(at: datetime) -> bool:
    """Whether people sleep then, by the clock in Brussels."""
    begins, ends = QUIET
    wall = at.astimezone(BRUSSELS).time()
    return wall >= begins or wall < ends


def typed(at: datetime) -> str:
    """The moment as a browser's field wants it."""
    return at.astimezone(BRUSSELS).strftime("%Y-%m-%dT%H:%M")
