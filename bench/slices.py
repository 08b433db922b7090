"""The engine without the queue before it: `python -m bench.slices`, which reads ids of mailings and drains each.

For every line on standard input it runs slices until that mailing is no longer sending, as RQ would
have it do, and answers with a line of JSON: when it began and ended (the machine's monotonic clock),
the CPU seconds of this process, and its memory in bytes before and after. RQ itself costs one wake-up
for each slice of twenty seconds, and is left out because it would blur a short run.
"""

import gc
import json
import os
import sys
import time

from campaigner import create_app
from campaigner.core.db import db, transaction
from campaigner.outbox import engine
from campaigner.outbox.models import Mailing

REST = 0.005  # seconds until we look again when others hold what is left
PAGE = os.sysconf("SC_PAGE_SIZE")


def _sending(mailing_id: int) -> bool:
    with transaction():
        return db.session.get_one(Mailing, mailing_id, populate_existing=True).state == "sending"


def _memory() -> int:
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE


def drain(mailing_id: int) -> dict[str, float]:
    """Send until nothing is left of it, and say what that cost."""
    while not _sending(mailing_id):
        time.sleep(0.001)
    before, cpu, began = _memory(), time.process_time(), time.monotonic()
    ended, slices = began, 0
    while _sending(mailing_id):
        more = engine.drain(mailing_id)
        slices += 1
        ended = time.monotonic()
        if not more:
            time.sleep(REST)
    spent = time.process_time() - cpu
    return {
        "began": began, "ended": ended, "cpu": spent, "before": before, "after": _memory(), "slices": slices,
    }  # fmt: skip


def main() -> None:
    """Answer each line."""
    app = create_app()
    with app.app_context():
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(drain(int(line))), flush=True)


if __name__ == "__main__":
    main()
