"""Messages on the walls of the example campaigns, with some that still wait for a moderator."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from campaigner.actions.models import Action, JournalEntry
from campaigner.campaigns.models import Ask, Campaign
from campaigner.core import places
from campaigner.core.clock import day_of, now
from campaigner.core.db import db
from campaigner.organisations import queries as organisations
from campaigner.solidarity.models import SolidarityMessage
from campaigner.supporters import service as supporters
from campaigner.supporters.models import Supporter

BOOK = Path(__file__).parent / "messages.toml"
OURS = ("nl", "fr", "en", "es")


def load() -> int:
    """Write the messages unless there are any; return how many."""
    if db.session.scalar(select(func.count()).select_from(SolidarityMessage)):
        return 0
    written = 0
    for slug, wall in tomllib.loads(BOOK.read_text(encoding="utf-8")).items():
        ask = db.session.scalar(select(Ask).join(Campaign).where(Campaign.slug == slug, Ask.kind == "solidarity"))
        if ask is None:
            continue
        entries = wall["messages"]
        for number, (entry, writer) in enumerate(zip(entries, _writers(entries), strict=False)):
            _write(ask, writer, entry, age=timedelta(hours=7 * (len(entries) - number)))
            written += 1
    return written


def _writers(entries: list[dict[str, Any]]) -> list[Supporter]:
    """As many example supporters, each in the language of the page that they would have written on."""
    pools = {
        code: list(
            db.session.scalars(
                select(Supporter).filter_by(is_example=True, language=code).order_by(Supporter.id).limit(len(entries))
            )
        )
        for code in OURS
    }
    return [pools[entry["language"] if entry["language"] in OURS else "nl"].pop() for entry in entries]


def _write(ask: Ask, writer: Supporter, entry: dict[str, Any], *, age: timedelta) -> None:
    when, state = now() - age, entry.get("state", "shown")
    action = Action(
        ask_id=ask.id, supporter_id=writer.id, state="confirmed", language=writer.language, public=entry["public"],
        submission=f"voorbeeld-{writer.id}-boodschap", region=places.region(writer.country, writer.postcode),
        created_at=when, confirmed_at=when,
    )  # fmt: skip
    db.session.add(action)
    db.session.flush()
    _agreed(action, writer, public=entry["public"])
    db.session.add(
        JournalEntry(
            ask_id=ask.id, day=day_of(when), region=str(action.region), organisation_id=0, channel="web", change=1
        )
    )
    db.session.add(
        SolidarityMessage(
            action_id=action.id, campaign_id=ask.campaign_id, text=entry["text"], language=entry["language"],
            submission=action.submission, state=state, reason=entry.get("reason"), written_at=when, created_at=when,
            moderated_at=None if state == "waiting" else when + timedelta(hours=2),
        )
    )  # fmt: skip


def _agreed(action: Action, writer: Supporter, *, public: bool) -> None:
    host = organisations.host()
    answers = [supporters.Answer("sign", host.id, host.name, True, kind="solidarity")]
    if public:
        answers.append(supporters.Answer("public", host.id, host.name, True))
    source = supporters.Source(
        language=writer.language, channel="web", evidence="example data", action_id=action.id,
        submission=action.submission,
    )  # fmt: skip
    supporters.note(writer.id, answers, source=source, verified=True)
