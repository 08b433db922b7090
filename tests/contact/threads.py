"""What the tests of threads share: a thread that was answered, and mails that come back to it."""

from typing import Any

from campaigner.config import Settings
from campaigner.contact import answers, inbox, jobs, threads
from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_models import ContactEntry
from campaigner.core.db import db, transaction
from campaigner.outbox import verp
from campaigner.outbox.models import Delivery
from tests.contact.messages import account, stored
from tests.mailroom.ledger import arrives

HOME = "bounces@fos.example"


def routed(**changes: Any) -> ContactMessage:
    """A message that went through the pipeline."""
    row = stored(**changes)
    jobs.advance(row.id)
    db.session.refresh(row)
    return row


def answered(row: ContactMessage, settings: Settings, *, by: int | None = None, **more: Any) -> ContactEntry:
    """Our answer to it."""
    who = by or account()
    typed = {"body": "Dag Greet,\n\nDat kan zeker.", "nonce": f"staff-{row.id}-{who}", "keep_open": False, **more}
    with transaction():
        seen = typed.pop("seen", threads.last_news(row.id))
        entry = inbox.reply(row.id, account_id=who, seen=seen, settings=settings, **typed)
    db.session.refresh(row)
    return entry


def delivery(entry: ContactEntry) -> Delivery:
    """The mail that an answer is."""
    return db.session.get_one(Delivery, (answers.mailing(), str(entry.id)))


def back(
    settings: Settings,
    *,
    to: str,
    sender: str,
    text: str = "Dank je wel!",
    more: str = "",
    subject: str = "Re: antwoord",
) -> tuple[str | None, str | None]:
    """A person's mail arrives at one of our addresses."""
    head = f"From: Greet <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <in1@voorbeeld.example>\r\n"
    return arrives(f"{head}{more}\r\n{text}".encode(), settings=settings, recipient=to, sender=sender)


def address_of(entry: ContactEntry) -> str:
    """Where an answer to that mail comes in."""
    found = answers.address(answers.KIND, str(entry.id), home=HOME)
    assert found is not None
    assert verp.opened(found) is not None
    return found
