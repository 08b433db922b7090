"""Acting, confirming, taking it back, and counting.

An act counts when its mailbox has confirmed it. The count moves in two steps: the act's own
transaction writes a journal entry, the counter job adds entries to the journals. So signing never
touches a shared row, and nothing is ever counted twice or lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from campaigner.actions import counting, followers, mails, queries, shares, wording
from campaigner.actions.models import Action, Journal, JournalEntry, Submission, Tally
from campaigner.campaigns import coalitions
from campaigner.campaigns.models import Ask, Campaign, Placement
from campaigner.core import places
from campaigner.core.clock import day_of, now
from campaigner.core.db import db
from campaigner.core.errors import Gone
from campaigner.core.tokens import ExpiredToken, signer
from campaigner.organisations.models import Organisation
from campaigner.outbox import service as outbox
from campaigner.supporters import service as supporters
from campaigner.supporters.models import PURPOSES, Permission, Supporter
from campaigner.supporters.service import Answer, Person, Source

CONFIRM_WITHIN = timedelta(days=14)
KEEP_AFTER_END = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class Door:
    """Where an act came in. `site_verified` is None outside widgets."""

    channel: str
    language: str
    submission: str
    placement: Placement | None = None
    site_host: str | None = None
    site_verified: bool | None = None
    via: str | None = None  # the code of the personal link that the page was opened with


@dataclass(frozen=True, slots=True)
class Choices:
    """The answers to the separate questions: yes, no, or None for not answered."""

    public: bool | None = None
    mail_host: bool | None = None
    mail_local: bool | None = None
    further: tuple[Answer, ...] = ()  # to the questions of this kind of act alone


@dataclass(frozen=True, slots=True)
class Outcome:
    """The act's id, the form it came with, and what became of its mail (as `outbox.put` says it)."""

    action_id: int
    submission: str
    mail: str


def act(*, ask: Ask, person: Person, choices: Choices, door: Door, comment: str | None = None) -> Outcome:
    """Take in one act: supporter, action, what the form said, consent events, the mail; in the caller's transaction.

    Acting twice is one action and another mail. Raises Gone when the campaign takes no acts (any more).
    """
    if ask.campaign.state != "open":
        raise Gone(wording.TAKES_NONE[ask.kind])
    supporter = supporters.enrol(person)
    words = _said(person, door, comment) | {"via": shares.known(door.via, campaign_id=ask.campaign_id)}
    action = _action(ask, supporter, words, door.submission)
    names = {"email": person.email, "first_name": person.first_name, "last_name": person.last_name}
    row = insert(Submission).values(action_id=action.id, key=door.submission, **names, **words)
    db.session.execute(row.on_conflict_do_nothing())
    source = Source(
        language=door.language, channel=door.channel, evidence="form", action_id=action.id, submission=door.submission,
        placement_id=words["placement_id"],
    )  # fmt: skip
    supporters.note(supporter.id, _answers(ask, choices, door), source=source, verified=False)
    mail = mails.confirm(action, submission=door.submission, to=person.email)
    return Outcome(action.id, door.submission, mail)


def _said(person: Person, door: Door, comment: str | None) -> dict[str, Any]:
    return {
        "postcode": person.postcode, "country": person.country, "language": door.language, "channel": door.channel,
        "comment": comment or None, "placement_id": door.placement.id if door.placement else None,
        "site_host": door.site_host, "site_verified": door.site_verified,
    }  # fmt: skip


def _action(ask: Ask, supporter: Supporter, said: dict[str, Any], submission: str) -> Action:
    """This supporter's action on this ask: new, or the one that is there, open again if it was taken back."""
    values = {name: value for name, value in said.items() if name not in ("postcode", "country")}
    row = insert(Action).values(ask_id=ask.id, supporter_id=supporter.id, submission=submission, **values)
    db.session.execute(row.on_conflict_do_nothing(index_elements=["ask_id", "supporter_id"]))
    action = db.session.execute(
        select(Action).filter_by(ask_id=ask.id, supporter_id=supporter.id).with_for_update()
    ).scalar_one()
    if action.state in ("withdrawn", "rejected"):
        action.state, action.withdrawn_at, action.confirmed_at = "unconfirmed", None, None
    if action.state == "unconfirmed":
        action.created_at = now()
    return action


