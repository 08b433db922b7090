"""Signing a charter for an organisation, and what staff decide: no name stands under it that nobody looked at.

A mailbox confirms first, then a person of ours says that the organisation is who it says it is. Who signed for it is
kept encrypted and for our eyes only; taking the name back erases everything, also our copies of the mails.
"""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from campaigner.campaigns.models import OVER, Campaign
from campaigner.charters import mails, queries
from campaigner.charters.models import Charter, CharterText, CoSigner
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, Gone, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.staff import service as staff

CONFIRM_WITHIN = timedelta(days=14)
REFUSED_KEPT = timedelta(days=30)
CONTACT_KEPT = timedelta(days=183)  # after the campaign ended, as the form says
GONE = _l("This organisation is no longer here. Perhaps its name was taken back, or nobody confirmed it in time.")
TWICE = _l("An organisation with this name stands under the charter already.")


@dataclass(frozen=True, slots=True)
class Said:
    """What an organisation tells of itself, and who speaks for it."""

    name: str
    kind: str
    place: str
    country: str
    contact: str = ""
    role: str = ""
    email: str = ""


def sign(campaign: Campaign, *, said: Said, language: str, turn: str) -> CoSigner:
    """Take in a signature, to be confirmed from the mailbox. The same organisation and mailbox again is another mail.

    `turn` names the form: sent twice it is one mail. Raises Gone when the charter takes no names (any more).
    """
    charter = queries.of(campaign.id)
    if charter is None or not queries.takes(charter):
        raise Gone(_l("This charter takes no new names at the moment."))
    values = {
        "campaign_id": campaign.id, "name": said.name, "name_key": key(said.name), "kind": said.kind,
        "place": said.place, "country": said.country, "language": language, "contact": said.contact,
        "role": said.role, "email": said.email, "mailbox": addresses.fingerprint(said.email),
    }  # fmt: skip
    unique = ["campaign_id", "mailbox", "name_key"]
    db.session.execute(insert(CoSigner).values(**values).on_conflict_do_nothing(index_elements=unique))
    row = db.session.execute(select(CoSigner).filter_by(**{name: values[name] for name in unique})).scalar_one()
    mails.confirm(row, turn=turn)
    return row


def key(name: str) -> str:
    """An organisation's name without capitals, accents, spaces and marks."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in folded if letter.isalnum())


def of_token(token: str, *, lock: bool = False) -> CoSigner:
    """The organisation that a mailed link is about. Raises NotFound for a damaged link, Gone for one that is erased."""
    try:
        row_id, mark = signer.unseal(token, "charter")
        row = db.session.get(CoSigner, int(row_id), with_for_update=lock, populate_existing=lock)
    except (BadToken, TypeError, ValueError) as error:
        raise NotFound(_l("This link is incomplete. Copy it again from the mail, in one piece.")) from error
    if row is None or row.mailbox is None or row.mailbox.hex()[:16] != mark:
        raise Gone(GONE)
    return row


def confirm(token: str) -> CoSigner:
    """The mailbox stands by it: staff look at it now. Harmless to repeat. Raises as `of_token`."""
    row = of_token(token, lock=True)
    if row.state == "unconfirmed":
        row.state, row.confirmed_at = "waiting", now()
    return row


def take_back(token: str) -> None:
    """The organisation takes its name back, or it was never its own: everything about it is erased. Raises NotFound."""
    try:
        row = of_token(token, lock=True)
    except Gone:
        return
    staff.record(
        account_id=None, what="charter name taken back", about=f"campaign:{row.campaign_id}",
        detail={"organisation": row.id, "state": row.state},
    )  # fmt: skip
    _erase(row)


def show(row: CoSigner, *, by: int) -> None:
    """The name stands under the charter from now on, and its contact is told. Raises Conflict for a name twice."""
    if row.state not in ("waiting", "refused"):
        raise Conflict(_l("A colleague decided about this organisation meanwhile. Load the page again."))
    if queries.namesakes(row):
        raise Conflict(TWICE)
    _decide(row, "shown", by=by, reason=None)


def refuse(row: CoSigner, *, reason: str, by: int) -> None:
    """The name does not (or no longer) stand there, and its contact reads why. Raises DomainError without a reason."""
    if row.state not in ("waiting", "shown"):
        raise Conflict(_l("A colleague decided about this organisation meanwhile. Load the page again."))
    if not reason:
        raise DomainError(_l("Say why: the organisation reads it."))
    _decide(row, "refused", by=by, reason=reason)


def _decide(row: CoSigner, state: str, *, by: int, reason: str | None) -> None:
    row.state, row.reason, row.decided_at, row.decided_by = state, reason, now(), by
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(TWICE) from error
    _record(row.campaign_id, f"charter name {state}", by=by, organisation=row.id)
    if row.email is not None:
        mails.decided(row)


def add(charter: Charter, *, said: Said, by: int) -> CoSigner:
    """Enter an organisation that signed on paper: it stands there at once. Raises Conflict for a name twice."""
    row = CoSigner(
        campaign_id=charter.campaign_id, name=said.name, name_key=key(said.name), kind=said.kind, place=said.place,
        country=said.country, channel="paper", state="shown", language=LANGUAGES[0], confirmed_at=now(),
        decided_at=now(), decided_by=by,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(TWICE) from error
    _record(charter.campaign_id, "charter name entered from paper", by=by, organisation=row.id)
    return row


def remove(row: CoSigner, *, by: int) -> None:
    """Erase an organisation with everything about it, without a mail."""
    _record(row.campaign_id, "charter name removed", by=by, organisation=row.id, state=row.state)
    _erase(row)


def of_campaign(campaign_id: int, row_id: int) -> CoSigner:
    """An organisation under this campaign's charter, held until the transaction ends. Raises NotFound."""
    row = db.session.get(CoSigner, row_id, with_for_update=True)
    if row is None or row.campaign_id != campaign_id:
        raise NotFound(GONE)
    return row


