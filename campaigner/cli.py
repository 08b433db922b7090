"""The `campaigner` command: serve, worker, reconcile, migrate, demo, ..."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import OperationalError

from campaigner.config import SettingsError

if TYPE_CHECKING:
    from flask import Flask

TOP = Path(__file__).parent.parent


class OurGroup(click.Group):
    """Says what is missing in one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            words = str(error.orig).strip().splitlines()
            raise click.ClickException(f"The database does not answer: {words[0] if words else error.orig}") from error


def application() -> "Flask":
    """The application, for commands of rooms, which may not import what stands above them."""
    from campaigner import create_app

    return create_app()


@click.group(cls=OurGroup, context_settings={"help_option_names": ["-h", "--help"], "obj": application})
def main() -> None:
    """Campaigner: a campaigning platform that unions and solidarity organisations run themselves."""


@main.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
@click.option("--threads", default=4, show_default=True, envvar="WEB_THREADS", help="Threads a process.")
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve the site with gunicorn."""
    os.chdir(TOP)
    gunicorn = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", bind, "--worker-class", "gthread"]
    gunicorn += ["--workers", str(workers), "--threads", str(threads), "--no-control-socket"]
    gunicorn += ["--env", f"WEB_THREADS={threads}"]  # so that a process knows how many of its threads may be held
    # A request takes seconds at most; a worker that says nothing for half a minute is stuck. Those running may finish.
    gunicorn += ["--timeout", "30", "--graceful-timeout", "20", "--keep-alive", "5"]
    os.execv(sys.executable, gunicorn)  # noqa: S606 - our own program


@main.command()
@click.argument("queue", type=click.Choice(["urgent", "contact", "default", "bulk"]))
def worker(queue: str) -> None:
    """Serve one queue: run at least one process for each."""
    os.chdir(TOP)
    os.execv(sys.executable, [sys.executable, "worker.py", queue])  # noqa: S606 - our own program


@main.command()
@click.option("--every", default=2.0, show_default=True, help="Seconds between rounds.")
@click.option("--once", is_flag=True, help="One round, then stop.")
def reconcile(every: float, once: bool) -> None:
    """Count, expire, and wake workers for whatever is ready: the periodic job, safe to run on every machine."""
    from campaigner import create_app, rounds

    with create_app().app_context():
        rounds.run(every=every, once=once)


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema and make sure that the host organisation and the roles exist."""
    from flask_migrate import upgrade

    from campaigner import create_app, rooms

    app = create_app()
    with app.app_context():
        upgrade(directory=str(TOP / "migrations"))
        rooms.settle(app)
    click.echo("The database is up to date.")


@main.command()
def check() -> None:
    """Look whether every template compiles and every catalogue is whole. Needs no database and no settings."""
    from campaigner import check as checks
    from campaigner import config, create_app

    found = checks.run(create_app(config.read(checks.SETTINGS)))
    for finding in found:
        click.echo(finding)
    if found:
        raise click.ClickException(f"{len(found)} findings.")


def _more() -> None:
    """Hang in the commands of the rooms."""
    from campaigner.contact import commands as contact
    from campaigner.contact import pipeline_commands as pipeline
    from campaigner.demo import commands as demo
    from campaigner.imports import commands as imports
    from campaigner.mailroom import commands as mailroom
    from campaigner.outbox import commands as outbox
    from campaigner.staff import commands as staff

    rooms = (demo, outbox, staff, mailroom, contact, pipeline, imports)
    for command in (command for room in rooms for command in room.commands):
        main.add_command(command)


_more()

if __name__ == "__main__":
    main()
