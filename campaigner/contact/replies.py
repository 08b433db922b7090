"""Answers that people write to a mail of ours become messages in the inbox, like those of the form."""

from flask import current_app

from campaigner.contact import service
from campaigner.core.text import lines, one_line
from campaigner.mailroom.registry import Reply

NO_FORM = {"age": 60.0, "decoy_filled": False, "decoy_changed": False, "accept_language": True, "burst": False}
LONGEST = 12_000


def take(reply: Reply) -> None:
    """Store it as a message about something else: its subject as the first line, then its words.

    The same mail again is the same message.
    """
    words = [one_line(reply.subject), lines(reply.text, at_most=LONGEST)]
    service.store(
        host=current_app.extensions["campaigner"].host_name,
        topic="other",
        language=reply.language,
        name=one_line(reply.name) or reply.email,
        email=reply.email,
        body="\n\n".join(filter(None, words)) or "…",
        nonce=reply.nonce,
        signals=NO_FORM,
    )
