"""Who may open which page: every staff route against every role. A new route without a row fails here.

Each view is stood in for by one that only says that somebody came in, so the table speaks of the guard alone,
and nothing is done to anything by trying.
"""

import re
from collections.abc import Iterator
from functools import wraps
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigner.core.db import db
from campaigner.staff import service as staff
from campaigner.staff.models import Account
from tests import make
from tests.house import doors

PASSWORD = "lang-genoeg-wachtwoord"
ADMIN = {"admin"}
DESK = {"admin", "campaigner"}
TEAM = {"admin", "campaigner", "inbox"}
WORDS = {"admin", "campaigner", "translator"}
ANYBODY = {"admin", "campaigner", "inbox", "translator", "editor", "another"}
LOCAL = {"admin", "campaigner", "editor"}  # of exactly this local: another's editor sees a page that does not exist

# endpoint -> who comes in, one row for every route under /staff that is ours.
MATRIX: dict[str, set[str]] = {
    "accounts.act": ADMIN,
    "accounts.index": ADMIN,
    "accounts.invite": ADMIN,
    "accounts.join": ADMIN,
    "accounts.leave": ADMIN,
    "accounts.roles": ADMIN,
    "accounts.show": ADMIN,
    "alerts.begin": DESK,
    "alerts.duplicate": DESK,
    "alerts.edit": DESK,
    "alerts.index": DESK,
    "alerts.look_over": DESK,
    "alerts.new": DESK,
    "alerts.preview": DESK,
    "alerts.save": DESK,
    "alerts.skip": DESK,
    "alerts.take_back": DESK,
    "alerts.test": DESK,
    "alerts.version": DESK,
    "alerts.versions": DESK,
    "audience.build": DESK,
    "audience.drop": DESK,
    "audience.index": DESK,
    "campaign_desk.act": DESK,
    "campaign_desk.ask": DESK,
    "campaign_desk.facts": DESK,
    "campaign_desk.index": WORDS,
    "campaign_desk.new": DESK,
    "campaign_desk.places": DESK,
    "campaign_desk.rows": WORDS,
    "campaign_desk.sites": DESK,
    "campaign_desk.text": WORDS,
    "charter_desk.act": DESK,
    "charter_desk.export": DESK,
    "charter_desk.index": DESK,
    "charter_desk.paper": DESK,
    "charter_desk.refuse": DESK,
    "charter_desk.remove": DESK,
    "charter_desk.show": DESK,
    "charter_desk.text": DESK,
    "coalition_desk.act": DESK,
    "coalition_desk.index": DESK,
    "coalition_desk.invite": DESK,
    "contact_report.shown": TEAM,
    "contact_report.spreadsheet": TEAM,
    "contact_retention.choose": ADMIN,
    "contact_retention.forget": ADMIN,
    "contact_retention.shown": ADMIN,
    "event_desk.act": DESK,
    "event_desk.edit": DESK,
    "event_desk.index": DESK,
    "imports.check": ADMIN,
    "imports.index": ADMIN,
    "imports.press": ADMIN,
    "imports.progress": ADMIN,
    "imports.read_as": ADMIN,
    "imports.show": ADMIN,
    "inbox.act": TEAM,
    "inbox.pile": TEAM,
    "inbox.show": TEAM,
    "letter_desk.act": DESK,
    "letter_desk.aim": DESK,
    "letter_desk.dossier": DESK,
    "letter_desk.edit": DESK,
    "letter_desk.index": DESK,
    "letter_desk.new": DESK,
    "letter_desk.test": DESK,
    "letter_desk.words": DESK,
    "life_desk.count": DESK,
    "life_desk.ending": DESK,
    "life_desk.forget": DESK,
    "life_desk.judge": DESK,
    "life_desk.link": DESK,
    "life_desk.milestone": DESK,
    "life_desk.progress": DESK,
    "life_desk.report": DESK,
    "life_desk.strike": DESK,
    "life_desk.track": DESK,
    "life_desk.unlink": DESK,
    "local_desk.ask_export": LOCAL,
    "local_desk.change": LOCAL,
    "local_desk.coalition": LOCAL,
    "local_desk.compare": LOCAL,
    "local_desk.export": LOCAL,
    "local_desk.index": LOCAL,
    "local_desk.leave": LOCAL,
    "local_desk.lead": LOCAL,
    "local_desk.led": LOCAL,
    "local_desk.persons": LOCAL,
    "local_desk.places": LOCAL,
    "locals.decide": DESK,
    "locals.index": DESK,
    "locals.league": DESK,
    "locals.parents": DESK,
    "locals.refuse": DESK,
    "mail.index": DESK,
    "mail.look_up": DESK,
    "mail.reopen": DESK,
    "mail.resolve": DESK,
    "mail.unsure": DESK,
    "messages.judge": DESK,
    "messages.language": DESK,
    "messages.partner": DESK,
    "messages.partners": DESK,
    "messages.pile": DESK,
    "messages.renew": DESK,
    "photo_desk.agree": DESK,
    "photo_desk.erase": DESK,
    "photo_desk.look": DESK,
    "photo_desk.preview": DESK,
    "photo_desk.upload": DESK,
    "plans.choose": DESK,
    "plans.one_text": DESK,
    "plans.show": DESK,
    "plans.take_out": DESK,
    "plans.trial_of": DESK,
    "release.ask": DESK,
    "release.rules": DESK,
    "release.send": DESK,
    "release.take_away": DESK,
    "request_desk.act": DESK,
    "request_desk.index": DESK,
    "request_desk.show": DESK,
    "sending.after": DESK,
    "sending.pause": DESK,
    "sending.progress": DESK,
    "sending.resolve": DESK,
    "sending.resume": DESK,
    "sending.show": DESK,
    "sending.stop": DESK,
    "sending.stream": DESK,
    "sending.unsure": DESK,
    "snippets.edit": TEAM,
    "snippets.examples": TEAM,
    "snippets.listed": TEAM,
    "snippets.new": TEAM,
    "snippets.remove": TEAM,
    "staff.account": ANYBODY,
    "staff.figures": ANYBODY,
    "staff.speak": ANYBODY,
    "staff.today": ANYBODY,
    "thread.assign": TEAM,
    "thread.download": TEAM,
    "thread.here": TEAM,
    "thread.longer": TEAM,
    "thread.merge": TEAM,
    "thread.move": TEAM,
    "thread.note": TEAM,
    "thread.reply": TEAM,
    "thread.snooze": TEAM,
    "thread.wake": TEAM,
    "update_desk.approve": DESK,
    "update_desk.check": DESK,
    "update_desk.erase": DESK,
    "update_desk.index": DESK,
    "update_desk.new": DESK,
    "update_desk.withdraw": DESK,
    "update_desk.write": DESK,
}
INSIDERS = ("admin", "campaigner", "inbox", "translator", "editor", "another")


