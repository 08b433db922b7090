"""Whoever leaves, or objects, is in no mail that has not left yet."""

from typing import Any

import pytest
from sqlalchemy import delete, select

from campaigner.actions import service as actions
from campaigner.actions.models import Action
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.core.tokens import signer
from campaigner.letters import queries, service
from campaigner.letters.models import Letter, LetterDelivery
from campaigner.supporters import service as supporters
from tests.conftest import Sink, deliver
from tests.letters.stage import (
    MONDAY,
    a_round,
    campaign,
    hand_to_the_outbox,
    in_the_outbox,
    post,
    states,
    target,
    text_of,
    to_target,
    write,
)


def test_an_objection_stops_everything_to_that_mailbox(at: Any, smtp: Sink) -> None:
    one, other = campaign(), campaign()
    doel, same = target(one, mode="digest", person=True), target(other)
    post(one, number=1)
    with transaction():
        service.object_(doel)
    assert states(doel) == {"handover": 1}
    post(one, number=2)
    post(other, number=3)
    at(MONDAY)
    a_round()
    assert to_target(smtp) == []
    assert states(doel) == {"handover": 2}
    assert states(same) == {"handover": 1}
    assert queries.standings(one)[0].stopped
    with pytest.raises(Conflict):
        target(campaign(), name="Weer dezelfde")


def test_an_objection_holds_a_mail_that_waits_in_the_outbox(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    post(one)
    assert hand_to_the_outbox() == 1
    with transaction():
        service.object_(doel)
    deliver()
    assert to_target(smtp) == []
    assert states(doel) == {"handover": 1}


def test_erasing_a_supporter_takes_the_letter_and_what_waits(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one, person=True, mode="digest")
    gone = post(one, number=1, body="Dit moet weg.")
    post(one, number=2, body="Dit mag blijven.")
    write(one, number=3)
    supporter_id = db.session.get_one(Action, gone.action_id).supporter_id
    assert hand_to_the_outbox() == 2
    assert "Dit moet weg." in str([row.message for row in in_the_outbox()])
    with transaction():
        supporters.forget(supporter_id)
    assert "Dit moet weg." not in str([row.message for row in in_the_outbox()])
    a_round()
    (mail,) = to_target(smtp)
    assert "Dit mag blijven." in text_of(mail)
    assert "Dit moet weg." not in mail.as_string()
    assert states(doel) == {"sent": 1}
    left = [letter.body for letter in db.session.scalars(select(Letter))]
    assert len(left) == 2
    assert not any("Dit moet weg." in body for body in left)


def test_not_me_takes_a_confirmed_letter_back_from_the_outbox(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one)
    letter = post(one)
    hand_to_the_outbox()
    with transaction():
        actions.not_me(signer.sign([letter.action_id, letter.submission], "confirm"))
    a_round()
    assert to_target(smtp) == []
    assert db.session.scalars(select(LetterDelivery)).all() == []
    assert all(row.message is None for row in in_the_outbox())


def test_a_mail_that_lost_a_letter_in_any_other_way_is_mended(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one, person=True, mode="digest")
    gone = post(one, number=1, body="Dit moet weg.")
    post(one, number=2, body="Dit mag blijven.")
    hand_to_the_outbox()
    with transaction():
        db.session.execute(delete(Action).where(Action.id == gone.action_id))
    a_round()
    (mail,) = to_target(smtp)
    assert "Dit moet weg." not in mail.as_string()


def test_an_act_taken_back_does_not_leave(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one)
    letter = post(one)
    db.session.get_one(Action, letter.action_id).state = "withdrawn"
    db.session.commit()
    a_round()
    assert to_target(smtp) == []
