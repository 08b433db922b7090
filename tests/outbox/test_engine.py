"""The ledger and the engine: what goes out, what a crash can do, and what an answer of the mail server means."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.organisations import queries as organisations
from campaigner.outbox import claims, doubts, engine, message, outcomes, queries, runs, service
from campaigner.outbox.answers import Outcome
from campaigner.outbox.models import Delivery, Mailing
from campaigner.outbox.smtp import MESSAGE_SECONDS
from campaigner.supporters import service as supporters
from campaigner.supporters.models import Supporter
from campaigner.supporters.service import Person
from tests.conftest import Sink, deliver

CONTENT = {
    "nl": {
        "subject": "Dag {{voornaam}}",
        "text": "Dag {{voornaam}},\nStop: {{afmelden}}\n",
        "html": "<p>Dag {{voornaam}}</p><a href='{{afmelden}}'>stop</a>",
    }
}


def _mailing(people: int = 5, policy: str = "hold", start: bool = True) -> int:
    with transaction():
        for number in range(people):
            supporters.enrol(Person(f"An{number}", "Voorbeeld", f"an{number}@voorbeeld.example", "9000", "BE", "nl"))
        mailing = service.draft_mailing(organisation_id=organisations.host().id, unknown_policy=policy)
        service.set_content(mailing.id, CONTENT)
        columns = (func.cast(Supporter.id, Delivery.recipient.type), Supporter.mailbox, Supporter.email,
                   Supporter.first_name, Supporter.language, Supporter.provider)  # fmt: skip
        service.freeze(mailing.id, select(*columns))
        if start:
            service.start(mailing.id)
        return mailing.id


def _states(mailing_id: int) -> dict[str, int]:
    rows = select(Delivery.state, func.count()).where(Delivery.mailing_id == mailing_id).group_by(Delivery.state)
    return dict(db.session.execute(rows).all())


def _set(mailing_id: int, **values: Any) -> None:
    with transaction():
        db.session.execute(update(Delivery).where(Delivery.mailing_id == mailing_id).values(**values))


def test_everyone_in_the_frozen_audience_gets_it_once(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(45)
    engine.drain(mailing_id)
    engine.drain(mailing_id)
    assert sorted(smtp.recipients) == sorted(f"an{n}@voorbeeld.example" for n in range(45))
    progress = queries.progress(mailing_id)
    assert (progress.total, progress.sent, progress.state, progress.balanced) == (45, 45, "done", True)


def test_each_mail_says_how_to_stop_and_is_its_own(session: object, smtp: Sink) -> None:
    engine.drain(_mailing(2))
    first, second = smtp.messages
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-Unsubscribe"] != second["List-Unsubscribe"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Subject"].startswith("Dag An")
    assert first["List-Unsubscribe"].strip(" <>") in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_whoever_stops_during_a_send_gets_nothing_more(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(3)
    one = db.session.scalars(select(Delivery).order_by(Delivery.recipient)).first()
    assert one is not None
    with transaction():
        supporters.stop_mail(one.mailbox, organisation_id=organisations.host().id, evidence="test")
    engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": 2, "suppressed": 1}


def test_two_workers_share_a_mailing_and_nobody_gets_it_twice(clean: None, app: Any, smtp: Sink) -> None:
    mailing_id = _mailing(200)

    def work() -> None:
        with app.app_context():
            engine.drain(mailing_id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(smtp.recipients) == len(set(smtp.recipients)) == 200


def test_a_pause_holds_the_rest_and_a_resume_lets_it_go(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(5)
    with transaction():
        service.pause(mailing_id, "even wachten")
    engine.drain(mailing_id)
    assert smtp.messages == []
    with transaction():
        service.resume(mailing_id)
    engine.drain(mailing_id)
    assert len(smtp.messages) == 5


def test_a_pause_in_the_middle_stops_before_the_next_group(
    session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = _mailing(80)
    settle = outcomes.settle

    def settle_and_pause(run: Any, group: Any, outcomes: Any) -> None:
        settle(run, group, outcomes)
        with transaction():
            service.pause(mailing_id)

    monkeypatch.setattr(outcomes, "settle", settle_and_pause)
    engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": engine.GROUP, "ready": 80 - engine.GROUP}


def test_stopping_for_good_cancels_what_was_not_offered(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(3)
    with transaction():
        service.cancel(mailing_id)
    engine.drain(mailing_id)
    assert smtp.messages == []
    assert _states(mailing_id) == {"cancelled": 3}
    with pytest.raises(Conflict), transaction():
        service.resume(mailing_id)


def test_a_claim_of_a_dead_worker_is_ready_again(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(3)
    _set(mailing_id, state="claimed", worker="dead", lease_until=now() - timedelta(seconds=1))
    with transaction():
        assert claims.expire() == 3
    engine.drain(mailing_id)
    assert len(smtp.messages) == 3


@pytest.mark.parametrize(("policy", "after"), [("hold", "unknown"), ("skip", "unknown"), ("resend", "ready")])
def test_what_was_in_flight_when_its_worker_died_follows_the_policy(policy: str, after: str, session: object) -> None:
    mailing_id = _mailing(3, policy)
    _set(mailing_id, state="inflight", worker="dead", lease_until=now() - timedelta(seconds=1))
    with transaction():
        claims.expire()
    assert _states(mailing_id) == {after: 3}


def test_a_lease_that_still_runs_is_left_alone(session: object) -> None:
    mailing_id = _mailing(3)
    _set(mailing_id, state="inflight", worker="alive", lease_until=now() + timedelta(minutes=1))
    with transaction():
        assert claims.expire() == 0


def test_staff_resend_what_is_uncertain_as_the_same_message(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(1)
    engine.drain(mailing_id)
    _set(mailing_id, state="unknown")
    with transaction():
        assert doubts.resolve(mailing_id, resend=True) == 1
    engine.drain(mailing_id)
    first, second = smtp.messages
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert _states(mailing_id) == {"sent": 1}


@pytest.mark.parametrize(
    ("replies", "state", "mailing_state"),
    [
        ({"RCPT": "550 5.1.1 No such user"}, "failed", "done"),
        ({"RCPT": "451 4.7.1 Try later"}, "deferred", "sending"),
        ({"DATA": "452 4.2.2 Mailbox full"}, "deferred", "sending"),
        ({"MAIL": "550 5.7.1 Sender refused"}, "ready", "paused"),
        ({"DATA": "554 5.6.0 Looks like spam"}, "ready", "paused"),
        ({"MAIL": "421 4.3.2 Shutting down"}, "ready", "sending"),
    ],
)
def test_each_answer_of_the_mail_server_has_its_outcome(
    replies: dict[str, str], state: str, mailing_state: str, session: object, smtp: Sink
) -> None:
    mailing_id = _mailing(1)
    smtp.replies |= replies
    engine.drain(mailing_id)
    assert _states(mailing_id) == {state: 1}
    assert queries.progress(mailing_id).state == mailing_state
    if mailing_state == "paused":
        assert replies.popitem()[1][:3] in str(queries.progress(mailing_id).reason)


def test_a_mail_server_that_is_away_costs_nobody_an_attempt(session: object) -> None:
    mailing_id = _mailing(3)
    engine.drain(mailing_id)
    attempts = db.session.scalars(select(Delivery.attempts)).all()
    assert (_states(mailing_id), set(attempts)) == ({"ready": 3}, {0})


def test_a_line_lost_after_the_final_dot_is_unknown_and_never_sent_again_by_itself(
    session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def vanish(server: Any, session: Any, envelope: Any) -> str:
        smtp.raw.append(envelope.content)
        server.transport.close()
        return "250 never said"

    monkeypatch.setattr(smtp, "handle_DATA", vanish)
    mailing_id = _mailing(1)
    for _ in range(2):
        engine.drain(mailing_id)
        with transaction():
            claims.expire()
    assert (_states(mailing_id), len(smtp.raw)) == ({"unknown": 1}, 1)


def test_a_late_answer_turns_unknown_into_the_truth(session: object) -> None:
    mailing_id = _mailing(1)
    _set(mailing_id, state="unknown", worker="slow")
    run = runs.Run(mailing_id, 0, worker="slow")
    delivery = db.session.scalars(select(Delivery)).one()
    outcomes.settle(run, [delivery], {delivery.recipient: Outcome("sent", "250 OK")})
    assert _states(mailing_id) == {"sent": 1}


def test_a_worker_that_lost_its_claim_changes_nothing(session: object) -> None:
    mailing_id = _mailing(1)
    _set(mailing_id, state="inflight", worker="other")
    run = runs.Run(mailing_id, 0, worker="slow")
    delivery = db.session.scalars(select(Delivery)).one()
    outcomes.settle(run, [delivery], {delivery.recipient: Outcome("failed", "550 no")})
    assert _states(mailing_id) == {"inflight": 1}


def test_a_message_that_cannot_be_written_fails_alone(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(3)
    one = db.session.scalars(select(Delivery.recipient).order_by(Delivery.recipient)).first()
    with transaction():
        db.session.execute(update(Delivery).where(Delivery.recipient == one).values(language="xx"))
    engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": 2, "failed": 1}
    assert queries.progress(mailing_id).state == "done"


def test_the_reconciler_asks_for_a_worker_only_where_nobody_works(session: object) -> None:
    mailing_id = _mailing(2)
    assert queries.waiting() == [(mailing_id, "bulk")]
    _set(mailing_id, state="claimed", worker="alive", lease_until=now() + timedelta(minutes=1))
    assert queries.waiting() == []


def test_a_mailing_starts_once(session: object) -> None:
    mailing_id = _mailing(1)
    with pytest.raises(Conflict), transaction():
        service.start(mailing_id)


def test_a_cause_sends_one_mail_and_a_mailbox_gets_no_more_than_its_day_holds(session: object, smtp: Sink) -> None:
    urls = dict.fromkeys(("confirm_url", "not_me_url", "campaign_url"), "http://x/")
    values = {
        "first_name": "An",
        "title": "T",
        "kind": "petition",
        "already": False,
        "answers": [],
        "pillar": "work",
        "text_language": "nl",
    }

    def put(cause: str) -> str:
        with transaction():
            return service.put(
                kind="actions.confirm", cause=cause, to="an@voorbeeld.example", language="nl", per_day=2,
                template="actions/mails/confirm", values=values | urls,
            )  # fmt: skip

    assert [put("a"), put("a"), put("b"), put("c")] == ["queued", "repeated", "queued", "quota"]
    deliver()
    assert len(smtp.messages) == 2


def test_no_line_of_a_message_is_too_long_and_none_ends_in_a_bare_line_feed(session: object, app: Any) -> None:
    mailing_id = _mailing(1)
    delivery = db.session.scalars(select(Delivery)).one()
    raw = message.compose(delivery, db.session.get_one(Mailing, mailing_id), app.extensions["campaigner"])
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert raw.isascii()


def _drop_after_the_dot(smtp: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    async def vanish(server: Any, session: Any, envelope: Any) -> str:
        smtp.raw.append(envelope.content)
        server.transport.close()
        return "250 never said"

    monkeypatch.setattr(smtp, "handle_DATA", vanish)


def test_an_uncertain_service_mail_is_offered_three_times_and_then_held(
    session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    _drop_after_the_dot(smtp, monkeypatch)
    monkeypatch.setattr(runs, "RELAY_REST", timedelta(0))
    monkeypatch.setattr(outcomes, "_backoff", lambda attempts: timedelta(0))
    mailing_id = _mailing(1, "resend")
    for _ in range(6):
        engine.drain(mailing_id)
    assert (_states(mailing_id), len(smtp.raw)) == ({"unknown": 1}, outcomes.RESEND_AT_MOST)


def test_a_worker_that_dies_again_and_again_over_a_mail_does_not_send_it_for_ever(session: object) -> None:
    mailing_id = _mailing(1, "resend")
    for turn in range(1, 5):
        _set(mailing_id, state="inflight", worker="dead", attempts=turn, lease_until=now() - timedelta(seconds=1))
        with transaction():
            claims.expire()
    assert _states(mailing_id) == {"unknown": 1}


def test_a_slow_server_ends_the_group_before_the_lease_does(
    session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runs.LEASE.total_seconds() > engine.GROUP_SECONDS + MESSAGE_SECONDS
    monkeypatch.setattr(engine, "GROUP_SECONDS", 0.0)
    monkeypatch.setattr(runs, "RELAY_REST", timedelta(0))
    mailing_id = _mailing(3)
    engine.drain(mailing_id)
    assert _states(mailing_id).get("inflight") is None


def test_a_text_that_trips_a_filter_is_its_recipients_when_others_pass(
    session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "_backoff", lambda attempts: timedelta(0))
    take = smtp.handle_DATA

    async def filtered(server: Any, session: Any, envelope: Any) -> str:
        if "an1@" in envelope.rcpt_tos[0]:
            return "554 5.7.1 Spam"
        return await take(server, session, envelope)

    monkeypatch.setattr(smtp, "handle_DATA", filtered)
    mailing_id = _mailing(4)
    for _ in range(3):
        engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": 3, "failed": 1}
    assert queries.progress(mailing_id).state == "done"


def test_no_address_of_a_recipient_is_kept_in_a_servers_answer(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(1)
    smtp.replies["RCPT"] = "550 5.1.1 <an0@voorbeeld.example>: Recipient address rejected"
    engine.drain(mailing_id)
    reply = db.session.scalars(select(Delivery.reply)).one()
    assert "550 5.1.1" in reply
    assert "@" not in reply


def test_a_verified_no_during_a_send_is_heard(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(2)
    person = db.session.scalars(select(Supporter).order_by(Supporter.id)).first()
    assert person is not None
    answer = supporters.Answer("mail", organisations.host().id, "FOS", False)
    source = supporters.Source(language="nl", channel="web", evidence="test")
    with transaction():
        supporters.note(person.id, [answer], source=source, verified=True)
    engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": 1, "suppressed": 1}


def test_erasing_one_of_two_people_in_a_mailbox_stops_their_mail_alone(session: object, smtp: Sink) -> None:
    with transaction():
        for name in ("An", "Bert"):
            supporters.enrol(Person(name, "Thuis", "thuis@voorbeeld.example", "9000", "BE", "nl"))
    mailing_id = _mailing(0)
    gone = db.session.scalars(select(Supporter).order_by(Supporter.id)).first()
    assert gone is not None
    with transaction():
        supporters.forget(gone.id)
    engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": 1, "cancelled": 1}
    assert db.session.scalars(select(Delivery.address).where(Delivery.state == "cancelled")).all() == [None]


def test_stopping_for_good_leaves_nothing_open_that_was_under_way(
    session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = _mailing(1)
    smtp.replies["RCPT"] = "451 4.7.1 Try later"
    settle = outcomes.settle

    def cancel_first(run: Any, group: Any, outcomes: Any) -> None:
        with transaction():
            service.cancel(mailing_id)
        settle(run, group, outcomes)

    monkeypatch.setattr(outcomes, "settle", cancel_first)
    engine.drain(mailing_id)
    assert _states(mailing_id) == {"cancelled": 1}


def test_a_service_mail_survives_a_relay_that_rejects_everything_for_a_while(session: object) -> None:
    delivery = Delivery(attempts=outcomes.REJECTED_AT_MOST)
    mailing = Mailing(kind="actions.confirm", unknown_policy="resend", state="sending")
    follows = outcomes._next(Outcome("rejected", "554 policy"), delivery, mailing, held=True)
    assert follows.state == "deferred"


def test_resending_what_is_uncertain_passes_over_people_who_were_erased(session: object, smtp: Sink) -> None:
    mailing_id = _mailing(2)
    _set(mailing_id, state="unknown")
    gone = db.session.scalars(select(Supporter).order_by(Supporter.id)).first()
    assert gone is not None
    with transaction():
        supporters.forget(gone.id)
    with transaction():
        assert doubts.resolve(mailing_id, resend=True) == 1
    engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": 1, "unknown": 1}


def test_a_mail_under_way_to_somebody_who_is_erased_is_never_put_back(session: object) -> None:
    mailing_id = _mailing(1)
    _set(mailing_id, state="inflight", worker="w", attempts=1)
    delivery = db.session.scalars(select(Delivery)).one()
    with transaction():
        supporters.forget(int(delivery.recipient))
    outcomes.settle(runs.Run(mailing_id, 0, worker="w"), [delivery], {delivery.recipient: Outcome("deferred", "451")})
    assert _states(mailing_id) == {"unknown": 1}
    assert db.session.scalars(select(Delivery.address)).all() == [None]


def test_two_texts_that_trip_a_filter_do_not_pause_an_alert_for_ever(
    session: object, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "_backoff", lambda attempts: timedelta(0))
    take = smtp.handle_DATA

    async def filtered(server: Any, session: Any, envelope: Any) -> str:
        if envelope.rcpt_tos[0][:3] in ("an1", "an2"):
            return "554 5.7.1 Spam"
        return await take(server, session, envelope)

    monkeypatch.setattr(smtp, "handle_DATA", filtered)
    mailing_id = _mailing(5)
    for _ in range(4):
        engine.drain(mailing_id)
    assert _states(mailing_id) == {"sent": 3, "failed": 2}


def test_what_is_left_open_in_a_stopped_mailing_is_ended_by_the_round(session: object) -> None:
    mailing_id = _mailing(1)
    with transaction():
        service.cancel(mailing_id)
    _set(mailing_id, state="deferred", worker=None)
    with transaction():
        claims.expire()
    assert _states(mailing_id) == {"cancelled": 1}
