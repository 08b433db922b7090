"""The verbs of the outbox: put a mail in, freeze and start a mailing, pause, resume, stop, suppress.

Nothing here talks to a mail server: `engine` does, from the workers.
"""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, case, func, literal, null, select, update
from sqlalchemy import type_coerce as coerce
from sqlalchemy.dialects.postgresql import insert

from campaigner.core import addresses
from campaigner.core import queue as wakeups
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.outbox import render, slots
from campaigner.outbox.models import OPEN, Delivery, Mailing, MailingEvent, Suppression, unsent

DRAIN = "campaigner.outbox.jobs.drain"
WHO = ("recipient", "mailbox", "address", "first_name", "language", "provider")
BLANK: dict[str, Any] = {"address": None, "first_name": None, "message": None, "reply": None}


def put(
    *,
    kind: str,
    cause: str,
    to: str,
    language: str,
    template: str,
    values: dict[str, Any],
    queue: str = "urgent",
    first_name: str | None = None,
    reply_to: str | None = None,
    headers: dict[str, str] | None = None,
    per_day: int | None = None,
) -> str:
    """Write one transactional mail into the ledger, in the transaction of its cause.

    (`kind`, `cause`) is the idempotency key. Returns "queued", "repeated" (that cause was here
    before), "quota" (the mailbox got `per_day` mails of this kind within 24 hours) or "suppressed".
    """
    mailbox = addresses.fingerprint(to)
    mailing_id = standing(kind, queue=queue)
    if _suppressed(mailbox):
        return "suppressed"
    if _known(mailing_id, cause):
        return "repeated"
    if per_day is not None and _recent(mailing_id, addresses.quota_fingerprint(to)) >= per_day:
        return "quota"
    message = _message(template, language, values, reply_to=reply_to, headers=headers)
    return _write(mailing_id, cause, mailbox, to, language, message, first_name=first_name, queue=queue)


def _message(template: str, language: str, values: dict[str, Any], **extra: Any) -> str:
    parts = render.parts(template, language=language, values=values)
    return json.dumps({"subject": parts.subject, "text": parts.text, "html": parts.html, **extra})


def _write(
    mailing_id: int,
    cause: str,
    mailbox: bytes,
    to: str,
    language: str,
    message: str,
    *,
    first_name: str | None,
    queue: str,
) -> str:
    row = insert(Delivery).values(
        mailing_id=mailing_id, recipient=cause, mailbox=mailbox, address=to, first_name=first_name, language=language,
        message=message, quota=addresses.quota_fingerprint(to), provider=addresses.provider(to),
    )  # fmt: skip
    written = db.session.execute(row.on_conflict_do_nothing().returning(Delivery.recipient)).first()
    if written is None:
        return "repeated"
    wakeups.nudge(DRAIN, mailing_id, queue=queue)
    return "queued"


def standing(kind: str, *, queue: str, policy: str = "resend") -> int:
    """The id of the mailing that all transactional mail of a kind belongs to. Made when first used."""
    found = db.session.scalar(select(Mailing.id).where(Mailing.kind == kind))
    if found is not None:
        return found
    row = insert(Mailing).values(kind=kind, queue=queue, state="sending", unknown_policy=policy, started_at=now())
    db.session.execute(row.on_conflict_do_nothing())
    return db.session.execute(select(Mailing.id).where(Mailing.kind == kind)).scalar_one()


def _known(mailing_id: int, cause: str) -> bool:
    return db.session.get(Delivery, (mailing_id, cause)) is not None


def _recent(mailing_id: int, quota: bytes) -> int:
    since = now() - timedelta(hours=24)
    query = select(func.count()).where(
        Delivery.quota == quota, Delivery.created_at > since, Delivery.mailing_id == mailing_id
    )
    return db.session.execute(query).scalar_one()


def _suppressed(mailbox: bytes) -> bool:
    query = select(Suppression.id).where(Suppression.mailbox == mailbox, Suppression.organisation_id == 0)
    return db.session.execute(query).first() is not None


def suppress(mailbox: bytes, *, reason: str, organisation_id: int = 0) -> None:
    """Never write to this mailbox again: for one organisation, or for anyone (0). Honoured within a send that runs."""
    row = insert(Suppression).values(mailbox=mailbox, organisation_id=organisation_id, reason=reason)
    db.session.execute(row.on_conflict_do_nothing())


def lift(mailbox: bytes, *, organisation_id: int) -> None:
    """Take back an unsubscription, because its person said yes again. A dead address or a complaint stays."""
    for row in db.session.scalars(
        select(Suppression).where(
            Suppression.mailbox == mailbox,
            Suppression.organisation_id == organisation_id,
            Suppression.reason == "unsubscribed",
        )
    ):
        db.session.delete(row)


