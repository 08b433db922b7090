"""Languages: which one a page speaks, how numbers and days are written, names of languages and countries.

The language stands in the address (`/nl/...`) and nowhere else: no cookie. Pages without a
language in their address (confirm, unsubscribe) set `g.language` from the row they are about.
"""

import re
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal
from flask import g, has_request_context, request
from flask_babel import Babel, LazyString, force_locale, get_locale, gettext, lazy_gettext, ngettext

from campaigner.config import LANGUAGES
from campaigner.core.clock import BRUSSELS, now

__all__ = ["LANGUAGES", "LazyString", "babel", "force_locale", "gettext", "lazy_gettext", "ngettext"]

NAMES = {"nl": "Nederlands", "fr": "Français", "en": "English", "es": "Español"}
babel = Babel()


def choose() -> str:
    """The language of this request: the address, else the row, else what the browser prefers, else Dutch."""
    if not has_request_context():
        return LANGUAGES[0]
    chosen = g.get("language") or (request.view_args or {}).get("lang") or request.path[1:3]
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])


def language() -> str:
    """The two letters of the language in force."""
    locale = get_locale()
    return locale.language if locale else LANGUAGES[0]


def _locale() -> Locale:
    """The locale in force, Belgian where that differs."""
    return Locale(language(), "BE") if language() in ("nl", "fr") else Locale(language())


def number(value: int) -> str:
    """A whole number with its thousands marked the way the language does: 2.847 in Dutch."""
    # CLDR writes Spanish thousands only from five digits on; a tally is clearer with them always.
    return format_decimal(value, locale=Locale("es", "CO") if language() == "es" else _locale())


def decimal(value: float) -> str:
    """A number with one decimal, marked the way the language does: 2,8 in Dutch."""
    return format_decimal(value, format="0.0", locale=_locale())


def day(value: date | datetime, form: str = "d MMMM yyyy") -> str:
    """A day in words: 12 mei 2026."""
    if isinstance(value, datetime):
        value = value.astimezone(BRUSSELS)
    if language() == "en" and form == "d MMMM yyyy":
        form = "d MMMM y"
    if language() == "es":  # as CLDR writes it: 22 de noviembre de 2026
        form = form.replace("d MMMM", "d 'de' MMMM").replace("MMMM y", "MMMM 'de' y")
    return format_date(value, form, locale=_locale())


def moment(value: datetime, *, seconds: bool = False) -> str:
    """A moment for staff: the time alone when it is today, else the day and the time; for a log with its seconds."""
    local = value.astimezone(BRUSSELS)
    clock = format_time(local, "HH:mm:ss" if seconds else "HH:mm", locale=_locale())
    if local.date() == now().astimezone(BRUSSELS).date():
        return clock
    return f"{format_date(local, 'd MMM', locale=_locale())}, {clock}"


def clock(value: datetime) -> str:
    """The hour of a moment in Brussels: 19:30."""
    return format_time(value.astimezone(BRUSSELS), "HH:mm", locale=_locale())


def ago(value: datetime) -> str:
    """How long ago something happened, in short: 4 min geleden, 2 uur geleden."""
    return format_timedelta(
        value - now(), granularity="minute", threshold=1, format="short", add_direction=True, locale=_locale()
    )


def unbroken(text: str) -> str:
    """The same words with a hyphen in "e-mail" at which no line breaks: for narrow places on a page."""
    return re.sub(r"(?<=\b[Ee])-(?=mail)", "\u2011", str(text))


def country(code: str | None) -> str:
    """The name of a country in the language in force, or the code itself when it is not one."""
    return str(_locale().territories.get(code or "", code or ""))


def language_name(code: str) -> str:
    """What a language calls itself."""
    return NAMES.get(code, code)


def language_here(code: str) -> str:
    """The name of a language in the language in force: Frans, when that is Dutch."""
    return str(_locale().languages.get(code, code))
