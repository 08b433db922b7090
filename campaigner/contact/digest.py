"""Once a day: what lies in quarantine since the last such mail, so that a wrong guess waits a day at most.

The mail holds numbers, topics and points, nothing that a sender wrote: each link opens the message.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from campaigner.contact.models import ContactMessage
from campaigner.contact.topics import TOPICS
from campaigner.core.clock import today
from campaigner.core.db import db
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, Mailing

KIND = "contact.digest"
AT_MOST = 40  # lines in one mail


@dataclass(frozen=True, slots=True)
class Line:
    """One message in quarantine."""

    id: int
    reference: str
    topic: str
    score: int


def write(*, to: str, language: str, since: datetime) -> str:
    """Put today's mail into the outbox, once. Returns what the outbox said, or "nothing" when nothing came.

    `since`: how far it looks back at most, where no such mail was written before.
    """
    earlier = select(func.max(Delivery.created_at)).join(Mailing, Mailing.id == Delivery.mailing_id)
    last = db.session.execute(earlier.where(Mailing.kind == KIND)).scalar()
    lines = quarantined(since=max(filter(None, (last, since))))
    if not lines:
        return "nothing"
    return outbox.put(
        kind=KIND,
        cause=today().isoformat(),
        to=to,
        language=language,
        template="contact/mails/digest",
        values={
            "number": len(lines),
            "more": max(0, len(lines) - AT_MOST),
            "lines": [
                {"id": line.id, "reference": line.reference, "label": TOPICS[line.topic].label, "score": line.score}
                for line in lines[:AT_MOST]
            ],
        },
        queue="default",
        headers={"Auto-Submitted": "auto-generated"},
    )


def quarantined(*, since: datetime) -> list[Line]:
    """What came since then and lies there now: urgent topics first, then the least suspicious, where mistakes are."""
    query = select(ContactMessage.id, ContactMessage.reference, ContactMessage.topic, ContactMessage.score)
    query = query.where(ContactMessage.state == "quarantine", ContactMessage.created_at > since)
    order = (ContactMessage.urgent.desc(), ContactMessage.score, ContactMessage.id)
    return [Line(row[0], row[1], row[2], row[3] or 0) for row in db.session.execute(query.order_by(*order))]
