"""Who may come in by which door, and what every answer carries."""

import inspect
import re
import sys
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from werkzeug.routing import IntegerConverter, Rule

from campaigner import rooms
from campaigner.core.db import db
from campaigner.core.forms import SignedForm
from campaigner.staff.guard import StaffBlueprint
from campaigner.staff.models import ANYBODY
from tests import make
from tests.house import doors

# Doors that a signed token in the address opens: no form of ours stands before them, nobody is logged in, and
# pressing the button again changes nothing more.
TOKEN_DOORS = {
    "actions.confirmed": "the link of the confirmation mail",
    "actions.not_me": "the link of the confirmation mail",
    "actions.again": "the receipt of a signature, in the form",
    "charters.confirm": "the link of the mail to an organisation",
    "charters.take_back": "the link of the mail to an organisation",
    "letters.stop": "the link in a mail to a target",
    "supporters.stop": "RFC 8058: a bare POST to the address in the mail must be enough",
}
# Doors for programs that sign what they send.
KEYED_DOORS = {"mailroom.hook": "a provider's events, signed (standardwebhooks.com); 404 without a secret"}
# The doors whose form is a SignedForm, by the name of the view.
SIGNED = {
    "actions.campaign",
    "contact.send",
    "requests.send",
    "desk_requests.send",
    "welcome.accept",
    "widget.act",
    "widgets.typed",
    "charters.sign",
    "personal.act",
}


@pytest.fixture(scope="module")
def insider(app: Flask) -> Any:
    """A browser that is logged in with every role, and the CSRF switch as it is in production."""
    from tests.conftest import _empty

    with app.app_context():
        email = make.account().email
        browser = app.test_client()
        page = browser.get("/staff/login").get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        answer = browser.post(
            "/staff/login", data={"csrf_token": token[1], "email": email, "password": "lang-genoeg-wachtwoord"}
        )
        assert answer.location == "/staff/"
        db.session.remove()
    yield browser
    with app.app_context():
        _empty(app)


def _staff(app: Flask) -> list[Rule]:
    return [rule for rule in doors.rules(app) if doors.is_staff(rule) and not doors.is_library(rule)]


def _posts(app: Flask) -> list[Rule]:
    return [rule for rule in doors.rules(app) if "POST" in (rule.methods or set())]


def test_everything_under_staff_hangs_behind_the_guard_with_its_roles(app: Flask) -> None:
    found = _staff(app)
    assert len(found) > 20
    for rule in found:
        blueprint = app.blueprints[rule.endpoint.partition(".")[0]]
        assert isinstance(blueprint, StaffBlueprint), f"{rule} is not behind the guard"
        assert blueprint.roles, f"{rule}: nobody was named"
        assert set(blueprint.roles) <= set(ANYBODY)


def test_every_staff_blueprint_stands_under_staff(app: Flask) -> None:
    for name, blueprint in app.blueprints.items():
        if isinstance(blueprint, StaffBlueprint):
            paths = [str(rule) for rule in doors.rules(app) if rule.endpoint.startswith(f"{name}.")]
            assert paths
            assert all(path.startswith("/staff") for path in paths)


def test_without_a_login_every_staff_page_is_closed(app: Flask, client: FlaskClient) -> None:
    for rule in _staff(app):
        for method in doors.methods(rule):
            answer = client.open(doors.path(app, rule), method=method)
            assert answer.status_code in (302, 400, 403), f"{method} {rule}: {answer.status_code}"
            if answer.status_code == 302:
                assert answer.location.startswith("/staff/login"), f"{method} {rule}"


def test_with_a_login_a_post_without_our_token_is_refused(app: Flask, insider: FlaskClient) -> None:
    found = [rule for rule in _posts(app) if doors.is_staff(rule) and not doors.is_library(rule)]
    assert len(found) > 10
    for rule in found:
        for data in ({}, {"csrf_token": "forged"}):
            answer = insider.post(doors.path(app, rule), data=data)
            assert answer.status_code == 400, f"{rule}: {answer.status_code}"


def test_the_librarys_own_forms_want_a_token_too(app: Flask, insider: FlaskClient) -> None:
    for path in (
        "/staff/logout",
        "/staff/password",
        "/staff/tf-setup",
        "/staff/mf-recovery-codes",
        "/staff/wan-delete",
    ):
        answer = insider.post(path, data={"password": "lang-genoeg-wachtwoord", "name": "x"})
        assert answer.status_code == 400, path
    assert insider.get("/staff/").status_code == 200


def test_no_staff_blueprint_is_exempt_from_csrf(app: Flask) -> None:
    assert not set(rooms.STAFF) & rooms.csrf._exempt_blueprints
    assert rooms.csrf._exempt_views == set()
    assert app.config["WTF_CSRF_ENABLED"]
    assert app.config["WTF_CSRF_CHECK_DEFAULT"]


def test_every_public_post_says_what_it_is_opened_with(app: Flask) -> None:
    public = {rule.endpoint for rule in _posts(app) if not doors.is_staff(rule)}
    assert public == SIGNED | TOKEN_DOORS.keys() | KEYED_DOORS.keys()


