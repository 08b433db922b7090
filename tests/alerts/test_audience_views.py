"""Who gets it, chosen on a page: lines with and without the script, saved audiences, the rule at the freeze."""

import html
import re

import pytest

from campaigner.alerts import audience, queries, rows, sentence
from campaigner.alerts import rule as rules
from campaigner.alerts import service as alerts
from campaigner.alerts.models import Alert
from campaigner.alerts.reach import SavedAudience
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.staff.models import AuditEvent
from tests import make
from tests.alerts.conftest import csrf
from tests.alerts.test_rule import EVERY_KIND

pytestmark = pytest.mark.usefixtures("session")


def press(browser, alert, button, value="1", **fields):
    path = f"/staff/alerts/{alert.id}/audience"
    named = {re.sub(r"_(\d+)$", r"-\1", name): value for name, value in fields.items()}
    return browser.post(path, data={"csrf_token": csrf(browser, path), button: value, **named})


def test_the_page_shows_the_rule_the_sum_and_what_it_takes_away(enter):
    campaign = make.campaign()
    make.acted(campaign)
    make.acted(campaign, mail=None)
    alert = make.alert(campaign)
    page = enter().get(f"/staff/alerts/{alert.id}/audience").get_data(as_text=True)
    assert f'value="c:{campaign.id}" selected' in page
    assert re.search(r'class="number alert-total">1<', page)
    assert "− 1" in page


def test_lines_come_and_go_without_being_kept(enter):
    alert = make.alert(make.campaign())
    browser = enter()
    page = press(browser, alert, "add", kind_0="acted", value_0="any").get_data(as_text=True)
    assert 'name="kind-1"' in page
    page = press(browser, alert, "remove", "0", kind_0="acted", value_0="any", kind_1="tag", value_1="x").get_data(
        as_text=True
    )
    assert 'name="kind-1"' not in page
    assert 'value="x" selected' in page
    assert db.session.get(Alert, alert.id).rule is None


def test_saving_stores_the_rule_and_the_numbers_of_that_moment_and_the_freeze_counts_anew(enter, settings):
    campaign = make.campaign()
    make.acted(campaign)
    french = make.acted(campaign, language="fr")
    alert = make.alert(campaign, others={"fr": {}, "es": {}})
    answer = press(
        enter(),
        alert,
        "save",
        kind_0="acted",
        value_0=f"c:{campaign.id}",
        join_1="not",
        kind_1="language",
        value_1="nl",
    )
    assert answer.status_code == 303
    db.session.refresh(alert)
    assert alert.rule == {"all": [{"acted": {"campaign": campaign.id}}, {"not": {"language": {"code": "nl"}}}]}
    assert alert.audience_seen["total"] == 1
    assert "audience chosen" in {event.what for event in db.session.query(AuditEvent)}
    late = make.acted(campaign, language="es")
    with transaction():
        alerts.send(alert.id, policy="hold", confirmed=1, settings=settings)
    assert alert.audience_then["total"] == 2
    assert {int(row.recipient) for row in db.session.execute(queries.audience(alert))} == {french.id, late.id}


def test_a_line_that_says_nothing_is_named_and_nothing_is_kept(enter):
    alert = make.alert(make.campaign())
    answer = press(enter(), alert, "save", kind_0="mailed", n_0="0")
    assert answer.status_code == 400
    assert "wrong" in answer.get_data(as_text=True)
    assert db.session.get(Alert, alert.id).rule is None


@pytest.mark.parametrize("fields", [
    {"kind_0": "acted", "value_0": "c:99999999999999999999"}, {"kind_0": "came", "value_0": "p:x"},
    {"kind_0": "tag", "value_0": "a\x00b"}, {"kind_0": "'; DROP TABLE reach; --"}, {"kind_0": "active", "n_0": "²"},
    {"kind_0": "acted", "value_0": "any", "since_0": "0000-00-00"}, {"kind_0": "local", "value_0": "٣"},
    {"kind_0": "province", "value_0": "40000", "join_0": "xor", "n_0": "9" * 400},
])  # fmt: skip
@pytest.mark.parametrize("button", ["save", "show", "sample", "load", "keep"])
def test_nothing_that_is_sent_breaks_the_page(enter, fields, button):
    answer = press(enter(), make.alert(make.campaign()), button, "9" * 30, audience="9" * 18, **fields)
    assert answer.status_code in (200, 303, 400, 404)