def _answers(ask: Ask, choices: Choices, door: Door) -> list[Answer]:
    """One answer per question that was answered; what was not answered leaves no trace."""
    host = ask.campaign.lead
    asked: list[tuple[str, Organisation, bool | None, str | None]] = [
        ("sign", host, True, None),
        ("public", host, choices.public or None, None),
        ("mail", host, choices.mail_host, None),
    ]
    if door.placement is not None and door.placement.organisation_id != host.id:
        own = coalitions.question(door.placement, door.language)
        asked.append(("mail", door.placement.organisation, choices.mail_local, own))
    given = [
        Answer(purpose, who.id, who.name, value, kind=ask.kind, words=words)
        for purpose, who, value, words in asked if value is not None
    ]  # fmt: skip
    return [*given, *choices.further]


def confirm(token: str, *, only_sign: bool = False) -> Action:
    """Confirm the act that a mailed token is about, as that very form said it, and its answers. Harmless to repeat.

    With `only_sign` the answers beside the signature itself are left unproven. A signature given while the
    campaign was open counts when it is confirmed, until the list has been handed over. Raises BadToken
    or ExpiredToken, Gone when there is nothing to confirm any more, Conflict when the mailbox is full.
    """
    action, submission = of_token(token, lock=True)
    form = said(action, submission)
    if action.state in ("withdrawn", "rejected"):
        raise Gone(wording.TAKEN_BACK[action.ask.kind])
    if action.state == "unconfirmed":
        if action.ask.campaign.state == "handed_over":
            raise Gone(wording.TOO_LATE[action.ask.kind])
        _believe(action, form)
        _enter(action, +1)
    purposes = ("sign",) if only_sign else PURPOSES
    proven = supporters.prove(action.id, submission=submission, evidence="confirm button", purposes=purposes)
    action.public = action.public or any(row.purpose == "public" and row.value for row in proven)
    followers.confirmed(action, form)
    return action


def _believe(action: Action, said: Submission) -> None:
    """The mailbox stands by this form: the act and the person are as it says."""
    supporter = db.session.get_one(Supporter, action.supporter_id)
    supporters.take_seat(supporter)
    supporter.first_name, supporter.last_name, supporter.email = said.first_name, said.last_name, said.email
    supporter.postcode, supporter.country, supporter.language = said.postcode, said.country, said.language
    action.language, action.channel, action.comment = said.language, said.channel, said.comment
    action.placement_id, action.site_host, action.site_verified = said.placement_id, said.site_host, said.site_verified
    action.via = said.via
    action.state, action.confirmed_at, action.submission = "confirmed", now(), said.key
    action.region = places.region(said.country, said.postcode)
    db.session.flush()
    db.session.refresh(action, ["placement"])


def of_token(token: str, *, lock: bool = False) -> tuple[Action, str]:
    """The action and the form that a confirm token is about. Raises BadToken, ExpiredToken or Gone."""
    value, age = signer.read_with_age(token, "confirm")
    action_id, submission = value
    query = select(Action).where(Action.id == action_id).execution_options(populate_existing=True)
    action = db.session.scalar(query.with_for_update() if lock else query)
    if action is None and age > CONFIRM_WITHIN:
        raise ExpiredToken(value)
    if action is None:
        raise Gone(wording.NOTHING)
    if action.state == "unconfirmed" and age > CONFIRM_WITHIN:
        raise ExpiredToken(value)
    return action, str(submission)


def not_me(token: str) -> None:
    """Somebody else used this mailbox: what that form said is erased, with its answers and whatever followed from them.

    The act goes too when that form made it count, or when no other form stands for it; the person
    when nothing else stands. An act that was confirmed by another form stays. Harmless to repeat.
    Raises BadToken; an act that is gone already is what was asked for.
    """
    action_id, submission = signer.read(token, "confirm")
    supporters.disown(action_id, submission=submission)
    action = db.session.get(Action, action_id, with_for_update=True, populate_existing=True)
    if action is None:
        return
    action.public = supporters.says_yes(action.id, purpose="public")
    db.session.execute(delete(Submission).filter_by(action_id=action.id, key=submission))
    outbox.forget_cause(mails.CONFIRM, f"{action.id}.{submission}")
    others = db.session.scalar(select(Submission.key).filter_by(action_id=action.id).limit(1))
    if action.submission != submission and (action.state == "confirmed" or others):
        followers.disowned(action, submission)
        return
    if action.state != "confirmed" and others:
        action.submission = others
        return
    _erase(action)


def _erase(action: Action) -> None:
    if action.state == "confirmed":
        _enter(action, -1)
    supporters.disown(action.id)
    supporter_id = action.supporter_id
    followers.going(action)
    db.session.delete(action)
    db.session.flush()
    _forget_unless_needed(supporter_id)


def said(action: Action, submission: str) -> Submission:
    """What one form of an act said. Raises Gone when its mailbox disowned it."""
    found = db.session.get(Submission, (action.id, submission))
    if found is None:
        raise Gone(wording.NOTHING)
    return found


