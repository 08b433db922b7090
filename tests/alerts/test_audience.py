"""Who gets an alert: exactly those who acted, speak the language and said yes, once a mailbox."""

import itertools

import pytest

from campaigner.actions.models import Action
from campaigner.alerts import queries
from campaigner.campaigns.models import Ask
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.organisations import queries as organisations
from campaigner.outbox import service as outbox
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def chosen(alert):
    return {int(row.recipient) for row in db.session.execute(queries.audience(alert))}


def test_it_is_those_who_acted_and_said_yes_but_for_a_language_that_is_left_out():
    campaign, other = make.campaign(), make.campaign()
    yes = make.acted(campaign)
    make.acted(campaign, mail=False)
    make.acted(campaign, mail=None)
    make.acted(campaign, state="unconfirmed")
    make.acted(campaign, state="withdrawn")
    french = make.acted(campaign, language="fr")
    make.acted(other)
    alert = make.alert(campaign)
    assert chosen(alert) == {yes.id, french.id}
    alert.skips = ["fr"]
    assert chosen(alert) == {yes.id}


def test_a_yes_to_a_local_is_no_yes_to_the_host():
    campaign = make.campaign()
    person = make.acted(campaign, mail=None)
    make.answer(person, True, organisation=make.local())
    assert chosen(make.alert(campaign)) == set()


def test_the_last_answer_counts():
    campaign = make.campaign()
    left, came = make.acted(campaign, mail=True), make.acted(campaign, mail=False)
    make.answer(left, False)
    make.answer(came, True)
    assert chosen(make.alert(campaign)) == {came.id}


def test_a_shut_mailbox_gets_nothing_and_another_senders_is_not_shut():
    campaign = make.campaign()
    dead, gone, mine = make.acted(campaign), make.acted(campaign), make.acted(campaign)
    outbox.suppress(dead.mailbox, reason="dead address")
    outbox.suppress(gone.mailbox, organisation_id=organisations.host().id, reason="unsubscribed")
    outbox.suppress(mine.mailbox, organisation_id=make.local().id, reason="unsubscribed")
    assert chosen(make.alert(campaign)) == {mine.id}


def test_two_people_behind_one_mailbox_get_one_mail():
    campaign = make.campaign()
    first = make.acted(campaign, email="samen@voorbeeld.example", first_name="Fatiha")
    second = make.acted(campaign, email="samen@voorbeeld.example", first_name="Omar")
    assert first.id != second.id
    assert len(chosen(make.alert(campaign))) == 1


def test_a_person_with_two_acts_gets_one_mail():
    campaign = make.campaign()
    person = make.acted(campaign)
    letter = Ask(kind="letter", campaign_id=campaign.id)
    db.session.add(letter)
    db.session.flush()
    db.session.add(
        Action(ask_id=letter.id, supporter_id=person.id, state="confirmed", language="nl", confirmed_at=now())
    )
    db.session.flush()
    found = queries.audience_sum(make.alert(campaign))
    assert (found.acted, found.total) == (1, 1)


def test_the_sum_says_why_and_ends_at_what_the_freeze_takes():
    campaign = make.campaign()
    for _ in range(3):
        make.acted(campaign)
    make.acted(campaign, email="samen@voorbeeld.example", first_name="Fatiha")
    make.acted(campaign, email="samen@voorbeeld.example", first_name="Omar")
    make.acted(campaign, language="fr")
    make.acted(campaign, language="fr", mail=False)
    make.acted(campaign, mail=False)
    make.acted(campaign, mail=None)
    outbox.suppress(make.acted(campaign).mailbox, reason="dead address")
    alert = make.alert(campaign)
    alert.skips = ["fr"]
    found = queries.audience_sum(alert)
    assert (found.acted, found.no_consent, found.suppressed, found.dead, found.shared) == (10, 2, 0, 1, 1)
    assert (found.other_language, found.total) == (2, 4)
    mailing = outbox.draft_mailing(organisation_id=alert.organisation_id)
    assert outbox.freeze(mailing.id, queries.audience(alert)) == found.total


def test_people_without_a_first_name_are_counted_without_reading_one():
    campaign = make.campaign()
    make.acted(campaign)
    make.acted(campaign, first_name="Ö")
    make.acted(campaign, first_name="")
    assert queries.audience_sum(make.alert(campaign)).nameless == 1


@pytest.mark.parametrize(("skips", "total"), [([], 7), (["fr"], 4)])
def test_sum_and_audience_agree_for_every_kind_of_person_and_pair(skips, total):
    campaign = make.campaign()
    kinds = list(itertools.product(("nl", "fr"), (True, False, None), ("confirmed", "withdrawn"), (True, False)))
    for at, (language, mail, state, shut) in enumerate(kinds):
        person = make.acted(campaign, language=language, mail=mail, state=state, first_name="" if at % 2 else "Omar")
        if shut:
            outbox.suppress(person.mailbox, reason="dead address")
    for at, (one, other) in enumerate(
        itertools.combinations_with_replacement(((True, "nl"), (False, "nl"), (True, "fr")), 2)
    ):
        for name, (mail, language) in (("Fatiha", one), ("Omar", other)):
            make.acted(campaign, email=f"samen{at}@voorbeeld.example", first_name=name, mail=mail, language=language)
    alert = make.alert(campaign)
    alert.skips = skips
    found = queries.audience_sum(alert)
    assert found.total == len(chosen(alert)) == total
    lost = found.other_language + found.no_consent + found.suppressed + found.dead + found.capped + found.shared
    assert found.acted - lost == found.total
