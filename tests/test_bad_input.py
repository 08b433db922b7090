"""Thousands of hostile requests at every door: a clear answer each time, never an error of ours, never a header injected.

A few hundred a door in `make test`, always the same ones; CAMPAIGNER_THOROUGH=1 makes it thousands, each time others.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.routing import Rule

from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.limits import limiter
from campaigner.core.tokens import signer
from campaigner.outbox import service as outbox
from campaigner.outbox.message import compose
from campaigner.outbox.models import Delivery, Mailing
from tests import make
from tests.conftest import _empty
from tests.house import doors

THOROUGH = os.environ.get("CAMPAIGNER_THOROUGH") == "1"
PUBLIC_SHOTS, STAFF_SHOTS = (3000, 600) if THOROUGH else (220, 40)
NAMES = [
    "first_name", "last_name", "email", "postcode", "country", "agree", "public", "mail_host", "mail_local", "comment",
    "website", "unchanged", "form_token", "topic", "name", "message", "r", "site", "List-Unsubscribe", "csrf_token",
    "password", "next", "language", "p", "lang", "size", "preview", "again", "_method", "_scheme", "_external", "endpoint",
    "values", "self", "slug", "token", "key", "page", "reference", "credential", "code", "tf_method", "identity",
]  # fmt: skip
MARK = "<script>zz('x')</script>"
BREAK = "'\"><zz onfocus=zz>"
NASTY = [
    "", " ", "\x00", "a\x00b", "x\r\nBcc: b@voorbeeld.example", "x\nSet-Cookie: a=b", "\r\n\r\n<html>", "\u202eabc", "\ufeff",
    "é" * 50, "🜏" * 40, "ẞ\u0301", "x" * 10_000, "9" * 400, "-1", "1e999", "NaN", "0x10", "None", "null", "../../etc/passwd",
    "%s%n%(x)s", "{{ 7 * 7 }}", "{% raw %}", "${7*7}", MARK, BREAK, "' OR 1=1 --", "a@b.example,c@d.example",
    "a@b.example\r\nCc: x@y.example", '"<a@b.example>" <c@d.example>', "a@[127.0.0.1]", "é@voorbeeld.example",
    "An <a@b.example>", "javascript:alert(1)", "//kwaad.example/", "\\\\kwaad", "http://[", "on", "y", "yes", "BE", "XX",
    "9000", "campaign", "nl", "\u2028", "\x7f", "\x1b[31m", "\ud7ff", "\U0010ffff", "\t", "a" * 65_000, "=" * 100, "&" * 100,
]  # fmt: skip
BYTES = [b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5", b"\x00", b"%", b"%zz", b"%u0041", b"\r\n", b"a" * 9000]
TYPES = [
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=" + "y" * 300, "multipart/form-data; boundary=\"\x7f\"", "application/json", "text/plain",
    "application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=nonsense", "", "/", ";;;",
    "text/html; charset=\"", "application/octet-stream", "application/json; charset=\xff", "application/xml",
]  # fmt: skip
HEADERS = [
    "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_COOKIE", "HTTP_USER_AGENT",
    "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_AUTHORIZATION", "HTTP_AUTHENTICATION_TOKEN", "HTTP_TE",
    "HTTP_X_CSRFTOKEN", "HTTP_FORWARDED", "HTTP_X_HTTP_METHOD_OVERRIDE", "REMOTE_ADDR", "CONTENT_LENGTH",
]  # fmt: skip
SAID = [
    "", "*", "nl", "nl;q=\xff", "de-DE;q=9,*;q=-1", "en" * 2000, "tlh,,,;;;q=", "\xff\xfe", "localhost", "localhost:99999",
    "kwaad.example", "kwaad.example\"><zz>", "[::1", "a b", ".", "-", "xn--\xff", "null", "https://kwaad.example", "http://[",
    "file:///etc/passwd", "javascript:zz", "http://localhost/nl/", "staff=oud", "staff=.eJx; session=\xff", "=;=;;a=\"", "a=" + "b" * 4000,
    "127.0.0.1", "::1", "fe80::1%eth0", "999.1.1.1", "unknown", "bytes=0-0,-1", "bytes=99999999999999999999-", "W/\"x\"", "\"",
    "Thu, 99 Jan 0000", "gzip;q=0, br;q=x", "application/json", "text/html;q=x,*/*", "Basic \xff", "Bearer x", "Basic OjpA",
    "application/json;q=0.9, text/html;q=0.8", "0", "-5", "99999999999", "1e9", "no-cache",
]  # fmt: skip
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


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """A campaign, a widget, a signature under way and a mail with a way out; limits off, to get past them."""
    limiter.enabled = False
    with app.app_context():
        campaign = make.campaign("doelwit")
        make.campaign("voorbij", state="closed")
        make.campaign("concept", state="draft")
        place = make.placement(campaign)
        signer_ = make.acted(campaign, state="unconfirmed")
        action = make.actions(campaign)[0]
        with transaction():
            mailing = outbox.draft_mailing(organisation_id=campaign.lead_id)
            db.session.add(
                Delivery(
                    mailing_id=mailing.id, recipient="1", mailbox=b"x", address=signer_.email, language="nl", message="{}",
                    state="sent", settled_at=now(),
                )
            )  # fmt: skip
        confirm = signer.sign([action.id, "proef"], "confirm")
        way_out = signer.seal([mailing.id, "1"], "unsubscribe")
        receipts = [signer.sign([action.id, mail], "receipt") for mail in ("queued", "quota", "", MARK)]
        receipts.append(signer.sign(["C-1", "campaign"], "contact receipt"))
        known = {
            "slug": ["doelwit", "doelwit", "voorbij", "concept"], "key": [place.key], "lang": list(LANGUAGES),
            "token": [confirm, way_out, "test", confirm + "x", way_out[:-1], *receipts], "receipt": receipts,
            "name": ["privacy", "embed.js", "site.css", "site.0000000000.css"], "code": ["nl", "de"], "filename": ["x"],
            "alert_id": ["1", "0", "9" * 18], "message_id": ["1", "9" * 18], "campaign_id": [str(campaign.id), "0", "9" * 18],
            "placement_id": [str(place.id), "9" * 18], "verb": ["open", "take"], "site": [signer.sign([place.key, "x"], "site")],
        }  # fmt: skip
        db.session.remove()
    reused = signer.sign(["act", "telkens-dezelfde"], "form")
    fresh = {
        "act": lambda: signer.sign(["act", secrets.token_urlsafe(12)], "form"),
        "contact": lambda: signer.sign(["contact", secrets.token_urlsafe(12)], "form"),
        "reused": lambda: reused,
        "other": lambda: signer.sign(["form", "x"], "form"),
        "odd": lambda: signer.sign({"purpose": ["act"]}, "form"),
    }
    yield World(app, known, fresh)
    limiter.enabled = True
    with app.app_context():
        _empty(app)


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
        if draw(st.integers(0, 9)) < 7:
            return quote(draw(st.sampled_from(known.get(name, ["x"]))), safe="")
        return draw(raw).decode("latin-1") or "x"

    path = re.sub(r"<((?:[^<>]|<[^<>]*>)*)>", part, str(rule))
    tail = draw(st.sampled_from(["", "", "", "", "", "/", "//", "/..", "%00", ";x", "%0d%0aX-Y:%20z"]))
    return path + tail


@st.composite
def bodies(draw: st.DrawFn, world: World) -> tuple[bytes, str]:
    """A form near to what the doors expect, or anything else that a body can be."""
    kind = draw(st.sampled_from(["near", "near", "near", "near", "random", "multipart", "json", "bytes", "many", "typed"]))
    if kind == "json":
        return json.dumps(draw(st.sampled_from([{}, [], 1, None, MARK, {"email": [1]}, [[[[]]]]]))).encode(), "application/json"
    if kind == "bytes":
        return draw(st.sampled_from(BYTES)) + draw(st.binary(max_size=40)), draw(st.sampled_from(TYPES))
    if kind == "many":
        number = draw(st.sampled_from([101, 1500, 9000]))
        return b"&".join(b"a%d=x" % at for at in range(number)), TYPES[0]
    fields = _near(draw, world) if kind in ("near", "typed", "multipart") else {}
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
        fields[name] = draw(words)
    for name in draw(st.lists(words, max_size=1)):
        fields[name] = draw(words)
    if kind == "multipart":
        return _multipart(fields, draw), draw(st.sampled_from([TYPES[3], TYPES[3], *TYPES]))
    pairs = [(name, value) for name, value in fields.items()]
    if pairs and draw(st.booleans()):
        pairs.append(pairs[0])
    body = urlencode(pairs, errors="replace").encode()
    if draw(st.integers(0, 9)) == 0:
        body += b"&email=" + draw(st.sampled_from(BYTES)) + b"&" + draw(st.binary(max_size=8))
    return body, draw(st.sampled_from(TYPES)) if kind == "typed" else TYPES[0]


def _near(draw: st.DrawFn, world: World) -> dict[str, str]:
    form = {
        **make.form(), "public": "y", "mail_host": "yes", "mail_local": "no", "comment": "Omdat het moet.",
        "form_token": world.fresh[draw(st.sampled_from(sorted(world.fresh)))](),
    }  # fmt: skip
    if draw(st.booleans()):
        form |= {"topic": "campaign", "name": "Greet", "message": "Wanneer wordt dit overhandigd?"}
    if draw(st.booleans()):
        form["r"] = draw(st.sampled_from(world.known["receipt"]))
        form["site"] = draw(st.sampled_from([*world.known["site"], MARK, "", "x"]))
    return form


def _multipart(fields: dict[str, str], draw: st.DrawFn) -> bytes:
    end = draw(st.sampled_from([b"--x--\r\n", b"", b"--x", b"\r\n"]))
    extra = draw(st.sampled_from(['', '; filename="x"', '; filename="../x\x00"', "; filename*=utf-8''%ff"]))
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
        draw(st.sampled_from(NAMES)).encode() + b"=" + draw(st.one_of(raw, st.sampled_from(world.known["token"]).map(str.encode)))
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
    )
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(SAID), max_size=2))
    body, content_type = (b"", "") if method in ("GET", "HEAD") and draw(st.booleans()) else draw(bodies(world))
    return Shot(method, draw(paths(rule, world.known)), query, headers, body, content_type)


def _fire(world: World, shot: Shot) -> Any:
    path, _, rest = shot.path.partition("?")
    environ = {"QUERY_STRING": (rest.encode("latin-1") + shot.query).decode("latin-1"), **shot.headers}
    if shot.content_type:
        environ["CONTENT_TYPE"] = shot.content_type
    raw_path = re.sub(rb"%([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), path.encode("latin-1"))
    environ["PATH_INFO"] = raw_path.decode("latin-1")  # as a WSGI server hands it on (PEP 3333)
    return world.app.test_client().open("/", method=shot.method, data=shot.body, environ_overrides=environ)


def _judge(world: World, shot: Shot, answer: Any, *, staff: bool) -> None:
    world.seen += 1
    world.statuses[answer.status_code] = world.statuses.get(answer.status_code, 0) + 1
    assert answer.status_code < 500 or (answer.status_code, shot.method) == (501, "X"), answer.status_code
    for name, value in answer.headers:
        assert not re.search(r"[\r\n\x00]", name + value), f"{name}: {value!r}"
        assert "x-y" not in name.lower()
    if not staff:
        assert "Set-Cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("Vary", "").lower()
    location = answer.headers.get("Location", "/")
    assert re.match(r"(http://localhost)?/(?![/\\])", location) or "HTTP_HOST" in shot.headers, location
    kind = answer.headers.get("Content-Type", "")
    body = answer.get_data().decode("utf-8")
    if "html" in kind and body:
        assert "<script>zz(" not in body
        assert "<zz" not in body
        assert "{{ 7" not in body or "{{ 7 * 7 }}" in body
        if answer.status_code >= 400 or (answer.status_code == 200 and not staff):
            assert re.search(r'<html[^>]* lang="(nl|fr|en|es)"', body), body[:200]
    elif answer.status_code >= 400 and body:
        assert "json" in kind, f"{answer.status_code} {kind}: {body[:100]}"
    assert "Traceback" not in body
    assert "sqlalchemy" not in body.lower()


def _nobody_else_gets_mail(world: World) -> None:
    """Every mail that came of it has one recipient, and headers that are ours."""
    with world.app.app_context():
        rows = db.session.execute(select(Delivery, Mailing).join(Mailing, Mailing.id == Delivery.mailing_id)).all()
        for delivery, mailing in rows:
            if mailing.kind is None:
                continue
            mail = message_from_bytes(
                compose(delivery, mailing, world.app.extensions["campaigner"]), policy=policy.default
            )
            assert len(mail["To"].addresses) == 1
            assert mail["To"].addresses[0].addr_spec.count("@") == 1
            assert not {"Cc", "Bcc", "X-Y", "Set-Cookie"} & set(mail.keys())
            assert len(mail.get_all("Subject", [])) == len(mail.get_all("From", [])) == 1
            assert all(not re.search(r"[\r\n\x00]", str(value)) for value in mail.values())
            assert "@voorbeeld.example" in str(mail["From"]) or "@fos.example" in str(mail["From"])
        db.session.remove()


def _rules(*, staff: bool) -> list[Any]:
    """Routes cannot be read before there is an application, so one is made that talks to nothing."""
    from campaigner import check, config, create_app

    global _plan
    if _plan is None:
        _plan = create_app(config.read(check.SETTINGS))
    found = [rule for rule in doors.rules(_plan) if doors.is_staff(rule) is staff]
    return [pytest.param(rule, id=name) for rule, name in zip(found, doors.named(found), strict=True)]


_plan: Flask | None = None
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture, HealthCheck.large_base_example]


def _throw(world: World, rule: Rule, number: int, *, staff: bool) -> None:
    @settings(max_examples=number, deadline=None, database=None, derandomize=not THOROUGH, suppress_health_check=QUIET)
    @given(shot=shots(rule, world))
    def throw(shot: Shot) -> None:
        _judge(world, shot, _fire(world, shot), staff=staff)

    throw()


@pytest.mark.parametrize("rule", _rules(staff=False))
def test_no_request_breaks_a_public_door(world: World, rule: Rule) -> None:
    _throw(world, rule, PUBLIC_SHOTS, staff=False)
    _nobody_else_gets_mail(world)


@pytest.mark.parametrize("rule", _rules(staff=True))
def test_no_request_breaks_a_staff_door(world: World, rule: Rule) -> None:
    _throw(world, rule, STAFF_SHOTS, staff=True)


def test_the_shots_reached_what_is_behind_the_doors(world: World) -> None:
    """A property that only ever met 404 would prove nothing. Runs last in this file."""
    if world.seen < 1000:
        pytest.skip("only with the tests above")
    assert {200, 303, 400, 404, 405, 413, 422} <= world.statuses.keys()
    assert world.statuses[303] > 30
    with world.app.app_context():
        assert len(db.session.scalars(select(Delivery)).all()) > 5
        db.session.remove()
