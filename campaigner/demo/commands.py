"""The demo's commands: `campaigner demo` and `campaigner demo-local`.

Imports are inside: a production install has neither the embedded servers nor any use for this.
"""

from pathlib import Path

import click


@click.command()
@click.option("--port", type=click.IntRange(1, 65534), default=5000, show_default=True, help="Port of the site.")
@click.option(
    "--mail-port", type=click.IntRange(1, 65535), default=8025, show_default=True, help="Port of the mailbox."
)
@click.option(
    "--state", type=click.Path(path_type=Path), default=".demo", show_default=True, help="Folder for data and logs."
)
@click.option("--fresh", is_flag=True, help="Forget the data of earlier demos and begin again.")
@click.pass_context
def demo(context: click.Context, port: int, mail_port: int, state: Path, fresh: bool) -> None:
    """Run everything on this machine with sample data, until Ctrl-C."""
    from campaigner.demo import plan, supervisor

    context.exit(supervisor.run(plan.demo(port=port, mail_port=mail_port, state=state, fresh=fresh)))


@click.command("demo-local")
@click.option("--port", type=click.IntRange(1, 65535), default=5001, show_default=True, help="Port to listen on.")
@click.option(
    "--public-url", envvar="PUBLIC_URL", default="http://localhost:5000", help="Address of the campaign site."
)
@click.option("--key", default=None, help="Key of the placement whose widget is shown.")
def demo_local(port: int, public_url: str, key: str | None) -> None:
    """Serve the example site of a fictional local, with the widget in it."""
    from campaigner.demo import known, local_site

    local_site.serve(port=port, public_url=public_url, key=key or known.WIDGET_KEY)


@click.command("demo-data")
def demo_data() -> None:
    """Fill the database with sample campaigns, organisations and supporters, unless they are there."""
    from campaigner import create_app
    from campaigner.actions import service as actions
    from campaigner.core.db import transaction
    from campaigner.demo import inbox, known, lives, locals, messages, people, samples
    from campaigner.staff import service as staff

    app = create_app()
    settings = app.extensions["campaigner"]
    if not settings.is_demo:
        raise click.ClickException("Sample data is for the demo only (CAMPAIGNER_ENV=demo).")
    with app.app_context(), transaction():
        account = staff.demo_account(email=known.STAFF_EMAIL, password=known.STAFF_PASSWORD)
        files = samples.load(local_site=settings.demo_local_url)
        locals.load()
        number = people.load(files)
        messages.load()
        inbox.load(settings=settings, account_id=account.id)
        actions.count()
        lives.load(by=account.id)
    people_now = f"{number} supporters" if number else "the supporters were there already"
    click.echo(f"Sample data: {len(files)} campaigns; {people_now}.")


commands: list[click.Command] = [demo, demo_local, demo_data]
