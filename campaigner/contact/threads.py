"""A thread: the first message and all that both sides said after it, and the way an answer finds back into it.

Every mail of ours to the sender carries an address of our own making in its Reply-To (`outbox.verp`,
purpose "r"). An answer to it comes in by the mailroom and lands here. Where that address got lost, the
mail's In-Reply-To does, and last a reference in the subject, when it comes from the thread's own address.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from campaigner.config import Settings
from campaigner.contact import answers, attachments, queries, references, topics
from campaigner.contact.models import ContactEvent, ContactMessage
from campaigner.contact.thread_models import ContactAttachment, ContactEntry
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.text import lines, one_line
from campaigner.mailroom.registry import Reply
from campaigner.outbox import queries as outbox
from campaigner.staff.models import Account

LONGEST = 12_000
QUOTED = re.compile(r"\A>")
NAMED = re.compile(r"[\[(\s]?([A-Z]{1,12}-?\d{2}-?\d{6,}-?[A-Z0-9])\b")
# What another person or the sender may have done since an answer was begun.
NEWS = ("replied", "received", "merged", "closed", "answered", "spam", "taken", "assigned", "noted", "reopened")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said, as the page shows it. `way` is "in", "out" or "note"; `fate`: what became of a mail of ours."""

    way: str
    body: str
    at: datetime
    who: str
    quoted: str = ""
    language: str = ""
    address: str = ""  # when it is not the thread's own
    unproven: bool = False  # it came by the reference in its subject alone, which anybody may write
    fate: str = ""
    files: list[ContactAttachment] = field(default_factory=list)


def said(message: ContactMessage, names: dict[int, str]) -> list[Said]:
    """Everything that was said after a message, with what was merged into it, the oldest first."""
    merged = list(db.session.scalars(select(ContactMessage).where(ContactMessage.merged_into_id == message.id)))
    ids = [message.id, *(each.id for each in merged)]
    entries = db.session.scalars(select(ContactEntry).where(ContactEntry.message_id.in_(ids))).all()
    files = db.session.scalars(select(ContactAttachment).where(ContactAttachment.message_id.in_(ids))).all()
    came = select(ContactEvent.detail).where(ContactEvent.message_id.in_(ids), ContactEvent.step == "received")
    unproven = {detail.get("unproven") for detail in db.session.scalars(came)}
    out = [_first(each) for each in merged]
    for entry in entries:
        own, quoted = unquoted(entry.body) if entry.kind == "in" else (entry.body, "")
        known = entry.email is None or entry.email == message.email
        out.append(Said(
            way=entry.kind, body=own, quoted=quoted, at=entry.at, language=entry.language, fate=fate(entry),
            who=names.get(entry.account_id or 0, "?") if entry.kind != "in" else entry.name or message.name,
            address="" if known else entry.email or "", unproven=entry.id in unproven,
            files=[each for each in files if each.entry_id == entry.id],
        ))  # fmt: skip
    return sorted(out, key=lambda each: each.at)


def _first(message: ContactMessage) -> Said:
    """The first words of a thread that was merged into another."""
    own, quoted = unquoted(message.body)
    return Said("in", own, message.created_at, message.name, quoted=quoted, language=message.language)


def files_of(message: ContactMessage) -> list[ContactAttachment]:
    """What hung on the mail that began a thread."""
    query = select(ContactAttachment).where(ContactAttachment.message_id == message.id)
    return list(db.session.scalars(query.where(ContactAttachment.entry_id.is_(None))))


def fate(entry: ContactEntry) -> str:
    """What became of a mail of ours: waiting, sent, returned, failed, unknown; "" for what is no mail."""
    if entry.kind != "out":
        return ""
    delivery = outbox.delivery(answers.mailing(), str(entry.id))
    if delivery is None:
        return ""
    if delivery.returned in ("hard", "soft"):
        return "returned"
    return delivery.state if delivery.state in ("sent", "failed", "unknown", "suppressed", "cancelled") else "waiting"


