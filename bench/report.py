"""What a run says: a progress line while it runs, a table at the end, and bench/out/<part>.json.

Two kinds of lines. A `Figure` is one number of `make bench` or `make load`, often beside a reference
that was measured in the same run. A `Line` is one scenario of `make chaos`. Both become the same JSON:
a list of {"name", "value", "unit", "reference", "ratio", "target", "ok"}.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "out"
SELDOM = 5.0  # seconds between two lines of what comes often, where every line stays
_said = [0.0]


@dataclass(frozen=True)
class Figure:
    """One number. `must`: it is about correctness, so a wrong one fails the run; a missed speed is only reported.

    `ratio` is value / reference's value where there is a `reference`, else nothing. `target` is in words.
    A figure without a value was not measured, and `note` says why.
    """

    name: str
    value: float | int | None
    unit: str
    reference: str | None = None
    ratio: float | None = None
    target: str | None = None
    ok: bool = True
    must: bool = False
    note: str = ""

    @property
    def mark(self) -> str:
        """One word for the table."""
        if self.value is None:
            return "skip"
        return "ok" if self.ok else "BAD" if self.must else "slow"

    def for_programs(self) -> dict[str, Any]:
        """As it is written to the file."""
        name = f"{self.name} (not measured: {self.note})" if self.value is None else self.name
        return {
            "name": name, "value": _short(self.value), "unit": self.unit, "reference": self.reference,
            "ratio": _short(self.ratio), "target": self.target, "ok": None if self.value is None else self.ok,
        }  # fmt: skip


def exactly(name: str, value: int, target: int = 0, *, unit: str = "", note: str = "") -> Figure:
    """A number that must be that one: lost, doubled, drift, answers that are no success."""
    return Figure(name, value, unit, target=str(target), ok=value == target, must=True, note=note)


def at_least(name: str, value: float, unit: str, *, target: float, note: str = "") -> Figure:
    """A speed that should be reached."""
    return Figure(name, value, unit, target=f">= {target:g}", ok=value >= target, note=note)


def at_most(name: str, value: float, unit: str, *, target: float, note: str = "") -> Figure:
    """A time or a size that should not be passed."""
    return Figure(name, value, unit, target=f"<= {target:g}", ok=value <= target, note=note)


def times(name: str, value: float, unit: str, *, reference: Figure, least: float | None = None) -> Figure:
    """A speed beside the reference of the same run: how many times as fast."""
    if reference.value is None:
        note = f"no reference: {reference.note}"
        return Figure(name, None, unit, reference=reference.name, target=_least(least), note=note)
    ratio = value / reference.value
    return Figure(
        name, value, unit, reference.name, ratio, _least(least), ok=least is None or ratio >= least
    )  # fmt: skip


def no_more(name: str, value: float, unit: str, *, reference: Figure, most: float) -> Figure:
    """A cost beside that of the reference, which it should not pass by much."""
    assert reference.value is not None
    ratio = value / reference.value
    return Figure(name, value, unit, reference.name, ratio, f"<= {most:g} x", ok=ratio <= most)


def skipped(name: str, unit: str, why: str) -> Figure:
    """A number that could not be measured here. Nothing is claimed about it."""
    return Figure(name, None, unit, note=why)


def _least(ratio: float | None) -> str | None:
    return None if ratio is None else f">= {ratio:g} x"


@dataclass
class Line:
    """One scenario: what was done, and what became of people and mails."""

    scenario: str
    done: str
    lost: int = 0  # accepted from a visitor, or SENT by the ledger, and not there
    doubled: int = 0  # arrived twice without the ledger saying so, or stored twice
    again: int = 0  # arrived twice as its policy says: the same Message-ID and Date
    unknown: int = 0
    unknown_most: int = 0  # a group for every kill and connection, one for every line dropped after the dot
    seconds: float | None = 0.0  # until all was as it should be; None: it was not in time
    wrong: list[str] = field(default_factory=list)  # anything else that is not true

    @property
    def ok(self) -> bool:
        """Whether every correctness figure is right. Time is only reported."""
        late = self.seconds is None
        return not (self.lost or self.doubled or self.wrong or late or self.unknown > self.unknown_most)


def progress(words: str, *, often: bool = False) -> None:
    """Say what happens now, over the same line on a terminal. Elsewhere what comes `often` is said now and then."""
    if often and not sys.stderr.isatty():
        if time.monotonic() - _said[0] < SELDOM:
            return
        _said[0] = time.monotonic()
    end = "" if sys.stderr.isatty() else "\n"
    start = "\r\033[K" if sys.stderr.isatty() else ""
    sys.stderr.write(f"{start}  {words}{end}")
    sys.stderr.flush()


def figures(part: str, found: Sequence[Figure], seconds: float) -> bool:
    """Print the part's figures and write its file. Returns whether nothing that must hold is wrong."""
    progress("")
    width = max(len(each.name) for each in found)
    print(f"\n{part} ({seconds:.0f} s)")
    for each in found:
        value = "" if each.value is None else _grouped(each.value)
        ratio = f"{each.ratio:.2f} x {each.reference}" if each.ratio is not None else ""
        target = f"target {each.target}" if each.target is not None else ""
        tail = "  ".join(filter(None, (ratio, target, each.note)))
        print(f"  {each.mark:4} {each.name:{width}} {value:>12} {each.unit:14} {tail}".rstrip())
    write(part, [each.for_programs() for each in found])
    return all(each.ok for each in found if each.must)


