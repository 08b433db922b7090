"""Who had which alert, noted in `reach` a few thousand people at a time; and the nightly look whether `reach` is true.

A freeze writes a million rows; noting them in its own transaction would keep every one of those people from
unsubscribing until it ends. So the reconciler does it afterwards. The freeze itself reads the ledger.
"""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from campaigner.alerts import people
from campaigner.alerts.reach import ReachMark
from campaigner.core import clock
from campaigner.core.db import db
from campaigner.outbox.models import Mailing

EACH = 5000  # people noted at a time: their rows are held for a tenth of a second
REMEMBERED = timedelta(days=365)  # a mailing older than this is not noted any more

# As many alerts within the days of the cap as it allows: no other one until the oldest of them is that old.
NOTE = text("""
    WITH chosen AS (
        SELECT recipient FROM delivery WHERE mailing_id = :mailing AND recipient > :upto ORDER BY recipient LIMIT :each
    ), had AS (
        SELECT recipient::bigint AS supporter_id, mailbox FROM delivery JOIN chosen USING (recipient)
        WHERE mailing_id = :mailing AND state NOT IN ('failed', 'suppressed', 'cancelled')
            AND recipient ~ '^[0-9]{1,18}$'
    ), held AS (
        SELECT reach.supporter_id, had.mailbox FROM reach JOIN had USING (supporter_id) ORDER BY 1 FOR UPDATE OF reach
    ), noted AS (
        UPDATE reach SET mailed_at = greatest(mailed_at, :at), weary_until = greatest(weary_until, (
                SELECT mailing.started_at + CAST(:window AS interval)
                FROM delivery JOIN mailing ON mailing.id = delivery.mailing_id
                WHERE delivery.mailbox = held.mailbox AND delivery.mailing_id = ANY (CAST(:recent AS bigint[]))
                    AND delivery.state NOT IN ('failed', 'suppressed', 'cancelled')
                ORDER BY mailing.started_at DESC OFFSET :others LIMIT 1
            ))
        FROM held WHERE reach.supporter_id = held.supporter_id
    )
    SELECT max(recipient) FROM chosen
""")
COLUMNS = (
    "supporter_id, acts, post, channels, nameless, language, twin, first_act, last_act, yes, yes_on, asks, acted_on, "
    "locals, dead, shut, tags"
)
WRONG = text(f"""
    WITH truth AS (SELECT {COLUMNS} FROM reach_truth WHERE supporter_id BETWEEN :low AND :high),
    kept AS (SELECT {COLUMNS} FROM reach WHERE supporter_id BETWEEN :low AND :high)
    SELECT DISTINCT supporter_id FROM (
        (SELECT * FROM truth EXCEPT SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT SELECT * FROM truth)
    ) AS each
""")  # noqa: S608 - names of columns
SPAN = 50_000  # people compared at a time
PARTS = 24

log = structlog.get_logger()


def note() -> int:
    """Note the next few thousand people of an alert that left. Returns how many were looked at; 0: all are noted."""
    mailing = _next()
    if mailing is None:
        return 0
    mailing_id, started_at, upto = mailing
    cap = people.cap()
    recent = people.recent_alerts(cap)
    values: dict[str, Any] = {
        "mailing": mailing_id, "upto": upto or "", "each": EACH, "at": started_at,
        "window": f"{cap.days if cap else 0} days", "others": cap.most - 1 if cap else 0,
        "recent": list(recent) if cap and len(recent) >= cap.most else [],
    }  # fmt: skip
    last = db.session.execute(NOTE, values).scalar()
    row = insert(ReachMark).values(mailing_id=mailing_id, upto=last)
    db.session.execute(
        row.on_conflict_do_update(index_elements=["mailing_id"], set_={"upto": row.excluded.upto})
        if last is not None
        else insert(ReachMark).values(mailing_id=mailing_id, upto=None).on_conflict_do_update(
            index_elements=["mailing_id"], set_={"upto": None}
        )
    )  # fmt: skip
    return EACH


def _next() -> Any:
    """The oldest alert that is not noted to its end: its mailing, when it left, and how far it is noted."""
    begun = select(ReachMark.mailing_id).where(ReachMark.upto.is_(None))
    query = (
        select(Mailing.id, Mailing.started_at, ReachMark.upto)
        .outerjoin(ReachMark, ReachMark.mailing_id == Mailing.id)
        .where(
            Mailing.kind.is_(None),
            Mailing.started_at > clock.now() - REMEMBERED,
            Mailing.state.in_(["sending", "paused", "done"]),
            Mailing.id.not_in(begun),
        )
        .order_by(Mailing.id)
        .limit(1)
    )
    return db.session.execute(query).first()


def check(*, part: int | None = None) -> int:
    """Compare `reach` with what it is a copy of, and mend it. Returns how many were wrong: none, or it is a fault.

    `part`, from 0 to 23, looks at that share of the people only: one an hour is everybody once a day.
    """
    lowest, highest = db.session.execute(text("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM supporter")).one()
    if part is not None:
        share = (highest - lowest) // PARTS + 1
        lowest = lowest + part * share
        highest = min(highest, lowest + share - 1)
    wrong = 0
    for low in range(lowest, highest + 1, SPAN):
        ids = list(db.session.scalars(WRONG, {"low": low, "high": min(highest, low + SPAN - 1)}))
        if ids:
            db.session.execute(text("SELECT reach_refresh(:ids)"), {"ids": ids})
            wrong += len(ids)
    if wrong:
        log.error("reach was wrong and is mended", people=wrong)
    return wrong


def forget() -> None:
    """Marks of mailings that nobody asks about any more."""
    old = select(Mailing.id).where(Mailing.started_at < clock.now() - REMEMBERED)
    db.session.execute(delete(ReachMark).where(ReachMark.mailing_id.in_(old)))
