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


def sentences(settings, *, around=None, moment=NOON, people=None, others=None, slug="bestaat", **words):
    alert = make.alert(make.campaign(slug), others=others, **words)
    alert.tested_at = now() + timedelta(seconds=1)
    return {str(check.sentence): check for check in run(alert, settings, people=people, around=around, moment=moment)}


def wrong(found):
    return {sentence: check for sentence, check in found.items() if check.level != "ok"}


@pytest.mark.parametrize(
    ("link", "level"),
    [
        ("[x](http://localhost/nl/c/bestaat)", None),
        ("[x](http://localhost/nl/privacy)", None),
        ("[x](knop)", None),
        ("[x](mailto:ons@voorbeeld.example)", None),
        ("[x](http://localhost/nl/c/bestaat-niet)", "bad"),
        ("[x](http://localhost/nergens)", "bad"),
        ("[x](http://localhost/staff/alerts/)", "bad"),
        ("[x](www.krant.example)", "bad"),
        ("[x](https://krant.example/een)", "warn"),
        ("[x](http://krant.example/een)", "warn"),
        ("![](http://localhost/nl/c/bestaat/picture.png)", "bad"),
        ("![Een plein vol mensen](http://localhost/nl/c/bestaat/picture.png)", None),
        ("![Een plein](https://krant.example/plein.png)", "bad"),
    ],
)
def test_links_and_pictures_are_judged_without_asking_anybody(settings, link, level):
    found = wrong(sentences(settings, body=f"Dag, er is echt nieuws: {link}"))
    assert [check.level for check in found.values()] == ([level] if level else [])


def test_a_campaign_that_takes_no_acts_is_worth_a_second_look(settings):
    make.campaign("voorbij", state="closed")
    found = wrong(sentences(settings, body="Dag, er is nieuws. [x](http://localhost/nl/c/voorbij)"))
    assert [check.level for check in found.values()] == ["warn"]


@pytest.mark.parametrize(
    ("mark", "meant"), [("{{voornam}}", "{{voornaam}}"), ("{{firstname}}", "{{voornaam}}"), ("{{count}}", "{{aantal}}")]
)
def test_a_field_that_is_none_is_said_with_what_was_meant(settings, mark, meant):
    found = wrong(sentences(settings, body=f"Dag {mark}, er is echt nieuws."))
    assert any(meant in str(check.advice) for check in found.values())
    assert "bad" in {check.level for check in found.values()}


def test_people_whose_language_is_not_written_are_counted_with_two_ways_out(settings):
    found = wrong(sentences(settings, around=Around(unspoken={"fr": 402})))
    (check,) = found.values()
    assert (check.level, check.language, check.presses) == ("bad", "fr", ("translate", "skip"))
    assert "402" in str(check.advice)


def test_every_language_is_checked_and_named(settings):
    found = sentences(settings, others={"fr": {"subject": ""}})
    assert any(sentence.startswith("Frans:") for sentence, check in found.items() if check.level == "bad")


@pytest.mark.parametrize(
    "more",
    [
        {"moment": datetime(2026, 3, 3, 22, 30, tzinfo=UTC)},
        {"moment": datetime(2026, 7, 3, 4, 30, tzinfo=UTC)},
        {"around": Around(lately=3)},
        {"around": Around(most=4)},
    ],
)
def test_the_night_a_mail_of_yesterday_and_a_record_are_worth_a_second_look(settings, more):
    assert [check.level for check in wrong(sentences(settings, **more)).values()] == ["warn"]


def test_morning_in_brussels_is_no_night_in_summer_and_in_winter(settings):
    assert wrong(sentences(settings, moment=datetime(2026, 7, 3, 5, 0, tzinfo=UTC), around=Around(most=5))) == {}
    assert wrong(sentences(settings, moment=datetime(2026, 1, 3, 6, 0, tzinfo=UTC), slug="ook")) == {}


def test_a_mail_that_gmail_would_cut_off_does_not_leave(settings, monkeypatch):
    monkeypatch.setattr(checks, "CLIPPED", 15_000)
    found = wrong(sentences(settings))
    assert any("kB" in sentence for sentence in found)


def test_a_mail_without_a_way_out_does_not_leave(settings, monkeypatch):
    made = checks.render.content
    monkeypatch.setattr(
        checks.render, "content", lambda *a, **k: {**made(*a, **k), "text": "Dag", "html": "<p>Dag</p>"}
    )
    assert [check.level for check in wrong(sentences(settings)).values()] == ["bad"]
