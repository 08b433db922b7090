"""What can be done with a contact message: store it, take it through the pipeline, answer it.

Every step of the pipeline locks the message, claims itself by its line in the history (unique), does
its work and leaves: doing it again, twice at once, or after a kill changes nothing. Each is one
transaction of its own; the door opens it.
"""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from campaigner.contact import mails, queries, references, scoring, senders, topics
from campaigner.contact.models import ONCE, ContactEvent, ContactMessage, numbers
from campaigner.core import addresses, queue
from campaigner.core.clock import now, today
from campaigner.core.crypto import keyring
from campaigner.core.db import db
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import lazy_gettext as _l

ADVANCE = "campaigner.contact.jobs.advance"


class SentBefore(Conflict):
    """This form brought a message before, and now it brings another: it must be sent from a fresh form."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            _l(
                "You sent this form before, as %(reference)s. Is this another message? Then press the button again.",
                reference=reference,
            )
        )


def store(
    *, host: str, topic: str, language: str, name: str, email: str, body: str, nonce: str, signals: dict[str, Any]
) -> ContactMessage:
    """Keep a message, encrypted, and wake the pipeline. The same form sent again is the same message.

    `signals` holds what scoring looks at besides the text (see `scoring.Arrival`). Raises SentBefore
    when the form comes back with another text.
    """
    number = db.session.execute(select(numbers.next_value())).scalar_one()
    reference = references.make(host=host, year=today().year, number=number)
    row = insert(ContactMessage).values(
        reference=reference, topic=topic, language=language, name=name, email=email, body=body,
        mailbox=addresses.fingerprint(email), body_hash=keyring.fingerprint(scoring.folded(body), "contact.body"),
        form_nonce=nonce, signals=signals,
    )  # fmt: skip
    message_id = db.session.execute(
        row.on_conflict_do_nothing(index_elements=["form_nonce"]).returning(ContactMessage.id)
    ).scalar()
    if message_id is None:
        return _sent_again(nonce, topic, name, email, body)
    db.session.add(ContactEvent(message_id=message_id, step="stored"))
    queue.nudge(ADVANCE, message_id, queue="default")
    return _found(message_id)


def _sent_again(nonce: str, *typed: str) -> ContactMessage:
    """The message this form brought the first time, if it is the same one."""
    earlier = queries.by_nonce(nonce)
    if earlier is None:  # erased in between
        raise NotFound(_l("This message is no longer here."))
    if (earlier.topic, earlier.name, earlier.email, earlier.body) != typed:
        raise SentBefore(earlier.reference)
    return earlier


def score(message_id: int) -> None:
    """Weigh it and lay it on its pile. A pile that staff already chose stands."""
    begun = _begin(message_id, "scored")
    if begun is None:
        return
    message, step = begun
    arrival = {**message.signals, "name": message.name, "email": message.email, "body": message.body}
    verdict = scoring.score(scoring.Arrival(**arrival, seen_before=queries.seen_before(message)))
    message.score, message.reasons, message.scored_at = verdict.score, verdict.reasons, now()
    if message.state == "new":
        message.state = verdict.state
    step.detail = {"score": verdict.score, "state": message.state}


def route(message_id: int) -> None:
    """Say which role answers it, whether it cannot wait, and by when an answer is promised."""
    begun = _begin(message_id, "routed")
    if begun is None:
        return
    message, step = begun
    topic = topics.TOPICS[message.topic]
    message.role, message.urgent, message.routed_at = topic.role, topic.urgent, now()
    message.due_at = topics.answer_by(message.topic, since=message.created_at)
    step.detail = {"role": topic.role, "urgent": topic.urgent}


def acknowledge(message_id: int, *, reply_to: str, ours: tuple[str, ...]) -> None:
    """Write the receipt to the sender, unless a program or one of our own mailboxes reads that address.

    Nothing happens while the message is in quarantine; "not spam" makes this step due again.
    """
    begun = _begin(message_id, "acknowledged")
    if begun is None:
        return
    message, step = begun
    own = {addresses.canonical(address) for address in ours}
    if senders.is_automaton(message.email) or addresses.canonical(message.email) in own:
        step.detail = {"outcome": "automaton"}
        return
    step.detail = {"outcome": mails.receipt(message, reply_to=reply_to)}
    if step.detail["outcome"] in ("queued", "repeated"):
        message.acknowledged_at = now()


def notify(message_id: int, *, to: str, language: str) -> None:
    """Tell the team by mail. The last step: with it the pipeline is done. Not while in quarantine."""
    begun = _begin(message_id, "notified")
    if begun is None:
        return
    message, step = begun
    step.detail = {"outcome": mails.notice(message, to=to, language=language)}
    message.notified_at = now()


def _begin(message_id: int, step: str) -> tuple[ContactMessage, ContactEvent] | None:
    """Lock the message and claim a step of its pipeline. None: it was done, it is not due, or the message is gone."""
    message = db.session.get(ContactMessage, message_id, with_for_update=True, populate_existing=True)
    if message is None or not _due(message, step):
        return None
    claim = insert(ContactEvent).values(message_id=message_id, step=step)
    claim = claim.on_conflict_do_nothing(index_elements=["message_id", "step"], index_where=text(ONCE))
    event_id = db.session.execute(claim.returning(ContactEvent.id)).scalar()
    return (message, db.session.get_one(ContactEvent, event_id)) if event_id else None


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
    """Not spam: into the inbox, and the steps that quarantine held back follow."""
    queue.nudge(ADVANCE, message_id, queue="default")
    return _move(message_id, "released", account_id, ("check", "quarantine"), state="new")


def spam(message_id: int, *, account_id: int) -> ContactMessage:
    """Spam: into quarantine, where it is kept for a while."""
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
    if message.state not in sources:
        raise Conflict(_l("A colleague did something with this message meanwhile. Load the page again."))
    for name, value in {"state": state, **columns}.items():
        setattr(message, name, value)
    db.session.add(ContactEvent(message_id=message_id, step=step, account_id=account_id))
    return message


def _found(message_id: int, *, lock: bool = False) -> ContactMessage:
    message = db.session.get(ContactMessage, message_id, with_for_update=lock or None, populate_existing=lock)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    return message
