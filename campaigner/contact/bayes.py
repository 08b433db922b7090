"""A filter that learns which words spam is made of: Robinson's word probabilities, joined by Fisher's method.

Pure arithmetic, after G. Robinson, "A Statistical Approach to the Spam Problem" (2003), as SpamBayes does
it. It promises a number between 0 (people write so) and 1 (spam does), 0.5 for a text of unknown words,
the same again for the same counts. Where the counts are kept is `lessons`' business.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigner.core import addresses

LOOKED_AT = 10_000  # characters
MOST_WORDS = 400  # different ones of a text
STRENGTH, UNKNOWN = 0.45, 0.5  # how much, and what, a word counts before it was seen
DULL = 0.1  # a word nearer to the middle than this says nothing
TELLING = 80  # as many of the most telling words are joined
FEWEST = 20  # lessons of each kind before anything is said
WORD = re.compile(r"[^\W\d_][\w'’-]{1,28}[^\W_]")
HOST = re.compile(r"(?:https?://|www\.)([\w.-]{3,60})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Count:
    """In how many lessons of each kind a word stood."""

    spam: int = 0
    ham: int = 0


def words(body: str, *, email: str = "") -> list[str]:
    """What is counted of a text: its different words, pairs that follow each other, the hosts of its links.

    Of the address only its domain, when that is not a large provider's. At most MOST_WORDS of each.
    """
    plain = unicodedata.normalize("NFKC", body[:LOOKED_AT]).casefold()
    single = WORD.findall(plain)
    pairs = [f"{first} {second}" for first, second in zip(single, single[1:], strict=False)]
    found = [*_few(single), *_few(pairs), *_few(f"host:{host.strip('.')}" for host in HOST.findall(plain))]
    if email and addresses.provider(email) == addresses.OTHER:
        found.append(f"mail:{email.rpartition('@')[2].lower()}")
    return found


def _few(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))[:MOST_WORDS]


def judge(counts: Mapping[int, Count], total: Count) -> float | None:
    """How likely these words are spam, 0 to 1; None while there were too few lessons of either kind."""
    if min(total.spam, total.ham) < FEWEST:
        return None
    odds = [_odds(count, total) for count in counts.values()]
    telling = sorted((each for each in odds if abs(each - 0.5) >= DULL), key=lambda each: -abs(each - 0.5))[:TELLING]
    if not telling:
        return 0.5
    spam = 1 - _chi_squared(-2 * sum(math.log(1 - each) for each in telling), 2 * len(telling))
    ham = 1 - _chi_squared(-2 * sum(math.log(each) for each in telling), 2 * len(telling))
    return (1 + spam - ham) / 2


def _odds(count: Count, total: Count) -> float:
    """The probability that a text with this word is spam, drawn to the middle while the word is rare."""
    spam, ham = count.spam / total.spam, count.ham / total.ham
    seen = count.spam + count.ham
    share = spam / (spam + ham) if spam + ham else UNKNOWN
    return min(max((STRENGTH * UNKNOWN + seen * share) / (STRENGTH + seen), 1e-6), 1 - 1e-6)


def _chi_squared(value: float, freedom: int) -> float:
    """The probability that chi-squared with an even number of degrees of freedom is at least `value`."""
    half = value / 2
    term = total = math.exp(-half)
    for at in range(1, freedom // 2):
        term *= half / at
        total += term
    return min(total, 1.0)
