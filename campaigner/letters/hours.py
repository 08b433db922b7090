"""When a target's office is open, in the target's own time zone, on both sides of a change to summer time.

Only wall clocks are compared, and only whole moments are counted with: no hour is added to a local time.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@cache
def zones() -> tuple[str, ...]:
    """The time zones to choose from: Area/City."""
    return tuple(sorted(name for name in available_timezones() if name.startswith(AREAS)))


def local_day(zone: str, moment: datetime) -> date:
    """The calendar day of a moment where the target is."""
    return moment.astimezone(ZoneInfo(zone)).date()


def is_open(*, zone: str, opens: time, closes: time, workdays: str, moment: datetime) -> bool:
    """Whether the office is open at that moment."""
    local = moment.astimezone(ZoneInfo(zone))
    return str(local.isoweekday()) in workdays and opens <= local.time() < closes


def next_opening(*, zone: str, opens: time, workdays: str, moment: datetime) -> datetime:
    """The first opening after that moment, in UTC."""
    first = local_day(zone, moment)
    days = (first + timedelta(days=n) for n in range(9))
    openings = (
        datetime.combine(day, opens, ZoneInfo(zone)).astimezone(UTC)
        for day in days
        if str(day.isoweekday()) in workdays
    )
    return next(each for each in openings if each > moment)


def closing(*, zone: str, closes: time, moment: datetime) -> datetime:
    """When the office closes on the day of that moment, in UTC."""
    return datetime.combine(local_day(zone, moment), closes, ZoneInfo(zone)).astimezone(UTC)
