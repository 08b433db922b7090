"""A rule: what it may hold, and whom each condition finds."""

import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from campaigner.actions.models import Action
from campaigner.alerts import marks, people
from campaigner.alerts import rule as rules
from campaigner.alerts.reach import Reach
from campaigner.campaigns.models import Ask
from campaigner.core.clock import now, today
from campaigner.core.db import db
from campaigner.organisations import queries as organisations
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, Mailing
from campaigner.spelling import Cap
from campaigner.supporters import service as supporters
from campaigner.supporters.models import Permission, SupporterTag
from tests import make

database = pytest.mark.usefixtures("session")
EVERY_KIND = [
    {"acted": {}}, {"acted": {"campaign": 3}}, {"acted": {"ask": 4, "since": "2026-01-02", "until": "2026-02-01"}},
    {"acted": {"since": "2026-01-02", "until": "2026-02-01"}}, {"language": {"code": "nl"}},
    {"local": {"organisation": 7}}, {"province": {"province": "40000"}}, {"said_yes": {"organisation": 7}},
    {"yes_age": {"more_than_days": 365}}, {"yes_age": {"at_most_days": 30}}, {"came": {"channel": "paper"}},
    {"came": {"placement": 9}}, {"active": {"acts": 3}}, {"active": {"acts": 2, "days": 90}},
    {"first_act": {"since": "2026-01-02"}}, {"tag": {"tag": "1 mei"}}, {"mailed": {"days": 3}},
]  # fmt: skip
NO_RULES = [
    None, [], "all", 1, {}, {"all": {}}, {"any": []}, {"all": [{}]}, {"all": [], "any": []}, {"sql": {"text": "1=1"}},
    {"acted": None}, {"acted": {"campaign": "3; DROP TABLE supporter"}}, {"acted": {"campaign": 0}},
    {"acted": {"campaign": 2**63}}, {"acted": {"campaign": True}}, {"acted": {"campaign": 1, "ask": 2}},
    {"acted": {"since": "gisteren"}}, {"acted": {"since": "2026-02-02", "until": "2026-01-01"}},
    {"language": {}}, {"language": {"code": "xx"}}, {"language": {"code": ["nl"]}}, {"province": {"province": "BE"}},
    {"yes_age": {}}, {"yes_age": {"more_than_days": 1, "at_most_days": 2}}, {"came": {}}, {"came": {"channel": "fax"}},
    {"active": {"acts": 0}}, {"first_act": {}}, {"tag": {"tag": "\x00"}}, {"tag": {"tag": "x" * 61}},
    {"mailed": {"days": 10**9}}, {"mailed": {"days": 3, "more": 1}}, {"all": [{"language": {"code": "nl"}}] * 41},
    {"not": {"not": {"not": {"not": {"not": {"acted": {}}}}}}},
]  # fmt: skip


@pytest.mark.parametrize("raw", EVERY_KIND, ids=json.dumps)
def test_a_condition_is_written_as_it_was_read(raw):
    assert rules.write(rules.read(raw)) == raw


@pytest.mark.parametrize("raw", NO_RULES, ids=lambda raw: json.dumps(raw)[:40])
def test_what_is_no_rule_is_refused(raw):
    with pytest.raises(rules.BadRule):
        rules.read(raw)


PLAIN = st.none() | st.booleans() | st.integers() | st.text()
WORDS = st.sampled_from(["all", "any", "not", *rules.KINDS, *rules.CHECKS])


@given(st.recursive(PLAIN, lambda each: st.lists(each) | st.dictionaries(WORDS, each), max_leaves=12))
def test_nothing_but_a_refusal_comes_of_nonsense(raw):
    try:
        found = rules.read(raw)
    except rules.BadRule:
        return
    assert rules.read(rules.write(found)) == found


def ask(raw):
    return people.Call(rules.read(raw), organisations.host().id, ("nl",), "nl")


def found(raw):
    """Who gets it; the sum and the drawing of ten say the same."""
    rows = {int(row.recipient) for row in db.session.execute(people.chosen(ask(raw)))}
    total = people.add_up(ask(raw))["total"]
    assert total == len(rows)
    assert len(people.glimpses(ask(raw))) == min(10, total)
    return rows


@database
def test_every_condition_is_a_question_the_database_can_answer_alone_and_denied():
    make.acted(make.campaign())
    everybody = found({"all": []})
    for raw in EVERY_KIND:
        yes, no = found(raw), found({"not": raw})
        assert yes | no == everybody, raw
        assert not yes & no, raw


def again(person, campaign, *, ago=0, kind="letter", **more):
    one = Ask(kind=kind, campaign_id=campaign.id)
    db.session.add(one)
    db.session.flush()
    when = now() - timedelta(days=ago)
    values = {"state": "confirmed", "language": "nl", "confirmed_at": when, **more}
    db.session.add(Action(ask_id=one.id, supporter_id=person.id, **values))
    db.session.commit()
    return one


