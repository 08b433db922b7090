"""Two people for a large alert: one asks, another one releases, and what was asked for is exactly what goes.

The number from which two are needed is an administrator's choice. A release names a hash over everything
that decides what leaves and to whom: change a comma, a language or the rule, and it has to be asked again.
"""

import json
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigner.alerts.models import WORDS, Alert, AlertRelease, AlertRules
from campaigner.alerts.writing import OWN, open_draft
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict
from campaigner.core.i18n import lazy_gettext as _l


class NotReleased(Conflict):
    """A second person has to release it first."""


class ChangedSince(Conflict):
    """What would leave is not what the page showed."""

    def __init__(self) -> None:
        super().__init__(_l("The alert was changed while you were looking. Read it once more; nothing has left."))


def digest(alert: Alert) -> str:
    """A hash over its words in every language, what it is tried against, its sender, its button and whom it is for."""
    row = {column.key: getattr(alert, column.key) for column in Alert.__table__.columns if column.key not in OWN}
    said = [[text.language, *(getattr(text, name) for name in WORDS)] for text in alert.texts]
    trial = [alert.trial.share, alert.trial.hours, alert.trial.texts] if alert.trial else []
    whole = json.dumps([row, sorted(said), trial], sort_keys=True, ensure_ascii=False, default=str)
    return sha256(whole.encode()).hexdigest()


def two_people_from() -> int | None:
    """From how many recipients on a second person releases; None: never."""
    rules = db.session.get(AlertRules, 1)
    return rules.two_people_from if rules else None


def needs_two(people: int) -> bool:
    """Whether an alert to so many needs a second person."""
    limit = two_people_from()
    return limit is not None and people >= limit


def decide(*, two_people_from: int | None) -> None:
    """Set that number, or None for never."""
    row: Any = insert(AlertRules).values(id=1, two_people_from=two_people_from)
    row = row.on_conflict_do_update(index_elements=["id"], set_={"two_people_from": two_people_from})
    db.session.execute(row)
    db.session.expire_all()


def asked(alert: Alert) -> AlertRelease | None:
    """The question that stands about this alert as it is now; None when nobody asked, or it was changed since."""
    row = db.session.get(AlertRelease, alert.id)
    return row if row is not None and row.released_at is None and row.digest == digest(alert) else None


def stale(alert: Alert) -> bool:
    """Whether somebody asked, and it was changed since."""
    row = db.session.get(AlertRelease, alert.id)
    return row is not None and row.released_at is None and row.digest != digest(alert)


def ask(alert_id: int, *, by: int, people: int, policy: str, seen: str) -> AlertRelease:
    """Ask a colleague to release it. Asking again takes the place of what was asked before.

    `seen` is the digest of what the page showed. Raises NotFound, AlreadySent, ChangedSince.
    """
    alert = open_draft(alert_id)
    if seen != digest(alert):
        raise ChangedSince
    fresh = {"digest": seen, "people": people, "policy": policy, "asked_by": by, "asked_at": now()}
    fresh |= {"released_by": None, "released_at": None}  # one that was planned and taken out was released once
    row = db.session.get(AlertRelease, alert_id)
    if row is None:
        row = AlertRelease(alert_id=alert_id, **fresh)
        db.session.add(row)
    for name, value in fresh.items():
        setattr(row, name, value)
    db.session.flush()
    return row


def take_away(alert_id: int) -> None:
    """Take the question back. Harmless when nobody asked."""
    row = db.session.get(AlertRelease, alert_id)
    if row is not None and row.released_at is None:
        db.session.delete(row)


def clear(alert: Alert, *, people: int, by: int | None) -> AlertRelease | None:
    """Let it pass, inside the transaction that sends it; returns the question that was answered, if one was needed.

    Raises NotReleased when a second person has to look first, or when the one who asked is the one who presses.
    """
    if not needs_two(people):
        return None
    row = asked(alert)
    if row is None:
        raise NotReleased(_l("So many people need a second pair of eyes. Ask a colleague to release it."))
    if by is None or row.asked_by == by:
        raise NotReleased(_l("You asked for it yourself: somebody else releases it."))
    row.released_by, row.released_at = by, now()
    return row


def stands(alert: Alert, *, people: int) -> bool:
    """Whether an alert that was planned may still leave: one person is enough, or two released exactly this."""
    if not needs_two(people):
        return True
    row = db.session.get(AlertRelease, alert.id)
    return row is not None and row.released_at is not None and row.digest == digest(alert)


def waiting() -> list[AlertRelease]:
    """Every question that stands, the oldest first."""
    rows = select(AlertRelease).join(Alert, Alert.id == AlertRelease.alert_id)
    rows = rows.where(AlertRelease.released_at.is_(None), Alert.mailing_id.is_(None))
    return list(db.session.scalars(rows.order_by(AlertRelease.asked_at)))
