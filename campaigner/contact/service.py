"""What can be done with a contact message: store it, take it through the pipeline, answer it.

Every step of the pipeline locks the message, looks whether its line is in the history, does its work and
writes that line (unique): doing it again, twice at once, or after a kill changes nothing. Each is one
transaction of its own; the door opens it.
"""

import time
from functools import cache
from typing import Any

from sqlalchemy import bindparam, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from campaigner.contact import calls, keywords, lessons, mails, queries, references, scoring, senders, topics
from campaigner.contact.models import ContactEvent, ContactMessage, numbers
from campaigner.core import addresses, queue
from campaigner.core.clock import now, today
from campaigner.core.crypto import keyring
from campaigner.core.db import db, follow
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.mailroom import tongues

# What the spam filter learns from: an answered message is one that a person wrote.
LESSONS = {"spam": True, "released": False, "answered": False}
DRAIN = "campaigner.contact.jobs.drain"
BREATH = 0.2  # seconds between two rings of one process
_rung = [0.0]


class SentBefore(Conflict):
    """This form brought a message before, and now it brings another: it must be sent from a fresh form."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            _l(
                "You sent this form before, as %(reference)s. Is this another message? Then press the button again.",
                reference=reference,
            )
        )


def store(*, nonce: str, **typed: Any) -> ContactMessage:
    """The same as `keep`, for whoever goes on with the message."""
    keep(nonce=nonce, **typed)
    message = queries.by_nonce(nonce)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    return message


def keep(
    *, host: str, topic: str, language: str, name: str, email: str, body: str, nonce: str, signals: dict[str, Any]
) -> str:
    """Keep a message, encrypted, and wake the pipeline. Returns its reference.

    The same form sent again is the same message. `signals` holds what scoring looks at besides the text
    (see `scoring.Arrival`). Raises SentBefore when the form comes back with another text. Two statements:
    somebody waits for them.
    """
    number = db.session.execute(select(numbers.next_value())).scalar_one()
    reference = references.make(host=host, year=today().year, number=number)
    row = {
        "reference": reference, "topic": topic, "language": language, "name": name, "email": email, "body": body,
        "mailbox": addresses.fingerprint(email), "body_hash": keyring.fingerprint(scoring.folded(body), "contact.body"),
        "form_nonce": nonce, "signals": signals, "now": now(),
    }  # fmt: skip
    if db.session.connection().execute(_storing(), row).scalar() is None:
        return _sent_again(nonce, topic, name, email, body)
    follow(_wake)
    return reference


@cache
def _storing() -> Any:
    """Both rows in one statement, put together once: the message unless its form brought one, and its first line."""
    table: Any = ContactMessage.__table__
    typed = ("reference", "topic", "language", "name", "email", "body", "mailbox", "body_hash", "form_nonce", "signals")
    values = {name: bindparam(name, type_=table.c[name].type) for name in typed}
    moment = bindparam("now", type_=table.c.created_at.type)
    row = insert(table).values(
        **values, state="new", urgent=False, reasons=[], tries=0, created_at=moment, next_at=moment
    )
    new = row.on_conflict_do_nothing(index_elements=["form_nonce"]).returning(table.c.id).cte("new")
    first = select(new.c.id, literal("stored"), literal({}, JSONB), moment)
    events: Any = ContactEvent.__table__
    history = insert(events).from_select(["message_id", "step", "detail", "at"], first, include_defaults=False)
    return history.returning(events.c.message_id)


def _wake() -> None:
    """Ring for a worker, a few times a second at most: it takes all that waits, and the reconciler the last one."""
    if time.monotonic() - _rung[0] > BREATH:
        _rung[0] = time.monotonic()
        queue.ring(DRAIN, queue="contact")


def _sent_again(nonce: str, *typed: str) -> str:
    """The message this form brought the first time, if it is the same one."""
    earlier = queries.by_nonce(nonce)
    if earlier is None:  # erased in between
        raise NotFound(_l("This message is no longer here."))
    if (earlier.topic, earlier.name, earlier.email, earlier.body) != typed:
        raise SentBefore(earlier.reference)
    return earlier.reference


def score(message_id: int) -> None:
    """Weigh it and lay it on its pile. A pile that staff already chose stands."""
    message = _begin(message_id, "scored")
    if message is None:
        return
    arrival = {**message.signals, "name": message.name, "email": message.email, "body": message.body}
    words = lessons.likelihood(message.body, email=message.email)
    verdict = scoring.score(scoring.Arrival(**arrival, seen_before=queries.seen_before(message), words=words))
    message.score, message.reasons, message.scored_at = verdict.score, verdict.reasons, now()
    if message.state == "new":
        message.state = verdict.state
    _end(message, "scored", {"score": verdict.score, "state": message.state})


def tongue(message_id: int) -> None:
    """Say in which of our languages it is written, when that is not the one of the page."""
    message = _begin(message_id, "language")
    if message is None:
        return
    written = tongues.guess(message.body, default=message.language)
    message.written_in = written if written != message.language else None
    _end(message, "language", {"language": written})


def route(message_id: int) -> None:
    """Say which role answers it, whether it cannot wait, and by when an answer is promised.

    Whoever writes of somebody in danger does not wait because they chose another topic, unless it may be
    spam. For "something else" the words may suggest a better topic.
    """
    message = _begin(message_id, "routed")
    if message is None:
        return
    topic = topics.TOPICS[message.topic]
    danger = message.state == "new" and keywords.in_danger(message.body)
    message.role, message.urgent, message.routed_at = topic.role, topic.urgent or danger, now()
    message.due_at = topics.answer_by(message.topic, since=message.created_at)
    detail: dict[str, Any] = {"role": topic.role, "urgent": message.urgent, "at_once": topic.at_once or danger}
    if message.topic == "other" and (suggested := keywords.suggestion(message.body)):
        detail["suggested"] = suggested
    _end(message, "routed", detail)


def acknowledge(message_id: int, *, reply_to: str, ours: tuple[str, ...]) -> None:
    """Write the receipt to the sender, unless a program or one of our own mailboxes reads that address.

    Nothing happens while the message is in quarantine; "not spam" makes this step due again.
    """
    message = _begin(message_id, "acknowledged")
    if message is None:
        return
    own = {addresses.canonical(address) for address in ours}
    if senders.is_automaton(message.email) or addresses.canonical(message.email) in own:
        outcome = "automaton"
    else:
        outcome = mails.receipt(message, reply_to=reply_to)
    if outcome in ("queued", "repeated"):
        message.acknowledged_at = now()
    _end(message, "acknowledged", {"outcome": outcome})


def notify(message_id: int, *, to: str, language: str, call: bool = False) -> None:
    """Tell the team by mail; with `call`, also by the operator's own channel when it cannot wait.

    The last step: with it the pipeline is done. Not while in quarantine.
    """
    message = _begin(message_id, "notified")
    if message is None:
        return
    at_once = message.urgent and bool(queries.detail(message_id, "routed").get("at_once"))
    detail: dict[str, Any] = {"outcome": mails.notice(message, to=to, language=language, at_once=at_once)}
    if at_once and call:
        calls.owe(message_id)
        detail["called"] = True
    message.notified_at, message.stumbled = now(), None
    _end(message, "notified", detail)


def _begin(message_id: int, step: str) -> ContactMessage | None:
    """Lock the message for a step of its pipeline. None: it was done, it is not due, or the message is gone."""
    message = db.session.get(ContactMessage, message_id, with_for_update=True, populate_existing=True)
    if message is None or not _due(message, step):
        return None
    before = select(ContactEvent.id).where(ContactEvent.message_id == message_id, ContactEvent.step == step)
    return message if db.session.execute(before.limit(1)).first() is None else None


def _end(message: ContactMessage, step: str, detail: dict[str, Any]) -> None:
    """Write the step into the history, in the transaction of what it did. The unique index has the last word."""
    db.session.execute(insert(ContactEvent).values(message_id=message.id, step=step, detail=detail))


def _due(message: ContactMessage, step: str) -> bool:
    """Nothing leaves by mail before a message was scored and routed, nor while it is in quarantine."""
    if step in ("acknowledged", "notified"):
        return message.routed_at is not None and message.state != "quarantine"
    return step == "scored" or message.scored_at is not None


def take(message_id: int, *, account_id: int) -> ContactMessage:
    """Answer it myself. Also takes it over from a colleague."""
    sources = ("new", "check", "open", "answered")
    return _move(message_id, "taken", account_id, sources, state="open", owner_id=account_id, taken_at=now())


def release(message_id: int, *, account_id: int) -> ContactMessage:
    """Not spam: into the inbox, the steps that quarantine held back follow, and the filter learns."""
    queue.nudge(DRAIN, queue="contact")
    return _move(message_id, "released", account_id, ("check", "quarantine"), state="new", tries=0, next_at=now())


not_spam = release  # the same verb under the name on the button


def spam(message_id: int, *, account_id: int) -> ContactMessage:
    """Spam: into quarantine, where it is kept for a while, and the filter learns."""
    return _move(message_id, "spam", account_id, ("new", "check", "open"), state="quarantine", owner_id=None)


def answered(message_id: int, *, account_id: int) -> ContactMessage:
    """The sender has an answer from me."""
    sources = ("new", "check", "open")
    return _move(message_id, "answered", account_id, sources, state="answered", owner_id=account_id, answered_at=now())


def close(message_id: int, *, account_id: int) -> ContactMessage:
    """Nothing more to do."""
    sources = ("new", "check", "open", "answered")
    return _move(message_id, "closed", account_id, sources, state="closed", closed_at=now())


def reopen(message_id: int, *, account_id: int) -> ContactMessage:
    """There is something to do after all, and I do it."""
    sources = ("answered", "closed")
    return _move(message_id, "reopened", account_id, sources, state="open", owner_id=account_id, closed_at=None)


def _move(
    message_id: int, step: str, account_id: int, sources: tuple[str, ...], *, state: str, **columns: Any
) -> ContactMessage:
    """Bring a message from one of `sources` to `state`, with what belongs to it, and write that into its history.

    A second press changes nothing. Raises NotFound, or Conflict when a colleague was quicker.
    """
    message = _found(message_id, lock=True)
    if message.state == state and (state != "open" or message.owner_id == account_id):
        return message
    if message.state not in sources or message.merged_into_id is not None:
        raise Conflict(_l("A colleague did something with this message meanwhile. Load the page again."))
    for name, value in {"state": state, **columns}.items():
        setattr(message, name, value)
    db.session.add(ContactEvent(message_id=message_id, step=step, account_id=account_id))
    if step in LESSONS:
        lessons.learn(message, spam=LESSONS[step])
    return message


def _found(message_id: int, *, lock: bool = False) -> ContactMessage:
    message = db.session.get(ContactMessage, message_id, with_for_update=lock or None, populate_existing=lock)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    return message
