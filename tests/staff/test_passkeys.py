"""Passkeys in a real browser, with Chromium's own virtual authenticator: adding one, logging in with it, losing it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from campaigner.core.db import transaction
from tests import make

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "lang-genoeg-wachtwoord"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("clean"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
]


@pytest.fixture
def address(app: Flask, clean: None) -> Iterator[str]:
    """The application behind a socket; a passkey needs a name (localhost), not a number."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page() -> Iterator[Any]:
    """A browser with an authenticator that checks a finger."""
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(locale="nl-BE")
        opened = context.new_page()
        devtools = context.new_cdp_session(opened)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield opened
        browser.close()


def test_a_passkey_is_added_logs_in_and_is_taken_away(page: Any, address: str) -> None:
    with transaction():
        email = make.account().email
    page.goto(f"{address}/staff/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("form .button")
    page.wait_for_url(f"{address}/staff/")

    page.goto(f"{address}/staff/wan-register")
    page.fill("#name", "mijn telefoon")
    page.click("main form .button")
    page.wait_for_url(f"{address}/staff/account")
    assert "De passkey mijn telefoon is toegevoegd." in page.inner_text("main")

    page.click(".who button")
    page.wait_for_url(f"{address}/staff/login")
    page.goto(f"{address}/staff/campaigns/")
    page.click("a.button.quiet")
    page.click("form .button")
    page.wait_for_url(f"{address}/staff/campaigns/")
    assert page.locator("h1").inner_text() == "Campagnes"

    page.goto(f"{address}/staff/wan-register")
    page.click(".keys button")
    page.wait_for_selector(".note.ok")
    page.click(".who button")
    page.wait_for_url(f"{address}/staff/login")
    page.goto(f"{address}/staff/wan-signin")
    page.click("form .button")
    page.wait_for_selector(".note.bad:visible")
    assert "/staff/wan-signin" in page.url


def test_a_passkey_answers_when_an_old_login_is_asked_again(page: Any, address: str) -> None:
    with transaction():
        email = make.account().email
    page.goto(f"{address}/staff/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("form .button")
    page.goto(f"{address}/staff/wan-register")
    page.fill("#name", "laptop")
    page.click("main form .button")
    page.wait_for_url(f"{address}/staff/account")
    page.goto(f"{address}/staff/verify?next=/staff/password")
    page.click("button.quiet")
    page.wait_for_url(f"{address}/staff/password")
