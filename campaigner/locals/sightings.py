"""Noting on which sites a widget stands, from the browser's own header, and telling which of them were not listed.

A page view may cost nothing: one process writes a host of a placement down once in ten minutes at most, and a
placement keeps no more than fifty hosts, so that made-up headers fill no table.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select, text

from campaigner.campaigns.models import Placement
from campaigner.campaigns.sites import origin
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.locals.models import PlacementSite

EVERY = 600.0  # seconds
REMEMBERED = 5000  # hosts in this process
HOSTS_AT_MOST = 50

_noted: OrderedDict[tuple[int, str], float] = OrderedDict()

KEEP = text("""
    INSERT INTO placement_site (placement_id, host, first_seen_at, last_seen_at)
    SELECT :placement, :host, :at, :at
    WHERE (SELECT count(*) FROM placement_site WHERE placement_id = :placement) < :most
       OR EXISTS (SELECT FROM placement_site WHERE placement_id = :placement AND host = :host)
    ON CONFLICT (placement_id, host) DO UPDATE SET last_seen_at = excluded.last_seen_at
""")


@dataclass(frozen=True, slots=True)
class Seen:
    """A host on which a placement was seen, and whether its local had listed it."""

    host: str
    listed: bool
    last_seen_at: datetime


def note(placement: Placement, referrer: str | None, *, ours: str = "") -> bool:
    """Write down that a page of the referrer's site asked for this widget. True when something was written.

    Only http and https origins count; `ours` is our own host, whose previews say nothing.
    """
    found = origin(referrer or "")
    host = urlsplit(found).netloc if found else ""
    if not host or host == ours or _lately(placement.id, host):
        return False
    placement_id = placement.id
    with transaction():
        db.session.execute(KEEP, {"placement": placement_id, "host": host, "at": now(), "most": HOSTS_AT_MOST})
    return True


def seen(placements: list[Placement]) -> dict[int, list[Seen]]:
    """Where each of these placements was seen, the latest first."""
    listed = {each.id: {urlsplit(site).netloc for site in each.sites} for each in placements}
    rows = select(PlacementSite).where(PlacementSite.placement_id.in_(listed))
    found: dict[int, list[Seen]] = {each: [] for each in listed}
    for row in db.session.scalars(rows.order_by(PlacementSite.last_seen_at.desc())):
        found[row.placement_id].append(Seen(row.host, row.host in listed[row.placement_id], row.last_seen_at))
    return found


def forget() -> None:
    """Forget what this process remembers of what it wrote: for tests."""
    _noted.clear()


def _lately(placement_id: int, host: str) -> bool:
    key, at = (placement_id, host), time.monotonic()
    if at - _noted.get(key, -EVERY) < EVERY:
        return True
    _noted[key] = at
    _noted.move_to_end(key)
    while len(_noted) > REMEMBERED:
        _noted.popitem(last=False)
    return False
