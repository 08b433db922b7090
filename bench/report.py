"""What a chaos run says: a progress line while it runs, a table at the end, and bench/out/<part>.json."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "out"


@dataclass
class Line:
    """One scenario: what was done, and what became of people and mails."""

    scenario: str
    done: str
    lost: int = 0  # accepted from a visitor, or SENT by the ledger, and not there
    doubled: int = 0  # arrived twice without the ledger saying so, or stored twice
    again: int = 0  # arrived twice as its policy says: the same Message-ID and Date
    unknown: int = 0
    unknown_most: int = 0  # a group for every kill, one for every line dropped after the dot
    seconds: float | None = 0.0  # until all was as it should be; None: it was not in time
    wrong: list[str] = field(default_factory=list)  # anything else that is not true

    @property
    def ok(self) -> bool:
        """Whether every correctness figure is right. Time is only reported."""
        late = self.seconds is None
        return not (self.lost or self.doubled or self.wrong or late or self.unknown > self.unknown_most)


def progress(words: str) -> None:
    """Say what happens now, over the same line on a terminal."""
    end = "" if sys.stderr.isatty() else "\n"
    start = "\r\033[K" if sys.stderr.isatty() else ""
    sys.stderr.write(f"{start}  {words}{end}")
    sys.stderr.flush()


def table(part: str, lines: list[Line], seconds: float) -> None:
    """The part's lines."""
    progress("")
    print(f"\n{part} ({seconds:.0f} s)")
    print(f"  {'':3} {'scenario':40} {'lost':>5} {'doubled':>8} {'again':>6} {'unknown':>8} {'recovered':>10}  done")
    for line in lines:
        mark = "ok" if line.ok else "BAD"
        unknown = f"{line.unknown}/{line.unknown_most}" if line.unknown_most else str(line.unknown)
        recovered = "not in time" if line.seconds is None else f"{line.seconds:.1f} s"
        print(
            f"  {mark:3} {line.scenario:40} {line.lost:5} {line.doubled:8} {line.again:6} {unknown:>8} {recovered:>10}"
            f"  {line.done}"
        )
        for words in line.wrong:
            print(f"      {words}")


def write(part: str, lines: list[Line]) -> None:
    """The figures for programs."""
    figures = [figure for line in lines for figure in _figures(line)]
    OUT.mkdir(exist_ok=True)
    (OUT / f"{part}.json").write_text(json.dumps(figures, indent=1) + "\n")


def _figures(line: Line) -> list[dict[str, Any]]:
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