@database
def test_acts_are_found_by_campaign_ask_and_period():
    first, second = make.campaign(), make.campaign()
    early, late, both = make.acted(first), make.acted(second), make.acted(first)
    letter = again(both, second, ago=40)
    db.session.query(Action).filter_by(supporter_id=early.id).update({"confirmed_at": now() - timedelta(days=100)})
    db.session.commit()
    day = {days: (today() - timedelta(days=days)).isoformat() for days in (0, 30, 50, 99, 101)}
    assert found({"acted": {"campaign": first.id}}) == {early.id, both.id}
    assert found({"acted": {"campaign": second.id}}) == {late.id, both.id}
    assert found({"acted": {"ask": letter.id}}) == {both.id}
    assert found({"not": {"acted": {"campaign": second.id}}}) == {early.id}
    assert found({"acted": {"campaign": second.id, "since": day[30]}}) == {late.id}
    assert found({"acted": {"campaign": first.id, "until": day[30]}}) == {early.id}
    assert found({"acted": {"since": day[50], "until": day[30]}}) == {both.id}
    assert found({"acted": {"since": day[101], "until": day[99]}}) == {early.id}
    assert found({"acted": {"since": day[30]}}) == {late.id, both.id}
    assert found({"first_act": {"until": day[30]}}) == {early.id, both.id}
    assert found({"active": {"acts": 2}}) == {both.id}
    assert found({"active": {"acts": 2, "days": 30}}) == set()
    assert found({"active": {"acts": 2, "days": 45}}) == {both.id}


@database
def test_where_people_live_and_how_they_came():
    campaign = make.campaign()
    ghent, liege, abroad = make.acted(campaign), make.acted(campaign), make.acted(campaign)
    liege.postcode, abroad.country = "4000", "NL"
    local = make.local()
    place = make.placement(campaign, organisation=local)
    mine = make.acted(campaign)
    act = db.session.query(Action).filter_by(supporter_id=mine.id).one()
    act.placement_id, act.channel = place.id, "widget"
    mine.postcode = "2070"  # in East Flanders, between two ranges of Antwerp
    friend = make.acted(campaign)
    make.answer(friend, True, organisation=local)
    db.session.commit()
    assert found({"province": {"province": "40000"}}) == {ghent.id, mine.id, friend.id}
    assert found({"province": {"province": "60000"}}) == {liege.id}
    assert found({"came": {"channel": "widget"}}) == found({"came": {"placement": place.id}}) == {mine.id}
    assert found({"local": {"organisation": local.id}}) == {mine.id, friend.id}
    assert found({"said_yes": {"organisation": local.id}}) == {friend.id}


@database
def test_tags_and_the_age_of_a_yes():
    campaign = make.campaign()
    old, young = make.acted(campaign), make.acted(campaign)
    db.session.add(SupporterTag(supporter_id=old.id, tag="1 mei"))
    db.session.query(Permission).filter_by(supporter_id=old.id).update({"changed_at": now() - timedelta(days=800)})
    db.session.commit()
    assert found({"tag": {"tag": "1 mei"}}) == {old.id}
    assert found({"yes_age": {"more_than_days": 700}}) == {old.id}
    assert found({"yes_age": {"at_most_days": 700}}) == {young.id}
    db.session.query(SupporterTag).delete()
    db.session.commit()
    assert found({"tag": {"tag": "1 mei"}}) == set()


@database
def test_no_rule_brings_in_somebody_who_did_not_say_yes_to_the_sender():
    campaign, local = make.campaign(), make.local()
    make.acted(campaign, mail=False)
    asked_nothing = make.acted(campaign, mail=None)
    make.answer(asked_nothing, True, organisation=local)
    for raw in (
        {"all": []},
        {"any": [{"all": []}, {"said_yes": {"organisation": local.id}}]},
        {"not": {"any": [{"tag": {"tag": "x"}}]}},
    ):
        assert found(raw) == set()
    assert people.add_up(ask({"all": []}))["no_consent"] == 2


def sent_to(*persons, ago=0, state="sent"):
    mailing = Mailing(queue="bulk", state="done", started_at=now() - timedelta(days=ago), total=len(persons))
    db.session.add(mailing)
    db.session.flush()
    for person in persons:
        db.session.add(Delivery(
            mailing_id=mailing.id, recipient=str(person.id), mailbox=person.mailbox, address=person.email,
            language="nl", state=state,
        ))  # fmt: skip
    db.session.commit()


@database
@pytest.mark.parametrize("most", [2, 3])
def test_who_had_as_many_alerts_as_the_cap_allows_gets_no_other_one_and_the_sum_says_so(app, monkeypatch, most):
    set_cap = replace(app.extensions["campaigner"], mail_cap=Cap(most=most, days=7))
    monkeypatch.setitem(app.extensions, "campaigner", set_cap)
    campaign = make.campaign()
    tired, once, lucky, fresh = (make.acted(campaign) for _ in range(4))
    for _each in range(most - 2):
        sent_to(tired, once, lucky, ago=3)
    sent_to(tired, once, lucky, ago=2)
    sent_to(tired, ago=1)
    sent_to(lucky, ago=1, state="failed")
    sent_to(fresh, ago=9)
    while marks.note():
        pass
    assert found({"all": []}) == {once.id, lucky.id, fresh.id}
    assert people.add_up(ask({"all": []}))["capped"] == 1
    assert found({"not": {"mailed": {"days": 3}}}) == {fresh.id}
    sent_to(once, ago=0)
    assert {int(row.recipient) for row in db.session.execute(people.chosen(ask({"all": []})))} == {lucky.id, fresh.id}


