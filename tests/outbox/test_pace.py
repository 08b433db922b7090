"""How fast mail leaves: true buckets for the whole, per relay and per provider, slower on demand and never for ever."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from campaigner.config import Settings
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import engine, outcomes, pace, queries, relays, runs, service
from campaigner.outbox.models import Delivery, Mailing, MailingEvent, Pace
from campaigner.spelling import Cap, Relay, WarmUp
from tests.conftest import Sink
from tests.outbox.server import Server, serving
from tests.outbox.test_engine import _mailing as mailing
from tests.outbox.test_engine import _states as states

MAIN = Relay("main", "127.0.0.1")


@pytest.fixture
def ours(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings that a test may change."""

    def change(**values: Any) -> Settings:
        changed = replace(app.extensions["campaigner"], **values)
        monkeypatch.setitem(app.extensions, "campaigner", changed)
        with transaction():
            pace.keep(changed, relays.all_of(changed))
        return changed

    return change


def _pace(key: str) -> Pace | None:
    return db.session.get(Pace, key, populate_existing=True)


def _back(seconds: float) -> None:
    """As if so many seconds had passed for every bucket."""
    with transaction():
        for one in db.session.scalars(select(Pace)):
            one.refilled_at -= timedelta(seconds=seconds)
            if one.slowed_at is not None:
                one.slowed_at -= timedelta(seconds=seconds)
            if one.rest_until is not None:
                one.rest_until -= timedelta(seconds=seconds)


def _providers(**wanted: int) -> None:
    """Give so many of the waiting deliveries to each provider."""
    rows = iter(db.session.scalars(select(Delivery.recipient).order_by(Delivery.recipient)).all())
    with transaction():
        for name, number in wanted.items():
            theirs = [next(rows) for _ in range(number)]
            db.session.execute(update(Delivery).where(Delivery.recipient.in_(theirs)).values(provider=name))


def test_without_limits_nothing_is_counted_or_locked(session: Session, smtp: Sink) -> None:
    engine.drain(mailing(5))
    assert session.scalars(select(Pace)).all() == []


