"""The application's one clock, so that a test can move it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


def now() -> datetime:
    """The present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in Brussels: what staff and supporters call today."""
    return now().astimezone(BRUSSELS).date()
