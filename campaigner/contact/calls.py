"""Calls to the operator's own channel (chat, pager, telephone) about messages that cannot wait: CONTACT_WEBHOOK_URL.

A call is owed in the transaction that routes its message and made by a job, never while somebody
waits. It carries the number, the topic and a link, and nothing about the sender. Signed as
standardwebhooks.com says, with the same webhook-id on every try, so that the other side can tell them apart.
"""

import http.client
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from standardwebhooks import Webhook

from campaigner.config import Settings
from campaigner.contact.models import ContactCall, ContactMessage
from campaigner.core import queue
from campaigner.core.clock import now
from campaigner.core.db import db

CALL = "campaigner.contact.jobs.call"
PATIENCE = 5.0  # seconds for an answer
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
GIVE_UP = timedelta(days=3)
TROUBLE = (OSError, http.client.HTTPException)


class NotTaken(Exception):
    """The other side did not say 2xx, or said nothing. The message is fit for a log: no address, no body."""


def owe(message_id: int) -> None:
    """Note that a call is to be made, once for each message, and wake whoever makes it."""
    row = insert(ContactCall).values(message_id=message_id).on_conflict_do_nothing()
    if db.session.execute(row.returning(ContactCall.message_id)).first():
        queue.nudge(CALL, queue="default")


def claim() -> int | None:
    """The next call, its try counted; the next one comes in 10 s, 40 s, 3 min ... 1 hour. None: nothing is due."""
    due = select(ContactCall.message_id).where(*_open(), ContactCall.next_at <= func.clock_timestamp())
    due = due.order_by(ContactCall.next_at).limit(1).with_for_update(skip_locked=True)
    wait = func.least(func.power(4, func.least(ContactCall.tries, 6)) * FIRST_WAIT, LONGEST_WAIT)
    taken = (
        update(ContactCall)
        .where(ContactCall.message_id.in_(due.scalar_subquery()))
        .values(tries=ContactCall.tries + 1, next_at=func.clock_timestamp() + wait)
        .returning(ContactCall.message_id)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(taken).scalar()


def written(message_id: int, settings: Settings) -> tuple[bytes, dict[str, str]] | None:
    """The call as it goes over the wire: body and headers. None when its message is gone."""
    message = db.session.get(ContactMessage, message_id)
    if message is None:
        return None
    link = f"{settings.public_url}/staff/inbox/{message.id}"
    words = {"reference": message.reference, "topic": message.topic, "state": message.state, "url": link}
    moment = datetime.now(UTC).replace(microsecond=0)
    body = json.dumps({"type": "contact.urgent", "timestamp": moment.isoformat(), "data": words})
    headers = {"Content-Type": "application/json", "webhook-id": f"contact-{message.reference}",
               "webhook-timestamp": str(int(moment.timestamp())), "User-Agent": "Campaigner"}  # fmt: skip
    if settings.contact_webhook_secret:
        sign = Webhook(settings.contact_webhook_secret).sign
        headers["webhook-signature"] = sign(msg_id=headers["webhook-id"], timestamp=moment, data=body)
    return body.encode(), headers


def make(url: str, body: bytes, headers: dict[str, str]) -> None:
    """POST it. Outside any transaction; follows no redirect. Raises NotTaken."""
    target = urlsplit(url)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    line = kind(target.hostname or "", target.port, timeout=PATIENCE)
    try:
        line.request("POST", f"{target.path or '/'}{'?' + target.query if target.query else ''}", body, headers)
        status = line.getresponse().status
    except TROUBLE as error:
        raise NotTaken(type(error).__name__) from error
    finally:
        line.close()
    if not 200 <= status < 300:
        raise NotTaken(f"HTTP {status}")


def taken(message_id: int) -> None:
    """It was answered with 2xx."""
    _note(message_id, called_at=now(), error=None)


def failed(message_id: int, reason: str) -> None:
    """It was not; after three days it is given up, and staff see that."""
    old = db.session.execute(select(ContactCall.created_at).where(ContactCall.message_id == message_id)).scalar()
    late = old is not None and old < now() - GIVE_UP
    _note(message_id, error=reason[:300], given_up_at=now() if late else None)


def _note(message_id: int, **values: object) -> None:
    db.session.execute(update(ContactCall).where(ContactCall.message_id == message_id, *_open()).values(**values))


def due() -> bool:
    """Whether a call should be made now."""
    query = select(ContactCall.message_id).where(*_open(), ContactCall.next_at <= func.clock_timestamp())
    return db.session.execute(query.limit(1)).first() is not None


def in_trouble() -> int:
    """How many calls failed three times or were given up, about messages of the last days."""
    failing = ContactCall.called_at.is_(None) & ((ContactCall.tries >= 3) | ContactCall.given_up_at.is_not(None))
    recent = ContactCall.created_at > now() - 2 * GIVE_UP
    return db.session.execute(select(func.count()).select_from(ContactCall).where(failing, recent)).scalar_one()


def _open() -> tuple[ColumnElement[bool], ...]:
    return (ContactCall.called_at.is_(None), ContactCall.given_up_at.is_(None))
