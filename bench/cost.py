"""Whether a message costs the same at a million recipients as at ten thousand, and who notices a send that big.

An alert is sent as staff send it: the audience is counted and frozen by the database, worker processes
drain it, the reconciler counts, and meanwhile people load a campaign's page and staff follow the send.
"""

import http.cookies
import random
import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import messages, postfix, report, seed, visitors
from bench.engine import Engine, Sent
from bench.multitude import Multitude
from bench.report import Figure, progress
from bench.stage import Stage
from campaigner.alerts import queries as alert_queries
from campaigner.alerts import service as alerts
from campaigner.campaigns.models import Campaign
from campaigner.config import DEMO_LOGIN
from campaigner.core.db import db, transaction
from campaigner.outbox import queries
from campaigner.staff import service as staff

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
BETWEEN = 0.1  # seconds between two pages that somebody loads
MEGA = 1_000_000


@dataclass(frozen=True)
class Sizes:
    """Recipients of the large send and of each small one; how many small ones, before and after it."""

    large: int
    small: int
    times: int


FULL = Sizes(large=1_000_000, small=10_000, times=3)
SHORT = Sizes(large=8_000, small=1_000, times=2)


def run(*, quick: bool, dice: random.Random) -> list[Figure]:
    """Small, large, small again, with the same worker process."""
    sizes = SHORT if quick else FULL
    progress("cost: starting the parts")
    with Stage(only=("sink", "web", "reconciler")) as stage:
        return Sending(stage, sizes).measured()


