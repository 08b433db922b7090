"""Reads for the page about all mail that leaves: the standing mailings, alerts under way, limits, shut mailboxes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, union_all

from campaigner.alerts import paces
from campaigner.alerts.models import Alert
from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import NotFound
from campaigner.core.i18n import gettext as _
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.models import Organisation
from campaigner.outbox import queries as ledger
from campaigner.outbox import relays
from campaigner.outbox.models import DeliveryCount, DeliveryEntry, Mailing, Pace, Pulse, Suppression

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Line:
    """One standing mailing: what there is of each state now, and what came into it within the last day."""

    mailing: Mailing
    now: dict[str, int] = field(default_factory=dict)
    day: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """One pace, with its words. `pace` is None for a mail server that nothing holds back."""

    label: Any
    pace: Pace | None
    stand: str  # "resting", "slowed", "limited" or "free"


def lines() -> list[Line]:
    """Every standing mailing with its numbers, in three statements however many there are."""
    mailings = ledger.standing()
    ids = [mailing.id for mailing in mailings]
    present, lately = _numbers(ids), _lately(ids)
    return [Line(mailing, present[mailing.id], lately[mailing.id]) for mailing in mailings]


def _numbers(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    each = union_all(
        *(
            select(table.mailing_id, table.state, table.number).where(table.mailing_id.in_(ids))
            for table in (DeliveryCount, DeliveryEntry)
        )
    ).subquery()
    query = select(each.c.mailing_id, each.c.state, func.sum(each.c.number)).group_by(each.c.mailing_id, each.c.state)
    return _by_mailing(query)


def _lately(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    query = (
        select(Pulse.mailing_id, Pulse.state, func.sum(Pulse.number))
        .where(Pulse.mailing_id.in_(ids), Pulse.minute > now() - DAY)
        .group_by(Pulse.mailing_id, Pulse.state)
    )
    return _by_mailing(query)


def _by_mailing(query: Any) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for mailing_id, state, number in db.session.execute(query):
        found[mailing_id][state] = int(number)
    return found


def under_way() -> Sequence[Alert]:
    """Alerts that go out now or are held, the newest first."""
    query = select(Alert).join(Mailing, Mailing.id == Alert.mailing_id).where(Mailing.state.in_(("sending", "paused")))
    return db.session.scalars(query.order_by(Alert.id.desc()).limit(20)).all()


def limits(settings: Settings) -> list[Limit]:
    """Every mail server, and whatever else is held back: the whole first, then servers, then providers."""
    known = {pace.key: pace for pace in ledger.paces_in_force()}
    servers = [f"relay:{relay.name}" for relay in relays.all_of(settings)]
    providers = sorted(key for key in known if key.startswith("provider:"))
    keys = [*(["all"] if "all" in known else []), *servers, *providers]
    names = {servers[0]: _("The mail server")} if len(servers) == 1 else {}
    return [Limit(names.get(key) or paces.label(key), known.get(key), _stand(known.get(key))) for key in keys]


def _stand(pace: Pace | None) -> str:
    if paces.resting(pace):
        return "resting"
    if paces.slowed(pace):
        return "slowed"
    return "limited" if pace is not None and pace.rate is not None else "free"


def service_mailing(mailing_id: int) -> Mailing:
    """A standing mailing. Raises NotFound, also for an alert's."""
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None or mailing.kind is None:
        raise NotFound(_l("There is no such kind of mail."))
    return mailing


def undecided() -> tuple[int, int]:
    """Service mails whose outcome nobody knows: how many, and the mailing of most of them (0: none)."""
    counted = [(line.now.get("unknown", 0), line.mailing.id) for line in lines()]
    most = max(counted, default=(0, 0))
    return sum(number for number, _ in counted), most[1] if most[0] else 0


def senders(rows: Sequence[Suppression]) -> dict[int, str]:
    """The organisations that these mailboxes are shut for, by id."""
    ids = {row.organisation_id for row in rows}
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query)}
