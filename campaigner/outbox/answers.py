"""What an answer of a mail server means for one message, and what of its words we keep."""

import re
from datetime import timedelta
from typing import NamedTuple

from campaigner.core.text import one_line
from campaigner.outbox.wire import Garbled, Reply

LONGEST_WAIT = timedelta(hours=4)  # of "try again in ..." we believe at most this much
_ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_LATER = re.compile(r"(?:again|retry|wait)\D{0,24}(\d{1,5})\s*(s|m|h)?", re.IGNORECASE)
_LATER_CLOCK = re.compile(r"(?:again|retry|wait)\D{0,24}(\d{1,2}):(\d{2})(?!\d)", re.IGNORECASE)
_ADDRESS = re.compile(r"\S*@\S*")


class Outcome(NamedTuple):
    """What became of one message.

    `state`: "sent", "deferred" (4xx), "failed" (5xx at RCPT), "refused" (5xx at MAIL: about us),
    "rejected" (5xx at DATA: about the text), "ready" (nothing was handed over), "unknown" (lost after the dot).
    """

    state: str
    reply: str

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463) in the server's words, "" when there is none."""
        found = _ENHANCED.search(self.reply[:24])
        return found[0] if found else ""

    @property
    def slowed(self) -> bool:
        """Whether the server says that we are too fast for it: 4.7.x, or 421 for this message; greylisting is not."""
        too_fast = self.status.startswith("4.7.") or self.reply.startswith("421")
        return self.state == "deferred" and too_fast and "greylist" not in self.reply.lower()

    @property
    def wait(self) -> timedelta:
        """How long the server asks us to wait ("try again in 300 seconds"); zero when it does not say."""
        if self.state != "deferred":
            return timedelta()
        clock = _LATER_CLOCK.search(self.reply)
        if clock:
            return min(timedelta(minutes=int(clock[1]), seconds=int(clock[2])), LONGEST_WAIT)
        found = _LATER.search(self.reply)
        if not found:
            return timedelta()
        unit = {"m": 60, "h": 3600}.get((found[2] or "s").lower(), 1)
        return min(timedelta(seconds=int(found[1]) * unit), LONGEST_WAIT)


def turned_down(mail: Reply, rcpt: Reply | None, data: Reply | None) -> Outcome:
    """The first answer that does not let the conversation go on (RFC 5321, 4.3.2), classed by its stage."""
    for stage, answer in (("refused", mail), ("failed", rcpt), ("rejected", data)):
        if answer is not None and not answer.good:
            return classed(stage, answer)
    raise Garbled("an answer that does not fit")


def classed(stage: str, answer: Reply) -> Outcome:
    """A no at one stage. At RCPT some are about us: it does not know the command, or wants us to log in first."""
    outcome = Outcome(stage if answer.code >= 500 else "deferred", kept(answer))
    about_us = answer.code in (500, 502, 503, 504, 530) or outcome.status.startswith("5.5.")
    return outcome._replace(state="refused") if outcome.state == "failed" and about_us else outcome


def kept(reply: Reply) -> str:
    """The code and the words, fit for the database."""
    return f"{reply.code} {fit_to_keep(reply.words)}"[:300]


def fit_to_keep(words: str) -> str:
    """One line, for the database. Servers repeat the recipient in it; we keep no address in clear, and log none."""
    words = words if words.isprintable() else one_line(words)
    return _ADDRESS.sub("…", words) if "@" in words else words


def nameless(outcome: Outcome, recipient: str) -> Outcome:
    """Some repeat only what stands before the @."""
    name = recipient.partition("@")[0]
    if len(name) < 3 or name.lower() not in outcome.reply.lower():
        return outcome
    return outcome._replace(reply=re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", outcome.reply, flags=re.IGNORECASE))


def words_of(error: BaseException) -> str:
    """What went wrong on the line, fit for the database."""
    return fit_to_keep(f"{type(error).__name__}: {error}")[:300]
