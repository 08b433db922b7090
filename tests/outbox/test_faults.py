"""What goes wrong between a worker, a mail server and the people who press buttons: each found once, and mended."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import claims, counters, doubts, engine, outcomes, pace, queries, relays, runs, service, smtp
from campaigner.outbox.answers import Outcome
from campaigner.outbox.models import Delivery, MailingEvent, Pace, Suppression
from campaigner.spelling import Cap
from tests.conftest import Sink
from tests.outbox.server import GONE, Server, serving
from tests.outbox.test_engine import _mailing as mailing
from tests.outbox.test_engine import _set as put
from tests.outbox.test_engine import _states as states
from tests.outbox.test_smtp import OFFERS

Chosen = Callable[..., Any]


@pytest.fixture
def chosen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Chosen:
    """Settings that a test may change."""

    def use(**values: Any) -> Any:
        changed = replace(app.extensions["campaigner"], **values)
        monkeypatch.setitem(app.extensions, "campaigner", changed)
        return changed

    return use


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told to come later comes at once."""
    monkeypatch.setattr(outcomes, "_backoff", lambda attempts: timedelta(0))
    monkeypatch.setattr(runs, "RELAY_REST", timedelta(0))


def _drained(app: Flask, mailing_id: int) -> threading.Thread:
    def go() -> None:
        with app.app_context():
            engine.drain(mailing_id)

    thread = threading.Thread(target=go)
    thread.start()
    return thread


@pytest.mark.parametrize("stage", ["DOT", "MAIL"])
def test_words_that_no_database_takes_cost_nobody_their_outcome(session: Session, chosen: Chosen, stage: str) -> None:
    said = {"DOT": "250 2.0.0 q\x00id", "MAIL": "421 4.7.0 go\x00away"}[stage]
    with serving(Server(("PIPELINING",), lambda at, _to: said if at == stage else None)) as server:
        chosen(mail_port=server.relay.port)
        mailing_id = mailing(3)
        engine.drain(mailing_id)
    assert states(mailing_id) == ({"sent": 3} if stage == "DOT" else {"ready": 3})


def test_a_message_whose_commands_are_said_does_not_outlive_the_lease(
    clean: None, app: Flask, chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "GROUP_SECONDS", 0.5)
    monkeypatch.setattr(smtp, "MESSAGE_SECONDS", 1.0)
    monkeypatch.setattr(runs, "LEASE", timedelta(seconds=2))
    delays = iter([0.45, 0.95, 0.95])
    slow = Server(("PIPELINING",), lambda at, _to: time.sleep(next(delays, 0)) if at == "DOT" else None)
    with serving(slow) as server:
        chosen(mail_port=server.relay.port, mail_connections=1)
        mailing_id = mailing(3, "resend")
        first = _drained(app, mailing_id)
        for _ in range(14):
            time.sleep(0.25)
            with transaction():
                claims.expire()
            engine.drain(mailing_id)
        first.join()
        assert max(Counter(to for to, _ in server.texts).values()) == 1


@pytest.mark.parametrize("words", ["550 relay not permitted", "530 Authentication required", "550 5.5.1 Log in first"])
def test_a_server_that_lets_nobody_pass_burns_no_address(session: Session, smtp: Sink, words: str) -> None:
    smtp.replies["RCPT"] = words
    mailing_id = mailing(3)
    engine.drain(mailing_id)
    assert (states(mailing_id), queries.progress(mailing_id).state) == ({"ready": 3}, "paused")


