"""Leaving a message, judging it, and passing it on to the partner.

Nothing is public before its mailbox confirmed it and a moderator showed it. A moderator judges the
text that was read: when its writer replaced it meanwhile, the judgement does not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from campaigner.actions import service as actions
from campaigner.actions.models import Action, Submission
from campaigner.actions.service import Choices, Door, Outcome
from campaigner.campaigns.models import Ask, Campaign
from campaigner.core.clock import day_of, now, today
from campaigner.core.db import db
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import LANGUAGES, force_locale
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.outbox import service as outbox
from campaigner.solidarity import languages, mails, queries
from campaigner.solidarity.models import REASONS, RHYTHMS, Issue, PartnerLine, SolidarityMessage
from campaigner.staff import service as staff
from campaigner.supporters.service import Person

NOTE_AT_MOST = 500
DAYS = {"daily": 1, "weekly": 7}
COPY_KEPT = timedelta(days=32)  # as long as the outbox keeps a service mail, and a day or two more


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a judgement: the messages it holds for, and how many were replaced or gone meanwhile."""

    done: tuple[int, ...]
    missed: int


def leave(*, ask: Ask, person: Person, choices: Choices, door: Door, body: str) -> Outcome:
    """Take in a message, to be confirmed from the mailbox. Writing twice replaces the first, once confirmed."""
    return actions.act(ask=ask, person=person, choices=choices, door=door, comment=body)


def received(action: Action, form: Submission) -> None:
    """The mailbox stands by this form: its text waits to be read, in place of an earlier one. Harmless to repeat."""
    action.comment = None  # it is kept once, where it can be taken off the wall
    message = db.session.get(SolidarityMessage, action.id, with_for_update=True)
    if form.comment is None or (message is not None and form.created_at <= message.written_at):
        return
    if message is None:
        message = SolidarityMessage(action_id=action.id, campaign_id=action.ask.campaign_id, version=0)
        db.session.add(message)
    _put(message, form)


def _put(message: SolidarityMessage, form: Submission) -> None:
    message.text, message.language = form.comment or "", languages.guess(form.comment or "", form.language)
    message.submission, message.written_at, message.created_at = form.key, form.created_at, now()
    message.version += 1
    message.issue_id = None
    _wait(message)


def disowned(action: Action, submission: str) -> None:
    """The mailbox did not write that: its text goes, and the one of the form that stands for the act waits again."""
    message = db.session.get(SolidarityMessage, action.id, with_for_update=True)
    if message is None or message.submission != submission:
        return
    earlier = queries.form_of(action.id, action.submission)
    if earlier is None or earlier.comment is None:
        db.session.delete(message)
    else:
        _put(message, earlier)


def show(seen: dict[int, int], *, by: int) -> Verdict:
    """Hang these messages (the act's id and the version that was read) on the wall."""

    def verb(message: SolidarityMessage) -> None:
        message.state, message.reason, message.note = "shown", None, None
        message.moderated_by, message.moderated_at = by, now()

    return _judge(seen, verb, what="messages shown", by=by)


def hide(seen: dict[int, int], *, reason: str, note: str, by: int) -> Verdict:
    """Keep these messages off the wall, and say why. Raises DomainError when the reason is none or lacks its words."""
    if reason not in REASONS:
        raise DomainError(_l("Choose why this message is not shown."))
    if reason == "other" and not note:
        raise DomainError(_l("Say in a few words why this message is not shown."))

    def verb(message: SolidarityMessage) -> None:
        message.state, message.reason, message.note = "hidden", reason, note[:NOTE_AT_MOST] or None
        message.moderated_by, message.moderated_at = by, now()

    return _judge(seen, verb, what="messages hidden", by=by, reason=reason)


def undo(seen: dict[int, int], *, by: int) -> Verdict:
    """Have these messages wait again, as if nobody had judged them."""
    return _judge(seen, _wait, what="messages put back", by=by)


def _wait(message: SolidarityMessage) -> None:
    message.state, message.reason, message.note = "waiting", None, None
    message.moderated_by = message.moderated_at = None


def _judge(
    seen: dict[int, int], verb: Callable[[SolidarityMessage], None], *, what: str, by: int, **detail: str
) -> Verdict:
    """Do one thing to every message that is still as it was read, and write it down once."""
    rows = select(SolidarityMessage).where(SolidarityMessage.action_id.in_(seen)).order_by(SolidarityMessage.action_id)
    found = [
        message
        for message in db.session.scalars(rows.with_for_update().execution_options(populate_existing=True))
        if message.version == seen[message.action_id]
    ]
    for message in found:
        verb(message)
    done = tuple(message.action_id for message in found)
    if done:
        about = f"action:{done[0]}" if len(done) == 1 else "actions"
        staff.record(account_id=by, what=what, about=about, detail={"actions": list(done), **detail})
    return Verdict(done, len(seen) - len(done))


