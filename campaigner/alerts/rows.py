"""A rule as lines of a form, and back: one line a condition, joined by "and", "or" and "but not".

    people who acted on A   and   speak Dutch   or   speak French   but not   had a mail in the last 3 days

"or" belongs to the line above it; "and" and "but not" begin anew. So the lines above are: A and (Dutch or
French) and not mailed. A rule with more brackets than that (made by a program) has no lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from campaigner.alerts import rule as rules
from campaigner.core.errors import DomainError
from campaigner.core.i18n import lazy_gettext as _l

JOINS = ("and", "or", "not")
# The kinds a line can be, in the order of the menu, and which fields such a line shows.
SHOWS: dict[str, tuple[str, ...]] = {
    "acted": ("value", "since", "until"), "language": ("value",), "province": ("value",), "local": ("value",),
    "came": ("value",), "active": ("n", "value"), "first_act": ("since", "until"), "said_yes": ("value",),
    "yes_before": ("n",), "yes_within": ("n",), "tag": ("value",), "mailed": ("n",),
}  # fmt: skip
NUMBERS = {"active": 2, "yes_before": 365, "yes_within": 30, "mailed": 3}  # what a new line says
EVER = "ever"
PERIODS = (EVER, "30", "90", "365")


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was filled in."""

    join: str = "and"
    kind: str = "acted"
    value: str = ""
    n: str = ""
    since: str = ""
    until: str = ""

    @property
    def shows(self) -> tuple[str, ...]:
        """The fields of a line of its kind."""
        return SHOWS[self.kind]


class BadRow(DomainError):
    """A line that says nothing. `at` is which one, from 0."""

    def __init__(self, at: int) -> None:
        super().__init__(_l("Condition %(n)s is not complete.", n=at + 1))
        self.at = at


def typed(form: Mapping[str, str]) -> list[Row]:
    """The lines of a form: fields `kind-0`, `value-0`, ... up to the first number that has no kind."""
    found = []
    for at in range(rules.MOST):
        if f"kind-{at}" not in form:
            break
        row = Row(**{name: form.get(f"{name}-{at}", "")[:80].strip() for name in Row.__slots__})
        join, kind = row.join if row.join in JOINS else "and", row.kind if row.kind in SHOWS else "acted"
        found.append(replace(row, join=join, kind=kind, n=row.n or str(NUMBERS.get(kind, ""))))
    return found


def to_rule(lines: list[Row]) -> rules.Node:
    """What the lines say. Raises BadRow."""
    groups: list[tuple[bool, list[rules.Node]]] = []
    for at, row in enumerate(lines):
        condition = _condition(row, at)
        if row.join == "or" and groups:
            groups[-1][1].append(condition)
        else:
            groups.append((row.join == "not", [condition]))
    parts: list[rules.Node] = []
    for denied, group in groups:
        one = group[0] if len(group) == 1 else rules.Any_(tuple(group))
        parts.append(rules.Not(one) if denied else one)
    return rules.All(tuple(parts))


def is_complete(row: Row) -> bool:
    """Whether the line says something, apart from whether it is there."""
    try:
        _condition(row, 0)
    except BadRow:
        return False
    return True


def _condition(row: Row, at: int) -> rules.Condition:
    try:
        found = rules.read({_name(row): _fields(row)})
    except (rules.BadRule, ValueError) as error:
        raise BadRow(at) from error
    assert not isinstance(found, rules.All | rules.Any_ | rules.Not)
    return found


def _name(row: Row) -> str:
    return "yes_age" if row.kind.startswith("yes_") else row.kind


def _fields(row: Row) -> dict[str, object]:
    """The value of a condition, as `rules.read` takes it."""
    days = {name: value for name, value in (("since", row.since), ("until", row.until)) if value}
    match row.kind:
        case "acted":
            where, _, number = row.value.partition(":")
            which = {"c": "campaign", "a": "ask"}.get(where)
            return {**({which: int(number)} if which else {}), **days}
        case "first_act":
            return dict(days)
        case "language":
            return {"code": row.value}
        case "province":
            return {"province": row.value}
        case "local" | "said_yes":
            return {"organisation": int(row.value)}
        case "came":
            where, _, number = row.value.partition(":")
            return {"placement": int(number)} if where == "p" else {"channel": row.value}
        case "active":
            return {"acts": int(row.n), **({"days": int(row.value)} if row.value not in ("", EVER) else {})}
        case "tag":
            return {"tag": row.value}
    return {{"yes_before": "more_than_days", "yes_within": "at_most_days"}.get(row.kind, "days"): int(row.n)}


def of_rule(rule: rules.Node) -> list[Row] | None:
    """The lines of a rule; None when it has more brackets than lines can show."""
    parts = rule.parts if isinstance(rule, rules.All) else (rule,)
    found: list[Row] = []
    for part in parts:
        denied, inner = ("not", part.part) if isinstance(part, rules.Not) else ("and", part)
        group = inner.parts if isinstance(inner, rules.Any_) else (inner,)
        for at, each in enumerate(group):
            if isinstance(each, rules.All | rules.Any_ | rules.Not):
                return None
            found.append(replace(_row(each), join="or" if at else denied))
    return found


def _row(condition: rules.Condition) -> Row:
    match condition:
        case rules.Acted(campaign, ask, since, until):
            value = f"c:{campaign}" if campaign else f"a:{ask}" if ask else "any"
            return Row(kind="acted", value=value, since=_day(since), until=_day(until))
        case rules.FirstAct(since, until):
            return Row(kind="first_act", since=_day(since), until=_day(until))
        case rules.Speaks(code):
            return Row(kind="language", value=code)
        case rules.Lives(province):
            return Row(kind="province", value=province)
        case rules.OfLocal(organisation):
            return Row(kind="local", value=str(organisation))
        case rules.SaidYes(organisation):
            return Row(kind="said_yes", value=str(organisation))
        case rules.YesAge(None, most):
            return Row(kind="yes_within", n=str(most))
        case rules.YesAge(more, _):
            return Row(kind="yes_before", n=str(more))
        case rules.Came(channel, placement):
            return Row(kind="came", value=channel or f"p:{placement}")
        case rules.Active(acts, days):
            return Row(kind="active", n=str(acts), value=str(days or EVER))
        case rules.Tagged(tag):
            return Row(kind="tag", value=tag)
        case rules.Mailed(days):
            return Row(kind="mailed", n=str(days))
    raise AssertionError(condition)  # pragma: no cover - every kind stands above


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
