"""What staff do with a message beside answering: hand it on, put it off, note something, join two, say who is at it.

Each verb locks the message, writes a line into its history and leaves the commit to its door. A second
press changes nothing.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from campaigner.config import LANGUAGES, Settings
from campaigner.contact import answers, lessons, queries, references, threads, topics, words
from campaigner.contact.models import ContactEvent, ContactMessage
from campaigner.contact.thread_models import ContactEntry, ContactPresence
from campaigner.core import addresses
from campaigner.core.clock import BRUSSELS, now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff.models import Account

LIVE = ("new", "check", "open", "answered")
ANSWERABLE = ("new", "open", "answered", "closed")
MORNING = time(8)
LONGEST_SNOOZE = timedelta(days=180)
HERE = timedelta(seconds=75)  # a page that is open says so every 25 seconds
LONGER = timedelta(days=60)  # GDPR article 12(3): two further months
FOUND = 500  # messages looked into for one search
READ_AT_ONCE = 200


class Overtaken(Conflict):
    """Something happened in this thread since the answer was begun."""

    def __init__(self) -> None:
        super().__init__(_l("Something happened with this message while you wrote. Read it, then send your answer."))


class Unreachable(Conflict):
    """The outbox may not write to that mailbox."""

    def __init__(self) -> None:
        super().__init__(
            _l("This mailbox takes no mail from us: it is dead, or its reader called us spam. Nothing was sent.")
        )


def reply(
    message_id: int, *, account_id: int, body: str, nonce: str, seen: int, keep_open: bool, settings: Settings
) -> ContactEntry:
    """Answer by mail, in the language of the thread, and lay it with what is answered, or keep it in hand.

    `seen` is the last line of the history that the writer saw. The same form again is the same answer.
    Raises Overtaken when somebody else did something since, Unreachable, or Conflict.
    """
    message = _found(message_id)
    before = db.session.scalar(select(ContactEntry).where(ContactEntry.nonce == nonce))
    if before is not None:
        return before
    if message.state not in ANSWERABLE or message.merged_into_id is not None:
        raise Conflict(_l("A message in this state cannot be answered. Load the page again."))
    if threads.last_news(message_id, of_others_than=account_id) > seen:
        raise Overtaken
    entry = _said(message, "out", body, nonce=nonce, account_id=account_id)
    outcome = answers.answer(message, entry, settings=settings)
    if outcome == "suppressed":
        raise Unreachable
    _note(message, "replied", account_id, outcome=outcome)
    lessons.learn(message, spam=False)  # an answered message is one that a person wrote
    message.owner_id, message.answered_at, message.last_at, message.closed_at = account_id, now(), now(), None
    message.state, message.snoozed_until = "open" if keep_open else "answered", None
    return entry


def note(message_id: int, *, account_id: int, body: str, nonce: str) -> ContactMessage:
    """Write something for colleagues. It never leaves by mail."""
    message = _found(message_id)
    known = db.session.scalar(select(ContactEntry.id).where(ContactEntry.nonce == nonce))
    if known is None:
        _said(message, "note", body, nonce=nonce, account_id=account_id)
        _note(message, "noted", account_id)
    return message


def assign(message_id: int, *, account_id: int, to: int | None) -> ContactMessage:
    """Put it in the hands of a colleague, or of nobody. Raises DomainError for somebody who may not answer."""
    message = _among(message_id, LIVE)
    owner = db.session.get(Account, to) if to is not None else None
    if to is not None and (owner is None or owner.disabled_at is not None):
        raise DomainError(_l("Choose a colleague from the list."))
    if message.owner_id == to and (message.state == "open") == (to is not None):
        return message
    message.owner_id, message.state = to, "open" if to is not None else "new"
    message.taken_at = now() if to is not None else None
    _note(message, "assigned", account_id, to=to)
    return message


def move(message_id: int, *, account_id: int, topic: str) -> ContactMessage:
    """Say that it is about something else: its team and its clock are those of that topic, from the day it came."""
    if topic not in topics.TOPICS:
        raise DomainError(_l("Choose one of the topics."))
    message = _among(message_id, (*LIVE, "quarantine"))
    if message.topic == topic:
        return message
    _note(message, "moved", account_id, before=message.topic, after=topic)
    message.topic, message.role, message.urgent = topic, topics.TOPICS[topic].role, topics.TOPICS[topic].urgent
    message.due_at, message.extended_at = topics.answer_by(topic, since=message.created_at), None
    if topic == "privacy" and message.snoozed_until is not None and message.snoozed_until > message.due_at:
        message.snoozed_until = None  # the law does not wait for the day it was put off to
    return message


def snooze(message_id: int, *, account_id: int, until: date) -> ContactMessage:
    """Put it off until the morning of a day, in Brussels. What the law wants answered is not put off beyond its day."""
    message = _among(message_id, ("new", "open"))
    moment = datetime.combine(until, MORNING, BRUSSELS)
    if not now() < moment <= now() + LONGEST_SNOOZE:
        raise DomainError(_l("Choose a day that is still to come, within half a year."))
    if message.topic == "privacy" and message.due_at is not None and moment > message.due_at:
        raise DomainError(_l("The law asks for an answer before that day. Choose an earlier one."))
    message.snoozed_until = moment
    _note(message, "snoozed", account_id, until=until.isoformat())
    return message


def wake(message_id: int, *, account_id: int) -> ContactMessage:
    """Bring it back before its day."""
    message = _found(message_id)
    if message.snoozed_until is not None:
        message.snoozed_until = None
        _note(message, "woken", account_id)
    return message


def wake_due() -> int:
    """Bring back what was put off until now. Returns how many."""
    due = select(ContactMessage).where(ContactMessage.snoozed_until <= now()).with_for_update(skip_locked=True)
    messages = db.session.scalars(due.limit(READ_AT_ONCE)).all()
    for message in messages:
        message.snoozed_until = None
        _note(message, "woken", None)
    return len(messages)


def merge(message_id: int, *, account_id: int, into: str) -> ContactMessage:
    """Go on with it in another thread of the same sender, named by its reference. Returns that thread.

    Only of the same address: an answer goes to one mailbox. Raises DomainError, NotFound or Conflict.
    """
    other = queries.by_reference(references.read(into) or "")
    if other is None:
        raise NotFound(_l("There is no message with that number. Check it letter by letter."))
    first, second = sorted((message_id, other.id))
    both = {each: _found(each) for each in (first, second)}  # in one order, so that two merges never wait in a ring
    message, target = both[message_id], both[other.id]
    if message is target or message.merged_into_id == target.id:
        return target
    if target.merged_into_id is not None or message.merged_into_id is not None:
        raise Conflict(_l("One of the two was merged already. Load the page again."))
    if message.mailbox != target.mailbox:
        raise DomainError(_l("Only messages from one address can be merged: an answer goes to one mailbox."))
    if "quarantine" in (message.state, target.state):
        raise Conflict(_l("First say that it is not spam, then merge."))
    _join(message, target, account_id)
    return target


def _join(message: ContactMessage, target: ContactMessage, account_id: int) -> None:
    """The nearer promise and the louder alarm count for the thread that goes on."""
    if message.state in ("new", "open", "check"):
        target.due_at = min(filter(None, (message.due_at, target.due_at)), default=None)
        target.urgent = target.urgent or message.urgent
    db.session.execute(
        update(ContactMessage).where(ContactMessage.merged_into_id == message.id).values(merged_into_id=target.id)
    )
    message.state, message.closed_at, message.merged_into_id, message.snoozed_until = "closed", now(), target.id, None
    target.words = None
    _note(message, "merged", account_id, into=target.reference)
    _note(target, "merged", account_id, came=message.reference)


def extend(message_id: int, *, account_id: int, reason: str, nonce: str, settings: Settings) -> ContactMessage:
    """Take two more months for a request about personal data, and tell its sender why (GDPR, article 12(3)).

    Once, and within the first month: the law asks that they know it by then. Raises Conflict or Unreachable.
    """
    message = _among(message_id, ("new", "open"))
    if message.extended_at is not None and db.session.scalar(
        select(ContactEntry.id).where(ContactEntry.nonce == nonce)
    ):
        return message
    if message.topic != "privacy" or message.extended_at is not None or message.due_at is None:
        raise Conflict(_l("This clock cannot be made longer."))
    if message.due_at < now():
        raise Conflict(_l("The first month is over: the law no longer lets you take more time."))
    message.due_at, message.extended_at, message.last_at = message.due_at + LONGER, now(), now()
    entry = _said(message, "out", reason, nonce=nonce, account_id=account_id)
    if answers.answer(message, entry, settings=settings, longer=True) == "suppressed":
        raise Unreachable
    _note(message, "extended", account_id)
    return message


def here(message_id: int, *, account_id: int) -> None:
    """Somebody has it open and writes."""
    row = insert(ContactPresence).values(message_id=message_id, account_id=account_id, at=now())
    row = row.on_conflict_do_update(index_elements=["message_id", "account_id"], set_={"at": row.excluded.at})
    db.session.execute(row)


def others(message_id: int, *, account_id: int) -> list[str]:
    """The names of colleagues who have it open and write, a minute ago at most."""
    query = select(Account).join(ContactPresence, ContactPresence.account_id == Account.id)
    query = query.where(ContactPresence.message_id == message_id, ContactPresence.at > now() - HERE)
    return [account.name for account in db.session.scalars(query.where(Account.id != account_id))]


def forget_presence() -> None:
    """Nobody needs to know who was there yesterday."""
    db.session.execute(delete(ContactPresence).where(ContactPresence.at < now() - timedelta(hours=1)))


def search(typed: str) -> tuple[list[ContactMessage], bool]:
    """Messages of an address, or in which every one of these words stands; the newest first.

    Returns them and whether there may be more than were looked at.
    """
    if "@" in typed:
        try:
            return queries.from_mailbox(addresses.fingerprint(addresses.normal(typed))), False
        except addresses.NotAnAddress:
            return [], False
    wanted = words.of(typed)
    if not wanted:
        return [], False
    rows = queries.candidates(words.numbers(wanted), limit=FOUND)
    return [row for row in rows if set(wanted) <= set(words.of(_all_of(row)))], len(rows) == FOUND


def read_words() -> int:
    """Write the numbers of the words of what is new, for `search`. Returns how many messages were read."""
    query = select(ContactMessage).where(ContactMessage.words.is_(None)).order_by(ContactMessage.id)
    rows = db.session.scalars(query.limit(READ_AT_ONCE).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.words = words.numbers(words.of(_all_of(row)))
    return len(rows)


def _all_of(message: ContactMessage) -> str:
    entries = db.session.scalars(select(ContactEntry).where(ContactEntry.message_id == message.id))
    return "\n".join([message.name, message.body, *(entry.body for entry in entries)])


def _said(message: ContactMessage, kind: str, body: str, *, nonce: str, account_id: int) -> ContactEntry:
    language = message.language if message.language in LANGUAGES else LANGUAGES[0]
    entry = ContactEntry(
        message_id=message.id, kind=kind, body=body, nonce=nonce, account_id=account_id, language=language
    )
    db.session.add(entry)
    db.session.flush()
    message.words = None
    return entry


def _note(message: ContactMessage, step: str, account_id: int | None, **detail: object) -> None:
    db.session.add(ContactEvent(message_id=message.id, step=step, account_id=account_id, detail=detail))


def _among(message_id: int, states: tuple[str, ...]) -> ContactMessage:
    message = _found(message_id)
    if message.state not in states or message.merged_into_id is not None:
        raise Conflict(_l("A colleague did something with this message meanwhile. Load the page again."))
    return message


def _found(message_id: int) -> ContactMessage:
    """The message, locked."""
    message = db.session.get(ContactMessage, message_id, with_for_update=True, populate_existing=True)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    return message
