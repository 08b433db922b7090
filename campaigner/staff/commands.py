"""`campaigner account ...`: accounts are made here and nowhere else; nobody registers by themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask import Flask

from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.i18n import LANGUAGES, force_locale
from campaigner.staff import queries
from campaigner.staff import service as staff
from campaigner.staff.models import ROLES, Account


@click.group()
def account() -> None:
    """Staff accounts: create, password, reset-factors, disable, list."""


@account.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be given again.")
@click.option("--name", default="", help="How the account is called on the pages.")
@click.option("--language", default=LANGUAGES[0], type=click.Choice(LANGUAGES), show_default=True)
@click.password_option(help="Asked for when left out, which is safer.")
def create(email: str, roles: tuple[str, ...], name: str, language: str, password: str) -> None:
    """Make an account."""
    with _application():
        with transaction():
            staff.ensure_roles()
            made = staff.create(email=email, name=name, password=password, roles=roles, language=language)
        click.echo(f"{made.email} can log in at /staff/ as {', '.join(sorted(roles))}.")


@account.command()
@click.argument("email")
@click.password_option(help="Asked for when left out, which is safer.")
def password(email: str, password: str) -> None:
    """Give an account another password."""
    with _application():
        with transaction():
            staff.set_password(email=email, password=password)
        click.echo("The password is changed. Whoever was logged in with it is logged out.")


@account.command("reset-factors")
@click.argument("email")
def reset_factors(email: str) -> None:
    """Take away the authenticator app, recovery codes and passkeys of someone who lost them."""
    with _application():
        with transaction():
            staff.reset_factors(email=email)
        click.echo("The account logs in with its password alone, until a new app or passkey is added.")


@account.command()
@click.argument("email")
def disable(email: str) -> None:
    """Close an account."""
    with _application():
        with transaction():
            staff.disable(email=email)
        click.echo("The account is closed.")


@account.command("list")
def list_() -> None:
    """Show who has an account, with which roles and how they prove who they are."""
    with _application():
        for row in queries.accounts():
            click.echo("  ".join([row.email, ",".join(role.name for role in row.roles), _factors(row)]))


@account.command("audit")
def audit() -> None:
    """Check the audit trail from its first row to its last."""
    with _application():
        chain = queries.verify_chain()
    if not chain.whole:
        raise click.ClickException(f"The audit trail is broken at row {chain.broken_at}.")
    click.echo(f"{chain.rows} rows, all as written. The last hash is {chain.head}.")


@contextmanager
def _application() -> Iterator[None]:
    """An application context in English, where a domain error ends the command with its sentence."""
    application: Callable[[], Flask] = click.get_current_context().find_root().obj
    with application().app_context(), force_locale("en"):
        try:
            yield
        except DomainError as error:
            raise click.ClickException(str(error)) from error


def _factors(row: Account) -> str:
    factors = [f"{len(row.webauthn)} passkeys"] if row.webauthn else []
    factors += ["authenticator app"] if row.tf_primary_method else []
    factors += ["closed"] if row.disabled_at else []
    return ", ".join(factors) or "password only"


commands = [account]