def write(campaign: Campaign, *, language: str, title: str, body: str, by: int) -> CharterText:
    """Write what the charter says in a language.

    Raises Conflict when the campaign's own text would change after an organisation signed it.
    """
    if language not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    charter = _ensure(campaign)
    text = next((each for each in charter.texts if each.language == language), None)
    if text is not None and (text.title, text.body) == (title, body):
        return text
    if text is not None and language == campaign.source_language and _signed(campaign.id):
        raise Conflict(_l("Organisations have signed this text: it cannot change any more. Write news about it."))
    if text is None:
        text = CharterText(language=language)
        charter.texts.append(text)
    text.title, text.body = title, body
    db.session.flush()
    _record(campaign.id, "charter written", by=by, language=language)
    return text


def _ensure(campaign: Campaign) -> Charter:
    db.session.execute(insert(Charter).values(campaign_id=campaign.id).on_conflict_do_nothing())
    return db.session.get_one(Charter, campaign.id)


def _signed(campaign_id: int) -> bool:
    rows = select(CoSigner.id).where(CoSigner.campaign_id == campaign_id, CoSigner.state != "unconfirmed")
    return db.session.scalar(rows.limit(1)) is not None


def open_(campaign: Campaign, *, by: int) -> None:
    """Put the charter on the page, and let organisations sign. Raises Conflict before its own text is written."""
    charter = _ensure(campaign)
    if campaign.source_language not in {text.language for text in charter.texts}:
        raise Conflict(_l("Write the charter in the campaign’s own language first."))
    charter.opened_at, charter.closed_at = charter.opened_at or now(), None
    _record(campaign.id, "charter opened", by=by)


def close(campaign: Campaign, *, by: int) -> None:
    """No new names; the charter and its names stay on the page."""
    charter = queries.of(campaign.id)
    if charter is None or charter.opened_at is None or charter.closed_at is not None:
        raise Conflict(_l("A colleague did something with this charter meanwhile. Load the page again."))
    charter.closed_at = now()
    _record(campaign.id, "charter closed", by=by)


def tidy() -> int:
    """Erase what nobody confirmed in time and what was refused, and who signed once a campaign is long over."""
    late = (
        (CoSigner.state == "unconfirmed") & (CoSigner.created_at < now() - CONFIRM_WITHIN)
        | (CoSigner.state == "refused") & (CoSigner.decided_at < now() - REFUSED_KEPT)
    )  # fmt: skip
    gone = _each(select(CoSigner).where(late))
    ended = select(Campaign.id).where(Campaign.state.in_(OVER), Campaign.closed_at < now() - CONTACT_KEPT)
    rows = select(CoSigner).where(CoSigner.campaign_id.in_(ended))
    gone += _each(rows.where(CoSigner.state != "shown"))
    kept = update(CoSigner).where(CoSigner.campaign_id.in_(ended), CoSigner.email.is_not(None))
    db.session.execute(kept.values(contact=None, role=None, email=None, mailbox=None))
    return gone


def _each(rows: Select[CoSigner]) -> int:
    found = db.session.scalars(rows).all()
    for row in found:
        _erase(row)
    return len(found)


def _erase(row: CoSigner) -> None:
    mails.forget(row)
    db.session.execute(delete(CoSigner).where(CoSigner.id == row.id))
    db.session.expunge(row)


def _record(campaign_id: int, what: str, *, by: int, **detail: object) -> None:
    staff.record(account_id=by, what=what, about=f"campaign:{campaign_id}", detail=detail)
