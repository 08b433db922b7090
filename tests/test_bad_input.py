"""Thousands of hostile requests at every door: a clear answer each time, no error of ours, no header injected.

A few hundred a door in `make test`, always the same ones; CAMPAIGNER_THOROUGH=1 makes it thousands, each time others.
"""

import gc
import gzip
import os
import re
import secrets
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import brotli
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select
from werkzeug.routing import Rule

from campaigner.campaigns.models import Ask, Target
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
from tests.house.hostile import MARK, Shot, World, shots

THOROUGH = os.environ.get("CAMPAIGNER_THOROUGH") == "1"
# Werkzeug leaves the file of an upload that breaks off to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")
PUBLIC_SHOTS, STAFF_SHOTS = (1000, 100) if THOROUGH else (150, 20)


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """A campaign, a widget, a signature under way and a mail with a way out; limits off, to get past them."""
    limiter.enabled = False
    with app.app_context():
        campaign = make.campaign("doelwit")
        make.campaign("voorbij", state="closed")
        make.campaign("concept", state="draft")
        letters = make.campaign("brief", asks=[Ask(kind="letter")], targets=[Target(name="De minister")])
        place = make.placement(campaign)
        signer_ = make.acted(campaign, state="unconfirmed")
        action = make.actions(campaign)[0]
        with transaction():
            mailing = outbox.draft_mailing(organisation_id=campaign.lead_id)
            db.session.add(
                Delivery(
                    mailing_id=mailing.id, recipient="1", mailbox=b"x", address=signer_.email, language="nl",
                    message="{}", state="sent", settled_at=now(),
                )
            )  # fmt: skip
        confirm = signer.sign([action.id, "proef"], "confirm")
        way_out = signer.seal([mailing.id, "1"], "unsubscribe")
        stop = signer.seal(letters.targets[0].id, "objection")
        receipts = [signer.sign([action.id, mail], "receipt") for mail in ("queued", "quota", "", MARK)]
        receipts.append(signer.sign(["C-1", "campaign"], "contact receipt"))
        known = {
            "slug": ["doelwit", "brief", "doelwit", "voorbij", "concept"], "key": [place.key], "lang": list(LANGUAGES),
            "token": [confirm, way_out, stop, "test", confirm + "x", way_out[:-1], *receipts], "receipt": receipts,
            "name": ["privacy", "embed.js", "site.css", "site.0000000000.css"], "code": ["nl", "de"], "filename": ["x"],
            "alert_id": ["1", "0", "9" * 18], "message_id": ["1", "9" * 18],
            "number": ["1", "9" * 18], "petition_id": ["1", "9" * 18], "batch_id": ["1"], "milestone_id": ["1"],
            "request_id": ["1", "9" * 18],
            "campaign_id": [str(campaign.id), str(letters.id), "0", "9" * 18],
            "target_id": [str(letters.targets[0].id), "9" * 18], "placement_id": [str(place.id), "9" * 18],
            "verb": ["open", "take", "pause", "again", "remove"],
            "row_id": ["1", "9" * 18], "event_id": ["1", "9" * 18], "account_id": ["1", "9" * 18],
            "organisation_id": ["1", "9" * 18], "file_id": ["1"], "snippet_id": ["1", "9" * 18], "width": ["640", "1"],
            "ending": ["svg", "png", "exe"], "site": [signer.sign([place.key, "x"], "site")],
        }  # fmt: skip
        db.session.remove()
    reused = signer.sign(["act", "telkens-dezelfde"], "form")
    fresh = {
        "act": lambda: signer.sign(["act", secrets.token_urlsafe(12)], "form"),
        "contact": lambda: signer.sign(["contact", secrets.token_urlsafe(12)], "form"),
        "request": lambda: signer.sign(["partner request", secrets.token_urlsafe(12)], "form"),
        "charter": lambda: signer.sign(["charter", secrets.token_urlsafe(12)], "form"),
        "desk": lambda: signer.sign(["desk request", secrets.token_urlsafe(12)], "form"),
        "reused": lambda: reused,
        "other": lambda: signer.sign(["form", "x"], "form"),
        "odd": lambda: signer.sign({"purpose": ["act"]}, "form"),
    }
    yield World(app, known, fresh)
    limiter.enabled = True
    gc.collect()
    with app.app_context():
        _empty(app)


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
    assert re.match(r"(http://(localhost|127\.0\.0\.1)(:\d+)?)?/(?![/\\])", location), location
    kind = answer.headers.get("Content-Type", "")
    if kind in ("image/png", "application/pdf"):
        assert answer.status_code < 400, answer.status_code  # a picture or a booklet holds no text to judge
        return
    body = _unpacked(answer).decode("utf-8")
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


def _unpacked(answer: Any) -> bytes:
    """The body as the browser shows it."""
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(answer.headers.get("Content-Encoding", ""), bytes)
    body: bytes = unpack(answer.get_data()) if answer.get_data() else b""
    return body


def _nobody_else_gets_mail(world: World) -> None:
    """Every mail that came of it has one recipient, and headers that are ours."""
    with world.app.app_context():
        rows = db.session.execute(select(Delivery, Mailing).join(Mailing, Mailing.id == Delivery.mailing_id)).all()
        for delivery, mailing in rows:
            if mailing.kind is None or delivery.message is None:
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
QUIET = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.function_scoped_fixture,
    HealthCheck.large_base_example,
]


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
