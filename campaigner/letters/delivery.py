"""How letters leave: at once, dripped through the day, or a day's letters in one mail. One path for all three.

Every few seconds the reconciler looks at the postboxes that have letters waiting. What is due goes into
an envelope and into the outbox in one transaction, so a letter is in one envelope or in none. Whatever the
outbox then says of that mail is written to the letters in it.
"""

import random
import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, func, select, update

from campaigner.actions.models import Action
from campaigner.campaigns.models import Campaign, Target
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.letters import hours, mails, queries
from campaigner.letters.models import Envelope, Letter, LetterDelivery, Postbox
from campaigner.outbox import service as outbox
from campaigner.outbox.models import OPEN, Delivery, Mailing

A_ROUND = 50  # mails to one target in one round
ONCE_A_DAY = 50  # mails of one letter to an office; what comes above it goes out in one mail a day
DRIPS_A_DAY = 20  # the same for a named person
DRIP_AT_LEAST, DRIP_AT_MOST = timedelta(minutes=5), timedelta(minutes=60)
DIGEST = 2000  # letters that one day's digest takes; the rest wait for the next day
PART_LETTERS, PART_CHARACTERS = 40, 40_000  # a digest is split, so that no mail program cuts it (Gmail: at 102 kB)
BOUNCED_WITHIN = timedelta(days=14)
# RFC 3463: the mailbox or its domain is not there. A refusal for policy (5.7.x) or size says nothing about the address.
DEAD = re.compile(r"\b5\.1\.(?:1|2|3|10)\b|\b5\.2\.1\b|\b5\.4\.4\b")
SUPPRESSED = "this mailbox is suppressed"
PLAIN_REFUSAL = re.compile(r"^55[0135] (?!\d\.\d)")
_MAILBOX = re.compile(r"\S+@\S+")


def deliver(*, reply_to: str) -> int:
    """Send what is due to every target. Returns how many letters went into an envelope.

    A postbox is locked while its letters are taken, so two rounds never send one letter twice.
    """
    taken = 0
    _unboxed()
    for box in _boxes():
        if queries.is_stopped(box) or box.mode == "handover":
            _keep(box)
        elif box.health != "dead":
            for rows in _batches(box, now()):
                if not _post(box, rows, reply_to=reply_to):
                    break
                taken += len(rows)
    return taken