@pytest.fixture(scope="module")
def house(app: Flask) -> Iterator[tuple[dict[str, FlaskClient], str]]:
    """A browser for everybody, and the slug of the local whose editor one of them is."""
    from tests.conftest import _empty

    with app.app_context():
        here, there = make.local("Deze afdeling"), make.local("Een andere afdeling")
        slug = here.slug
        browsers = {role: _browser(app, make.account(roles=(role,))) for role in INSIDERS[:4]}
        for role, local in (("editor", here), ("another", there)):
            account = make.editor(local)
            browsers[role] = _browser(app, account)
        browsers["anonymous"] = app.test_client()
        db.session.remove()
    yield browsers, slug
    with app.app_context():
        _empty(app)


def _browser(app: Flask, account: Account) -> FlaskClient:
    db.session.commit()
    browser = app.test_client()
    token = _token(browser.get("/staff/login"))
    sent = {"csrf_token": token, "email": account.email, "password": PASSWORD}
    assert browser.post("/staff/login", data=sent).location == "/staff/"
    return browser


def _token(page: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    assert found
    return found[1]


@pytest.fixture
def bare(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every staff view says that somebody is in, and does nothing."""
    for rule in _staff(app):
        view = app.view_functions[rule.endpoint]
        monkeypatch.setitem(app.view_functions, rule.endpoint, wraps(view)(lambda **_: ("in", 299)))


def _staff(app: Flask) -> list[Any]:
    return [rule for rule in doors.rules(app) if doors.is_staff(rule) and not doors.is_library(rule)]


def test_every_staff_route_has_its_row_and_no_row_has_lost_its_route(app: Flask) -> None:
    assert {rule.endpoint for rule in _staff(app)} == MATRIX.keys()


@pytest.mark.parametrize("role", [*INSIDERS, "anonymous"])
def test_nobody_comes_in_where_their_role_does_not_let_them(
    app: Flask, house: tuple[dict[str, FlaskClient], str], role: str, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    browsers, slug = house
    monkeypatch.setitem(doors.PARTS, "slug", slug)
    token = _token(browsers[role].get("/staff/account" if role != "anonymous" else "/staff/login"))
    request.getfixturevalue("bare")
    for rule in _staff(app):
        for method in doors.methods(rule):
            data = {"csrf_token": token} if method == "POST" else None
            answer = browsers[role].open(doors.path(app, rule), method=method, data=data)
            if role == "anonymous":
                assert answer.status_code == 302, f"{method} {rule}: {answer.status_code}"
                assert answer.location.startswith("/staff/login")
            else:
                refusal = 404 if "editor" in MATRIX[rule.endpoint] and "another" not in MATRIX[rule.endpoint] else 403
                expected = 299 if role in MATRIX[rule.endpoint] else refusal
                assert answer.status_code == expected, f"{role}: {method} {rule}: {answer.status_code}"


def test_a_desk_that_does_not_exist_looks_like_one_that_is_not_yours(
    house: tuple[dict[str, FlaskClient], str],
) -> None:
    browsers, slug = house
    for role in ("another", "inbox", "translator"):
        mine, none = (browsers[role].get(f"/staff/local/{name}/") for name in (slug, "bestaat-niet"))
        assert mine.status_code == none.status_code == 404
        assert re.sub(slug, "", mine.get_data(as_text=True)) == re.sub("bestaat-niet", "", none.get_data(as_text=True))


def test_a_membership_taken_away_closes_the_desk_at_the_next_request(
    app: Flask, house: tuple[dict[str, FlaskClient], str]
) -> None:
    with app.app_context():
        local = make.local()
        editor = make.editor(local)
        browser = _browser(app, editor)
        assert browser.get(f"/staff/local/{local.slug}/").status_code == 200
        staff.leave(editor, organisation_id=local.id, by=editor.id)
        db.session.commit()
        assert browser.get(f"/staff/local/{local.slug}/").status_code == 404
        db.session.remove()
