"""The list that says whether everything fits."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigner.alerts import checks
from campaigner.alerts.around import Around
from campaigner.alerts.queries import Audience
from campaigner.core.clock import now
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def audience(**numbers):
    nothing = dict.fromkeys(("acted", "other_language", "no_consent", "suppressed", "shared", "nameless"), 0)
    return Audience(**{**nothing, "total": 5, **numbers})


NOON = datetime(2026, 3, 3, 11, tzinfo=UTC)


def run(alert, settings, *, people=None, around=None, moment=NOON, **more):
    return checks.run(alert, people or audience(), around or Around(), settings=settings, moment=moment, **more)


@pytest.fixture
def levels(settings):
    def found(*, tested=True, people=None, around=None, moment=NOON, **words):
        alert = make.alert(make.campaign(), **words)
        alert.tested_at = now() + timedelta(seconds=1) if tested else None
        return [check.level for check in run(alert, settings, people=people, around=around, moment=moment)]

    return found


def test_a_finished_alert_has_nothing_against_it(levels):
    assert set(levels()) == {"ok"}


@pytest.mark.parametrize(
    "words",
    [
        {"subject": ""},
        {"body": ""},
        {"body": "Dag {{voornaam}},"},
        {"body": "Dag {{gemeente}}, kom je mee?"},
        {"subject": "{{naam}}"},
    ],
)
def test_what_cannot_be_sent_is_said_first(levels, words):
    assert levels(**words)[0] == "bad"


def test_an_alert_for_nobody_cannot_be_sent(levels):
    assert levels(people=audience(total=0))[0] == "bad"


@pytest.mark.parametrize("words", [{"subject": "x" * 61}, {"preheader": ""}, {"tested": False}])
def test_what_deserves_a_second_look_warns(levels, words):
    found = levels(**words)
    assert found[0] == "warn"
    assert "bad" not in found


def test_a_change_after_the_test_asks_for_another_test(settings):
    alert = make.alert(make.campaign())
    alert.tested_at = alert.changed_at - timedelta(minutes=1)
    assert any(check.level == "warn" for check in run(alert, settings))


def test_people_without_a_name_are_mentioned(settings):
    found = run(make.alert(make.campaign()), settings, people=audience(nameless=41))
    assert any("41" in str(check.sentence) for check in found)
