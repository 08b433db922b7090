"""`make bench`: how fast, how steady, and is all of it still true.

PART=mail|alerts|cost|fuzz|contact|widgets (default: all), QUICK=1 for smaller numbers: each part under a minute. Exits
1 when a correctness figure is wrong (lost, doubled, drift, an answer that is none); a missed speed is only
reported. The figures are in bench/out/<part>.json.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping

from bench import alerts, contact, cost, fuzz, mail, report, widgets

Part = Callable[..., list[report.Figure]]
PARTS: dict[str, Part] = {
    "mail": mail.run,
    "alerts": alerts.run,
    "cost": cost.run,
    "fuzz": fuzz.run,
    "contact": contact.run,
    "widgets": widgets.run,
}


def main(parts: Mapping[str, Part] = PARTS, *, title: str = "bench") -> int:
    """Run the parts asked for. Returns the exit code."""
    wanted, quick = os.environ.get("PART") or "", bool(os.environ.get("QUICK"))
    if wanted and wanted not in parts:
        sys.exit(f"PART is one of {', '.join(parts)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every process is ended
    seed = int(os.environ.get("SEED") or time.time())
    print(f"{title}, seed {seed}{', quick' if quick else ''}")
    good = True
    for part in [wanted] if wanted else list(parts):
        began = time.monotonic()
        found = parts[part](quick=quick, dice=random.Random(seed))
        good = report.figures(part, found, time.monotonic() - began) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
