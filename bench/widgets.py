"""Whether a thousand locals slow anything down, and how much a widget costs beside the least that Flask can answer.

First the campaign's page, its count and the counter are measured with twenty locals of one place each; then
a thousand locals with fifty places each are there, with a year of journals, and the same is measured again.
Then widget, badge and a bare `Hello` take turns on the same web server, as browsers ask for them.
"""

import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import text

from bench import client, report, seed
from bench.client import Ask
from bench.report import Figure, progress
from bench.stage import Part, Stage
from campaigner.actions import service as actions
from campaigner.core.db import db, transaction
from campaigner.demo import ports

ABREAST, ROUNDS = 8, 3
BROWSER = "gzip, deflate, br"
FEW = 20  # locals, who bring the acts in both measurements
SITE = "https://afdeling.example"
LOCALS = """
INSERT INTO organisation (slug, kind, name, languages, about, is_example, created_at)
SELECT 'afdeling-' || n, 'local', 'Afdeling ' || n, '[]', '{}', false, now()
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
"""
PLACES = """
INSERT INTO placement (key, campaign_id, organisation_id, kind, sites, language, created_at)
SELECT 'plek-' || o.slug || '-' || n, c.id, o.id, 'widget', '["https://afdeling.example"]', 'nl', now()
FROM organisation o, campaign c, generate_series(CAST(:first AS int), CAST(:last AS int)) n
WHERE o.kind = 'local'
ON CONFLICT DO NOTHING
"""
JOURNALS = """
INSERT INTO journal (ask_id, day, region, organisation_id, channel, confirmed)
SELECT a.id, current_date - d, '40000', o.id, 'widget', 1
FROM ask a, organisation o, generate_series(1, CAST(:days AS int)) d
WHERE o.kind = 'local' ON CONFLICT DO NOTHING
"""
TALLY = """
INSERT INTO tally (ask_id, confirmed, paper, counted_at) SELECT ask_id, sum(confirmed), 0, now() FROM journal GROUP BY 1
ON CONFLICT (ask_id) DO UPDATE SET confirmed = excluded.confirmed
"""
ENTRIES = """
INSERT INTO journal_entry (ask_id, day, region, organisation_id, channel, change)
SELECT a.id, current_date, '40000', o.id, 'widget', 1
FROM ask a, organisation o, generate_series(1, CAST(:each AS int))
WHERE o.slug IN (SELECT 'afdeling-' || n FROM generate_series(1, CAST(:few AS int)) n)
"""


@dataclass(frozen=True)
class Sizes:
    """How many locals, places of each, days of journals; pages read, acts counted, and answers of a race."""

    locals: int
    places: int
    days: int
    reads: int
    acts: int
    answers: int


FULL = Sizes(locals=1000, places=50, days=60, reads=150, acts=100, answers=3000)
SHORT = Sizes(locals=200, places=10, days=20, reads=40, acts=20, answers=600)


def run(*, quick: bool, dice: random.Random) -> list[Figure]:
    """All figures."""
    sizes = SHORT if quick else FULL
    progress("widgets: starting the parts")
    with Stage(only=("web",)) as stage:
        return Locals(stage, sizes, seed.campaign(stage)).measured()


