"""Two thousand made-up supporters with signatures spread over two months, so that lists and charts have a story.

All addresses end in `.example` (RFC 2606), all family names are "Voorbeeld", all rows are marked as examples.
The same seed gives the same people.
"""

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from campaigner.actions.models import Action, JournalEntry
from campaigner.campaigns.models import Ask, Campaign, Placement
from campaigner.core import addresses, places
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.organisations import queries as organisations
from campaigner.supporters import service as supporters
from campaigner.supporters import texts
from campaigner.supporters.models import Consent, Permission, Supporter

NUMBER = 2000
FIRST_NAMES = [
    "Fatiha",
    "Luc",
    "Greet",
    "Yusuf",
    "Rosa",
    "Dirk",
    "Nele",
    "Ahmed",
    "Marijke",
    "Karim",
    "Els",
    "Joris",
    "Samira",
    "Tom",
    "Hilde",
    "Pieter",
    "Leila",
    "Koen",
    "Ines",
    "Wim",
    "Aïcha",
    "Bart",
    "Lotte",
    "Mehmet",
    "Sofie",
    "Jan",
    "Nadia",
    "Rik",
    "Carmen",
    "Stijn",
    "Zoë",
    "Ali",
    "Veerle",
    "Hugo",
    "Amina",
    "Peter",
    "Lieve",
    "Omar",
    "Katrien",
    "Bram",
    "Céline",
    "Amélie",
    "Benoît",
    "Fatou",
    "Thierry",
    "Manon",
    "Olivier",
    "Chantal",
    "Mamadou",
    "Sylvie",
]
POSTCODES = [
    "9000",
    "9000",
    "9050",
    "9100",
    "9200",
    "9300",
    "9400",
    "9700",
    "9800",
    "8000",
    "8400",
    "8500",
    "8500",
    "8530",
    "8560",
    "8800",
    "8900",
    "2000",
    "2018",
    "2060",
    "2140",
    "2300",
    "2440",
    "2800",
    "2800",
    "3000",
    "3001",
    "3500",
    "3600",
    "3700",
    "3800",
    "3900",
    "3920",
    "1000",
    "1030",
    "1070",
    "1080",
    "1500",
    "1700",
    "1800",
    "4000",
    "4020",
    "5000",
    "6000",
    "7000",
    "6700",
]
LANGUAGES = ("nl",) * 14 + ("fr",) * 4 + ("en", "es")
EVIDENCE = "example data"


def load(files: list[dict[str, Any]]) -> int:
    """Write the supporters, their acts, consents and counts unless they are there; return how many people."""
    if db.session.scalar(select(func.count()).where(Supporter.is_example)):
        return 0
    dice = random.Random(1947)  # noqa: S311 - sample data, not secrets; the movement's founding year
    people = _people(dice)
    acts = _acts(dice, people)
    _consents(dice, acts)
    _history(dice, files, acts)
    return len(people)


def _people(dice: random.Random) -> list[Supporter]:
    rows = []
    for number in range(NUMBER):
        first_name, language = dice.choice(FIRST_NAMES), dice.choice(LANGUAGES)
        email = f"voorbeeld{number}@supporter.example"
        person = supporters.Person(first_name, "Voorbeeld", email, dice.choice(POSTCODES), "BE", language)
        rows.append(
            {
                "mailbox": addresses.fingerprint(email), "person": supporters.fingerprint(person), "seat": 1,
                "email": email, "first_name": first_name, "last_name": "Voorbeeld", "postcode": person.postcode,
                "country": "BE", "language": language, "is_example": True, "created_at": now(), "confirmed_at": now(),
            }
        )  # fmt: skip
    return list(db.session.scalars(insert(Supporter).returning(Supporter), rows))


def _acts(dice: random.Random, people: list[Supporter]) -> list[Action]:
    """One to four acts a person; one in forty still waits for its confirmation."""
    asks = list(db.session.scalars(select(Ask).join(Campaign).where(Campaign.is_example, Ask.kind == "petition")))
    placements: dict[int, list[Placement]] = {}
    for placement in db.session.scalars(select(Placement)):
        placements.setdefault(placement.campaign_id, []).append(placement)
    rows = []
    for person in people:
        for ask in dice.sample(asks, dice.choice((1, 1, 2, 2, 3, 4))):
            where: Placement | None = dice.choice([None, None, None, *placements.get(ask.campaign_id, [])])
            when = _moment(dice)
            waiting = dice.random() < 0.025
            rows.append(
                {
                    "ask_id": ask.id, "supporter_id": person.id, "language": person.language,
                    "state": "unconfirmed" if waiting else "confirmed",
                    "placement_id": where.id if where else None,
                    "channel": "widget" if where else "web", "site_verified": True if where else None,
                    "site_host": where.organisation.site_host if where else None,
                    "created_at": now() - timedelta(days=dice.random() * 10) if waiting else when,
                    "confirmed_at": None if waiting else when + timedelta(minutes=dice.randint(1, 90)),
                }
            )  # fmt: skip
    return list(db.session.scalars(insert(Action).returning(Action), rows))


