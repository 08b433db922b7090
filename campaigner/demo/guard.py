"""The guard: a small process that ends what its parent started when the parent itself was killed.

A SIGKILL leaves the supervisor no moment to stop anything. The kernel then ends its direct
children (`processes.spawn` asks for that), but not their children: gunicorn's workers, an RQ work
horse. The guard holds one end of a pipe; when the other end closes without a word, every process
of every session it was told about is killed. It runs as a plain script (`python guard.py`) and
imports only the standard library, so it is up in a few milliseconds.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

SESSION = 3  # Index of the session id among the fields after the name, proc_pid_stat(5).


def session_members(leader: int) -> list[int]:
    """The processes of the session led by `leader`, also when the leader is gone. Empty without /proc."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name may hold spaces and brackets, so the fields are counted from its last bracket.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[SESSION]) == leader and fields[0] != "Z":
                members.append(int(stat.parent.name))
    return members


def end_session(leader: int) -> None:
    """SIGKILL everything that the session leader `leader` started and that did not leave its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    for pid in session_members(leader):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Read `+PID` and `-PID` lines; end every session still listed when the input ends without `done`."""
    leaders: set[int] = set()
    for line in sys.stdin:
        if line.startswith("done"):
            return
        change = leaders.add if line.startswith("+") else leaders.discard
        change(int(line[1:]))
    for leader in leaders:
        end_session(leader)


if __name__ == "__main__":
    main()
