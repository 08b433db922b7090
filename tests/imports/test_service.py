"""An import: the proof decides who may be mailed, what was said before stands, and undo takes back what was added."""

import pytest
from sqlalchemy import text

from campaigner.actions.models import Action
from campaigner.alerts import people as audiences
from campaigner.alerts import rule as rules
from campaigner.campaigns.models import Ask
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict, DomainError
from campaigner.imports import reading, runs, service, writing
from campaigner.imports.models import ImportPart, ImportRow, PeopleImport
from campaigner.organisations import queries as organisations
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Suppression
from campaigner.supporters import service as supporters
from campaigner.supporters.models import Consent, ConsentText, Permission, Supporter, SupporterTag
from tests import make
from tests.imports.stage import LISTS, NO_PROOF, PROOF, brought_in, csv, people, tried, undone, uploaded

pytestmark = pytest.mark.usefixtures("session")


def mailable():
    """Addresses that an alert of the host to everybody would reach."""
    call = audiences.Call(rules.All(), organisations.host().id, ("nl",), "nl")
    found = {int(row.recipient) for row in db.session.execute(audiences.chosen(call))}
    assert audiences.add_up(call)["total"] == len(found)
    return {row.email for row in db.session.query(Supporter).filter(Supporter.id.in_(found))}


@pytest.mark.parametrize("program", LISTS)
def test_lists_of_other_programs_are_recognised_and_brought_in(program):
    made = brought_in(LISTS[program])
    assert made.reading["preset"] == program
    found = people()
    assert set(found) == {"greet@voorbeeld.example", "ines@voorbeeld.example"}
    assert found["ines@voorbeeld.example"].first_name == "Inès"
    assert found["greet@voorbeeld.example"].last_name == "Voorbeeld"
    assert mailable() == set(found)
    if program in ("actionnetwork", "civicrm"):
        assert (found["ines@voorbeeld.example"].country, found["ines@voorbeeld.example"].postcode) == ("FR", "59000")
    left = 0 if program == "mailchimp" else 1
    assert made.counts["faults"].get("status: left", 0) == left


def test_the_ledger_says_what_they_read_when_and_where_the_proof_is():
    brought_in(csv("a@voorbeeld.example;An;Voorbeeld;9000"))
    [consent] = db.session.query(Consent)
    assert (consent.value, consent.verified, consent.channel, consent.purpose) == (True, True, "paper", "mail")
    assert consent.created_at.date().isoformat() == "2024-05-01"
    assert consent.evidence.endswith("map 12")
    assert db.session.get(ConsentText, consent.text_id).body == PROOF.words
    assert db.session.query(SupporterTag).one().tag == "1 mei"


def test_the_day_on_the_line_goes_before_the_day_of_the_list():
    brought_in(LISTS["mailchimp"])
    days = {consent.created_at.date().isoformat() for consent in db.session.query(Consent)}
    assert days == {"2021-03-05", "2020-01-01"}


def test_without_proof_nobody_may_be_mailed():
    made = brought_in(csv("a@voorbeeld.example;An;Voorbeeld;9000"), proof=NO_PROOF)
    assert made.counts["unproven"] == 1
    assert len(people()) == 1
    assert mailable() == set()
    words_without_a_day = service.Evidence("Ja", "", "paper", "map 12")
    assert brought_in(csv("b@voorbeeld.example;Bo;Voorbeeld;9000"), proof=words_without_a_day).counts["unproven"] == 1
    assert mailable() == set()


def test_a_no_is_never_overwritten_not_even_under_another_name():
    campaign = make.campaign()
    make.acted(campaign, email="nee@voorbeeld.example", first_name="Nel", mail=False)
    made = brought_in(csv("nee@voorbeeld.example;Nel;Iemand;9000", "NEE@voorbeeld.example;;;"))
    assert made.counts["refused"] == 2
    assert mailable() == set()


def test_who_unsubscribed_or_cannot_be_reached_stays_so():
    campaign = make.campaign()
    host = organisations.host().id
    gone, dead = (make.acted(campaign, email=f"{name}@voorbeeld.example") for name in ("weg", "dood"))
    supporters.stop_mail(gone.mailbox, organisation_id=host, evidence="test")
    outbox.suppress(dead.mailbox, reason="dead address")
    before = db.session.query(Suppression).count()
    made = brought_in(csv("weg@voorbeeld.example;W;V;9000", "dood@voorbeeld.example;D;V;9000"))
    assert made.counts["shut"] == 2
    assert made.counts["mailable"] == 0
    assert mailable() == set()
    assert db.session.query(Suppression).count() == before


def test_a_yes_to_a_local_is_no_yes_to_the_host():
    brought_in(csv("a@voorbeeld.example;An;Voorbeeld;9000"), organisation_id=make.local().id)
    assert mailable() == set()


def test_people_who_are_here_are_met_and_not_made_again():
    person = make.acted(make.campaign(), email="hier@voorbeeld.example", mail=None)
    made = brought_in(
        csv(f"Hier@voorbeeld.example;{person.first_name.upper()};{person.last_name};2000", "hier@voorbeeld.example;;;")
    )
    assert (made.counts["new"], made.counts["known"], made.counts["twice"]) == (0, 1, 1)
    assert len(people()) == 1
    assert person.postcode == "9000"
    assert mailable() == {"hier@voorbeeld.example"}


