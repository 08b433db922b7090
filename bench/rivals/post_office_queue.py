"""django-post-office: `python post_office_queue.py FILE PORT DATABASE PROCESSES THREADS`, in an environment of its own.

Prints {"queueing", "seconds", "sent"}. The queue is written with its `send_many` (bulk inserts, texts
complete, so that nothing is rendered while it sends); what is timed is its own command
`send_queued_mail`, without log rows and with batches larger than its default of 100.
"""

import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.core.management import call_command

CHUNK = 1000


def _set_up(port: int, database: str, threads: int) -> None:
    login = urlsplit(database)
    settings.configure(
        INSTALLED_APPS=["post_office"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql", "NAME": login.path.lstrip("/"), "USER": login.username,
                "PASSWORD": unquote(login.password or ""), "HOST": login.hostname, "PORT": login.port,
            }
        },
        EMAIL_BACKEND="post_office.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_TIMEOUT=60,
        POST_OFFICE={
            "BATCH_SIZE": CHUNK, "THREADS_PER_PROCESS": threads, "LOG_LEVEL": 0, "BATCH_DELIVERY_TIMEOUT": 600,
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True, SECRET_KEY="bench",
    )  # fmt: skip
    django.setup()
    logging.disable(logging.INFO)
    call_command("migrate", verbosity=0)


def _queue(mailing: dict[str, Any]) -> float:
    from post_office import mail

    began = time.monotonic()
    people = mailing["people"]
    for start in range(0, len(people), CHUNK):
        mail.send_many([_one(mailing, *person) for person in people[start : start + CHUNK]])
    return time.monotonic() - began


def _one(mailing: dict[str, Any], to: str, first_name: str, link: str) -> dict[str, object]:
    subject, text, html = (
        mailing[part].replace("{{voornaam}}", first_name).replace("{{afmelden}}", link)
        for part in ("subject", "text", "html")
    )
    headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return {
        "recipients": [to], "sender": mailing["sender"], "subject": subject, "message": text, "html_message": html,
        "headers": headers,
    }  # fmt: skip


def main(file: Path, port: int, database: str, processes: int, threads: int) -> dict[str, float]:
    """Queue, send all, and say how long each took and how many are sent by its own tables."""
    _set_up(port, database, threads)
    from post_office.models import STATUS, Email

    Email.objects.all().delete()
    queueing = _queue(json.loads(file.read_text()))
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        call_command("send_queued_mail", processes=processes, log_level=0, lockfile=f"{folder}/lock")
        seconds = time.monotonic() - began
    return {"queueing": queueing, "seconds": seconds, "sent": Email.objects.filter(status=STATUS.sent).count()}


if __name__ == "__main__":
    file, port, database, processes, threads = sys.argv[1:]
    print(json.dumps(main(Path(file), int(port), database, int(processes), int(threads))))
