"""Deliveries as a test needs them, and what is known of a mailbox afterwards."""

import itertools
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from campaigner.config import Settings
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.mailroom import service
from campaigner.mailroom.models import InboundMail
from campaigner.organisations import queries as organisations
from campaigner.outbox import message, verp
from campaigner.outbox.models import Delivery, Mailing, Suppression
from tests.mailroom import samples

_recipients = itertools.count(1)


def sent(
    to: str = samples.TO, *, state: str = "sent", alert: bool = True, language: str = "fr", days_ago: float = 1,
    **more: Any,
) -> Delivery:  # fmt: skip
    """A delivery of a mailing of its own, committed."""
    mailing = Mailing(
        kind=None if alert else f"test.{next(_recipients)}", queue="bulk", state="sending",
        organisation_id=organisations.host().id if alert else None,
    )  # fmt: skip
    db.session.add(mailing)
    db.session.flush()
    at = now() - timedelta(days=days_ago)
    row = Delivery(
        mailing_id=mailing.id, recipient=str(next(_recipients)), mailbox=addresses.fingerprint(to), address=to,
        language=language, state=state, attempts=1, created_at=at, offered_at=at, **more,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


def token(of: Delivery, purpose: str = "b") -> str:
    """The address that names it."""
    sealed = verp.seal(of.mailing_id, of.recipient, purpose, "bounces@fos.example")
    assert sealed
    return sealed


def message_id(of: Delivery, settings: Settings) -> str:
    """Its Message-ID."""
    return message.message_id(settings, mailing_id=of.mailing_id, recipient=of.recipient)


def arrives(
    raw: bytes, *, settings: Settings, recipient: str = "bounces@fos.example", sender: str | None = "",
    door: str = "lmtp",
) -> tuple[str | None, str | None]:  # fmt: skip
    """Take a mail in, sort it, and say what it was and what followed."""
    with transaction():
        service.take_in(raw, recipient=recipient, sender=sender, door=door)
    sort(settings)
    row = db.session.scalars(select(InboundMail).order_by(InboundMail.id.desc()).limit(1)).one()
    return row.kind, row.outcome


def comes_back(name: str, of: Delivery, *, settings: Settings, to: str = samples.TO, **more: Any) -> tuple[Any, Any]:
    """A sample about that delivery arrives at its address."""
    raw = samples.mail(name, to=to, verp=token(of), message_id=message_id(of, settings))
    return arrives(raw, settings=settings, **{"recipient": token(of), **more})


def sort(settings: Settings) -> None:
    """Do what the job does, until nothing is due."""
    while True:
        with transaction():
            mail_id = service.claim()
        if mail_id is None:
            return
        with transaction():
            service.handle(mail_id, settings=settings)


def shut(to: str = samples.TO) -> set[tuple[int, str]]:
    """(organisation, reason) of everything that shuts a mailbox."""
    query = select(Suppression.organisation_id, Suppression.reason)
    rows = db.session.execute(query.where(Suppression.mailbox == addresses.fingerprint(to)))
    return {(row[0], row[1]) for row in rows}


def all_shut() -> int:
    """How many mailboxes are shut at all."""
    return len(db.session.scalars(select(Suppression)).all())


def fresh(of: Delivery) -> Delivery:
    """The row as it is now."""
    db.session.refresh(of)
    return of
