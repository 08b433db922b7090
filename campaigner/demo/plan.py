"""What `campaigner demo` consists of: the plan that the supervisor brings to life."""

import sys
from pathlib import Path

from campaigner.demo import known, local_site
from campaigner.demo.supervisor import Child, Plan, Step

TOP = Path(__file__).parents[2]
PYTHON = sys.executable
CAMPAIGNER = (PYTHON, "-m", "campaigner.cli")
QUEUES = ("urgent", "contact", "default", "bulk")

PANEL = """
  Campaigner runs (ready in {{seconds:.1f}} s). Everything in it is made up.

  Campaign page   {home}/nl/c/{slug}
  Home            {home}/
  A local's site  {local}/   (another site, with the widget in it)
  Staff           {home}/staff/
                  e-mail {email}   password {password}
  A local's desk  e-mail {local_email}   the same password
  Mailbox         {mailbox}/   (every mail the demo sends ends up here)

  To stop: Ctrl-C.   Data: {state}   Logs: {state}/logs
  The next start continues with the same data; --fresh begins again.
"""


def demo(*, port: int, mail_port: int, state: Path, fresh: bool) -> Plan:
    """The whole platform on this machine: the site on `port`, a local's site on the next, a mailbox on `mail_port`."""
    addresses = {
        "home": f"http://localhost:{port}",
        "local": f"http://localhost:{port + 1}",
        "mailbox": f"http://localhost:{mail_port}",
    }
    return Plan(
        state=state,
        fresh=fresh,
        cwd=TOP,
        ports=(
            (port, "--port"),
            (port + 1, "--port (a local's example site takes the port after it)"),
            (mail_port, "--mail-port"),
        ),
        settings=_settings(addresses),
        inner_ports=("MAIL_PORT",),
        steps=(
            Step("migrations", "Preparing the database ...", [*CAMPAIGNER, "migrate"]),
            Step(
                "sample-data",
                "Sample campaigns, partners and supporters ...",
                [*CAMPAIGNER, "demo-data"],
                beside_early=True,
            ),
        ),
        children=_children(port, mail_port, state),
        ready=[f"http://127.0.0.1:{port}/readyz", f"http://127.0.0.1:{port + 1}/", f"http://127.0.0.1:{mail_port}/"],
        panel=_panel(addresses, state),
    )


def _settings(addresses: dict[str, str]) -> dict[str, str]:
    """The environment of every process. Mail settings of the shell are overruled: no mail leaves this machine."""
    return {
        "CAMPAIGNER_ENV": "demo",
        "PUBLIC_URL": addresses["home"],
        "DEMO_LOCAL_URL": addresses["local"],
        "MAIL_SERVER": "127.0.0.1",
        **dict.fromkeys(("MAIL_USE_TLS", "MAIL_USE_SSL", "MAIL_USERNAME", "MAIL_PASSWORD"), ""),
        "TRUSTED_PROXIES": "0",
        "PYTHONUNBUFFERED": "1",
    }


def _children(port: int, mail_port: int, state: Path) -> list[Child]:
    """The site may start while the sample data are written; what works on the data waits for them."""
    gunicorn = f"-m gunicorn wsgi:app --bind 127.0.0.1:{port} --worker-class gthread --workers 2 --threads 4"
    gunicorn += " --graceful-timeout 8 --no-control-socket"
    maildump = f"-m maildump_runner.main --foreground --no-quit --smtp-port $MAIL_PORT --http-port {mail_port} --db"
    return [
        Child("web", [PYTHON, *gunicorn.split()], early=True),
        Child("mailbox", [PYTHON, *maildump.split(), str(state.absolute() / "mail" / "mails.sqlite")], early=True),
        Child("local-site", [PYTHON, local_site.__file__, str(port + 1), known.WIDGET_KEY], early=True),
        *(Child(f"worker-{queue}", [PYTHON, "worker.py", queue]) for queue in QUEUES),
        Child("reconciler", [*CAMPAIGNER, "reconcile"]),
    ]


def _panel(addresses: dict[str, str], state: Path) -> str:
    return PANEL.format(
        **addresses,
        slug=known.CAMPAIGN_SLUG,
        email=known.STAFF_EMAIL,
        local_email=known.LOCAL_EMAIL,
        password=known.STAFF_PASSWORD,
        state=str(state).replace("{", "{{").replace("}", "}}"),
    )
