"""How the value of each setting is written, and what it becomes. Each function raises ValueError with what is wrong."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import date
from email.utils import parseaddr
from urllib.parse import parse_qsl, unquote, urlsplit

from campaigner.core import addresses

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server that takes our mail. `weight`: its share of the mail; `rate`: messages a second, None: no limit."""

    name: str
    host: str
    port: int = 25
    use_tls: bool = False
    use_ssl: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    weight: float = 1.0
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class WarmUp:
    """The ramp of a sender that nobody knows yet: `first_day` messages on `since`, then twice as many each day."""

    since: date
    first_day: int


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` alerts to one mailbox within `days`, over all mailings."""

    most: int
    days: int


def _whole(raw: str, most: int) -> int:
    """The number that these digits write; -1 for anything else, and for a number above `most`."""
    digits = raw.strip()
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else -1
    return number if number <= most else -1


def text(raw: str) -> str:
    """The words, trimmed."""
    return raw.strip()


def flag(raw: str) -> bool:
    """`true` or `false`; empty: false."""
    if raw.lower() in ("1", "true", "yes", "on"):
        return True
    if raw.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError(f"is {raw!r}; use true or false")


def megabytes(raw: str) -> int:
    """A size in megabytes, 0 to 4, as bytes; empty: none. A mail that comes in is 5 MB at most, as text."""
    if not raw.strip():
        return 0
    if not re.fullmatch(r"[0-4]", raw.strip()):
        raise ValueError(f"is {raw!r}; use a number of megabytes from 0 to 4")
    return int(raw) * 1024 * 1024


def port(raw: str) -> int:
    """A port number; empty: 25."""
    number = _whole(raw or "25", 65_535)
    if number < 1:
        raise ValueError(f"is {raw!r}; use a port number")
    return number


def count(raw: str) -> int:
    """A number; empty: 0."""
    number = _whole(raw or "0", 1_000_000)
    if number < 0:
        raise ValueError(f"is {raw!r}; use a number")
    return number


def address(raw: str) -> str:
    """A web address without its last slash."""
    raw = raw.strip().rstrip("/")
    if raw and (urlsplit(raw).scheme not in ("http", "https") or not urlsplit(raw).netloc):
        raise ValueError(f"is {raw!r}; use a full address such as https://acties.voorbeeld.be")
    return raw


def mailbox(raw: str) -> str:
    """A bare e-mail address: the name before it comes from HOST_NAME."""
    raw = raw.strip()
    if raw and (parseaddr(raw)[1] != raw or raw.count("@") != 1 or not raw.isascii()):
        raise ValueError(f"is {raw!r}; use a bare e-mail address such as acties@voorbeeld.be")
    return raw


def domain(raw: str) -> str:
    """A domain in small letters, without its last dot."""
    name = raw.strip().lower().rstrip(".")
    if name and _DOMAIN.fullmatch(name) is None:
        raise ValueError(f"is {raw!r}; use letters, digits, hyphens and dots")
    return name


def selector(raw: str) -> str:
    """The name of a key in DNS; empty: "campaigner"."""
    return domain(raw) or "campaigner"


def return_address(raw: str) -> str:
    """A mailbox whose name leaves room for a tag, in small letters: mail servers may write it so anyway."""
    raw = mailbox(raw).lower()
    local = raw.partition("@")[0]
    if raw and (len(local) > 20 or "+" in local):
        raise ValueError(f"is {raw!r}; use a name of at most 20 characters without a +, such as antwoord@voorbeeld.be")
    return raw


def webhook_secret(raw: str) -> str:
    """`whsec_` and 24 bytes or more in base64 (standardwebhooks.com)."""
    raw = raw.strip()
    try:
        encoded = raw.removeprefix("whsec_").rstrip("=")
        long_enough = len(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)) >= 24
    except binascii.Error:
        long_enough = False
    if raw and (not raw.startswith("whsec_") or not long_enough):
        raise ValueError("is not whsec_ and the base64 of 24 bytes or more (openssl rand -base64 32 makes those)")
    return raw


def webhook_url(raw: str) -> str:
    """A web address that is called, whole: its last slash and its query stay."""
    raw = raw.strip()
    try:
        url = urlsplit(raw)
        whole = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0 and raw.isascii()
    except ValueError:
        whole = False
    if raw and not (whole and raw.isprintable() and " " not in raw):
        raise ValueError("is no address such as https://chat.voorbeeld.be/hooks/abc")
    return raw


def imap(raw: str) -> str:
    """`imaps://user:password@host/folder?move=Done`."""
    raw = raw.strip()
    try:
        url = urlsplit(raw)
        whole = url.scheme in ("imaps", "imap") and all((url.hostname, url.username, url.password, url.port != 0))
    except ValueError:
        whole = False
    if raw and not whole:
        raise ValueError("is not of the form imaps://user:password@host/folder (signs such as @ in them as %40)")
    return raw


