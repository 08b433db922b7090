"""A confirmed letter reaches its target once, in the way that was chosen, and no other letter ever does."""

import re
from datetime import timedelta
from typing import Any

import pytest

from campaigner.campaigns.models import Target
from campaigner.core import clock
from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError
from campaigner.letters import delivery, queries, targets
from campaigner.letters.models import Postbox
from campaigner.letters.targets import Line
from tests import make
from tests.conftest import Sink
from tests.letters.stage import (
    MONDAY,
    STAFF,
    a_round,
    campaign,
    confirm,
    post,
    states,
    target,
    text_of,
    to_target,
    write,
)


def test_nothing_of_an_unconfirmed_letter_leaves(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    write(one)
    a_round()
    assert to_target(smtp) == []
    assert states(doel) == {}


def test_a_confirmed_letter_reaches_the_target_once(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    letter = write(one, body="Ik koop elke week bananen.")
    confirm(letter)
    confirm(letter)
    for _ in range(3):
        a_round()
    (mail,) = to_target(smtp)
    assert mail["Subject"] == "Stop met sproeien"
    assert mail["Reply-To"] == STAFF
    assert "Ik koop elke week bananen." in text_of(mail)
    assert "Gent" in text_of(mail)
    assert states(doel) == {"sent": 1}
    assert db.session.get_one(Postbox, doel.id).health == "good"


def test_a_second_letter_of_the_same_person_is_not_sent(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    first = post(one, submission="eerste")
    second = write(one, submission="tweede", body="Nog eens.")
    assert second.action_id == first.action_id
    confirm(second)
    a_round()
    assert len(to_target(smtp)) == 1
    assert states(doel) == {"sent": 1}
    assert len(make.actions(one)) == 1


def test_the_text_that_counts_is_the_one_whose_mailbox_confirmed_it(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one)
    write(one, submission="vreemde", body="Een ander vulde dit in.")
    mine = write(one, submission="mijn", body="Dit schreef ik zelf.")
    confirm(mine)
    a_round()
    (mail,) = to_target(smtp)
    assert "Dit schreef ik zelf." in text_of(mail)
    assert "Een ander" not in text_of(mail)


def test_a_digest_is_one_mail_a_day_with_everything_in_it(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one, person=True, mode="digest")
    for number in range(5):
        post(one, number=number, body="Dezelfde woorden." if number < 3 else "")
    at(MONDAY - timedelta(hours=3))
    a_round()
    assert to_target(smtp) == []
    at(MONDAY)
    a_round()
    a_round()
    (mail,) = to_target(smtp)
    assert "5" in mail["Subject"]
    assert text_of(mail).count("Dezelfde woorden.") == 1
    assert text_of(mail).count("Gent") == 5
    post(one, number=9, body="Van de namiddag.")
    at(MONDAY + timedelta(hours=5))
    a_round()
    assert len(to_target(smtp)) == 1
    at(MONDAY + timedelta(days=1))
    a_round()
    assert "Van de namiddag." in text_of(to_target(smtp)[1])
    assert states(doel) == {"sent": 6}


def test_a_digest_comes_in_parts_that_no_mail_program_cuts(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one, person=True, mode="digest")
    for number in range(14):
        post(one, number=number, body=f"Nummer {number}. " + "Een lange brief. " * 230)
    a_round()
    mails = to_target(smtp)
    assert len(mails) > 1
    assert all(len(mail.as_bytes()) < 150_000 for mail in mails)
    found = [int(n) for mail in mails for n in re.findall(r"Nummer (\d+)\.", text_of(mail))]
    assert sorted(found) == list(range(14))


def test_a_named_person_gets_a_digest_unless_somebody_chooses(at: Any) -> None:
    assert Line().mode == "digest"
    assert Line().person
    one = campaign()
    with pytest.raises(DomainError):
        target(one, person=True, mode="once")


def test_drips_are_apart_and_within_office_hours(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one, mode="drip")
    for number in range(4):
        post(one, number=number)
    sent = []
    moment = MONDAY - timedelta(hours=2)
    for _ in range(24 * 30):
        at(moment)
        if a_round():
            sent.append(moment)
        moment += timedelta(minutes=2)
    assert len(sent) == len(to_target(smtp)) == 4
    assert all(9 <= each.astimezone(clock.BRUSSELS).hour < 17 for each in sent)
    assert all(later - earlier >= timedelta(minutes=3) for earlier, later in zip(sent, sent[1:], strict=False))


def test_an_office_gets_no_more_than_its_share_of_single_letters(
    at: Any, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "ONCE_A_DAY", 2)
    one = campaign()
    doel = target(one)
    db.session.get_one(Postbox, doel.id).digest_day = None
    for number in range(5):
        post(one, number=number)
    a_round()
    a_round()
    mails = to_target(smtp)
    assert len(mails) == 3
    assert text_of(mails[2]).count("Mijn brief") == 3


def test_only_the_first_mail_introduces_us_and_every_mail_can_be_stopped(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one)
    post(one, number=1)
    a_round()
    post(one, number=2)
    a_round()
    first, second = map(text_of, to_target(smtp))
    assert "FOS – socialistische solidariteit" in first
    for text in (first, second):
        assert "/letters/stop/" in text
        assert "http://localhost/nl/privacy" in text
    assert len(first) > len(second) + 200


def test_a_paused_target_and_a_paused_campaign_hold_their_mail(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    post(one)
    with transaction():
        targets.pause(doel, by=None)
    a_round()
    with transaction():
        targets.resume(doel, by=None)
    one.state = "paused"
    db.session.commit()
    a_round()
    assert to_target(smtp) == []
    one.state = "closed"
    db.session.commit()
    a_round()
    assert len(to_target(smtp)) == 1


def test_hand_over_keeps_the_letters_and_mails_nothing(at: Any, smtp: Sink) -> None:
    one = campaign()
    doel = target(one, address=None, mode="handover")
    post(one, body="Voor op papier.")
    bare = Target(campaign_id=one.id, name="Zonder postbus")
    db.session.add(bare)
    db.session.commit()
    post(one, number=2)
    a_round()
    assert to_target(smtp) == []
    assert states(doel) == {"handover": 2}
    assert "Voor op papier." in queries.kept(doel.id)[0].letter.body
    assert states(bare) == {"handover": 1}
