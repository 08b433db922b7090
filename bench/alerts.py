"""Alerts at a million people with three million acts: counting an audience, freezing it, bringing people in.

Made in the database, because a million people through the services would take an hour; the rows are as the
services write them. What is counted must be what is frozen, and the copy that is counted on must be true.
"""

import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from bench import seed
from bench.multitude import Multitude
from bench.report import Figure, at_least, at_most, exactly, progress
from bench.stage import Stage
from campaigner.alerts import marks, people
from campaigner.alerts import rule as rules
from campaigner.campaigns.models import Campaign
from campaigner.core.db import db, transaction
from campaigner.imports import runs, service
from campaigner.organisations import queries as organisations
from campaigner.outbox import service as outbox

TURNS = 7
CAMPAIGNS = 12
# Languages, towns and days as they differ between people; some left, some addresses died.
DIFFER = """
UPDATE supporter SET language = (ARRAY['nl', 'nl', 'nl', 'fr', 'en'])[1 + id % 5],
    postcode = (ARRAY['9000', '2000', '1000', '4000', '3500', '8000', '5000'])[1 + id % 7];
UPDATE action SET confirmed_at = now() - (id % 900) * interval '1 day', created_at = now() - interval '900 days';
UPDATE permission SET value = supporter_id % 10 <> 0;
INSERT INTO suppression (mailbox, organisation_id, reason, created_at)
SELECT mailbox, CASE WHEN id % 2 = 0 THEN 0 ELSE %(host)s END,
       CASE WHEN id % 2 = 0 THEN 'dead address' ELSE 'unsubscribed' END, now()
FROM supporter WHERE id % 97 = 0 ON CONFLICT DO NOTHING;
"""
MORE_ACTS = """
INSERT INTO action (ask_id, supporter_id, state, channel, language, submission, public, created_at, confirmed_at)
SELECT (%(asks)s::bigint[])[1 + (id * %(step)s) %% %(number)s], id, 'confirmed', 'web', 'nl', '', false, now(), now()
FROM supporter ON CONFLICT DO NOTHING
"""
TRIGGERS = [
    (table, f"reach_{event}")
    for table in ("action", "permission", "suppression", "supporter")
    for event in ("insert", "update", "delete")
]
REBUILD = f"INSERT INTO reach ({marks.COLUMNS}) SELECT {marks.COLUMNS} FROM reach_truth"


@dataclass(frozen=True)
class Sizes:
    """How many people, and how many lines in the list that is brought in."""

    people: int
    lines: int


FULL = Sizes(people=1_000_000, lines=100_000)
SHORT = Sizes(people=40_000, lines=20_000)


def run(*, quick: bool, dice: random.Random) -> list[Figure]:
    """All three, on one database."""
    sizes = SHORT if quick else FULL
    progress("alerts: starting PostgreSQL")
    with Stage(only=()) as stage:
        slugs = [seed.campaign(stage, f"Campagne {n}") for n in range(CAMPAIGNS)]
        rebuilt = _fill(stage, slugs, sizes.people)
        with stage.app.app_context():
            figures = [rebuilt, *_counts(slugs, sizes), *_freeze(slugs, sizes), *_import(sizes, dice)]
            figures.append(exactly("people whose copy is not what the ledger says", marks.check()))
            db.session.rollback()
            db.engine.dispose()
        return figures


def _fill(stage: Stage, slugs: list[str], number: int) -> Figure:
    """The people, with three acts each, and then the copy from nothing: what a restore would do."""
    with stage.app.app_context():
        campaigns = {row.slug: row for row in db.session.query(Campaign)}
        asks = [campaigns[slug].asks[0].id for slug in slugs]
        db.session.remove()
    url = stage.postgres.url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as ours:
        for table, name in TRIGGERS:
            ours.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        progress(f"alerts: making {number:,} people")
        crowd = Multitude(stage)
        crowd.act_on(asks[0], number)
        for step in (1, 7):
            values = {"asks": asks[1:], "number": len(asks) - 1, "step": step}
            ours.execute(MORE_ACTS, values)
        for statement in DIFFER.split(";\n"):
            if statement.strip():
                ours.execute(statement.replace("%(host)s", str(crowd.host)))
        for table, name in TRIGGERS:
            ours.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
        ours.execute("ANALYZE")
        progress("alerts: making the copy")
        began = time.monotonic()
        ours.execute(REBUILD)
        spent = time.monotonic() - began
        for table in ("reach", "supporter", "permission", "action", "suppression"):
            ours.execute(f"VACUUM ANALYZE {table}")
    return at_least("the copy made from nothing", number / spent, "people/s", target=10_000)


