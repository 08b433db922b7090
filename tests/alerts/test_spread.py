"""Drawing lots over an audience: in the database, once and for all, and evenly."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, literal, select, text

from campaigner.alerts import spread
from campaigner.core.db import db
from campaigner.outbox.models import HELD_BACK

pytestmark = pytest.mark.usefixtures("session")
MANY = 4000


def audience():
    """So many mailboxes, as the six columns that a freeze takes."""
    numbers = select(func.generate_series(1, MANY).label("n")).subquery()
    mailbox = func.sha256(func.convert_to(func.concat("box ", numbers.c.n), "UTF8")).label("mailbox")
    rest = (literal(name).label(name) for name in ("address", "first_name", "language", "provider"))
    return select(func.concat(numbers.c.n).label("recipient"), mailbox, *rest)


def test_a_share_is_divided_evenly_and_the_rest_waits():
    drawn = spread.trial(audience(), lot="alert 1", variants=["a", "b"], share=0.2).subquery().c
    rows = db.session.execute(select(drawn.variant, drawn.not_before == literal(HELD_BACK))).all()
    found = Counter(variant for variant, _ in rows)
    assert found.total() == MANY
    assert all(abs(found[variant] - MANY * 0.1) < 80 for variant in "ab")  # four times the spread of chance
    assert all(waits == (variant == "") for variant, waits in rows)


def test_the_same_lot_draws_the_same_and_another_one_anew():
    def who(lot):
        drawn = spread.trial(audience(), lot=lot, variants=["a", "b"], share=0.2).subquery().c
        return set(db.session.scalars(select(drawn.recipient).where(drawn.variant == "a")))

    assert who("alert 1") == who("alert 1")
    assert len(who("alert 1") & who("alert 2")) < MANY * 0.03


def test_slices_are_even_and_nobody_is_left_out():
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    moments = [start + timedelta(hours=at) for at in range(4)]
    drawn = spread.sliced(audience(), lot="alert 1", moments=moments).subquery().c
    found = dict(db.session.execute(select(drawn.not_before, func.count()).group_by(drawn.not_before)).all())
    assert sorted(found) == moments
    assert sum(found.values()) == MANY
    assert max(found.values()) - min(found.values()) < 240


def test_a_single_slice_is_everybody():
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    drawn = spread.sliced(audience(), lot="x", moments=[at]).subquery().c
    assert db.session.execute(select(func.count()).where(drawn.not_before == at)).scalar_one() == MANY


def test_the_draw_stays_below_one():
    assert db.session.execute(text("SELECT abs(mod(-9223372036854775808, 1000000)) < 1000000")).scalar_one()
