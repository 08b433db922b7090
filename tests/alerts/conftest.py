"""What the tests of alerts share: settings, and somebody who is logged in."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigner.alerts import service as alerts
from campaigner.alerts.models import Alert
from campaigner.config import Settings
from campaigner.core.db import db, transaction
from campaigner.staff import service as staff
from tests import make

PASSWORD = "een-lang-wachtwoord"
MINE = "ploeg@voorbeeld.example"


@pytest.fixture
def settings(app: Flask) -> Settings:
    """The settings of the test application."""
    found: Settings = app.extensions["campaigner"]
    return found


@pytest.fixture
def enter(app: Flask) -> Callable[..., FlaskClient]:
    """Log in as someone with these roles and get their browser. Use it after `session` or `clean`."""

    def come_in(*roles: str) -> FlaskClient:
        staff.create(email=MINE, name="Ploeg Voorbeeld", password=PASSWORD, roles=roles or ("campaigner",))
        db.session.commit()
        browser = app.test_client()
        token = csrf(browser, "/staff/login")
        answer = browser.post("/staff/login", data={"email": MINE, "password": PASSWORD, "csrf_token": token})
        assert answer.status_code in (302, 303), answer.get_data(as_text=True)
        return browser

    return come_in


def csrf(browser: FlaskClient, path: str) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(path).get_data(as_text=True))
    assert found, f"no form on {path}"
    return found[1]


@pytest.fixture
def going(app: Flask, settings: Settings) -> Callable[..., Alert]:
    """Send an alert to so many people, and leave it on its way. Use it after `session` or `clean`."""

    def leave(*addresses: str, policy: str = "hold") -> Alert:
        campaign = make.campaign()
        for address in addresses or ("rosa@gmail.com",):
            make.acted(campaign, email=address)
        with transaction():
            return alerts.send(make.alert(campaign).id, policy=policy, confirmed=len(addresses) or 1, settings=settings)

    return leave
