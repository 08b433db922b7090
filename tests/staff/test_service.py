"""Accounts and the audit trail, at service level."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.staff import queries
from campaigner.staff import service as staff
from campaigner.staff.models import Account, AuditEvent
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def test_an_account_is_found_by_its_mailbox_and_its_address_is_not_in_the_database() -> None:
    made = staff.create(
        email="Fatiha.Voorbeeld@GMAIL.com", name="Fatiha", password="genoeg tekens hier", roles=["inbox"]
    )
    assert queries.by_email("fatihavoorbeeld@gmail.com") is made
    stored = db.session.execute(text("SELECT email, name FROM account WHERE id = :id"), {"id": made.id}).one()
    assert b"atiha" not in bytes(stored.email) + bytes(stored.name)


def test_a_password_is_kept_as_argon2() -> None:
    assert str(make.account().password).startswith("$argon2id$")


def test_two_accounts_cannot_have_one_mailbox() -> None:
    staff.create(email="dubbel@fos.example", name="", password="genoeg tekens hier", roles=["inbox"])
    with pytest.raises(Conflict):
        staff.create(email="DUBBEL@fos.example", name="", password="genoeg tekens hier", roles=["inbox"])


@pytest.mark.parametrize(
    ("email", "password", "roles"),
    [
        ("geen adres", "genoeg tekens hier", ["inbox"]),
        ("a@fos.example\r\nBcc: b@fos.example", "genoeg tekens hier", ["inbox"]),
        ("kort@fos.example", "te kort", ["inbox"]),
        ("rol@fos.example", "genoeg tekens hier", []),
        ("rol@fos.example", "genoeg tekens hier", ["koning"]),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_a_sentence(email: str, password: str, roles: list[str]) -> None:
    with pytest.raises(DomainError) as refused:
        staff.create(email=email, name="", password=password, roles=roles)
    assert str(refused.value)


def test_another_password_ends_the_sessions_of_the_account() -> None:
    made = make.account()
    named_in_sessions = made.fs_uniquifier
    staff.set_password(email=made.email, password="een heel ander wachtwoord")
    assert made.fs_uniquifier != named_in_sessions


def test_a_password_for_nobody_is_refused() -> None:
    with pytest.raises(NotFound):
        staff.set_password(email="niemand@fos.example", password="genoeg tekens hier")


def test_a_disabled_account_is_not_active() -> None:
    made = make.account()
    staff.disable(email=made.email)
    assert not made.active


def test_the_demo_account_is_made_once() -> None:
    assert _demo().id == _demo().id


def test_the_audit_trail_is_a_whole_chain() -> None:
    make.account()
    for number in range(5):
        staff.record(account_id=number, what="tested", about="test:1", detail={"ë": [1, None, "€"], "n": number})
    db.session.expire_all()
    chain = queries.verify_chain()
    assert chain.whole
    assert chain.rows >= 6


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_event SET what = 'something else' WHERE id = :id",
        """UPDATE audit_event SET detail = '{"n": 9}' WHERE id = :id""",
        "UPDATE audit_event SET account_id = 99 WHERE id = :id",
        "DELETE FROM audit_event WHERE id = :id",
    ],
)
def test_an_altered_or_missing_row_breaks_the_chain(tampering: str) -> None:
    rows = [staff.record(account_id=1, what="tested", about="test:1", detail={"n": n}).id for n in range(3)]
    db.session.execute(text("SET LOCAL session_replication_role = replica"))  # triggers off, as an intruder would
    db.session.execute(text(tampering), {"id": rows[1]})
    db.session.expire_all()
    broken_at = queries.verify_chain().broken_at
    assert broken_at in rows[1:]


@pytest.mark.parametrize(
    "change", ["UPDATE audit_event SET what = ''", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_the_database_itself_refuses_to_change_the_trail(change: str) -> None:
    staff.record(account_id=1, what="tested", about="test:1")
    db.session.execute(text("SET LOCAL session_replication_role = origin"))
    with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
        db.session.execute(text(change))


def test_what_changes_an_account_is_in_the_trail() -> None:
    made = make.account()
    staff.speak(made, language="es")
    staff.reset_factors(email=made.email)
    told = [event.what for event in queries.events(f"account:{made.id}")]
    assert told == ["second factors reset", "language chosen", "account created"]


def test_a_language_that_we_do_not_speak_is_refused() -> None:
    with pytest.raises(DomainError):
        staff.speak(make.account(), language="tlh")


def test_the_trail_holds_no_address() -> None:
    make.account()
    assert not [row for row in db.session.scalars(select(AuditEvent)) if "@" in f"{row.about}{row.detail}"]
    assert db.session.scalar(select(Account).limit(1)) is not None


def _demo() -> Account:
    return staff.demo_account(email="team@fos.example", password="solidariteit-demo")
