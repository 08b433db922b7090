"""`campaigner mail ...`: is everything in place for our mail to be believed, and a key to sign it with.

These commands read settings, DNS and the mail servers; they need no database and change nothing of ours.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

from campaigner import config
from campaigner.config import Settings, SettingsError
from campaigner.core import pem
from campaigner.core.addresses import NotAnAddress, normal
from campaigner.outbox import checkup, dkim, records
from campaigner.outbox.dns import Address
from campaigner.outbox.records import Finding

UNANSWERED = 3  # exit code: nothing is known to be wrong, but something required could not be asked
WIDTH = max(map(len, ("ok", "missing", "wrong", "unsure", "unanswered")))


@click.group()
def mail() -> None:
    """Sending mail that is believed: key, check."""


@mail.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--selector", default="", help="The key's name in DNS; default MAIL_DKIM_SELECTOR.")
@click.option("--domain", default="", help="The domain that signs; default MAIL_DKIM_DOMAIN, else the sender's.")
def key(file: Path, selector: str, domain: str) -> None:
    """Make a DKIM key in FILE, readable by its owner alone, and print the record to publish."""
    settings = _settings()
    domain = domain or (settings.dkim_domain if settings else "")
    selector = selector or (settings.mail_dkim_selector if settings else "campaigner")
    if not domain:
        raise click.ClickException("Say for which domain with --domain; the settings are not complete yet.")
    private = rsa.generate_private_key(public_exponent=65537, key_size=pem.SMALLEST)
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(text)
    except FileExistsError:
        raise click.ClickException(f"{file} exists, and no key is ever overwritten. Choose another name.") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
    record = dkim.record(private.public_key())
    click.echo(f"The key is in {file}. Publish this record, and wait until `campaigner mail check` finds it:\n")
    click.echo(records.line(f"{selector}._domainkey.{domain}", "TXT", record))
    click.echo("\nA form on a web page that asks for the text alone wants it whole:\n")
    click.echo(record)
    click.echo(
        f"\nThen set MAIL_DKIM_KEY={file.absolute()} and MAIL_DKIM_SELECTOR={selector}, and start the workers again."
    )


def _settings() -> Settings | None:
    """The settings, when they are complete. MAIL_DKIM_KEY may name the very file that is about to be made."""
    try:
        return config.read(leaving_out=("MAIL_DKIM_KEY",))
    except SettingsError:
        return None


def _addresses(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> list[Address]:
    try:
        return [ip_address(text) for text in given]
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


def _mailbox(_context: click.Context, _option: click.Parameter, given: str) -> str:
    try:
        return normal(given) if given else ""
    except NotAnAddress as error:
        raise click.BadParameter("that is not an e-mail address.") from error


def _server(_context: click.Context, _option: click.Parameter, given: str) -> str:
    host, colon, port = given.partition(":")
    try:
        ip_address(host or "127.0.0.1")
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error
    if colon and not (port.isdigit() and 0 < int(port) < 65536):
        raise click.BadParameter(f"{port!r} is no port.")
    return given


@mail.command()
@click.option("--sends-from", multiple=True, callback=_addresses, metavar="IP",
              help="Address from which your relay reaches the world; may be given again.")  # fmt: skip
@click.option("--send-to", default="", callback=_mailbox, metavar="ADDRESS", help="Also send the test mail there.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for monitoring.")
@click.option(
    "--name-server", default="", callback=_server, hidden=True, help="ADDRESS[:PORT] to ask instead of this machine's."
)
@click.pass_context
def check(context: click.Context, sends_from: list[Address], send_to: str, as_json: bool, name_server: str) -> None:
    """Look at SPF, DKIM, DMARC, MX, reverse DNS, the relays, and a mail as it would leave.

    Exit code 0: nothing required is wrong. 1: something is, and what to publish stands with it. 3: DNS gave no answer.
    """
    application: Callable[[], Flask] = context.find_root().obj
    app = application()
    settings: Settings = app.extensions["campaigner"]
    findings = []
    with app.app_context():
        for finding in checkup.everything(settings, name_server=name_server, sends_from=sends_from, send_to=send_to):
            findings.append(finding)
            if not as_json:
                _show(finding)
    faults = [finding for finding in findings if finding.fault]
    silent = [finding for finding in findings if finding.required and finding.state == "unanswered"]
    if as_json:
        click.echo(json.dumps({"ok": not faults and not silent, "findings": [asdict(each) for each in findings]}))
    else:
        click.echo(_sum(len(faults), len(silent), sum(finding.state == "unsure" for finding in findings)))
    context.exit(1 if faults else UNANSWERED if silent else 0)


def _show(finding: Finding) -> None:
    """One finding for a reader: its state first, and under it what to publish."""
    click.echo(f"{finding.state:<{WIDTH}}  {finding.subject}: {finding.words}.")
    if finding.publish:
        click.echo(f"{'':<{WIDTH}}  publish: {finding.publish}")


def _sum(faults: int, silent: int, unsure: int) -> str:
    """The last line."""
    parts = [f"{faults} to repair" if faults else "", f"{silent} not answered" if silent else ""]
    parts.append(f"{unsure} that cannot be seen from here" if unsure else "")
    return f"\n{', '.join(filter(None, parts)) or 'All is in place'}."


commands = [mail]