@dataclass
class Sending:
    """One database full of people, and one worker process."""

    stage: Stage
    sizes: Sizes
    memory: list[int] = field(default_factory=list)  # bytes of the worker, once a second of the large send
    figures: list[Figure] = field(default_factory=list)

    def measured(self) -> list[Figure]:
        """All figures."""
        tools = postfix.find()
        port = tools.start_sink(self.stage) if tools else self.stage.smtp_port
        small, large = self._campaigns()
        with Engine(self.stage, port) as engine:
            before = [self._send(engine, slug) for slug in small[: self.sizes.times]]
            with Watchers(self.stage, large) as watchers:
                much = self._send(engine, large, watchers)
            after = [self._send(engine, slug) for slug in small[self.sizes.times :]]
        self._costs([*before, *after], much)
        self.figures += watchers.figures()
        return self.figures

    def _campaigns(self) -> tuple[list[str], str]:
        people = Multitude(self.stage)
        slugs = [seed.campaign(self.stage, f"Klein {n}") for n in range(2 * self.sizes.times)]
        slugs.append(seed.campaign(self.stage, "Heel veel mensen"))
        began = time.monotonic()
        for slug in slugs:
            number = self.sizes.large if slug is slugs[-1] else self.sizes.small
            progress(f"cost: {people.made + number:,} people with consent")
            with self.stage.app.app_context():
                ask = db.session.query(Campaign).filter_by(slug=slug).one().asks[0].id
            people.act_on(ask, number)
        people.settle()
        progress(f"cost: {people.made:,} people made in {time.monotonic() - began:.0f} s")
        return slugs[:-1], slugs[-1]

    def _send(self, engine: Engine, slug: str, watchers: "Watchers | None" = None) -> Sent:
        alert_id = self._written(slug)
        with self.stage.app.app_context():
            began = time.monotonic()
            total = alert_queries.audience_sum(alerts.get(alert_id)).total
            counted = time.monotonic() - began
        began = time.monotonic()
        with self.stage.app.app_context(), transaction():
            sent = alerts.send(alert_id, policy="hold", confirmed=total, settings=self.stage.settings)
            mailing = sent.mailing_id
            assert mailing is not None
        pressed = time.monotonic() - began  # counts once more, freezes, commits
        engine.tell(mailing)
        if watchers is None:
            return engine.result(mailing, total=total, freeze=pressed)
        watchers.follow(alert_id)
        self.figures += [
            report.at_most(f"freeze of {total:,} recipients", max(0.0, pressed - counted), "s", target=10,
                           note="the press of the button less one count of the audience"),
            Figure("count of that audience, as on the page before", counted, "s"),
        ]  # fmt: skip
        return engine.result(
            mailing, total=total, freeze=pressed, meanwhile=lambda: self._look(engine, mailing, total)
        )  # fmt: skip

    def _written(self, slug: str) -> int:
        with self.stage.app.app_context(), transaction():
            campaign = db.session.query(Campaign).filter_by(slug=slug).one().id
            alert = alerts.draft(campaign_id=campaign, language="nl", account_id=0)
            body = "Dag {{voornaam}},\n\n" + "\n\n".join(" ".join(messages.SENTENCES) for _ in range(7))
            alerts.write(alert.id, subject="De eerste koper heeft gebeld", preheader="", body=body, button_label="")
            return alert.id

    def _look(self, engine: Engine, mailing: int, total: int) -> None:
        self.memory.append(max(engine.memory()))
        self.stage.tend()
        with self.stage.app.app_context():
            sent = queries.progress(mailing).sent
            db.session.rollback()
        progress(f"cost: {sent:,} of {total:,} sent, worker {self.memory[-1] / MEGA:.0f} MB", often=True)

    def _costs(self, small: Sequence[Sent], large: Sent) -> None:
        """The large send beside the median of the small ones."""
        for name, unit, little, much in (
            ("worker CPU of a message", "us", [each.cost for each in small], large.cost),
            ("wall time of a message", "us", [each.wall for each in small], large.wall),
        ):
            spread = ", ".join(f"{one:.0f}" for one in little)
            reference = Figure(f"{small[0].total:,} recipients", statistics.median(little), unit)
            self.figures.append(Figure(f"{name}, {reference.name}", reference.value, unit, note=spread))
            self.figures.append(report.no_more(f"{name}, {large.total:,} recipients", much, unit,
                                               reference=reference, most=1.10))  # fmt: skip
        self.figures.append(Figure("rate of the large send", large.rate, "messages/s"))
        warm = self.memory[len(self.memory) // 10] if self.memory else large.before[0]
        grown = (max([*self.memory, *large.after]) - warm) / MEGA
        self.figures.append(report.at_most("memory of the worker, growth over the large send", grown, "MB", target=20,
                                           note=f"{warm / MEGA:.0f} MB when a tenth was sent"))  # fmt: skip
        each = [*small, large]
        self.figures.append(report.exactly("not sent, of all of them", sum(sent.total - sent.sent for sent in each)))
        self.figures.append(report.exactly("drift of the counters", sum(sent.drift for sent in each)))


class Watchers:
    """Somebody who reads the campaign's page and somebody of staff who follows the send, again and again."""

    def __init__(self, stage: Stage, slug: str) -> None:
        self.stage = stage
        self.pages = {"campaign page": f"/nl/c/{slug}"}
        self.times: dict[str, list[float]] = {}
        self.odd: Counter[str] = Counter()
        self.cookie = _login(stage)
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Watchers":
        return self

    def __exit__(self, *error: object) -> None:
        self._enough.set()
        if self._thread.is_alive():
            self._thread.join(60)

    def follow(self, alert_id: int) -> None:
        """The send has begun: from now on both pages are loaded."""
        self.pages["staff's page of the send"] = f"/staff/alerts/{alert_id}"
        self._thread.start()

    def _read(self) -> None:
        while not self._enough.wait(BETWEEN):
            for name, path in self.pages.items():
                began = time.monotonic()
                status, _ = visitors.Visitor(self.stage.port, cookie=self.cookie).ask("GET", path)
                self.times.setdefault(name, []).append(time.monotonic() - began)
                if not 200 <= status < 300:
                    self.odd[f"{name}: {status}"] += 1

    def figures(self) -> list[Figure]:
        """How long they waited, and whether they always got their page."""
        found = []
        for name, times in self.times.items():
            p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
            note = f"{len(times)} times, median {statistics.median(times) * 1000:.0f} ms"
            found.append(report.at_most(f"{name} during the large send, p95", p95 * 1000, "ms", target=500, note=note))
        odd = ", ".join(f"{name} {count}" for name, count in self.odd.items())
        return [*found, report.exactly("pages that were no 2xx", sum(self.odd.values()), note=odd)]


def _login(stage: Stage) -> str:
    """The cookie of somebody of staff."""
    with stage.app.app_context(), transaction():
        staff.demo_account(email=DEMO_LOGIN[0], password=DEMO_LOGIN[1])
    browser = visitors.Visitor(stage.port)
    stage.until(lambda: browser.ask("GET", "/staff/login")[0] == 200, seconds=30)
    found = CSRF.search(browser.ask("GET", "/staff/login")[1])
    assert found, "the login page has no form"
    browser.cookie = _only_pair(browser.told_cookie)
    fields = {"csrf_token": found[1], "email": DEMO_LOGIN[0], "password": DEMO_LOGIN[1]}
    status, _ = browser.ask("POST", "/staff/login", fields)
    assert status in (302, 303), f"nobody of staff could log in: {status}"
    return _only_pair(browser.told_cookie)


def _only_pair(header: str) -> str:
    jar = http.cookies.SimpleCookie(header)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