def test_the_dry_run_counts_what_the_import_then_does_and_writes_nothing():
    make.acted(make.campaign(), email="nee@voorbeeld.example", mail=False)
    content = csv(
        "a@voorbeeld.example;An;V;9000",
        "a@voorbeeld.example;An;V;9000",
        "nee@voorbeeld.example;;;",
        "geen adres;X;Y;1",
        "b@voorbeeld.example;http://koop.example;V;1",
        ";;;9000",
    )
    tables = (Supporter, Consent, Permission, SupporterTag, ImportRow)
    before = [db.session.query(table).count() for table in tables]
    made = tried(content)
    assert [db.session.query(table).count() for table in tables] == before
    said = dict(made.counts)
    assert made.lines == 6
    assert [(line, field, why) for line, field, why in made.faults] == [
        (5, "email", "no address"), (6, "first_name", "holds a link"), (7, "email", "missing"),
    ]  # fmt: skip
    with transaction():
        service.start(made.id)
    while runs.run(made.id):
        pass
    assert service.get(made.id).counts == said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_are_read_however_they_are_written(encoding, delimiter, end):
    lines = ["Voornaam|E-mailadres|Familienaam", "Zoë|zoe@voorbeeld.example|Müller", "Noël|noel@voorbeeld.example|Peña"]
    raw = end.join(lines).replace("|", delimiter).encode(encoding)
    brought_in(b"\xff\xfe" + raw if encoding == "utf-16-le" else raw)
    assert {row.first_name + row.last_name for row in people().values()} == {"ZoëMüller", "NoëlPeña"}


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\x00\x01\x02\x03" * 100, b"PK\x03\x04\x00\x00" * 50], ids=repr)
def test_what_is_no_list_is_refused(raw):
    with pytest.raises(reading.Unreadable):
        uploaded(raw)


@pytest.mark.parametrize("raw", [
    b'email\n"' + b"x" * 50_000, b"email\n" + bytes(range(1, 256)), b"email;a\nx@voorbeeld.example\n;;;;;\n" * 3,
    ("email\n" + "\ud83d".encode("utf-16-le", "surrogatepass").decode("latin-1")).encode(), b"a" * 5000,
    b"email,email,E-mail\nx@voorbeeld.example,,\n", "email\nx@voorbeeld.example\u0000\n".encode("utf-16"),
], ids=range(7))  # fmt: skip
def test_nothing_in_a_file_is_more_than_a_fault(raw):
    try:
        brought_in(raw)
    except DomainError:
        return


def test_the_file_is_ciphertext_and_goes_when_its_people_are_here():
    made = tried(csv("geheim@voorbeeld.example;An;V;9000"))
    stored = bytes(db.session.execute(text("SELECT content FROM people_import_part")).scalar_one())
    assert b"geheim" not in stored
    with transaction():
        service.start(made.id)
    while runs.run(made.id):
        pass
    assert db.session.query(ImportPart).count() == 0


def test_a_file_that_is_left_goes_after_a_week():
    import_id = tried(csv("a@voorbeeld.example;An;V;9000")).id
    service.expire()
    assert db.session.query(ImportPart).count() == 1
    db.session.query(PeopleImport).update({"created_at": now() - service.KEPT})
    db.session.commit()
    service.expire()
    assert db.session.query(ImportPart).count() == 0
    assert db.session.query(PeopleImport).filter_by(id=import_id).count() == 0


def test_undo_takes_back_what_was_added_and_nothing_else():
    campaign = make.campaign()
    known = make.acted(campaign, email="hier@voorbeeld.example", mail=None)
    content = csv(
        f"hier@voorbeeld.example;{known.first_name};{known.last_name};9000",
        *(f"{name}@voorbeeld.example;{name};V;9000" for name in ("an", "bo", "cis")),
    )
    made = brought_in(content)
    assert len(mailable()) == 4
    found = people()
    acted = {"ask_id": db.session.query(Ask).first().id, "state": "confirmed", "language": "nl", "confirmed_at": now()}
    db.session.add(Action(supporter_id=found["bo@voorbeeld.example"].id, **acted))
    make.answer(found["cis@voorbeeld.example"], True)
    db.session.commit()
    made = undone(made)
    assert made.state == "undone"
    assert (made.counts["forgotten"], made.counts["kept"]) == (1, 3)
    assert set(people()) == {"hier@voorbeeld.example", "bo@voorbeeld.example", "cis@voorbeeld.example"}
    assert mailable() == {"cis@voorbeeld.example"}
    assert db.session.query(SupporterTag).count() == 0


def test_what_two_lists_brought_stays_until_both_are_undone():
    first = brought_in(csv("a@voorbeeld.example;An;V;9000"))
    second = brought_in(csv("a@voorbeeld.example;An;V;9000"))
    assert second.counts["mailable"] == 0
    undone(first)
    assert len(people()) == 1
    assert mailable() == set()


def test_an_import_that_is_cut_off_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(runs, "BATCH", 3)
    made = tried(csv(*(f"p{n}@voorbeeld.example;P{n};V;9000" for n in range(10))))
    with transaction():
        service.start(made.id)
    turns = 1
    while runs.run(made.id, seconds=0):
        turns += 1
    made = service.get(made.id)
    assert turns == 4
    assert (made.state, made.counts["new"], made.position) == ("done", 10, 10)
    assert len(people()) == 10


def test_nothing_is_done_twice_or_out_of_order():
    made = uploaded(csv("a@voorbeeld.example;An;V;9000"))
    for verb in (service.check, service.start, service.undo):
        with pytest.raises(Conflict):
            verb(made.id)
    made = brought_in(csv("a@voorbeeld.example;An;V;9000"))
    for verb in (service.check, service.start, service.throw_away):
        with pytest.raises(Conflict):
            verb(made.id)


def test_a_concurrent_answer_stands():
    """Between the look at the ledger and the writing somebody answers: their answer is the one that counts."""
    made = tried(csv("a@voorbeeld.example;An;V;9000"))
    assert "ON CONFLICT DO NOTHING" in writing.PERMISSION
    assert made.counts["mailable"] == 1
