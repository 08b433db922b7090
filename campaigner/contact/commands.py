"""`campaigner contact ...`: how long messages are kept, and the saved replies to begin with."""

import click
from flask import Flask

from campaigner.contact import retention, snippets
from campaigner.core.db import transaction
from campaigner.staff import service as staff


@click.group()
def contact() -> None:
    """The inbox: retention, snippets."""


def _application() -> Flask:
    app: Flask = click.get_current_context().find_root().obj()
    return app


@contact.command("retention")
@click.option("--dry-run", is_flag=True, help="Say what would go, and erase nothing.")
def kept(dry_run: bool) -> None:
    """Erase messages whose time is over. The hourly round does the same."""
    with _application().app_context():
        for line in retention.plan():
            unanswered = f", {line.open} without an answer" if line.open else ""
            click.echo(f"{line.topic:10} {line.days:5} days: {line.held} kept, {line.due} over their time{unanswered}")
        if dry_run:
            click.echo("Nothing was erased.")
            return
        gone = 0
        while number := _erased():
            gone += number
        click.echo(f"{gone} erased.")


def _erased() -> int:
    with transaction():
        number = retention.expire()
        if number:
            staff.record(account_id=None, what="contact expired", about="contact", detail={"messages": number})
    return number


@contact.command("snippets")
def saved() -> None:
    """Write the example saved replies, unless there are any."""
    with _application().app_context(), transaction():
        click.echo(f"{snippets.begin()} saved replies written.")


commands = (contact,)
