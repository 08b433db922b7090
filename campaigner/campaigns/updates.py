"""News from the struggle: written, checked for what could harm people, published, taken off in a hurry.

Each language of a piece is a text of its own with a check of its own. What was checked is what goes online: a
text that changed since it was read is not published, and one that is changed leaves the page until it is checked again.
In safety mode a second person, who neither wrote nor checked it, must agree.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select

from campaigner.campaigns import photos, redaction, turns
from campaigner.campaigns.models import Campaign, Update
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import LANGUAGES, country
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations import queries as organisations
from campaigner.staff import service as staff

CHECKS = {
    "people": _l("Nobody is named who could be harmed by it."),
    "reach": _l("No telephone number, address or account by which a person can be found."),
    "place": _l("No street, workplace or meeting place that leads to a person."),
    "agreed": _l("The people it is about agreed that this goes online."),
}
GONE = _l("This text is no longer here.")


@dataclass(frozen=True, slots=True)
class News:
    """What a text of an update says. `body` is Markdown, `author` the organisation that speaks."""

    title: str
    body: str
    author: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One update with all its languages, for staff: the original first."""

    number: int
    texts: tuple[Update, ...]

    @property
    def first(self) -> Update:
        """The original, or the oldest text there is."""
        return self.texts[0]

    @property
    def can_be_seen(self) -> bool:
        """True when any of it is on the page, will be, or waits for the second person."""
        return any(text.state in ("published", "waiting") for text in self.texts)


def start(campaign: Campaign, *, language: str, news: News, by: int) -> Update:
    """A new update as a draft; its language is the original. Returns it."""
    _known_language(language)
    turns.take(campaign)
    latest = db.session.scalar(select(func.max(Update.number)).where(Update.campaign_id == campaign.id)) or 0
    text = Update(campaign_id=campaign.id, number=latest + 1, language=language, is_original=True)
    db.session.add(text)
    return _put(campaign, text, news, by=by)


def write(campaign: Campaign, number: int, *, language: str, news: News, by: int) -> Update:
    """Change a text of an update, or translate it. It is a draft afterwards, whatever it was. Raises NotFound."""
    _known_language(language)
    turns.take(campaign)
    if not piece(campaign.id, number).texts:
        raise NotFound(GONE)
    text = text_of(campaign.id, number, language)
    if text is None:
        text = Update(campaign_id=campaign.id, number=number, language=language)
        db.session.add(text)
    elif (text.title, text.body, text.author) == (news.title, news.body, news.author):
        return text
    return _put(campaign, text, news, by=by)


def _put(campaign: Campaign, text: Update, news: News, *, by: int) -> Update:
    text.title, text.body, text.author = news.title, news.body, news.author
    text.state, text.written_by = "draft", by
    text.published_at = text.published_at if text.published_at and text.published_at > now() else None
    _unchecked(text)
    db.session.flush()
    _record(text, "update written", by=by)
    return text


def check(
    campaign: Campaign, number: int, *, language: str, seen: str, ticked: set[str], at: datetime | None, by: int
) -> Update:
    """Say that nothing in this text harms anyone: it is published from `at` on (None: now), or waits for a second.

    Raises DomainError when a point of the list was not ticked, Conflict when the text is not what was `seen`.
    """
    turns.take(campaign)
    text = _read(campaign, number, language, seen, "draft", "withdrawn")
    if not CHECKS.keys() <= ticked:
        raise DomainError(_l("Tick every point of the list once you are sure of it."))
    text.checks, text.checked_by, text.checked_at = sorted(CHECKS), by, now()
    text.approved_by = text.approved_at = None
    later = at if at is not None and at > now() else None
    text.state = "waiting" if campaign.safety_mode else "published"
    # What waits carries no moment that has passed: a query that forgot to ask for the state would not show it either.
    text.published_at = later if campaign.safety_mode else (at or now())
    _record(text, "update checked", by=by, state=text.state, at=at.isoformat() if at else None)
    return text


def approve(campaign: Campaign, number: int, *, language: str, seen: str, by: int) -> Update:
    """Agree, as the second person, that a text goes online. Raises Conflict for who wrote or checked it."""
    turns.take(campaign)
    text = _read(campaign, number, language, seen, "waiting")
    if by in (text.checked_by, text.written_by):
        raise Conflict(_l("Somebody else must agree: you wrote or checked this text yourself."))
    text.approved_by, text.approved_at, text.state = by, now(), "published"
    text.published_at = max(text.published_at or now(), now())
    _record(text, "update approved", by=by, at=text.published_at.isoformat())
    return text