def correct(action_id: int, *, language: str, by: int) -> SolidarityMessage:
    """Say which language a message is in. Raises NotFound when it is gone, DomainError for a language not listed."""
    if language not in languages.KNOWN:
        raise DomainError(_l("Choose one of the languages."))
    message = db.session.get(SolidarityMessage, action_id, with_for_update=True)
    if message is None:
        raise NotFound(_l("This message is no longer here."))
    if message.language != language:
        message.language = language
        staff.record(account_id=by, what="message language", about=f"action:{action_id}", detail={"language": language})
    return message


def spoken(campaign: Campaign) -> str:
    """The language to write to a campaign's partner in: the first of theirs that is one of ours, else English."""
    theirs = campaign.partner.languages if campaign.partner else []
    return next((code for code in theirs if code in LANGUAGES), "en")


def _line(campaign: Campaign) -> PartnerLine:
    """How messages of a campaign reach its partner; not at all until somebody says so."""
    found = queries.line(campaign.id)
    if found is None:
        found = PartnerLine(campaign_id=campaign.id, rhythm="off", language=spoken(campaign), edition=0)
        db.session.add(found)
        db.session.flush()
    return found


def settle(campaign: Campaign, *, rhythm: str, address: str, language: str, by: int) -> PartnerLine:
    """Set where, how often and in which language the partner gets the new messages. Raises DomainError."""
    if rhythm not in RHYTHMS:
        raise DomainError(_l("Choose one."))
    if rhythm != "off" and not address:
        raise DomainError(_l("Fill in an e-mail address, like name@example.org."))
    found = _line(campaign)
    found.rhythm, found.address, found.language, found.outcome = rhythm, address or None, language, None
    staff.record(
        account_id=by, what="message digest set", about=f"campaign:{campaign.id}",
        detail={"rhythm": rhythm, "language": language},
    )  # fmt: skip
    return found


def renew(campaign: Campaign, *, by: int) -> PartnerLine:
    """Make a new link to the booklet; the links before it end."""
    found = _line(campaign)
    found.edition += 1
    staff.record(account_id=by, what="booklet link renewed", about=f"campaign:{campaign.id}")
    return found


def booklet_token(line: PartnerLine) -> str:
    """What opens the booklet of a campaign: for the partner, until the link is renewed."""
    return signer.seal([line.campaign_id, line.edition], "booklet")


def of_token(token: str) -> PartnerLine:
    """The line that a booklet's link is about. Raises NotFound for a link that is damaged or was renewed."""
    try:
        campaign_id, edition = signer.unseal(token, "booklet")
    except (BadToken, TypeError, ValueError):
        campaign_id, edition = 0, 0
    found = queries.line(campaign_id) if isinstance(campaign_id, int) else None
    if found is None or found.edition != edition:
        raise NotFound(_l("This link to the booklet no longer works. Ask us for the new one."))
    return found


def digest() -> int:
    """Mail what is new on each wall to its partner, where its day has come; return how many mails were written."""
    rows = select(PartnerLine).where(PartnerLine.rhythm != "off", PartnerLine.address.is_not(None))
    return sum(_issue(each) for each in db.session.scalars(rows).all() if _due(each))


def _due(line: PartnerLine) -> bool:
    return line.sent_at is None or (today() - day_of(line.sent_at)).days >= DAYS[line.rhythm]


def _issue(line: PartnerLine) -> bool:
    with force_locale(line.language):
        found = queries.fresh(line.campaign)
    if not found or line.address is None:
        return False
    issue = Issue(campaign_id=line.campaign_id, messages=len(found))
    db.session.add(issue)
    db.session.flush()
    line.sent_at = now()
    line.outcome = mails.digest(issue, line=line, token=booklet_token(line), messages=[shown for _id, shown in found])
    if line.outcome != "queued":
        db.session.delete(issue)
        return False
    ids = [action_id for action_id, _shown in found]
    db.session.execute(update(SolidarityMessage).where(SolidarityMessage.action_id.in_(ids)).values(issue_id=issue.id))
    return True


def withdraw() -> int:
    """Empty our copies of digests in which somebody stands who left the wall; return how many.

    One that has not left yet is not sent: what remains of it goes with the next.
    """
    found = queries.thinned(since=now() - COPY_KEPT)
    for issue in found:
        left = queries.has_left(issue)
        outbox.forget_cause(queries.DIGEST, queries.cause(issue))
        issue.blanked_at = now()
        if not left:
            theirs = update(SolidarityMessage).where(SolidarityMessage.issue_id == issue.id)
            db.session.execute(theirs.values(issue_id=None))
            again = update(PartnerLine).where(PartnerLine.campaign_id == issue.campaign_id)
            db.session.execute(again.values(sent_at=None))
    return len(found)
