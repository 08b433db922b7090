"""Addresses that die, refuse or say nothing: no letter is lost, none is sent twice."""

from typing import Any

from sqlalchemy import select

from campaigner.core import addresses, clock
from campaigner.core.db import db, transaction
from campaigner.letters import delivery, queries, targets
from campaigner.letters.models import Envelope, Postbox
from campaigner.letters.targets import Face, Line
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Mailing
from tests.conftest import Sink
from tests.letters.stage import (
    OFFICE,
    OTHER,
    a_round,
    campaign,
    hand_to_the_outbox,
    in_the_outbox,
    post,
    states,
    target,
    text_of,
    to_target,
)


def test_a_dead_address_hands_over_to_the_fallback_and_loses_no_letter(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one, fallback=OTHER)
    smtp.replies[f"RCPT {OFFICE}"] = f"550 5.1.1 <{OFFICE}> unknown"
    post(one)
    a_round()
    a_round()
    assert to_target(smtp) == []
    (mail,) = to_target(smtp, OTHER)
    assert "FOS – socialistische solidariteit" in text_of(mail)
    box = db.session.get_one(Postbox, doel.id)
    assert box.diverted_at is not None
    assert states(doel) == {"sent": 1}


def test_without_a_fallback_letters_wait_until_staff_give_another_address(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    smtp.replies[f"RCPT {OFFICE}"] = f"550 5.1.1 <{OFFICE}> unknown"
    post(one)
    a_round()
    a_round()
    box = db.session.get_one(Postbox, doel.id)
    assert (box.health, states(doel)) == ("dead", {"waiting": 1})
    assert "@" not in (box.health_note or "@")
    assert queries.troubled() == [(one.id, "dead")]
    with transaction():
        targets.edit(doel, face=Face("De minister"), line=Line(address=OTHER, person=False, mode="once"), by=None)
    a_round()
    assert len(to_target(smtp, OTHER)) == 1
    assert states(doel) == {"sent": 1}


def test_a_refusal_for_policy_kills_no_address_and_staff_may_try_again(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    smtp.replies[f"RCPT {OFFICE}"] = "550 5.7.1 not today"
    post(one)
    a_round()
    assert states(doel) == {"failed": 1}
    assert db.session.get_one(Postbox, doel.id).health == "doubtful"
    assert all(row.message is None for row in in_the_outbox())
    smtp.replies.clear()
    with transaction():
        assert targets.again(doel, by=None) == 1
    a_round()
    assert states(doel) == {"sent": 1}


def test_a_mail_that_comes_back_later_counts_as_not_delivered(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one, fallback=OTHER)
    post(one)
    a_round()
    at(clock.now())
    (row,) = in_the_outbox()
    row.returned, row.returned_at, row.reply = "hard", clock.now(), "550 5.1.1 no such user"
    db.session.commit()
    with transaction():
        assert delivery.bounces() == 1
    assert states(doel) == {"waiting": 1}
    a_round()
    assert len(to_target(smtp, OTHER)) == 1
    with transaction():
        assert delivery.bounces() == 0


def test_an_outcome_that_nobody_knows_is_never_sent_twice(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    post(one)
    hand_to_the_outbox()
    (row,) = in_the_outbox()
    row.state, row.settled_at = "unknown", clock.now()
    db.session.commit()
    a_round()
    a_round()
    assert to_target(smtp) == []
    assert states(doel) == {"unknown": 1}
    assert db.session.scalars(select(Mailing.unknown_policy).filter_by(kind="letter")).one() == "skip"


def test_a_suppressed_mailbox_is_not_tried_over_and_over(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    outbox.suppress(addresses.fingerprint(OFFICE), reason="dead address")
    db.session.commit()
    post(one, number=1)
    post(one, number=2)
    a_round()
    a_round()
    assert states(doel) == {"waiting": 2}
    assert db.session.get_one(Postbox, doel.id).health == "dead"
    assert len(db.session.scalars(select(Envelope)).all()) == 1
