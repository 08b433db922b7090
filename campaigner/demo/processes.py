"""Child processes that never outlive this one.

Each child leads its own session, so a Ctrl-C at the terminal reaches only us, and everything the
child starts can be found and ended even after the child itself is gone. On Linux the kernel sends
the child a signal when we die, however we die; elsewhere only the guard and a regular stop end it.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from campaigner.demo import guard

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

Process = subprocess.Popen[bytes]


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    account: tuple[int, int] | None = None,
    at_death: signal.Signals = signal.SIGKILL,
    feed: bytes = b"",
) -> Process:
    """Start `command` in its own session, its output appended to `log` (mode 600), `feed` as its standard input.

    With `account`, the numbers of a user and a group, it runs as those, without further groups; only
    root can ask for that. What it writes is for its own account only.
    `at_death` is what the kernel sends it when the calling *thread* ends: call this from a thread
    that lives as long as the child should, in practice the main one.
    """
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            user=account[0] if account else None,
            group=account[1] if account else None,
            extra_groups=[] if account else None,
            umask=0o077,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid(), at_death),
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(feed)
    return process


def _die_with(parent: int, at_death: signal.Signals) -> Callable[[], None] | None:
    """What the child does between fork and exec. It runs after the change of user, which would undo it."""
    if _libc is None:
        return None
    prctl = _libc.prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, int(at_death), 0, 0, 0)
        if os.getppid() != parent:  # The parent died before the kernel was asked.
            os._exit(1)

    return bind


def wait(processes: Iterable[Process], *, seconds: float) -> bool:
    """Wait until all have ended, at most `seconds`. Returns whether they did."""
    deadline = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
    return True


def end(process: Process) -> None:
    """SIGKILL the process and all that is left of its session, also when the process itself is gone."""
    guard.end_session(process.pid)
    process.wait()


def reason(process: Process) -> str:
    """How an ended process ended, in words for a person."""
    code = process.poll()
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def command_line(pid: int) -> str:
    """The command that process was started with, empty when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def tail(log: Path, *, lines: int = 12) -> str:
    """The last lines of a log file, indented, to show below a sentence that says what went wrong."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


class Guard:
    """Tells the guard process which sessions must not outlive us."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, process: Process) -> None:
        """From now on, end this process's session when we are killed."""
        self._tell(f"+{process.pid}")

    def forget(self, process: Process) -> None:
        """The process has ended and its number may be given to another."""
        self._tell(f"-{process.pid}")

    def dismiss(self) -> None:
        """Let the guard go home: everything has been stopped the regular way."""
        self._tell("done")
        self._process.communicate()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        # Without its guard the demo still works, and the kernel still ends our direct children.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
