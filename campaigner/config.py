"""Settings: one frozen object read from the environment once, at start-up.

Production refuses to start without its secrets and names what is missing. The demo and the tests
bring their own (generated) secrets through the same variables, so there is no default secret
anywhere.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from campaigner import spelling
from campaigner.core import pem
from campaigner.spelling import Cap, Relay, WarmUp

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
    web_threads: int
    mail_server: str
    mail_port: int
    mail_use_tls: bool
    mail_use_ssl: bool
    mail_username: str
    mail_password: str = field(repr=False)
    mail_sender: str
    mail_return_address: str
    mail_webhook_secret: str = field(repr=False)
    imap_url: str = field(repr=False)
    contact_webhook_url: str = field(repr=False)
    contact_webhook_secret: str = field(repr=False)
    mail_dkim_key: str = field(repr=False)
    mail_dkim_selector: str
    mail_dkim_domain: str
    mail_relays: tuple[Relay, ...]
    mail_connections: int
    mail_rate: float | None
    mail_provider_rates: tuple[tuple[str, float], ...]
    mail_warmup: WarmUp | None
    mail_cap: Cap | None
    host_name: str
    host_long: str
    host_slogan: str
    host_contact: str
    demo_local_url: str
    contact_attachments: int

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

    @property
    def dkim_domain(self) -> str:
        """The domain that signs our mail: the sender's, unless another was chosen."""
        return self.mail_dkim_domain or self.mail_domain.lower()


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


def read(environ: Mapping[str, str] | None = None, *, leaving_out: Iterable[str] = ()) -> Settings:
    """Return the settings found in `environ` (default: the process's own), taking those in `leaving_out` as empty.

    Raises SettingsError naming every missing or malformed variable at once.
    """
    env = {**(os.environ if environ is None else environ), **dict.fromkeys(leaving_out, "")}
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


PARSERS = {
    "DATABASE_URL": spelling.database,
    "REDIS_URL": spelling.text,
    "SECRET_KEY": spelling.text,
    "PREVIOUS_SECRET_KEYS": spelling.listed,
    "PII_KEYS": spelling.keys,
    "FINGERPRINT_KEY": spelling.key,
    "PASSWORD_SALT": spelling.text,
    "TOTP_SECRET": spelling.text,
    "PUBLIC_URL": spelling.address,
    "TRUSTED_PROXIES": spelling.count,
    "WEB_THREADS": spelling.threads,
    "MAIL_SERVER": spelling.text,
    "MAIL_PORT": spelling.port,
    "MAIL_USE_TLS": spelling.flag,
    "MAIL_USE_SSL": spelling.flag,
    "MAIL_USERNAME": spelling.text,
    "MAIL_PASSWORD": spelling.text,
    "MAIL_DEFAULT_SENDER": spelling.mailbox,
    "MAIL_RETURN_ADDRESS": spelling.return_address,
    "MAIL_WEBHOOK_SECRET": spelling.webhook_secret,
    "IMAP_URL": spelling.imap,
    "CONTACT_WEBHOOK_URL": spelling.webhook_url,
    "CONTACT_WEBHOOK_SECRET": spelling.webhook_secret,
    "MAIL_DKIM_KEY": pem.setting,
    "MAIL_DKIM_SELECTOR": spelling.selector,
    "MAIL_DKIM_DOMAIN": spelling.domain,
    "MAIL_RELAYS": spelling.relays,
    "MAIL_CONNECTIONS": spelling.connections,
    "MAIL_RATE": spelling.rate,
    "MAIL_PROVIDER_RATES": spelling.rates,
    "MAIL_WARMUP": spelling.warmup,
    "MAIL_CAP": spelling.cap,
    "HOST_NAME": spelling.text,
    "HOST_LONG": spelling.text,
    "HOST_SLOGAN": spelling.text,
    "HOST_CONTACT": spelling.mailbox,
    "DEMO_LOCAL_URL": spelling.address,
    "CONTACT_ATTACHMENTS": spelling.megabytes,
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
