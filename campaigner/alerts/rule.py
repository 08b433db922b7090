"""Who gets an alert, as a rule that people can read: conditions joined by "all", "any" and "not".

    {"all": [{"acted": {"campaign": 3}}, {"language": {"code": "nl"}},
             {"not": {"mailed": {"days": 3}}}]}

A rule is data. It is read into the classes below, which know every kind of condition there is and what
it may hold; whatever is not one of them is refused, and `terms` makes the question to the database from
them. Whether somebody may be written to is no condition: that they said yes to the sender is asked of
everybody, always, and no rule can take it away.
"""

import re
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from campaigner.config import LANGUAGES
from campaigner.core import places
from campaigner.core.errors import DomainError
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.supporters.models import CHANNELS

MOST = 40  # conditions
DEEPEST = 5
DAYS_MAX = 3650
LARGEST = 2**63 - 1
TAG = re.compile(r"[^\x00-\x1f\x7f]{1,60}")
PROVINCES = frozenset(code for code, _name in places.provinces("nl"))


class BadRule(DomainError):
    """No rule: a condition that does not exist, or a value that it cannot have."""

    def __init__(self) -> None:
        super().__init__(_l("This is no audience. Choose the conditions again."))


@dataclass(frozen=True, slots=True)
class Acted:
    """Has a confirmed act: on a campaign, on one ask of it, or on any; within days of Brussels, both included."""

    campaign: int | None = None
    ask: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Speaks:
    """Whose pages and mails are in that language."""

    code: str


@dataclass(frozen=True, slots=True)
class OfLocal:
    """Acted through a place of that local, or said yes to its mails."""

    organisation: int


@dataclass(frozen=True, slots=True)
class Lives:
    """Gave a postcode of that Belgian province, or of Brussels (NIS codes, core.places)."""

    province: str


@dataclass(frozen=True, slots=True)
class SaidYes:
    """Said yes to mails from that organisation, besides the sender."""

    organisation: int


@dataclass(frozen=True, slots=True)
class YesAge:
    """Said yes to the sender more than so many days ago, or at most so many."""

    more_than_days: int | None = None
    at_most_days: int | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """Has an act that came through that channel, or through that place."""

    channel: str | None = None
    placement: int | None = None


@dataclass(frozen=True, slots=True)
class Active:
    """Did so many acts, ever or in the last so many days."""

    acts: int
    days: int | None = None


@dataclass(frozen=True, slots=True)
class FirstAct:
    """Whose first act was confirmed within these days of Brussels, both included."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    """Carries that tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class Mailed:
    """Had an alert in the last so many days, whoever sent it."""

    days: int


Condition = Acted | Speaks | OfLocal | Lives | SaidYes | YesAge | Came | Active | FirstAct | Tagged | Mailed
KINDS: dict[str, type[Condition]] = {
    "acted": Acted, "language": Speaks, "local": OfLocal, "province": Lives, "said_yes": SaidYes, "yes_age": YesAge,
    "came": Came, "active": Active, "first_act": FirstAct, "tag": Tagged, "mailed": Mailed,
}  # fmt: skip
NAMES = {kind: name for name, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class All:
    """Everybody for whom all parts hold. No part: everybody."""

    parts: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Any_:
    """Everybody for whom at least one part holds."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody for whom the part does not hold."""

    part: "Node"


Node = All | Any_ | Not | Condition


def read(raw: Any) -> Node:
    """The rule in that JSON. Raises BadRule."""
    found = _read(raw, DEEPEST)
    if sum(1 for _each in conditions(found)) > MOST:
        raise BadRule
    return found


def write(node: Node) -> dict[str, Any]:
    """The rule as JSON: what `read` reads."""
    match node:
        case All(parts):
            return {"all": [write(part) for part in parts]}
        case Any_(parts):
            return {"any": [write(part) for part in parts]}
        case Not(part):
            return {"not": write(part)}
    held = {name: value for name, value in asdict(node).items() if value is not None}
    return {NAMES[type(node)]: {k: v.isoformat() if isinstance(v, date) else v for k, v in held.items()}}


def conditions(node: Node) -> list[Condition]:
    """Every condition in a rule, from left to right."""
    match node:
        case All(parts) | Any_(parts):
            return [each for part in parts for each in conditions(part)]
        case Not(part):
            return conditions(part)
    return [node]


def default(*, campaign: int, language: str | None = None) -> All:
    """The rule that a new alert begins with: acted on the campaign, and speaks the language if one is named."""
    acted: tuple[Node, ...] = (Acted(campaign=campaign),)
    return All((*acted, Speaks(language)) if language else acted)


def _read(raw: Any, depth: int) -> Node:
    if not isinstance(raw, dict) or len(raw) != 1 or not depth:
        raise BadRule
    name, value = next(iter(raw.items()))
    if name in ("all", "any"):
        if not isinstance(value, list) or len(value) > MOST or (name == "any" and not value):
            raise BadRule
        parts = tuple(_read(each, depth - 1) for each in value)
        return All(parts) if name == "all" else Any_(parts)
    if name == "not":
        return Not(_read(value, depth - 1))
    kind = KINDS.get(name)
    if kind is None or not isinstance(value, dict) or value.keys() - {field.name for field in fields(kind)}:
        raise BadRule
    try:
        found = kind(**{key: CHECKS[key](each) for key, each in value.items()})
    except (TypeError, ValueError) as error:
        raise BadRule from error
    if not _is_whole(found):
        raise BadRule
    return found


def _is_whole(condition: Condition) -> bool:
    """What the fields cannot say one by one."""
    match condition:
        case Acted(campaign, ask, since, until):
            return (campaign is None or ask is None) and _in_order(since, until)
        case FirstAct(since, until):
            return bool(since or until) and _in_order(since, until)
        case YesAge(more, most):
            return (more is None) != (most is None)
        case Came(channel, placement):
            return (channel is None) != (placement is None)
    return True


def _in_order(since: date | None, until: date | None) -> bool:
    return since is None or until is None or since <= until


def _id(value: Any) -> int:
    return _between(value, LARGEST)


def _days(value: Any) -> int:
    return _between(value, DAYS_MAX)


def _between(value: Any, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError
    return value


def _day(value: Any) -> date:
    if not isinstance(value, str) or len(value) != len("2026-01-31"):
        raise ValueError
    return date.fromisoformat(value)


def _one_of(*known: str) -> Any:
    def check(value: Any) -> str:
        if value not in known or not isinstance(value, str):
            raise ValueError
        return value

    return check


def _tag(value: Any) -> str:
    if not isinstance(value, str) or not TAG.fullmatch(value):
        raise ValueError
    return value


CHECKS: dict[str, Any] = {
    "campaign": _id, "ask": _id, "organisation": _id, "placement": _id, "since": _day, "until": _day,
    "code": _one_of(*LANGUAGES), "province": _one_of(*PROVINCES), "channel": _one_of(*CHANNELS), "tag": _tag,
    "days": _days, "more_than_days": _days, "at_most_days": _days, "acts": lambda value: _between(value, 1000),
}  # fmt: skip
