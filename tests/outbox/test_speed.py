"""How fast a send goes, and when the rest will be out: what the page says of it is true from the first second."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import counters, queries, service
from campaigner.outbox.models import DeliveryEntry, MailingEvent
from tests.outbox.test_engine import _mailing as mailing

pytestmark = pytest.mark.usefixtures("session")


def left(mailing_id: int, number: int, *, ago: float) -> None:
    """So many were taken by a mail server, that long ago."""
    with transaction():
        at = now() - timedelta(seconds=ago)
        common = {"mailing_id": mailing_id, "provider": "gmail.com", "at": at}
        db.session.add(DeliveryEntry(state="sent", number=number, **common))
        db.session.add(DeliveryEntry(state="waiting", number=-number, **common))


def began(mailing_id: int, *, ago: float, what: str = "started") -> None:
    with transaction():
        moved = update(MailingEvent).where(MailingEvent.mailing_id == mailing_id, MailingEvent.what == what)
        db.session.execute(moved.values(at=now() - timedelta(seconds=ago)))


@pytest.mark.parametrize("folded", [False, True])
def test_in_the_first_minute_the_speed_is_what_has_passed_since_the_start(folded: bool) -> None:
    mailing_id = mailing(4)
    began(mailing_id, ago=20)
    left(mailing_id, 2, ago=1)
    if folded:
        with transaction():
            counters.fold()
    progress = queries.progress(mailing_id)
    assert 5 <= progress.per_minute <= 6  # two in twenty seconds
    assert progress.eta is not None
    assert timedelta(seconds=15) < progress.eta - now() < timedelta(seconds=30)  # two are left


def test_in_the_first_seconds_nothing_is_promised() -> None:
    mailing_id = mailing(4)
    began(mailing_id, ago=4)
    left(mailing_id, 2, ago=1)
    progress = queries.progress(mailing_id)
    assert not progress.steady
    assert progress.eta is None


def test_a_pause_has_no_speed_and_what_comes_after_it_is_measured_from_there() -> None:
    mailing_id = mailing(9)
    began(mailing_id, ago=600)
    left(mailing_id, 6, ago=59)
    with transaction():
        service.pause(mailing_id)
    assert (queries.progress(mailing_id).per_minute, queries.progress(mailing_id).eta) == (0, None)
    with transaction():
        service.resume(mailing_id)
    began(mailing_id, ago=30, what="resumed")
    left(mailing_id, 1, ago=2)
    assert queries.progress(mailing_id).per_minute == 2
