"""The pipeline, step by step: each step once, whatever happens in between."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from campaigner.contact import calls, jobs, queries, service, topics, turns
from campaigner.contact.models import STEPS, ContactEvent, ContactMessage
from campaigner.core import clock
from campaigner.core.db import db, transaction
from tests import make
from tests.contact.messages import CALM, DOUBTFUL, ROBOT, TEAM, account, mails, outcome, steps, stored

pytestmark = pytest.mark.usefixtures("session")
HELD = ["stored", "scored", "language", "routed"]  # what a message in quarantine went through


def test_a_message_is_stored_encrypted_and_its_history_begins():
    message = stored(name="Greet", body="Hang de affiche op")

    name, email, body = db.session.execute(text("SELECT name, email, body FROM contact_message")).one()
    assert b"Greet" not in bytes(name)
    assert b"voorbeeld" not in bytes(email)
    assert b"affiche" not in bytes(body)
    assert (message.name, message.body, message.state) == ("Greet", "Hang de affiche op", "new")
    assert steps(message) == ["stored"]


def test_references_count_up_and_name_the_year():
    first, second = stored(), stored()

    assert first.reference.startswith(f"FOS-{datetime.now(UTC).year % 100}-")
    assert first.reference != second.reference


def test_a_message_goes_through_every_step_and_two_mails_wait():
    message = stored(topic="local")

    jobs.advance(message.id)

    assert steps(message) == list(STEPS)
    assert (message.state, message.score, message.role) == ("new", 0, "campaigner")
    assert message.acknowledged_at
    assert message.notified_at
    assert len(mails("contact.receipt")) == len(mails("contact.notify")) == 1


def test_the_same_form_twice_is_one_message():
    first = stored(nonce="once", body="Zelfde tekst", email="greet@voorbeeld.example")
    second = stored(nonce="once", body="Zelfde tekst", email="greet@voorbeeld.example")

    assert first.reference == second.reference
    assert db.session.scalar(select(func.count()).select_from(ContactMessage)) == 1
    assert steps(first) == ["stored"]


@pytest.mark.parametrize("times", [2, 3])
def test_doing_everything_again_changes_nothing(times):
    message = stored(topic="press")
    for _ in range(times):
        jobs.advance(message.id)

    assert steps(message) == list(STEPS)
    assert len(mails("contact.receipt")) == len(mails("contact.alarm")) == 1


@pytest.mark.parametrize("step", ["score", "tongue", "route"])
def test_a_step_repeated_alone_is_done_once(step):
    message = stored()
    for _ in range(3):
        with transaction():
            service.score(message.id)
        with transaction():
            getattr(service, step)(message.id)

    assert len(steps(message)) == len(set(steps(message)))


def test_a_kill_between_any_two_steps_loses_nothing():
    def score(message_id: int) -> None:
        service.score(message_id)

    def acknowledge(message_id: int) -> None:
        service.acknowledge(message_id, reply_to=TEAM, ours=(TEAM,))

    through = [score, service.tongue, service.route]
    for done_before_the_kill in ([], [score], [score, service.tongue], through, [*through, acknowledge]):
        message = stored()
        for step in done_before_the_kill:
            with transaction():
                step(message.id)
        jobs.advance(message.id)
        assert steps(message) == list(STEPS)
    assert len(mails("contact.receipt")) == len(mails("contact.notify")) == 5


def test_nothing_is_mailed_before_a_message_is_scored_and_routed():
    message = stored()
    with transaction():
        service.acknowledge(message.id, reply_to=TEAM, ours=())
    with transaction():
        service.notify(message.id, to=TEAM, language="nl")

    assert steps(message) == ["stored"]
    assert mails("contact.receipt") == []


def test_the_database_itself_refuses_a_step_twice():
    message = stored()
    db.session.add(ContactEvent(message_id=message.id, step="scored"))
    db.session.flush()
    db.session.add(ContactEvent(message_id=message.id, step="scored"))
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_a_robot_goes_to_quarantine_and_no_mail_leaves():
    message = stored(signals=ROBOT)

    jobs.advance(message.id)

    assert message.state == "quarantine"
    assert message.reasons == ["decoy_filled", "decoy_changed", "too_fast"]
    assert steps(message) == HELD
    assert mails("contact.receipt") == mails("contact.notify") == []


def test_not_spam_brings_it_to_the_inbox_and_the_receipt_follows():
    message = stored(signals=ROBOT)
    jobs.advance(message.id)
    with transaction():
        service.release(message.id, account_id=make.account().id)

    jobs.advance(message.id)

    assert message.state == "new"
    assert steps(message) == [*HELD, "released", "acknowledged", "notified"]
    assert len(mails("contact.receipt")) == 1


def test_a_doubtful_message_waits_to_be_checked_and_is_acknowledged():
    message = stored(signals=DOUBTFUL)

    jobs.advance(message.id)

    assert (message.state, message.score) == ("check", 5)
    assert len(mails("contact.receipt")) == 1


def test_not_spam_after_a_check_sends_no_second_receipt():
    message = stored(signals=DOUBTFUL)
    jobs.advance(message.id)
    with transaction():
        service.release(message.id, account_id=make.account().id)
    jobs.advance(message.id)

    assert message.state == "new"
    assert len(mails("contact.receipt")) == 1


def test_the_same_text_within_a_day_counts_against_the_later_one_only():
    first, second = stored(body="Koop  onze HORLOGES"), stored(body="koop onze horloges")

    jobs.advance(second.id)
    jobs.advance(first.id)

    assert first.reasons == []
    assert second.reasons == ["seen_before"]


def test_the_same_text_after_a_day_is_no_reason():
    first, second = stored(body="Zelfde vraag"), stored(body="Zelfde vraag")
    first.created_at -= timedelta(hours=25)

    jobs.advance(second.id)

    assert second.reasons == []


@pytest.mark.parametrize(
    "address", ["no-reply@bedrijf.example", "leden@lists.vereniging.example", TEAM, "Contact@FOS.example"]
)
def test_programs_lists_and_our_own_mailboxes_get_no_receipt(address):
    message = stored(email=address)

    jobs.advance(message.id)

    assert outcome(message, "acknowledged") == "automaton"
    assert message.acknowledged_at is None
    assert mails("contact.receipt") == []
    assert len(mails("contact.notify")) == 1


def test_a_mailbox_gets_three_receipts_a_day_and_the_messages_arrive_all_the_same():
    messages = [stored(email="greet@voorbeeld.example", body=f"Bericht {n}") for n in range(4)]
    for message in messages:
        jobs.advance(message.id)

    assert [outcome(message, "acknowledged") for message in messages] == ["queued"] * 3 + ["quota"]
    assert messages[3].acknowledged_at is None
    assert messages[3].notified_at


@pytest.mark.parametrize(("topic", "urgent"), [("press", True), ("partner", True), ("privacy", True), ("other", False)])
def test_what_cannot_wait_is_marked(topic, urgent):
    message = stored(topic=topic)

    jobs.advance(message.id)

    assert message.urgent is urgent
    assert message.role == topics.TOPICS[topic].role


def test_a_privacy_request_starts_a_clock_of_thirty_days():
    message = stored(topic="privacy")

    jobs.advance(message.id)

    assert message.due_at == message.created_at + timedelta(days=30)


def test_working_days_skip_the_weekend():
    friday = datetime(2026, 5, 22, 15, 0, tzinfo=UTC)

    assert topics.answer_by("campaign", since=friday).isoformat() == "2026-05-26T15:00:00+00:00"
    assert topics.answer_by("press", since=friday).isoformat() == "2026-05-25T15:00:00+00:00"


def test_a_message_that_stands_still_is_found_and_rung_again(monkeypatch):
    stuck, done, fresh, quarantined = stored(), stored(), stored(), stored(signals=ROBOT)
    for message in (done, quarantined):
        jobs.advance(message.id)
    assert fresh.next_at > stuck.next_at
    monkeypatch.setattr(turns.func, "clock_timestamp", lambda: clock.now() + timedelta(seconds=1))
    rung: list[str] = []
    monkeypatch.setattr(jobs.queue, "ring", lambda job, **_more: rung.append(job))

    with transaction():
        jobs.reconcile()

    assert rung == [service.DRAIN]
    with transaction():
        assert turns.claim() == [stuck.id, fresh.id]


def test_a_quarantined_message_that_was_never_routed_is_found_too():
    message = stored(signals=ROBOT)
    with transaction():
        service.score(message.id)

    assert turns.waiting() == 1


def test_a_message_that_is_gone_is_no_error():
    jobs.advance(4711)


def test_staff_take_answer_close_and_reopen():
    message, mine, other = stored(), account(), account("Collega")
    jobs.advance(message.id)

    for verb, who, state in [
        (service.take, mine, "open"), (service.take, other, "open"), (service.answered, other, "answered"),
        (service.close, other, "closed"), (service.reopen, mine, "open"),
    ]:  # fmt: skip
        with transaction():
            verb(message.id, account_id=who)
        assert message.state == state
    assert message.owner_id == mine
    assert message.closed_at is None
    assert steps(message)[6:] == ["taken", "taken", "answered", "closed", "reopened"]


@pytest.mark.parametrize("verb", ["take", "answered", "close", "spam"])
def test_pressing_a_button_twice_is_pressing_it_once(verb):
    message, mine = stored(), account()
    for _ in range(2):
        with transaction():
            getattr(service, verb)(message.id, account_id=mine)

    assert len(steps(message)) == 2


def test_a_message_that_staff_marked_as_spam_before_its_receipt_gets_none():
    message, mine = stored(), account()
    with transaction():
        service.spam(message.id, account_id=mine)

    jobs.advance(message.id)

    assert message.state == "quarantine"
    assert mails("contact.receipt") == []


def test_a_pile_that_staff_chose_stands_when_the_score_comes_later():
    message, mine = stored(signals=ROBOT), account()
    with transaction():
        service.take(message.id, account_id=mine)

    jobs.advance(message.id)

    assert (message.state, message.score) == ("open", 12)


def test_the_open_pile_has_the_urgent_first_and_then_who_waits_longest():
    old, urgent, new = stored(body="oud"), stored(topic="press"), stored(body="nieuw")
    for message in (old, urgent, new):
        jobs.advance(message.id)

    assert [row.id for row in queries.pile("open")] == [urgent.id, old.id, new.id]


def test_the_counts_are_what_lies_in_the_piles():
    mine = account()
    for signals in (CALM, CALM, DOUBTFUL, ROBOT):
        jobs.advance(stored(signals=signals).id)
    late = stored()
    jobs.advance(late.id)
    late.due_at -= timedelta(days=9)
    with transaction():
        service.take(late.id, account_id=mine)

    assert queries.counts() == queries.Counts(open=3, check=1, quarantine=1, snoozed=0, done=0, new=2, late=1)


def test_the_job_that_is_rung_exists():
    assert f"{jobs.drain.__module__}.{jobs.drain.__name__}" == service.DRAIN
    assert f"{jobs.call.__module__}.{jobs.call.__name__}" == calls.CALL
