"""Reads about letters: what an ask offers to write, to whom, what waits, and the numbers for staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from campaigner.actions.models import Action
from campaigner.campaigns import queries as campaigns
from campaigner.campaigns.models import Ask, Campaign, Target
from campaigner.core import places
from campaigner.core.db import db
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import gettext as _
from campaigner.letters.models import (
    DELIVERY_STATES,
    Envelope,
    Letter,
    LetterDelivery,
    LetterObjection,
    LetterSettings,
    LetterWords,
    Postbox,
)  # fmt: skip

# Where the General Data Protection Regulation holds: the European Economic Area.
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What people are offered to write: the words in the letter's `language`, and `meaning` where they read another."""

    rule: str
    targets: tuple[Target, ...]
    language: str
    subjects: tuple[str, ...]
    opening: str
    body: str
    closing: str
    tips: tuple[str, ...]
    meaning: str | None = None

    def whole(self, body: str) -> str:
        """The letter with its locked parts around these words."""
        return "\n\n".join(part for part in (self.opening, body, self.closing) if part)

    def aimed(self, *, country: str, postcode: str, picked: int | None = None) -> list[Target]:
        """The targets that the letter of somebody who lives there goes to. Empty only when there are none at all."""
        if self.rule == "pick":
            return [each for each in self.targets if each.id == picked] or list(self.targets[:1])
        if self.rule in ("province", "country"):
            mine = places.region(country, postcode) if self.rule == "province" else country
            own = [each for each in self.targets if getattr(each, self.rule) == mine]
            return own or [each for each in self.targets if not getattr(each, self.rule)] or list(self.targets)
        return list(self.targets)


def settings_of(ask_id: int) -> LetterSettings | None:
    """How people write on this ask; None when staff said nothing: then the campaign's own words are offered."""
    return db.session.get(LetterSettings, ask_id)


def offer(ask: Ask, language: str) -> Offer:
    """What this ask offers to write to who reads a page in `language`."""
    settings = settings_of(ask.id)
    targets = tuple(_among(ask.campaign, settings))
    there = {words.language: words for words in settings.words} if settings else {}
    rule = settings.rule if settings and len(targets) > 1 else "everyone"
    if not there:
        return _from_the_campaign(ask.campaign, language, rule, targets)
    wanted = (settings and settings.written_in) or language
    chosen = next((code for code in (wanted, ask.campaign.source_language) if code in there), min(there))
    words = there[chosen]
    return Offer(
        rule, targets, chosen, tuple(words.subjects), words.opening, words.body, words.closing,
        tuple(_tips(there, language, words)),
        meaning=there[language].body if language in there and language != chosen else None,
    )  # fmt: skip


def _among(campaign: Campaign, settings: LetterSettings | None) -> list[Target]:
    """The targets that settings leave; all of them when that would be nobody."""
    role, country = (settings.only_role, settings.only_country) if settings else (None, None)
    left = [each for each in campaign.targets if role in (None, each.role) and country in (None, each.country)]
    return left or list(campaign.targets)


def _tips(there: dict[str, LetterWords], language: str, words: LetterWords) -> list[str]:
    """Tips are for the writer, so in the writer's language where they are there."""
    return (there[language].tips if language in there else words.tips) or standard_tips()


def standard_tips() -> list[str]:
    """What helps with any letter."""
    return [
        _("Begin with something of your own: your work, your local, why this touches you."),
        _("Say plainly what you ask, and stay polite. That works better."),
        _("Leave out what could identify somebody there."),
    ]


def _from_the_campaign(campaign: Campaign, language: str, rule: str, targets: tuple[Target, ...]) -> Offer:
    """A plain letter made of the campaign's summary and demands, until staff write a better one."""
    page = campaigns.page(campaign.slug, language, hidden=True)
    assert page is not None
    soft = campaigns.SOFT_HYPHEN
    demands = "\n".join(f"{at}. {demand}" for at, demand in enumerate(page.text.demands, 1)).replace(soft, "")
    summary = page.text.summary.replace(soft, "")
    body = f"{summary}\n\n{_('I ask you:')}\n{demands}\n\n{_('I look forward to your answer.')}"
    return Offer(
        rule, targets, page.text_language, (page.title,), _("Dear Sir or Madam,"), body, _("Yours sincerely,"),
        tuple(standard_tips()),
    )  # fmt: skip


def abroad(targets: list[Target]) -> list[str]:
    """The countries of these targets where European privacy law does not hold."""
    return sorted({each.country for each in targets if each.country and each.country not in EEA})


