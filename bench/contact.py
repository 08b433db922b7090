"""`make bench PART=contact`: the score, the pipeline in messages a second, and the POST beside the bare view.

The POSTs come in batches with a batch of the bare view between them, on the same web server settings.
Before each batch the counters of the limits are emptied, so that what is measured is an ordinary day and
not the sum that a crowd is asked for. Exits 1 when a message is lost or doubled, or an answer is odd.
"""

import os
import random
import signal
import time

from bench import bare, client, report, score, visitors
from bench.client import Answers, Ask
from bench.report import Figure, progress
from bench.stage import Part, Stage
from campaigner.contact import service
from campaigner.contact.models import STEPS
from campaigner.core.db import db, transaction
from campaigner.demo import ports

ABREAST = 8
BATCH = 250  # fewer than the form takes from everywhere before it asks for a sum
CALM = {"age": 42.0, "decoy_filled": False, "decoy_changed": False, "accept_language": True, "burst": False}
BOUND = 900.0


def run(*, quick: bool, dice: random.Random) -> list[Figure]:
    """All three."""
    weighed = score.run(quick=quick, dice=dice)
    progress("contact: starting the parts")
    with Stage(only=("web", "worker-contact")) as stage:
        stage.until(lambda: visitors.Visitor(stage.port).ask("GET", "/nl/contact")[0] == 200, seconds=30)
        os.kill(stage.pid("worker-contact"), signal.SIGSTOP)
        posts = _posts(stage, batches=1 if quick else 6)
        through = _through(stage, 100 if quick else 500)
    return [*weighed, *posts, *through]


def _posts(stage: Stage, *, batches: int) -> list[Figure]:
    """The form's POST and the bare view, in turns."""
    port = _bare(stage)
    ours, theirs, loaded = Answers(), Answers(), Answers()
    for number in range(batches):
        progress(f"contact: POSTs, batch {number + 1} of {batches}")
        people = [visitors.Visitor(stage.port) for _ in range(BATCH)]
        stage.redis.flushall()
        reads = [Ask("GET", "/nl/contact", person.network, key=person.email) for person in people]
        _add(loaded, client.pour(stage.port, reads, abreast=ABREAST))
        _add(ours, client.pour(stage.port, [_written(person, loaded) for person in people], abreast=ABREAST))
        plain = [Ask("POST", "/sign", person.network, visitors.signature(person, "")) for person in people]
        _add(theirs, client.pour(port, plain, abreast=ABREAST))
    number = batches * BATCH
    reference = Figure("bare Flask view: one form, one committed row", theirs.rate, "requests/s")
    return [
        reference,
        report.times("contact form: the POST", ours.rate, "requests/s", reference=reference, least=0.7),
        Figure("contact form: the POST, p95", ours.p95, "ms", note=f"{ABREAST} at a time"),
        Figure("contact form: the page", loaded.rate, "requests/s"),
        report.exactly("POSTs that were no 303", number - ours.statuses[303], note=f"{dict(ours.statuses)}"),
        report.exactly("messages lost or doubled", abs(number - stage.value("SELECT count(*) FROM contact_message"))),
    ]  # fmt: skip


def _add(total: Answers, more: Answers) -> None:
    total.seconds += more.seconds
    total.statuses += more.statuses
    total.times += more.times
    total.bodies |= more.bodies


def _written(person: visitors.Visitor, loaded: Answers) -> Ask:
    found = visitors.TOKEN.search(loaded.bodies.get(person.email, ""))
    return Ask("POST", "/nl/contact", person.network, visitors.message(person, found[1] if found else ""))


def _bare(stage: Stage) -> int:
    stage.command(bare.TABLE)
    port = ports.keep(stage.folder / "bare-port")
    stage.parts["bare"] = Part("bare", stage.gunicorn("bench.bare:app", port))
    stage.tend()
    stage.until(lambda: ports.problem(port) is not None, seconds=30)
    client.pour(port, [Ask("GET", "/", "10.8.0.1") for _ in range(2 * ABREAST)], abreast=ABREAST)  # warm: 404s
    return port


def _through(stage: Stage, number: int) -> list[Figure]:
    """Messages that wait while the worker stands still, and the seconds until it has taken all through."""
    progress(f"contact: {number} messages wait")
    with stage.app.app_context():
        for start in range(0, number, 100):
            with transaction():
                for at in range(start, start + 100):
                    _stored(at)
        db.session.remove()
        db.engine.dispose()
    waiting = stage.value("SELECT count(*) FROM contact_message WHERE notified_at IS NULL")
    began = time.monotonic()
    os.kill(stage.pid("worker-contact"), signal.SIGCONT)
    stage.until(
        lambda: not stage.value("SELECT count(*) FROM contact_message WHERE notified_at IS NULL"), seconds=BOUND
    )
    seconds = time.monotonic() - began
    late = stage.value("SELECT count(*) FROM contact_message WHERE notified_at IS NULL")
    uneven = (
        "SELECT message_id FROM contact_event GROUP BY message_id HAVING count(*) <> :n OR count(DISTINCT step) <> :n"
    )
    receipts = "SELECT count(*) FROM delivery d JOIN mailing m ON m.id = d.mailing_id WHERE m.kind = 'contact.receipt'"
    return [
        Figure("pipeline: messages through all steps, one worker", (waiting - late) / seconds, "messages/s",
               note=f"{waiting} in {seconds:.1f} s"),
        report.exactly("messages not through", late),
        report.exactly("histories without each step once", len(stage.rows(uneven, n=len(STEPS)))),
        report.exactly("messages without exactly one receipt", abs(waiting - stage.value(receipts))),
    ]  # fmt: skip


def _stored(at: int) -> None:
    service.store(
        host="FOS", topic="campaign", language="nl", name="Greet", email=f"wachter{at}@voorbeeld.example",
        body=f"Dag, ik heb een vraag over actie {at}. Wanneer wordt de petitie overhandigd?", nonce=f"bench-{at}",
        signals=CALM,
    )  # fmt: skip
