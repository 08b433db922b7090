"""How the sample campaigns went on: days that counted, who moved, what is planned, a charter, and two that are over.

All of it is made up and says so. Loading is safe to repeat: a campaign that has a life keeps it.
"""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from campaigner.campaigns import endings, events, milestones
from campaigner.campaigns.endings import Told
from campaigner.campaigns.events import Plan
from campaigner.campaigns.models import Campaign, Milestone
from campaigner.charters import queries as charters
from campaigner.charters import service as charter_service
from campaigner.charters.service import Said
from campaigner.core.clock import BRUSSELS, now, today
from campaigner.core.db import db

BOOK = Path(__file__).parent / "lives.toml"


def load(*, by: int) -> int:
    """Write what the book tells of each sample campaign that is there and has no life yet; return how many."""
    written = 0
    for slug, entry in tomllib.loads(BOOK.read_text(encoding="utf-8")).items():
        campaign = db.session.scalar(select(Campaign).filter_by(slug=slug))
        if campaign is not None and not db.session.scalar(select(Milestone.id).filter_by(campaign_id=campaign.id)):
            _live(campaign, entry, by=by)
            written += 1
    return written


def _live(campaign: Campaign, entry: dict[str, Any], *, by: int) -> None:
    for day in entry["milestones"]:
        milestones.add(campaign, day=_past(day["days_ago"]), words=_words(day), by=by)
    if "demands" in entry:
        source = next(text for text in campaign.texts if text.language == campaign.source_language)
        milestones.judge(campaign, dict(zip(source.demands, entry["demands"], strict=True)), by=by)
    if "tracker" in entry:
        tracker = entry["tracker"]
        names = {state: tracker[state] for state in ("done", "promised", "not_yet")}
        milestones.track(campaign, words=_words(tracker), names=names, as_of=_past(tracker["days_ago"]), by=by)
    for date_ in entry.get("dates", []):
        events.add(campaign, plan=_plan(date_), by=by)
    if "charter" in entry:
        _charter(campaign, entry["charter"], by=by)
    if "ending" in entry:
        _end(campaign, entry["ending"], by=by)


def _charter(campaign: Campaign, entry: dict[str, Any], *, by: int) -> None:
    for code, words in entry["texts"].items():
        charter_service.write(campaign, language=code, title=words["title"], body=words["body"].strip(), by=by)
    charter_service.open_(campaign, by=by)
    charter = charters.of(campaign.id)
    assert charter is not None  # it was opened just now
    for name, kind, place, country in entry["names"]:
        charter_service.add(charter, said=Said(name, kind, place, country), by=by)


def _end(campaign: Campaign, entry: dict[str, Any], *, by: int) -> None:
    endings.conclude(campaign, outcome=entry["outcome"], by=by)
    campaign.closed_at = now() - timedelta(hours=entry["hours_ago"])
    db.session.flush()
    for code, told in entry["report"].items():
        words = Told(told["result"], told["story"].strip(), told["thanks"])
        endings.tell(campaign, language=code, told=words, shown=True, by=by)


def _plan(entry: dict[str, Any]) -> Plan:
    day = today() + timedelta(days=entry["days_ahead"])
    starts_at = datetime.combine(day, entry["at"], BRUSSELS)
    return Plan(entry["kind"], starts_at, starts_at + timedelta(hours=2), entry["place"], _words(entry))


def _words(entry: dict[str, Any]) -> dict[str, str]:
    return {code: entry[code] for code in ("nl", "fr", "en", "es") if code in entry}


def _past(days: int) -> date:
    return today() - timedelta(days=days)
