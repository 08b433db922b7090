"""An alert that leaves later: all a send does at the press, and once more at its time."""

from collections import Counter
from datetime import timedelta

import pytest

from campaigner import rounds
from campaigner.alerts import audience, desk, jobs, planning, queries, release, writing
from campaigner.alerts import rule as rules
from campaigner.alerts import service as alerts
from campaigner.alerts.models import AlertPlan
from campaigner.alerts.when import AT_ONCE, Slices
from campaigner.core import clock
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, Mailing
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def somebody():
    account_id = make.account().id
    db.session.commit()
    return account_id


@pytest.fixture
def me():
    return somebody()


@pytest.fixture
def alert():
    campaign = make.campaign()
    for _ in range(3):
        make.acted(campaign)
    return make.alert(campaign)


@pytest.fixture
def plan(settings, me):
    """Plan an alert for an hour from now."""

    def write(alert, *, by=None, slices=AT_ONCE, confirmed=3, seen=None):
        at = clock.now() + timedelta(hours=1)
        choice = {"slices": slices, "policy": "hold", "confirmed": confirmed, "settings": settings}
        with transaction():
            return planning.schedule(alert.id, at=at, by=by or me, seen=seen or release.digest(alert), **choice)

    return write


@pytest.fixture
def an_hour_later(monkeypatch):
    later = clock.now() + timedelta(hours=1, seconds=5)

    def move():
        for module in (clock, planning, alerts, queries):
            if hasattr(module, "now"):
                monkeypatch.setattr(module, "now", lambda: later)

    return move


def a_round():
    with transaction():
        jobs.leave()


def recipients(alert):
    return {int(row.recipient) for row in db.session.query(Delivery).filter_by(mailing_id=alert.mailing_id)}


def test_nothing_leaves_before_its_time_and_everything_at_it(alert, plan, an_hour_later):
    plan(alert)
    assert alert.state == "scheduled"
    a_round()
    assert alert.mailing_id is None
    assert db.session.query(Mailing).filter(Mailing.kind.is_(None)).count() == 0
    an_hour_later()
    a_round()
    db.session.refresh(alert)
    assert (alert.state, alert.mailing.total, alert.plan.state) == ("sending", 3, "left")


def test_who_came_and_who_left_meanwhile_is_seen_at_the_freeze_and_both_numbers_stay(alert, plan, an_hour_later):
    plan(alert)
    gone = int(next(iter(db.session.execute(queries.audience(alert)))).recipient)
    late = [make.acted(alert.campaign).id for _ in range(2)]
    outbox.suppress(db.session.get(make.Supporter, gone).mailbox, reason="unsubscribed")
    an_hour_later()
    a_round()
    db.session.refresh(alert)
    assert (alert.plan.seen["total"], alert.audience_then["total"]) == (3, 4)
    assert set(late) <= recipients(alert)
    assert gone not in recipients(alert)


def _rewrite(alert):
    typed = {"subject": "Anders", "preheader": "", "body": "Helemaal anders dan eerst.", "button_label": ""}
    writing.save(alert.id, language="nl", typed=typed, by=1)


def _choose(alert):
    audience.choose(alert.id, rules.All(()))


@pytest.mark.parametrize(
    "change", [_rewrite, _choose, lambda alert: writing.begin(alert.id, language="fr", by=1),
               lambda alert: writing.aim(alert.id, act="petition"),
               lambda alert: release.ask(alert.id, by=1, people=3, policy="hold", seen=release.digest(alert))],
)  # fmt: skip
def test_nothing_of_it_changes_while_it_waits(alert, plan, change):
    plan(alert)
    with pytest.raises(writing.Planned):
        change(alert)


def test_neither_is_it_sent_or_planned_twice(alert, plan, settings):
    plan(alert)
    with pytest.raises(writing.Planned):
        alerts.send(alert.id, policy="hold", confirmed=3, settings=settings)
    with pytest.raises(writing.Planned):
        plan(alert)


