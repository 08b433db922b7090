"""How well the score tells spam from people: precision and recall on messages that nothing was tuned on.

The functions of the product weigh each message; what staff would click in the first part teaches the
filter first. Printed for the rules alone (a new house) and with the filter.
"""

import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bench import corpus, report
from bench.corpus import Sample
from bench.corpus_spam import NEVER_SEEN
from bench.report import Figure, progress
from campaigner.contact import bayes, scoring
from campaigner.contact.bayes import Count
from campaigner.core import crypto

CLICKS = 300  # messages of each kind that staff have clicked on, of the part for learning


class Filter:
    """The filter of `contact.lessons`, with its counts in memory."""

    def __init__(self) -> None:
        self.spam: Counter[str] = Counter()
        self.ham: Counter[str] = Counter()
        self.total = Count()

    def learn(self, sample: Sample) -> None:
        """One click of staff."""
        kind = self.spam if sample.spam else self.ham
        kind.update(bayes.words(sample.arrival.body, email=sample.arrival.email))
        self.total = Count(self.total.spam + sample.spam, self.total.ham + (not sample.spam))

    def likelihood(self, sample: Sample) -> float | None:
        """As the product asks it."""
        found = bayes.words(sample.arrival.body, email=sample.arrival.email)
        known = {at: Count(self.spam[word], self.ham[word]) for at, word in enumerate(found)}
        return bayes.judge({at: count for at, count in known.items() if count.spam or count.ham}, self.total)


def run(*, quick: bool, dice: random.Random) -> list[Figure]:
    """Make, teach, weigh, count."""
    crypto.keyring.use((("k", b"k" * 32),), b"f" * 32)
    number = 2_000 if quick else 20_000
    progress(f"score: making {number:,} messages")
    everything = list(corpus.samples(number, dice))
    taught = Filter()
    for spam in (True, False):
        lessons = [each for each in everything if each.part == "teach" and each.spam == spam][:CLICKS]
        for each in lessons:
            taught.learn(each)
    part = os.environ.get("SCORE_PART") or "held"  # "tune" while thresholds are tried
    shown = [each for each in everything if each.part == part]
    progress(f"score: weighing {len(shown):,}")
    rules = [scoring.score(each.arrival).state for each in shown]
    states = [scoring.score(replace(each.arrival, words=taught.likelihood(each))).state for each in shown]
    if os.environ.get("VERBOSE"):
        _by_kind(shown, states)
    return [
        Figure(f"messages weighed, of {number:,} made", len(shown), "messages"),
        report.exactly("messages in no pile", sum(state not in ("new", "check", "quarantine") for state in states)),
        *_figures("rules alone", shown, rules),
        *_figures("rules and filter", shown, states),
        *_careful(shown, states),
    ]


def _figures(name: str, shown: Sequence[Sample], states: Sequence[str]) -> list[Figure]:
    piles = Counter((each.spam, state) for each, state in zip(shown, states, strict=True))
    spam = sum(count for (is_spam, _), count in piles.items() if is_spam)
    people = len(shown) - spam
    held, aside = piles[True, "quarantine"], piles[True, "quarantine"] + piles[True, "check"]
    wrong, looked_at = piles[False, "quarantine"], piles[False, "check"]
    return [
        Figure(f"{name}: precision of the quarantine", held / max(1, held + wrong), "",
               note=f"{wrong} of {people} people in it"),
        Figure(f"{name}: precision of both piles", aside / max(1, aside + wrong + looked_at), "",
               note=f"{looked_at} more people to check"),
        Figure(f"{name}: recall, spam kept out of the inbox", aside / spam, "",
               note=f"{spam - aside} of {spam} came in"),
        Figure(f"{name}: recall of the quarantine", held / spam, "", note=f"{held} of {spam}"),
        Figure(f"{name}: people straight in the inbox", piles[False, "new"] / people, ""),
    ]  # fmt: skip


def _careful(shown: Sequence[Sample], states: Sequence[str]) -> list[Figure]:
    """The hard ones: spam whose form was filled in as people do, and kinds that nobody clicked on."""
    both = list(zip(shown, states, strict=True))
    return [
        _recall("spam sent with a person's care", [state for each, state in both if each.haste == "careful"]),
        _recall("spam of kinds never seen before", [state for each, state in both if each.kind in NEVER_SEEN]),
        _recall("both at once", [s for each, s in both if each.kind in NEVER_SEEN and each.haste == "careful"]),
    ]


def _recall(name: str, states: Sequence[str]) -> Figure:
    aside = sum(state != "new" for state in states)
    return Figure(f"recall, {name}", aside / max(1, len(states)), "", note=f"{len(states)} messages")


def _by_kind(shown: Sequence[Sample], states: Sequence[str]) -> None:
    rows = Counter((each.spam, each.kind, state) for each, state in zip(shown, states, strict=True))
    for kind in sorted({(spam, kind) for spam, kind, _ in rows}):
        print(
            f"  {kind[1]:14} {'spam' if kind[0] else 'people':7}",
            {s: rows[(*kind, s)] for s in ("new", "check", "quarantine")},
        )