def unquoted(text: str) -> tuple[str, str]:
    """The writer's own words, and what follows them of an earlier mail: lines that begin with ">" up to the end.

    The line with the names of files that the mailroom puts below is the writer's.
    """
    rows = text.split("\n")
    hung = rows.pop() if rows[-1].startswith("[+ ") else ""
    at = len(rows)
    while at and (not rows[at - 1].strip() or QUOTED.match(rows[at - 1])):
        at -= 1
    if not any(QUOTED.match(row) for row in rows[at:]):
        return text, ""
    if at and rows[at - 1].rstrip().endswith(":"):  # "On Monday somebody wrote:"
        at -= 1
    own = "\n".join(rows[:at]).strip()
    own = f"{own}\n\n{hung}" if own and hung else own
    return (own, "\n".join(rows[at:]).strip()) if own else (text, "")


def last_news(message_id: int, *, of_others_than: int | None = None) -> int:
    """The number of the latest line of the history that may change an answer. 0: there is none."""
    query = select(func.max(ContactEvent.id)).where(ContactEvent.message_id == message_id, ContactEvent.step.in_(NEWS))
    if of_others_than is not None:
        query = query.where(ContactEvent.account_id.is_distinct_from(of_others_than))
    return db.session.scalar(query) or 0


def head(message_id: int, *, lock: bool = False) -> ContactMessage | None:
    """The message that a thread goes on in: itself, or what it was merged into."""
    for _ in range(5):
        found = db.session.get(ContactMessage, message_id, with_for_update=lock or None, populate_existing=lock)
        if found is None or found.merged_into_id is None:
            return found
        message_id = found.merged_into_id
    return None


def receive(reply: Reply, *, settings: Settings) -> ContactMessage | None:
    """Put an answer that came by mail into its thread, open that again, and tell whoever holds it.

    Returns the thread; None when the mail belongs to none. The same mail again changes nothing.
    """
    thread = _thread_of(reply)
    if thread is None:
        return None
    entry = insert(ContactEntry).values(
        message_id=thread.id, kind="in", nonce=reply.nonce, body=lines(reply.text, at_most=LONGEST) or "…",
        name=one_line(reply.name) or reply.email, email=reply.email, mail_id=reply.mail_id or None,
        language=reply.language,
    )  # fmt: skip
    entry_id = db.session.execute(entry.on_conflict_do_nothing(index_elements=["nonce"]).returning(ContactEntry.id))
    number = entry_id.scalar()
    if number is None:
        return thread
    kept, refused = attachments.keep(reply.attachments, message=thread, entry_id=number)
    detail: dict[str, Any] = {"files": kept, "refused": refused} if kept or refused else {}
    if reply.kind not in (answers.RECEIPT, answers.KIND):
        detail["unproven"] = number
    db.session.add(ContactEvent(message_id=thread.id, step="received", detail=detail))
    _wake(thread)
    answers.came_back(thread, number, to=_holder(thread) or settings.host_contact)
    return thread


def _thread_of(reply: Reply) -> ContactMessage | None:
    """By the mail of ours that it answers; else by the reference in its subject, from the thread's own address."""
    if reply.kind == answers.RECEIPT and reply.cause:
        return head(int(reply.cause), lock=True)
    if reply.kind == answers.KIND and reply.cause:
        entry = db.session.get(ContactEntry, int(reply.cause))
        return head(entry.message_id, lock=True) if entry else None
    for typed in NAMED.findall(reply.subject.upper()):
        found = queries.by_reference(references.read(typed) or "")
        if found is not None and found.mailbox == addresses.fingerprint(reply.email):
            return head(found.id, lock=True)
    return None


def _wake(thread: ContactMessage) -> None:
    """Somebody waits again: with a new promise, in the hands of whoever answered last, or on the pile."""
    thread.last_at, thread.words, thread.snoozed_until = now(), None, None
    if thread.state in ("answered", "closed"):
        thread.due_at = topics.answer_by(thread.topic, since=now())
        thread.state, thread.closed_at, thread.extended_at = ("open" if _holder(thread) else "new"), None, None
        if thread.state == "new":
            thread.owner_id = None


def _holder(thread: ContactMessage) -> str | None:
    """The address of whoever holds it; None when that is nobody, or an account that was closed."""
    owner = db.session.get(Account, thread.owner_id) if thread.owner_id else None
    return owner.email if owner is not None and owner.disabled_at is None else None
