"""Reads about the people of an alert that its checks need: whom it leaves out, who had a mail lately, long names.

Built from the audience as the freeze takes it; no name or address is decrypted for any of them.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import LargeBinary, func, select
from sqlalchemy import type_coerce as coerce

from campaigner.alerts import queries
from campaigner.alerts.models import Alert
from campaigner.config import LANGUAGES
from campaigner.core.clock import now
from campaigner.core.crypto import NONCE
from campaigner.core.db import db
from campaigner.outbox.models import Delivery, Mailing

TAG = 16  # bytes that AES-GCM adds to what it encrypts
LATELY = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Around:
    """What the numbers around an alert say."""

    unspoken: dict[str, int] = field(default_factory=dict)  # language -> people who get nothing, as it is not written
    lately: int = 0  # people of the audience who had an alert within LATELY
    most: int | None = None  # recipients of the largest alert of this sender so far; None: this is the first


def look(alert: Alert, *, closely: bool = True) -> Around:
    """The numbers around it. `closely`: also who had a mail lately, which looks at deliveries."""
    return Around(unspoken(alert), lately(alert) if closely else 0, most(alert))


def unspoken(alert: Alert) -> dict[str, int]:
    """How many would get it in each language that it is not written in, but for those that were left out on purpose."""
    missing = [code for code in LANGUAGES if code not in alert.languages and code not in alert.skips]
    if not missing:
        return {}
    people = queries.audience(alert, languages=LANGUAGES).subquery()
    counted = select(people.c.language, func.count()).where(people.c.language.in_(missing)).group_by(people.c.language)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def lately(alert: Alert) -> int:
    """How many of its people were in an alert of any sender that left within the last days."""
    recent = list(db.session.scalars(
        select(Mailing.id).where(
            Mailing.kind.is_(None), Mailing.started_at > now() - LATELY, Mailing.state != "cancelled",
            Mailing.id.is_distinct_from(alert.mailing_id),
        )
    ))  # fmt: skip
    if not recent:
        return 0
    people = queries.audience(alert).subquery()
    had = select(Delivery.mailbox).where(Delivery.mailing_id.in_(recent)).subquery()
    query = select(func.count()).select_from(people).where(people.c.mailbox.in_(select(had.c.mailbox)))
    return db.session.execute(query).scalar_one()


def most(alert: Alert) -> int | None:
    """The recipients of this sender's largest alert before."""
    theirs = (Mailing.kind.is_(None), Mailing.organisation_id == alert.organisation_id, Mailing.state != "draft")
    others = Mailing.id.is_distinct_from(alert.mailing_id)
    return db.session.scalar(select(func.max(Mailing.total)).where(*theirs, others))


def longest_name(alert: Alert) -> int:
    """Bytes of the longest first name among its people: known from the length of the ciphertext."""
    people = queries.audience(alert).subquery()
    name: Any = coerce(people.c.first_name, LargeBinary)
    overhead = func.get_byte(name, 0) + 1 + NONCE + TAG
    with_name = select(func.max(func.octet_length(name) - overhead)).select_from(people)
    return db.session.scalar(with_name.where(people.c.first_name.is_not(None))) or 0
