"""One SMTP conversation, told apart by stage: what happened to each message, and whether the line still stands.

Opened, secured and logged in by smtplib with the relay's settings, which are Flask-Mail's own for the
first one. Then this takes over the socket, so that a message costs one round trip: its text, the final
dot and the next message's MAIL, RCPT and DATA in one write where PIPELINING is offered (RFC 2920), or
MAIL, RCPT and the whole text with BDAT where CHUNKING is (RFC 3030); command by command elsewhere.
Permanent and temporary answers are RFC 5321's 5yz and 4yz. A line that breaks before the whole text
was handed over is safe to try again; one that breaks after it is not: nobody can know whether the
message was taken. So never more than one message is between its text and its answer.
"""

import smtplib
import socket
import ssl
import time
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

from campaigner.outbox.answers import Outcome, classed, kept, nameless, turned_down, words_of
from campaigner.outbox.wire import Broken, Reply, Wire
from campaigner.spelling import Relay

TIMEOUT = 20.0  # seconds to connect, and for each answer while the line is opened
MESSAGE_SECONDS = 60.0  # for one message from its MAIL to its last answer


class Letter(NamedTuple):
    """One message to offer. `key` names it; `text` has CRLF line ends and ends with one, its dots are as they are."""

    key: str
    sender: str
    recipient: str
    text: bytes


class RelayAway(Exception):
    """The mail server cannot be reached, or it says that it serves nobody now (421)."""


class Line:
    """A connection to one mail server, opened when first needed and again after it broke."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._smtp: smtplib.SMTP | None = None
        self._wire: Wire | None = None
        self._ahead = False  # the commands of the next message are written already
        self.away = ""  # the server's words when it said that it serves nobody now
        self.taken = 0  # messages that this conversation has carried

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye if there is anyone to say it to."""
        if self._smtp is not None and self._wire is not None:
            try:
                self._wire.until = time.monotonic() + TIMEOUT
                self._wire.write(b"QUIT\r\n")
                self._wire.reply()
            except OSError:
                pass
        self._drop()

    def open(self) -> bool:
        """Have a conversation open; True when it had to be opened now. Raises RelayAway."""
        if self._wire is not None:
            return False
        try:
            self._smtp = _opened(self.relay)
        except (smtplib.SMTPException, OSError) as error:
            raise RelayAway(words_of(error)) from error
        assert self._smtp.sock is not None
        self._wire = Wire(self._smtp.sock)
        self._ahead, self.taken = False, 0
        return True

    @property
    def standing(self) -> bool:
        """Whether a conversation is open."""
        return self._wire is not None

    @property
    def eight_bit(self) -> bool:
        """Whether the server takes bodies of eight bits (RFC 6152). Asked of an open line."""
        return self._offers("8bitmime")

    def _offers(self, feature: str) -> bool:
        return self._smtp is not None and self._smtp.has_extn(feature)

    def offer(self, letters: Sequence[Letter], *, until: float) -> dict[str, Outcome]:
        """Offer each in turn, none that would begin after the moment `until`; what became of each, by key.

        Never raises for a line that breaks: what was not handed over is "ready", and after a break or
        a 421 (then `away` holds its words) nothing more is begun. A key that is missing was not begun.
        """
        outcomes: dict[str, Outcome] = {}
        self.away = ""
        for number, letter in enumerate(letters):
            if self._wire is None:
                break
            if time.monotonic() > until:
                if self._ahead:  # its commands are said; to say no more of it the line must go
                    self._drop()
                break
            following = letters[number + 1] if number + 1 < len(letters) and time.monotonic() < until else None
            outcome = self._one(letter, following)
            self.taken += outcome.state == "sent"
            outcomes[letter.key] = outcome if outcome.state == "sent" else nameless(outcome, letter.recipient)
        return outcomes

    def _one(self, letter: Letter, following: Letter | None) -> Outcome:
        assert self._wire is not None
        self._wire.until = time.monotonic() + MESSAGE_SECONDS
        try:
            if self._offers("chunking") and self._offers("pipelining"):
                return self._in_one_chunk(letter)
            return self._with_dot(letter, following)
        except Closing as closing:
            self.away = closing.reply
            self._drop()
            return closing.outcome
        except OSError as error:
            self._drop()
            return Outcome("ready", words_of(error))

    def _with_dot(self, letter: Letter, following: Letter | None) -> Outcome:
        """MAIL, RCPT, DATA and the text with its final dot; and with the text, the commands of the next."""
        turn = following if self._offers("pipelining") else None
        mail, rcpt, data = self._envelope(letter)
        self._ahead = turn is not None
        ahead = _commands(turn, self._body(turn)) if turn else b""
        if data is None or data.code != 354:
            end = b"RSET\r\n" if mail.good else b""
            return self._ended(turned_down(mail, rcpt, data), end, ahead)
        if rcpt is None or not (mail.good and rcpt.good):
            # It goes on although it refused: an empty text, to nobody (RFC 2920, 3.1).
            return self._ended(turned_down(mail, rcpt, None), b".\r\n", ahead)
        return self._handed_over(_dotted(letter.text), ahead)

    def _ended(self, outcome: Outcome, end: bytes, ahead: bytes = b"") -> Outcome:
        """The outcome of a message that was turned down, whatever becomes of the line while we say so."""
        wire = self._line()
        try:
            wire.write(end + ahead)
            if end:
                _heard(wire.reply(), outcome)
        except OSError:
            self._drop()
        return outcome

    def _envelope(self, letter: Letter) -> tuple[Reply, Reply | None, Reply | None]:
        """The answers to MAIL, RCPT and DATA. One that was not asked is None."""
        wire = self._line()
        if self._offers("pipelining"):
            if not self._ahead:
                wire.quiet()
                wire.write(_commands(letter, self._body(letter)))
            self._ahead = False
            return _heard(wire.reply()), _heard(wire.reply()), _heard(wire.reply())
        answers: list[Reply | None] = []
        for command in _commands(letter, self._body(letter)).splitlines(keepends=True):
            wire.write(command)
            answer = _heard(wire.reply())
            answers.append(answer)
            if not (answer.good or answer.code == 354):
                break
        mail, rcpt, data = [*answers, None, None][:3]
        assert mail is not None
        return mail, rcpt, data

    def _in_one_chunk(self, letter: Letter) -> Outcome:
        """MAIL, RCPT and BDAT with the whole text in one write; three answers."""
        wire = self._line()
        wire.quiet()
        commands = _commands(letter, self._body(letter), b"BDAT %d LAST\r\n" % len(letter.text))
        try:
            wire.write(commands + letter.text)
        except Broken as error:  # the last byte never left, so the text was not taken
            raise OSError(str(error)) from error
        outcome: Outcome | None = None
        try:
            for stage in ("refused", "failed"):
                answer = _heard(wire.reply())
                if outcome is None and not answer.good:
                    outcome = classed(stage, answer)
            last = wire.reply()
        except OSError as error:
            self._drop()
            return outcome or Outcome("unknown", words_of(error))
        if outcome is None:
            return self._verdict(last)
        if last.good:  # it refused, and took the text all the same: who knows what it did with it
            outcome = Outcome("unknown", kept(last))
        return self._ended(outcome, b"RSET\r\n")

    def _handed_over(self, text: bytes, ahead: bytes) -> Outcome:
        """The text has the word. From its last byte on, silence means that nobody knows."""
        wire = self._line()
        try:
            wire.write(text + ahead)
        except Broken as error:
            self._drop()
            return Outcome("ready" if error.sent < len(text) else "unknown", words_of(error))
        try:
            last = wire.reply()
        except OSError as error:
            self._drop()
            return Outcome("unknown", words_of(error))
        return self._verdict(last)

    def _verdict(self, last: Reply) -> Outcome:
        """What the answer to the whole text means. An attempt counts: the server has seen this very text."""
        if last.good:
            return Outcome("sent", kept(last))
        outcome = Outcome("rejected" if last.code >= 500 else "deferred", kept(last))
        if last.code == 421:
            raise Closing(kept(last), outcome)
        return outcome

    def _body(self, letter: Letter) -> bytes:
        return b" BODY=8BITMIME" if self._offers("8bitmime") and not letter.text.isascii() else b""

    def _line(self) -> Wire:
        if self._wire is None:
            raise OSError("the line is closed")
        return self._wire

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = self._wire = None
        self._ahead = False


