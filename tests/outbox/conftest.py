"""An operator who did everything well: their settings, and a name server where all is in place."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

import campaigner
from campaigner.config import Settings
from tests.outbox.names import DOMAIN, HERE, RECORD, TEXT, Names, served


@pytest.fixture
def names() -> Iterator[Names]:
    """A name server where all is in place for voorbeeld.example."""
    with served() as names:
        names.text(DOMAIN, f"v=spf1 ip4:{HERE} -all", "iets anders")
        names.text(f"campaigner._domainkey.{DOMAIN}", RECORD)
        names.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=quarantine; rua=mailto:dmarc@voorbeeld.example")
        names.zone[DOMAIN, "MX"] = [f"10 mx.{DOMAIN}."]
        names.zone[f"mx.{DOMAIN}", "A"] = ["192.0.2.20"]
        names.zone["10.2.0.192.in-addr.arpa", "PTR"] = [f"uit.{DOMAIN}."]
        names.zone[f"uit.{DOMAIN}", "A"] = [HERE]
        yield names


@pytest.fixture
def chosen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings of an operator who did everything well; the test application runs with them."""
    before: Settings = app.extensions["campaigner"]
    good = replace(
        before, mail_dkim_key=TEXT, mail_sender=f"acties@{DOMAIN}", public_url=f"https://acties.{DOMAIN}",
    )  # fmt: skip
    monkeypatch.setattr(campaigner, "create_app", lambda: app)
    app.extensions["campaigner"] = good
    yield good
    app.extensions["campaigner"] = before
