"""Real services, shared by the whole run: PostgreSQL, Valkey, an SMTP sink. Nothing is mocked that can run."""

import base64
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session, scoped_session

from campaigner import config, create_app, rooms
from campaigner.core.breaker import breaker
from campaigner.core.db import Base, db
from campaigner.core.queue import bell
from campaigner.demo.services import Postgres, Valkey
from campaigner.outbox import engine
from campaigner.outbox import queries as outbox
from tests.house import network

TOP = Path(__file__).parent.parent


@dataclass
class Services:
    """The addresses of the running services."""

    database_url: str
    redis_url: str
    smtp_port: int


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """PostgreSQL and Valkey from their wheels, for this run only."""
    folder = tmp_path_factory.mktemp("services")
    postgres, valkey = Postgres(folder / "postgres", durable=False), Valkey(folder / "valkey")
    try:
        yield Services(postgres.start(), valkey.start(), _free_port())
    finally:
        valkey.destroy()
        postgres.destroy()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(services: Services) -> dict[str, str]:
    """The settings of the test application, as an operator would give them."""
    key = base64.b64encode(os.urandom(32)).decode()
    return {
        "CAMPAIGNER_ENV": "test",
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "SECRET_KEY": "test-secret-key-" * 3,
        "PII_KEYS": f"k1:{key}",
        "FINGERPRINT_KEY": key,
        "PASSWORD_SALT": "test-salt-" * 4,
        "TOTP_SECRET": "test-totp-secret-" * 3,
        "PUBLIC_URL": "http://localhost",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(services.smtp_port),
    }


@pytest.fixture(scope="session")
def environ(services: Services) -> dict[str, str]:
    """The settings of this run, also for processes that must read what the test application writes."""
    return environment(services)


@pytest.fixture(scope="session", autouse=True)
def _nobody_outside() -> Iterator[None]:
    """No test, and nothing in the application that it runs, talks to another machine."""
    with network.closed():
        yield


@pytest.fixture(scope="session")
def app(environ: dict[str, str]) -> Iterator[Flask]:
    """The application on a database brought up by the migrations, once a run."""
    application = create_app(config.read(environ))
    application.test_client_class = Browser
    application.extensions["shelf"].seconds = 0  # what a test changes is seen at once
    with application.app_context():
        upgrade(directory=str(TOP / "migrations"))
        rooms.settle(application)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _fresh_limits(request: pytest.FixtureRequest) -> None:
    """No test inherits the rate limits, wake-ups or closed breaker of another."""
    if "app" in request.fixturenames:
        breaker.reset()
        Redis.from_url(bell.url).flushall()


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    """A database session whose every commit is undone after the test. Doors called in it share it."""
    with app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        engines = db._app_engines[app]
        engines[None] = connection  # type: ignore[assignment]
        try:
            yield db.session
        finally:
            db.session.remove()
            outer.rollback()
            connection.close()
            engines[None] = engine


@pytest.fixture
def clean(app: Flask) -> Iterator[None]:
    """Real commits, seen by other processes and threads; every table is emptied afterwards."""
    with app.app_context():
        yield
        db.session.remove()
        _empty(app)


def _empty(app: Flask) -> None:
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables or db.metadata.sorted_tables)
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    rooms.settle(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser without JavaScript."""
    return app.test_client()


class Browser(FlaskClient):
    """Gives each request a `g` of its own, as outside the tests, though a test holds an application context.

    Without it the account, the language and the CSRF check of one request would stand for the next.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        if has_app_context():
            vars(g._get_current_object()).clear()
        return super().open(*args, **kwargs)


@dataclass
class Sink:
    """What a mail server took in, and what it should answer: set `replies[command]` to make it refuse."""

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Answer MAIL FROM."""
        envelope.mail_from = address
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Answer RCPT TO."""
        refusal = self.replies.get(f"RCPT {address}") or self.replies.get("RCPT")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the text, or refuse it."""
        if "DATA" in self.replies:
            return self.replies["DATA"]
        self.raw.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


@pytest.fixture
def smtp(services: Services) -> Iterator[Sink]:
    """A real SMTP conversation on the port that the application sends to."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=services.smtp_port)
    controller.start()
    yield sink
    controller.stop()


def deliver() -> None:
    """Do what the workers do: drain every mailing with something due, through the real engine."""
    for mailing_id, _queue in outbox.waiting():
        engine.drain(mailing_id)