def forget(mailbox: bytes, *, kinds: tuple[str, ...]) -> None:
    """A mailbox's people are erased: no alert and no service mail of these kinds goes there, no row says who it was.

    The fingerprint stays, so that the day's quota and a suppression still hold. Other service mail (an
    answer to a contact message) has its own reason to go.
    """
    theirs = select(Mailing.id).where(Mailing.kind.is_(None) | Mailing.kind.in_(kinds))
    _blank(Delivery.mailbox == mailbox, Delivery.mailing_id.in_(theirs))


def _blank(*theirs: ColumnElement[bool]) -> None:
    """Cancel what waits, and leave nothing personal in any of these rows.

    What is under way just now is UNKNOWN from here on: its worker may still write SENT over it, never
    put it back. Without an address nobody can send an UNKNOWN one again.
    """
    still_open = Delivery.state.in_(OPEN)
    ended = {
        "state": case((still_open, unsent("cancelled")), else_=Delivery.state),
        "settled_at": case((still_open, func.clock_timestamp()), else_=Delivery.settled_at),
    }
    db.session.execute(update(Delivery).where(*theirs).values(**ended, **BLANK))


def spare(recipient: str, *, organisation_id: int) -> None:
    """This person said no: alerts of this organisation that still wait for them are not sent."""
    running = select(Mailing.id).where(
        Mailing.kind.is_(None),
        Mailing.organisation_id == organisation_id,
        Mailing.state.in_(("sending", "paused", "done")),
    )
    theirs = (Delivery.mailing_id.in_(running), Delivery.recipient == recipient)
    uncertain = Delivery.state.in_(("inflight", "unknown"))
    db.session.execute(
        update(Delivery)
        .where(*theirs, Delivery.state.in_((*OPEN, "unknown")))
        .values(
            state=case((uncertain, "unknown"), else_=unsent("suppressed")),
            settled_at=func.clock_timestamp(),
            worker=case((uncertain, Delivery.worker)),
            address=case((uncertain, None), else_=coerce(Delivery.address, LargeBinary)),
        )
    )


def forget_recipient(recipient: str) -> None:
    """One person of a mailbox is erased: no alert goes to them any more, and no row says who they were."""
    alerts = select(Mailing.id).where(Mailing.kind.is_(None))
    _blank(Delivery.mailing_id.in_(alerts), Delivery.recipient == recipient)


def forget_cause(kind: str, cause: str) -> None:
    """The cause of a service mail is gone: what waits under it (or a turn of it) is not sent, and says nothing more."""
    mailing_id = db.session.scalar(select(Mailing.id).where(Mailing.kind == kind))
    _blank(Delivery.mailing_id == mailing_id, Delivery.recipient.startswith(cause, autoescape=True))


def expire(*, service_mail: timedelta = timedelta(days=30), alerts: timedelta = timedelta(days=90)) -> int:
    """Blank out addresses, names and texts of mail that was settled long ago. Returns how many rows."""
    standing_ones = select(Mailing.id).where(Mailing.kind.is_not(None))
    settled = (Delivery.address.is_not(None), Delivery.state.not_in(OPEN))
    late = (
        (Delivery.mailing_id.in_(standing_ones), Delivery.settled_at < now() - service_mail),
        (Delivery.mailing_id.not_in(standing_ones), Delivery.settled_at < now() - alerts),
    )
    results: list[Any] = [db.session.execute(update(Delivery).where(*settled, *each).values(**BLANK)) for each in late]
    return sum(result.rowcount for result in results)


def draft_mailing(*, organisation_id: int, unknown_policy: str = "hold") -> Mailing:
    """A mailing without content or recipients, on the bulk queue."""
    mailing = Mailing(queue="bulk", organisation_id=organisation_id, unknown_policy=unknown_policy)
    db.session.add(mailing)
    db.session.flush()
    return mailing


def set_content(mailing_id: int, content: dict[str, dict[str, str]]) -> None:
    """What it says: subject, text and html with slots. Raises ValueError for an unknown slot.

    By language, `nl`; or by language and variant, `nl/b`, for whoever was frozen with that variant.
    """
    for words in content.values():
        for part in ("subject", "text", "html"):
            slots.check(words[part])
    in_state(mailing_id, "draft").content = content


