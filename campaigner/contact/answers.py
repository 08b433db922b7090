"""The mails of a thread: our answer, the word that it takes longer, and the notice that somebody wrote back.

They hang together for a mail program by Message-ID, In-Reply-To and References (RFC 5322, 3.6.4), and
come back to us by an address that only we can make. None of them quotes what the sender wrote: what
people tell us may be of the most private kind, and mail is a postcard.
"""

import re

from sqlalchemy import select

from campaigner.config import LANGUAGES, Settings
from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_models import ContactEntry
from campaigner.contact.topics import TOPICS
from campaigner.core.db import db
from campaigner.outbox import message as outbox_message
from campaigner.outbox import queries as deliveries
from campaigner.outbox import service as outbox
from campaigner.outbox import verp

KIND, RECEIPT, NOTICE = "contact.answer", "contact.receipt", "contact.back"
ID = re.compile(r"<[!-;=?-~]{1,248}>")
LINKS = 10  # of the chain that a mail names: its first, and the latest
NOTICES_A_DAY = 100


def mailing() -> int:
    """The number of the standing mailing of all answers."""
    return outbox.standing(KIND, queue="urgent")


def address(kind: str, cause: str, *, home: str) -> str | None:
    """Where an answer to that mail comes in. None where no mail comes in (MAIL_RETURN_ADDRESS is empty)."""
    return verp.seal(outbox.standing(kind, queue="default"), cause, "r", home)


def answer(message: ContactMessage, entry: ContactEntry, *, settings: Settings, longer: bool = False) -> str:
    """Put an answer of ours into the outbox. Returns what that said. `longer`: it says that we need more time."""
    cause = str(entry.id)
    back = address(KIND, cause, home=settings.mail_return_address) or settings.host_contact
    chain = _chain(message, entry, settings)
    headers = {"In-Reply-To": chain[-1], "References": " ".join(chain)} if chain else {}
    return outbox.put(
        kind=KIND,
        cause=cause,
        to=message.email,
        language=entry.language,
        template="contact/mails/longer" if longer else "contact/mails/answer",
        values={"reference": message.reference, "label": TOPICS[message.topic].label, "said": entry.body,
                "subject_line": message.subject or "", "since": message.created_at, "due_at": message.due_at},
        queue="urgent",
        reply_to=back,
        headers=headers,
    )  # fmt: skip


def came_back(message: ContactMessage, entry_id: int, *, to: str) -> str:
    """Tell whoever holds a thread that its sender wrote again: which one, not what. Returns what the outbox said."""
    return outbox.put(
        kind=NOTICE,
        cause=str(entry_id),
        to=to,
        language=LANGUAGES[0],
        template="contact/mails/back",
        values={"reference": message.reference, "label": TOPICS[message.topic].label, "message_id": message.id},
        queue="default",
        headers={"Auto-Submitted": "auto-generated"},
        per_day=NOTICES_A_DAY,
    )


def _chain(message: ContactMessage, entry: ContactEntry, settings: Settings) -> list[str]:
    """The Message-IDs of the thread before this answer, the oldest first."""
    found = [message.mail_id or _receipt(message, settings)]
    earlier = select(ContactEntry).where(ContactEntry.message_id == message.id, ContactEntry.id < entry.id)
    for each in db.session.scalars(earlier.where(ContactEntry.kind != "note").order_by(ContactEntry.id)):
        found.append(each.mail_id if each.kind == "in" else _ours(mailing(), str(each.id), settings))
    ids = [each for each in found if each and ID.fullmatch(each)]
    return ids if len(ids) <= LINKS else [ids[0], *ids[1 - LINKS :]]


def _receipt(message: ContactMessage, settings: Settings) -> str | None:
    """The Message-ID of the receipt, when one left."""
    number = outbox.standing(RECEIPT, queue="default")
    cause = str(message.id)
    return _ours(number, cause, settings) if deliveries.delivery(number, cause) is not None else None


def _ours(mailing_id: int, cause: str, settings: Settings) -> str:
    return outbox_message.message_id(settings, mailing_id=mailing_id, recipient=cause)
