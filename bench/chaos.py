"""`make chaos`: take parts away while it works, and count what that costs.

PART=mail|alerts|intake|contact (default: all), QUICK=1 for smaller numbers and shorter outages. The real
parts run as separate processes (see `stage`); the truth is asked of PostgreSQL and of the mail
server's own record. Exits 1 when something was lost, doubled unseen, or untrue. Time is only reported.
The figures are in bench/out/chaos-<part>.json.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable

from bench import chaos_alerts, chaos_contact, chaos_intake, chaos_mail, report

PARTS: dict[str, Callable[..., list[report.Line]]] = {
    "mail": chaos_mail.run,
    "alerts": chaos_alerts.run,
    "intake": chaos_intake.run,
    "contact": chaos_contact.run,
}


def main() -> int:
    """Run the parts asked for. Returns the exit code."""
    wanted, quick = os.environ.get("PART") or "", bool(os.environ.get("QUICK"))
    if wanted and wanted not in PARTS:
        sys.exit(f"PART is one of {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every process is ended
    seed = int(os.environ.get("SEED") or time.time())
    print(f"chaos, seed {seed} (SEED={seed} kills at the same moments again)")
    good = True
    for part in [wanted] if wanted else list(PARTS):
        began = time.monotonic()
        lines = PARTS[part](quick=quick, dice=random.Random(seed))
        good = report.scenarios(part, lines, time.monotonic() - began) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