def test_taken_out_it_is_a_draft_that_changes_and_never_leaves_by_itself(alert, plan, an_hour_later):
    plan(alert)
    with transaction():
        planning.take_out(alert.id)
    assert alert.state == "draft"
    _rewrite(alert)
    an_hour_later()
    a_round()
    assert alert.mailing_id is None
    with pytest.raises(Conflict):
        planning.take_out(alert.id)


def test_a_check_that_blocks_at_its_time_makes_it_a_draft_with_the_reason_and_a_task(alert, plan, an_hour_later):
    plan(alert)
    make.acted(alert.campaign, language="es")  # a language that nobody wrote
    an_hour_later()
    a_round()
    db.session.refresh(alert)
    assert (alert.state, alert.plan.state, alert.mailing_id) == ("draft", "refused", None)
    assert "Spaans" in alert.plan.reason
    assert db.session.query(Mailing).filter(Mailing.kind.is_(None)).count() == 0
    task = desk.refused()
    assert task.count == 1
    a_round()  # it does not try again by itself
    assert alert.mailing_id is None
    _rewrite(alert)  # and it can be mended


def test_what_blocks_now_is_not_planned(alert, plan):
    make.acted(alert.campaign, language="es")
    with pytest.raises(alerts.NotReady):
        plan(alert, confirmed=4)
    assert db.session.get(AlertPlan, alert.id) is None


def test_what_the_page_did_not_show_is_not_planned(alert, plan):
    with pytest.raises(release.ChangedSince):
        plan(alert, seen="something else")


def test_a_number_that_the_press_did_not_see_is_not_planned(alert, plan):
    with pytest.raises(alerts.AudienceChanged):
        plan(alert, confirmed=30)


def test_a_large_one_is_planned_by_two_people_and_leaves_without_a_third(alert, plan, me, an_hour_later):
    with transaction():
        release.decide(two_people_from=3)
    with pytest.raises(release.NotReleased):
        plan(alert)
    with transaction():
        release.ask(alert.id, by=me, people=3, policy="skip", seen=release.digest(alert))
    with pytest.raises(release.NotReleased):
        plan(alert)
    plan(alert, by=somebody())
    an_hour_later()
    a_round()
    db.session.refresh(alert)
    assert (alert.state, alert.mailing.unknown_policy) == ("sending", "skip")


def test_one_that_grew_over_the_limit_waits_for_a_second_person(alert, plan, an_hour_later):
    release.decide(two_people_from=4)
    plan(alert)
    make.acted(alert.campaign)
    an_hour_later()
    a_round()
    db.session.refresh(alert)
    assert alert.plan.state == "refused"


def test_taken_out_a_large_one_has_to_be_released_again(alert, plan, me):
    with transaction():
        release.decide(two_people_from=3)
    other = somebody()
    for _time in range(2):
        with transaction():
            release.ask(alert.id, by=me, people=3, policy="hold", seen=release.digest(alert))
        plan(alert, by=other)
        with transaction():
            planning.take_out(alert.id)
        with pytest.raises(release.NotReleased):
            plan(alert, by=other)


def test_in_parts_each_has_its_time_and_a_stop_ends_the_later_ones(alert, settings):
    for _ in range(57):
        make.acted(alert.campaign)
    with transaction():
        alerts.send(alert.id, policy="hold", confirmed=60, settings=settings, slices=Slices(3, 60))
    rows = db.session.query(Delivery).filter_by(mailing_id=alert.mailing_id)
    found = sorted(Counter(row.not_before for row in rows).items())
    assert [at - found[0][0] for at, _ in found] == [timedelta(hours=each) for each in range(3)]
    assert sum(number for _, number in found) == 60
    assert (alert.plan.state, alert.plan.slices) == ("left", 3)
    with transaction():
        alerts.stop(alert.id)
    assert {row.state for row in rows} == {"cancelled"}


def test_the_round_lets_planned_alerts_leave():
    assert jobs.leave in rounds.steps
    assert jobs.decide in rounds.steps
