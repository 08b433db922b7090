"""Every wake-up has somebody who hears it, and every job says what happens when it dies midway."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask

import campaigner
from campaigner import rounds
from campaigner.core import queue
from campaigner.demo import plan

CODE = Path(campaigner.__file__).parent
RINGS = {"nudge", "ring", "put", "standing", "draft_mailing", "Mailing"}
SENTENCE = "If it dies midway:"


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path.relative_to(CODE).as_posix(), node


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _queues() -> set[str]:
    """Every queue that is named anywhere in a call, and as a default."""
    found = {
        keyword.value.value
        for _path, call in _calls()
        if _name(call) in RINGS or any(getattr(a, "attr", "") in RINGS for a in call.args)
        for keyword in call.keywords
        if keyword.arg == "queue" and isinstance(keyword.value, ast.Constant)
    }
    from campaigner.outbox import service as outbox

    return found | {inspect.signature(outbox.put).parameters["queue"].default}


def _jobs() -> set[str]:
    """Every dotted name of a job that stands in the code."""
    return {
        node.value
        for path in CODE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("campaigner.")
        and ".jobs." in node.value
        and node.value.replace(".", "").replace("_", "").isalnum()
    }


def _all_jobs() -> list[tuple[str, object]]:
    return [
        (f"{path.parent.name}.{name}", function)
        for path in sorted(CODE.glob("*/jobs.py"))
        for module in [import_module(f"campaigner.{path.parent.name}.jobs")]
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


def test_every_queue_that_is_rung_has_a_worker() -> None:
    assert _queues() == set(queue.QUEUES)


def test_the_demo_starts_a_worker_for_every_queue(tmp_path: Path) -> None:
    children = plan.demo(port=5000, mail_port=8025, state=tmp_path, fresh=False).children
    assert {child.name for child in children} >= {f"worker-{name}" for name in queue.QUEUES}
    assert "reconciler" in {child.name for child in children}


def test_the_ledger_knows_queues_that_have_a_worker() -> None:
    from campaigner.outbox.models import Mailing

    checks = [str(c.sqltext) for c in Mailing.__table__.constraints if "queue" in str(getattr(c, "name", ""))]  # type: ignore[attr-defined]
    assert checks == ["queue IN ('urgent', 'default', 'bulk')"]  # no mail leaves by the queue of the contact pipeline
    assert {"urgent", "default", "bulk"} < set(queue.QUEUES)


def test_every_job_named_by_its_path_is_there() -> None:
    names = _jobs()
    assert len(names) >= 2
    for dotted in names:
        module, _, name = dotted.rpartition(".")
        assert callable(getattr(import_module(module), name)), dotted


@pytest.mark.parametrize(("name", "job"), _all_jobs(), ids=[name for name, _ in _all_jobs()])
def test_every_job_says_what_happens_when_it_dies_midway(name: str, job: object) -> None:
    assert SENTENCE in (inspect.getdoc(job) or ""), name


def test_every_step_of_the_round_is_a_job(app: Flask) -> None:
    assert len(rounds.steps) >= 3
    jobs = [function for _, function in _all_jobs()]
    for step in [*rounds.steps, *rounds.hourly]:
        assert step in jobs, step


def test_what_must_be_tidied_is_tidied_by_the_round(app: Flask) -> None:
    """A room that keeps things for a time has a `tidy` job, and the reconciler calls it once an hour."""
    jobs = _all_jobs()
    assert [name for name, job in jobs if name.endswith(".reconcile") and job not in rounds.steps] == []
    assert [name for name, job in jobs if name.endswith(".tidy") and job not in rounds.hourly] == []
    assert rounds.hourly


def test_only_ids_travel_to_a_job() -> None:
    for name, job in _all_jobs():
        for parameter in inspect.signature(job).parameters.values():  # type: ignore[arg-type]
            assert parameter.annotation in (int, str), f"{name}({parameter})"
