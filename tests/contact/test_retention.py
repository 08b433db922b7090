"""What goes, when, and what stays of it; and the report, which erasing does not change. Real commits."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from campaigner.cli import main
from campaigner.contact import inbox, jobs, report, retention, service, snippets
from campaigner.contact.models import ContactEvent, ContactMessage
from campaigner.contact.thread_models import ContactEntry, ContactPast, ContactTerm
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError
from campaigner.staff import queries as staff
from tests import make
from tests.contact.messages import ROBOT, account
from tests.contact.threads import answered, routed

pytestmark = pytest.mark.usefixtures("clean")


def aged(days: float, **changes: Any) -> ContactMessage:
    row = routed(**changes)
    row.created_at = now() - timedelta(days=days)
    db.session.commit()
    return row


def expire() -> int:
    with transaction():
        return retention.expire()


def left() -> set[int]:
    return set(db.session.scalars(select(ContactMessage.id)))


def test_a_year_old_message_goes_and_spam_after_a_month():
    kept = [aged(364), aged(29, signals=ROBOT)]
    gone = [aged(366).id, aged(31, signals=ROBOT).id]

    assert expire() == 2
    assert left() == {row.id for row in kept}
    assert not left() & set(gone)


def test_the_time_runs_from_the_last_word_of_either_side(app):
    row = aged(366)
    answered(row, app.extensions["campaigner"])

    assert expire() == 0


def test_everything_of_a_thread_goes_with_it(app):
    row = aged(400)
    answered(row, app.extensions["campaigner"])
    row.last_at = None
    db.session.commit()
    expire()

    for table in (ContactMessage, ContactEvent, ContactEntry):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_staff_choose_another_time_for_a_topic():
    row, press = aged(100), aged(100, topic="press").id
    with transaction():
        changed = retention.choose({"press": 90, "campaign": 365, "nonsense": 1}, account_id=account_id())
    expire()

    assert changed == {"press": 90}
    assert left() == {row.id}
    assert press not in left()
    assert retention.terms()["press"] == 90


def account_id() -> int:
    return make.account().id


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_time_that_cannot_be_is_refused(days):
    with pytest.raises(DomainError), transaction():
        retention.choose({"press": days}, account_id=account_id())
    assert db.session.scalars(select(ContactTerm)).all() == []


def test_the_dry_run_says_what_would_go_and_takes_nothing():
    aged(366)
    aged(340)
    lines = {line.topic: line for line in retention.plan()}

    assert (lines["campaign"].held, lines["campaign"].due, lines["campaign"].open, lines["campaign"].soon) == (
        2,
        1,
        1,
        1,
    )
    assert lines["spam"].due == 0
    assert len(left()) == 2


def test_the_command_says_it_too_and_erases_only_without_dry_run(app):
    aged(366)
    dry = CliRunner().invoke(main, ["contact", "retention", "--dry-run"], obj=lambda: app)
    assert "1 over their time, 1 without an answer" in dry.output
    assert "Nothing was erased." in dry.output
    assert len(left()) == 1

    wet = CliRunner().invoke(main, ["contact", "retention"], obj=lambda: app)
    assert "1 erased." in wet.output
    assert left() == set()
    assert [event.what for event in staff.events("contact")] == ["contact expired"]


def test_the_hourly_round_erases_and_writes_down_how_many():
    aged(366)
    with transaction():
        jobs.tidy()

    assert left() == set()
    assert staff.events("contact")[0].detail == {"messages": 1}


def test_erasing_one_thread_takes_what_was_merged_into_it_along():
    one, two, other = routed(email="g@voorbeeld.example"), routed(email="g@voorbeeld.example"), routed()
    me = account()
    with transaction():
        inbox.merge(two.id, account_id=me, into=one.reference)
    with transaction():
        assert retention.erase(one.id) == one.reference

    assert left() == {other.id}


def test_what_stays_holds_no_person_and_no_day():
    aged(400, name="Greet Geheim", body="Een geheim")
    expire()
    row = str(db.session.execute(text("SELECT * FROM contact_past")).one())

    assert "Geheim" not in row
    assert db.session.scalars(select(ContactPast)).one().month.day == 1


def test_erasing_changes_no_figure_of_the_report(app):
    settings = app.extensions["campaigner"]
    answered(aged(2), settings)
    wrong = aged(2, signals=ROBOT)
    aged(2, signals=ROBOT)
    missed = aged(2, topic="press")
    me = account()
    with transaction():
        service.release(wrong.id, account_id=me)
    with transaction():
        service.spam(missed.id, account_id=me)
    before, rows = report.of(), report.table()
    for row_id in left():
        with transaction():
            retention.erase(row_id)

    assert left() == set()
    assert report.of() == before
    assert report.table() == rows
    whole = before.whole
    assert (whole.received, whole.spam, whole.real, whole.wrong, whole.missed, whole.answered) == (4, 2, 2, 1, 1, 1)
    assert whole.hours == 48


def test_the_median_is_the_middle_one_and_later_answers_do_not_count(app):
    settings = app.extensions["campaigner"]
    for hours in (1, 10, 100):
        row = aged(hours / 24)
        answered(row, settings)
        answered(row, settings, nonce=f"staff-again-{row.id}")

    assert report.of().whole.hours == 10


def test_an_empty_inbox_has_a_report_of_nothing(session):
    found = report.of()

    assert len(found.months) == len(found.by_month) == 12
    assert found.months == sorted(set(found.months))
    assert found.whole == report.Line()
    assert report.table() == [
        ["month", "topic", "received", "spam", "wrongly_quarantined", "missed_spam", "answered", "median_hours"]
    ]


def test_a_saved_reply_fills_in_its_fields_and_leaves_strange_ones():
    row = routed(name="Greet", language="es")
    snippet = snippets.ContactSnippet(name="x", texts={"es": "Hola {{ naam }}, {{nummer}} {{vreemd}} {{ik}}"})

    words, language = snippets.filled(snippet, row, writer="Team", host="FOS")

    assert (words, language) == (f"Hola Greet, {row.reference} {{{{vreemd}}}} Team", "es")
    assert snippets.unknown_fields("{{vreemd}} {{naam}}") == ["{{vreemd}}"]


def test_a_saved_reply_without_the_language_comes_in_one_that_was_written():
    row = routed(language="es")
    snippet = snippets.ContactSnippet(name="x", texts={"fr": "Bonjour, {{onderwerp}}"})

    words, language = snippets.filled(snippet, row, writer="Team", host="FOS")

    assert language == "fr"
    assert words == "Bonjour, Une campagne ou une action"


def test_a_name_that_looks_like_a_field_is_not_filled_in_again():
    row = routed(name="{{ik}}")
    snippet = snippets.ContactSnippet(name="x", texts={"nl": "Dag {{naam}}"})

    assert snippets.filled(snippet, row, writer="Team", host="FOS")[0] == "Dag {{ik}}"


def test_the_examples_are_whole_and_written_once():
    with transaction():
        assert snippets.begin() == 4
    with transaction():
        assert snippets.begin() == 0
    for snippet in snippets.every():
        assert set(snippet.texts) == {"nl", "fr", "en", "es"}
        assert all(not snippets.unknown_fields(words) for words in snippet.texts.values())
    row = routed(topic="press")
    assert [each.topic for each in snippets.fitting(row)] == ["press", None]
