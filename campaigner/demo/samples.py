"""Sample data for the demo: eight fictional campaigns, their organisations and news. All of it is made up and says so.

The texts are in `samples/*.toml`. Loading is safe to repeat: what is there already stays as it is.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from campaigner.actions import registry
from campaigner.campaigns.models import Ask, Campaign, CampaignText, Placement, Target, Update
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.demo import known, letters
from campaigner.organisations import queries as organisations
from campaigner.organisations.models import Organisation, Twinning

SAMPLES = Path(__file__).parent / "samples"
# Where naming the country is unsafe its region is named instead: UN M49, which CLDR has names for.
REGIONS = {"voorbeeld-vrijheid-vakbond": "018"}
RUNNING = timedelta(days=60)
QUOTES = {"fr": ("«\u00a0", "\u00a0»")}  # elsewhere “ and ”


def load(*, local_site: str) -> list[dict[str, Any]]:
    """Write organisations, campaigns, news and placements; return what the campaign files say, newest first.

    `local_site` is the origin on which the demo serves the local's page.
    """
    book = tomllib.loads((SAMPLES / "organisations.toml").read_text())
    for entry in book["organisations"]:
        _organisation(entry)
    db.session.flush()
    for twins in book["twins"]:
        _twin(twins)
    files = [tomllib.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.toml")) if path.stem != "organisations"]
    files.sort(key=lambda entry: entry["order"])
    for entry in files:
        if db.session.scalar(select(Campaign.id).filter_by(slug=entry["slug"])) is None:
            _campaign(entry, local_site)
    return files


def _organisation(entry: dict[str, Any]) -> None:
    if organisations.by_slug(entry["slug"]) is None:
        db.session.add(
            Organisation(
                slug=entry["slug"], kind=entry["kind"], name=entry["name"], country=entry["country"] or None,
                place=entry.get("town"), site_host=entry.get("site"), languages=entry["languages"],
                about=entry["description"], is_example=True,
            )
        )  # fmt: skip


def _known(slug: str) -> Organisation:
    found = organisations.by_slug(slug)
    if found is None:
        raise LookupError(f"The sample data names an organisation that it does not describe: {slug}")
    return found


def _twin(entry: dict[str, Any]) -> None:
    local, partner = _known(entry["local"]), _known(entry["partner"])
    if db.session.get(Twinning, (local.id, partner.id)) is None:
        db.session.add(Twinning(local_id=local.id, partner_id=partner.id, since=entry["since"]))


def _campaign(entry: dict[str, Any], local_site: str) -> None:
    campaign = Campaign(
        slug=entry["slug"], pillar=entry["pillar"], art=entry["art"], goal=entry["goal"], lead=organisations.host(),
        country=entry["country"] or REGIONS[entry["slug"]], partner=_known(entry["partner"]),
        minimum_age=entry["minimum_age"], safety_mode=entry["safety_mode"], is_example=True, state="open",
        instrument_note=entry["instrument_note"]["nl"], opened_at=now() - RUNNING - timedelta(hours=entry["order"]),
        asks=[Ask(kind=kind) for kind in registry.kinds() if kind in {*entry["asks"], "petition"}],
        texts=[_text(language, words) for language, words in entry["texts"].items()],
    )  # fmt: skip
    target = entry["target"]
    campaign.targets = [Target(**{name: target.get(name) or None for name in ("country", "language")},
                               **{name: target[name] for name in ("name", "role", "organisation")})]  # fmt: skip
    db.session.add(campaign)
    db.session.flush()
    if "letter" in entry:
        letters.load(campaign, entry["letter"])
    for number, news in enumerate(entry["updates"], 1):
        _news(campaign, number, news)
    for slug in entry["locals"]:
        _placement(campaign, _known(slug), local_site)


def _text(language: str, words: dict[str, Any]) -> CampaignText:
    """The quote heads the story: it is the line that people remember."""
    opening, closing = QUOTES.get(language, ("“", "”"))
    return CampaignText(
        language=language, title=words["title"], summary=words["summary"], demands=words["demands"],
        story=f"## {opening}{words['quote']}{closing}\n\n{words['story'].strip()}\n", share_text=words["share_text"],
    )  # fmt: skip


def _news(campaign: Campaign, number: int, news: dict[str, Any]) -> None:
    """One piece of news in its languages. A negative `days_ago` is under embargo until then."""
    author = _known(news["author"])
    for language in ("nl", "fr", "en", "es"):
        if language in news:
            db.session.add(
                Update(
                    campaign_id=campaign.id, number=number, language=language, author=author.name,
                    title=news[language]["title"], body=news[language]["body"], state="published",
                    is_original=language in author.languages[:1],
                    published_at=now() - timedelta(days=news["days_ago"]),
                )
            )  # fmt: skip


def _placement(campaign: Campaign, local: Organisation, local_site: str) -> None:
    """A widget on a local's site; the one that the demo shows has a key that its page knows."""
    shown = campaign.slug == known.CAMPAIGN_SLUG and local.slug == known.LOCAL_SLUG
    db.session.add(
        Placement(
            key=known.WIDGET_KEY if shown else f"{local.slug}-{campaign.id}"[:40], campaign_id=campaign.id,
            organisation_id=local.id, kind="widget",
            sites=[f"https://{local.site_host}", *([local_site] if shown and local_site else [])],
        )
    )  # fmt: skip
