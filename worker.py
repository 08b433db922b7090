"""One RQ worker process for one queue: `python worker.py urgent|contact|default|bulk`."""

import sys

from campaigner import create_app
from campaigner.core import queue
from campaigner.core.db import db


def main() -> None:
    """Serve one queue inside an app context until SIGTERM. The app is imported before the worker forks."""
    if len(sys.argv) != 2 or sys.argv[1] not in queue.QUEUES:
        sys.exit(f"Usage: worker.py {'|'.join(queue.QUEUES)}")
    app = create_app()
    with app.app_context():
        db.engine.dispose()  # a work-horse is a fork: it must open connections of its own
        queue.work(sys.argv[1])


if __name__ == "__main__":
    main()