def test_the_forms_of_the_public_doors_are_signed_forms(app: Flask, client: FlaskClient, session: object) -> None:
    place = make.placement(make.campaign("getekend"))
    for path in ("/nl/c/getekend", "/nl/contact", f"/w/{place.key}"):
        assert 'name="form_token"' in client.get(path).get_data(as_text=True)
        answer = client.post(path, data=make.form(topic="campaign", name="An", message="Een lange vraag."))
        assert answer.status_code == 422, path
    assert make.actions(place.campaign) == []


def test_public_rooms_make_no_other_kind_of_form() -> None:
    from campaigner.actions import forms as actions
    from campaigner.contact import forms as contact
    from campaigner.organisations import forms as requests
    from campaigner.petitions import forms as petitions

    for module in (actions, contact, petitions, requests):
        for name, form in inspect.getmembers(module, inspect.isclass):
            if issubclass(form, FlaskForm):
                assert issubclass(form, SignedForm), f"{module.__name__}.{name}"


def test_token_doors_answer_a_forged_token_with_a_page_and_change_nothing(client: FlaskClient, session: object) -> None:
    for path in ("/confirm/vals", "/confirm/vals/not-me", "/u/vals", "/letters/stop/vals"):
        answer = client.post(path)
        assert answer.status_code == 404
        assert "<h1" in answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def public_answers(app: Flask) -> Any:
    """What every public GET route answers, with and without something behind it."""
    from tests.conftest import _empty

    with app.app_context():
        place = make.placement(make.campaign("open-deur"))
        known = {"slug": "open-deur", "key": place.key}
        found = {}
        for rule in doors.rules(app):
            if doors.is_staff(rule) or "GET" not in (rule.methods or set()):
                continue
            for parts in ({}, known):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(doors, "PARTS", doors.PARTS | parts)
                    path = doors.path(app, rule)
                found[path] = app.test_client().get(path, headers={"Cookie": "staff=oud; x=y"})
        db.session.remove()
    yield found
    with app.app_context():
        _empty(app)


def test_public_pages_set_no_cookie_and_do_not_depend_on_one(public_answers: dict[str, Any]) -> None:
    assert len(public_answers) > 20
    for path, answer in public_answers.items():
        assert "Set-Cookie" not in answer.headers, path
        assert "cookie" not in answer.headers.get("Vary", "").lower(), path


def test_public_pages_are_the_same_for_whoever_is_logged_in(
    app: Flask, insider: FlaskClient, public_answers: dict[str, Any]
) -> None:
    for path, answer in public_answers.items():
        if answer.headers.get("Cache-Control", "").startswith("public"):
            again = insider.get(path)
            assert "Set-Cookie" not in again.headers, path
            body, other = (re.sub(rb'value="[^"]+"|"at":"[^"]+"', b"", a.get_data()) for a in (answer, again))
            assert body == other, path


def _policy(answer: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts if name}


def test_every_page_says_what_may_run_in_it_and_who_may_frame_it(public_answers: dict[str, Any]) -> None:
    for path, answer in public_answers.items():
        policy = _policy(answer)
        scripts = policy.get("script-src", policy["default-src"])
        assert not re.search(r"unsafe|\*|data:|https?:", scripts), f"{path}: {scripts}"
        assert policy["default-src"] == "'none'"
        assert policy["base-uri"] == "'none'"
        if not path.startswith("/w/"):
            assert policy["frame-ancestors"] == "'none'", path


def test_a_widget_is_framed_by_its_sites_only(public_answers: dict[str, Any]) -> None:
    widgets = (path for path in public_answers if path.startswith("/w/key") and not re.search("thanks|badge", path))
    shown = [public_answers[path] for path in widgets]
    assert shown
    for answer in shown:
        assert "https://afdeling.example" in _policy(answer)["frame-ancestors"]
        assert not re.search(r"\*(\s|$)", _policy(answer)["frame-ancestors"])


def test_staff_pages_say_it_too(app: Flask, insider: FlaskClient) -> None:
    for rule in _staff(app):
        if "GET" in (rule.methods or set()):
            answer = insider.get(doors.path(app, rule))
            policy = _policy(answer)
            assert "unsafe" not in policy.get("script-src", policy["default-src"]), rule
            assert policy["frame-ancestors"] in ("'none'", "'self'"), rule
            assert answer.headers["Cache-Control"] == "no-store", rule


def test_every_answer_carries_the_plain_headers(public_answers: dict[str, Any]) -> None:
    for path, answer in public_answers.items():
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin", path
        assert "Server" not in answer.headers or "Python" not in answer.headers["Server"], path


def test_no_public_room_reads_the_account_or_the_session() -> None:
    for blueprint in rooms.PUBLIC:
        source = inspect.getsource(sys.modules[blueprint.import_name])
        assert not re.search(r"current_user|\bimport .*\bsession\b(?!.*sqlalchemy)|flask_security", source), (
            blueprint.name
        )


def test_no_number_in_an_address_is_larger_than_the_database_counts(app: Flask) -> None:
    converters = [each for rule in doors.rules(app) for each in rule._converters.values()]
    numbers = [each for each in converters if isinstance(each, IntegerConverter)]
    assert len(numbers) > 10
    assert {each.max for each in numbers} == {2**63 - 1}
