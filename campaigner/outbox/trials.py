"""The rest of a mailing that was first tried on a few: held back at the freeze, let go once somebody decided."""

from sqlalchemy import exists, func, select, update

from campaigner.core import queue as wakeups
from campaigner.core.db import db
from campaigner.outbox import service
from campaigner.outbox.models import HELD_BACK, Delivery

PORTION = 20_000  # rows a transaction: workers begin with the first while the next are let go


def held_back(mailing_id: int) -> bool:
    """Whether somebody still waits for the decision."""
    waits = exists().where(
        Delivery.mailing_id == mailing_id, Delivery.state.in_(("ready", "deferred")), Delivery.not_before >= HELD_BACK
    )
    return bool(db.session.execute(select(waits)).scalar_one())


def let_go(mailing_id: int, *, variant: str, most: int = PORTION) -> int:
    """Give at most so many of those who wait this variant, due at once; return how many. Call it until that is 0.

    Raises Conflict for a mailing that is neither under way nor paused.
    """
    mailing = service.in_state(mailing_id, "sending", "paused")
    waits = (
        select(Delivery.recipient)
        .where(Delivery.mailing_id == mailing_id, Delivery.state == "ready", Delivery.not_before >= HELD_BACK)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("waits")  # as a subquery it could be run again for every row, and never reach its limit
    )
    moved = db.session.execute(
        update(Delivery)
        .where(Delivery.mailing_id == mailing_id, Delivery.recipient == waits.c.recipient)
        .values(variant=variant, not_before=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    number = int(moved.rowcount)  # type: ignore[attr-defined]
    if number:
        wakeups.nudge(service.DRAIN, mailing_id, queue=mailing.queue)
    return number
