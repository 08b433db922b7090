"""The `campaigner` command."""

import sys
from typing import Any

import pytest
from click.testing import CliRunner
from gunicorn.config import Config

from campaigner import cli


def test_serving_opens_no_control_socket_and_replaces_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(cli.os, "execv", lambda _program, command: called.append(command))
    monkeypatch.setattr(cli.os, "chdir", lambda _folder: None)
    assert CliRunner().invoke(cli.main, ["serve", "--bind", "127.0.0.1:8123"]).exit_code == 0

    (command,) = called
    assert command[:4] == [sys.executable, "-m", "gunicorn", "wsgi:app"]
    understood: Any = Config().parser().parse_args(command[3:])
    assert understood.control_socket_disable is True
    assert (understood.timeout, understood.graceful_timeout) == (30, 20)


def test_a_database_that_does_not_answer_is_said_in_one_sentence(environ: dict[str, str]) -> None:
    nowhere = environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    answer = CliRunner().invoke(cli.main, ["migrate"], env=nowhere)
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: The database does not answer: connection failed")
    assert "Traceback" not in answer.output
