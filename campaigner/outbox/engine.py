"""The engine: claims deliveries, offers them to a mail server, and writes down what became of each.

A job drains a mailing for a slice of time, over several connections at once; any number of jobs, on
any number of machines, may drain the same one. Each connection has its own rows, its own relay and its
own transactions, and no transaction is open while the network is used.
"""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import structlog
from cryptography.exceptions import InvalidTag
from flask import Flask, current_app

from campaigner.config import Settings
from campaigner.core.db import db, transaction
from campaigner.outbox import claims, message, outcomes, pace, relays, runs, service
from campaigner.outbox.answers import Outcome
from campaigner.outbox.claims import Held
from campaigner.outbox.models import Mailing
from campaigner.outbox.runs import Run, Stop
from campaigner.outbox.smtp import Letter, Line, RelayAway
from campaigner.spelling import Cap

GROUP = 50
GROUP_SECONDS = 30.0  # no message of a group begins later, so that the last one still ends within the lease
WAIT = 0.25  # seconds between two looks for a token
PATIENCE = 2.0  # seconds without a token after which other mailings have their turn
UNWRITABLE = (
    InvalidTag,
    ValueError,
    LookupError,
    TypeError,
)  # also UnicodeError and KeyError: a language without content, ...
log = structlog.get_logger()


def drain(mailing_id: int) -> bool:
    """Send for one slice of time. Returns True when there may be more to send at once."""
    turn = _turn(mailing_id, Stop())
    if turn is None:
        return False
    with _stopping_kindly(turn.run.stop):
        more = turn.work(helpers=_settings().mail_connections - 1 if turn.run.queue == "bulk" else 0)
    if more:
        return not turn.run.stop.told
    with transaction():
        service.finish(mailing_id)
    return False


