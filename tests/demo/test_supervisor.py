"""The supervisor with stand-in children: what it starts again, what it says, and that nothing is left."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from campaigner.demo import ports, processes, state, supervisor
from campaigner.demo.supervisor import Child, Plan, Step

# A child with a child of its own in another process group, as an RQ worker has: both mark their number.
RESTLESS = """
import os, sys, time
from pathlib import Path
if os.fork() == 0:
    os.setpgrp()
    Path(sys.argv[1], f"{os.getpid()}").touch()
else:
    Path(sys.argv[1], f"{os.getpid()}.leader").touch()
time.sleep(60)
"""
MAIN = """
import sys
from pathlib import Path
from campaigner.demo.supervisor import Child, Plan, Step, run
folder, text = Path(sys.argv[1]), sys.argv[2]
children = [Child("restless", [sys.executable, "-c", text, str(folder / "numbers")])]
greet = Step("greet", "Greeting ...", [sys.executable, "-c", "import os; print(os.environ['SECRET_KEY'])"])
sys.exit(run(Plan(state=folder / "state", children=children, steps=[greet], panel="READY", cwd=folder)))
"""


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running supervisor, its databases left out by naming servers that nobody calls."""
    (tmp_path / "numbers").mkdir()
    environ = {**os.environ, "DATABASE_URL": "postgresql://nowhere", "REDIS_URL": "redis://nowhere"}
    command = [sys.executable, "-c", MAIN, str(tmp_path), RESTLESS]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
    assert process.stdout is not None
    while (line := process.stdout.readline()) != "READY\n":
        assert line, "the supervisor ended"
    yield process
    process.kill()
    process.communicate()


def numbers(folder: Path, pattern: str = "*") -> set[int]:
    return {int(mark.stem) for mark in (folder / "numbers").glob(pattern)}


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def gone(folder: Path) -> bool:
    return not any(processes.command_line(number) for number in numbers(folder))


def test_a_crashed_child_is_cleared_with_its_orphans_said_and_started_again(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert eventually(lambda: len(numbers(tmp_path)) == 2)
    before = numbers(tmp_path)
    (leader,) = numbers(tmp_path, "*.leader")
    os.kill(leader, signal.SIGKILL)
    assert demo.stdout is not None
    assert "restless ended (killed by SIGKILL); starting it again in 0.5 s" in demo.stdout.readline()
    assert eventually(lambda: not any(processes.command_line(number) for number in before))
    assert eventually(lambda: len(numbers(tmp_path)) == 4)
    demo.terminate()
    assert demo.wait(20) == 0
    assert gone(tmp_path)


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_of_asking_stops_everything(
    demo: subprocess.Popen[str], tmp_path: Path, wish: signal.Signals
) -> None:
    assert eventually(lambda: len(numbers(tmp_path)) == 2)
    demo.send_signal(wish)
    assert demo.wait(20) == 0
    assert gone(tmp_path)


def test_a_killed_supervisor_leaves_no_child_and_no_grandchild(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    assert eventually(lambda: len(numbers(tmp_path)) == 2)
    demo.kill()
    assert eventually(lambda: gone(tmp_path))


def test_a_port_in_use_is_said_with_its_option_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert supervisor.run(Plan(state=tmp_path / "state", children=[], ports=[(port, "--port")])) == 1
    assert capsys.readouterr().out == f"Port {port} is already in use: choose another with --port.\n"
    assert not (tmp_path / "state").exists()


def test_a_child_that_cannot_start_is_said_with_the_end_of_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "nowhere://")
    monkeypatch.setattr(supervisor, "TRIES", 1)
    broken = Child("broken", [sys.executable, "-c", "raise SystemExit('no such module')"])
    with default_signals():
        assert supervisor.run(Plan(state=tmp_path / "state", children=[broken], ready=["http://127.0.0.1:1/"])) == 1
    said = capsys.readouterr().out
    assert "broken does not start (exit code 1)" in said
    assert "    no such module" in said


@contextlib.contextmanager
def default_signals() -> Iterator[None]:
    """The supervisor takes over this process's signals; give them back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_an_early_child_runs_beside_the_step_that_allows_it_and_the_others_after_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "nowhere://")
    monkeypatch.setattr(supervisor, "TRIES", 1)
    mark = tmp_path / "early"
    wait_for_mark = (
        f"import pathlib, time\nwhile not pathlib.Path({str(mark)!r}).exists(): time.sleep(0.02)\nprint('seen')"
    )
    early = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(60)"
    plan = Plan(
        state=tmp_path / "state",
        steps=[Step("data", "Data ...", [sys.executable, "-c", wait_for_mark], beside_early=True)],
        children=[
            Child("early", [sys.executable, "-c", early], early=True),
            Child("late", [sys.executable, "-c", "import sys; sys.exit(3)"]),
        ],
        ready=["http://127.0.0.1:1/"],
    )
    with default_signals():
        assert supervisor.run(plan) == 1
    assert "late does not start (exit code 3)" in capsys.readouterr().out
    assert (tmp_path / "state" / "logs" / "data.log").read_text() == "seen\n"


def test_fresh_empties_our_folder_but_never_somebody_elses(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    with state.opened(ours):
        before = state.secret_settings(ours)
        assert (ours / "secrets.env").stat().st_mode & 0o777 == 0o600
        (ours / "elsewhere").symlink_to(tmp_path)
    with state.opened(ours):
        assert state.secret_settings(ours) == before
    with state.opened(ours, fresh=True):
        assert state.secret_settings(ours) != before
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(state.StateError, match="holds something else"), state.opened(other, fresh=True):
        pass
    assert (other / "thesis.txt").exists()


def test_two_demos_on_one_folder_are_refused(tmp_path: Path) -> None:
    with (
        state.opened(tmp_path / "state"),
        pytest.raises(state.StateError, match="already runs"),
        state.opened(tmp_path / "state"),
    ):
        pass


def test_two_demos_that_start_at_once_send_their_mail_to_different_ports(tmp_path: Path) -> None:
    def port_of(state_folder: str) -> int:
        folder = tmp_path / state_folder
        one = Plan(state=folder, children=[], inner_ports=("MAIL_PORT",))
        with state.opened(folder) as opened, pytest.MonkeyPatch.context() as patch:
            for name in ("DATABASE_URL", "REDIS_URL"):
                patch.setenv(name, "nowhere://")
            demo = supervisor.Supervisor(one, opened, 0.0)
            demo._start_servers()
            child = demo._spawn([sys.executable, "-c", "import sys; print(sys.argv[1])", "$MAIL_PORT"], opened / "said")
            child.wait()
            demo.guard.dismiss()
            assert (opened / "said").read_text().strip() == demo.environ["MAIL_PORT"]
            (opened / "said").unlink()
        return int(demo.environ["MAIL_PORT"])

    first, second = port_of("one"), port_of("two")
    assert first != second
    assert port_of("one") == first


def test_a_kept_port_that_is_taken_or_spoken_for_is_chosen_again(tmp_path: Path) -> None:
    port = ports.keep(tmp_path / "port")
    with socket.create_server(("127.0.0.1", port)):
        other = ports.keep(tmp_path / "port")
    assert other != port
    assert ports.keep(tmp_path / "port", besides=[other]) != other