@database
def test_the_copy_is_what_the_ledger_says_whatever_happens():
    campaign, local = make.campaign(), make.local()
    place = make.placement(campaign, organisation=local)
    one, two = make.acted(campaign, email="samen@voorbeeld.example"), make.acted(campaign, mail=None)
    alike()
    make.acted(campaign, email="samen@voorbeeld.example", first_name="Omar")
    alike()
    for change in (
        lambda: make.answer(two, True), lambda: make.answer(two, False),
        lambda: outbox.suppress(one.mailbox, reason="dead address"),
        lambda: supporters.stop_mail(one.mailbox, organisation_id=organisations.host().id, evidence="test"),
        lambda: make.answer(one, True, organisation=local),
        lambda: setattr(one, "language", "fr"), lambda: setattr(one, "postcode", "1000"),
        lambda: setattr(two, "first_name", ""),
        lambda: db.session.query(Action).filter_by(supporter_id=one.id).update({"placement_id": place.id}),
        lambda: db.session.query(Action).filter_by(supporter_id=two.id).update({"state": "withdrawn"}),
        lambda: again(two, campaign, channel="paper"),
        lambda: db.session.add(SupporterTag(supporter_id=two.id, tag="zaal")),
        lambda: supporters.forget(one.id),
    ):  # fmt: skip
        change()
        db.session.commit()
        alike()
    assert db.session.get(Reach, two.id).channels == 4


def alike():
    columns = marks.COLUMNS
    kept, truth = (
        db.session.execute(text(f"SELECT {columns} FROM {name} ORDER BY supporter_id")).all()
        for name in ("reach", "reach_truth")
    )
    assert kept == truth
    assert kept


@database
def test_a_copy_that_went_wrong_is_found_and_mended():
    campaign = make.campaign()
    one, two = make.acted(campaign), make.acted(campaign)
    assert marks.check() == 0
    db.session.query(Reach).filter_by(supporter_id=one.id).update({"acts": 7})
    db.session.query(Reach).filter_by(supporter_id=two.id).delete()
    db.session.commit()
    assert marks.check() == 2
    alike()
    assert marks.check() == 0


@database
def test_everybody_reads_their_own_language_or_the_first_one_and_a_language_left_out_gets_nothing():
    campaign = make.campaign()
    dutch, french, spanish = (make.acted(campaign, language=code) for code in ("nl", "fr", "es"))
    call = people.Call(rules.read({"all": []}), organisations.host().id, ("nl", "fr"), "nl", ())
    rows = {int(row.recipient): row.language for row in db.session.execute(people.chosen(call))}
    assert rows == {dutch.id: "nl", french.id: "fr", spanish.id: "nl"}
    without = people.Call(call.rule, call.sender, ("nl", "fr"), "nl", ("es",))
    assert {int(row.recipient) for row in db.session.execute(people.chosen(without))} == {dutch.id, french.id}
    assert people.add_up(without)["other_language"] == 1


@database
def test_and_or_and_not_find_what_sets_would():
    campaign = make.campaign()
    persons = {}
    for language, mail, tagged in itertools.product(("nl", "fr"), (True, False), (True, False)):
        person = make.acted(campaign, language=language, mail=mail)
        persons[person.id] = (language, mail, tagged)
        if tagged:
            db.session.add(SupporterTag(supporter_id=person.id, tag="t"))
    db.session.commit()
    dutch, tagged = {"language": {"code": "nl"}}, {"tag": {"tag": "t"}}
    for raw, rule in (
        ({"all": [dutch, tagged]}, lambda speaks, has: speaks == "nl" and has),
        ({"any": [dutch, tagged]}, lambda speaks, has: speaks == "nl" or has),
        ({"all": [dutch, {"not": tagged}]}, lambda speaks, has: speaks == "nl" and not has),
        ({"not": {"any": [dutch, tagged]}}, lambda speaks, has: not (speaks == "nl" or has)),
    ):
        assert found(raw) == {who for who, (speaks, yes, has) in persons.items() if yes and rule(speaks, has)}


@database
def test_one_pass_over_the_narrow_table_counts_a_rule():
    raw = {"all": [{"acted": {"campaign": make.campaign().id}}, {"not": {"language": {"code": "fr"}}}]}
    call = ask(raw)
    plan = "\n".join(db.session.scalars(text("EXPLAIN " + str(
        select(Reach.supporter_id).where(people.terms.of(call.rule, sender=1)).compile(
            db.engine, compile_kwargs={"literal_binds": True})
    ))))  # fmt: skip
    assert "Join" not in plan
    assert "SubPlan" not in plan
