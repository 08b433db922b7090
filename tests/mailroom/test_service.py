"""What follows from a mail: who is shut out, who is not, and that nobody can lie about it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campaigner.config import Settings
from campaigner.contact.models import ContactMessage
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import NotFound
from campaigner.mailroom import queries, registry, service
from campaigner.mailroom.models import InboundMail
from campaigner.organisations import queries as organisations
from campaigner.outbox import counters, returns
from campaigner.outbox import service as outbox
from campaigner.supporters.models import Consent, Permission
from tests import make
from tests.mailroom import ledger, samples
from tests.mailroom.ledger import all_shut, arrives, comes_back, fresh, sent, shut, token

pytestmark = pytest.mark.usefixtures("session")
HARD = ["postfix-unknown", "exim-unknown", "exchange-not-found", "gmail-unknown", "qmail-unknown", "utf8-address"]
SOFT = ["postfix-expired", "exim-no-code", "exchange-blocked", "gmail-too-fast", "full-mailbox", "passed-on-unknown"]


@pytest.mark.parametrize("name", HARD)
def test_a_dead_address_is_shut_for_everybody(name: str, settings: Settings) -> None:
    delivery = sent()
    assert comes_back(name, delivery, settings=settings) == ("bounce", "hard")
    assert shut() == {(0, "dead address")}
    assert (fresh(delivery).returned, delivery.state) == ("hard", "sent")
    assert delivery.returned_at is not None


@pytest.mark.parametrize("name", SOFT)
def test_any_other_bounce_is_noted_and_shuts_nobody(name: str, settings: Settings) -> None:
    delivery = sent()
    assert comes_back(name, delivery, settings=settings) == ("bounce", "soft")
    assert fresh(delivery).returned == "soft"
    assert all_shut() == 0


def test_a_warning_of_delay_changes_nothing(settings: Settings) -> None:
    delivery = sent()
    assert comes_back("postfix-delayed", delivery, settings=settings) == ("bounce", "noted")
    assert fresh(delivery).returned is None


@pytest.mark.parametrize("name", samples.NAMES)
@pytest.mark.parametrize("recipient", ["bounces@fos.example", "bounces+b-1-1-aaaaaaaaaaaaaaaa@fos.example", ""])
def test_nobody_is_shut_out_by_a_mail_that_proves_nothing(name: str, recipient: str, settings: Settings) -> None:
    delivery = sent()
    forged = samples.mail(name, verp=f"bounces+b-{delivery.mailing_id}-{delivery.recipient}-{'a' * 16}@fos.example")
    arrives(forged, recipient=recipient, settings=settings, sender=None)
    assert all_shut() == 0
    assert fresh(delivery).returned is None


@pytest.mark.parametrize("name", HARD)
def test_the_token_of_one_delivery_shuts_no_other_mailbox(name: str, settings: Settings) -> None:
    mine, theirs = sent("ik@elders.example"), sent()
    raw = samples.mail(name, verp=token(theirs)[:-20] + "x" * 4 + "@fos.example")
    assert arrives(raw, recipient=token(mine), settings=settings) == ("bounce", "soft")
    assert all_shut() == 0
    assert fresh(theirs).returned is None


def test_an_unsubscribe_token_is_no_proof_for_a_bounce(settings: Settings) -> None:
    delivery = sent()
    raw = samples.mail("postfix-unknown", verp="bounces@fos.example")
    assert arrives(raw, recipient=token(delivery, "u"), settings=settings) == ("unsubscribe", "noted")
    assert all_shut() == 0


def test_a_token_in_small_or_large_letters_is_the_same(settings: Settings) -> None:
    delivery = sent()
    raw = samples.mail("postfix-unknown", verp="bounces@fos.example")
    assert arrives(raw, recipient=token(delivery).upper(), settings=settings) == ("bounce", "hard")


def test_fetched_mail_has_no_envelope_and_is_known_by_its_headers(settings: Settings) -> None:
    delivery = sent()
    assert comes_back("gmail-unknown", delivery, settings=settings, recipient="", sender=None) == ("bounce", "hard")


def test_a_mail_whose_outcome_nobody_knew_keeps_its_state(settings: Settings) -> None:
    delivery = sent(state="unknown")
    comes_back("postfix-unknown", delivery, settings=settings)
    assert (fresh(delivery).state, delivery.returned) == ("unknown", "hard")
    assert counters.drift(delivery.mailing_id) == 0


@pytest.mark.parametrize("state", ["failed", "suppressed", "cancelled"])
def test_what_never_left_cannot_come_back(state: str, settings: Settings) -> None:
    delivery = sent(state=state)
    assert comes_back("postfix-unknown", delivery, settings=settings) == ("bounce", "not sent")
    assert all_shut() == 0


def test_a_bounce_quicker_than_our_own_bookkeeping_waits_for_it(settings: Settings) -> None:
    delivery = sent(state="inflight")
    assert comes_back("postfix-unknown", delivery, settings=settings) == (None, None)
    row = db.session.scalars(select(InboundMail)).one()
    assert (row.state, row.tries) == ("new", 1)
    delivery.state, row.not_before = "sent", now() - timedelta(seconds=1)
    db.session.commit()
    ledger.sort(settings)
    assert (row.state, row.kind, row.outcome) == ("done", "bounce", "hard")
    assert shut() == {(0, "dead address")}


def test_a_bounce_of_a_mail_that_stays_under_way_is_given_up_in_the_end(settings: Settings) -> None:
    delivery = sent(state="deferred")
    comes_back("postfix-unknown", delivery, settings=settings)
    row = db.session.scalars(select(InboundMail)).one()
    row.tries, row.not_before = service.MOST_TRIES - 1, now() - timedelta(seconds=1)
    db.session.commit()
    ledger.sort(settings)
    assert (row.state, row.outcome) == ("done", "still under way")


def test_the_worst_news_of_a_delivery_stands(settings: Settings) -> None:
    delivery = sent()
    comes_back("full-mailbox", delivery, settings=settings)
    comes_back("postfix-unknown", delivery, settings=settings)
    comes_back("exchange-blocked", delivery, settings=settings)
    assert fresh(delivery).returned == "hard"


def _soft(days_ago: list[float], settings: Settings) -> None:
    for days in days_ago:
        comes_back("full-mailbox", sent(days_ago=days), settings=settings)


def test_five_mailings_in_a_row_that_came_back_are_the_end(settings: Settings) -> None:
    _soft([40, 30, 20, 10], settings)
    assert all_shut() == 0
    last = sent(days_ago=1)
    assert comes_back("full-mailbox", last, settings=settings) == ("bounce", "given up")
    assert shut() == {(0, "dead address")}


def test_a_mail_that_stayed_away_in_between_begins_the_count_anew(settings: Settings) -> None:
    sent(days_ago=15)
    _soft([40, 30, 20, 10, 1], settings)
    assert all_shut() == 0


@pytest.mark.parametrize("days_ago", [[5, 4, 3, 2, 1], [150, 120, 90, 61, 1], [45, 30, 15, 1]])
def test_five_within_a_few_days_over_many_months_or_fewer_than_five_are_not(
    days_ago: list[float], settings: Settings
) -> None:
    _soft(days_ago, settings)
    assert all_shut() == 0


def test_the_same_mailing_coming_back_again_and_again_counts_once(settings: Settings) -> None:
    first, second = sent(days_ago=20), sent(days_ago=1)
    for turn in range(6):
        for delivery in (first, second):
            raw = samples.mail("full-mailbox", verp=token(delivery)) + b"\r\n" * turn
            arrives(raw, recipient=token(delivery), settings=settings)
    assert all_shut() == 0


def _permitted(to: str = samples.TO) -> tuple[Any, int]:
    person = make.acted(make.campaign(), email=to)
    return person, organisations.host().id


def _allowed(person: Any) -> bool:
    query = select(Permission.value).filter_by(supporter_id=person.id, purpose="mail")
    return bool(db.session.scalars(query).one())


@pytest.mark.parametrize("name", ["arf-rfc5965", "arf-message-id"])
def test_a_complaint_stops_the_organisations_mail_at_once_and_for_good(name: str, settings: Settings) -> None:
    person, host = _permitted()
    delivery = sent()
    there = {"recipient": "bounces@fos.example", "sender": "feedback@fbl.bestemming.example"}
    assert comes_back(name, delivery, settings=settings, **there) == ("complaint", "shut")
    assert shut() == {(host, "complaint")}
    assert fresh(delivery).returned == "complaint"
    assert not _allowed(person)
    with transaction():
        outbox.lift(delivery.mailbox, organisation_id=host)
    assert shut() == {(host, "complaint")}


def test_a_complaint_weighs_more_than_an_earlier_unsubscription(settings: Settings) -> None:
    delivery = sent()
    host = organisations.host().id
    with transaction():
        outbox.suppress(delivery.mailbox, organisation_id=host, reason="unsubscribed")
    comes_back("arf-rfc5965", delivery, settings=settings, recipient="bounces@fos.example")
    assert shut() == {(host, "complaint")}


def test_a_complaint_about_a_service_mail_shuts_the_mailbox_for_all(settings: Settings) -> None:
    delivery = sent(alert=False)
    there = {"recipient": "bounces@fos.example"}
    assert comes_back("arf-message-id", delivery, settings=settings, **there) == ("complaint", "unproven")
    assert all_shut() == 0
    assert comes_back("arf-rfc5965", delivery, settings=settings, **there) == ("complaint", "shut")
    assert shut() == {(0, "complaint")}


def test_not_spam_is_not_a_complaint(settings: Settings) -> None:
    delivery = sent()
    assert comes_back("arf-not-spam", delivery, settings=settings) == ("complaint", "noted")
    assert all_shut() == 0


def test_an_opt_out_report_is_an_unsubscription(settings: Settings) -> None:
    delivery = sent()
    raw = samples.mail("arf-rfc5965", verp=token(delivery)).replace(b"Type: abuse", b"Type: opt-out")
    assert arrives(raw, settings=settings) == ("complaint", "stopped")
    assert shut() == {(organisations.host().id, "unsubscribed")}


def test_a_complaint_is_known_by_our_own_unsubscribe_link(settings: Settings) -> None:
    from campaigner.outbox import message

    delivery = sent()
    link = message.unsubscribe_url(settings, mailing_id=delivery.mailing_id, recipient=delivery.recipient)
    raw = samples.mail("arf-message-id").replace(b"To: undisclosed", f"List-Unsubscribe: <{link}>".encode())
    assert arrives(raw, settings=settings) == ("complaint", "shut")
    assert arrives(raw.replace(link[-9:].encode(), b"AAAAAAAAA"), settings=settings) == ("complaint", "unproven")


def test_a_mail_to_the_unsubscribe_address_does_what_the_link_does(settings: Settings) -> None:
    person, host = _permitted()
    delivery = sent()
    raw = b"From: iemand@elders.example\r\nSubject: unsubscribe\r\n\r\n"
    for _ in range(2):
        there = {"recipient": token(delivery, "u"), "sender": "iemand@elders.example"}
        assert arrives(raw, settings=settings, **there) == ("unsubscribe", "stopped")
    assert shut() == {(host, "unsubscribed")}
    assert not _allowed(person)
    said = db.session.scalars(select(Consent.evidence).where(~Consent.value)).all()
    assert said == ["unsubscribe mail"]


def test_an_answer_with_only_unsubscribe_as_subject_is_one_when_it_is_theirs_to_say(settings: Settings) -> None:
    delivery = sent()
    there = {"recipient": "bounces@fos.example", "sender": samples.TO}
    assert comes_back("unsubscribe-subject", delivery, settings=settings, **there) == ("unsubscribe", "stopped")
    assert shut() == {(organisations.host().id, "unsubscribed")}


def test_without_proof_a_wish_to_leave_is_a_message_for_people(settings: Settings) -> None:
    sent()
    raw = samples.mail("unsubscribe-subject")
    assert arrives(raw, sender=samples.TO, settings=settings) == ("reply", "handed on")
    assert all_shut() == 0
    assert db.session.scalars(select(ContactMessage)).one().body.startswith("Re: Uitschrijven")


def test_an_answer_lies_in_the_inbox_in_the_language_of_the_mail(settings: Settings) -> None:
    delivery = sent(language="es")
    there = {"recipient": "bounces@fos.example", "sender": samples.TO}
    assert comes_back("reply-text", delivery, settings=settings, **there) == ("reply", "handed on")
    message = db.session.scalars(select(ContactMessage)).one()
    assert (message.topic, message.language, message.name) == ("other", "es", "An Vöórbeeld")
    assert message.email == samples.TO
    assert message.body.startswith("Re: De eerste koper heeft gebeld\n\nDag team, ik kan er niet bij zijn")


def test_the_same_answer_by_two_doors_is_one_message(settings: Settings) -> None:
    raw = samples.mail("reply-text")
    arrives(raw, sender=samples.TO, settings=settings)
    arrives(b"Received: from elders\r\n" + raw, recipient="", sender=None, door="imap", settings=settings)
    assert len(db.session.scalars(select(ContactMessage)).all()) == 1
    assert len(db.session.scalars(select(InboundMail)).all()) == 2


def test_the_pipeline_of_the_inbox_takes_an_answer_like_any_other_message(settings: Settings) -> None:
    from campaigner.contact import jobs

    arrives(samples.mail("reply-html"), sender=samples.TO, settings=settings)
    message = db.session.scalars(select(ContactMessage)).one()
    assert message.language == "fr"
    jobs.advance(message.id)
    assert message.scored_at is not None
    assert message.notified_at is not None


@pytest.mark.parametrize("name", ["vacation-rfc3834", "vacation-bare", "read-receipt"])
def test_what_a_program_answers_goes_nowhere(name: str, settings: Settings) -> None:
    delivery = sent()
    _, outcome = comes_back(name, delivery, settings=settings, sender=None)
    assert outcome == "noted"
    assert db.session.scalars(select(ContactMessage)).all() == []
    assert all_shut() == 0


def test_our_own_mail_sent_back_to_us_is_no_message(settings: Settings) -> None:
    raw = f"From: {settings.mail_sender}\r\nSubject: x\r\n\r\nx".encode()
    assert arrives(raw, sender=settings.mail_sender, settings=settings) == ("automatic", "noted")


def test_while_no_room_takes_answers_they_are_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_takers", [])
    with pytest.raises(registry.NobodyTakes):
        arrives(samples.mail("reply-text"), sender=samples.TO, settings=settings)
    row = db.session.scalars(select(InboundMail)).one()
    with transaction():
        service.stumbled(row.id, "NobodyTakes at x.py:1")
    assert (row.state, row.error) == ("new", "NobodyTakes at x.py:1")
    assert row.raw is not None


def test_the_same_mail_delivered_twice_is_one_row(settings: Settings) -> None:
    with transaction():
        assert service.take_in(b"x", recipient="Bounces@fos.example", sender="", door="lmtp")
        assert not service.take_in(b"x", recipient="bounces@fos.example", sender="", door="pipe")
        assert service.take_in(b"x", recipient="campagnes@fos.example", sender="", door="pipe")


def test_handling_it_twice_changes_nothing_more(settings: Settings) -> None:
    arrives(samples.mail("reply-text"), sender=samples.TO, settings=settings)
    row = db.session.scalars(select(InboundMail)).one()
    with transaction():
        service.handle(row.id, settings=settings)
        service.stumbled(row.id, "late")
    assert (row.state, row.error) == ("done", None)
    assert len(db.session.scalars(select(ContactMessage)).all()) == 1


def test_what_keeps_failing_is_given_up_seen_and_can_be_tried_again(settings: Settings) -> None:
    with transaction():
        service.take_in(samples.mail("reply-text"), recipient="", sender=samples.TO, door="pipe")
        row_id = service.claim()
        assert row_id is not None
        assert service.claim() is None  # its next turn comes later
    row = db.session.get_one(InboundMail, row_id)
    assert timedelta(seconds=30) < row.not_before - now() < timedelta(minutes=2)
    assert queries.in_trouble() == 0
    row.tries = service.MOST_TRIES
    with transaction():
        service.stumbled(row_id, "ValueError at contact/service.py:1")
    assert (row.state, queries.in_trouble()) == ("failed", 1)
    assert queries.stuck()[0].error == "ValueError at contact/service.py:1"
    with transaction():
        service.again(row_id)
    ledger.sort(settings)
    assert (row.state, row.kind) == ("done", "reply")
    assert queries.in_trouble() == 0
    with pytest.raises(NotFound), transaction():
        service.again(row_id)


def test_the_wait_between_two_tries_grows_and_ends_at_eight_hours(settings: Settings) -> None:
    with transaction():
        service.take_in(b"x", recipient="", sender="", door="pipe")
    row = db.session.scalars(select(InboundMail)).one()
    waits = []
    for _ in range(7):
        row.not_before = now() - timedelta(seconds=1)
        db.session.flush()
        with transaction():
            service.claim()
        db.session.refresh(row)
        waits.append(round((row.not_before - now()) / timedelta(minutes=1)))
    assert waits == [1, 4, 16, 64, 256, 480, 480]


def test_texts_go_soon_and_rows_later(settings: Settings) -> None:
    arrives(samples.mail("reply-text"), sender=samples.TO, settings=settings)
    row = db.session.scalars(select(InboundMail)).one()
    with transaction():
        assert service.expire() == 0
    row.handled_at = now() - timedelta(hours=25)
    with transaction():
        assert service.expire() == 1
    db.session.refresh(row)
    assert (row.raw, row.sender, row.recipient) == (None, None, None)
    row.received_at = now() - timedelta(days=91)
    with transaction():
        service.expire()
    assert db.session.scalars(select(InboundMail)).all() == []


def test_what_waits_is_never_thrown_away(settings: Settings) -> None:
    with transaction():
        service.take_in(b"x", recipient="", sender="", door="pipe")
    row = db.session.scalars(select(InboundMail)).one()
    row.received_at = now() - timedelta(days=400)
    with transaction():
        assert service.expire() == 0
    assert row.raw == "x"


def test_nothing_of_it_can_be_read_in_the_database(settings: Settings) -> None:
    with transaction():
        service.take_in(samples.mail("reply-text"), recipient="bounces@fos.example", sender=samples.TO, door="lmtp")
    shown = db.session.connection().exec_driver_sql("SELECT inbound_mail::text FROM inbound_mail").scalar_one()
    for clear in (samples.TO, "koper", "bounces"):
        assert clear not in shown
        assert clear.encode().hex() not in shown


def test_only_our_own_addresses_are_ours(settings: Settings) -> None:
    delivery = sent()
    for address in ("bounces@fos.example", "<Bounces@FOS.example>", settings.mail_sender, token(delivery)):
        assert service.is_ours(address, settings=settings), address
    elsewhere = token(delivery).replace("fos.example", "elders.example")
    for address in ("", "<>", "x@fos.example", settings.host_contact, "bounces+b-1-2-aaaaaaaaaaaaaaaa@fos.example",
                    "bounces@elders.example", elsewhere, f"{'x' * 5000}@fos.example"):  # fmt: skip
        assert not service.is_ours(address, settings=settings), address


def test_a_delivery_that_was_erased_still_takes_its_bounce(settings: Settings) -> None:
    delivery = sent()
    with transaction():
        outbox.forget(delivery.mailbox, kinds=())
    assert comes_back("postfix-unknown", delivery, settings=settings) == ("bounce", "hard")
    assert returns.any_delivery(delivery.mailing_id, delivery.recipient) is not None
