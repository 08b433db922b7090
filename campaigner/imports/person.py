"""One line of a file as a person ready for the database: looked at, fingerprinted and encrypted. Asks nothing."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from babel import Locale

from campaigner.config import LANGUAGES
from campaigner.core import addresses, text
from campaigner.core.clock import BRUSSELS, now
from campaigner.core.crypto import keyring
from campaigner.supporters.service import Person, fingerprint

NAME_MAX = 80
# An address that needs no long look: plain letters, no dot in a wrong place. Its domain is looked at once.
PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_+-]|\.(?=[A-Za-z0-9_+-])){0,62}@([A-Za-z0-9.-]{3,190})")
NAME = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")
LEFT = frozenset(
    ["unsubscribed", "unsubscribe", "blocklisted", "blacklisted", "disabled", "cleaned", "bouncing", "spam complaint",
     "1", "yes", "true", "y", "ja", "oui", "uitgeschreven", "désinscrit"]
)  # fmt: skip
STAYS = frozenset(
    ["", "subscribed", "enabled", "active", "confirmed", "0", "no", "false", "n", "nee", "non", "actief",
     "ingeschreven"]
)  # fmt: skip
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d-%m-%Y", "%Y/%m/%d")
COUNTRIES: dict[str, str] = {
    str(name).casefold(): str(code)
    for lang in ("en", "nl", "fr", "es")
    for code, name in Locale(lang).territories.items()
    if len(code) == 2
}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a line says that says nothing. `said_at`: when its people said yes; None: nobody knows."""

    language: str = "nl"
    country: str = "BE"
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A row for COPY: the last field is when they said yes, None where nothing proves it."""

    mailbox: bytes
    person: bytes
    email: bytes
    first_name: bytes
    last_name: bytes
    nameless: bool
    postcode: str
    country: str
    language: str
    provider: str
    said_at: datetime | None


class Fault(Exception):
    """A line that is left out. `field` and `why` are words of ours; what stood there is not kept."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


def read(row: list[str], columns: dict[str, list[int]], defaults: Defaults) -> Ready:
    """The person on a line. Raises Fault."""

    def cell(field: str) -> str:
        return next((found for at in columns.get(field, ()) if at < len(row) and (found := row[at].strip())), "")

    for at in columns.get("status", ()):
        _stays(row[at].strip() if at < len(row) else "")
    email = _address(cell("email"))
    first, last = _name(cell("first_name"), "first_name"), _name(cell("last_name"), "last_name")
    if not first and not last:
        first, _, last = _name(cell("name"), "name").partition(" ")
    country = _country(cell("country")) or defaults.country
    postcode = text.one_line(cell("postcode")[:12])
    who = fingerprint(Person(first, last, email, "", "", ""))
    return Ready(
        addresses.fingerprint(email), who, keyring.encrypt(email, "email"), keyring.encrypt(first, "first_name"),
        keyring.encrypt(last, "last_name"), not first and not last, postcode, country,
        _language(cell("language")) or defaults.language, addresses.provider(email),
        _moment(cell("said_at")) or defaults.said_at,
    )  # fmt: skip


def _stays(status: str) -> None:
    """Somebody who left there is not brought in here. A date in such a column is the day they left."""
    if status.casefold() in STAYS:
        return
    raise Fault("status", "left" if status.casefold() in LEFT or _moment(status) else "unknown status")


def _address(raw: str) -> str:
    plain = PLAIN.fullmatch(raw)
    if plain and (domain := _domain(plain[1])):
        return f"{raw[: plain.start(1)]}{domain}"
    if not raw:
        raise Fault("email", "missing")
    try:
        return addresses.normal(raw)
    except addresses.NotAnAddress as error:
        raise Fault("email", "no address") from error


@lru_cache(maxsize=50_000)
def _domain(domain: str) -> str:
    """The domain as we write it; "" when an address in it deserves a longer look."""
    try:
        return addresses.normal(f"a@{domain}").partition("@")[2]
    except addresses.NotAnAddress:
        return ""


def _name(raw: str, field: str) -> str:
    if not NAME.fullmatch(raw) or not raw.isascii():
        raw = text.one_line(raw)
        if text.holds_link(raw):
            raise Fault(field, "holds a link")
    if len(raw) > NAME_MAX:
        raise Fault(field, "too long")
    return raw


@lru_cache(maxsize=1000)
def _country(raw: str) -> str:
    if len(raw) == 2 and raw.isascii() and raw.isalpha():
        return raw.upper()
    return COUNTRIES.get(raw.casefold(), "")


@lru_cache(maxsize=1000)
def _language(raw: str) -> str:
    return raw[:2].lower() if raw[:2].lower() in LANGUAGES else ""


@lru_cache(maxsize=10_000)
def _moment(raw: str) -> datetime | None:
    """A day or a moment that has been; None for anything else."""
    if not raw:
        return None
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        found = next((each for form in FORMS if (each := _by(form, raw))), None)  # type: ignore[assignment]
    if found is None or found.year < 1995:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=BRUSSELS)
    return found.astimezone(UTC) if found <= now() else None


def _by(form: str, raw: str) -> datetime | None:
    try:
        return datetime.strptime(raw, form)  # its zone is given by the caller
    except ValueError:
        return None


def noon(day: date) -> datetime:
    """A moment on that day, for a day without one."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=BRUSSELS).astimezone(UTC)
