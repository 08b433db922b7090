"""A mailroom with its addresses, and deliveries that may come back."""

from dataclasses import replace

import pytest
from flask import Flask

from campaigner.config import Settings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYq="


@pytest.fixture
def settings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The application's settings, with a return address and a provider's secret."""
    ours = replace(app.extensions["campaigner"], mail_return_address="bounces@fos.example", mail_webhook_secret=SECRET)
    monkeypatch.setitem(app.extensions, "campaigner", ours)
    return ours
