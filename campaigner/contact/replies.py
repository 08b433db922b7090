"""Answers that people write to a mail of ours: into the thread they belong to, or a message of its own in the inbox."""

from flask import current_app

from campaigner.config import Settings
from campaigner.contact import attachments, queries, service, threads
from campaigner.core.text import lines, one_line
from campaigner.mailroom.registry import Reply

NO_FORM = {"age": 60.0, "decoy_filled": False, "decoy_changed": False, "accept_language": True, "burst": False}
LONGEST = threads.LONGEST


def take(reply: Reply) -> None:
    """Put it into its thread. One without a thread is a message about something else: its subject, then its words.

    The same mail again is the same message.
    """
    settings: Settings = current_app.extensions["campaigner"]
    if threads.receive(reply, settings=settings) is not None or queries.by_nonce(reply.nonce) is not None:
        return
    words = [one_line(reply.subject), lines(reply.text, at_most=LONGEST)]
    message = service.store(
        host=settings.host_name,
        topic="other",
        language=reply.language,
        name=one_line(reply.name) or reply.email,
        email=reply.email,
        body="\n\n".join(filter(None, words)) or "…",
        nonce=reply.nonce,
        signals=NO_FORM,
    )
    if message.mail_id is None:
        message.subject, message.mail_id = one_line(reply.subject) or None, reply.mail_id or "<>"
        kept, refused = attachments.keep(reply.attachments, message=message, entry_id=None)
        if kept or refused:
            queries.step(message.id, "stored").detail = {"files": kept, "refused": refused}
