"""The whole house, running: gunicorn, a worker process a queue, the reconciler, a mail server, a local's site."""

import asyncio
import os
import re
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError

from aiosmtpd.controller import Controller
from flask import Flask

from campaigner.core.db import db, transaction
from campaigner.core.queue import QUEUES
from campaigner.demo import known, local_site, processes, samples
from tests.conftest import TOP, Services, Sink, _empty, _free_port

Found = TypeVar("Found")
PYTHON = sys.executable
PATIENCE = 30.0  # seconds; the machine may be busy


@dataclass
class PostOffice(Sink):
    """A mail server that can be told to take its time over every mail."""

    slow: float = 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the text."""
        await asyncio.sleep(self.slow)
        return await super().handle_DATA(server, session, envelope)


@dataclass
class Stage:
    """What a journey needs to know."""

    app: Flask
    url: str
    local: str
    office: PostOffice
    running: list[processes.Process] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)  # of the processes

    def mail_to(self, address: str, *, at: int = 0) -> EmailMessage:
        """The mail that this address got, once it is there: a worker has to bring it."""
        return until(lambda: self.mails(address)[at : at + 1], f"a mail to {address}")[0]

    def mails(self, address: str) -> list[EmailMessage]:
        """Every mail that this address got."""
        return [mail for mail in self.office.messages if str(mail["To"]) == address]


def until(look: Callable[[], Found], what: str, *, seconds: float = PATIENCE) -> Found:
    """Wait until `look` returns something that is true; fail, saying what did not come."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(0.1)
    return found


def link_in(mail: EmailMessage, pattern: str) -> str:
    """The address in the text of a mail that matches."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://[^/\s]+{pattern}(?=\s)", body.get_content())
    assert found, body.get_content()
    return found[0]


@contextmanager
def gunicorn(environ: dict[str, str], folder: Path) -> Iterator[tuple[str, processes.Process, Path]]:
    """The site as it is served in earnest. Yields its address, the process and its log."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = folder / "web.log"
    command = f"-m gunicorn wsgi:app --bind 127.0.0.1:{port} --worker-class gthread --workers 1 --threads 6"
    command += " --graceful-timeout 2 --no-control-socket"
    process = _start([PYTHON, *command.split()], _shell(environ, url), log)
    try:
        until(lambda: _answers(f"{url}/readyz", process, log), "an answer of the site")
        yield url, process, log
    finally:
        stop([process])


def _shell(environ: dict[str, str], url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **environ, "PUBLIC_URL": url, "PYTHONUNBUFFERED": "1"}


def _start(command: list[str], env: dict[str, str], log: Path) -> processes.Process:
    return processes.spawn(command, log=log, cwd=TOP, env=env)


def _answers(url: str, process: processes.Process, log: Path) -> bool:
    assert process.poll() is None, processes.tail(log)
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def stop(running: list[processes.Process]) -> None:
    """Ask kindly, then end whatever is left."""
    for process in running:
        process.terminate()
    processes.wait(running, seconds=5)
    for process in running:
        processes.end(process)


@contextmanager
def play(app: Flask, environ: dict[str, str], services: Services, folder: Path) -> Iterator[Stage]:
    """Everything at once, with the sample campaigns in it; every table is emptied afterwards."""
    local_port = _free_port()
    local = f"http://127.0.0.1:{local_port}"
    office = PostOffice()
    post = Controller(office, hostname="127.0.0.1", port=services.smtp_port)
    post.start()
    with app.app_context():
        with transaction():
            samples.load(local_site=local)
        db.session.remove()
    running: list[processes.Process] = []
    try:
        with gunicorn(environ, folder) as (url, web, _log):
            env = _shell(environ, url)
            for queue in QUEUES:
                running.append(_start([PYTHON, "worker.py", queue], env, folder / f"{queue}.log"))
            reconcile = [PYTHON, "-m", "campaigner.cli", "reconcile", "--every", "0.5"]
            running.append(_start(reconcile, env, folder / "reconciler.log"))
            site = [PYTHON, local_site.__file__, str(local_port), known.WIDGET_KEY]
            running.append(_start(site, env, folder / "local.log"))
            until(lambda: _answers(f"{local}/", running[-1], folder / "local.log"), "the local's site")
            yield Stage(app, url, local, office, [web, *running], env)
            assert [process.args for process in running if process.poll() is not None] == [], "a process ended"
    finally:
        stop(running)
        post.stop()
        with app.app_context():
            db.session.remove()
            _empty(app)
