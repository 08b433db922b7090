"""Verbs of staff on what people are offered to write."""

from dataclasses import dataclass

from campaigner.campaigns.models import Ask, Campaign
from campaigner.core.db import db
from campaigner.core.errors import Conflict, NotFound
from campaigner.core.i18n import LANGUAGES
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.letters import queries
from campaigner.letters.models import LetterSettings, LetterWords
from campaigner.staff import service as staff


@dataclass(frozen=True, slots=True)
class Words:
    """The letter in one language. Only `body` can be changed by who writes."""

    subjects: tuple[str, ...]
    body: str
    opening: str = ""
    closing: str = ""
    tips: tuple[str, ...] = ()


def ask_of(campaign: Campaign) -> Ask:
    """The ask of a campaign by which people write. Raises NotFound when it has none."""
    found = next((ask for ask in campaign.asks if ask.kind == "letter"), None)
    if found is None:
        raise NotFound(_l("People cannot write letters on this campaign. Add that on the page with its facts."))
    return found


def aim(
    ask: Ask, *, rule: str, by: int | None, only_role: str | None = None, only_country: str | None = None,
    written_in: str | None = None,
) -> None:  # fmt: skip
    """To whom the letters go, and in which language they are. Raises Conflict when nobody is left to write to."""
    targets = ask.campaign.targets
    fits = [each for each in targets if only_role in (None, each.role) and only_country in (None, each.country)]
    if targets and not fits:
        raise Conflict(_l("No target has both this role and this country."))
    settings = _settings(ask)
    settings.rule, settings.only_role, settings.only_country = rule, only_role, only_country
    settings.written_in = written_in
    db.session.flush()
    _record(ask, "letters aimed", by=by, rule=rule)


def write(ask: Ask, *, language: str, words: Words, by: int | None) -> None:
    """What people are offered in a language. Letters written before keep the words they had."""
    if language not in LANGUAGES:
        raise NotFound(_l("Choose one of the languages."))
    settings = _settings(ask)
    row = next((each for each in settings.words if each.language == language), None)
    if row is None:
        row = LetterWords(language=language, body=words.body)
        settings.words.append(row)
    row.subjects, row.tips = list(words.subjects), list(words.tips)
    row.opening, row.body, row.closing = words.opening, words.body, words.closing
    db.session.flush()
    _record(ask, "letter written", by=by, language=language)


def _settings(ask: Ask) -> LetterSettings:
    settings = queries.settings_of(ask.id)
    if settings is None:
        settings = LetterSettings(ask_id=ask.id)
        db.session.add(settings)
        db.session.flush()
    return settings


def _record(ask: Ask, what: str, *, by: int | None, **detail: object) -> None:
    staff.record(account_id=by, what=what, about=f"campaign:{ask.campaign_id}", detail=detail)
