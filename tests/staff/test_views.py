"""The doors of the staff: logging in by every way there is, the guard, and one's own account."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigner.core.db import db, transaction
from campaigner.staff import panels, queries
from campaigner.staff import service as staff
from campaigner.staff.models import Account
from tests import make

PASSWORD = "lang-genoeg-wachtwoord"
pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def account(clean: None) -> Account:
    """An account with every role."""
    return _account()


def _account(*roles: str) -> Account:
    with transaction():
        made = make.account(roles=roles or ("admin", "campaigner", "inbox"))
    db.session.refresh(made)
    return made


def token(page: Any) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)[:500]
    return found[1]


def log_in(client: FlaskClient, email: str, password: str = PASSWORD, target: str = "/staff/login") -> Any:
    """Fill in the login form."""
    return client.post(target, data={"csrf_token": token(client.get(target)), "email": email, "password": password})


def test_logging_in_leads_to_today(client: FlaskClient, account: Account) -> None:
    answer = log_in(client, account.email)
    assert (answer.status_code, answer.location) == (302, "/staff/")
    assert client.get("/staff/").status_code == 200
    assert queries.events(f"account:{account.id}")[0].what == "logged in"


def test_after_logging_in_one_is_where_one_wanted_to_be(client: FlaskClient, account: Account) -> None:
    refused = client.get("/staff/account?x=1")
    assert refused.status_code == 302
    assert log_in(client, account.email, target=refused.location).location == "/staff/account?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://kwaad.example",
        "//kwaad.example",
        "/\\kwaad.example",
        "//[",
        "/staff\x00",
        "/nl/",
        "/staff@kwaad.example",
    ],
)
def test_logging_in_never_leads_away(client: FlaskClient, account: Account, target: str) -> None:
    shown = client.get("/staff/login", query_string={"next": target})
    assert shown.status_code == 400
    data = {
        "csrf_token": token(client.get("/staff/login")),
        "email": account.email,
        "password": PASSWORD,
        "next": target,
    }
    assert client.post("/staff/login", data=data).status_code == 400


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: FlaskClient, account: Account) -> None:
    wrong, unknown = log_in(client, account.email, "fout wachtwoord"), log_in(client, "niemand@fos.example")
    notes = [re.findall(r'note bad"[^>]*>(.*?)</p>', page.get_data(as_text=True), re.S) for page in (wrong, unknown)]
    assert notes[0] == notes[1] != []
    assert client.get("/staff/").status_code == 302
    assert queries.events(f"account:{account.id}")[0].what == "login failed"


@pytest.mark.parametrize(
    "email", ["", "geen adres", "a\x00b@fos.example", "x" * 10_000, "a@fos.example\r\nX: y", "’ OR 1=1 --"]
)
def test_bad_input_at_the_door_is_a_page_and_not_an_error(client: FlaskClient, email: str) -> None:
    assert log_in(client, email, "p\x00" + "w" * 10_000).status_code == 200


def test_the_login_speaks_no_json(client: FlaskClient, account: Account) -> None:
    for body in ({"email": account.email, "password": PASSWORD}, [1], "x", None):
        assert client.post("/staff/login", json=body).status_code in (400, 415)


def test_a_login_without_our_token_is_refused(client: FlaskClient, account: Account) -> None:
    answer = client.post("/staff/login", data={"email": account.email, "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/staff/").status_code == 302


def test_ten_wrong_passwords_close_the_account_for_a_while_and_say_so(client: FlaskClient, account: Account) -> None:
    for _ in range(10):
        assert log_in(client, account.email, "fout wachtwoord").status_code == 200
    refused = log_in(client, account.email)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    assert client.get("/staff/").status_code == 302


def test_a_login_that_succeeds_forgets_the_tries_before_it(client: FlaskClient, app: Flask, account: Account) -> None:
    for _ in range(3):
        browser = app.test_client()
        for _ in range(6):
            log_in(browser, account.email, "fout wachtwoord")
        assert log_in(browser, account.email).location == "/staff/"


def test_a_disabled_account_is_out_at_once(client: FlaskClient, account: Account) -> None:
    log_in(client, account.email)
    with transaction():
        staff.disable(email=account.email)
    assert client.get("/staff/").status_code == 302
    log_in(client, account.email)
    assert client.get("/staff/").status_code == 302


def test_logging_out_needs_our_token_and_ends_the_session(client: FlaskClient, account: Account) -> None:
    log_in(client, account.email)
    assert client.post("/staff/logout").status_code == 400
    assert client.get("/staff/").status_code == 200
    client.post("/staff/logout", data={"csrf_token": token(client.get("/staff/"))})
    assert client.get("/staff/").status_code == 302


def test_a_cookie_copied_before_the_logout_is_worth_nothing_after_it(
    client: FlaskClient, app: Flask, account: Account
) -> None:
    log_in(client, account.email)
    cookie = client.get_cookie("staff", path="/staff")
    assert cookie
    thief = app.test_client()
    thief.set_cookie("staff", cookie.value, path="/staff")
    assert thief.get("/staff/account").status_code == 200
    client.post("/staff/logout", data={"csrf_token": token(client.get("/staff/"))})
    assert thief.get("/staff/account").status_code == 302
    assert queries.events(f"account:{account.id}")[0].what == "logged out"


@pytest.mark.parametrize("path", ["/staff/", "/staff/today", "/staff/account"])
def test_without_an_account_a_page_leads_to_the_login(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/staff/login?next=")


def test_the_wrong_role_gets_a_page_that_says_so(client: FlaskClient) -> None:
    log_in(client, _account("inbox").email)
    assert client.get("/staff/").status_code == 200
    assert client.get("/staff/campaigns/").status_code == 403


@pytest.mark.parametrize("path", ["/staff/nothing-here", "/staff/campaigns/999/", "/staff/campaigns/x"])
def test_an_error_keeps_whoever_is_logged_in_among_the_staff_pages(
    client: FlaskClient, account: Account, path: str
) -> None:
    log_in(client, account.email)
    page = client.get(path)
    assert page.status_code == 404
    assert 'class="rail"' in page.text
    assert '<a class="button" href="/staff/">Terug naar Vandaag</a>' in page.text


def test_an_error_speaks_the_language_of_the_account(client: FlaskClient) -> None:
    log_in(client, _account("inbox").email)
    client.get("/staff/?lang=fr")
    assert "Retour à Aujourd’hui" in client.get("/staff/nothing-here").text
    assert "Retour à Aujourd’hui" in client.get("/staff/campaigns/").text


def test_an_error_shows_a_stranger_nothing_of_the_staff_pages(client: FlaskClient) -> None:
    page = client.get("/staff/nothing-here")
    assert page.status_code == 404
    assert 'class="rail"' not in page.text


def test_a_part_of_a_page_opened_by_itself_leads_to_the_page(client: FlaskClient, account: Account) -> None:
    log_in(client, account.email)
    for path, whole in (("/staff/today", "/staff/"), ("/staff/campaigns/rows", "/staff/campaigns/")):
        assert client.get(path, headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
        opened = client.get(path, headers={"Sec-Fetch-Mode": "navigate"})
        assert (opened.status_code, opened.location) == (303, whole)


def test_the_menu_shows_only_what_one_may_open(client: FlaskClient) -> None:
    log_in(client, _account("inbox").email)
    page = client.get("/staff/").get_data(as_text=True)
    assert "/staff/inbox/" in page
    assert "/staff/campaigns/" not in page


def test_there_is_no_way_to_register_or_to_reset_by_mail(client: FlaskClient) -> None:
    assert [client.get(f"/staff/{path}").status_code for path in ("register", "reset", "confirm", "us-signin")] == [
        404
    ] * 4


def test_public_pages_know_no_session(client: FlaskClient, account: Account) -> None:
    log_in(client, account.email)
    for path in ("/nl/", "/healthz", "/nl/contact"):
        answer = client.get(path)
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Set-Cookie" not in answer.headers


def test_the_session_cookie_stays_under_staff(client: FlaskClient) -> None:
    assert all("Path=/staff" in cookie for cookie in client.get("/staff/login").headers.getlist("Set-Cookie"))


def test_every_address_of_the_login_library_is_under_staff(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("security.")}
    assert not [
        rule.rule for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("security.") and not rule.rule.startswith("/staff/")
    ]  # fmt: skip


def test_the_pages_speak_the_language_of_the_account(client: FlaskClient, account: Account) -> None:
    log_in(client, account.email)
    assert '<html lang="nl">' in client.get("/staff/").get_data(as_text=True)
    assert '<html lang="fr">' in client.get("/staff/?lang=fr").get_data(as_text=True)
    page = client.get("/staff/account")
    client.post("/staff/account/language", data={"csrf_token": token(page), "language": "es"})
    assert '<html lang="es">' in client.get("/staff/").get_data(as_text=True)
    assert db.session.get_one(Account, account.id, populate_existing=True).language == "es"


@pytest.mark.parametrize("language", ["", "xx", "nl\x00", "n" * 10_000])
def test_a_language_that_is_none_is_refused(client: FlaskClient, account: Account, language: str) -> None:
    log_in(client, account.email)
    data = {"csrf_token": token(client.get("/staff/account")), "language": language}
    assert client.post("/staff/account/language", data=data).status_code == 400


@pytest.mark.parametrize(
    ("code", "words"), [("nl", "Wachtwoord"), ("fr", "Mot de passe"), ("en", "Password"), ("es", "Contraseña")]
)
def test_the_login_page_speaks_four_languages(client: FlaskClient, code: str, words: str) -> None:
    assert words in client.get(f"/staff/login?lang={code}").text


def test_changing_the_password_ends_other_sessions(client: FlaskClient, app: Flask, account: Account) -> None:
    elsewhere = app.test_client()
    for browser in (client, elsewhere):
        log_in(browser, account.email)
    data = {"password": PASSWORD, "new_password": "vier woorden op rij", "new_password_confirm": "vier woorden op rij"}
    answer = client.post("/staff/password", data={"csrf_token": token(client.get("/staff/password")), **data})
    assert answer.location == "/staff/account"
    assert client.get("/staff/account").status_code == 200
    assert elsewhere.get("/staff/account").status_code == 302
    assert "password changed" in [event.what for event in queries.events(f"account:{account.id}")]


@pytest.mark.parametrize(
    ("present", "new", "again"),
    [
        ("fout wachtwoord", "vier woorden op rij", "vier woorden op rij"),
        (PASSWORD, "te kort", "te kort"),
        (PASSWORD, "vier woorden op rij", "vijf woorden op rij"),
        (PASSWORD, PASSWORD, PASSWORD),
        ("", "", ""),
        ("\x00", "\x00" * 20, "\x00" * 20),
        (PASSWORD, "w" * 10_000, "w" * 10_000),
    ],
)
def test_a_password_that_cannot_be_changes_nothing(
    client: FlaskClient, account: Account, present: str, new: str, again: str
) -> None:
    before = account.password
    log_in(client, account.email)
    data = {"password": present, "new_password": new, "new_password_confirm": again}
    answer = client.post("/staff/password", data={"csrf_token": token(client.get("/staff/password")), **data})
    assert answer.status_code == 200
    assert "field-error" in answer.text
    assert db.session.get_one(Account, account.id, populate_existing=True).password == before


def _secret_of(page: Any) -> str:
    found = re.search(r'class="snippet">([A-Z2-7 -]+)<', page.text)
    assert found
    return found[1]


def _code(app: Flask, secret: str, *, steps: int = 0) -> str:
    """What the authenticator app shows now, or `steps` half minutes from now."""
    from passlib.totp import TOTP

    app_on_the_phone = TOTP(key=secret)
    return str(app_on_the_phone.generate(app_on_the_phone.normalize_time(None) + 30 * steps).token)


@pytest.fixture
def phone(client: FlaskClient, app: Flask, account: Account) -> str:
    """An authenticator app, set up for the account, which is then logged out. The app's secret."""
    log_in(client, account.email)
    page = client.post(
        "/staff/tf-setup", data={"csrf_token": token(client.get("/staff/tf-setup")), "setup": "authenticator"}
    )
    assert "data:image/svg+xml" in page.text
    secret = _secret_of(page)
    where = re.search(r'action="(/staff/tf-setup/[^"]+)"', page.text)
    assert where
    answer = client.post(where[1], data={"csrf_token": token(page), "code": _code(app, secret)})
    assert answer.location == "/staff/account"
    client.post("/staff/logout", data={"csrf_token": token(client.get("/staff/account"))})
    return secret


