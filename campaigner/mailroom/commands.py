"""`campaigner inbound ...`: the doors that mail comes in by, and a look at what came."""

import sys
import threading
import traceback
from types import TracebackType

import click
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError
from campaigner.mailroom import imap, listen, queries, service

# sysexits.h: what mail servers make of a program's end.
DATA_ERROR, NO_USER, COME_BACK = 65, 67, 75
LONGEST_WAIT = 600.0
log = structlog.get_logger()


@click.group()
def inbound() -> None:
    """Mail that comes back: listen, pipe, imap, status, again."""


def _application() -> Flask:
    app: Flask = click.get_current_context().find_root().obj()
    return app


@inbound.command("listen")
@click.option("--bind", default="127.0.0.1:8024", show_default=True, help="host:port, or unix:/path of a socket.")
@click.option("--smtp", is_flag=True, help="Speak SMTP in place of LMTP.")
def listening(bind: str, smtp: bool) -> None:
    """Take mail from a mail server over LMTP or SMTP, until stopped."""
    app = _application()
    _needs_address(app)
    try:
        listen.serve(app, bind=bind, door="smtp" if smtp else "lmtp")
    except (OSError, ValueError) as error:
        raise click.ClickException(f"Cannot listen on {bind}: {error}") from error


@inbound.command("pipe")
@click.option("--recipient", required=True, help="Whom the envelope names: one of our addresses.")
@click.option("--sender", default=None, help="The envelope's sender; empty or MAILER-DAEMON for reports.")
def piped(recipient: str, sender: str | None) -> None:
    """Take one mail from standard input. Ends with 75 whenever the mail server should try again."""
    with _ComeBack():
        sys.exit(_take(_application(), recipient, sender))


class _ComeBack:
    """Nothing that goes wrong in here, not even a fault of ours, makes a mail server give a mail up."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, SystemExit):
            click.echo("".join(traceback.format_exception_only(error)).strip()[:500], err=True)
            raise SystemExit(COME_BACK)


def _take(app: Flask, recipient: str, sender: str | None) -> int:
    raw = sys.stdin.buffer.read(service.MOST_BYTES + 1)
    if not raw or len(raw) > service.MOST_BYTES:
        click.echo("552 5.3.4 That mail is empty, or larger than we take", err=True)
        return DATA_ERROR
    if not service.is_ours(recipient, settings=app.extensions["campaigner"]):
        click.echo("550 5.1.1 No such mailbox here", err=True)
        return NO_USER
    if sender is not None and sender.strip("<>").upper() == "MAILER-DAEMON":  # how Postfix writes the empty one
        sender = ""
    with app.app_context(), transaction():
        service.take_in(raw, recipient=recipient, sender=None if sender is None else sender.strip("<>"), door="pipe")
    return 0


@inbound.command("imap")
@click.option("--every", default=60.0, show_default=True, help="Seconds between rounds.")
@click.option("--once", is_flag=True, help="One round, then stop; ends with 1 when it failed.")
def polling(every: float, once: bool) -> None:
    """Fetch mail from the mailbox of IMAP_URL, again and again."""
    app = _application()
    url = app.extensions["campaigner"].imap_url
    if not url:
        raise click.ClickException("IMAP_URL is empty: it says which mailbox to fetch from.")
    source, wait = imap.mailbox(url), threading.Event()
    pause = every
    while True:
        fetched = _round(app, source)
        if once:
            sys.exit(0 if fetched is not None else 1)
        pause = every if fetched is not None else min(pause * 2, max(LONGEST_WAIT, every))
        wait.wait(1.0 if fetched == imap.AT_ONCE else pause)


def _round(app: Flask, source: imap.Mailbox) -> int | None:
    """One round. None: the mailbox or the database is away."""

    def keep(raw: bytes) -> None:
        with app.app_context(), transaction():
            service.take_in(raw, recipient="", sender=None, door="imap")

    try:
        return imap.fetch(source, keep, most_bytes=service.MOST_BYTES)
    except imap.TROUBLE as error:
        log.warning("no mail fetched", reason=f"{type(error).__name__}: {error}"[:300])
    except SQLAlchemyError as error:
        log.warning("no mail fetched: the database is away", reason=type(error).__name__)
    return None


@inbound.command()
def status() -> None:
    """What came in the last seven days, and what is stuck."""
    with _application().app_context():
        for kind, outcome, number in queries.lately():
            click.echo(f"{number:>7}  {kind or 'waiting'}  {outcome}".rstrip())
        stuck = queries.stuck()
        for each in stuck:
            came = f"{each.door}, {each.received_at:%Y-%m-%d %H:%M}"
            click.echo(f"stuck: {each.id} ({came}), {each.tries} tries, {each.error}")
        db.session.rollback()
    if stuck:
        click.echo("When the cause is gone: campaigner inbound again NUMBER", err=True)


@inbound.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
def again(number: int) -> None:
    """Handle a stuck mail once more."""
    with _application().app_context():
        try:
            with transaction():
                service.again(number)
        except DomainError as error:
            raise click.ClickException(str(error)) from error
    click.echo("It is handled again.")


def _needs_address(app: Flask) -> None:
    if not app.extensions["campaigner"].mail_return_address:
        click.echo("MAIL_RETURN_ADDRESS is empty: only answers to the sender's address are taken.", err=True)


commands = (inbound,)
