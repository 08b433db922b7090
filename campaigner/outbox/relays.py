"""The mail servers that take our mail: one from Flask-Mail's own settings, more from MAIL_RELAYS.

Each has a name, a weight (how much of the mail it gets) and perhaps a rate. One that is away or says
421 rests, and the others carry on.
"""

import random
from collections.abc import Sequence

from campaigner.config import Settings
from campaigner.spelling import Relay


def all_of(settings: Settings) -> tuple[Relay, ...]:
    """Every relay there is, the one of Flask-Mail's settings first."""
    first = Relay(
        name="main", host=settings.mail_server, port=settings.mail_port, use_tls=settings.mail_use_tls,
        use_ssl=settings.mail_use_ssl, username=settings.mail_username, password=settings.mail_password,
    )  # fmt: skip
    return (first, *settings.mail_relays)


def one_of(relays: Sequence[Relay]) -> Relay | None:
    """One of them by weight; None when there is none."""
    if not relays:
        return None
    return random.choices(relays, weights=[relay.weight for relay in relays])[0]  # noqa: S311 - spread, not secrecy