class Closing(Exception):
    """421: the server is about to hang up. `outcome` is that of the message in hand."""

    def __init__(self, reply: str, outcome: Outcome) -> None:
        super().__init__(reply)
        self.reply = reply
        self.outcome = outcome


def _heard(reply: Reply, outcome: Outcome | None = None) -> Reply:
    """The reply. Raises Closing for a 421: the message in hand has not been handed over, or has its outcome already."""
    if reply.code == 421:
        raise Closing(kept(reply), outcome or Outcome("ready", kept(reply)))
    return reply


def _commands(letter: Letter, body: bytes, last: bytes = b"DATA\r\n") -> bytes:
    sender, recipient = letter.sender.encode("ascii"), letter.recipient.encode("ascii")
    return b"MAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\n%b" % (sender, body, recipient, last)


def _opened(relay: Relay) -> smtplib.SMTP:
    """Connect, secure and log in as the relay's settings say, with a time limit that Flask-Mail lacks."""
    context = ssl.create_default_context() if relay.use_ssl or relay.use_tls else None
    if relay.use_ssl:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT)
    smtp.ehlo_or_helo_if_needed()
    if relay.use_tls:
        smtp.starttls(context=context)
        smtp.ehlo()
    if relay.username and relay.password:
        smtp.login(relay.username, relay.password)
    assert smtp.sock is not None
    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return smtp


def _dotted(text: bytes) -> bytes:
    """The text with leading dots doubled, and the final dot (RFC 5321, 4.5.2)."""
    if text.startswith(b"."):
        text = b"." + text
    if b"\r\n." in text:
        text = text.replace(b"\r\n.", b"\r\n..")
    return text + b".\r\n"
