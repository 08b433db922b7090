"""Two texts of one alert: who gets which, what their acts say, and who decides about the rest."""

from collections import Counter

import pytest

from campaigner.actions.models import Action, PersonalAct
from campaigner.alerts import desk, jobs, release, trials, writing
from campaigner.alerts import service as alerts
from campaigner.alerts.models import AlertTrial
from campaigner.alerts.trial import Arm
from campaigner.alerts.when import Slices
from campaigner.campaigns.models import Ask
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.outbox.models import Delivery, MailingEvent
from tests import make

pytestmark = pytest.mark.usefixtures("session")
PEOPLE = 100  # about a quarter of them reads each text, and twelve of those must be there to act


@pytest.fixture
def alert():
    campaign = make.campaign()
    for _ in range(PEOPLE):
        make.acted(campaign)
    return make.alert(campaign)


@pytest.fixture
def tried(alert, settings):
    """An alert on its way: half of the people try two subjects, all of those had their mail."""
    trials.keep(alert.id, share=50, hours=4, texts={"nl": {"subject": "Bel mee", "body": ""}})
    with transaction():
        alerts.send(alert.id, policy="hold", confirmed=PEOPLE, settings=settings)
    deliveries(alert).filter(Delivery.variant != "").update({"state": "sent"})
    db.session.commit()
    return alert


def somebody():
    account_id = make.account().id
    db.session.commit()
    return account_id


def deliveries(alert):
    return db.session.query(Delivery).filter_by(mailing_id=alert.mailing_id)


def act(alert, variant, number, *, state="confirmed", by_link=True):
    """So many of those who read that text act through their link."""
    ask = Ask(kind="letter", campaign_id=make.campaign().id)
    db.session.add(ask)
    db.session.flush()
    for row in deliveries(alert).filter_by(variant=variant).limit(number).all():
        action = Action(
            ask_id=ask.id, supporter_id=int(row.recipient), state=state, language="nl", confirmed_at=now()
        )  # fmt: skip
        db.session.add(action)
        db.session.flush()
        if by_link:
            db.session.add(PersonalAct(mailing_id=alert.mailing_id, action_id=action.id))
    db.session.commit()


def in_time(alert):
    db.session.get(AlertTrial, alert.id).decide_at = now()
    db.session.commit()
    with transaction():
        jobs.decide()
    db.session.refresh(alert)
    db.session.expire_all()


def test_a_share_gets_one_of_two_texts_and_the_rest_waits(tried):
    rows = deliveries(tried).all()
    found = Counter(row.variant for row in rows)
    assert found.total() == PEOPLE
    assert min(found["a"], found["b"], found[""]) > 0
    waiting = {row.not_before.year > 2100 for row in rows if row.variant == ""}
    assert waiting == {True}
    content = tried.mailing.content
    assert (content["nl"]["subject"], content["nl/b"]["subject"]) == (tried.subject, "Bel mee")
    assert content["nl"]["text"] == content["nl/b"]["text"]


def test_only_confirmed_acts_through_the_link_count(tried):
    act(tried, "a", 2)
    act(tried, "b", 3, by_link=False)
    act(tried, "b", 3, state="unconfirmed")
    found = trials.arms(tried)
    assert (found["a"].acted, found["b"].acted) == (2, 0)
    assert found["a"].reached == deliveries(tried).filter_by(variant="a").count()


def test_a_clear_difference_decides_by_itself_and_the_rest_gets_it(tried):
    rest = {row.recipient for row in deliveries(tried).filter_by(variant="")}
    act(tried, "b", 12)
    in_time(tried)
    assert (tried.trial.winner, tried.trial.decided_by) == ("b", None)
    rows = deliveries(tried).filter(Delivery.recipient.in_(rest)).all()
    assert {row.variant for row in rows} == {"b"}
    assert all(row.not_before <= now() for row in rows)
    assert tried.trial.let_go_at is None or not trials.ledger.held_back(tried.mailing_id)
    assert "text decided" in {event.what for event in db.session.query(MailingEvent)}
    numbers = trials.arms(tried)
    assert numbers["b"].acted == 12  # what the rest does later is no part of it
    assert numbers["b"].reached < len(rest) + 12


def test_too_close_to_call_waits_for_a_person_and_says_so_on_the_desk(tried):
    act(tried, "a", 6)
    act(tried, "b", 7)
    in_time(tried)
    assert (tried.trial.winner, tried.trial.judged_at is not None) == (None, True)
    assert trials.ledger.held_back(tried.mailing_id)
    assert desk.to_choose().count == 1
    me = somebody()
    with transaction():
        assert trials.choose(tried.id, "a", by=me)
        assert not trials.choose(tried.id, "b", by=me)
    with transaction():
        jobs.decide()
    assert not trials.ledger.held_back(tried.mailing_id)
    assert desk.to_choose() is None
    assert deliveries(tried).filter_by(variant="").count() == 0


def test_before_its_hours_are_over_nothing_is_decided(tried):
    act(tried, "b", 12)
    with transaction():
        jobs.decide()
    db.session.refresh(tried.trial)
    assert (tried.trial.winner, tried.trial.judged_at) == (None, None)


def test_a_stop_stops_the_rest_too(tried):
    with transaction():
        alerts.stop(tried.id)
    assert deliveries(tried).filter_by(variant="", state="cancelled").count() > 0
    assert deliveries(tried).filter_by(state="ready").count() == 0
    in_time(tried)
    assert tried.trial.winner is None
    with pytest.raises(Conflict):
        trials.choose(tried.id, "a", by=1)


def test_the_second_text_is_checked_like_the_first(alert, settings):
    with transaction():
        trials.keep(alert.id, share=50, hours=4, texts={"nl": {"subject": "Dag {{naam}}"}})
    with pytest.raises(alerts.NotReady, match="naam"), transaction():
        alerts.send(alert.id, policy="hold", confirmed=PEOPLE, settings=settings)
    with transaction():
        trials.keep(alert.id, share=50, hours=4, texts={"nl": {"subject": ""}})
    with pytest.raises(alerts.NotReady), transaction():
        alerts.send(alert.id, policy="hold", confirmed=PEOPLE, settings=settings)


def test_a_second_text_after_the_question_asks_it_again(alert):
    release.decide(two_people_from=3)
    release.ask(alert.id, by=somebody(), people=PEOPLE, policy="hold", seen=release.digest(alert))
    trials.keep(alert.id, share=50, hours=4, texts={"nl": {"subject": "Bel mee"}})
    assert release.asked(alert) is None
    trials.drop(alert.id)
    assert alert.trial is None
    assert release.asked(alert) is not None


def test_once_it_left_the_second_text_cannot_change(tried):
    with pytest.raises(writing.AlreadySent):
        trials.keep(tried.id, share=50, hours=4, texts={})


def test_two_texts_do_not_leave_in_parts(alert, settings):
    trials.keep(alert.id, share=50, hours=4, texts={"nl": {"subject": "Bel mee"}})
    with pytest.raises(alerts.NotReady), transaction():
        alerts.send(alert.id, policy="hold", confirmed=PEOPLE, settings=settings, slices=Slices(2, 60))


def test_an_act_by_somebody_else_with_the_link_counts_for_nobody(tried):
    stranger = make.acted(tried.campaign)
    action = db.session.query(Action).filter_by(supporter_id=stranger.id).one()
    db.session.add(PersonalAct(mailing_id=tried.mailing_id, action_id=action.id))
    db.session.commit()
    assert {name: arm.acted for name, arm in trials.arms(tried).items()} == {"a": 0, "b": 0}
    assert trials.arms(tried)["a"] != Arm(0, 0)
