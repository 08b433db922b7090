"""Saved replies: texts in our languages with fields that the thread fills in. Nothing of it is a template language."""

import re
import tomllib
from pathlib import Path

from sqlalchemy import select

from campaigner.config import LANGUAGES
from campaigner.contact.models import ContactMessage
from campaigner.contact.thread_models import ContactSnippet
from campaigner.contact.topics import TOPICS
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import NotFound
from campaigner.core.i18n import force_locale
from campaigner.core.i18n import lazy_gettext as _l

# The field as staff write it, and what it stands for.
FIELDS = {
    "naam": _l("the name of the sender"),
    "nummer": _l("the number of the message"),
    "onderwerp": _l("what it is about"),
    "ik": _l("your own name"),
    "organisatie": _l("the name of our organisation"),
}
FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")
EXAMPLES = Path(__file__).parent / "snippets.toml"


def every() -> list[ContactSnippet]:
    """All of them, by name."""
    return sorted(db.session.scalars(select(ContactSnippet)), key=lambda each: each.name.casefold())


def fitting(message: ContactMessage) -> list[ContactSnippet]:
    """Those for the topic of a message first, then those for any; none that was written for another topic."""
    found = [each for each in every() if each.topic in (None, message.topic)]
    return sorted(found, key=lambda each: each.topic is None)


def by_id(snippet_id: int) -> ContactSnippet:
    """One of them. Raises NotFound."""
    found = db.session.get(ContactSnippet, snippet_id)
    if found is None:
        raise NotFound(_l("This saved reply is no longer here."))
    return found


def filled(snippet: ContactSnippet, message: ContactMessage, *, writer: str, host: str) -> tuple[str, str]:
    """The text for a thread and the language it is in: the thread's own, or the first that was written."""
    order = (message.language, *LANGUAGES)
    language = next((code for code in order if snippet.texts.get(code)), LANGUAGES[0])
    with force_locale(language):
        values = {"naam": message.name, "nummer": message.reference, "onderwerp": str(TOPICS[message.topic].label),
                  "ik": writer, "organisatie": host}  # fmt: skip
    return FIELD.sub(lambda found: values.get(found[1], found[0]), snippet.texts.get(language, "")), language


def unknown_fields(text: str) -> list[str]:
    """Fields in a text that are none of ours, as they were written."""
    return [found[0] for found in FIELD.finditer(text) if found[1] not in FIELDS]


def save(
    snippet_id: int | None, *, name: str, topic: str | None, texts: dict[str, str], account_id: int | None
) -> ContactSnippet:
    """Keep a saved reply, a new one or with other words."""
    snippet = by_id(snippet_id) if snippet_id is not None else ContactSnippet()
    snippet.name, snippet.topic = name, topic
    snippet.texts = {code: words for code, words in texts.items() if words}
    snippet.changed_by, snippet.changed_at = account_id, now()
    db.session.add(snippet)
    db.session.flush()
    return snippet


def remove(snippet_id: int) -> str:
    """Throw one away. Returns its name."""
    snippet = by_id(snippet_id)
    db.session.delete(snippet)
    return snippet.name


def begin(*, account_id: int | None = None) -> int:
    """Write our examples, unless there are saved replies. Returns how many were written."""
    if every():
        return 0
    examples = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))["snippet"]
    for each in examples:
        texts = {code: each[code].strip() for code in LANGUAGES}
        save(None, name=each["name"], topic=each.get("topic"), texts=texts, account_id=account_id)
    return len(examples)
