"""The supervisor: brings a plan to life, watches it, and leaves nothing behind when it ends.

A plan is plain data: ports, one-off steps, long-running children, what must answer, what to say.
Order: ports, state folder, databases, steps, children, panel. A child or database that dies is
started again, later each time. Ctrl-C, SIGTERM and SIGHUP stop everything, databases last; when we
are killed outright, the kernel and the guard end what we started (see `processes`).
"""

import contextlib
import http.client
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from campaigner.demo import ports, processes, rootless, services, state

GRACE = 10.0  # Seconds between SIGTERM and SIGKILL.
READY_WITHIN = 60.0
TRIES = 3  # Times a child may fail before everything answers once.
LONGEST_PAUSE = 30.0
CALM = 30.0  # Seconds of running after which earlier failures no longer count.
NAP = 0.1
STDOUT = 1


class Failed(Exception):
    """The demo cannot start; the message says why to the person at the terminal."""


class Stopped(Exception):
    """Somebody asked us to stop."""


@dataclass(frozen=True)
class Step:
    """A command that must have succeeded before the children start; only `early` ones may start beside it."""

    name: str
    says: str
    command: Sequence[str]
    beside_early: bool = False


@dataclass
class Child:
    """A command that runs for as long as the demo does."""

    name: str
    command: Sequence[str]
    early: bool = False
    process: processes.Process | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    since: float = field(default=0.0, init=False)
    due: float = field(default=0.0, init=False)


@dataclass(frozen=True)
class Plan:
    """What to run. `ready` are the addresses that must answer before `panel` is shown.

    `inner_ports` names settings, each a port that nobody needs to know: chosen far from each other when
    the state folder is ours, kept in it, and put into a command where that says `$NAME`.
    """

    state: Path
    children: Sequence[Child]
    steps: Sequence[Step] = ()
    ports: Sequence[tuple[int, str]] = ()
    inner_ports: Sequence[str] = ()
    ready: Sequence[str] = ()
    panel: str = "Running."
    settings: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    fresh: bool = False


def run(plan: Plan) -> int:
    """Run the plan until asked to stop. Returns 0 then, and 1 after one sentence when it could not start."""
    began = time.monotonic()
    try:
        ports.require(plan.ports)
        with state.opened(plan.state, fresh=plan.fresh) as folder:
            Supervisor(plan, folder, began).run()
    except Stopped:
        say("Everything has stopped.")
        return 0
    except (ports.PortTaken, state.StateError, services.ServiceError, rootless.NoAccount, Failed) as error:
        say(str(error))
        return 1
    return 0


