"""Two thousand made-up supporters with signatures spread over two months, so that lists and charts have a story.

All addresses end in `.example` (RFC 2606), all family names are "Voorbeeld", all rows are marked as examples.
The same seed gives the same people. Written in bulk: the demo should be there before the coffee is.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from campaigner.actions.models import Action, JournalEntry
from campaigner.campaigns.models import Ask, Campaign, Placement
from campaigner.core import addresses, places
from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.organisations import queries as organisations
from campaigner.organisations.models import Organisation
from campaigner.supporters import service as supporters
from campaigner.supporters import texts
from campaigner.supporters.models import Consent, ConsentText, Permission, Supporter

NUMBER = 2000
FIRST_NAMES = """
Fatiha Luc Greet Yusuf Rosa Dirk Nele Ahmed Marijke Karim Els Joris Samira Tom Hilde Pieter Leila Koen Ines
Wim Aïcha Bart Lotte Mehmet Sofie Jan Nadia Rik Carmen Stijn Zoë Ali Veerle Hugo Amina Peter Lieve Omar
Katrien Bram Céline Amélie Benoît Fatou Thierry Manon Olivier Chantal Mamadou Sylvie
""".split()  # noqa: SIM905 - words read better than a column of strings
POSTCODES = """
9000 9000 9050 9100 9200 9300 9400 9700 9800 8000 8400 8500 8500 8530 8560 8800 8900 2000 2018 2060 2140 2300
2440 2800 2800 3000 3001 3500 3600 3700 3800 3900 3920 1000 1030 1070 1080 1500 1700 1800 4000 4020 5000 6000
7000 6700
""".split()  # noqa: SIM905 - words read better than a column of strings
LANGUAGES = ("nl",) * 14 + ("fr",) * 4 + ("en", "es")
EVIDENCE = "example data"


@dataclass(frozen=True, slots=True)
class Place:
    """A placement, read once."""

    id: int
    organisation: Organisation
    site_host: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """One act, with what the counts and the consents need to know of it."""

    id: int
    ask_id: int
    supporter_id: int
    language: str
    postcode: str
    place: Place | None
    confirmed_at: datetime | None
    public: bool

    @property
    def channel(self) -> str:
        """Through a local's widget, or on our own page."""
        return "widget" if self.place else "web"


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


def _people(dice: random.Random) -> list[tuple[int, str, str]]:
    """The people: id, language, postcode."""
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
    made = db.session.execute(insert(Supporter).returning(Supporter.id, Supporter.language, Supporter.postcode), rows)
    return [(row.id, row.language, row.postcode) for row in made]


def _acts(dice: random.Random, people: list[tuple[int, str, str]]) -> list[Act]:
    """One to four acts a person; one in forty still waits for its confirmation."""
    asks = db.session.execute(
        select(Ask.id, Ask.campaign_id).join(Campaign).where(Campaign.is_example, Ask.kind == "petition")
    ).all()
    places_of: dict[int, list[Place]] = {}
    for placement in db.session.scalars(select(Placement)):
        found = Place(placement.id, placement.organisation, placement.organisation.site_host)
        places_of.setdefault(placement.campaign_id, []).append(found)
    acts = []
    for supporter_id, language, postcode in people:
        for ask_id, campaign_id in dice.sample(asks, dice.choice((1, 1, 2, 2, 3, 4))):
            place = dice.choice([None, None, None, *places_of.get(campaign_id, [])])
            when = None if dice.random() < 0.025 else _moment(dice) + timedelta(minutes=dice.randint(1, 59))
            public = when is not None and dice.random() < 0.35
            acts.append(Act(0, ask_id, supporter_id, language, postcode, place, when, public))
    return _written(dice, acts)


def _written(dice: random.Random, acts: list[Act]) -> list[Act]:
    rows = [
        {
            "ask_id": act.ask_id, "supporter_id": act.supporter_id, "language": act.language, "channel": act.channel,
            "state": "confirmed" if act.confirmed_at else "unconfirmed", "confirmed_at": act.confirmed_at,
            "placement_id": act.place.id if act.place else None, "site_verified": True if act.place else None,
            "site_host": act.place.site_host if act.place else None,
            "submission": f"voorbeeld-{act.supporter_id}", "public": act.public,
            "created_at": act.confirmed_at or now() - timedelta(days=dice.random() * 10),
        }
        for act in acts
    ]  # fmt: skip
    ids = {
        (row.ask_id, row.supporter_id): row.id
        for row in db.session.execute(insert(Action).returning(Action.id, Action.ask_id, Action.supporter_id), rows)
    }
    return [replace(act, id=ids[act.ask_id, act.supporter_id]) for act in acts]


