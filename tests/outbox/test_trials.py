"""Several texts in one mailing: each gets its own, the rest waits for a decision or for its time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import case, cast, func, literal, select

from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.organisations import queries as organisations
from campaigner.outbox import queries, service, trials
from campaigner.outbox.models import HELD_BACK, Delivery
from campaigner.supporters import service as supporters
from campaigner.supporters.models import Supporter
from campaigner.supporters.service import Person
from tests.conftest import Sink, deliver
from tests.outbox.test_engine import CONTENT

pytestmark = pytest.mark.usefixtures("session")


def trial(people: int, **columns: Any) -> int:
    """A mailing with a text of its own for variant b."""
    with transaction():
        for number in range(people):
            supporters.enrol(Person(f"An{number}", "Voorbeeld", f"an{number}@voorbeeld.example", "9000", "BE", "nl"))
        mailing = service.draft_mailing(organisation_id=organisations.host().id)
        other = {part: f"{words} B" for part, words in CONTENT["nl"].items()}
        service.set_content(mailing.id, CONTENT | {"nl/b": other})
        who = (cast(Supporter.id, Delivery.recipient.type), Supporter.mailbox, Supporter.email,
               Supporter.first_name, Supporter.language, Supporter.provider)  # fmt: skip
        service.freeze(mailing.id, select(*who, *(value.label(name) for name, value in columns.items())))
        service.start(mailing.id)
        return mailing.id


def subjects(smtp: Sink) -> list[bool]:
    return sorted(str(message["Subject"]).endswith(" B") for message in smtp.messages)


def test_each_gets_the_text_of_their_variant(smtp: Sink) -> None:
    trial(4, variant=case((Supporter.id % 2 == 0, "b"), else_="a"))
    deliver()
    assert subjects(smtp) == [False, False, True, True]


def test_the_rest_waits_for_the_decision_and_gets_what_was_decided(smtp: Sink) -> None:
    first = func.min(Supporter.id).over()
    mailing_id = trial(6, not_before=case((Supporter.id == first, func.now()), else_=literal(HELD_BACK)))
    deliver()
    progress = queries.progress(mailing_id)
    assert (len(smtp.messages), progress.waiting, progress.state, progress.balanced) == (1, 5, "sending", True)
    assert trials.held_back(mailing_id)
    with transaction():
        assert trials.let_go(mailing_id, variant="b", most=3) == 3
    with transaction():
        assert trials.let_go(mailing_id, variant="b") == 2
        assert trials.let_go(mailing_id, variant="a") == 0  # what was decided stays decided
    assert not trials.held_back(mailing_id)
    deliver()
    assert subjects(smtp) == [False] + [True] * 5
    assert queries.progress(mailing_id).state == "done"


def test_whoever_has_a_later_time_is_not_written_to_before(smtp: Sink) -> None:
    mailing_id = trial(3, not_before=func.now() + timedelta(hours=2) * (Supporter.id % 2))
    late = db.session.query(Delivery).filter(Delivery.not_before > now()).count()
    deliver()
    assert len(smtp.messages) == 3 - late
    assert 0 < late < 3
    db.session.query(Delivery).filter_by(mailing_id=mailing_id, state="ready").update({"not_before": now()})
    db.session.commit()
    deliver()
    assert len(smtp.messages) == 3


def test_nothing_is_let_go_of_a_mailing_that_was_stopped() -> None:
    mailing_id = trial(2, not_before=literal(HELD_BACK))
    with transaction():
        service.cancel(mailing_id)
    with pytest.raises(Conflict), transaction():
        trials.let_go(mailing_id, variant="b")
    assert queries.progress(mailing_id).cancelled == 2