def scenarios(part: str, lines: Sequence[Line], seconds: float) -> bool:
    """Print the scenarios of a chaos part and write bench/out/chaos-<part>.json. Returns whether all are well."""
    progress("")
    print(f"\nchaos {part} ({seconds:.0f} s)")
    print(f"  {'':3} {'scenario':40} {'lost':>5} {'doubled':>8} {'again':>6} {'unknown':>9} {'recovered':>10}  done")
    for line in lines:
        mark = "ok" if line.ok else "BAD"
        unknown = f"{line.unknown}/{line.unknown_most}" if line.unknown_most else str(line.unknown)
        recovered = "not in time" if line.seconds is None else f"{line.seconds:.1f} s"
        print(
            f"  {mark:3} {line.scenario:40} {line.lost:5} {line.doubled:8} {line.again:6} {unknown:>9} {recovered:>10}"
            f"  {line.done}"
        )
        for words in line.wrong:
            print(f"      {words}")
    write(f"chaos-{part}", [figure for line in lines for figure in _of_scenario(line)])
    return all(line.ok for line in lines)


def write(name: str, found: list[dict[str, Any]]) -> None:
    """The figures for programs."""
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    print(f"  -> bench/out/{name}.json")


def _of_scenario(line: Line) -> list[dict[str, Any]]:
    def one(what: str, value: Any, unit: str, target: Any, ok: bool) -> dict[str, Any]:
        return {
            "name": f"{line.scenario}: {what}", "value": value, "unit": unit,
            "reference": None, "ratio": None, "target": target, "ok": ok,
        }  # fmt: skip

    seconds = None if line.seconds is None else round(line.seconds, 1)
    return [
        one("lost", line.lost, "mails or signatures", 0, line.lost == 0),
        one("doubled unseen", line.doubled, "mails or signatures", 0, line.doubled == 0),
        one("sent again by policy", line.again, "mails", None, True),
        one("unknown", line.unknown, "mails", line.unknown_most, line.unknown <= line.unknown_most),
        one("untrue", len(line.wrong), "statements", 0, not line.wrong),
        one("recovered", seconds, "s", None, seconds is not None),
    ]


def _short(value: float | None) -> float | None:
    return round(value, 4 if abs(value) < 10 else 1) if isinstance(value, float) else value


def _grouped(value: float) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}"