def again(action_id: int, *, submission: str, turn: str) -> str:
    """Send the confirmation mail of a form once more. Returns what became of it."""
    action, form = db.session.get(Action, action_id), db.session.get(Submission, (action_id, submission))
    if action is None or form is None or action.state in ("withdrawn", "rejected"):
        return "repeated"
    if action.state != "unconfirmed" and not queries.is_pending(action.id, submission=submission):
        return "repeated"
    return mails.confirm(action, submission=submission, to=form.email, turn=turn)


def _enter(action: Action, change: int) -> None:
    """Write a journal entry under the day, region, local and channel of the act."""
    supporter = db.session.get_one(Supporter, action.supporter_id)
    region = action.region or places.region(supporter.country, supporter.postcode)
    local = action.placement.organisation_id if action.placement else 0
    confirmed_at = action.confirmed_at or now()
    db.session.add(
        JournalEntry(
            ask_id=action.ask_id, day=day_of(confirmed_at), organisation_id=local, channel=action.channel,
            change=change, region=region, placement_id=action.placement_id,
        )
    )  # fmt: skip


def count() -> int:
    """Add what has been entered to the journals and the tallies; return how many entries there were.

    One statement: an entry leaves the waiting table in the very commit that counts it, so nothing is
    counted twice or lost. The reconciler's lock makes this job a singleton.
    """
    counted: int = db.session.execute(counting.COUNT).scalar_one()
    return counted


def recount() -> dict[int, int]:
    """Compare every tally with its journals and put right what differs. Returns the drift per ask, without the zeros.

    Nothing should ever be found here; the round that calls it is what would tell. Journals are not
    compared with acts: people are erased after a campaign, their count stays.
    """
    count()
    sums = select(Journal.ask_id, func.sum(Journal.confirmed)).group_by(Journal.ask_id)
    true = {ask_id: int(total) for ask_id, total in db.session.execute(sums)}
    drift = {}
    for tally in db.session.scalars(select(Tally)):
        difference = true.get(tally.ask_id, 0) - tally.confirmed
        if difference:
            drift[tally.ask_id], tally.confirmed = difference, true.get(tally.ask_id, 0)
    return drift


def anonymise() -> int:
    """Six months after a campaign ended its acts are erased; province, month and local stay in the journals.

    People who act elsewhere or said yes to mail stay. Returns how many acts went. The term is the one
    the privacy page promises.
    """
    ended = select(Ask.id).join(Campaign).where(Campaign.closed_at < now() - KEEP_AFTER_END)
    over = Campaign.state.in_(("closed", "won", "handed_over"))
    gone = db.session.execute(
        delete(Action).where(Action.ask_id.in_(ended.where(over))).returning(Action.supporter_id)
    ).scalars()
    number = 0
    for supporter_id in gone.all():
        number += 1
        _forget_unless_needed(supporter_id)
    return number


def _forget_unless_needed(supporter_id: int) -> None:
    # Locked before it is looked at: whoever signs as this person now waits, and then is somebody new.
    db.session.execute(select(Supporter.id).where(Supporter.id == supporter_id).with_for_update())
    acts = select(Action.id).where(Action.supporter_id == supporter_id)
    wants_mail = select(Permission.consent_id).where(
        Permission.supporter_id == supporter_id, Permission.purpose == "mail", Permission.value
    )
    if not any(db.session.scalar(query.limit(1)) for query in (acts, wants_mail)):
        supporters.forget(supporter_id, kinds=(mails.CONFIRM,))


def expire() -> int:
    """Erase unconfirmed acts and forms after their time, and people who have nothing else here.

    Returns how many acts went.
    """
    late = now() - CONFIRM_WITHIN - timedelta(days=1)
    gone = db.session.execute(
        delete(Action)
        .where(Action.state == "unconfirmed", Action.created_at < late)
        .returning(Action.id, Action.supporter_id)
    ).all()
    supporters.drop_unproven([row.id for row in gone])
    _expire_forms(late)
    for supporter_id in {row.supporter_id for row in gone}:
        _forget_unless_needed(supporter_id)
    return len(gone)


def _expire_forms(late: datetime) -> None:
    """Forms on acts that stay, which nobody stood by in time."""
    counted = select(Action.id).where(Action.id == Submission.action_id, Action.submission == Submission.key).exists()
    old = select(Submission).where(Submission.created_at < late, ~counted)
    for form in db.session.scalars(old):
        if not supporters.is_proven(form.action_id, submission=form.key):
            supporters.disown(form.action_id, submission=form.key)
            db.session.delete(form)