def test_ten_people_are_an_initial_and_a_town(enter):
    campaign = make.campaign()
    who = make.acted(campaign, first_name="Zsófia")
    page = html.unescape(
        press(enter(), make.alert(campaign), "sample", kind_0="acted", value_0="any").get_data(as_text=True)
    )
    assert "<b>Z.</b><span>Gent</span>" in page
    assert who.first_name not in page
    assert who.email not in page


def test_a_saved_audience_is_taken_up_overwritten_and_taken_away(enter):
    alert = make.alert(make.campaign())
    browser = enter()
    press(browser, alert, "keep", kind_0="language", value_0="fr", name="  Franstaligen ")
    press(browser, alert, "keep", kind_0="language", value_0="es", name="Franstaligen")
    [saved] = db.session.query(SavedAudience)
    assert saved.rule == {"all": [{"language": {"code": "es"}}]}
    page = press(browser, alert, "load", audience=str(saved.id)).get_data(as_text=True)
    assert 'value="es" selected' in page
    assert "Franstaligen" in browser.get("/staff/alerts/audiences").get_data(as_text=True)
    token = csrf(browser, "/staff/alerts/audiences")
    assert browser.post(f"/staff/alerts/audiences/{saved.id}/drop", data={"csrf_token": token}).status_code == 303
    assert db.session.query(SavedAudience).count() == 0


def test_an_alert_that_left_keeps_its_audience(enter, going):
    alert = going()
    assert enter().get(f"/staff/alerts/{alert.id}/audience").status_code == 409
    with pytest.raises(Conflict):
        audience.choose(alert.id, rules.read({"all": []}))


@pytest.mark.parametrize("raw", EVERY_KIND, ids=str)
def test_every_condition_has_a_line_and_a_sentence(app, raw):
    rule = rules.read({"all": [raw]})
    lines = rows.of_rule(rule)
    assert rows.to_rule(lines) == rule
    with app.test_request_context("/nl/"):
        said = sentence.say(rule, sentence.Names())
    assert said.endswith(".")
    assert len(said) > 12


def test_or_belongs_to_the_line_above_it():
    raw = {"all": [
        {"acted": {}}, {"any": [{"language": {"code": "nl"}}, {"language": {"code": "fr"}}]},
        {"not": {"any": [{"mailed": {"days": 3}}, {"tag": {"tag": "x"}}]}},
    ]}  # fmt: skip
    lines = rows.of_rule(rules.read(raw))
    assert [line.join for line in lines] == ["and", "and", "or", "not", "or"]
    assert rules.write(rows.to_rule(lines)) == raw


def test_a_rule_with_more_brackets_than_lines_is_said_and_not_broken_up(enter):
    alert = make.alert(make.campaign())
    alert.rule = {"any": [{"all": [{"acted": {}}, {"language": {"code": "nl"}}]}, {"tag": {"tag": "x"}}]}
    db.session.commit()
    assert rows.of_rule(rules.read(alert.rule)) is None
    assert enter().get(f"/staff/alerts/{alert.id}/audience").status_code == 200


def test_the_sentence_of_a_rule(app):
    rule = rules.read(
        {
            "all": [
                {"acted": {"campaign": 3}},
                {"any": [{"language": {"code": "nl"}}, {"language": {"code": "fr"}}]},
                {"not": {"mailed": {"days": 3}}},
            ]
        }
    )
    with app.test_request_context("/nl/"):
        assert sentence.say(rule, sentence.Names(campaigns={3: "Naaisters"})) == (
            "Mensen die meededen aan “Naaisters” en met als taal Nederlands of met als taal Frans,"
            " maar niet mensen die de laatste 3 dagen een alert kregen."
        )