def test_the_app_is_asked_for_after_the_password(client: FlaskClient, app: Flask, account: Account, phone: str) -> None:
    halfway = log_in(client, account.email)
    assert halfway.location.startswith("/staff/tf-validate")
    assert client.get("/staff/").status_code == 302
    page = client.get(halfway.location)
    wrong = client.post("/staff/tf-validate", data={"csrf_token": token(page), "code": "000000"})
    assert "field-error" in wrong.text
    done = client.post("/staff/tf-validate", data={"csrf_token": token(page), "code": _code(app, phone, steps=1)})
    assert done.location == "/staff/"
    assert client.get("/staff/").status_code == 200


def test_a_code_is_taken_once(client: FlaskClient, app: Flask, account: Account, phone: str) -> None:
    page = client.get(log_in(client, account.email).location)
    used_at_set_up = client.post("/staff/tf-validate", data={"csrf_token": token(page), "code": _code(app, phone)})
    assert "field-error" in used_at_set_up.text
    assert client.get("/staff/").status_code == 302


def test_six_figures_cannot_be_guessed(client: FlaskClient, account: Account, phone: str) -> None:
    page = client.get(log_in(client, account.email).location)
    answers = [
        client.post("/staff/tf-validate", data={"csrf_token": token(page), "code": f"{n:06}"}) for n in range(11)
    ]
    assert [answer.status_code for answer in answers].count(429) >= 1


