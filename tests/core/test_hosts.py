"""Under which names the site answers, and how it is asked whether it is well."""

from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigner import config
from campaigner.core import web


@pytest.mark.parametrize("path", ["/", "/nl", "/s/onbekend", "/staff/", "/nl/contact", "/onbekend"])
def test_no_answer_and_no_redirect_is_made_under_a_foreign_name(
    client: FlaskClient, session: object, path: str
) -> None:
    for host in ("kwaad.example", "localhost@kwaad.example", "localhost.kwaad.example"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert answer.text == web.ELSEWHERE  # an error page would need links


def test_our_own_names_are_answered(client: FlaskClient, session: object) -> None:
    for host in ("localhost", "localhost:5000", "127.0.0.1:8000"):
        assert client.get("/nl/", headers={"Host": host}).status_code == 200


def test_in_production_only_the_public_name_is_ours(app: Flask) -> None:
    settings = replace(
        app.extensions["campaigner"], environment="production", public_url="https://acties.voorbeeld.example:8443"
    )
    assert config.flask_settings(settings)["TRUSTED_HOSTS"] == ["acties.voorbeeld.example"]


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/readyz", 200), ("/nl/", 302)])
def test_a_probe_needs_neither_tls_nor_our_name(
    app: Flask, session: object, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    settings = replace(app.extensions["campaigner"], public_url="https://acties.voorbeeld.example")
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["acties.voorbeeld.example"])
    monkeypatch.setattr(web.talisman, "force_https", True)
    monkeypatch.setattr(app, "wsgi_app", web.Probes(partial(Flask.wsgi_app, app), settings))
    host = "10.0.0.7:8000" if status == 200 else "acties.voorbeeld.example"
    assert app.test_client().get(path, headers={"Host": host}).status_code == status
