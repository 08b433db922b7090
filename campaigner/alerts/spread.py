"""Who of an audience gets which text, and when: drawn by a keyed number of each mailbox, the same whenever it is asked.

The draw happens in the database, in the statement that freezes the audience. Nobody can be put into a group by
hand, and two alerts draw differently.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, case, cast, func, literal, select
from sqlalchemy.types import DateTime

from campaigner.outbox.models import HELD_BACK

STEPS = 1_000_000


def drawn(mailbox: ColumnElement[Any], lot: str) -> ColumnElement[Any]:
    """A number from 0 up to 1 for a mailbox; another `lot` draws anew."""
    mixed = func.hashtextextended(func.encode(mailbox, "hex"), func.hashtext(lot))
    return cast(func.abs(func.mod(mixed, STEPS)), Float) / STEPS


def trial(audience: Select[Any], *, lot: str, variants: Sequence[str], share: float) -> Select[Any]:
    """The audience with `variant` and `not_before`: a `share` (0 to 1) is divided over the variants, the rest waits."""
    chosen = audience.subquery().c
    number = drawn(chosen[1], lot)
    step = share / len(variants)
    edges = [(number < step * (at + 1), literal(name)) for at, name in enumerate(variants)]
    return select(
        *chosen,
        case(*edges, else_=literal("")).label("variant"),
        case((number < share, func.clock_timestamp()), else_=literal(HELD_BACK, DateTime(True))).label("not_before"),
    )


def sliced(audience: Select[Any], *, lot: str, moments: Sequence[datetime]) -> Select[Any]:
    """The audience with `not_before`: equal parts of it at each of these moments."""
    chosen = audience.subquery().c
    number = drawn(chosen[1], lot)
    parts = [
        (number < (at + 1) / len(moments), literal(moment, DateTime(True))) for at, moment in enumerate(moments[:-1])
    ]
    last = literal(moments[-1], DateTime(True))
    return select(*chosen, (case(*parts, else_=last) if parts else last).label("not_before"))
