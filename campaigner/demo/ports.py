"""Ports on this machine: is one free, which one is, and why not."""

import contextlib
import errno
import random
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

# Below the range from which the kernel takes ports for outgoing connections (32768 up on Linux,
# 49152 elsewhere), so that a server that restarts finds its port still there.
RANGE = range(20000, 32000)


class PortTaken(Exception):
    """A port cannot be used; the message names it and the option that chooses another."""


def problem(port: int) -> str | None:
    """Why a server cannot listen on `port` of this machine, in words; None when it can.

    Another server on only ::1 counts too: `localhost` in a browser would reach that one first.
    """
    with contextlib.suppress(OSError), socket.create_connection(("::1", port), timeout=0.2):
        return "is already in use"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
    return None


def require(wanted: Iterable[tuple[int, str]]) -> None:
    """Raise PortTaken for the first port that cannot be used. Each comes with the option that sets it."""
    seen: set[int] = set()
    for port, option in wanted:
        trouble = "is asked for twice" if port in seen else problem(port)
        if trouble:
            raise PortTaken(f"Port {port} {trouble}: choose another with {option}.")
        seen.add(port)


def keep(file: Path, *, besides: Collection[int] = ()) -> int:
    """The port written in `file` when it is still free, else a new free one, which is written there.

    New ones are drawn by lot, so that two demos that start at the same moment do not take the same.
    """
    kept = int(file.read_text()) if file.exists() else 0
    if kept and kept not in besides and problem(kept) is None:
        return kept
    drawn = random.sample(RANGE, len(RANGE))
    port = next(port for port in drawn if port not in besides and problem(port) is None)
    file.write_text(f"{port}\n")
    return port