def _moment(dice: random.Random) -> datetime:
    """Some time in the last two months, more of them lately, at hours when people are awake."""
    days = min(59.0, dice.expovariate(1 / 18))
    when = now() - timedelta(days=days, hours=2)
    return (
        when.replace(hour=dice.choice((7, 8, 12, 12, 13, 17, 18, 19, 20, 20, 21)), minute=dice.randint(0, 59))
        if days > 1
        else when
    )


def _consents(dice: random.Random, acts: list[Action]) -> None:
    """What each answered: all agreed to sign; most said yes to mail, some want to be seen."""
    host = organisations.host()
    rows: dict[tuple[int, int, str], dict[str, Any]] = {}
    for act in acts:
        if act.state != "confirmed":
            continue
        answers = [("sign", host, True), ("public", host, dice.random() < 0.35), ("mail", host, dice.random() < 0.62)]
        if act.placement is not None:
            answers.append(("mail", act.placement.organisation, dice.random() < 0.4))
        for purpose, organisation, value in answers:
            if purpose == "public" and not value:
                continue
            text = texts.ensure(
                purpose, organisation_id=organisation.id, organisation=organisation.name, language=act.language
            )
            rows[act.supporter_id, organisation.id, purpose] = {
                "supporter_id": act.supporter_id, "organisation_id": organisation.id, "purpose": purpose,
                "value": value, "verified": True, "text_id": text.id, "text_sha256": text.sha256,
                "language": act.language, "channel": act.channel, "placement_id": act.placement_id,
                "action_id": act.id, "evidence": EVIDENCE, "created_at": act.confirmed_at,
            }  # fmt: skip
    consents = db.session.scalars(insert(Consent).returning(Consent), list(rows.values()))
    db.session.execute(
        insert(Permission),
        [
            {
                "supporter_id": row.supporter_id, "organisation_id": row.organisation_id, "purpose": row.purpose,
                "value": row.value, "consent_id": row.id, "changed_at": row.created_at,
            }
            for row in consents
        ],
    )  # fmt: skip


def _history(dice: random.Random, files: list[dict[str, Any]], acts: list[Action]) -> None:
    """The counts: of the acts above, and of those before them, of which only numbers are left."""
    rows = [_entry(act.ask_id, act.confirmed_at, act.supporter.postcode, act.channel, act.placement) for act in acts
            if act.confirmed_at is not None]  # fmt: skip
    lively = Counter(row["ask_id"] for row in rows)
    for entry in files:
        ask = db.session.execute(
            select(Ask).join(Campaign).where(Campaign.slug == entry["slug"], Ask.kind == "petition")
        ).scalar_one()
        rest = {"web": entry["tally"]["online"] - lively[ask.id], "paper": entry["tally"]["paper"]}
        for channel, number in rest.items():
            rows += _spread(dice, ask.id, channel, max(0, number))
    db.session.execute(insert(JournalEntry), rows)


def _spread(dice: random.Random, ask_id: int, channel: str, number: int) -> list[dict[str, Any]]:
    spread = Counter((_moment(dice).date(), dice.choice(POSTCODES)) for _ in range(number))
    return [
        {
            "ask_id": ask_id, "day": day, "region": places.region("BE", postcode), "organisation_id": 0,
            "channel": channel, "change": count,
        }
        for (day, postcode), count in spread.items()
    ]  # fmt: skip


def _entry(
    ask_id: int, when: datetime | None, postcode: str, channel: str, placement: Placement | None
) -> dict[str, Any]:
    assert when is not None
    return {
        "ask_id": ask_id, "day": when.date(), "region": places.region("BE", postcode),
        "organisation_id": placement.organisation_id if placement else 0, "channel": channel, "change": 1,
    }  # fmt: skip