def database(raw: str) -> str:
    """Accept the common spellings of a PostgreSQL address and name the driver that we use."""
    for prefix in ("postgresql://", "postgres://"):
        if raw.startswith(prefix):
            return "postgresql+psycopg://" + raw.removeprefix(prefix)
    if raw and not raw.startswith("postgresql+psycopg://"):
        raise ValueError("does not start with postgresql://")
    return raw


def key(raw: str) -> bytes:
    """32 bytes in base64."""
    try:
        key = base64.b64decode(raw, validate=True)
    except binascii.Error:
        key = b""
    if raw and len(key) != 32:
        raise ValueError("is not 32 bytes in base64 (make one with: openssl rand -base64 32)")
    return key


def keys(raw: str) -> tuple[tuple[str, bytes], ...]:
    """`name:base64[,name:base64...]`, the current key first, earlier ones after it."""
    pairs = []
    for part in filter(None, (piece.strip() for piece in raw.split(","))):
        name, colon, encoded = part.partition(":")
        if not colon or not (0 < len(name) <= 8) or not name.isalnum():
            raise ValueError("is not of the form name:base64[,name:base64] with names of 1 to 8 letters or digits")
        pairs.append((name, key(encoded)))
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("names the same key twice")
    return tuple(pairs)


def listed(raw: str) -> tuple[str, ...]:
    """Pieces between commas."""
    return tuple(filter(None, (piece.strip() for piece in raw.split(","))))


def rate(raw: str) -> float | None:
    """`600/minute` as messages a second; empty: no limit."""
    if not raw.strip():
        return None
    number, slash, unit = raw.strip().partition("/")
    seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}.get(unit.strip())
    messages = _whole(number, 1_000_000_000)
    if not slash or seconds is None or messages < 1:
        raise ValueError(f"is {raw!r}; use for example 600/minute (second, minute, hour or day)")
    return messages / seconds


def rates(raw: str) -> tuple[tuple[str, float], ...]:
    """`outlook.com=10/second,gmail.com=20/second`: by the names of core.addresses, or any domain of theirs.

    `other` is everybody else together.
    """
    found: dict[str, float] = {}
    for part in listed(raw):
        domain, equals, text = (piece.strip().lower() for piece in part.partition("="))
        limit = rate(text)
        if not equals or limit is None:
            raise ValueError(f"holds {part!r}; use for example outlook.com=600/minute")
        name = addresses.provider(f"@{domain}")
        if name == addresses.OTHER and domain != addresses.OTHER:
            known = ", ".join(sorted({*addresses.PROVIDERS.values(), addresses.OTHER}))
            raise ValueError(f"names {domain!r}; known are {known}")
        if name in found:
            raise ValueError(f"limits {name} twice" + (f" ({domain} is one of its domains)" if domain != name else ""))
        found[name] = limit
    return tuple(found.items())


