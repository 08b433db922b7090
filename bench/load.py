"""`make load`: people sign, as many as the machine takes, beside the least that Flask can do with a form.

PART=intake, QUICK=1 for smaller numbers. One run: the campaign's page is read, each reader signs with
the form of their own page, the confirmation mails leave meanwhile, everybody presses the button of
theirs; then the bare view of `bench.bare` takes as many forms on the same gunicorn settings. Exits 1
when an answer was neither 2xx nor 3xx, a signature is missing or double, or a count drifted. The
figures are in bench/out/intake.json.
"""

import random
import sys
from collections.abc import Iterator

from bench import bare, bench, client, report, seed, visitors
from bench.client import Answers, Ask
from bench.report import Figure, progress
from bench.stage import Part, Stage
from campaigner.demo import ports

ABREAST = 8  # as many as the web processes have threads
PEAK = 2000  # signatures a minute: the highest that the busiest petition site in the literature took
BOUND = 240.0


def intake(*, quick: bool, dice: random.Random) -> list[Figure]:
    """Read, sign, confirm; and the bare view."""
    number = 300 if quick else 3000
    progress("intake: starting the parts")
    with Stage(only=("sink", "web", "reconciler", "worker-urgent")) as stage:
        slug = seed.campaign(stage)
        stage.until(lambda: visitors.Visitor(stage.port).ask("GET", f"/nl/c/{slug}")[0] == 200, seconds=30)
        people = [visitors.Visitor(stage.port) for _ in range(number)]
        reads = _pour(stage.port, "read", [_read(person, slug) for person in people])
        signs = _pour(stage.port, "signed", _signing(people, reads, slug))
        sent = _mailed(stage, people)
        confirms = _pour(stage.port, "confirmed", _confirming(stage))
        reference = _bare(stage, people)
        return _figures(stage, people, reads, signs, sent, confirms, reference)


def _pour(port: int, what: str, asks: list[Ask] | Iterator[Ask]) -> Answers:
    said = lambda number: progress(f"intake: {number} {what}", often=True)  # noqa: E731
    return client.pour(port, asks, abreast=ABREAST, said=said)


def _read(person: visitors.Visitor, slug: str) -> Ask:
    return Ask("GET", f"/nl/c/{slug}", person.network, key=person.email)


def _signing(people: list[visitors.Visitor], reads: Answers, slug: str) -> Iterator[Ask]:
    """Each with the token of the page they read."""
    for person in people:
        found = visitors.TOKEN.search(reads.bodies.get(person.email, ""))
        fields = visitors.signature(person, found[1] if found else "")
        yield Ask("POST", f"/nl/c/{slug}", person.network, fields)


def _mailed(stage: Stage, people: list[visitors.Visitor]) -> float | None:
    """Seconds until everybody's confirmation mail has arrived, after the last signature."""
    progress("intake: confirmation mails leave")
    signed = {person.email for person in people}
    return stage.until(lambda: signed <= {mail.to for mail in stage.received()}, seconds=BOUND)


def _confirming(stage: Stage) -> Iterator[Ask]:
    for number, mail in enumerate(stage.received()):
        if mail.confirm:
            yield Ask("POST", f"/confirm/{mail.confirm}", f"10.9.{number >> 8 & 255}.{number & 255}", {})


def _bare(stage: Stage, people: list[visitors.Visitor]) -> Answers:
    """The reference, on the same machine, in the same run, with the same web server and the same settings."""
    progress("intake: the bare view")
    stage.command(bare.TABLE)
    port = ports.keep(stage.folder / "bare-port")
    stage.parts["bare"] = Part("bare", stage.gunicorn("bench.bare:app", port))
    stage.tend()
    stage.until(lambda: ports.problem(port) is not None, seconds=30)
    asks = [Ask("POST", "/sign", person.network, visitors.signature(person, "")) for person in people]
    client.pour(port, [Ask("GET", "/", "10.8.0.1") for _ in range(2 * ABREAST)], abreast=ABREAST)  # warm: 404s
    return _pour(port, "taken by the bare view", asks)


def _figures(
    stage: Stage, people: list[visitors.Visitor], reads: Answers, signs: Answers, sent: float | None,
    confirms: Answers, reference: Answers,
) -> list[Figure]:  # fmt: skip
    progress("intake: counting")
    stage.until(lambda: not stage.value("SELECT count(*) FROM journal_entry"), seconds=30)
    number = len(people)
    stored = stage.value("SELECT count(*) FROM action")
    bar, journal, acts = (
        int(stage.value(f"SELECT coalesce(sum({what}), 0) FROM {table}"))
        for table, what in (("tally", "confirmed"), ("journal", "confirmed"), ("action", "(state = 'confirmed')::int"))
    )
    drift = max(abs(acts - bar), abs(acts - journal))
    bare_view = Figure("bare Flask view: one form, one committed row", reference.rate, "requests/s")
    a_minute = report.at_least("signatures a minute", signs.rate * 60, "1/min", target=PEAK)
    return [
        bare_view,
        report.times("signing: the POST", signs.rate, "requests/s", reference=bare_view),
        a_minute,
        Figure("signing, p95", signs.p95, "ms", note=f"{ABREAST} at a time"),
        Figure("reading the campaign's page", reads.rate, "requests/s"),
        Figure("reading, p95", reads.p95, "ms"),
        Figure("confirming: the POST", confirms.rate, "requests/s"),
        Figure("last confirmation mail after the last signature", sent, "s"),
        report.exactly("confirmation mails missing", number - len({mail.to for mail in stage.received()})),
        report.exactly("answers that are no 2xx or 3xx", sum(each.odd for each in (reads, signs, confirms, reference)),
                       note=", ".join(f"{dict(each.statuses)}" for each in (reads, signs, confirms, reference))),
        report.exactly("signatures lost or doubled", abs(number - stored)),
        report.exactly("people who confirmed and are not counted", number - acts),
        report.exactly("drift: acts, journals, the number under the bar", drift, note=f"{acts}, {journal}, {bar}"),
    ]  # fmt: skip


PARTS: dict[str, bench.Part] = {"intake": intake}

if __name__ == "__main__":
    sys.exit(bench.main(PARTS, title="load"))
