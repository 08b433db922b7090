"""`campaigner pipeline ...`: does the pipeline run, and start again what stands still."""

import click
from flask import Flask

from campaigner.contact import turns, watch
from campaigner.core import queue
from campaigner.core.db import db, transaction


@click.group()
def pipeline() -> None:
    """The pipeline of the contact form: status, again."""


def _application() -> Flask:
    app: Flask = click.get_current_context().find_root().obj()
    return app


@pipeline.command()
@click.pass_context
def status(context: click.Context) -> None:
    """What waits and what is stuck. Exit code 1 when anything is stuck."""
    with _application().app_context():
        figures, stuck = watch.figures(), turns.stuck()
        db.session.rollback()
    for name, number in figures.items():
        click.echo(f"{number:>7}  {name}")
    for each in stuck:
        reason = each.error or "no worker came by"
        click.echo(f"stuck: {each.reference} ({each.created_at:%Y-%m-%d %H:%M}), {each.tries} tries, {reason}")
    if stuck or figures["calls"]:
        click.echo("When the cause is gone: campaigner pipeline again", err=True)
        context.exit(1)


@pipeline.command()
def again() -> None:
    """Give everything that waits its turn now."""
    with _application().app_context(), transaction():
        number = turns.again()
        queue.nudge("campaigner.contact.jobs.drain", queue="contact")
        queue.nudge("campaigner.contact.jobs.call", queue="default")
    click.echo(f"{number} have their turn now.")


commands = (pipeline,)
