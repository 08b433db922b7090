"""What staff do with a message: hand it on, put it off, note, join, search. Real commits."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from campaigner.contact import inbox, jobs, queries, service, threads, topics, words
from campaigner.contact.models import ContactMessage
from campaigner.core.clock import now, today
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError, NotFound
from tests.contact.messages import DOUBTFUL, ROBOT, account, mails, steps, stored
from tests.contact.threads import answered, routed

pytestmark = pytest.mark.usefixtures("clean")


def do(verb: Any, row: ContactMessage, **more: Any) -> ContactMessage:
    """One verb in a transaction of its own; the message as it is then."""
    who = more.pop("account_id", None) or account()
    with transaction():
        verb(row.id, account_id=who, **more)
    db.session.refresh(row)
    return row


def open_pile(**wish: Any) -> list[int]:
    return [row.id for row in queries.chosen(queries.Wish(**wish))]


def test_a_message_is_handed_to_a_colleague_and_back_on_the_pile():
    row, me, you = routed(), account(), account("Ander")

    do(inbox.assign, row, account_id=me, to=you)
    assert (row.state, row.owner_id) == ("open", you)
    do(inbox.assign, row, account_id=me, to=None)
    assert (row.state, row.owner_id) == ("new", None)
    do(inbox.assign, row, account_id=me, to=None)
    assert steps(row)[-2:] == ["assigned", "assigned"]


def test_nobody_gets_a_message_who_does_not_exist():
    with pytest.raises(DomainError):
        do(inbox.assign, routed(), to=4711)


def test_a_note_is_for_colleagues_and_sent_twice_it_is_one():
    row, me = routed(), account()
    before = len(mails("contact.answer"))
    for _ in range(2):
        do(inbox.note, row, account_id=me, body="Bel haar eerst", nonce="staff-n")

    assert steps(row)[-1:] == ["noted"]
    assert steps(row).count("noted") == 1
    assert len(mails("contact.answer")) == before


def test_what_is_put_off_leaves_the_pile_and_comes_back_by_itself(monkeypatch):
    row = routed()
    do(inbox.snooze, row, until=today() + timedelta(days=3))
    assert row.id not in open_pile()
    assert open_pile(pile="snoozed") == [row.id]
    assert (queries.counts().open, queries.counts().snoozed, queries.untaken()) == (0, 1, 0)

    later = now() + timedelta(days=4)
    monkeypatch.setattr(inbox, "now", lambda: later)
    with transaction():
        jobs.attend()
    db.session.refresh(row)

    assert row.snoozed_until is None
    assert row.id in open_pile()
    assert steps(row)[-2:] == ["snoozed", "woken"]


@pytest.mark.parametrize("days", [0, -1, 400])
def test_nothing_is_put_off_to_yesterday_or_for_ever(days):
    with pytest.raises(DomainError):
        do(inbox.snooze, routed(), until=today() + timedelta(days=days))


def test_a_request_about_data_is_not_put_off_past_what_the_law_allows():
    row = routed(topic="privacy")
    with pytest.raises(DomainError):
        do(inbox.snooze, row, until=today() + timedelta(days=31))
    assert do(inbox.snooze, row, until=today() + timedelta(days=5)).snoozed_until is not None


def test_another_topic_brings_its_team_and_its_clock_from_the_day_it_came():
    row = routed(topic="other")
    do(inbox.move, row, topic="privacy")

    assert (row.topic, row.role, row.urgent) == ("privacy", "admin", True)
    assert row.due_at == row.created_at + timedelta(days=30)
    with pytest.raises(DomainError):
        do(inbox.move, row, topic="nonsense")


def test_requests_about_data_lie_on_top_then_the_urgent_then_who_waits_longest():
    rows = [routed(topic=topic) for topic in ("campaign", "press", "privacy", "campaign")]

    assert open_pile() == [rows[at].id for at in (2, 1, 0, 3)]


def test_the_clock_of_the_law_is_made_longer_once_and_the_sender_reads_why(app):
    row, me = routed(topic="privacy", language="fr"), account()
    settings = app.extensions["campaigner"]
    due = row.due_at
    for nonce in ("staff-l", "staff-l"):
        do(inbox.extend, row, account_id=me, reason="Beaucoup de papiers", nonce=nonce, settings=settings)
    assert due is not None
    assert row.due_at == due + timedelta(days=60)
    [mail] = mails("contact.answer")
    assert "Beaucoup de papiers" in (mail.message or "")

    with pytest.raises(Conflict):
        do(inbox.extend, row, account_id=me, reason="Encore", nonce="staff-m", settings=settings)


def test_after_the_first_month_or_for_another_topic_there_is_no_more_time(app):
    settings = app.extensions["campaigner"]
    late, other = routed(topic="privacy"), routed()
    late.due_at = now() - timedelta(hours=1)
    db.session.commit()
    for row in (late, other):
        with pytest.raises(Conflict):
            do(inbox.extend, row, reason="Druk", nonce="staff-x", settings=settings)
    assert mails("contact.answer") == []


def test_two_messages_of_one_sender_become_one_thread(app):
    one, two = routed(email="greet@voorbeeld.example"), routed(email="Greet@voorbeeld.example", topic="press")
    do(inbox.merge, two, into=one.reference.lower())
    db.session.refresh(one)

    assert (two.state, two.merged_into_id) == ("closed", one.id)
    assert (one.urgent, one.due_at) == (True, min(one.due_at or now(), topics.answer_by("press", since=two.created_at)))
    assert open_pile() == [one.id]
    assert [said.body for said in threads.said(one, {})] == [two.body]
    found = threads.head(two.id)
    assert found is not None
    assert found.id == one.id
    with pytest.raises(Conflict):
        answered(two, app.extensions["campaigner"])


def test_messages_of_two_people_never_become_one():
    one, two = routed(), routed()
    with pytest.raises(DomainError):
        do(inbox.merge, two, into=one.reference)
    with pytest.raises(NotFound):
        do(inbox.merge, two, into="FOS-26-999999-X")
    assert do(inbox.merge, two, into=two.reference).merged_into_id is None


def test_what_was_merged_is_merged_no_second_time_and_spam_not_at_all():
    same = {"email": "greet@voorbeeld.example"}
    one, two, three, spam = (routed(**same, **more) for more in ({}, {}, {}, {"signals": ROBOT}))
    do(inbox.merge, two, into=one.reference)
    for row, into in ((two, three), (three, two), (spam, one)):
        with pytest.raises(Conflict):
            do(inbox.merge, row, into=into.reference)


def test_a_chain_of_merges_ends_in_one_thread():
    same = {"email": "greet@voorbeeld.example"}
    one, two, three = (routed(**same) for _ in range(3))
    do(inbox.merge, two, into=one.reference)
    do(inbox.merge, one, into=three.reference)
    db.session.refresh(two)

    assert two.merged_into_id == three.id


def test_colleagues_see_who_is_writing_until_a_minute_after(monkeypatch):
    row, me, you = routed(), account("Ik"), account("Jij")
    for _ in range(2):
        do(inbox.here, row, account_id=you)

    assert inbox.others(row.id, account_id=me) == ["Jij"]
    assert inbox.others(row.id, account_id=you) == []
    later = now() + timedelta(minutes=3)
    monkeypatch.setattr(inbox, "now", lambda: later)
    assert inbox.others(row.id, account_id=me) == []


@pytest.mark.parametrize("indexed", [True, False])
def test_words_are_found_whole_without_accents_or_capitals_and_nothing_else(indexed):
    row = routed(body="De Melonenplukkers van Córdoba staakten. Groeten uit Genk", name="Lúc")
    routed(body="Over iets anders")
    if indexed:
        with transaction():
            jobs.attend()
    for typed in ("melonenplukkers", "CORDOBA genk", "luc", f"luc {'genk ' * 30}"):
        assert [found.id for found in inbox.search(typed)[0]] == [row.id]
    for typed in ("melonen", "genk bananen", "de", "", "%", "a@", "🌹"):
        assert inbox.search(typed)[0] == []


def test_an_address_finds_its_messages_and_a_word_of_a_note_its_thread():
    row, me = routed(email="greet@voorbeeld.example"), account()
    do(inbox.note, row, account_id=me, body="Eerst bellen met Oostende", nonce="staff-o")
    with transaction():
        jobs.attend()

    assert inbox.search(" GREET@Voorbeeld.example ".strip())[0] == [row]
    assert inbox.search("oostende")[0] == [row]


def test_a_word_that_only_shares_its_number_is_not_found(monkeypatch):
    row = routed(body="appelsien")
    with transaction():
        jobs.attend()
    monkeypatch.setattr(words, "numbers", lambda _: row.words[:1])

    assert inbox.search("citroen")[0] == []
    assert inbox.search("appelsien")[0] == [row]


def test_a_stolen_dump_holds_numbers_for_words_and_no_word():
    row = routed(body="appelsien citroen")
    with transaction():
        jobs.attend()
    kept = db.session.execute(text("SELECT words, body FROM contact_message WHERE id = :id"), {"id": row.id}).one()

    assert all(0 <= number < 65_536 for number in kept.words)
    assert sorted(kept.words) == kept.words
    assert b"appelsien" not in kept.body


def test_filters_narrow_a_pile():
    mine, me = routed(topic="press", language="fr"), account()
    do(service.take, mine, account_id=me)
    other = routed(topic="campaign")
    routed(topic="campaign", signals=DOUBTFUL)

    assert (
        open_pile(topic="press")
        == open_pile(language="fr")
        == open_pile(owner=me)
        == open_pile(urgent=True)
        == [mine.id]
    )
    assert open_pile(owner=0) == [other.id]
    assert open_pile(topic="speaker") == []


def test_a_message_that_is_gone_is_said():
    with pytest.raises(NotFound):
        do(inbox.note, ContactMessage(id=4711), body="x", nonce="staff-g")


def test_the_morning_it_comes_back_is_a_morning_in_brussels():
    row = do(inbox.snooze, stored(), until=today() + timedelta(days=3))

    assert row.snoozed_until is not None
    assert row.snoozed_until.astimezone(inbox.BRUSSELS) == datetime.combine(
        today() + timedelta(days=3), inbox.MORNING, inbox.BRUSSELS
    )
