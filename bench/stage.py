"""The stage for chaos and bench: every real part as a process of its own, on loopback, in a temporary folder.

    with Stage(bulk=2) as stage:
        stage.kill("worker-bulk-1")
        stage.until(lambda: stage.value("SELECT count(*) ...") == 0, seconds=60)

Parts that end are started again after half a second, as a supervisor would, whenever `tend`, `wait`
or `until` is called: from the main thread, because the kernel ends the parts when their starter ends.
"""

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import structlog
from flask import Flask
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError

from campaigner import config, create_app, rooms
from campaigner.core.db import db
from campaigner.demo import guard, ports, processes, state
from campaigner.demo.services import Postgres, Valkey
from campaigner.outbox import message

TOP = Path(__file__).parent.parent
PAUSE = 0.5  # seconds before a part that ended is started again


@dataclass
class Part:
    """One long-running process."""

    name: str
    command: Sequence[str]
    process: processes.Process | None = None
    wanted: bool = True
    due: float = 0.0


@dataclass
class Mail:
    """What the sink holds of one message."""

    id: str
    to: str
    date: str
    at: float
    confirm: str | None
    unsubscribe: str
    whole: str = ""  # the text itself in base64, where the sink was told to keep it


@dataclass
class Stage:
    """All parts together, or `only` some.

    `lease` seconds replaces the product's two minutes in the workers (quick runs); `settings` go into the
    environment of every part.
    """

    bulk: int = 1
    lease: float | None = None
    only: Sequence[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)  # parts that ended though nobody killed them here
    mails: list[Mail] = field(default_factory=list)
    _read: int = 0
    _killed: set[int] = field(default_factory=set)
    _leaders: set[int] = field(default_factory=set)
    beside: list[processes.Process] = field(default_factory=list)  # other programs that end with the stage
    _talkers: list[subprocess.Popen[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="campaigner-chaos-"))
        self.folder.chmod(0o711)  # as root, PostgreSQL's own account must pass here
        self.guard = processes.Guard()
        self.postgres, self.valkey = Postgres(self.folder / "postgres"), Valkey(self.folder / "valkey")
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _open(self) -> None:
        self.port, self.smtp_port = ports.keep(self.folder / "web-port"), ports.keep(self.folder / "smtp-port")
        self.environ = {
            **os.environ, **state.secret_settings(self.folder), "CAMPAIGNER_ENV": "demo",
            "DATABASE_URL": self.postgres.start(), "REDIS_URL": self.valkey.start(),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}", "TRUSTED_PROXIES": "1", "PYTHONUNBUFFERED": "1",
            "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(self.smtp_port),
            **dict.fromkeys(("MAIL_USE_TLS", "MAIL_USE_SSL", "MAIL_USERNAME", "MAIL_PASSWORD"), ""),
            **self.environment,
        }  # fmt: skip
        self.redis = Redis.from_url(self.valkey.url, socket_timeout=2)
        self.app: Flask = create_app(config.read(self.environ))
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
        )  # here, not in the parts
        self.settings: config.Settings = self.app.extensions["campaigner"]
        with self.app.app_context():
            upgrade(directory=str(TOP / "migrations"))
            rooms.settle(self.app)
            db.engine.dispose()
        for name, command in self._commands().items():
            if self.only is None or name in self.only:
                self.parts[name] = Part(name, command)
        self.tend()

    def _commands(self) -> dict[str, list[str]]:
        python = [sys.executable]
        queues = {
            "urgent": "urgent",
            "contact": "contact",
            "default": "default",
            **{f"bulk-{n + 1}": "bulk" for n in range(self.bulk)},
        }
        worker = ["worker.py"] if self.lease is None else ["-m", "bench.worker_short_lease"]
        more = [] if self.lease is None else [str(self.lease)]
        sink = ["-m", "bench.sink", str(self.smtp_port), str(self.record), str(self.orders)]
        return {
            "sink": python + sink,
            "web": self.gunicorn("wsgi:app", self.port),
            **{f"worker-{name}": [*python, *worker, queue, *more] for name, queue in queues.items()},
            "reconciler": [*python, "-m", "campaigner.cli", "reconcile"],
        }

    def gunicorn(self, app: str, port: int) -> list[str]:
        """The command of a web server: two processes of four threads."""
        web = f"-m gunicorn {app} --bind 127.0.0.1:{port} --worker-class gthread --workers 2 --threads 4"
        return [sys.executable, *web.split(), "--graceful-timeout", "8", "--no-control-socket"]

    @property
    def record(self) -> Path:
        """Where the sink writes what it accepted."""
        return self.folder / "mails.jsonl"

    @property
    def orders(self) -> Path:
        """Where the sink reads how to misbehave."""
        return self.folder / "orders.json"

    def tell_sink(self, **orders: Any) -> None:
        """Have the sink misbehave from its next message on; without orders: behave."""
        half = self.orders.with_suffix(".new")
        half.write_text(json.dumps(orders))
        half.rename(self.orders)

    # Processes

    def converse(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        """A process of ours that reads lines and answers them, with the stage's settings and these."""
        process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=TOP, text=True,
            env={**self.environ, **settings}, stderr=(self.folder / "talkers.log").open("a"), start_new_session=True,
        )  # fmt: skip
        self._talkers.append(process)
        self.guard.watch(cast(processes.Process, process))
        return process

    def tend(self) -> None:
        """Start what should run and does not, clearing first what an ended part left behind."""
        now = time.monotonic()
        for part in self.parts.values():
            if part.process is not None and part.process.poll() is not None:
                if part.process.pid not in self._killed:
                    self.ended[part.name] += 1
                self._clear(part.process)
                part.process, part.due = None, now + PAUSE
            if part.process is None and part.wanted and now >= part.due:
                log = self.folder / f"{part.name}.log"
                part.process = processes.spawn(part.command, log=log, cwd=TOP, env=self.environ)
                self._leaders.add(part.process.pid)
                self.guard.watch(part.process)

    def _clear(self, process: processes.Process) -> None:
        processes.end(process)
        self.guard.forget(process)
        self._leaders.discard(process.pid)

    def pid(self, name: str) -> int:
        """The process id of a part, started if need be."""
        self.until(lambda: self.parts[name].process is not None, seconds=10)
        process = self.parts[name].process
        assert process is not None, name
        return process.pid

    def children(self, name: str) -> list[int]:
        """What a part has forked: gunicorn's workers, the work-horse of an RQ worker."""
        leader = self.pid(name)
        return [pid for pid in guard.session_members(leader) if pid != leader]

    def kill(self, name: str, *, orphan: bool = False) -> None:
        """SIGKILL a part with all it forked. With `orphan` only the part: its children live on beside the new one."""
        process = self.parts[name].process
        if process is None:
            return
        self._killed.add(process.pid)
        process.kill()
        process.wait()
        if orphan:
            self.parts[name].process = None
            self.parts[name].due = time.monotonic() + PAUSE
        else:
            self.tend()

    def stop(self, name: str) -> None:
        """SIGKILL a part and leave it away until `go_on`."""
        self.parts[name].wanted = False
        self.kill(name)

    def ask_to_stop(self, name: str, *, grace: float = 10.0) -> float:
        """SIGTERM, and SIGKILL after the grace of the demo's supervisor. Returns the seconds it took."""
        process = self.parts[name].process
        assert process is not None
        began = time.monotonic()
        process.terminate()
        processes.wait([process], seconds=grace)
        took = time.monotonic() - began
        self.kill(name)
        return took

    def go_on(self, name: str) -> None:
        """Start a part that was stopped."""
        self.parts[name].wanted = True
        self.parts[name].due = 0.0
        self.tend()

    def hit(self, pid: int) -> bool:
        """SIGKILL one process. Returns whether it was there."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def wait(self, seconds: float) -> None:
        """Let time pass while everything is tended."""
        self.until(lambda: False, seconds=seconds)

    def until(self, true: Callable[[], bool], *, seconds: float) -> float | None:
        """Tend until a condition holds. Returns the seconds it took, None when it did not hold in time."""
        began = time.monotonic()
        while True:
            self.tend()
            with contextlib.suppress(OperationalError, InterfaceError):
                if true():
                    return time.monotonic() - began
            if time.monotonic() - began > seconds:
                return None
            time.sleep(0.05)

    # The truth

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Ask PostgreSQL itself."""
        with self.app.app_context(), db.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def command(self, sql: str, **values: Any) -> None:
        """Tell PostgreSQL itself."""
        with self.app.app_context(), db.engine.begin() as connection:
            connection.execute(text(sql), values)

    def value(self, sql: str, **values: Any) -> Any:
        """One value of one row."""
        return self.rows(sql, **values)[0][0]

    def queued(self, queue: str) -> int:
        """How many wake-ups wait in a queue."""
        length: Any = self.redis.llen(f"rq:queue:{queue}")
        return int(length)

    def received(self) -> list[Mail]:
        """Everything the sink holds, in order."""
        if self.record.exists():
            with self.record.open("rb") as lines:
                lines.seek(self._read)
                for line in lines:
                    if not line.endswith(b"\n"):
                        break
                    self._read += len(line)
                    self.mails.append(Mail(**json.loads(line)))
        return self.mails

    def by_id(self) -> dict[str, list[Mail]]:
        """What the sink holds, by Message-ID."""
        found: dict[str, list[Mail]] = defaultdict(list)
        for mail in self.received():
            found[mail.id].append(mail)
        return found

    def message_id(self, mailing_id: int, recipient: str) -> str:
        """The Message-ID of a row of the ledger."""
        with self.app.app_context():
            return message.message_id(self.settings, mailing_id=mailing_id, recipient=recipient)

    def close(self) -> None:
        """End every process that was started, also orphans, and delete the folder."""
        for leader in [*self._leaders, *(talker.pid for talker in self._talkers)]:
            guard.end_session(leader)
        for talker in self._talkers:
            talker.wait()
            for pipe in (talker.stdin, talker.stdout):
                if pipe is not None:
                    pipe.close()
        for process in self.beside:
            self._clear(process)
        for part in self.parts.values():
            if part.process is not None:
                self._clear(part.process)
        self.valkey.destroy()
        self.postgres.destroy()
        self.guard.dismiss()
        if os.environ.get("KEEP"):  # the logs of every part, to look into
            sys.stderr.write(f"\nThe logs are in {self.folder}\n")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
