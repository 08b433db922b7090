"""What is thrown at the doors: hostile words, headers, bodies and addresses, and how they are put together."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_from_bytes, urlencode

from flask import Flask
from hypothesis import strategies as st
from werkzeug.routing import Rule

from tests import make

NAMES = [
    "first_name", "last_name", "email", "postcode", "country", "agree", "public", "mail_host", "mail_local", "comment",
    "website", "unchanged", "form_token", "topic", "name", "message", "r", "site", "List-Unsubscribe", "csrf_token",
    "password", "next", "language", "p", "lang", "size", "preview", "again", "_method", "_scheme", "_external",
    "endpoint",
    "values", "self", "slug", "token", "key", "page", "reference", "credential", "code", "tf_method", "identity",
]  # fmt: skip
MARK = "<script>zz('x')</script>"
BREAK = "'\"><zz onfocus=zz>"
NASTY = [
    "", " ", "\x00", "a\x00b", "x\r\nBcc: b@voorbeeld.example", "x\nSet-Cookie: a=b", "\r\n\r\n<html>",
    "\u202eabc", "\ufeff",
    "é" * 50, "🜏" * 40, "ẞ\u0301", "x" * 10_000, "9" * 400, "-1", "1e999", "NaN", "0x10", "None", "null",
    "../../etc/passwd",
    "%s%n%(x)s", "{{ 7 * 7 }}", "{% raw %}", "${7*7}", MARK, BREAK, "' OR 1=1 --", "a@b.example,c@d.example",
    "a@b.example\r\nCc: x@y.example", '"<a@b.example>" <c@d.example>', "a@[127.0.0.1]", "é@voorbeeld.example",
    "An <a@b.example>", "javascript:alert(1)", "//kwaad.example/", "\\\\kwaad", "http://[", "on", "y", "yes", "BE",
    "XX",
    "9000", "campaign", "nl", "\u2028", "\x7f", "\x1b[31m", "\ud7ff", "\U0010ffff", "\t", "a" * 65_000, "=" * 100,
    "&" * 100,
]  # fmt: skip
BYTES = [b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5", b"\x00", b"%", b"%zz", b"%u0041", b"\r\n", b"a" * 9000]
TYPES = [
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=" + "y" * 300, "multipart/form-data; boundary=\"\x7f\"", "application/json",
    "text/plain",
    "application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=nonsense", "",
    "/", ";;;",
    "text/html; charset=\"", "application/octet-stream", "application/json; charset=\xff", "application/xml",
]  # fmt: skip
HEADERS = [
    "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_COOKIE", "HTTP_USER_AGENT",
    "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_AUTHORIZATION", "HTTP_AUTHENTICATION_TOKEN", "HTTP_TE",
    "HTTP_X_CSRFTOKEN", "HTTP_FORWARDED", "HTTP_X_HTTP_METHOD_OVERRIDE", "REMOTE_ADDR", "CONTENT_LENGTH",
]  # fmt: skip
SAID = [
    "", "*", "nl", "nl;q=\xff", "de-DE;q=9,*;q=-1", "en" * 2000, "tlh,,,;;;q=", "\xff\xfe", "localhost",
    "localhost:99999",
    "kwaad.example", "kwaad.example\"><zz>", "[::1", "a b", ".", "-", "xn--\xff", "null", "https://kwaad.example",
    "http://[",
    "file:///etc/passwd", "javascript:zz", "http://localhost/nl/", "staff=oud", "staff=.eJx; session=\xff",
    "=;=;;a=\"", "a=" + "b" * 4000,
    "127.0.0.1", "::1", "fe80::1%eth0", "999.1.1.1", "unknown", "bytes=0-0,-1", "bytes=99999999999999999999-",
    "W/\"x\"", "\"",
    "Thu, 99 Jan 0000", "gzip;q=0, br;q=x", "application/json", "text/html;q=x,*/*", "Basic \xff", "Bearer x",
    "Basic OjpA",
    "application/json;q=0.9, text/html;q=0.8", "0", "-5", "99999999999", "1e9", "no-cache",
]  # fmt: skip
MANY = [b"&".join(b"a%d=x" % at for at in range(number)) for number in (101, 90_000)]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "get", "X"]


@dataclass
class World:
    """What there is to shoot at, and the tokens that open it."""

    app: Flask
    known: dict[str, list[str]]
    fresh: dict[str, Callable[[], str]]
    seen: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Shot:
    """One request, as it crosses the wire."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes
    content_type: str


words = st.one_of(st.sampled_from(NASTY), st.text(max_size=12), st.sampled_from(NASTY).map(lambda word: f"An{word}"))
raw = st.one_of(
    words.map(lambda word: quote(word).encode()), st.sampled_from(BYTES).map(quote_from_bytes).map(str.encode),
    st.sampled_from(BYTES), st.binary(max_size=6),
)  # fmt: skip


