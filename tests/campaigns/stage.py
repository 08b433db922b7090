"""What the tests of the staff pages on campaigns share: logging in, and filling in a form as a browser does."""

import re
from typing import Any

from flask.testing import FlaskClient

from campaigner.core.db import transaction
from tests import make


def token(page: Any) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text[:400]
    return found[1]


def log_in(client: FlaskClient, *roles: str, name: str = "Team campagnes") -> int:
    """Log in as a new account with these roles. Returns its id."""
    with transaction():
        account = make.account(roles=roles, name=name)
        email, account_id = account.email, account.id
    data = {"csrf_token": token(client.get("/staff/login")), "email": email, "password": "lang-genoeg-wachtwoord"}
    assert client.post("/staff/login", data=data).location == "/staff/"
    return account_id


def send(desk: FlaskClient, path: str, *, via: str = "", **data: Any) -> Any:
    """Open a page (`via`, when the button stands on another) and send its form."""
    return desk.post(path, data={"csrf_token": token(desk.get(via or path)), **data})


def seen(desk: FlaskClient, path: str) -> str:
    """The name of the words that a page shows to be checked."""
    found = re.search(r'name="seen"[^>]*value="([^"]*)"', desk.get(path).text)
    assert found
    return found[1]