@dataclass
class Locals:
    """One campaign, and the locals that carry it."""

    stage: Stage
    sizes: Sizes
    slug: str
    statuses: Counter[int] = field(default_factory=Counter)

    def measured(self) -> list[Figure]:
        """Few locals, many locals, and the race."""
        self.key = f"plek-afdeling-{FEW}-1"
        self._sql(LOCALS, first=1, last=FEW)
        self._sql(PLACES, first=1, last=1)
        self.stage.until(lambda: self._ask(f"/w/{self.key}", 1).statuses[200] == 1, seconds=30)
        few = self._costs()
        progress(f"widgets: {self.sizes.locals:,} locals with {self.sizes.places} places each")
        self._sql(LOCALS, first=FEW + 1, last=self.sizes.locals)
        self._sql(PLACES, first=1, last=self.sizes.places)
        self._sql(JOURNALS, days=self.sizes.days)
        self._sql(TALLY)
        self.stage.command("ANALYZE")
        many = self._costs()
        figures = [each for name in few for each in self._beside(name, few[name], many[name])]
        places = int(self.stage.value("SELECT count(*) FROM placement"))
        figures.append(report.exactly("places in the end", places, self.sizes.locals * self.sizes.places))
        figures += self._race()
        figures.append(report.exactly("drift of the count", self._drift()))
        odd = sum(count for status, count in self.statuses.items() if status != 200)
        return [*figures, report.exactly("answers that are no 200", odd, note=str(dict(self.statuses)))]

    def _sql(self, statement: str, **values: int) -> None:
        with self.stage.app.app_context(), transaction():
            db.session.execute(text(statement), values)

    def _ask(self, path: str, number: int, *, abreast: int = 1, port: int | None = None) -> client.Answers:
        asks = [Ask("GET", path, f"10.7.{n >> 8 & 255}.{n & 255}", encoding=BROWSER) for n in range(number)]
        return client.pour(port or self.stage.port, asks, abreast=abreast)

    def _costs(self) -> dict[str, float]:
        """Milliseconds, the best median of three turns each: other work on a machine only ever makes slower."""
        pages = {
            "campaign page": f"/nl/c/{self.slug}",
            "campaign page of a local": f"/nl/c/{self.slug}?p={self.key}",
            "count.json": f"/c/{self.slug}/count.json",
            "widget, made anew": f"/w/{self.key}?fresh=1",  # no choice of ours, so it is not kept
        }
        return {
            **{name: min(self._median(path) for _ in range(ROUNDS)) for name, path in pages.items()},
            f"counting {FEW * self.sizes.acts:,} acts": min(self._count() for _ in range(ROUNDS)),
        }

    def _median(self, path: str) -> float:
        answers = self._ask(path, self.sizes.reads)
        self.statuses += answers.statuses
        return statistics.median(answers.times) * 1000

    def _count(self) -> float:
        self._sql(ENTRIES, each=self.sizes.acts, few=FEW)
        with self.stage.app.app_context():
            began = time.monotonic()
            with transaction():
                actions.count()
            return (time.monotonic() - began) * 1000

    def _beside(self, name: str, few: float, many: float) -> list[Figure]:
        before = Figure(f"{name}, {FEW} locals of one place", few, "ms")
        after = f"{name}, {self.sizes.locals:,} locals of {self.sizes.places}"
        return [before, report.no_more(after, many, "ms", reference=before, most=1.2)]

    def _race(self) -> list[Figure]:
        """Widget, badge and the bare view take turns; the best turn of each counts."""
        progress("widgets: beside a bare Hello")
        port = ports.keep(self.stage.folder / "bare-port")
        self.stage.parts["bare"] = Part("bare", self.stage.gunicorn("bench.bare:app", port))
        self.stage.tend()
        self.stage.until(lambda: ports.problem(port) is not None, seconds=30)
        runners = {
            "bare Flask view: Hello": ("/hello", port),
            "widget document": (f"/w/{self.key}", self.stage.port),
            "badge, SVG": (f"/w/{self.key}/badge.svg", self.stage.port),
            "badge, PNG": (f"/w/{self.key}/badge.png", self.stage.port),
        }
        best = dict.fromkeys(runners, 0.0)
        for turn in range(ROUNDS + 1):
            for name, (path, at) in runners.items():
                answers = self._ask(path, self.sizes.answers if turn else 4 * ABREAST, abreast=ABREAST, port=at)
                self.statuses += answers.statuses
                best[name] = max(best[name], answers.rate)
        reference, *others = best
        hello = Figure(reference, best[reference], "requests/s")
        return [hello, *(report.times(name, best[name], "requests/s", reference=hello, least=0.7) for name in others)]

    def _drift(self) -> int:
        waiting = "SELECT coalesce(sum(confirmed), 0) FROM journal"
        return abs(int(self.stage.value(waiting)) - int(self.stage.value("SELECT sum(confirmed) FROM tally")))
