"""Verbs on people: enrol, note what they answered, prove it, stop mail, forget.

The consent ledger is append-only. `Permission` holds what stands now and is only ever changed by a
verified answer, in the transaction that writes the answer down.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.crypto import keyring
from campaigner.core.db import db
from campaigner.core.errors import Conflict
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.outbox import service as outbox
from campaigner.supporters import queries, texts
from campaigner.supporters.models import PURPOSES, Consent, Permission, Supporter

_farewells: list[Callable[[int], None]] = []


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody says they are."""

    first_name: str
    last_name: str
    email: str
    postcode: str
    country: str
    language: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one question of one organisation."""

    purpose: str
    organisation_id: int
    organisation: str
    value: bool
    kind: str = "petition"  # of the act it came with: one agrees to sign in other words than to write
    words: str | None = None  # exactly what was read, where it names more than the organisation


@dataclass(frozen=True, slots=True)
class Source:
    """Where answers came from, for the ledger."""

    language: str
    channel: str
    evidence: str
    placement_id: int | None = None
    action_id: int | None = None
    submission: str | None = None


def enrol(person: Person, *, is_example: bool = False) -> Supporter:
    """The supporter behind this name and mailbox, made if new. The unique constraint decides, not a look beforehand.

    Nothing here is proven yet: a seat in the mailbox is taken only by `take_seat`.
    """
    mailbox, who = addresses.fingerprint(person.email), fingerprint(person)
    row = insert(Supporter).values(
        mailbox=mailbox, person=who, email=person.email, first_name=person.first_name, last_name=person.last_name,
        postcode=person.postcode, country=person.country, language=person.language, is_example=is_example,
        provider=addresses.provider(person.email),
    )  # fmt: skip
    known = select(Supporter).filter_by(mailbox=mailbox, person=who).with_for_update(read=True, key_share=True)
    while True:  # somebody known may be erased between the two statements: then they are new
        db.session.execute(row.on_conflict_do_nothing(index_elements=["mailbox", "person"]))
        found = db.session.scalar(known)
        if found is not None:
            return found


def take_seat(supporter: Supporter) -> None:
    """The mailbox has confirmed this person. Two people may share one; a third is refused with a Conflict."""
    if supporter.seat is not None:
        return
    db.session.execute(select(Supporter.id).where(Supporter.mailbox == supporter.mailbox).with_for_update())
    db.session.refresh(supporter)
    if supporter.seat is not None:
        return
    taken = set(db.session.scalars(select(Supporter.seat).where(Supporter.mailbox == supporter.mailbox)))
    free = sorted({1, 2} - taken)
    if not free:
        raise Conflict(_l("Two people have confirmed from this mailbox already. Sign with an address of your own."))
    supporter.seat, supporter.confirmed_at = free[0], now()


def fingerprint(person: Person) -> bytes:
    """The keyed fingerprint of a name: case, accents and spaces do not make another person."""
    folded = unicodedata.normalize("NFKD", f"{person.first_name} {person.last_name}".casefold())
    letters = "".join(c for c in folded if not unicodedata.combining(c) and not c.isspace())
    return keyring.fingerprint(letters, "person")


def note(supporter_id: int, answers: list[Answer], *, source: Source, verified: bool) -> None:
    """Append answers to the ledger, each with the exact text that was read; verified ones take effect."""
    for answer in answers:
        text = texts.ensure(
            answer.purpose, organisation_id=answer.organisation_id, organisation=answer.organisation,
            language=source.language, kind=answer.kind, body=answer.words,
        )  # fmt: skip
        consent = Consent(
            supporter_id=supporter_id, organisation_id=answer.organisation_id, purpose=answer.purpose,
            value=answer.value, verified=verified, text_id=text.id, text_sha256=text.sha256,
            language=source.language, channel=source.channel, placement_id=source.placement_id,
            action_id=source.action_id, submission=source.submission, evidence=source.evidence,
        )  # fmt: skip
        db.session.add(consent)
        db.session.flush()
        if verified:
            _stands(consent)


def prove(action_id: int, *, submission: str, evidence: str, purposes: tuple[str, ...] = PURPOSES) -> list[Consent]:
    """The mailbox's owner stands by the answers of one form: copy each as verified. Repeating it adds nothing.

    Returns the verified answers that were written. With `purposes` only those questions are stood by.
    """
    proven = [
        Consent(
            supporter_id=row.supporter_id, organisation_id=row.organisation_id, purpose=row.purpose, value=row.value,
            verified=True, text_id=row.text_id, text_sha256=row.text_sha256, language=row.language,
            channel=row.channel, placement_id=row.placement_id, action_id=action_id, submission=submission,
            evidence=evidence,
        )
        for row in queries.pending(action_id, submission=submission) if row.purpose in purposes
    ]  # fmt: skip
    for consent in proven:
        db.session.add(consent)
        db.session.flush()
        _stands(consent)
    return proven


def is_proven(action_id: int, *, submission: str) -> bool:
    """True when the mailbox stood by any answer of that form."""
    proven = select(Consent.id).filter_by(action_id=action_id, submission=submission, verified=True)
    return db.session.scalar(proven.limit(1)) is not None


def drop_unproven(action_ids: list[int]) -> None:
    """Answers that nobody stood by, of acts that are gone."""
    db.session.execute(delete(Consent).where(Consent.action_id.in_(action_ids), ~Consent.verified))


def says_yes(action_id: int, *, purpose: str) -> bool:
    """True when a verified yes to this question came with this act."""
    yes = select(Consent.id).filter_by(action_id=action_id, purpose=purpose, verified=True, value=True)
    return db.session.scalar(yes.limit(1)) is not None


def disown(action_id: int, *, submission: str | None = None) -> None:
    """The mailbox's owner did not give these answers: they go, and whatever answer stood before them stands again."""
    theirs = delete(Consent).where(Consent.action_id == action_id)
    if submission is not None:
        theirs = theirs.where(Consent.submission == submission)
    gone = theirs.returning(Consent.supporter_id, Consent.organisation_id, Consent.purpose)
    for supporter_id, organisation_id, purpose in set(db.session.execute(gone).all()):
        before = (
            select(Consent)
            .filter_by(supporter_id=supporter_id, organisation_id=organisation_id, purpose=purpose, verified=True)
            .order_by(Consent.id.desc())
            .limit(1)
        )
        stood = db.session.scalar(before)
        if stood is not None:
            _stands(stood, lift=False)
        elif purpose == "mail":
            outbox.spare(str(supporter_id), organisation_id=organisation_id)


