"""Writing a letter, and what follows when its mailbox confirms it or its person leaves.

A letter is written down with its form and waits. It gets deliveries, the only rows that may leave, in the
transaction in which that very form is confirmed; `delivery` sends what waits.
"""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from campaigner.actions import service as actions
from campaigner.actions.models import Action, Submission
from campaigner.actions.service import Choices, Door, Outcome
from campaigner.campaigns.models import Ask, Campaign, Target
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict
from campaigner.core.i18n import country as country_name
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.letters import delivery, queries
from campaigner.letters.models import Envelope, Letter, LetterDelivery, LetterObjection, Postbox
from campaigner.staff import service as staff
from campaigner.supporters import texts
from campaigner.supporters.models import Consent
from campaigner.supporters.service import Answer, Person


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote: their own part of the letter, how they sign it, and whom they picked if they had to."""

    subject: str
    body: str
    signed: str = "town"
    picked: int | None = None


def write(*, ask: Ask, person: Person, choices: Choices, door: Door, draft: Draft) -> Outcome:
    """Take in a letter, to be confirmed from the mailbox. Writing twice is one letter: the one confirmed first.

    Raises Conflict when nobody is named to write to, Gone when the campaign takes no letters (any more).
    """
    offer = queries.offer(ask, door.language)
    targets = offer.aimed(country=person.country, postcode=person.postcode, picked=draft.picked)
    if not targets:
        raise Conflict(_l("It is not said yet to whom these letters go. Come back soon."))
    signed = "town" if ask.campaign.safety_mode else draft.signed
    answer = name_answer(ask.campaign, targets, signed, door.language)
    outcome = actions.act(
        ask=ask, person=person, choices=replace(choices, further=(answer,) if answer else ()), door=door
    )
    row = insert(Letter).values(
        action_id=outcome.action_id, submission=outcome.submission, subject=draft.subject,
        body=offer.whole(draft.body), language=offer.language, signed=signed, targets=[each.id for each in targets],
        own=draft.body.split() != offer.body.split() or draft.subject not in offer.subjects,
    )  # fmt: skip
    db.session.execute(row.on_conflict_do_nothing(index_elements=["action_id", "submission"]))
    return outcome


def name_answer(campaign: Campaign, targets: list[Target], signed: str, language: str) -> Answer | None:
    """The answer to "how do you sign?" for the ledger, in the exact words; None where names are never asked."""
    if campaign.safety_mode:
        return None
    words = name_words(targets, language, reply=signed == "reply")
    return Answer("target", campaign.lead_id, campaign.lead.name, signed != "town", words=words)


def name_words(targets: list[Target], language: str, *, reply: bool = False) -> str:
    """What one says yes to by putting a name under a letter: to whom it goes, and where that law does not hold."""
    names = ", ".join(dict.fromkeys(each.name for each in targets))
    said = texts.words("target", language, kind="reply" if reply else "letter", target=names)
    beyond = [country_name(code) for code in queries.abroad(targets)]
    return f"{said} {texts.words('target', language, kind='abroad', country=', '.join(beyond))}" if beyond else said


def confirmed(action: Action, form: Submission) -> None:
    """The mailbox stands by a form: when it is the one that made the act count, its letter may go. Repeats nothing."""
    letter = queries.letter(action.id, form.key) if action.submission == form.key else None
    if letter is None:
        return
    if letter.signed != "town" and not _says_name(letter):
        letter.signed = "town"
    there = select(Target.id).where(Target.id.in_(letter.targets), Target.campaign_id == action.ask.campaign_id)
    for target_id in db.session.scalars(there):
        row = insert(LetterDelivery).values(letter_id=letter.id, target_id=target_id)
        db.session.execute(row.on_conflict_do_nothing(index_elements=["letter_id", "target_id"]))


def _says_name(letter: Letter) -> bool:
    """Whether the mailbox stood by a yes to the name, in this very form."""
    yes = select(Consent.id).filter_by(
        action_id=letter.action_id, submission=letter.submission, purpose="target", verified=True, value=True
    )
    return db.session.scalar(yes.limit(1)) is not None


def disowned(action: Action, submission: str) -> None:
    """A form was disowned while its act stays: its letter went with the form, and it never had a delivery."""


def going(action: Action) -> None:
    """An act is about to be erased: no mail that holds its letter leaves from here on.

    The letter and what waits go with the act, by the database itself.
    """
    _take_back(Action.id == action.id)


def leaving(supporter_id: int) -> None:
    """A person is about to be erased: the same for every letter of theirs."""
    _take_back(Action.supporter_id == supporter_id)


def _take_back(theirs: ColumnElement[bool]) -> None:
    held = (
        select(LetterDelivery.envelope_id)
        .join(Letter, Letter.id == LetterDelivery.letter_id)
        .join(Action, Action.id == Letter.action_id)
        .where(theirs)
    )
    for envelope in db.session.scalars(select(Envelope).where(Envelope.state == "open", Envelope.id.in_(held))):
        delivery.take_back(envelope)


def object_(target: Target) -> None:
    """A target asks us to stop: nothing more goes to any of its addresses, in any campaign. Harmless to repeat.

    Letters that wait are kept for a hand-over, by people.
    """
    box = queries.postbox(target.id)
    mailboxes = {box.mailbox, box.fallback_mailbox} - {None} if box else set()
    # Locked first: a round that takes letters for one of these postboxes has ended, or sees the objection.
    theirs = select(Postbox.target_id).where(
        Postbox.mailbox.in_(mailboxes) | Postbox.fallback_mailbox.in_(mailboxes)
    )  # fmt: skip
    same = db.session.scalars(theirs.order_by(Postbox.target_id).with_for_update()).all()
    rows = [{"mailbox": mailbox, "target_id": target.id} for mailbox in mailboxes]
    new = insert(LetterObjection).on_conflict_do_nothing().returning(LetterObjection.mailbox)
    if not rows or not db.session.execute(new, rows).all():
        return
    for envelope in db.session.scalars(
        select(Envelope).where(Envelope.state == "open", Envelope.mailbox.in_(mailboxes))
    ):
        delivery.take_back(envelope)
    db.session.execute(
        update(LetterDelivery)
        .where(LetterDelivery.target_id.in_(same), LetterDelivery.state == "waiting")
        .values(state="handover", settled_at=now())
        .execution_options(synchronize_session=False)
    )
    staff.record(
        account_id=None, what="target objected to letters", about=f"campaign:{target.campaign_id}",
        detail={"target": target.id},
    )  # fmt: skip


def has_letters(target_id: int) -> bool:
    """Whether anybody's confirmed letter is for this target."""
    return bool(db.session.scalar(select(exists().where(LetterDelivery.target_id == target_id))))