def test_a_rate_for_the_whole_lets_a_second_s_worth_go_and_then_one_by_one(
    ours: Any, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(mail_rate=3.0)
    monkeypatch.setattr(runs, "SLICE_SECONDS", 0.2)
    mailing_id = mailing(10)
    assert engine.drain(mailing_id) is True  # there is more, as soon as there are tokens
    assert 3 <= len(smtp.messages) <= 4
    _back(1)
    engine.drain(mailing_id)
    assert 6 <= len(smtp.messages) <= 8
    _back(3600)  # an hour of rest is no licence for an hour's mail
    engine.drain(mailing_id)
    assert 9 <= len(smtp.messages) <= 10 + 1


def test_a_slow_provider_holds_up_nobody_else(ours: Any, smtp: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    ours(mail_provider_rates=(("outlook.com", 2.0),))
    monkeypatch.setattr(runs, "SLICE_SECONDS", 0.3)
    mailing_id = mailing(20)
    _providers(**{"outlook.com": 12})
    engine.drain(mailing_id)
    sent = Counter(session_provider for session_provider in db.session.scalars(
        select(Delivery.provider).where(Delivery.state == "sent")
    ))  # fmt: skip
    assert sent["other"] == 8
    assert 2 <= sent["outlook.com"] <= 3


def test_a_provider_that_says_too_fast_is_halved_once_a_storm_and_recovers(session: Session) -> None:
    with transaction():
        first = pace.slow("provider:outlook.com", "421 4.7.0 too fast")
    with transaction():
        assert pace.slow("provider:outlook.com", "421 4.7.0 too fast") == first
    assert first == pace.UNKNOWN_RATE / 2
    _back(40)
    with transaction():
        assert pace.slow("provider:outlook.com", "450 4.7.1") == first / 2
    rates = []
    for _minute in range(20):
        _back(61)
        with transaction():
            pace._recover()
        one = _pace("provider:outlook.com")
        if one is None:
            break
        rates.append(one.rate)
    assert rates == sorted(rates)
    assert _pace("provider:outlook.com") is None  # a limit that nobody set ends where it began


def test_a_limit_that_was_set_is_grown_back_to_and_never_beyond(ours: Any) -> None:
    settings = ours(mail_provider_rates=(("gmail.com", 10.0),))
    with transaction():
        pace.slow("provider:gmail.com", "450 4.7.28")
    for _minute in range(20):
        _back(61)
        with transaction():
            pace.keep(settings, relays.all_of(settings))
    one = _pace("provider:gmail.com")
    assert one is not None
    assert (one.rate, one.slowed_at) == (10.0, None)
    ours(mail_provider_rates=())
    assert _pace("provider:gmail.com") is None


def test_an_answer_of_too_fast_slows_that_provider_and_the_mail_waits_its_turn(session: Session, smtp: Sink) -> None:
    mailing_id = mailing(2)
    _providers(**{"gmail.com": 1})
    smtp.replies["RCPT"] = "450 4.7.1 too many messages, try again in 600 seconds"
    engine.drain(mailing_id)
    rows = session.scalars(select(Delivery)).all()
    assert {row.state for row in rows} == {"deferred"}
    assert all(timedelta(seconds=590) < row.not_before - now() < timedelta(seconds=601) for row in rows)
    assert {one.key for one in session.scalars(select(Pace))} == {"provider:gmail.com"}


def test_service_mail_takes_tokens_and_waits_for_none(ours: Any) -> None:
    ours(mail_rate=2.0)
    with transaction():
        pace.spend(MAIN, 10)
    with transaction():
        assert pace.allowance(MAIN, 500).none
    one = _pace("all")
    assert one is not None
    assert one.tokens < -7  # a bulk sender waits for four seconds and more


def test_a_warm_up_doubles_each_day_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = WarmUp(date(2026, 12, 1), 200)
    for day, per_day in ((1, 100), (2, 200), (4, 800)):
        monkeypatch.setattr(pace, "now", lambda day=day: datetime(2026, 12, day, 12, tzinfo=UTC))
        rate = pace._warm(ramp)
        assert rate is not None
        assert round(rate * 86_400) == per_day  # and as many at once: never more than twice that within a day
    monkeypatch.setattr(pace, "now", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert pace._warm(ramp) is None


def test_a_warm_up_begins_each_day_with_half_of_what_that_day_allows(
    ours: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(mail_rate=1 / 60)  # an ordinary limit, with a bucket for one
    for day, per_day in ((1, 200), (2, 400)):
        monkeypatch.setattr(pace, "now", lambda day=day: datetime(2026, 12, day, 12, tzinfo=UTC))
        ours(mail_rate=None, mail_warmup=WarmUp(date(2026, 12, 1), 200))
        one = _pace("all")
        assert one is not None
        assert (round(one.tokens), round(one.burst), round((one.rate or 0) * 86_400)) == (per_day / 2,) * 3
        with transaction():
            pace.spend(MAIN, per_day // 2)
    ours(mail_rate=1 / 60, mail_warmup=None)
    one = _pace("all")
    assert one is not None
    assert one.tokens <= one.burst == 1.0


def test_a_provider_that_complained_gets_no_full_bucket_with_the_new_day(
    ours: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "now", lambda: datetime(2026, 12, 1, 12, tzinfo=UTC))
    ours(mail_warmup=WarmUp(date(2026, 12, 1), 200))
    with transaction():
        pace.slow("all", "421 4.7.28")
    monkeypatch.setattr(pace, "now", lambda: datetime(2026, 12, 2, 12, tzinfo=UTC))
    ours(mail_warmup=WarmUp(date(2026, 12, 1), 200))
    one = _pace("all")
    assert one is not None
    assert one.tokens <= 0


def test_a_relay_that_is_away_rests_longer_each_time_and_is_forgiven_when_it_answers(session: Session) -> None:
    lengths = []
    for _ in range(7):
        with transaction():
            lengths.append(pace.rest("relay:main", "ConnectionRefusedError"))
            assert pace.rest("relay:main", "the same, seen by another worker") is None
        assert pace.open_relays([MAIN]) == []
        _back(301)
        assert pace.open_relays([MAIN]) == [MAIN]
        with transaction():
            one = db.session.get_one(Pace, "relay:main")
            one.rest_until = now() - timedelta(seconds=1)
    assert [round(length.total_seconds()) for length in lengths if length] == [10, 20, 40, 80, 160, 300, 300]
    with transaction():
        pace.reached("relay:main")
    with transaction():
        assert pace.rest("relay:main", "again") == pace.FIRST_REST


def test_another_relay_takes_over_and_nobody_is_written_to_twice(
    ours: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Server(("PIPELINING",))) as second:
        settings = ours(mail_relays=(replace(second.relay, name="second"),))  # and nothing listens at the main one
        monkeypatch.setattr(relays, "one_of", lambda open_ones: open_ones[0] if open_ones else None)
        mailing_id = mailing(60)
        engine.drain(mailing_id)
        assert states(mailing_id) == {"sent": 60}
        assert len({to for to, _ in second.texts}) == len(second.texts) == 60
    resting = _pace("relay:main")
    assert resting is not None
    assert resting.rest_until is not None
    assert "relay rests" in session.scalars(select(MailingEvent.what)).all()
    assert [relay.name for relay in pace.open_relays(relays.all_of(settings))] == ["second"]


def test_mail_goes_to_the_relays_by_their_weight() -> None:
    heavy, light = Relay("heavy", "a", weight=3), Relay("light", "b", weight=1)
    chosen = Counter(one.name for _ in range(4000) if (one := relays.one_of([heavy, light])))
    assert 2.5 < chosen["heavy"] / chosen["light"] < 3.6
    assert relays.one_of([]) is None


def test_a_mailbox_gets_no_more_alerts_than_the_cap_and_service_mail_all_the_same(
    ours: Any, session: Session, smtp: Sink
) -> None:
    ours(mail_cap=Cap(most=2, days=7))
    sent = []
    for _ in range(3):
        mailing_id = mailing(2)
        engine.drain(mailing_id)
        sent.append(states(mailing_id))
    assert sent == [{"sent": 2}, {"sent": 2}, {"suppressed": 2}]
    assert set(session.scalars(select(Delivery.reply).where(Delivery.state == "suppressed"))) == {"frequency cap"}
    assert queries.progress(mailing_id).state == "done"
    with transaction():
        service.send_test(cause="1", to="an0@voorbeeld.example", first_name=None, language="nl", unsubscribe="https://x.example/",
                          content={"subject": "x", "text": "x\n", "html": "<p>x</p>"})  # fmt: skip
    engine.drain(session.scalars(select(Mailing.id).where(Mailing.kind == "alerts.test")).one())
    assert len(smtp.messages) == 5


def test_alerts_of_long_ago_do_not_count_for_the_cap(ours: Any, session: Session, smtp: Sink) -> None:
    ours(mail_cap=Cap(most=1, days=7))
    engine.drain(mailing(1))
    with transaction():
        session.execute(update(Delivery).values(offered_at=func.now() - timedelta(days=8)))
    again = mailing(1)
    engine.drain(again)
    assert states(again) == {"sent": 1}


def test_a_relay_that_refuses_every_recipient_by_policy_burns_no_address(session: Session, smtp: Sink) -> None:
    mailing_id = mailing(4)
    smtp.replies["RCPT"] = "554 5.7.1 Relay access denied"
    engine.drain(mailing_id)
    assert (states(mailing_id), queries.progress(mailing_id).state) == ({"ready": 4}, "paused")


def test_a_dead_address_is_shut_for_everybody_and_a_policy_shuts_nobody(session: Session, smtp: Sink) -> None:
    mailing_id = mailing(3)
    smtp.replies |= {
        "RCPT an0@voorbeeld.example": "550 5.1.1 no such user",
        "RCPT an1@voorbeeld.example": "550 5.7.1 we do not like you",
    }
    engine.drain(mailing_id)
    assert states(mailing_id) == {"failed": 2, "sent": 1}
    again = mailing(3)
    engine.drain(again)
    assert states(again) == {"suppressed": 1, "failed": 1, "sent": 1}


def test_outcomes_of_one_group_are_one_statement(session: Session, smtp: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    execute = db.session.execute
    monkeypatch.setattr(outcomes.db.session, "execute", lambda *a, **k: (seen.append(a[0]), execute(*a, **k))[1])
    engine.drain(mailing(40))
    assert seen.count(outcomes.SETTLE) == 1
