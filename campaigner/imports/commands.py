"""`campaigner import FILE`: people from a file, on the server, with a bar that moves."""

from pathlib import Path
from typing import Any

import click
from flask import Flask

from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError
from campaigner.imports import presets, runs, service
from campaigner.imports.models import PeopleImport
from campaigner.organisations import queries as organisations
from campaigner.staff import service as staff
from campaigner.supporters.models import CHANNELS


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", "slug", default="", help="Whose mails they said yes to; the host if left out.")
@click.option("--preset", type=click.Choice(sorted(presets.PRESETS)), help="Which program the file comes from.")
@click.option("--consent-text", default="", help="The exact words that they said yes to.")
@click.option("--consent-date", default="", help="The day they said yes (2026-01-31), where the file has none.")
@click.option("--consent-source", default="", help="Where the proof is kept.")
@click.option("--how", type=click.Choice(CHANNELS), default="web", show_default=True, help="How they said yes.")
@click.option("--language", default="nl", show_default=True, help="Of the words, and of people without one.")
@click.option("--tag", default="", help="A tag for all of them.")
@click.option("--dry-run", is_flag=True, help="Look at every line and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask after the dry run.")
def bring_in(file: Path, slug: str, preset: str | None, dry_run: bool, yes: bool, **proof: str) -> None:
    """Bring people in from a CSV file: first a dry run, then the import. Undo it on its page."""
    app: Flask = click.get_current_context().find_root().obj()
    with app.app_context():
        try:
            import_id = _take(file, slug, preset, proof)
            _run(import_id, "checking")
            if not dry_run and (yes or click.confirm("Bring them in?")):
                _run(import_id, "importing")
            elif dry_run:
                with transaction():
                    service.throw_away(import_id)
        except (DomainError, ValueError) as error:
            raise click.ClickException(str(error)) from error


def _take(file: Path, slug: str, preset: str | None, proof: dict[str, str]) -> int:
    with transaction(), file.open("rb") as stream:
        whose = organisations.by_slug(slug) if slug else organisations.host()
        if whose is None:
            raise click.ClickException(f"There is no organisation {slug}.")
        made = service.upload(stream, name=file.name, organisation_id=whose.id, account_id=None, at_most=None)
        if preset:
            how = service.how(made)
            service.read_as(made.id, encoding=how.encoding, delimiter=how.delimiter, preset=preset)
        evidence = service.Evidence(
            proof["consent_text"], proof["consent_date"], proof["how"], proof["consent_source"], proof["language"],
            proof["tag"],
        )  # fmt: skip
        service.describe(made.id, columns=service.how(made).columns, evidence=evidence)
        staff.record(account_id=None, what="people uploaded", about=f"import:{made.id}", detail={"bytes": made.bytes})
        return int(made.id)


def _run(import_id: int, what: str) -> None:
    """Do it here, with a bar by lines: the number is known after the dry run, before it by the size of the file."""
    with transaction():
        service.check(import_id) if what == "checking" else service.start(import_id)
        made = service.get(import_id)
        length = made.lines or max(1, made.bytes // 60)
        staff.record(account_id=None, what=f"people {what}", about=f"import:{import_id}")
    label = "Looking" if what == "checking" else "Bringing in"
    with click.progressbar(length=length, label=label) as bar:
        done = 0

        def tell(now: PeopleImport) -> None:
            nonlocal done
            bar.length = max(length, now.position)
            bar.update(now.position - done)
            done = now.position

        while runs.run(import_id, tell=tell):
            pass
        bar.update(max(0, (bar.length or 0) - done))
    _say(service.get(import_id).counts)
    db.session.remove()


def _say(counts: dict[str, Any]) -> None:
    for name, number in counts.items():
        if name == "faults":
            for fault, times in number.items():
                click.echo(f"  left out, {fault}: {times}")
        elif number:
            click.echo(f"  {name}: {number}")


commands = [bring_in]