def _rules(slugs: list[str]) -> dict[str, Any]:
    ids = {row.slug: row.id for row in db.session.query(Campaign)}
    first, second = ids[slugs[0]], ids[slugs[3]]
    dutch = {"language": {"code": "nl"}}
    return {
        "everybody": {"all": []},
        "acted on the campaign of all": {"all": [{"acted": {"campaign": first}}]},
        "acted on one of twelve, speaks Dutch": {"all": [{"acted": {"campaign": second}}, dutch]},
        "one campaign and not another": {
            "all": [{"acted": {"campaign": first}}, {"not": {"acted": {"campaign": second}}}]
        },
        "in a period, in a province": {
            "all": [{"acted": {"since": "2025-06-01"}}, {"province": {"province": "40000"}}]
        },
        "active, yes of an age, no mail for three days": {
            "all": [
                {"active": {"acts": 2, "days": 365}}, {"yes_age": {"at_most_days": 700}},
                {"not": {"mailed": {"days": 3}}},
            ]
        },
        "or in or": {
            "all": [
                {"any": [dutch, {"language": {"code": "fr"}}, {"tag": {"tag": "1 mei"}}]},
                {"any": [{"province": {"province": "10000"}}, {"came": {"channel": "web"}}]},
            ]
        },
    }  # fmt: skip


def _call(raw: Any) -> people.Call:
    return people.Call(rules.read(raw), organisations.host().id, ("nl", "fr"), "nl")


def _counts(slugs: list[str], sizes: Sizes) -> list[Figure]:
    """The sum of each rule, with its subtractions, as the page asks for it."""
    found = []
    for name, raw in _rules(slugs).items():
        call, spent, worked = _call(raw), [], []
        for _turn in range(TURNS):
            before, began = _worked(), time.monotonic()
            total = people.add_up(call)["total"]
            spent.append((time.monotonic() - began) * 1000)
            worked.append(_worked() - before)
            db.session.rollback()
        progress(f"alerts: {name}: {total:,} people, {min(spent):.0f} to {max(spent):.0f} ms")
        found.append(at_most(f"count: {name}", statistics.median(spent), "ms", target=300))
        found.append(at_most(f"count: {name}, work of the database", statistics.median(worked), "ms", target=300))
    return found


def _worked() -> float:
    """Milliseconds of a processor that our connection's process of the database has used: what waits for nobody."""
    pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _freeze(slugs: list[str], sizes: Sizes) -> list[Figure]:
    """Everybody who may be written to, into the ledger."""
    call = _call(_rules(slugs)["everybody"])
    total = people.add_up(call)["total"]
    with transaction():
        mailing = outbox.draft_mailing(organisation_id=call.sender)
        progress(f"alerts: freezing {total:,} people")
        began = time.monotonic()
        frozen = outbox.freeze(mailing.id, people.chosen(call))
    spent = time.monotonic() - began
    return [
        at_least("freeze", frozen / spent, "people/s", target=10_000),
        exactly("people frozen more or less than were counted", abs(frozen - total)),
    ]


def _import(sizes: Sizes, dice: random.Random) -> list[Figure]:
    """A list with names and postcodes, on top of everybody who is there: looked at first, then brought in."""
    lines = "".join(
        f"mens{n}.{dice.randrange(10**6)}@voorbeeld{n % 50}.example;Voornaam{n % 400};Achternaam{n};{1000 + n % 8999}\n"
        for n in range(sizes.lines)
    )
    proof = service.Evidence("Ja, jullie mogen mij mailen.", "2024-05-01", "paper", "map 12", "nl", "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lijst.csv"
        path.write_text(f"email;voornaam;achternaam;postcode\n{lines}", encoding="utf-8")
        with transaction(), path.open("rb") as stream:
            host = organisations.host().id
            made = service.upload(stream, name=path.name, organisation_id=host, account_id=None, at_most=None)
            service.describe(made.id, columns=service.how(made).columns, evidence=proof)
            service.check(made.id)
            import_id = made.id
    progress(f"alerts: a list of {sizes.lines:,} lines")
    looked = _timed(import_id)
    with transaction():
        service.start(import_id)
    brought = _timed(import_id)
    counts = service.get(import_id).counts
    return [
        at_least("import: dry run", sizes.lines / looked, "rows/s", target=20_000),
        at_least("import: brought in", sizes.lines / brought, "rows/s", target=20_000),
        exactly("people of the list who are not there", sizes.lines - counts["new"]),
        exactly("people of the list without their yes", sizes.lines - counts["mailable"]),
    ]


def _timed(import_id: int) -> float:
    began = time.monotonic()
    while runs.run(import_id, seconds=3600):
        pass
    return time.monotonic() - began