def language_for(target: Target) -> str:
    """The language of our own words to a target: its own where we speak it, else English."""
    return target.language if target.language in LANGUAGES else "en"


def letter(action_id: int, submission: str) -> Letter | None:
    """What one form wrote."""
    return db.session.scalar(select(Letter).filter_by(action_id=action_id, submission=submission))


def postbox(target_id: int) -> Postbox | None:
    """How letters reach a target; None when nobody has said."""
    return db.session.get(Postbox, target_id)


def objections(mailboxes: set[bytes | None]) -> set[bytes]:
    """Which of these mailboxes asked us to stop."""
    asked = select(LetterObjection.mailbox).where(LetterObjection.mailbox.in_(mailboxes - {None}))
    return set(db.session.scalars(asked))


def is_stopped(box: Postbox) -> bool:
    """Whether the target asked us to stop, at any of its addresses."""
    return bool(objections({box.mailbox, box.fallback_mailbox}))


@dataclass(frozen=True, slots=True)
class Standing:
    """One target as staff see it. `numbers` are letters per state of their delivery."""

    target: Target
    postbox: Postbox | None
    stopped: bool
    numbers: dict[str, int]

    @property
    def total(self) -> int:
        """All confirmed letters to it."""
        return sum(self.numbers.values())


def standings(campaign: Campaign) -> list[Standing]:
    """The targets of a campaign with how their mail does."""
    ids = [target.id for target in campaign.targets]
    boxes = {box.target_id: box for box in db.session.scalars(select(Postbox).where(Postbox.target_id.in_(ids)))}
    numbers = numbers_of(ids)
    stopped = objections({mailbox for box in boxes.values() for mailbox in (box.mailbox, box.fallback_mailbox)})
    return [
        Standing(
            target, box := boxes.get(target.id),
            box is not None and bool(stopped & {box.mailbox, box.fallback_mailbox}), numbers[target.id],
        )
        for target in campaign.targets
    ]  # fmt: skip


def numbers_of(target_ids: list[int]) -> dict[int, dict[str, int]]:
    """Letters per state of their delivery, per target. For staff pages alone: it counts rows."""
    found = {each: dict.fromkeys(DELIVERY_STATES, 0) for each in target_ids}
    rows = select(LetterDelivery.target_id, LetterDelivery.state, func.count()).where(
        LetterDelivery.target_id.in_(target_ids)
    )
    for target_id, state, number in db.session.execute(rows.group_by(LetterDelivery.target_id, LetterDelivery.state)):
        found[target_id][state] = number
    return found


def own_words(ask_id: int) -> tuple[int, int]:
    """Of the confirmed letters on an ask: how many their writers changed, and how many there are. For staff."""
    counted = select(func.count().filter(Letter.own), func.count()).join(Action, Action.id == Letter.action_id)
    row = db.session.execute(
        counted.where(Action.ask_id == ask_id, Action.state == "confirmed", Action.submission == Letter.submission)
    ).one()
    return int(row[0]), int(row[1])


def kept(target_id: int) -> list[LetterDelivery]:
    """Letters that wait for a hand-over, the oldest first."""
    rows = (
        select(LetterDelivery)
        .where(LetterDelivery.target_id == target_id, LetterDelivery.state == "handover")
        .options(joinedload(LetterDelivery.letter).joinedload(Letter.action))
        .order_by(LetterDelivery.created_at, LetterDelivery.letter_id)
    )
    return list(db.session.scalars(rows))


def mails_since(target_id: int, since: datetime) -> int:
    """How many mails a target got since then."""
    query = select(func.count()).where(Envelope.target_id == target_id, Envelope.created_at >= since)
    return db.session.execute(query).scalar_one()


def troubled() -> list[tuple[int, str]]:
    """Targets of running campaigns whose letters cannot leave: (campaign id, "dead" or "objection"), for staff."""
    running = select(Postbox, Target.campaign_id).join(Target).join(Campaign).where(Campaign.state == "open")
    rows = db.session.execute(running).all()
    stopped = objections({mailbox for box, _id in rows for mailbox in (box.mailbox, box.fallback_mailbox)})
    found = []
    for box, campaign_id in rows:
        if box.mode != "handover" and stopped & {box.mailbox, box.fallback_mailbox}:
            found.append((campaign_id, "objection"))
        elif box.mode != "handover" and box.health == "dead":
            found.append((campaign_id, "dead"))
    return found
