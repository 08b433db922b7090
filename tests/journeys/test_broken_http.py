"""Broken HTTP, byte by byte, at the site as it is served in earnest: an answer each time, and it stays standing."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.journeys.stage import gunicorn

HOST = b"Host: localhost"
FORM = b"Content-Type: application/x-www-form-urlencoded"


def _get(target: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *(headers or (HOST,)), b"", b""])


def _post(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"POST /nl/contact HTTP/1.1", HOST, *headers, b"", body])


REQUESTS = {
    "bare bytes in the path": _get(b"/nl/\xff\xfe\x80"),
    "bare bytes in the query": _get(b"/nl/contact?topic=\xff\xfe"),
    "a NUL in the path": _get(b"/nl/\x00"),
    "a NUL in the path, in disguise": _get(b"/c/%00/count.json"),
    "a space in the path": _get(b"/nl/c/a b"),
    "a line end in the path": _get(b"/nl/%0d%0aSet-Cookie:%20a=b"),
    "a whole address": _get(b"http://kwaad.example/nl/"),
    "no path": b"GET  HTTP/1.1\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a tunnel": b"CONNECT kwaad.example:443 HTTP/1.1\r\nHost: kwaad.example\r\n\r\n",
    "no host": b"GET /nl/ HTTP/1.1\r\n\r\n",
    "two hosts": _get(b"/nl/", HOST, b"Host: kwaad.example"),
    "an endless host": _get(b"/nl/", b"Host: " + b"x" * 3000),
    "bare bytes in the host": _get(b"/nl/", b"Host: \xff\xfe"),
    "an old protocol": b"GET /nl/ HTTP/1.0\r\n\r\n",
    "a very old protocol": b"GET /nl/\r\n",
    "an unknown protocol": b"GET /nl/ HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "no protocol at all": b"\xff\xfe\x00\r\n\r\n",
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "a header without a colon": _get(b"/nl/", HOST, b"nonsense"),
    "bare bytes in a header": _get(b"/", HOST, b"Accept-Language: \xff\xfe", b"Cookie: \xff=\xfe"),
    "a NUL in a header": _get(b"/nl/", HOST, b"X: a\x00b"),
    "an endless header": _get(b"/nl/", HOST, b"X: " + b"x" * 70_000),
    "a thousand headers": _get(b"/nl/", HOST, *[b"X: y"] * 1000),
    "two lengths": _post(b"a=b", b"Content-Length: 3", b"Content-Length: 5"),
    "a length below nothing": _post(b"", b"Content-Length: -1"),
    "a length beyond measure": _post(b"a=b", b"Content-Length: 99999999999"),
    "a length and chunks": _post(b"0\r\n\r\n", b"Content-Length: 4", b"Transfer-Encoding: chunked"),
    "broken chunks": _post(b"ZZ\r\nx\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "an unknown coding": _post(b"", b"Transfer-Encoding: zz"),
    "a body that ends too soon": _post(b"name=An", FORM, b"Content-Length: 500"),
    "bare bytes in the form": _post(b"name=\xff\xfe\x00\x80", FORM, b"Content-Length: 9"),
}
HEALTH = _get(b"/healthz", HOST, b"Connection: close")


@pytest.fixture(scope="module")
def served(app: Flask, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The site behind gunicorn."""
    with gunicorn(environ, tmp_path_factory.mktemp("raw")) as served:
        yield served


def _exchange(url: str, request: bytes) -> bytes:
    """Send bytes as they are, say that this was all, and read what comes back."""
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
        found = b""
        with contextlib.suppress(ConnectionError):
            while part := line.recv(65536):
                found += part
    return found


@pytest.mark.parametrize("what", REQUESTS)
def test_broken_http_gets_an_answer_and_leaves_the_site_standing(served: Any, what: str) -> None:
    url, process, log = served
    before = len(log.read_text())
    answer = _exchange(url, REQUESTS[what])
    head, _, body = answer.partition(b"\r\n\r\n")
    if head and not head.startswith(b"<"):
        status = int(head.split(b" ", 2)[1])
        assert status < 500 or status in (501, 505), head
        names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
        assert b"set-cookie" not in names
    assert b"Traceback" not in body
    assert process.poll() is None
    said = log.read_text()[before:]
    assert "Traceback" not in said, said
    assert _exchange(url, HEALTH).startswith(b"HTTP/1.1 200")