def freeze(mailing_id: int, audience: Select[Any]) -> int:
    """Write a READY row for everyone in `audience`, once; return how many there are.

    `audience` selects recipient (text), mailbox, address, first_name, language, provider, by position; it
    may also select `variant` (text) and `not_before` (when it may leave; HELD_BACK: once somebody decides),
    by name. One statement in the database: no name or address is decrypted for it. Later joiners are out.
    """
    mailing = in_state(mailing_id, "draft")
    chosen = audience.subquery().c
    at = func.clock_timestamp()
    rows = select(
        literal(mailing_id), *list(chosen)[: len(WHO)], chosen.get("variant", literal("")),
        func.coalesce(chosen.get("not_before", null()), at), literal("ready"), literal(0), at,
    )  # fmt: skip
    # A million people are sorted by their mailbox: in memory if it has that much, for this transaction alone.
    db.session.execute(select(func.set_config("work_mem", "256MB", True)))
    columns = ["mailing_id", *WHO, "variant", "not_before", "state", "attempts", "created_at"]
    db.session.execute(select(func.set_config("statement_timeout", "15min", True)))  # it may take its time
    everyone = insert(Delivery).from_select(columns, rows).on_conflict_do_nothing()
    frozen: Any = db.session.execute(everyone.execution_options(preserve_rowcount=True))
    mailing.total += frozen.rowcount
    note(mailing_id, "frozen", str(mailing.total))
    return mailing.total


def start(mailing_id: int) -> None:
    """Let it go out. Raises Conflict when it already did."""
    mailing = in_state(mailing_id, "draft")
    mailing.state, mailing.started_at = "sending", now()
    note(mailing_id, "started")
    wakeups.nudge(DRAIN, mailing_id, queue=mailing.queue)


def pause(mailing_id: int, reason: str = "") -> None:
    """Hold it: the epoch goes up, so a worker stops before its next group."""
    mailing = in_state(mailing_id, "sending")
    mailing.state, mailing.reason, mailing.epoch = "paused", reason or None, mailing.epoch + 1
    note(mailing_id, "paused", reason)


def resume(mailing_id: int) -> None:
    """Go on where it was held."""
    mailing = in_state(mailing_id, "paused")
    mailing.state, mailing.reason, mailing.epoch = "sending", None, mailing.epoch + 1
    note(mailing_id, "resumed")
    wakeups.nudge(DRAIN, mailing_id, queue=mailing.queue)


def cancel(mailing_id: int) -> None:
    """Stop it for good: whatever was not offered to a mail server is cancelled."""
    mailing = in_state(mailing_id, "sending", "paused")
    mailing.state, mailing.epoch, mailing.done_at = "cancelled", mailing.epoch + 1, now()
    waiting = Delivery.state.in_(("ready", "claimed", "deferred"))
    move(mailing_id, waiting, state=unsent("cancelled"), settled_at=now())
    note(mailing_id, "cancelled")


def send_test(
    *, cause: str, to: str, first_name: str | None, language: str, content: dict[str, str], unsubscribe: str
) -> str:
    """Send one person the mail as the audience would get it, outside the ledger of the mailing itself.

    Its button leads to the page that is the same for everyone.
    """
    values = {"voornaam": first_name or "", "afmelden": unsubscribe, "knop": content.get("button_url", unsubscribe)}
    message = json.dumps(
        {
            "subject": slots.fill(content["subject"], values, "header"),
            "text": slots.fill(content["text"], values, "text"),
            "html": slots.fill(content["html"], values, "html"),
            "from_name": content.get("from_name"),
        }
    )
    mailing_id = standing("alerts.test", queue="urgent")
    return _write(
        mailing_id, cause, addresses.fingerprint(to), to, language, message, first_name=first_name, queue="urgent"
    )


def finish(mailing_id: int) -> bool:
    """Mark an alert's mailing done when nothing of it is open. Returns whether it was marked now.

    Locked first: staff may be sending uncertain mails again, and what they put back must be seen.
    """
    db.session.execute(select(Mailing.id).where(Mailing.id == mailing_id).with_for_update())
    open_rows = select(Delivery.recipient).where(Delivery.mailing_id == mailing_id, Delivery.state.in_(OPEN)).exists()
    done = db.session.execute(
        update(Mailing)
        .where(Mailing.id == mailing_id, Mailing.kind.is_(None), Mailing.state == "sending", ~open_rows)
        .values(state="done", done_at=now())
        .returning(Mailing.id)
    ).first()
    if done:
        note(mailing_id, "done")
    return done is not None


def note(mailing_id: int, what: str, detail: str = "") -> None:
    """One line in the mailing's log."""
    db.session.add(MailingEvent(mailing_id=mailing_id, what=what, detail=detail))


def move(mailing_id: int, condition: Any, **values: Any) -> int:
    """Change those deliveries of a mailing; return how many."""
    moved = db.session.execute(update(Delivery).where(Delivery.mailing_id == mailing_id, condition).values(**values))
    return int(moved.rowcount)  # type: ignore[attr-defined]


def in_state(mailing_id: int, *states: str) -> Mailing:
    """The mailing, locked, if it is in one of these states. Raises Conflict otherwise."""
    mailing = db.session.get(Mailing, mailing_id, with_for_update=True, populate_existing=True)
    if mailing is None or mailing.state not in states:
        raise Conflict(_l("This mailing is not in a state that allows it. Load the page again to see where it stands."))
    return mailing
