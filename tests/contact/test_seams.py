"""Where the pipeline and the inbox meet: what one of them does is seen, learned and respected by the other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from campaigner.contact import inbox, jobs, lessons, queries, replies, service, threads, words
from campaigner.contact.models import ContactLesson, ContactMessage
from campaigner.core.clock import today
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.mailroom.hung import Hung
from campaigner.mailroom.registry import Reply
from tests import make
from tests.contact.messages import ROBOT, account, steps, stored
from tests.contact.threads import HOME, address_of, answered, back, routed
from tests.mailroom.ledger import arrives

pytestmark = pytest.mark.usefixtures("clean")
MAIL = Reply(
    nonce="mail-1", name="Greet", email="greet@voorbeeld.example", subject="Vraag", text="Dag, mag ik iets vragen?",
    language="nl", mail_id="<1@voorbeeld.example>",
)  # fmt: skip


@pytest.fixture
def settings(app, monkeypatch):
    changed = replace(app.extensions["campaigner"], mail_return_address=HOME)
    monkeypatch.setitem(app.extensions, "campaigner", changed)
    return changed


def taken(mail: Reply) -> ContactMessage:
    """A mail comes in that answers nothing of ours."""
    with transaction():
        replies.take(mail)
    row = queries.by_nonce(mail.nonce)
    assert row is not None
    return row


def shown(client: FlaskClient, row: ContactMessage) -> str:
    with transaction():
        mark = make.account(roles=("inbox",)).fs_uniquifier
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = mark, True
    return client.get(f"/staff/inbox/{row.id}").text


def test_the_filter_learns_from_an_answer_by_mail_that_a_person_wrote_it(settings):
    row = routed()
    answered(row, settings)

    assert db.session.get_one(ContactLesson, row.id).spam is False


def test_nothing_ties_what_the_filter_counts_to_the_numbers_of_the_search():
    spoken = ["petitie", "vakbond", "staking"]
    beginnings = [lessons._hash(word) >> 47 for word in spoken]  # 16 bits, as many as a number of the search has

    assert beginnings != [words.numbers([word])[0] for word in spoken]


@pytest.mark.parametrize("verb", [service.reopen, service.take, service.spam, service.answered, service.release])
def test_a_merged_message_is_moved_by_no_button(verb):
    one, other = stored(email="greet@voorbeeld.example"), stored(email="greet@voorbeeld.example")
    me = account()
    with transaction():
        inbox.merge(one.id, account_id=me, into=other.reference)

    with pytest.raises(Conflict), transaction():
        verb(one.id, account_id=me)


def test_the_same_words_mailed_again_are_a_second_message_and_the_same_mail_is_not(settings):
    row = routed()
    to = address_of(answered(row, settings))
    mail = "From: greet@voorbeeld.example\r\nSubject: Re\r\nMessage-ID: <{}@voorbeeld.example>\r\n\r\nIs er al nieuws?"
    for number, door in ((1, to), (1, HOME), (2, to)):
        arrives(mail.format(number).encode(), settings=settings, recipient=door, sender=row.email)

    assert steps(row).count("received") == 2


def test_a_mail_that_comes_again_after_staff_gave_it_another_topic_is_still_the_same(settings):
    row, me = taken(MAIL), account()
    with transaction():
        inbox.move(row.id, account_id=me, topic="press")
    taken(MAIL)
    taken(replace(MAIL, name="Greet P."))

    assert db.session.query(ContactMessage).count() == 1


def test_a_file_of_a_first_mail_that_was_not_kept_is_said(client, settings):
    row = taken(replace(MAIL, attachments=(Hung("a.exe", b"MZ\x90\0"), Hung("b.svg", b"<svg onload=alert(1)>"))))

    assert queries.detail(row.id, "stored") == {"files": 0, "refused": 2}
    assert "2 bestanden niet bewaard" in shown(client, row)


def test_the_page_shows_the_topic_that_the_words_suggest_until_it_has_another(client):
    row = routed(topic="other", body="Ik ben journalist en zoek een interview met iemand van jullie.")
    button = '<button class="button quiet" name="topic" value="press">'

    me = account()

    assert button in shown(client, row)
    with transaction():
        inbox.move(row.id, account_id=me, topic="campaign")
    assert button not in shown(client, row)


def test_the_page_says_in_which_language_a_text_really_is(client):
    row = routed(language="nl", body="Bonjour, je voudrais savoir quand la pétition sera remise, et si nous venons.")

    page = shown(client, row)

    assert row.written_in == "fr"
    assert "De tekst zelf is in een andere: Frans." in page
    assert '<div class="letter" lang="fr"' in page


def test_a_mail_that_only_names_a_thread_is_marked_and_one_to_our_own_address_is_not(client, settings):
    row = routed()
    back(settings, to=address_of(answered(row, settings)), sender=row.email)
    assert [each.unproven for each in threads.said(row, {}) if each.way == "in"] == [False]

    back(settings, to=HOME, sender=row.email, subject=f"Re: {row.reference}", text="Wis alles wat jullie hebben.")

    assert [each.unproven for each in threads.said(row, {}) if each.way == "in"] == [False, True]
    assert "Afzender niet bewezen" in shown(client, row)


def test_what_was_put_off_and_turns_out_to_be_about_data_comes_back_at_once():
    row, me = routed(), account()
    with transaction():
        inbox.snooze(row.id, account_id=me, until=today() + timedelta(days=60))
    with transaction():
        inbox.move(row.id, account_id=me, topic="privacy")

    db.session.refresh(row)
    assert row.snoozed_until is None


def test_a_robots_mail_is_weighed_like_its_form(settings):
    assert set(replies.NO_FORM) == set(ROBOT)
    row = taken(replace(MAIL, text="Kijk: https://bit.ly/x https://a.example https://b.example <a href='x'>koop</a>"))
    jobs.advance(row.id)
    db.session.refresh(row)

    assert (row.state, row.reasons) == ("quarantine", ["many_links", "short_link", "markup"])
