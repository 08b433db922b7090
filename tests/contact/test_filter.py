"""The filter that learns from clicks: what it says, what it stores, and that a changed mind counts once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from campaigner.contact import bayes, jobs, lessons, scoring, service
from campaigner.contact.bayes import Count
from campaigner.contact.models import ContactToken
from campaigner.core.db import db, transaction
from tests.contact.messages import account, stored

pytestmark = pytest.mark.usefixtures("session")
PITCH = "Wij plaatsen uw webwinkel bovenaan in Google met goedkope backlinks, pakket nummer {}"
QUESTION = "Wanneer wordt de petitie overhandigd, mogen wij erbij zijn met de afdeling, groep {}"


def taught(times: int = bayes.FEWEST) -> int:
    """Staff have clicked so often on each kind. Returns their account."""
    mine = account()
    for at in range(times):
        spam, ham = stored(body=PITCH.format(at)), stored(body=QUESTION.format(at))
        with transaction():
            service.spam(spam.id, account_id=mine)
        with transaction():
            service.answered(ham.id, account_id=mine)
    return mine


def likelihood(body: str) -> float | None:
    return lessons.likelihood(body, email="x@voorbeeld.example")


def totals() -> Count:
    row = db.session.get_one(ContactToken, lessons.TOTAL, populate_existing=True)
    return Count(row.spam, row.ham)


def test_it_says_nothing_before_it_has_learned_enough():
    taught(bayes.FEWEST - 1)

    assert likelihood("Goedkope backlinks voor uw webwinkel") is None


def test_after_the_clicks_of_staff_it_tells_a_pitch_from_a_question():
    taught()

    assert likelihood("Goedkope backlinks voor uw webwinkel in Google") > scoring.SPAM_WORDS
    assert likelihood("Mogen wij met de afdeling naar de petitie komen?") < 0.1
    assert likelihood("Xylofoon kwik zebra") == 0.5


def test_a_message_of_such_words_is_looked_at_and_never_hidden_for_its_words_alone():
    taught()
    message = stored(body="Bovenaan in Google met goedkope backlinks voor uw webwinkel")
    jobs.advance(message.id)

    assert message.reasons == ["spam_words"]
    assert message.state == "check"


def test_the_same_click_twice_teaches_once_and_a_changed_mind_is_taken_back():
    mine = account()
    message = stored(body=PITCH)
    for verb in (service.spam, service.spam):
        with transaction():
            verb(message.id, account_id=mine)
    assert totals() == Count(spam=1, ham=0)
    with transaction():
        service.not_spam(message.id, account_id=mine)

    assert totals() == Count(spam=0, ham=1)
    rows = db.session.execute(select(ContactToken.spam, ContactToken.ham)).all()
    assert {tuple(row) for row in rows} == {(0, 1)}
    with transaction():
        service.answered(message.id, account_id=mine)
    assert totals() == Count(spam=0, ham=1)


def test_what_is_stored_holds_no_word():
    taught(1)
    dump = str(db.session.execute(text("SELECT * FROM contact_token")).all())

    assert "backlinks" not in dump
    assert "petitie" not in dump
    assert not any(
        hash(word) in {row for (row,) in db.session.execute(select(ContactToken.hash))} for word in ("google",)
    )


def test_a_closed_message_teaches_nothing():
    message, mine = stored(), account()
    with transaction():
        service.close(message.id, account_id=mine)

    assert db.session.scalar(select(ContactToken.hash)) is None


counts = st.builds(Count, spam=st.integers(0, 50), ham=st.integers(0, 50))


@given(st.dictionaries(st.integers(1, 99), counts, max_size=200))
def test_what_it_says_lies_between_nought_and_one(known):
    said = bayes.judge(known, Count(50, 50))

    assert said is not None
    assert 0 <= said <= 1


@given(st.dictionaries(st.integers(1, 99), counts, max_size=40))
def test_it_treats_both_kinds_alike(known):
    turned = {word: Count(spam=count.ham, ham=count.spam) for word, count in known.items()}

    assert bayes.judge(known, Count(50, 50)) == pytest.approx(1 - (bayes.judge(turned, Count(50, 50)) or 0), abs=1e-9)


@given(st.text(max_size=3_000))
def test_any_text_has_a_bounded_number_of_words(body):
    assert len(bayes.words(body, email="x@y.example")) <= 3 * bayes.MOST_WORDS + 1


def test_a_large_provider_is_no_word_and_another_domain_is():
    assert "mail:gmail.com" not in bayes.words("dag", email="x@gmail.com")
    assert "mail:agency.example" in bayes.words("dag", email="x@agency.example")
