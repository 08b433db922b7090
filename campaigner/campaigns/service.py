"""Verbs on campaigns: writing one, its texts, its life cycle, and the places where it is shown.

Every verb names who did it (`by`, an account's id, or None for a command) in the audit trail.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from slugify import slugify
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from campaigner.campaigns import coalitions, endings, updates
from campaigner.campaigns.models import Ask, Campaign, CampaignText, Placement, Target
from campaigner.campaigns.sites import origin
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, Forbidden, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.tokens import BadToken, signer
from campaigner.organisations import queries as organisations
from campaigner.organisations.models import Organisation
from campaigner.staff import service as staff

PREVIEW = timedelta(hours=24)
SLUG_AT_MOST = 80
SITES_AT_MOST = 20

_offered: list[Callable[[], list[str]]] = []


@dataclass(frozen=True)
class Facts:
    """What a campaign is, apart from its words."""

    pillar: str
    art: str
    goal: int
    minimum_age: int = 16
    country: str | None = None
    place_label: str | None = None
    partner_id: int | None = None
    instrument_note: str | None = None
    safety_mode: bool = False
    target_name: str = ""
    target_role: str = ""
    target_country: str | None = None
    asks: tuple[str, ...] = ("petition",)


@dataclass(frozen=True)
class Words:
    """What a campaign says in one language. `story` is Markdown."""

    title: str
    summary: str = ""
    story: str = ""
    demands: tuple[str, ...] = ()
    share_text: str = ""

    @property
    def missing(self) -> list[object]:
        """What is still to be written before the text can be shown, in words."""
        parts = ((self.title, _l("title")), (self.summary, _l("summary")), (self.story, _l("story")))
        found: list[object] = [name for text, name in parts if not text]
        return found if self.demands else [*found, _l("demands")]


def offered_by(kinds: Callable[[], list[str]]) -> None:
    """Have the kinds of ask that people can act on told by `kinds`. Joined once, in `rooms.join`."""
    _offered[:] = [kinds]


def offered() -> list[str]:
    """The kinds of ask that a campaign can have; petitions when nobody was joined."""
    return _offered[0]() if _offered else ["petition"]


def create(*, title: str, facts: Facts, by: int | None) -> Campaign:
    """Make a draft with a title in Dutch and a slug made from it. Returns the campaign.

    Raises DomainError when the title has no letter that a web address can hold.
    """
    campaign = Campaign(slug=_free_slug(title), lead=organisations.host(), goal=facts.goal, pillar=facts.pillar)
    _apply(campaign, facts)
    campaign.texts.append(_text(campaign.source_language or LANGUAGES[0], Words(title=title)))
    db.session.add(campaign)
    db.session.flush()
    _record(campaign, "campaign created", by=by)
    return campaign


def edit(campaign: Campaign, *, facts: Facts, slug: str | None, by: int | None) -> None:
    """Change what a campaign is. The slug stays once people may have seen it.

    Once it is in safety mode, news that one person let online waits for a second. Raises Conflict when the slug is
    taken or the campaign has been opened.
    """
    if slug and slug != campaign.slug:
        _rename(campaign, slug)
    careful = facts.safety_mode and not campaign.safety_mode
    _apply(campaign, facts)
    db.session.flush()
    _record(campaign, "campaign edited", by=by)
    if careful:
        updates.hold(campaign, by=by)


def write(
    campaign: Campaign, *, language: str, words: Words, shown: bool, by: int | None, may_show: bool = True
) -> CampaignText:
    """Write what a campaign says in a language, and show it on its page or not. Returns the text.

    A translation remembers which version of the source it was made from. Raises DomainError when a text would be
    shown that is not complete, or names the partner in safety mode, Conflict when the source text of a
    running campaign would go.
    Whoever may not show texts (`may_show`: a translator) writes those that are not on the page, else Forbidden.
    """
    if language not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    if shown and words.missing:
        raise DomainError(_l("This text is not complete yet, so it cannot be shown."))
    if shown:
        _discreet(campaign, words)
    source = campaign.source_language
    if not shown and language == source and campaign.state == "open":
        raise Conflict(_l("The campaign is open: pause or close it before taking its first text away."))
    text = next((text for text in campaign.texts if text.language == language), None)
    if not may_show and (shown or (text is not None and text.state == "published")):
        raise Forbidden(_l("This text is on the page. Ask a campaigner to change it."))
    if text is None:
        text = _text(language, words)
        campaign.texts.append(text)
    elif _put(text, words) and language == source:
        text.source_version += 1
    if language != source:
        text.source_version = next((one.source_version for one in campaign.texts if one.language == source), 1)
    text.state = "published" if shown else "draft"
    db.session.flush()
    _record(campaign, "text written", by=by, language=language, shown=shown)
    return text


def missing(campaign: Campaign) -> list[object]:
    """What a campaign lacks before it can be opened, in sentences; empty when nothing."""
    text = next((text for text in campaign.texts if text.language == campaign.source_language), None)
    lacks: list[object] = []
    if text is None or text.state != "published":
        lacks.append(_l("There is no Dutch text on the page yet."))
    if text is None or not text.demands:
        lacks.append(_l("There are no demands yet."))
    if not campaign.targets:
        lacks.append(_l("It is not said yet who must decide."))
    if not any(ask.kind in offered() for ask in campaign.asks):
        lacks.append(_l("There is nothing yet that people can do."))
    return lacks


def open_(campaign: Campaign, *, by: int | None) -> None:
    """Let people act. Raises Conflict when something is missing or the campaign is over."""
    _from(campaign, "draft", "scheduled", "paused")
    lacks = missing(campaign)
    if lacks:
        raise Conflict(_l("This campaign cannot open yet. %(first)s", first=lacks[0]))
    campaign.state = "open"
    campaign.opened_at = campaign.opened_at or now()
    _record(campaign, "campaign opened", by=by)


def pause(campaign: Campaign, *, by: int | None) -> None:
    """Keep the page and take no acts for a while. Raises Conflict when the campaign is not open."""
    _from(campaign, "open")
    campaign.state = "paused"
    _record(campaign, "campaign paused", by=by)


def close(campaign: Campaign, *, by: int | None) -> None:
    """End it: the page stays and takes no acts. Raises Conflict when it was not open or paused."""
    _from(campaign, "open", "paused")
    endings.conclude(campaign, outcome="closed", by=by)


def place(
    campaign: Campaign, *, organisation_id: int, sites: list[str], language: str, by: int | None, kind: str = "widget"
) -> Placement:
    """Give an organisation a place of its own for a campaign, under a random public key. Returns the placement.

    `sites` are addresses of pages or sites; their origins are kept. A member of a coalition that was not approved
    gets a place that is closed. Raises DomainError for an address that is none.
    """
    if db.session.get(Organisation, organisation_id) is None:
        raise NotFound(_l("Choose an organisation from the list."))
    placement = Placement(
        key=secrets.token_urlsafe(9),
        campaign_id=campaign.id,
        organisation_id=organisation_id,
        kind=kind,
        sites=origins(sites),
        language=language,
        closed_at=now() if coalitions.is_closed(campaign.id, organisation_id) else None,
    )
    db.session.add(placement)
    db.session.flush()
    _record(campaign, "placement made", by=by, placement=placement.id, organisation=organisation_id)
    return placement


def allow(placement: Placement, *, sites: list[str], by: int | None) -> None:
    """Change on which sites a placement may stand. Raises DomainError for an address that is none."""
    placement.sites = origins(sites)
    _record(placement.campaign, "placement sites changed", by=by, placement=placement.id, sites=placement.sites)


def origins(sites: list[str]) -> list[str]:
    """The origins (RFC 6454) of addresses as people type them: scheme, host and port, each once."""
    found = [_origin(site.strip()) for site in sites if site.strip()]
    if len(set(found)) > SITES_AT_MOST:
        raise DomainError(_l("Use at most %(n)s sites for one place.", n=SITES_AT_MOST))
    return list(dict.fromkeys(found))


def preview_token(campaign: Campaign) -> str:
    """A token that shows a campaign that is not public yet, for a day."""
    return signer.sign(campaign.id, "preview")


def previews(token: str, *, campaign: Campaign) -> bool:
    """True when this token shows this campaign."""
    try:
        return bool(signer.read(token, "preview", PREVIEW) == campaign.id)
    except BadToken:
        return False


def _apply(campaign: Campaign, facts: Facts) -> None:
    campaign.pillar, campaign.art = facts.pillar, facts.art
    campaign.goal, campaign.minimum_age = facts.goal, facts.minimum_age
    campaign.country, campaign.place_label = facts.country, facts.place_label or None
    campaign.partner_id, campaign.safety_mode = facts.partner_id, facts.safety_mode
    campaign.instrument_note = facts.instrument_note or None
    _aim(campaign, facts)
    _offer(campaign, facts.asks)


def _aim(campaign: Campaign, facts: Facts) -> None:
    """The first target. Without a name it goes, unless people may have written to it: then it is changed elsewhere."""
    if not facts.target_name:
        if campaign.opened_at is None:
            del campaign.targets[:1]
        return
    if not campaign.targets:
        campaign.targets.append(Target(name=facts.target_name))
    target = campaign.targets[0]
    target.name, target.role, target.country = facts.target_name, facts.target_role, facts.target_country


def _offer(campaign: Campaign, kinds: tuple[str, ...]) -> None:
    """Add the asks that are new. One that was offered stays: people may have acted on it."""
    there = {ask.kind for ask in campaign.asks}
    campaign.asks.extend(Ask(kind=kind) for kind in kinds if kind in offered() and kind not in there)


def _text(language: str, words: Words) -> CampaignText:
    text = CampaignText(
        language=language, title="", summary="", story="", demands=[], share_text="", state="draft", source_version=1
    )
    _put(text, words)
    return text


def _put(text: CampaignText, words: Words) -> bool:
    """Put the words into the text; True when any of them is another than before."""
    before = (text.title, text.summary, text.story, list(text.demands), text.share_text)
    text.title, text.summary, text.story = words.title, words.summary, words.story
    text.demands, text.share_text = list(words.demands), words.share_text
    return before != (text.title, text.summary, text.story, text.demands, text.share_text)


def _discreet(campaign: Campaign, words: Words) -> None:
    """Raises DomainError for a text on the page that names the partner where no page may."""
    name = campaign.partner.name if campaign.safety_mode and campaign.partner else ""
    said = " ".join((words.title, words.summary, words.story, *words.demands, words.share_text))
    if name and name.casefold() in said.casefold():
        raise DomainError(_l("In safety mode no text may name %(partner)s: take the name out first.", partner=name))


def _free_slug(title: str) -> str:
    stem = slugify(title.replace("\u00ad", ""), max_length=SLUG_AT_MOST - 4, word_boundary=True)
    if not stem:
        raise DomainError(_l("Use at least one letter in the title."))
    taken = set(db.session.scalars(select(Campaign.slug).where(Campaign.slug.startswith(stem, autoescape=True))))
    return next(slug for n in range(1, len(taken) + 2) if (slug := stem if n == 1 else f"{stem}-{n}") not in taken)


def _rename(campaign: Campaign, slug: str) -> None:
    if campaign.opened_at is not None:
        raise Conflict(_l("The address cannot change any more: people have it in their messages."))
    try:
        with db.session.begin_nested():
            campaign.slug = slug
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(_l("Another campaign has this address already.")) from error


def _from(campaign: Campaign, *states: str) -> None:
    if campaign.state not in states:
        raise Conflict(_l("The campaign is no longer in that state. Look at its page again."))


def _origin(site: str) -> str:
    """The origin of what staff typed; https when nothing else is said. Raises DomainError."""
    found = origin(site if "://" in site else f"https://{site}")
    if found is None:
        raise DomainError(_l("%(site)s is not the address of a site, like https://local.example.", site=site[:80]))
    return found


def _record(campaign: Campaign, what: str, *, by: int | None, **detail: object) -> None:
    staff.record(account_id=by, what=what, about=f"campaign:{campaign.id}", detail=detail)