def say(text: str) -> None:
    """Tell the person at the terminal; one that has been closed must not keep us from stopping."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class Supervisor:
    """One run of one plan."""

    def __init__(self, plan: Plan, folder: Path, began: float) -> None:
        self.plan = plan
        self.folder = folder
        self.began = began
        self.asked_to_stop = False
        self.on_terminal = os.isatty(STDOUT)
        self.steps_taken = False
        self.is_ready = False
        self.environ: dict[str, str] = {}
        self.servers: list[services.Server] = []
        self.server_trouble: dict[str, float] = {}
        self.step: processes.Process | None = None
        self.guard = processes.Guard()

    def run(self) -> None:
        """Never returns: ends with Stopped, Failed or ServiceError, when nothing we started is left."""
        self._heed_signals()
        try:
            self._start_servers()
            for step in self.plan.steps:
                self._take(step)
            self.steps_taken = True
            self._wait_until_ready()
            say(self.plan.panel.format(seconds=time.monotonic() - self.began))
            while True:
                self._tend()
                self._nap()
        finally:
            self._stop()

    def _heed_signals(self) -> None:
        """Note the wish; it is heard at the next nap, never in the middle of starting a process."""

        def note(number: int, frame: object) -> None:
            self.asked_to_stop = True

        signal.signal(signal.SIGINT, note)
        signal.signal(signal.SIGTERM, note)
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # Under nohup, which means us to stay.
            self.on_terminal = False
        else:
            signal.signal(signal.SIGHUP, note)

    def _nap(self) -> None:
        """The moment between two things to do at which a wish to stop is heard.

        A terminal that closes sends SIGHUP to its first process only. When that is `make`, which
        does not pass it on, we see that our terminal is none any more.
        """
        if not self.asked_to_stop:
            time.sleep(NAP)
        if self.asked_to_stop or (self.on_terminal and not os.isatty(STDOUT)):
            raise Stopped

    def _start_servers(self) -> None:
        """Start the embedded databases for which the environment names no real server."""
        self.environ = {**os.environ, **self.plan.settings, **state.secret_settings(self.folder)}
        spoken_for = [port for port, _option in self.plan.ports]
        for name in self.plan.inner_ports:
            self.environ[name] = str(ports.keep(self.folder / name, besides=spoken_for))
        embedded: dict[str, type[services.Server]] = {"DATABASE_URL": services.Postgres, "REDIS_URL": services.Valkey}
        for name, kind in embedded.items():
            if os.environ.get(name):
                say(f"{name} is set: using that server instead of an embedded {kind.label}.")
                continue
            server = kind(self.folder / kind.__name__.lower())
            self.servers.append(server)
            self.environ[name] = server.start()
            say(f"{server.label} runs.{self._as_root(server)}")
            self._nap()

    def _as_root(self, server: services.Server) -> str:
        if not (isinstance(server, services.Postgres) and server.account):
            return ""
        return (
            f" You are root, which PostgreSQL refuses to be: it runs as the system user {server.account},"
            f" with its data in {server.data}. No permission of an existing folder was changed."
        )

    def _take(self, step: Step) -> None:
        say(step.says)
        log = self._log(step.name)
        self.step = self._spawn(step.command, log)
        while self.step.poll() is None:
            if step.beside_early:
                self._tend()
            self._nap()
        self._clear(self.step)
        if self.step.returncode != 0:
            raise Failed(f"{step.name} failed ({processes.reason(self.step)}). {log} ends:\n{processes.tail(log)}")
        self.step = None

    def _wait_until_ready(self) -> None:
        """Start the children and wait until every address of the plan has answered."""
        waiting = list(self.plan.ready)
        deadline = time.monotonic() + READY_WITHIN
        self._tend()
        while waiting:
            waiting = [address for address in waiting if not _answers(address)]
            self._tend()
            self._nap()
            if time.monotonic() > deadline:
                raise Failed(
                    f"{waiting[0]} did not answer within {READY_WITHIN:.0f} s. The logs are in {self.folder / 'logs'}."
                )
        self.is_ready = True

    def _tend(self) -> None:
        """See to it that everything runs."""
        now = time.monotonic()
        for server in self.servers:
            if not server.running and now >= self.server_trouble.get(server.label, 0.0):
                self._revive(server)
        for child in self.plan.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_end(child, child.process)
            if child.process is None and now >= child.due and (child.early or self.steps_taken):
                child.process = self._spawn(child.command, self._log(child.name))
                child.since = now

    def _revive(self, server: services.Server) -> None:
        say(f"{server.label} has stopped; starting it again at the same address.")
        try:
            server.start()
        except services.ServiceError as error:
            say(str(error))
            self.server_trouble[server.label] = time.monotonic() + LONGEST_PAUSE

    def _note_end(self, child: Child, process: processes.Process) -> None:
        """Clear what an ended child left behind (gunicorn's orphans hold the port) and plan its next start."""
        self._clear(process)
        child.process = None
        calm = time.monotonic() - child.since > CALM
        child.failures = 1 if calm else child.failures + 1
        log = self._log(child.name)
        if not self.is_ready and child.failures >= TRIES:
            raise Failed(
                f"{child.name} does not start ({processes.reason(process)}). {log} ends:\n{processes.tail(log)}"
            )
        pause = min(0.5 * 2 ** (child.failures - 1), LONGEST_PAUSE)
        child.due = time.monotonic() + pause
        say(f"{child.name} ended ({processes.reason(process)}); starting it again in {pause:g} s. Log: {log}")

    def _spawn(self, command: Sequence[str], log: Path) -> processes.Process:
        command = [self.environ[part[1:]] if part.startswith("$") else part for part in command]
        process = processes.spawn(command, log=log, cwd=self.plan.cwd, env=self.environ)
        self.guard.watch(process)
        return process

    def _clear(self, process: processes.Process) -> None:
        processes.end(process)
        self.guard.forget(process)

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _stop(self) -> None:
        """SIGTERM to all, ten seconds, SIGKILL to what is left of their sessions; the databases last."""
        running = [child.process for child in self.plan.children if child.process is not None]
        if self.step is not None:
            running.append(self.step)
        if running:
            say("Stopping ...")
        for process in running:
            process.terminate()
        processes.wait(running, seconds=GRACE)
        for process in running:
            self._clear(process)
        for server in reversed(self.servers):
            server.stop()
        self.guard.dismiss()


def _answers(address: str) -> bool:
    """Whether this server, without any proxy, answers 200."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
