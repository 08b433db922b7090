"""The settings, and the table in README.md that tells operators about them."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from campaigner import config
from campaigner.config import DEMO_DEFAULTS, PARSERS, REQUIRED, Settings, SettingsError
from tests.conftest import TOP

GOOD = {
    "CAMPAIGNER_ENV": "production", "DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "SECRET_KEY": "s" * 32,
    "PII_KEYS": f"k1:{'A' * 43}=", "FINGERPRINT_KEY": f"{'A' * 43}=", "PASSWORD_SALT": "s" * 32,
    "TOTP_SECRET": "s" * 32, "PUBLIC_URL": "https://acties.voorbeeld.example",
    "MAIL_SERVER": "mail", "MAIL_DEFAULT_SENDER": "a@voorbeeld.example",
    "HOST_NAME": "Bond", "HOST_LONG": "De Bond", "HOST_CONTACT": "b@voorbeeld.example",
}  # fmt: skip


def _table() -> set[str]:
    """The names in the first column of README's settings table."""
    rows = re.findall(r"^\|\s*(.*?)\s*\|", (TOP / "README.md").read_text(encoding="utf-8"), re.M)
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}


def test_every_setting_stands_in_the_readme_and_the_reverse() -> None:
    assert _table() == PARSERS.keys() | {"CAMPAIGNER_ENV"}


def test_every_setting_is_a_field_and_every_field_is_read() -> None:
    read = {name.lower() for name in PARSERS} - {"mail_default_sender"} | {"mail_sender", "environment"}
    assert {field.name for field in fields(Settings)} == read
    assert set(REQUIRED) <= PARSERS.keys()
    assert DEMO_DEFAULTS.keys() <= PARSERS.keys()


def test_no_setting_is_read_anywhere_else() -> None:
    """An environment variable is read in config and nowhere else; only the demo hands its own to what it starts."""
    readers = {
        path.relative_to(TOP).as_posix()
        for path in (TOP / "campaigner").rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text(encoding="utf-8"))
    }
    assert {name for name in readers if not name.startswith("campaigner/demo/")} <= {"campaigner/config.py"}


@pytest.mark.parametrize("name", REQUIRED)
def test_production_does_not_start_without_what_it_needs_and_names_it(name: str) -> None:
    config.read(GOOD)
    with pytest.raises(SettingsError, match=f"{name} is missing"):
        config.read({**GOOD, name: ""})


def test_secrets_do_not_show_in_a_traceback() -> None:
    shown = repr(config.read({**GOOD, "SECRET_KEY": "geheim" * 8, "MAIL_PASSWORD": "geheim"}))
    assert "geheim" not in shown
    assert "AAAA" not in shown


def test_no_secret_has_a_default() -> None:
    secret = {field.name.upper() for field in fields(Settings) if not field.repr}
    assert not secret & DEMO_DEFAULTS.keys()
    assert not list(Path(TOP).glob(".env*"))
