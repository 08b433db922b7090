"""The wall around a test run: sockets go to this machine and nowhere else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from unittest import mock

NAMES = frozenset({"", "localhost", "ip6-localhost", "0.0.0.0", "::", socket.gethostname(), socket.getfqdn()})


class OutsideError(AssertionError):
    """Something wanted to talk to another machine."""


def _inside(host: Any) -> bool:
    if host is None or isinstance(host, bytes):
        host = (host or b"").decode("ascii", "replace")
    try:
        return host in NAMES or ip_address(host).is_loopback
    except ValueError:
        return False


def _look(address: Any) -> None:
    """Raise for an address of another machine. What has no host (a Unix socket) stays on this one."""
    if isinstance(address, tuple) and not _inside(address[0]):
        raise OutsideError(f"a socket to {address[0]}: nothing here may talk to another machine")


@contextmanager
def closed() -> Iterator[None]:
    """Refuse every connection, datagram and question for a name that would leave this machine."""
    ask = socket.getaddrinfo

    class Inside(socket.socket):
        """A socket that looks where it goes."""

        def connect(self, address: Any) -> None:
            """Connect."""
            _look(address)
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            """Connect, with an error number."""
            _look(address)
            return super().connect_ex(address)

        def sendto(self, *args: Any) -> int:
            """Send a datagram."""
            _look(args[-1])
            return super().sendto(*args)

    def asked(host: Any, *args: Any, **kwargs: Any) -> Any:
        _look((host,))
        return ask(host, *args, **kwargs)

    with mock.patch.object(socket, "socket", Inside), mock.patch.object(socket, "getaddrinfo", asked):
        yield
