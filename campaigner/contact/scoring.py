"""How much a message looks like spam: a sum of small reasons, never one gate.

A pure function of what arrived, so that scoring again gives the same. A wrong guess costs a click:
below 3 the message is in the inbox, from 3 to 6 it waits "to check", above 6 it is in quarantine.
Nothing is ever dropped. The weights follow the stack in the domain notes; the names of the reasons
are put into words in `wording`.
"""

import re
import unicodedata
from dataclasses import dataclass

CHECK_FROM = 3
QUARANTINE_ABOVE = 6

# reason -> points
WEIGHTS: dict[str, int] = {
    "decoy_filled": 5,  # the field that must stay empty
    "decoy_changed": 5,  # the field that must come back as it was
    "too_fast": 2,
    "no_language": 1,  # browsers always say which languages they read
    "burst": 1,  # low: a union hall sits behind one address
    "many_links": 2,
    "link_in_name": 4,
    "short_link": 2,
    "markup": 3,
    "seen_before": 3,
    "all_capitals": 1,
    "other_script": 1,
    "throwaway_address": 1,
    "mostly_link": 2,  # a link, and next to no words around it
    "mixed_script": 3,  # letters of another script that look like ours, within one word
    "mail_headers": 4,  # lines that would be headers of a mail
    "spam_words": 5,  # what staff marked as spam is made of such words: `bayes`
    "doubtful_words": 3,
}
SPAM_WORDS, DOUBTFUL_WORDS = 0.97, 0.75  # likelihoods of the filter from which its words count
FASTEST = 3.0  # seconds in which nobody reads a form, chooses and types
LINKS = 3  # as many as this is many
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
LINK_IN_NAME = re.compile(r"://|www\.|\w\.[a-z]{2,}/", re.IGNORECASE)
SHORT_LINK = re.compile(
    r"\b(?:bit\.ly|t\.co|t\.me|wa\.me|tinyurl\.com|goo\.gl|is\.gd|ow\.ly|cutt\.ly|rb\.gy|shorturl\.at|t\.ly|rebrand\.ly|clck\.ru)/",
    re.IGNORECASE,
)
MARKUP = re.compile(r"<a[\s>]|</a>|href\s*=|\[/?(?:url|link|img|b)[\]=]", re.IGNORECASE)
THROWAWAY = {
    "10minutemail.com", "dispostable.com", "getnada.com", "guerrillamail.com", "maildrop.cc", "mailinator.com",
    "mailnesia.com", "sharklasers.com", "temp-mail.org", "tempmail.com", "throwawaymail.com", "trashmail.com",
    "yopmail.com",
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]{3,}")
FEW_WORDS = 8
HEADERS = re.compile(
    r"^(?:bcc|cc|to|from|subject|reply-to|mime-version|content-type|content-transfer-encoding)\s*:.*[@/=]",
    re.IGNORECASE | re.MULTILINE,
)
FEWEST_LETTERS = 20  # a shorter text says nothing about capitals or script
MOSTLY = 0.7
PARTLY = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What is looked at: the message and the signals that came with it. No network address."""

    name: str
    email: str
    body: str
    age: float = 60.0  # seconds between showing the form and sending it
    decoy_filled: bool = False
    decoy_changed: bool = False
    accept_language: bool = True
    burst: bool = False
    seen_before: bool = False  # the same text arrived less than a day earlier
    words: float | None = None  # how likely its words are spam, 0 to 1; None: the filter has not learned enough


@dataclass(frozen=True, slots=True)
class Verdict:
    """The points, the reasons in the order of WEIGHTS, and the pile they lead to."""

    score: int
    reasons: list[str]

    @property
    def state(self) -> str:
        """new (the inbox), check or quarantine."""
        if self.score < CHECK_FROM:
            return "new"
        return "quarantine" if self.score > QUARANTINE_ABOVE else "check"


def score(arrival: Arrival) -> Verdict:
    """Add up the reasons that hold."""
    letters = [c for c in arrival.body if c.isalpha()]
    words, links = WORD.findall(arrival.body), len(LINK.findall(arrival.body))
    likely = 0.0 if arrival.words is None else arrival.words
    found = {
        "decoy_filled": arrival.decoy_filled,
        "decoy_changed": arrival.decoy_changed,
        "too_fast": arrival.age < FASTEST,
        "no_language": not arrival.accept_language,
        "burst": arrival.burst,
        "many_links": links >= LINKS,
        "link_in_name": bool(LINK_IN_NAME.search(arrival.name)),
        "short_link": bool(SHORT_LINK.search(arrival.body)),
        "markup": bool(MARKUP.search(arrival.body)),
        "seen_before": arrival.seen_before,
        "all_capitals": _share(letters, of=[c for c in letters if c.isupper()]) > MOSTLY,
        "other_script": _share(letters, of=[c for c in letters if not _latin(c)]) > PARTLY,
        "throwaway_address": arrival.email.rpartition("@")[2].lower() in THROWAWAY,
        "mostly_link": 0 < links < LINKS and len(words) - 2 * links < FEW_WORDS,
        "mixed_script": any(map(_mixed, words)),
        "mail_headers": len(HEADERS.findall(arrival.body)) > 1,
        "spam_words": likely >= SPAM_WORDS,
        "doubtful_words": DOUBTFUL_WORDS <= likely < SPAM_WORDS,
    }
    reasons = [reason for reason in WEIGHTS if found[reason]]
    return Verdict(sum(WEIGHTS[reason] for reason in reasons), reasons)


def folded(body: str) -> str:
    """The text as compared with earlier ones: case and white space do not make it another."""
    return " ".join(body.casefold().split())


def _share(letters: list[str], *, of: list[str]) -> float:
    """Which part of the letters, 0 to 1; 0 when there are too few to say."""
    return len(of) / len(letters) if len(letters) >= FEWEST_LETTERS else 0.0


def _latin(letter: str) -> bool:
    """Whether the letter is of the script in which our four languages are written."""
    return letter.isascii() or unicodedata.name(letter, "").startswith(("LATIN", "MODIFIER", "FEMININE", "MASCULINE"))


def _mixed(word: str) -> bool:
    """Whether a word has letters that look like ours and are not: a "paypal" with a Cyrillic a."""
    if word.isascii():
        return False
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK"})