@st.composite
def paths(draw: st.DrawFn, rule: Rule, known: dict[str, list[str]]) -> str:
    """An address of this route, its parts right, damaged or absurd."""

    def part(found: re.Match[str]) -> str:
        name = found[1].rpartition(":")[2]
        if draw(st.integers(0, 9)) < 8:
            return quote(draw(st.sampled_from(known.get(name, ["x"]))), safe="")
        return draw(raw).decode("latin-1") or "x"

    path = re.sub(r"<((?:[^<>]|<[^<>]*>)*)>", part, str(rule))
    tail = draw(st.sampled_from([*[""] * 24, "/", "//", "/..", "%00", ";x", "%0d%0aX-Y:%20z"]))
    return path + tail


@st.composite
def bodies(draw: st.DrawFn, world: World) -> tuple[bytes, str]:
    """A form near to what the doors expect, or anything else that a body can be."""
    kind = draw(
        st.sampled_from(["near", "near", "near", "near", "random", "multipart", "json", "bytes", "many", "typed"])
    )
    if kind == "json":
        return json.dumps(
            draw(st.sampled_from([{}, [], 1, None, MARK, {"email": [1]}, [[[[]]]]]))
        ).encode(), "application/json"
    if kind == "bytes":
        return draw(st.sampled_from(BYTES)) + draw(st.binary(max_size=40)), draw(st.sampled_from(TYPES))
    if kind == "many":
        return draw(st.sampled_from(MANY)), TYPES[0]
    fields = _near(draw, world) if kind in ("near", "typed", "multipart") else {}
    if draw(st.integers(0, 2)):  # one in three is left as it is: what lies behind the form must be met too
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
            fields[name] = draw(words)
        for name in draw(st.lists(words, max_size=1)):
            fields[name] = draw(words)
    if kind == "multipart":
        return _multipart(fields, draw), draw(st.sampled_from([TYPES[3], TYPES[3], *TYPES]))
    pairs = [(name, value) for name, value in fields.items()]
    if pairs and not draw(st.integers(0, 3)):
        pairs.append(pairs[0])
    body = urlencode(pairs, errors="replace").encode()
    if draw(st.integers(0, 9)) == 0:
        body += b"&email=" + draw(st.sampled_from(BYTES)) + b"&" + draw(st.binary(max_size=8))
    return body, draw(st.sampled_from(TYPES)) if kind == "typed" else TYPES[0]


def _near(draw: st.DrawFn, world: World) -> dict[str, str]:
    form = {
        **make.form(), "public": "y", "mail_host": "yes", "mail_local": "no", "comment": "Omdat het moet.",
        "subject": "Stop ermee", "body": "Geachte, doe iets.", "sign_as": "reply", "target": "1",
        "form_token": world.fresh[draw(st.sampled_from([*["act", "contact"] * 5, *sorted(world.fresh)]))](),
    }  # fmt: skip
    if draw(st.booleans()):
        form |= {"topic": "campaign", "name": "Greet", "message": "Wanneer wordt dit overhandigd?"}
    if draw(st.booleans()):
        form |= {
            "organisation": "Sindicato", "kind": "union", "country": "HN", "about": "Socias.", "haste": "danger",
            "headline": "Que vuelvan", "background": "Despido.", "demands": "Que vuelvan.", "targets": "Gerencia",
            "tested": "no", "shown": "ask", "report": "y", "name": "Rosa",
        }  # fmt: skip
    if draw(st.booleans()):
        form["r"] = draw(st.sampled_from(world.known["receipt"]))
        form["site"] = draw(st.sampled_from([*world.known["site"], MARK, "", "x"]))
    return form


def _multipart(fields: dict[str, str], draw: st.DrawFn) -> bytes:
    end = draw(st.sampled_from([b"--x--\r\n", b"", b"--x", b"\r\n"]))
    extra = draw(st.sampled_from(["", '; filename="x"', '; filename="../x\x00"', "; filename*=utf-8''%ff"]))
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode("utf-8", "replace")
        + value.encode("utf-8", "replace") + b"\r\n"
        for name, value in fields.items()
    ]  # fmt: skip
    return b"".join(parts) + end


@st.composite
def shots(draw: st.DrawFn, rule: Rule, world: World) -> Shot:
    """Any request for this route."""
    usual = sorted(rule.methods or {"GET"})
    method = draw(st.sampled_from([*usual, *usual, *usual, *METHODS]))
    query = b"&".join(
        draw(st.sampled_from(NAMES)).encode()
        + b"="
        + draw(st.one_of(raw, st.sampled_from(world.known["token"]).map(str.encode)))
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
    )
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(SAID), max_size=2))
    body, content_type = (b"", "") if method in ("GET", "HEAD") and draw(st.booleans()) else draw(bodies(world))
    return Shot(method, draw(paths(rule, world.known)), query, headers, body, content_type)