def relays(raw: str) -> tuple[Relay, ...]:
    """`name=smtp://user:password@host:587?tls=1&weight=2&rate=600/minute`, several with a space between them."""
    relays = tuple(relay(part) for part in raw.split())
    if len({relay.name for relay in relays} | {"main"}) != len(relays) + 1:
        raise ValueError('names a relay twice, or one "main" (that is the one of MAIL_SERVER)')
    return relays


def relay(part: str) -> Relay:
    """One of them."""
    name, _, address = part.partition("=")
    hint = "use for example second=smtp://user:password@mail.voorbeeld.example:587?tls=1&weight=1&rate=600/minute"
    try:
        url = urlsplit(address)
        port = url.port
        host = domain(url.hostname or "")
    except ValueError:
        raise ValueError(f"gives the relay {name} an address that is none; {hint}") from None
    if not name.isalnum() or url.scheme not in ("smtp", "smtps") or not host or url.path.strip("/"):
        raise ValueError(f"holds a relay that is none, {_without_password(part)}; {hint}")
    pairs = parse_qsl(url.query, keep_blank_values=True)
    options = dict(pairs)
    if unknown := [key for key in options if key not in ("tls", "weight", "rate")]:
        raise ValueError(f"gives the relay {name} an option that is none, {unknown[0]}; {hint}")
    if len(options) != len(pairs):
        raise ValueError(f"gives the relay {name} the same option twice")
    weight = _whole(options.get("weight", "1"), 1_000_000)
    if weight < 1:
        raise ValueError(f"gives the relay {name} a weight that is no number above 0")
    use_ssl = url.scheme == "smtps"
    try:
        use_tls, limit = flag(options.get("tls", "")), rate(options.get("rate", ""))
    except ValueError as error:
        raise ValueError(f"gives the relay {name} an option that {error}") from None
    if use_tls and use_ssl:
        raise ValueError(f"asks tls=1 of the relay {name}, whose smtps:// is TLS from the first byte already")
    return Relay(
        name=name, host=host, port=port or (465 if use_ssl else 25), use_tls=use_tls, use_ssl=use_ssl,
        username=unquote(url.username or ""), password=unquote(url.password or ""), weight=weight, rate=limit,
    )  # fmt: skip


def _without_password(part: str) -> str:
    """A relay as it was written, without who logs in: for a sentence on a screen or in a log."""
    return re.sub(r"//[^@\s]*@", "//...@", part)


def threads(raw: str) -> int:
    """A number of threads, 4 when nothing is said."""
    number = count(raw or "4")
    if number == 0:
        raise ValueError(f"is {raw!r}; use a number above 0")
    return number


def connections(raw: str) -> int:
    """Connections that one process opens at a time; empty: 4."""
    number = count(raw or "4")
    if not 1 <= number <= 50:
        raise ValueError(f"is {raw!r}; use a number from 1 to 50")
    return number


def warmup(raw: str) -> WarmUp | None:
    """`2026-12-01:200`: two hundred on the first day of December, four hundred the day after."""
    if not raw.strip():
        return None
    day, _, number = raw.strip().partition(":")
    try:
        since = date.fromisoformat(day)
    except ValueError:
        since = None
    first_day = _whole(number, 1_000_000_000)
    if since is None or first_day < 1:
        raise ValueError(f"is {raw!r}; use the first day and what it may send, for example 2026-12-01:200")
    return WarmUp(since, first_day)


def cap(raw: str) -> Cap | None:
    """`5/7`: five alerts in seven days. `none`: as many as are sent."""
    if raw.strip().lower() == "none":
        return None
    most, slash, days = (raw.strip() or "5/7").partition("/")
    alerts, within = _whole(most, 1000), _whole(days, 366)
    if not slash or alerts < 1 or within < 1:
        raise ValueError(f"is {raw!r}; use alerts/days, for example 5/7 (a year at most), or none")
    return Cap(alerts, within)
