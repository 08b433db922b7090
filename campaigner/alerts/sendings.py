"""Reads about a send that left: everything its page says, what it brought, and who the uncertain ones are.

The numbers that move come from the ledger's counters; nothing here counts deliveries while a send runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast, distinct, exists, func, select

from campaigner.actions.models import Action
from campaigner.alerts import chart, paces
from campaigner.alerts.models import Alert
from campaigner.campaigns.models import Ask
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.places import town
from campaigner.outbox import queries as ledger
from campaigner.outbox import relays
from campaigner.outbox.claims import CAPPED
from campaigner.outbox.models import Delivery, Mailing, MailingEvent, Suppression
from campaigner.spelling import Cap
from campaigner.staff.models import Account, AuditEvent
from campaigner.supporters.models import Supporter

AFTER = timedelta(days=14)  # how long after the start what happens is put beside the send
PRESSED = {
    "alert sent": "started", "alert paused": "paused", "alert resumed": "resumed", "alert stopped": "cancelled",
    "alert text chosen": "text chosen",
    "alert uncertain resent": "unknown resent", "alert uncertain accepted": "unknown accepted",
}  # fmt: skip
SAME = timedelta(seconds=10)  # between a line of the log and its line in the audit trail


@dataclass(frozen=True, slots=True)
class Sending:
    """Where a send stands, all of it."""

    progress: ledger.Progress
    rows: Sequence[paces.Row]
    notes: Sequence[paces.Note]  # about everything
    provider_notes: Sequence[paces.Note]
    still: bool  # no mail server takes anything just now
    accepted: int  # delivered because staff decided so, no mail server said it
    chart: chart.Chart | None
    log: Sequence[tuple[MailingEvent, str]]  # newest first, with the name of whoever pressed the button


@dataclass(frozen=True, slots=True)
class After:
    """What happened since it left, within two weeks. None of it says that the alert is why."""

    acted: int  # recipients who did something on any campaign
    unsubscribed: int
    bounced: int
    complaints: int
    capped: int  # left out, because they had enough alerts
    cap: Cap | None  # what is enough, as it is set today


@dataclass(frozen=True, slots=True)
class Person:
    """All that a list of uncertain ones says of somebody: an initial and a place."""

    initial: str
    town: str
    country: str


def standing(mailing_id: int, *, settings: Settings, alert_id: int) -> Sending:
    """Where the send stands. Raises NoResultFound."""
    progress = ledger.progress(mailing_id)
    names = [relay.name for relay in relays.all_of(settings)]
    limits = ledger.paces_in_force()
    moving = progress.state in ("sending", "paused")
    still = moving and paces.whole(limits, names) is not None
    rows = paces.table(ledger.providers(mailing_id), progress, still=still)
    goes = progress.state == "sending" and progress.open > 0
    return Sending(
        progress=progress,
        rows=rows,
        notes=paces.notes(limits, names) if goes else [],
        provider_notes=paces.provider_notes(rows) if goes and not still else [],
        still=still,
        accepted=ledger.accepted(mailing_id) if progress.sent else 0,
        chart=chart.draw(ledger.pulse(mailing_id, minutes=chart.MINUTES), until=now() if moving else None),
        log=_log(ledger.events(mailing_id), alert_id),
    )


def _log(events: Sequence[MailingEvent], alert_id: int) -> list[tuple[MailingEvent, str]]:
    """The ledger's log, with a name where somebody pressed a button."""
    pressed = _pressed(alert_id, events[0].at) if events else ()

    def by(event: MailingEvent) -> str:
        same = (name for what, at, name in pressed if what == event.what and abs(at - event.at) < SAME)
        return next(same, "")

    return [(event, by(event)) for event in events]


@lru_cache(maxsize=32)
def _pressed(alert_id: int, newest: datetime) -> tuple[tuple[str, datetime, str], ...]:
    """Who pressed what and when: from the audit trail, written in the same transaction as the line of the log.

    Kept until the log has a newer line, because the trail is long and a page that follows a send asks every second.
    """
    query = (
        select(AuditEvent.what, AuditEvent.at, Account)
        .join(Account, Account.id == AuditEvent.account_id)
        .where(AuditEvent.about == f"alert:{alert_id}", AuditEvent.what.in_(PRESSED))
        .order_by(AuditEvent.id.desc())
        .limit(50)
    )
    return tuple((PRESSED[what], at, account.name) for what, at, account in db.session.execute(query))


def after(alert: Alert, *, settings: Settings) -> After:
    """What happened since the alert left. Looks at deliveries one by one: for a page, not for every second."""
    assert alert.mailing_id is not None
    since = db.session.execute(select(Mailing.started_at).where(Mailing.id == alert.mailing_id)).scalar_one()
    if since is None:
        return After(0, 0, 0, 0, 0, settings.mail_cap)
    until = since + AFTER
    reached = (Delivery.mailing_id == alert.mailing_id, Delivery.state == "sent")
    acted = select(func.count(distinct(Action.supporter_id))).where(
        Action.ask_id.in_(select(Ask.id)),
        Action.state == "confirmed",
        Action.confirmed_at.between(since, until),
        exists().where(*reached, Delivery.recipient == cast(Action.supporter_id, Text)),
    )
    gone = select(func.count()).where(
        Suppression.organisation_id.in_([0, alert.organisation_id]),
        Suppression.reason == "unsubscribed",
        Suppression.created_at.between(since, until),
        exists().where(Delivery.mailing_id == alert.mailing_id, Delivery.mailbox == Suppression.mailbox),
    )
    back = (
        select(Delivery.returned, func.count().label("number"))
        .where(Delivery.mailing_id == alert.mailing_id, Delivery.returned.is_not(None))
        .group_by(Delivery.returned)
    )
    capped = select(func.count()).where(
        Delivery.mailing_id == alert.mailing_id, Delivery.state == "suppressed", Delivery.reply == CAPPED
    )
    returned = {row.returned: row.number for row in db.session.execute(back)}
    return After(
        acted=db.session.execute(acted).scalar_one(),
        unsubscribed=db.session.execute(gone).scalar_one(),
        bounced=returned.get("hard", 0) + returned.get("soft", 0),
        complaints=returned.get("complaint", 0),
        capped=db.session.execute(capped).scalar_one(),
        cap=settings.mail_cap,
    )


def people(recipients: Sequence[str], *, language: str) -> dict[str, Person]:
    """Recipient -> who that is, as far as a list may say. Whoever is erased is not in it."""
    ids = [int(recipient) for recipient in recipients if recipient.isdecimal() and len(recipient) < 19]
    columns: tuple[Any, ...] = (Supporter.id, Supporter.first_name, Supporter.country, Supporter.postcode)
    return {
        str(id_): Person(first_name[:1].upper(), town(country, postcode, language), country)
        for id_, first_name, country, postcode in db.session.execute(select(*columns).where(Supporter.id.in_(ids)))
    }
