"""Twenty thousand made-up messages for the spam score: 90 % spam of many kinds, and what people write.

Three parts. `teach`: staff click on some of these and the filter learns. `tune`: thresholds may be tried
on these. `held`: nothing was learned from it and nothing tuned on it; a third of all sentences, four
whole kinds of spam and every host of links stand in it alone. The same dice give the same messages.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from bench import corpus_people as people
from bench import corpus_spam as spam
from campaigner.contact.scoring import Arrival

LANGUAGES = ("nl", "fr", "en", "es")
SPAM_SHARE = 0.9
PARTS = {"teach": 0.2, "tune": 0.3, "held": 0.5}
# How a spammer fills in a form: everything at once, in a hurry, or like a person (then only the words tell).
HASTE = (("sloppy", 0.35), ("hasty", 0.25), ("careful", 0.40))
BROKEN = [
    "\x00\x01",
    "\u202egnp.exe",
    "A" * 3_000,
    "=?utf-8?B?aGk=?=",
    "{{7*7}}",
    "' OR 1=1 --",
    "é" * 2_000,
    "<svg onload=1>",
]


@dataclass(frozen=True, slots=True)
class Sample:
    """One message, what it is, and how it was sent."""

    part: str
    spam: bool
    kind: str
    haste: str  # of spam: sloppy, hasty, careful; of people: ""
    arrival: Arrival


def samples(number: int, dice: random.Random) -> Iterator[Sample]:
    """So many messages, the parts one after the other."""
    for part, share in PARTS.items():
        for _ in range(round(number * share)):
            yield _spam(part, dice) if dice.random() < SPAM_SHARE else _person(part, dice)


def _few(lines: list[str], part: str) -> list[str]:
    """The sentences that this part may use: a third of all are for the part that is held back alone."""
    if len(lines) < 2:
        return lines
    return lines[2::3] or lines[-1:] if part == "held" else [x for at, x in enumerate(lines) if at % 3 != 2]


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line]


def _person(part: str, dice: random.Random) -> Sample:
    language = dice.choices(LANGUAGES, (55, 20, 15, 10))[0]
    name, draw = dice.choice(people.NAMES), dice.random()
    said = _few(_lines(people.SAID[language]), part)
    if draw < 0.02:
        kind, body = "other script", dice.choice(people.OTHER_SCRIPT)
    elif draw < 0.07:
        kind, body = "odd", dice.choice(people.ODD[language])
    elif draw < 0.17:  # the long ones: a page or two
        kind, body = "long", " ".join(_filled(dice.choice(said), dice) for _ in range(dice.randint(25, 90)))
    else:
        some = dice.sample(said, dice.randint(1, min(4, len(said))))
        parts = [dice.choice(people.OPENINGS[language]), *(_filled(line, dice) for line in some)]
        kind = "ordinary"
        body = "\n".join([*filter(None, parts), dice.choice(people.CLOSINGS[language]).format(name=name)])
    return Sample(part, False, kind, "", Arrival(
        name=name, email=f"{name.lower()}{dice.randint(1, 9999)}@{_people_at(dice)}", body=body,
        # A form that comes back with a mistake, or the same text again, is sent within a moment.
        age=dice.uniform(0.8, 3) if dice.random() < 0.05 else dice.lognormvariate(4.3, 0.8),
        decoy_filled=dice.random() < 0.01, accept_language=dice.random() > 0.01,
        burst=dice.random() < 0.05, seen_before=dice.random() < 0.02,
    ))  # fmt: skip


def _people_at(dice: random.Random) -> str:
    return dice.choice(["telenet.be", "gmail.com", "hotmail.com", "skynet.be", "bond.example", "krant.example"])


def _spam(part: str, dice: random.Random) -> Sample:
    kinds = [kind for kind in spam.KINDS if part == "held" or kind not in spam.NEVER_SEEN]
    kind = dice.choice([*kinds, *kinds, "russian", "links", "markup", "headers", "gibberish", "look-alike", "hostile"])
    haste = dice.choices([name for name, _ in HASTE], [share for _, share in HASTE])[0]
    signs = {
        "sloppy": {"decoy_filled": dice.random() < 0.9, "decoy_changed": dice.random() < 0.5,
                   "age": dice.uniform(0.1, 4), "accept_language": dice.random() < 0.5},
        "hasty": {"age": dice.uniform(0.3, 6), "accept_language": dice.random() < 0.7, "burst": dice.random() < 0.3},
        "careful": {"age": dice.lognormvariate(3.5, 0.8)},
    }[haste]  # fmt: skip
    arrival = Arrival(
        name=dice.choice(["Robert", "Mike Peterson", "JamesKag", "Eric Jones", "Anna", "Williamfem"]),
        email=f"{dice.choice(['info', 'mike', 'eric', 'sales'])}{dice.randint(1, 9999)}@{_spam_at(dice)}",
        body=_pitch(kind, part, dice), seen_before=dice.random() < 0.25, **signs,
    )  # fmt: skip
    return Sample(part, True, kind, haste, arrival)


def _spam_at(dice: random.Random) -> str:
    return dice.choice(["gmail.com", "outlook.com", "mailinator.com", "yopmail.com", "mail.example", "agency.example"])


def _pitch(kind: str, part: str, dice: random.Random) -> str:
    """The text of a message of this kind."""
    if kind in spam.KINDS:
        texts = spam.KINDS[kind]
        language = dice.choices(list(texts), [4 if code == "en" else 2 for code in texts])[0]
        lines = _few(_lines(texts[language]), part)
        chosen = dice.sample(lines, dice.randint(1, min(4, len(lines))))
        hello = dice.choice(people.OPENINGS[language])  # as people begin: spam is polite
        return "\n".join([*filter(None, [hello]), *(_filled(line, dice, spam_link=True) for line in chosen)])
    host = partial(dice.choice, spam.HOSTS)
    made = {
        "russian": lambda: _filled(dice.choice(spam.RUSSIAN), dice, spam_link=True),
        "links": lambda: " ".join(f"https://{host()}/{dice.randint(1, 10**6)}" for _ in range(dice.randint(1, 9))),
        "markup": lambda: f'<a href="https://{host()}">cheap</a> [url=https://{host()}]offer[/url]',
        "headers": lambda: f"hi\nBcc: a{dice.randint(1, 99)}@mail.example\nContent-Type: text/html; charset=x\n\nbuy",
        "gibberish": lambda: "".join(dice.choices("abcdefghijklmnopqrstuvwxyz ", k=dice.randint(20, 200))),
        "look-alike": lambda: f"Your p\u0430yp\u0430l \u0430ccount w\u0430s limited, log in: https://{host()}",
        "hostile": lambda: dice.choice(BROKEN) + " https://" + host(),
    }  # fmt: skip
    return made[kind]()


def _filled(line: str, dice: random.Random, *, spam_link: bool = False) -> str:
    link = f"https://fos.example/confirm/{dice.randint(1, 10**9):x}"
    if spam_link:
        short = dice.choice(spam.SHORT).format(n=dice.randint(1, 99999))
        link = short if dice.random() < 0.3 else f"https://{dice.choice(spam.HOSTS)}/{dice.randint(1, 10**6)}"
        line = re.sub(
            r"\d+", lambda found: str(dice.randint(1, 9) * 10 ** (len(found[0]) - 1)), line.replace("{link}", "\0")
        )
        return line.replace("\0", link)
    return line.format(
        place=dice.choice(people.PLACES), day=dice.choice(people.DAYS), number=dice.randint(3, 900), link=link,
        phone=f"04{dice.randint(70, 99)} {dice.randint(100000, 999999)}",
    )  # fmt: skip
