"""One SMTP conversation, told apart by stage: what happened to a message, and whether the line still stands.

Opened with Flask-Mail's own settings. Permanent and temporary answers are RFC 5321's 5yz and 4yz;
a line that breaks before the whole text was handed over is safe to try again, one that breaks after
the final dot is not: nobody can know whether the message was taken.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from types import TracebackType

from flask import current_app

TIMEOUT = 20.0
LINE_LOST = (smtplib.SMTPServerDisconnected, OSError)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    `state`: "sent", "deferred" (4xx), "failed" (5xx at RCPT), "refused" (5xx at MAIL: about us),
    "rejected" (5xx at DATA: about the text), "ready" (nothing was handed over), "unknown" (lost after the dot).
    """

    state: str
    reply: str


class RelayAway(Exception):
    """The mail server cannot be reached, or it says that it serves nobody now (421)."""


class Line:
    """A connection to the mail server, opened when first needed and again after it broke."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye if there is anyone to say it to."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()
            self._smtp = None

    def ready(self) -> smtplib.SMTP:
        """The open conversation. Raises RelayAway."""
        if self._smtp is None:
            try:
                self._smtp = _opened()
            except (smtplib.SMTPException, OSError) as error:
                raise RelayAway(_words(error)) from error
        return self._smtp

    def send(self, *, sender: str, recipient: str, text: bytes) -> Outcome:
        """Offer one message. Raises RelayAway when there is no line to offer it on; never for a broken one."""
        smtp = self.ready()
        stage = "MAIL"
        try:
            for stage, command in (
                ("MAIL", f"MAIL FROM:<{sender}>"),
                ("RCPT", f"RCPT TO:<{recipient}>"),
                ("DATA", "DATA"),
            ):
                code, reply = smtp.docmd(command)
                if code == 421:
                    self._drop()
                    raise RelayAway(_reply(code, reply))
                if not _goes_on(stage, code):
                    return self._turned_down(stage, code, reply)
            smtp.send(_dotted(text))
            stage = "DOT"
            code, reply = smtp.getreply()
        except LINE_LOST as error:
            self._drop()
            if stage == "DOT":
                return Outcome("unknown", _words(error))
            return Outcome("ready", _words(error))
        return self._verdict(code, reply)

    def _verdict(self, code: int, reply: bytes) -> Outcome:
        if 200 <= code < 300:
            return Outcome("sent", _reply(code, reply))
        if code == 421:
            self._drop()
        return Outcome("deferred" if code < 500 else "rejected", _reply(code, reply))

    def _turned_down(self, stage: str, code: int, reply: bytes) -> Outcome:
        """An answer of 4xx or 5xx before the text: reset the conversation and class the answer."""
        if self._smtp is not None:
            try:
                self._smtp.rset()
            except (smtplib.SMTPException, OSError):
                self._drop()
        if code < 500:
            return Outcome("deferred", _reply(code, reply))
        return Outcome({"RCPT": "failed", "MAIL": "refused"}.get(stage, "rejected"), _reply(code, reply))

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _opened() -> smtplib.SMTP:
    """Connect, secure and log in as Flask-Mail's settings say, with a time limit that Flask-Mail lacks."""
    mail = current_app.extensions["mail"]
    context = ssl.create_default_context()
    if mail.use_ssl:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(mail.server, mail.port, timeout=TIMEOUT)
    smtp.ehlo_or_helo_if_needed()
    if mail.use_tls:
        smtp.starttls(context=context)
        smtp.ehlo()
    if mail.username and mail.password:
        smtp.login(mail.username, mail.password)
    return smtp


def _dotted(text: bytes) -> bytes:
    """The text with CRLF line ends, leading dots doubled, and the final dot (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", text)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _goes_on(stage: str, code: int) -> bool:
    """The answer that lets the conversation go on (RFC 5321, 4.3.2): 354 to DATA, 2yz to the others."""
    return code == 354 if stage == "DATA" else 200 <= code < 300


def _reply(code: int, reply: bytes) -> str:
    return f"{code} {_without_addresses(reply.decode(errors='replace'))}"[:300]


def _without_addresses(words: str) -> str:
    """Servers repeat the recipient in their answers; we keep no address in clear, and log none."""
    return re.sub(r"\S*@\S*", "…", words)


def _words(error: BaseException) -> str:
    return _without_addresses(f"{type(error).__name__}: {error}")[:300]
