"""A worker whose leases end soon: `python -m bench.worker_short_lease QUEUE SECONDS`, for the quick chaos run only.

Everything else is the product's own worker. The product has no such setting: two minutes are right
for mail servers that think long, and nobody should have to choose.
"""

import sys
from datetime import timedelta

import worker
from campaigner.outbox import runs

if __name__ == "__main__":
    runs.LEASE = timedelta(seconds=float(sys.argv.pop()))
    worker.main()