def test_two_texts_in_a_group_of_their_own_do_not_pause_an_alert_for_ever(
    session: Session, smtp: Sink, no_waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = smtp.handle_DATA

    async def filtered(server: Any, session: Any, envelope: Any) -> str:
        return "554 5.7.1 Spam" if len(smtp.raw) >= engine.GROUP else await take(server, session, envelope)

    monkeypatch.setattr(smtp, "handle_DATA", filtered)
    mailing_id = mailing(engine.GROUP + 2)
    for _ in range(4):
        engine.drain(mailing_id)
        if queries.progress(mailing_id).state == "paused":
            with transaction():
                service.resume(mailing_id)
    assert states(mailing_id) == {"sent": engine.GROUP, "failed": 2}


@pytest.mark.parametrize(
    "words",
    ["550 5.2.1 is receiving mail at a rate that", "550 5.1.1 rejected, listed at a dnsbl", "550 [5.1.1.9] is blocked"],
)
def test_a_no_that_may_be_about_us_shuts_no_mailbox(session: Session, smtp: Sink, words: str) -> None:
    smtp.replies["RCPT an0@voorbeeld.example"] = words
    engine.drain(mailing(2))
    assert db.session.scalars(select(Suppression.reason)).all() == []


@pytest.mark.parametrize("stopped", ["during the group", "before the second attempt"])
def test_what_may_have_arrived_never_ends_as_not_sent(
    session: Session, chosen: Chosen, monkeypatch: pytest.MonkeyPatch, stopped: str
) -> None:
    settle = outcomes.settle

    def cancel_first(*given: Any) -> None:
        with transaction():
            service.cancel(mailing_id)
        settle(*given)

    with serving(Server(("PIPELINING",), lambda at, _to: GONE if at == "DOT" else None)) as server:
        chosen(mail_port=server.relay.port)
        mailing_id = mailing(1, "resend")
        if stopped == "during the group":
            monkeypatch.setattr(outcomes, "settle", cancel_first)
        engine.drain(mailing_id)
        if stopped == "before the second attempt":
            with transaction():
                service.cancel(mailing_id)
        assert len(server.texts) == 1
    assert states(mailing_id) == {"unknown": 1}


def test_a_send_is_not_finished_over_mails_that_staff_just_put_back(clean: None, app: Flask) -> None:
    mailing_id = mailing(1)
    put(mailing_id, state="unknown", settled_at=now())
    begun = threading.Event()

    def finish() -> None:
        with app.app_context():
            begun.wait()
            with transaction():
                service.finish(mailing_id)

    thread = threading.Thread(target=finish)
    thread.start()
    with transaction():
        doubts.resolve(mailing_id, resend=True)
        begun.set()
        time.sleep(0.3)
    thread.join()
    assert (queries.progress(mailing_id).state, queries.waiting()) == ("sending", [(mailing_id, "bulk")])


def test_a_row_that_cannot_be_opened_fails_alone(session: Session, smtp: Sink) -> None:
    mailing_id = mailing(60)
    one = db.session.scalars(select(Delivery.recipient).order_by(Delivery.not_before)).all()[5]
    with transaction():
        db.session.execute(
            text("UPDATE delivery SET address = '\\x026b39' || address WHERE recipient = :one"), {"one": one}
        )
    engine.drain(mailing_id)
    assert states(mailing_id) == {"sent": 59, "failed": 1}


class Limited(Server):
    """Ends each line after so many messages, and takes so many lines at once."""

    most_messages, most_lines = 10**9, 10**9

    def __init__(self) -> None:
        super().__init__(("PIPELINING",))
        self.busy, self.lock = 0, threading.Lock()

    def talk(self, sock: Any) -> None:
        """One conversation."""
        with self.lock:
            self.busy += 1
            one_too_many = self.busy > self.most_lines
        mine = Server(self.extensions, delay=0.001, texts=self.texts)
        begun = Counter[str]()

        def answer(stage: str, _recipient: str) -> str | None:
            begun[stage] += 1
            return "421 4.7.0 enough for this line" if stage == "MAIL" and begun[stage] > self.most_messages else None

        mine.answer = answer
        try:
            if one_too_many:
                sock.sendall(b"421 4.7.0 too many connections\r\n")
                sock.close()
            else:
                mine.talk(sock)
        finally:
            with self.lock:
                self.busy -= 1


@pytest.fixture
def limited() -> Iterator[Limited]:
    """It listens."""
    with serving(Limited()) as server:
        assert isinstance(server, Limited)
        yield server


def test_a_server_that_ends_a_line_after_so_many_messages_gets_another_line(
    clean: None, app: Flask, chosen: Chosen, limited: Limited, no_waiting: None
) -> None:
    limited.most_messages = 60
    chosen(mail_port=limited.relay.port, mail_connections=2)
    mailing_id = mailing(400)
    engine.drain(mailing_id)
    assert states(mailing_id) == {"sent": 400}
    assert "relay rests" not in db.session.scalars(select(MailingEvent.what)).all()


def test_a_server_with_fewer_lines_than_we_open_is_used_with_those_it_has(
    clean: None, app: Flask, chosen: Chosen, limited: Limited
) -> None:
    limited.most_lines = 2
    chosen(mail_port=limited.relay.port, mail_connections=4)
    mailing_id = mailing(600)
    for _ in range(3):
        engine.drain(mailing_id)
    assert len(limited.texts) == len({to for to, _ in limited.texts}) >= 500


def test_a_rate_leaves_room_for_several_lines(
    clean: None, app: Flask, chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Server(OFFERS["plain"])) as server:
        server.delay = 0.005
        settings = chosen(mail_port=server.relay.port, mail_connections=4, mail_rate=400.0)
        with transaction():
            pace.keep(settings, relays.all_of(settings))
        monkeypatch.setattr(runs, "SLICE_SECONDS", 1.0)
        engine.drain(mailing(500))
        assert server.lines > 1


def test_a_limit_that_is_raised_holds_at_once(session: Session, chosen: Chosen) -> None:
    for rate in (5.0, 50.0):
        settings = chosen(mail_provider_rates=(("gmail.com", rate),))
        with transaction():
            pace.keep(settings, relays.all_of(settings))
    assert db.session.get_one(Pace, "provider:gmail.com", populate_existing=True).rate == 50.0


def test_those_who_take_tokens_never_wait_for_each_other_crosswise(clean: None, app: Flask, chosen: Chosen) -> None:
    settings = chosen(mail_rate=100000.0)
    relay = replace(relays.all_of(settings)[0], rate=100000.0)
    with transaction():
        pace.keep(settings, [relay])
    until, errors = time.monotonic() + 1.5, []

    def take(how: Callable[[], object]) -> None:
        with app.app_context():
            while time.monotonic() < until:
                try:
                    with transaction():
                        how()
                except OperationalError as error:
                    errors.append(type(error.orig).__name__)

    bulk = lambda: pace.allowance(relay, 500).taken({"other": 3})  # noqa: E731
    urgent = lambda: pace.spend(relay, 1)  # noqa: E731
    keeper = lambda: pace.keep(settings, [relay])  # noqa: E731
    threads = [threading.Thread(target=take, args=(how,)) for how in (bulk, bulk, urgent, urgent, keeper)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_two_alerts_at_the_same_moment_keep_to_the_cap(clean: None, app: Flask, chosen: Chosen) -> None:
    with serving(Server(("PIPELINING",))) as server:
        server.delay = 0.002
        chosen(mail_port=server.relay.port, mail_cap=Cap(most=1, days=7), mail_connections=1)
        first, second = mailing(120), mailing(0)
        threads = [_drained(app, each) for each in (first, second)]
        for thread in threads:
            thread.join()
        assert max(Counter(to for to, _ in server.texts).values()) == 1


def test_what_staff_count_as_delivered_does_not_look_like_speed(session: Session) -> None:
    mailing_id = mailing(30)
    put(mailing_id, state="unknown")
    with transaction():
        assert doubts.resolve(mailing_id, resend=False) == 30
    assert queries.progress(mailing_id).per_minute == 0
    with transaction():
        counters.fold()
    progress = queries.progress(mailing_id)
    assert (progress.per_minute, progress.sent) == (0, 30)


def test_giving_back_keeps_the_server_s_words(session: Session) -> None:
    mailing_id = mailing(1)
    put(mailing_id, state="claimed", worker="w", reply="451 4.7.1 greylisted")
    claims.give_back(runs.Run(mailing_id, 0, worker="w"))
    assert db.session.scalars(select(Delivery.reply)).one() == "451 4.7.1 greylisted"


def test_a_name_before_the_at_sign_is_not_kept_either(session: Session, smtp: Sink) -> None:
    mailing_id = mailing(1)
    smtp.replies["RCPT"] = "550 5.1.1 Recipient an0 not found in directory"
    engine.drain(mailing_id)
    reply = db.session.scalars(select(Delivery.reply)).one()
    assert reply == "550 5.1.1 Recipient … not found in directory"


def test_what_looks_like_a_status_inside_a_number_is_none() -> None:
    assert Outcome("failed", "550 [5.1.1.9] is blocked here").status == ""