def _boxes() -> list[Postbox]:
    """The postboxes with letters waiting, whose campaign is not paused."""
    waiting = select(LetterDelivery.letter_id).where(
        LetterDelivery.target_id == Postbox.target_id, LetterDelivery.state == "waiting"
    )
    return list(
        db.session.scalars(
            select(Postbox)
            .join(Target, Target.id == Postbox.target_id)
            .join(Campaign, Campaign.id == Target.campaign_id)
            .where(waiting.exists(), Campaign.state != "paused", Postbox.paused_at.is_(None))
            .order_by(Postbox.target_id)
            .with_for_update(of=Postbox, skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def _unboxed() -> None:
    """Letters to a target without a postbox are kept for a hand-over."""
    boxed = select(Postbox.target_id).where(Postbox.target_id == LetterDelivery.target_id).exists()
    _settle(LetterDelivery.state == "waiting", ~boxed, state="handover")


def _keep(box: Postbox) -> None:
    _settle(LetterDelivery.target_id == box.target_id, LetterDelivery.state == "waiting", state="handover")


def _settle(*which: Any, state: str) -> None:
    db.session.execute(
        update(LetterDelivery)
        .where(*which)
        .values(state=state, settled_at=now())
        .execution_options(synchronize_session=False)
    )


def _batches(box: Postbox, moment: datetime) -> list[list[LetterDelivery]]:
    """The letters that leave now, one list a mail."""
    today = queries.mails_since(box.target_id, moment - timedelta(hours=24))
    if box.mode == "once" and today < ONCE_A_DAY:
        return [[row] for row in _waiting(box, min(A_ROUND, ONCE_A_DAY - today))]
    if not _is_open(box, moment):
        return []
    if box.mode == "drip" and today < (DRIPS_A_DAY if box.person else ONCE_A_DAY):
        return _drip(box, moment)
    if box.digest_day == hours.local_day(box.timezone, moment):
        return []
    box.digest_day = hours.local_day(box.timezone, moment)
    return parts(_waiting(box, DIGEST))


def _is_open(box: Postbox, moment: datetime) -> bool:
    return hours.is_open(
        zone=box.timezone, opens=box.opens, closes=box.closes, workdays=box.workdays, moment=moment
    )  # fmt: skip


def _drip(box: Postbox, moment: datetime) -> list[list[LetterDelivery]]:
    """One letter, and the next after a while: what waits is spread over the rest of the office day, unevenly."""
    if box.next_at is not None and moment < box.next_at:
        return []
    rows = _waiting(box, DRIPS_A_DAY)
    left = hours.closing(zone=box.timezone, closes=box.closes, moment=moment) - moment
    gap = min(max(left / max(len(rows), 1), DRIP_AT_LEAST), DRIP_AT_MOST)
    box.next_at = moment + gap * random.uniform(0.7, 1.3)  # noqa: S311 - spread, not secrecy
    return [rows[:1]] if rows else []


def _waiting(box: Postbox, most: int) -> list[LetterDelivery]:
    """The oldest letters that may leave. The act must still be confirmed: whoever took it back is not sent."""
    return list(
        db.session.scalars(
            select(LetterDelivery)
            .join(Letter, Letter.id == LetterDelivery.letter_id)
            .join(Action, Action.id == Letter.action_id)
            .where(
                LetterDelivery.target_id == box.target_id, LetterDelivery.state == "waiting",
                Action.state == "confirmed", Action.submission == Letter.submission,
            )
            .order_by(LetterDelivery.created_at, LetterDelivery.letter_id)
            .limit(most)
        )
    )  # fmt: skip


def parts(rows: list[LetterDelivery]) -> list[list[LetterDelivery]]:
    """A digest in mails of a bounded size. The same words are written once in a mail, so they count once."""
    found: list[list[LetterDelivery]] = []
    size, seen = 0, set[tuple[str, str]]()
    for row in sorted(rows, key=lambda row: (not row.letter.own, row.letter.body, row.created_at)):
        words = (row.letter.subject, row.letter.body)
        length = 60 if words in seen else 200 + len(words[1])
        if not found or len(seen) >= PART_LETTERS or size + length > PART_CHARACTERS:
            found.append([])
            size, seen = 0, set()
            length = 200 + len(words[1])
        found[-1].append(row)
        seen.add(words)
        size += length
    return found


def _post(box: Postbox, rows: list[LetterDelivery], *, reply_to: str) -> bool:
    """One mail with these letters. A mailbox that the outbox will not write to is as dead as one that bounced.

    Returns whether it is on its way.
    """
    address = (box.fallback if box.diverted_at else box.address) or ""
    envelope = Envelope(target_id=box.target_id, mailbox=addresses.fingerprint(address), letters=len(rows))
    db.session.add(envelope)
    db.session.flush()
    for row in rows:
        row.envelope_id, row.state = envelope.id, "under way"
    db.session.flush()
    first = box.greeted_at is None
    said = mails.letters(envelope, box, [row.letter for row in rows], to=address, first=first, reply_to=reply_to)
    if said == "queued":
        box.greeted_at = box.greeted_at or now()
        return True
    _undelivered(envelope)
    _dead(box, envelope.mailbox, SUPPRESSED)
    return False


def watch() -> int:
    """Write down what the outbox says of the mails under way, and mend what lost a letter. Returns how many."""
    _mend()
    rows = db.session.execute(
        _mailed(Delivery.state, Delivery.reply).where(Envelope.state == "open", Delivery.state.not_in(OPEN))
    ).all()
    for envelope, state, reply in rows:
        box = queries.postbox(envelope.target_id)
        if state == "sent":
            _close(envelope, "sent")
            _healthy(box, envelope)
        elif state == "unknown":  # it may have arrived, and twice would be worse than not at all
            _close(envelope, "unknown")
        elif state == "cancelled":
            take_back(envelope)
        else:
            _refused(box, envelope, reply if state == "failed" else SUPPRESSED)
    return len(rows)


def bounces() -> int:
    """Mails that were taken and came back later. Returns how many. Once an hour is soon enough for a digest a day."""
    came_back = _mailed(Delivery.returned, Delivery.reply).where(
        Envelope.state == "sent", ~Envelope.returned, Envelope.created_at > now() - BOUNCED_WITHIN,
        Delivery.returned.is_not(None),
    )  # fmt: skip
    rows = db.session.execute(came_back).all()
    for envelope, kind, reply in rows:
        envelope.returned = True
        box = queries.postbox(envelope.target_id)
        if kind == "hard":
            _undelivered(envelope)
            _dead(box, envelope.mailbox, reply)
        elif box is not None and envelope.mailbox == _mailbox(box):
            _note(box, "doubtful", "complaint" if kind == "complaint" else reply)
    return len(rows)


def _mailed(*columns: Any) -> Any:
    mailing = select(Mailing.id).where(Mailing.kind == mails.KIND).scalar_subquery()
    cause = cast(Envelope.id, Text) + "."
    return select(Envelope, *columns).join(
        Delivery, (Delivery.mailing_id == mailing) & (Delivery.recipient == cause)
    )  # fmt: skip


def _close(envelope: Envelope, state: str) -> None:
    envelope.state, envelope.settled_at = state, now()
    db.session.flush()
    _settle(LetterDelivery.envelope_id == envelope.id, state=state)
    if state != "sent":
        outbox.forget_cause(mails.KIND, envelope.cause)  # no letter stays in a mail that is over


def _refused(box: Postbox | None, envelope: Envelope, reply: str | None) -> None:
    """A mail server would not take it: is that about the address, or about the mail?"""
    if DEAD.search(reply or "") or PLAIN_REFUSAL.match(reply or "") or reply == SUPPRESSED:
        _undelivered(envelope)
        _dead(box, envelope.mailbox, reply)
        return
    _close(envelope, "failed")
    if box is not None and envelope.mailbox == _mailbox(box):
        _note(box, "doubtful", reply)


def _undelivered(envelope: Envelope) -> None:
    """It certainly did not arrive: the envelope failed, and its letters wait for another way."""
    _close(envelope, "failed")
    _wait_again(envelope)


def _wait_again(envelope: Envelope) -> None:
    db.session.execute(
        update(LetterDelivery)
        .where(LetterDelivery.envelope_id == envelope.id)
        .values(state="waiting", envelope_id=None, settled_at=None)
        .execution_options(synchronize_session=False)
    )
    box = queries.postbox(envelope.target_id)
    if box is not None:
        box.digest_day = None  # that day's digest has not arrived, so it may leave once more


def _dead(box: Postbox | None, mailbox: bytes, reply: str | None) -> None:
    """An address is dead: from here on the fallback, and without one everything waits until staff give another."""
    if box is None or mailbox != _mailbox(box):
        return
    if box.fallback and box.diverted_at is None:
        box.diverted_at, box.greeted_at = now(), None  # whoever reads the other mailbox has not heard who we are
        _note(box, "doubtful", reply)
    else:
        _note(box, "dead", reply)


def _mailbox(box: Postbox) -> bytes | None:
    return box.fallback_mailbox if box.diverted_at else box.mailbox


def _healthy(box: Postbox | None, envelope: Envelope) -> None:
    if box is not None and envelope.mailbox == _mailbox(box) and box.health != "good":
        _note(box, "good", None)


def _note(box: Postbox, health: str, words: str | None) -> None:
    """Health, with the server's words; never an address among them."""
    box.health, box.health_at = health, now()
    box.health_note = _MAILBOX.sub("…", words)[:300] if words else None


def take_back(envelope: Envelope) -> None:
    """A mail that has not left does not leave; its letters wait again. One on the line just now stays as it is."""
    outbox.forget_cause(mails.KIND, envelope.cause)
    state = db.session.scalar(
        _mailed(Delivery.state).with_only_columns(Delivery.state).where(Envelope.id == envelope.id)
    )
    if state not in ("cancelled", None):
        return
    _wait_again(envelope)
    db.session.delete(envelope)
    db.session.flush()


def _mend() -> None:
    """Mails under way that hold a letter which is gone, because its person was erased: the others go without it."""
    held = select(func.count()).where(LetterDelivery.envelope_id == Envelope.id).scalar_subquery()
    for envelope in db.session.scalars(select(Envelope).where(Envelope.state == "open", Envelope.letters != held)):
        take_back(envelope)