@pytest.mark.parametrize("code", ["", "\x00", "1" * 10_000, "drie", "१२३४५६", "-1"])
def test_a_code_that_is_none_is_a_message(client: FlaskClient, account: Account, phone: str, code: str) -> None:
    page = client.get(log_in(client, account.email).location)
    answer = client.post("/staff/tf-validate", data={"csrf_token": token(page), "code": code})
    assert answer.status_code == 200
    assert "field-error" in answer.text


def test_a_recovery_code_works_once(client: FlaskClient, app: Flask, account: Account) -> None:
    log_in(client, account.email)
    made = client.post(
        "/staff/mf-recovery-codes",
        data={"csrf_token": token(client.get("/staff/mf-recovery-codes")), "generate_new_codes": "1"},
    )
    codes = re.findall(r"<code>([0-9a-f-]+)</code>", made.text)
    assert len(codes) == 8
    assert codes[0] not in str(db.session.get_one(Account, account.id, populate_existing=True).mf_recovery_codes)
    _set_up_the_app(client, app)
    client.post("/staff/logout", data={"csrf_token": token(client.get("/staff/account"))})
    for expected in ("/staff/", None):
        log_in(client, account.email)
        answer = client.post(
            "/staff/mf-recovery", data={"csrf_token": token(client.get("/staff/mf-recovery")), "code": codes[0]}
        )
        assert answer.location == expected
        if expected:
            client.post("/staff/logout", data={"csrf_token": token(client.get("/staff/account"))})


