"""The application's one clock, so that a test can move it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


def now() -> datetime:
    """The present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def day_of(moment: datetime) -> date:
    """The calendar day of a moment, in Brussels."""
    return moment.astimezone(BRUSSELS).date()


def midnight() -> datetime:
    """When today began in Brussels."""
    return now().astimezone(BRUSSELS).replace(hour=0, minute=0, second=0, microsecond=0)


def today() -> date:
    """The calendar day in Brussels: what staff and supporters call today."""
    return day_of(now())
