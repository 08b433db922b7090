"""Settings: one frozen object read from the environment once, at start-up.

Production refuses to start without its secrets and names what is missing. The demo and the tests
bring their own (generated) secrets through the same variables, so there is no default secret
anywhere.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

LANGUAGES = ("nl", "fr", "en", "es")
ENVIRONMENTS = ("production", "demo", "test")


class SettingsError(Exception):
    """The environment does not hold what the application needs; the message names every gap."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can choose. The README's table is checked against these fields."""

    environment: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    previous_secret_keys: tuple[str, ...] = field(repr=False)
    pii_keys: tuple[tuple[str, bytes], ...] = field(repr=False)
    fingerprint_key: bytes = field(repr=False)
    password_salt: str = field(repr=False)
    totp_secret: str = field(repr=False)
    public_url: str
    trusted_proxies: int
    mail_server: str
    mail_port: int
    mail_use_tls: bool
    mail_use_ssl: bool
    mail_username: str
    mail_password: str = field(repr=False)
    mail_sender: str
    host_name: str
    host_long: str
    host_slogan: str
    host_contact: str
    demo_local_url: str

    @property
    def is_demo(self) -> bool:
        """True where example banners and the demo account are allowed."""
        return self.environment == "demo"

    @property
    def secure(self) -> bool:
        """True when the public address is https: cookies are then marked Secure and HSTS is sent."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def mail_domain(self) -> str:
        """The domain of the sender, used in Message-IDs."""
        return self.mail_sender.rpartition("@")[2]


REQUIRED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PII_KEYS",
    "FINGERPRINT_KEY",
    "PASSWORD_SALT",
    "TOTP_SECRET",
    "PUBLIC_URL",
    "MAIL_SERVER",
    "MAIL_DEFAULT_SENDER",
    "HOST_NAME",
    "HOST_LONG",
    "HOST_CONTACT",
)
# Not a secret: the demo prints it, the login page of a demo shows it, and no other environment makes this account.
DEMO_LOGIN = ("team@voorbeeld.example", "brood-en-rozen-1912")
DEMO_DEFAULTS = {
    "MAIL_DEFAULT_SENDER": "campagnes@fos.example",
    "HOST_NAME": "FOS",
    "HOST_LONG": "FOS – socialistische solidariteit",
    "HOST_SLOGAN": "Socialistische solidariteit",
    "HOST_CONTACT": "contact@fos.example",
}


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings found in `environ` (default: the process's own).

    Raises SettingsError naming every missing or malformed variable at once.
    """
    env = dict(os.environ if environ is None else environ)
    environment = env.get("CAMPAIGNER_ENV", "production")
    if environment not in ENVIRONMENTS:
        raise SettingsError(f"CAMPAIGNER_ENV is {environment!r}; choose one of {', '.join(ENVIRONMENTS)}.")
    if environment != "production":
        env = {**DEMO_DEFAULTS, **env}
    problems = [f"{name} is missing" for name in REQUIRED if not env.get(name)]
    values: dict[str, Any] = {}
    for name, parse in PARSERS.items():
        try:
            values[name.lower()] = parse(env.get(name, ""))
        except ValueError as error:
            problems.append(f"{name} {error}")
    if environment == "production":
        problems += _weak(env)
    if problems:
        raise SettingsError(
            "Campaigner cannot start: " + "; ".join(problems) + ". See the settings table in README.md."
        )
    values["mail_sender"] = values.pop("mail_default_sender")
    return Settings(environment=environment, **values)


def _weak(env: Mapping[str, str]) -> list[str]:
    """Secrets that are there but too short to be secrets."""
    return [
        f"{name} is shorter than 32 characters"
        for name in ("SECRET_KEY", "PASSWORD_SALT", "TOTP_SECRET")
        if env.get(name) and len(env[name]) < 32
    ]


def _text(raw: str) -> str:
    return raw.strip()


def _flag(raw: str) -> bool:
    if raw.lower() in ("1", "true", "yes", "on"):
        return True
    if raw.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError(f"is {raw!r}; use true or false")


def _port(raw: str) -> int:
    number = int(raw or "25") if (raw or "25").isdigit() else 0
    if not 0 < number < 65536:
        raise ValueError(f"is {raw!r}; use a port number")
    return number


def _count(raw: str) -> int:
    if not (raw or "0").isdigit():
        raise ValueError(f"is {raw!r}; use a number")
    return int(raw or "0")


def _address(raw: str) -> str:
    raw = raw.strip().rstrip("/")
    if raw and (urlsplit(raw).scheme not in ("http", "https") or not urlsplit(raw).netloc):
        raise ValueError(f"is {raw!r}; use a full address such as https://acties.voorbeeld.be")
    return raw