def _set_up_the_app(client: FlaskClient, app: Flask) -> None:
    page = client.post(
        "/staff/tf-setup", data={"csrf_token": token(client.get("/staff/tf-setup")), "setup": "authenticator"}
    )
    where = re.search(r'action="(/staff/tf-setup/[^"]+)"', page.text)
    assert where
    client.post(where[1], data={"csrf_token": token(page), "code": _code(app, _secret_of(page))})


def test_an_old_login_is_asked_again_before_something_dangerous(client: FlaskClient, account: Account) -> None:
    log_in(client, account.email)
    with client.session_transaction(path="/staff/") as session:
        session["fs_paa"] -= 31 * 60
        session.pop("fs_gexp", None)
    asked = client.get("/staff/wan-register")
    assert asked.location == "/staff/verify?next=/staff/wan-register"
    wrong = client.post(asked.location, data={"csrf_token": token(client.get(asked.location)), "password": "fout"})
    assert "field-error" in wrong.text
    right = client.post(asked.location, data={"csrf_token": token(client.get(asked.location)), "password": PASSWORD})
    assert right.location == "/staff/wan-register"
    assert client.get("/staff/wan-register").status_code == 200


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "{}",
        "[]",
        "null",
        '"x"',
        "{",
        '{"id": 1}',
        '{"id":"a","rawId":"a","type":"public-key","response":{}}',
        "\x00",
    ],
)
def test_a_passkey_that_is_none_is_a_message(client: FlaskClient, account: Account, credential: str) -> None:
    page = client.post("/staff/wan-signin", data={"csrf_token": token(client.get("/staff/wan-signin"))})
    where = re.search(r'action="(/staff/wan-signin/[^"]+)"', page.text)
    assert where
    data = {"csrf_token": token(page), "credential": credential}
    assert client.post(where[1], data=data, follow_redirects=True).status_code == 200
    log_in(client, account.email)
    page = client.post(
        "/staff/wan-register", data={"csrf_token": token(client.get("/staff/wan-register")), "name": "gsm"}
    )
    where = re.search(r'action="(/staff/wan-register/[^"]+)"', page.text)
    assert where
    data = {"csrf_token": token(page), "credential": credential}
    assert client.post(where[1], data=data, follow_redirects=True).status_code == 200
    assert not db.session.get_one(Account, account.id, populate_existing=True).webauthn


@pytest.mark.parametrize("name", ["", "<script>", "a\x00b", "n" * 10_000, "a\r\nb"])
def test_a_passkey_needs_a_plain_name(client: FlaskClient, account: Account, name: str) -> None:
    log_in(client, account.email)
    data = {"csrf_token": token(client.get("/staff/wan-register")), "name": name}
    answer = client.post("/staff/wan-register", data=data)
    assert answer.status_code == 200
    assert "field-error" in answer.text


def test_higher_rooms_show_what_they_know_to_whoever_may_see_it(
    client: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "_sources", [])
    monkeypatch.setattr(panels, "_badges", {"contact": lambda: 7})
    panels.register(lambda: panels.Figure("Bevestigd vandaag", "184"))
    panels.register(
        lambda: panels.Task(3, "boodschappen nalezen", "/staff/x", "dringend", "bad"), roles=("campaigner",)
    )
    panels.register(lambda: None)
    log_in(client, account.email)
    page = client.get("/staff/").text
    assert "184" in page
    assert "boodschappen nalezen" in page
    assert re.search('class="badge">7<', page)
    client.post("/staff/logout", data={"csrf_token": token(client.get("/staff/account"))})
    log_in(client, _account("inbox").email)
    assert "boodschappen nalezen" not in client.get("/staff/").text
