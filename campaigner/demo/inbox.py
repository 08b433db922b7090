"""An inbox with something in it: messages in several languages, a thread that went to and fro, saved replies."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from campaigner.config import Settings
from campaigner.contact import inbox, service, snippets, threads, topics
from campaigner.contact.models import ContactEvent, ContactMessage
from campaigner.contact.thread_models import ContactEntry
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.mailroom.registry import Reply

BOOK = Path(__file__).parent / "inbox.toml"
CALM = {"age": 60.0, "decoy_filled": False, "decoy_changed": False, "accept_language": True, "burst": False}


def load(*, settings: Settings, account_id: int) -> int:
    """Write the messages unless there are any; return how many. The pipeline takes them further by itself."""
    if db.session.scalar(select(func.count()).select_from(ContactMessage)):
        return 0
    snippets.begin(account_id=account_id)
    entries = tomllib.loads(BOOK.read_text(encoding="utf-8"))["message"]
    for number, entry in enumerate(entries):
        message = _stored(entry, number, settings)
        if "note" in entry:
            service.take(message.id, account_id=account_id)
            inbox.note(message.id, account_id=account_id, body=entry["note"], nonce=f"staff-demo-note-{number}")
        if "answer" in entry:
            _to_and_fro(message, entry, number, settings, account_id)
    return len(entries)


def _stored(entry: dict[str, Any], number: int, settings: Settings) -> ContactMessage:
    signals = {**CALM, "decoy_filled": True, "age": 0.4} if entry.get("robot") else CALM
    message = service.store(
        host=settings.host_name, topic=entry["topic"], language=entry["language"], name=entry["name"],
        email=entry["email"], body=entry["body"], nonce=f"demo-{number}", signals=signals,
    )  # fmt: skip
    message.created_at = now() - timedelta(hours=entry["hours"])
    message.due_at = topics.answer_by(message.topic, since=message.created_at)
    for event in db.session.scalars(select(ContactEvent).where(ContactEvent.message_id == message.id)):
        event.at = message.created_at
    return message


def _to_and_fro(
    message: ContactMessage, entry: dict[str, Any], number: int, settings: Settings, account_id: int
) -> None:
    """An answer of ours, and theirs to it."""
    said = inbox.reply(
        message.id, account_id=account_id, body=entry["answer"], nonce=f"staff-demo-answer-{number}",
        seen=threads.last_news(message.id), keep_open=False, settings=settings,
    )  # fmt: skip
    threads.receive(
        Reply(
            nonce=f"demo-back-{number}", name=entry["name"], email=entry["email"], subject="Re:", text=entry["back"],
            language=entry["language"], kind="contact.answer", cause=str(said.id),
        ),
        settings=settings,
    )  # fmt: skip
    written = select(ContactEntry).where(ContactEntry.message_id == message.id).order_by(ContactEntry.id)
    for at, each in enumerate(db.session.scalars(written)):
        each.at = message.created_at + timedelta(hours=6 + 8 * at)
