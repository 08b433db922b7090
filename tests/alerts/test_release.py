"""Two people for a large alert, and what was asked for is what goes."""

import pytest

from campaigner.alerts import release, writing
from campaigner.alerts import service as alerts
from campaigner.alerts.models import AlertRelease
from campaigner.core.db import db, transaction
from tests import make

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def people():
    return make.account().id, make.account().id


@pytest.fixture
def alert():
    campaign = make.campaign()
    for _ in range(3):
        make.acted(campaign)
    with transaction():
        release.decide(two_people_from=3)
    return make.alert(campaign)


def ask(alert, by, policy="skip"):
    with transaction():
        return release.ask(alert.id, by=by, people=3, policy=policy, seen=release.digest(alert))


def send(alert, settings, by, **more):
    with transaction():
        return alerts.send(alert.id, policy="hold", confirmed=3, settings=settings, by=by, **more)


def test_a_small_alert_needs_one_person(alert, settings, people):
    release.decide(two_people_from=4)
    assert send(alert, settings, people[0]).state == "sending"


def test_a_large_one_does_not_leave_by_one_person(alert, settings, people):
    with pytest.raises(release.NotReleased):
        send(alert, settings, people[0])


def test_who_asks_cannot_release(alert, settings, people):
    ask(alert, people[0])
    with pytest.raises(release.NotReleased):
        send(alert, settings, people[0])
    assert alert.id in [row.alert_id for row in release.waiting()]


def test_a_program_cannot_release(alert, settings, people):
    ask(alert, people[0])
    with pytest.raises(release.NotReleased):
        send(alert, settings, None)


def test_a_second_person_releases_what_was_asked_for(alert, settings, people):
    ask(alert, people[0])
    sent = send(alert, settings, people[1], seen=release.digest(alert))
    assert (sent.state, sent.mailing.unknown_policy) == ("sending", "skip")
    row = db.session.get(AlertRelease, alert.id)
    assert (row.asked_by, row.released_by) == people
    assert release.waiting() == []


def _rewrite(alert):
    text = alert.text()
    typed = {"subject": text.subject, "preheader": text.preheader, "body": text.body + ".", "button_label": ""}
    writing.save(alert.id, language="nl", typed=typed, by=1)


def _translate(alert):
    writing.begin(alert.id, language="fr", by=1)


def _aim(alert):
    writing.aim(alert.id, act="petition")


@pytest.mark.parametrize("change", [_rewrite, _translate, _aim])
def test_any_change_after_the_question_asks_it_again(alert, settings, people, change):
    ask(alert, people[0])
    with transaction():
        change(alert)
    assert release.asked(alert) is None
    assert release.stale(alert)
    with pytest.raises((release.NotReleased, alerts.NotReady)):
        send(alert, settings, people[1])


def test_a_change_while_somebody_reads_the_last_page_stops_it(alert, settings, people):
    seen = release.digest(alert)
    with transaction():
        _rewrite(alert)
    with pytest.raises(release.ChangedSince):
        send(alert, settings, people[1], seen=seen)
    with pytest.raises(release.ChangedSince):
        release.ask(alert.id, by=people[0], people=3, policy="hold", seen=seen)


def test_a_question_that_was_taken_back_releases_nothing(alert, settings, people):
    ask(alert, people[0])
    with transaction():
        release.take_away(alert.id)
    with pytest.raises(release.NotReleased):
        send(alert, settings, people[1])


def test_nothing_else_than_what_it_says_changes_the_hash(alert):
    before = release.digest(alert)
    alert.tested_at = alert.changed_at
    alert.created_by = 99
    assert release.digest(alert) == before
    alert.organisation_id = make.local().id
    assert release.digest(alert) != before


def test_without_a_rule_one_person_is_enough():
    assert not release.needs_two(10**6)