def _moment(dice: random.Random) -> datetime:
    """Some time in the last two months, more of them lately, at hours when people are awake."""
    days = min(59.0, dice.expovariate(1 / 18))
    when = now() - timedelta(days=days, hours=2)
    if days <= 1:
        return when
    return when.replace(hour=dice.choice((7, 8, 12, 12, 13, 17, 18, 19, 20, 20, 21)), minute=dice.randint(0, 59))


def _consents(dice: random.Random, acts: list[Act]) -> None:
    """What each answered: all agreed to sign; most said yes to mail, some want to be seen."""
    host = organisations.host()
    rows: dict[tuple[int, int, str], dict[str, Any]] = {}
    stored: dict[tuple[str, int, str], ConsentText] = {}
    for act in acts:
        if act.confirmed_at is None:
            continue
        answers = [("sign", host, True), ("mail", host, dice.random() < 0.62)]
        if act.public:
            answers.append(("public", host, True))
        if act.place is not None:
            answers.append(("mail", act.place.organisation, dice.random() < 0.4))
        for purpose, who, value in answers:
            key = (purpose, who.id, act.language)
            if key not in stored:
                stored[key] = texts.ensure(
                    purpose, organisation_id=who.id, organisation=who.name, language=act.language
                )
            rows[act.supporter_id, who.id, purpose] = {
                "supporter_id": act.supporter_id, "organisation_id": who.id, "purpose": purpose, "value": value,
                "verified": True, "text_id": stored[key].id, "text_sha256": stored[key].sha256,
                "language": act.language, "channel": act.channel, "placement_id": act.place.id if act.place else None,
                "action_id": act.id, "evidence": EVIDENCE, "created_at": act.confirmed_at,
            }  # fmt: skip
    _stand(list(rows.values()))


def _stand(rows: list[dict[str, Any]]) -> None:
    """Write the ledger, and what stands by it."""
    columns = (
        Consent.id, Consent.supporter_id, Consent.organisation_id, Consent.purpose, Consent.value, Consent.created_at,
    )  # fmt: skip
    made = db.session.execute(insert(Consent).returning(*columns), rows)
    names = ("consent_id", "supporter_id", "organisation_id", "purpose", "value", "changed_at")
    db.session.execute(insert(Permission), [dict(zip(names, row, strict=True)) for row in made])


def _history(dice: random.Random, files: list[dict[str, Any]], acts: list[Act]) -> None:
    """The counts: of the acts above, and of those before them, of which only numbers are left."""
    confirmed = [act for act in acts if act.confirmed_at is not None]
    rows = [
        {
            "ask_id": act.ask_id, "day": act.confirmed_at.date(), "region": places.region("BE", act.postcode),
            "organisation_id": act.place.organisation.id if act.place else 0, "channel": act.channel, "change": 1,
            "placement_id": act.place.id if act.place else None,
        }
        for act in confirmed if act.confirmed_at
    ]  # fmt: skip
    lively = Counter(act.ask_id for act in confirmed)
    asks = dict(db.session.execute(select(Campaign.slug, Ask.id).join(Ask).where(Ask.kind == "petition")).all())
    for entry in files:
        ask_id = asks[entry["slug"]]
        rest = {"web": entry["tally"]["online"] - lively[ask_id], "paper": entry["tally"]["paper"]}
        for channel, number in rest.items():
            rows += _spread(dice, ask_id, channel, max(0, number))
    db.session.execute(insert(JournalEntry), rows)


def _spread(dice: random.Random, ask_id: int, channel: str, number: int) -> list[dict[str, Any]]:
    spread = Counter((_moment(dice).date(), dice.choice(POSTCODES)) for _ in range(number))
    return [
        {
            "ask_id": ask_id, "day": day, "region": places.region("BE", postcode), "organisation_id": 0,
            "channel": channel, "change": count, "placement_id": None,
        }
        for (day, postcode), count in spread.items()
    ]  # fmt: skip
