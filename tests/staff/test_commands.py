"""`campaigner account ...`, as an operator types it."""

import pytest
from click.testing import CliRunner, Result
from flask import Flask

import campaigner
from campaigner.cli import main
from campaigner.core.db import db
from campaigner.staff import queries

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture(autouse=True)
def _this_application(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigner, "create_app", lambda: app)


def run(*words: str, typed: str = "") -> Result:
    """Type a command, and what it asks."""
    db.session.expire_all()
    return CliRunner().invoke(main, ["account", *words], input=typed)


def test_an_account_is_made_with_a_password_that_is_asked_twice() -> None:
    done = run("create", "eerste@fos.example", "--role", "admin", "--role", "inbox", typed="vier woorden op rij\n" * 2)
    assert done.exit_code == 0, done.output
    assert "vier woorden" not in done.output
    made = queries.by_email("eerste@fos.example")
    assert made is not None
    assert sorted(role.name for role in made.roles) == ["admin", "inbox"]


@pytest.mark.parametrize(("email", "password"), [("geen adres", "vier woorden op rij"), ("kort@fos.example", "kort")])
def test_what_cannot_be_is_one_sentence(email: str, password: str) -> None:
    done = run("create", email, "--role", "admin", typed=f"{password}\n{password}\n")
    assert done.exit_code == 1
    assert "Error: " in done.output
    assert "Traceback" not in done.output


def test_the_other_commands_of_an_account() -> None:
    run("create", "tweede@fos.example", "--role", "inbox", typed="vier woorden op rij\n" * 2)
    assert run("password", "tweede@fos.example", typed="een ander wachtwoord\n" * 2).exit_code == 0
    assert run("reset-factors", "tweede@fos.example").exit_code == 0
    assert run("disable", "tweede@fos.example").exit_code == 0
    assert "tweede@fos.example  inbox  closed" in run("list").output
    assert "There is no account" in run("disable", "niemand@fos.example").output
    assert "4 rows, all as written" in run("audit").output