def _mailbox(raw: str) -> str:
    """A bare e-mail address: the name before it comes from HOST_NAME."""
    raw = raw.strip()
    if raw and (parseaddr(raw)[1] != raw or raw.count("@") != 1 or not raw.isascii()):
        raise ValueError(f"is {raw!r}; use a bare e-mail address such as acties@voorbeeld.be")
    return raw


def _database(raw: str) -> str:
    """Accept the common spellings of a PostgreSQL address and name the driver that we use."""
    for prefix in ("postgresql://", "postgres://"):
        if raw.startswith(prefix):
            return "postgresql+psycopg://" + raw.removeprefix(prefix)
    if raw and not raw.startswith("postgresql+psycopg://"):
        raise ValueError("does not start with postgresql://")
    return raw


def _key(raw: str) -> bytes:
    try:
        key = base64.b64decode(raw, validate=True)
    except binascii.Error:
        key = b""
    if raw and len(key) != 32:
        raise ValueError("is not 32 bytes in base64 (make one with: openssl rand -base64 32)")
    return key


def _keys(raw: str) -> tuple[tuple[str, bytes], ...]:
    """`name:base64[,name:base64...]`, the current key first, earlier ones after it."""
    pairs = []
    for part in filter(None, (piece.strip() for piece in raw.split(","))):
        name, colon, encoded = part.partition(":")
        if not colon or not (0 < len(name) <= 8) or not name.isalnum():
            raise ValueError("is not of the form name:base64[,name:base64] with names of 1 to 8 letters or digits")
        pairs.append((name, _key(encoded)))
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("names the same key twice")
    return tuple(pairs)


def _list(raw: str) -> tuple[str, ...]:
    return tuple(filter(None, (piece.strip() for piece in raw.split(","))))


PARSERS = {
    "DATABASE_URL": _database,
    "REDIS_URL": _text,
    "SECRET_KEY": _text,
    "PREVIOUS_SECRET_KEYS": _list,
    "PII_KEYS": _keys,
    "FINGERPRINT_KEY": _key,
    "PASSWORD_SALT": _text,
    "TOTP_SECRET": _text,
    "PUBLIC_URL": _address,
    "TRUSTED_PROXIES": _count,
    "MAIL_SERVER": _text,
    "MAIL_PORT": _port,
    "MAIL_USE_TLS": _flag,
    "MAIL_USE_SSL": _flag,
    "MAIL_USERNAME": _text,
    "MAIL_PASSWORD": _text,
    "MAIL_DEFAULT_SENDER": _mailbox,
    "HOST_NAME": _text,
    "HOST_LONG": _text,
    "HOST_SLOGAN": _text,
    "HOST_CONTACT": _mailbox,
    "DEMO_LOCAL_URL": _address,
}


def _hosts(settings: Settings) -> list[str]:
    """The names we answer to: the public one, and this machine's own where nobody else comes."""
    public = urlsplit(settings.public_url).hostname or ""
    return [public] if settings.environment == "production" else [public, "localhost", "127.0.0.1"]


def flask_settings(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions read, from our settings. Nothing else sets their configuration."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.previous_secret_keys),
        "TESTING": settings.environment == "test",
        "TRUSTED_HOSTS": _hosts(settings),
        "PREFERRED_URL_SCHEME": urlsplit(settings.public_url).scheme,
        "MAX_CONTENT_LENGTH": 512 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "MAX_FORM_PARTS": 100,
        "SESSION_COOKIE_NAME": "staff",
        "SESSION_COOKIE_PATH": "/staff",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 5,
            "max_overflow": 10,
            "pool_pre_ping": True,
            "connect_args": {"connect_timeout": 5, "options": "-c timezone=UTC -c statement_timeout=60000"},
        },
        "BABEL_DEFAULT_LOCALE": LANGUAGES[0],
        "BABEL_DEFAULT_TIMEZONE": "Europe/Brussels",
        "RATELIMIT_STORAGE_URI": settings.redis_url,
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        "MAIL_SERVER": settings.mail_server,
        "MAIL_PORT": settings.mail_port,
        "MAIL_USE_TLS": settings.mail_use_tls,
        "MAIL_USE_SSL": settings.mail_use_ssl,
        "MAIL_USERNAME": settings.mail_username or None,
        "MAIL_PASSWORD": settings.mail_password or None,
        "MAIL_DEFAULT_SENDER": settings.mail_sender,
        "MAIL_SUPPRESS_SEND": False,
    }