def _stands(consent: Consent, *, lift: bool = True) -> None:
    """Make a verified answer the one in force; a new yes to mail lifts an earlier unsubscription."""
    row = insert(Permission).values(
        supporter_id=consent.supporter_id, organisation_id=consent.organisation_id, purpose=consent.purpose,
        value=consent.value, consent_id=consent.id, changed_at=now(),
    )  # fmt: skip
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=["supporter_id", "organisation_id", "purpose"],
            set_={"value": row.excluded.value, "consent_id": row.excluded.consent_id, "changed_at": now()},
        )
    )
    if consent.purpose == "mail" and consent.value and lift:
        supporter = db.session.get_one(Supporter, consent.supporter_id)
        outbox.lift(supporter.mailbox, organisation_id=consent.organisation_id)
    elif consent.purpose == "mail" and not consent.value:
        outbox.spare(str(consent.supporter_id), organisation_id=consent.organisation_id)


def stop_mail(mailbox: bytes, *, organisation_id: int, evidence: str) -> None:
    """No more mail from this organisation to this mailbox, from this moment. Harmless to repeat."""
    outbox.suppress(mailbox, organisation_id=organisation_id, reason="unsubscribed")
    yes = select(Permission, Supporter.language).join(Supporter, Supporter.id == Permission.supporter_id)
    rows = db.session.execute(
        yes.where(
            Supporter.mailbox == mailbox,
            Permission.organisation_id == organisation_id,
            Permission.purpose == "mail",
            Permission.value,
        )
    ).all()
    for permission, language in rows:
        consent = Consent(
            supporter_id=permission.supporter_id, organisation_id=organisation_id, purpose="mail", value=False,
            verified=True, language=language, channel="web", evidence=evidence,
        )  # fmt: skip
        db.session.add(consent)
        db.session.flush()
        _stands(consent)


def before_forgetting(call: Callable[[int], None]) -> None:
    """Have `call` told of everybody who is about to be erased, by supporter id. Joined once, in `rooms.join`."""
    if call not in _farewells:
        _farewells.append(call)


def forget(supporter_id: int, *, kinds: tuple[str, ...] = ()) -> None:
    """Erase a person, everything that hangs on them (acts, consents), and what the outbox knows of their mailbox."""
    for call in _farewells:
        call(supporter_id)
    outbox.forget_recipient(str(supporter_id))
    mailbox = db.session.scalar(delete(Supporter).where(Supporter.id == supporter_id).returning(Supporter.mailbox))
    if mailbox is not None and db.session.scalar(select(Supporter.id).where(Supporter.mailbox == mailbox)) is None:
        outbox.forget(mailbox, kinds=kinds)
