"""Nobody's words are lost: saves that notice each other, versions, languages, copies."""

from datetime import timedelta

import pytest

from campaigner.alerts import queries, writing
from campaigner.alerts import service as alerts
from campaigner.core.clock import now
from campaigner.core.db import transaction
from campaigner.core.errors import Conflict, NotFound
from tests import make

pytestmark = pytest.mark.usefixtures("session")
ROSA, FATIHA = 1, 2
WORDS = {"subject": "Er is nieuws", "preheader": "", "body": "Dag, er is nieuws.", "button_label": ""}


@pytest.fixture
def alert():
    return make.alert(make.campaign())


def save(alert, *, by=ROSA, seen=None, language="nl", **words):
    return writing.save(alert.id, language=language, typed={**WORDS, **words}, by=by, seen=seen)


def send(alert, settings, *, confirmed=1):
    with transaction():
        return alerts.send(alert.id, policy="hold", confirmed=confirmed, settings=settings)


def said(alert, *, aside=None):
    found = writing.versions(alert.id, language="nl")
    return [each.body for each in found if aside in (None, each.aside)]


def test_a_save_upon_what_one_saw_is_kept_and_counts_up(alert):
    assert save(alert, seen=1).text.version == 2
    assert save(alert, seen=2, body="Nog een keer.").text.body == "Nog een keer."


def test_who_saves_second_does_not_overwrite_and_loses_nothing(alert):
    save(alert, by=ROSA, seen=1, body="Wat Rosa schreef.")
    late = save(alert, by=FATIHA, seen=1, body="Wat Fatiha schreef.")
    assert late.aside is not None
    assert alert.text().body == "Wat Rosa schreef."
    assert said(alert, aside=True) == ["Wat Fatiha schreef."]
    again = save(alert, by=FATIHA, seen=1, body="Wat Fatiha verder schreef.")
    assert again.aside.id == late.aside.id
    assert said(alert, aside=True) == ["Wat Fatiha verder schreef."]


def test_saving_what_is_there_already_is_no_quarrel(alert):
    save(alert, by=ROSA, seen=1)
    assert save(alert, by=FATIHA, seen=1).aside is None


def test_what_one_person_saves_in_a_row_is_one_version_and_the_beginning_stays(alert):
    before = alert.text().body
    save(alert, body="Een.")
    save(alert, body="Twee.")
    assert said(alert) == ["Twee.", before]
    save(alert, by=FATIHA, body="Drie.")
    assert said(alert) == ["Drie.", "Twee.", before]


def test_after_a_while_it_is_a_new_version(alert, monkeypatch):
    save(alert, body="Een.")
    later = now() + writing.TOGETHER + timedelta(minutes=1)
    monkeypatch.setattr(writing, "now", lambda: later)
    save(alert, body="Twee.")
    assert said(alert)[:2] == ["Twee.", "Een."]


def test_a_version_is_taken_back_and_what_stood_there_stays_in_the_list(alert):
    first = alert.text().body
    save(alert, body="Nieuw.")
    oldest = writing.versions(alert.id, language="nl")[-1]
    writing.take_back(alert.id, oldest.id, by=FATIHA)
    assert alert.text().body == first
    assert said(alert) == [first, "Nieuw.", first]


def test_a_version_of_another_alert_is_not_there(alert):
    save(alert)
    other = make.alert(alert.campaign)
    with pytest.raises(NotFound):
        writing.version(other.id, writing.versions(alert.id, language="nl")[0].id)


def test_a_language_begins_with_its_greeting_and_is_left_out_again(alert):
    text = writing.begin(alert.id, language="fr", by=ROSA)
    assert text.body.startswith("Bonjour {{voornaam}}")
    assert alert.languages == ["nl", "fr"]
    writing.skip(alert.id, language="fr")
    assert (alert.languages, alert.skips) == (["nl"], ["fr"])
    writing.begin(alert.id, language="fr", by=ROSA)
    assert alert.skips == []
    with pytest.raises(Conflict):
        writing.skip(alert.id, language="nl")


def test_people_get_it_in_their_own_language_and_only_in_those_that_are_written(alert, settings):
    campaign = alert.campaign
    for language in ("nl", "fr", "es"):
        make.acted(campaign, language=language)
    writing.begin(alert.id, language="fr", by=ROSA)
    save(alert, language="fr", subject="Du nouveau", body="Il y a du nouveau ici.")
    writing.skip(alert.id, language="es")
    writing.skip(alert.id, language="en")
    assert queries.audience_sum(alert).total == 2
    sent = send(alert, settings, confirmed=2)
    assert set(sent.mailing.content) == {"nl", "fr"}
    assert sent.mailing.content["fr"]["subject"] == "Du nouveau"


def test_a_copy_says_the_same_in_every_language_and_has_not_been_sent(alert, settings):
    make.acted(alert.campaign)
    writing.begin(alert.id, language="fr", by=ROSA)
    save(alert, language="fr", subject="Du nouveau", body="Il y a du nouveau ici.")
    writing.skip(alert.id, language="es")
    send(alert, settings, confirmed=1)
    copy = writing.duplicate(alert.id, by=FATIHA)
    assert (copy.state, copy.languages, copy.skips, copy.created_by) == ("draft", ["nl", "fr"], ["es"], FATIHA)
    assert copy.text("fr").subject == "Du nouveau"
    assert copy.text("nl").body == alert.text("nl").body


def test_what_has_left_cannot_be_written(alert, settings):
    make.acted(alert.campaign)
    send(alert, settings, confirmed=1)
    for verb in (
        lambda: save(alert),
        lambda: writing.begin(alert.id, language="fr", by=ROSA),
        lambda: writing.aim(alert.id, act="petition"),
    ):
        with pytest.raises(writing.AlreadySent):
            verb()


def test_a_title_shows_no_marks(alert):
    save(alert, subject="{{voornaam}}, kijk eens")
    assert alert.subject == "Kijk eens"
    save(alert, subject="Kijk, {{voornaam|vriend}}")
    assert alert.subject == "Kijk, vriend"
