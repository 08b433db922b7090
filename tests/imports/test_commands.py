"""`campaigner import`: a dry run, a question, a bar."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from campaigner.cli import main
from tests.imports.stage import LISTS, people

pytestmark = pytest.mark.usefixtures("clean")
PROOF = ["--consent-text", "Ja", "--consent-date", "2024-05-01", "--consent-source", "map 12"]


def run(app: Flask, *arguments: str, answer: str = ""):
    return CliRunner().invoke(main, ["import", *arguments], obj=lambda: app, input=answer)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "subscribers.csv"
    path.write_text(LISTS["listmonk"], encoding="utf-8")
    return str(path)


def test_people_are_brought_in_after_a_dry_run(app: Flask, file: str) -> None:
    done = run(app, file, "--preset", "listmonk", *PROOF, answer="y\n")
    assert done.exit_code == 0, done.output
    assert "mailable: 2" in done.output
    assert "left out, status: left: 1" in done.output
    assert len(people()) == 2


@pytest.mark.parametrize(("more", "answer"), [(["--dry-run"], ""), ([], "n\n")])
def test_a_dry_run_brings_nobody(app: Flask, file: str, more: list[str], answer: str) -> None:
    done = run(app, file, *PROOF, *more, answer=answer)
    assert done.exit_code == 0, done.output
    assert "new: 2" in done.output
    assert people() == {}


def test_a_file_that_is_none_is_said_in_a_sentence(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "leeg.csv"
    path.write_bytes(b"")
    done = run(app, str(path))
    assert done.exit_code == 1
    assert "Error:" in done.output
    assert "Traceback" not in done.output