def withdraw(campaign: Campaign, number: int, *, by: int) -> int:
    """Take an update off the page at once, in all its languages. Returns how many texts were taken off."""
    turns.take(campaign)
    found = [text for text in piece(campaign.id, number).texts if text.state in ("published", "waiting")]
    for text in found:
        text.state, text.published_at = "withdrawn", None
        _unchecked(text)
        _record(text, "update withdrawn", by=by)
    photos.withdraw(campaign.id, number, by=by)
    return len(found)


def hold(campaign: Campaign, *, by: int | None) -> None:
    """Safety mode begins: what went online on the word of one person leaves the page until a second agrees."""
    rows = select(Update).where(
        Update.campaign_id == campaign.id, Update.state == "published", Update.approved_by.is_(None)
    )
    for text in db.session.scalars(rows):
        text.state = "waiting"
        text.published_at = text.published_at if text.published_at and text.published_at > now() else None
        _record(text, "update held", by=by)
    photos.hold(campaign.id, by=by)


def erase(campaign: Campaign, number: int, *, language: str, by: int) -> None:
    """Throw a text away for good. Raises Conflict while it is on the page or waits to be, NotFound when it is gone."""
    turns.take(campaign)
    text = text_of(campaign.id, number, language)
    if text is None:
        raise NotFound(GONE)
    if text.state in ("published", "waiting"):
        raise Conflict(_l("Take it off the page first."))
    _record(text, "update erased", by=by)
    db.session.delete(text)
    db.session.flush()
    if not piece(campaign.id, number).texts:
        photos.erase(campaign.id, number, by=by)


def pieces(campaign_id: int) -> list[Piece]:
    """Every update of a campaign for staff, the newest first."""
    rows = select(Update).where(Update.campaign_id == campaign_id).order_by(Update.is_original.desc(), Update.id)
    found: dict[int, list[Update]] = {}
    for row in db.session.scalars(rows):
        found.setdefault(row.number, []).append(row)
    return [Piece(number, tuple(found[number])) for number in sorted(found, reverse=True)]


def piece(campaign_id: int, number: int) -> Piece:
    """One update; without texts when there is none of that number."""
    return next((each for each in pieces(campaign_id) if each.number == number), Piece(number, ()))


def text_of(campaign_id: int, number: int, language: str) -> Update | None:
    """The text of an update in a language."""
    rows = select(Update).where(Update.campaign_id == campaign_id, Update.number == number)
    return db.session.scalar(rows.where(Update.language == language))


def version(text: Update) -> str:
    """A name for exactly these words: what somebody read before they pressed the button."""
    return sha256("\0".join((text.title, text.body, text.author)).encode()).hexdigest()[:16]


def findings(campaign: Campaign, text: Update) -> list[redaction.Finding]:
    """What in a text should be looked at once more; the names that the campaign page shows anyway are passed over."""
    known = [text.author, organisations.host().name, *(target.name for target in campaign.targets)]
    if not campaign.safety_mode:
        known += [country(campaign.country), *([campaign.partner.name] if campaign.partner else [])]
    return redaction.findings(f"{text.title}\n{text.body}", known=known)


def _read(campaign: Campaign, number: int, language: str, seen: str, *states: str) -> Update:
    text = text_of(campaign.id, number, language)
    if text is None:
        raise NotFound(GONE)
    if version(text) != seen:
        raise Conflict(_l("Somebody changed this text meanwhile. Read it again before you let it go online."))
    if text.state not in states:
        raise Conflict(_l("A colleague did something with this text meanwhile. Load the page again."))
    return text


def _unchecked(text: Update) -> None:
    text.checks, text.checked_by, text.checked_at = [], None, None
    text.approved_by = text.approved_at = None


def _known_language(language: str) -> None:
    if language not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))


def _record(text: Update, what: str, *, by: int | None, **detail: object) -> None:
    about = {"number": text.number, "language": text.language, **detail}
    staff.record(account_id=by, what=what, about=f"campaign:{text.campaign_id}", detail=about)
