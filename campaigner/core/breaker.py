"""One memory, for this process, of a Redis or Valkey that does not answer.

The limits and the wake-ups ask the same server. Whoever waits for it in vain says so here, and for a
few seconds nobody asks it: a server that hangs then costs one visitor half a second, not every
visitor several times that.
"""

import time

REST = 5.0  # seconds without asking after a failure


class Breaker:
    """Closed to questions for a while after a failure."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def resting(self) -> bool:
        """True while the server should not be asked."""
        return time.monotonic() < self._until

    def trip(self) -> None:
        """It did not answer."""
        self._until = time.monotonic() + REST

    def reset(self) -> None:
        """It answers."""
        self._until = 0.0


breaker = Breaker()
