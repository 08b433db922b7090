"""A name leaves with a letter only after a proven yes that still stands."""

from typing import Any

from sqlalchemy import select

from campaigner.core.db import db
from campaigner.supporters import queries as supporter_queries
from campaigner.supporters.models import ConsentText, Permission
from tests.conftest import Sink
from tests.letters.stage import STAFF, a_round, campaign, confirm, post, target, text_of, to_target, write


def test_the_name_stands_under_a_letter_only_after_a_proven_yes(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one)
    confirm(write(one, number=1, signed="name"))
    confirm(write(one, number=2, signed="name"), only_sign=True)
    confirm(write(one, number=3, signed="reply"))
    confirm(write(one, number=4))
    a_round()
    mails = to_target(smtp)  # they may arrive in any order
    (named,) = [mail for mail in mails if "Greet Voorbeeld 1, Gent" in text_of(mail)]
    (answered,) = [mail for mail in mails if "greet3@" in text_of(mail)]
    without, town = [mail for mail in mails if mail not in (named, answered)]
    assert named["Reply-To"] == without["Reply-To"] == town["Reply-To"] == STAFF
    for mail in (without, town):
        assert "Voorbeeld" not in text_of(mail)
    assert answered["Reply-To"] == "greet3@post.example"
    assert "greet3@post.example" in text_of(answered)
    for mail in (named, without, town):
        assert "post.example" not in mail.as_string()


def test_a_yes_taken_back_before_the_mail_leaves_is_no_yes(at: Any, smtp: Sink) -> None:
    one = campaign()
    target(one)
    letter = post(one, signed="reply")
    permission = db.session.scalars(select(Permission).filter_by(purpose="target")).one()
    permission.value = False
    db.session.commit()
    a_round()
    (mail,) = to_target(smtp)
    assert "Voorbeeld" not in text_of(mail)
    assert mail["Reply-To"] == STAFF
    assert letter.signed == "reply"


def test_no_names_leave_where_names_are_dangerous(at: Any, smtp: Sink) -> None:
    one = campaign(safety_mode=True)
    target(one)
    post(one, signed="reply")
    a_round()
    (mail,) = to_target(smtp)
    assert "Voorbeeld" not in mail.as_string()
    assert "post.example" not in mail.as_string()
    assert "Gent" not in mail.as_string()
    assert "Oost-Vlaanderen" in text_of(mail)


def test_the_ledger_keeps_the_words_with_the_target_and_the_law_in_them(at: Any) -> None:
    one = campaign()
    target(one, name="Directie Zonnevrucht", face={"country": "HN"})
    letter = write(one, signed="name")
    said = supporter_queries.pending(letter.action_id, submission=letter.submission)
    (asked,) = [each for each in said if each.purpose == "target"]
    body = db.session.get_one(ConsentText, asked.text_id).body
    assert "Directie Zonnevrucht" in body
    assert "Honduras" in body
    assert "privacywet" in body