@contextmanager
def _stopping_kindly(stop: Stop) -> Iterator[None]:
    """SIGTERM lets the groups in hand finish, and then ends the turns; a container stop is the commonest crash."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def told(number: int, frame: FrameType | None) -> None:
        stop.tell()

    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _turn(mailing_id: int, stop: Stop) -> "Turn | None":
    with transaction():
        mailing = db.session.get(Mailing, mailing_id, populate_existing=True)
        if mailing is None or mailing.state != "sending":
            return None
        run = Run(
            mailing_id, mailing.epoch, runs.CLAIM[mailing.queue], mailing.queue, mailing.organisation_id or 0, stop=stop
        )
        return Turn(run, message.Writer(mailing, _settings()))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["campaigner"]
    return settings


class Turn:
    """One connection at work on one mailing, until nothing is due, its time is over or somebody said stop."""

    def __init__(self, run: Run, writer: message.Writer) -> None:
        self.run = run
        self._writer = writer
        self._settings = _settings()
        self._line: Line | None = None
        self._cap: Cap | None = None
        self._idle = 0.0  # seconds waited for a token, in a row

    def work(self, *, helpers: int = 0) -> bool:
        """Send. Returns True when there may be more to send at once.

        A claim of two groups or more calls in the helpers: as many connections more, each with a turn of its own.
        """
        others: list[threading.Thread] = []
        more = True
        try:
            while more and not self.run.over and self._idle < PATIENCE:
                claimed = self._claim()
                if claimed and helpers and not others and len(claimed) >= 2 * GROUP:
                    others = _called_in(self.run, helpers)
                more = self._handled(claimed)
        finally:
            self._hang_up()
            for other in others:
                other.join()
        return more and not self.run.stopped

    def _handled(self, claimed: list[str] | None) -> bool:
        """Send what was claimed. None claimed: wait for a token. Returns False when nothing is due."""
        if claimed is None:
            self.run.stop.wait(WAIT)
            self._idle += WAIT
            return True
        self._idle = 0.0
        if claimed:
            self._send_all(claimed)
        return bool(claimed)

    def _claim(self) -> list[str] | None:
        """Rows for a relay that serves. [] also when none does: the reconciler asks again."""
        with transaction():
            serving = pace.open_relays(relays.all_of(self._settings))
            self._cap = claims.effective(self.run, self._settings.mail_cap)
        if self._line is not None and self._line.relay not in serving:
            self._hang_up()
        if self._line is None:
            relay = relays.one_of(serving)
            if relay is None:
                self.run.stopped = True
                return []
            self._line = Line(relay)
        return claims.claim(self.run, self._line.relay)

    def _send_all(self, claimed: list[str]) -> None:
        try:
            for start in range(0, len(claimed), GROUP):
                if self.run.over or not self._send_group(claimed[start : start + GROUP]):
                    break
        finally:
            claims.give_back(self.run)

    def _send_group(self, recipients: list[str]) -> bool:
        """One group: reach the server, write down the intent, offer each, write down the outcomes.

        Returns False when no further group of this claim may begin.
        """
        assert self._line is not None
        fresh = self._reached()
        if fresh is None:
            return False
        with transaction():
            group = claims.intend(self.run, recipients, self._cap)
        if group is None:
            self.run.stopped = True
            return False
        results, away = self._offered(group)
        outcomes.settle_surely(self.run, group, results)
        if away:
            self._leave(away)
        elif group and all(each.state == "ready" for each in results.values()):
            self.run.stopped = True  # nothing was taken in: no sense in trying on at once
        elif fresh:
            with transaction():
                pace.reached(pace.relay_key(self._line.relay))
        return not self.run.stopped and not away

    def _reached(self) -> bool | None:
        """Have a conversation with the relay; True when it had to be opened now, None when it cannot be."""
        assert self._line is not None
        try:
            fresh = self._line.open()
        except RelayAway as error:
            self._leave(str(error))
            return None
        if fresh:
            self.run.stop.opened(self._line.relay.name, 1)
        return fresh

    def _offered(self, group: Sequence[Held]) -> tuple[dict[str, Outcome], str]:
        """What became of each, and the server's words if it serves nobody now."""
        assert self._line is not None
        found = self._written(group)
        letters = [each for each in found.values() if isinstance(each, Letter)]
        results = {key: each for key, each in found.items() if isinstance(each, Outcome)}
        standing = self._line.standing
        results |= self._line.offer(letters, until=time.monotonic() + GROUP_SECONDS)
        if standing and not self._line.standing:
            self.run.stop.opened(self._line.relay.name, -1)
        for held in group:
            results.setdefault(held.recipient, Outcome("ready", ""))  # not begun: its turn comes again at once
        return results, self._line.away

    def _written(self, group: Sequence[Held]) -> dict[str, Letter | Outcome]:
        """Each with its text. One that cannot be written fails alone, and never holds up the others."""
        assert self._line is not None
        eight_bit = self._line.eight_bit
        found: dict[str, Letter | Outcome] = {}
        for held in group:
            try:
                found[held.recipient] = self._writer.letter(held.opened(), eight_bit=eight_bit)
            except UNWRITABLE as error:
                reason = type(error).__name__
                found[held.recipient] = Outcome("failed", f"the message could not be written: {reason}")
                log.error("message could not be written", mailing=self.run.mailing_id, reason=reason)
        return found

    def _leave(self, words: str) -> None:
        """The server takes no more on this line.

        One that has carried mail is only opened anew: many servers end a line after so many messages. One
        that was refused while others of this process stand is one too many. Otherwise the server serves
        nobody: it rests for everybody, and this turn looks for another one.
        """
        assert self._line is not None
        relay, carried = self._line.relay, self._line.taken
        self._hang_up()
        if carried:
            return
        if self.run.stop.standing(relay.name):
            self.run.stopped = True
            return
        log.warning("mail server away", relay=relay.name, reason=words)
        with transaction():
            length = pace.rest(pace.relay_key(relay), words)
            if length is not None and self.run.queue == "bulk":
                service.note(
                    self.run.mailing_id, "relay rests", f"{relay.name}, {round(length.total_seconds())} s: {words}"
                )

    def _hang_up(self) -> None:
        if self._line is not None:
            if self._line.standing:
                self.run.stop.opened(self._line.relay.name, -1)
            self._line.close()
            self._line = None


def _called_in(run: Run, number: int) -> list[threading.Thread]:
    """More connections for the same mailing, ended by the same stop."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def help_out() -> None:
        with app.app_context():
            try:
                turn = _turn(run.mailing_id, run.stop)
                if turn is not None:
                    turn.work()
            finally:
                db.session.remove()

    threads = [threading.Thread(target=help_out, name=f"line-{at}") for at in range(number)]
    for thread in threads:
        thread.start()
    return threads
