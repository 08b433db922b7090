"""The listener: LMTP (RFC 2033) or SMTP, for the mail server that stands before us. Never a relay.

Only mail to our own addresses is taken, each mail is committed before its sender is told yes, and
while the database is away everybody is told to come back. It has no TLS and checks no sender: it
belongs on a loopback address, a private network or a Unix socket, not on the open internet.
"""

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from campaigner.core.db import transaction
from campaigner.mailroom import service

CONNECTIONS = 40
RECIPIENTS = 50  # of one mail
IDLE = 60.0  # seconds
COMMANDS = {"RCPT": 10_000, "MAIL": 10_000, "DATA": 10_000, "RSET": 10_000, "NOOP": 1_000, "*": 200}
LINE = (
    256 * 1024
)  # longer than RFC 5321 allows: people's mail programs write such lines, and their mail must not be lost
LATER = "451 4.3.0 We cannot keep it just now. Come back later"
TAKEN = "250 2.0.0 Kept"
NOT_OURS = "550 5.1.1 No such mailbox here"
TOO_LARGE = "552 5.3.4 That mail is larger than we take"
BUSY = b"421 4.3.2 Very many are here already. Come back later\r\n"
log = structlog.get_logger()


@dataclass
class Desk:
    """What the conversations of one listener share."""

    app: Flask
    door: str
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=4))
    talking: int = 0

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take one of our addresses, and no other."""
        if not service.is_ours(address, settings=self.app.extensions["campaigner"]):
            return NOT_OURS
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ours"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep it for each recipient; LMTP hears an answer for each, SMTP one for all."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        sender = (envelope.mail_from or "").strip("<>")
        loop = asyncio.get_running_loop()
        keep = partial(self.keep, raw, sender)
        answers = [await loop.run_in_executor(self.pool, keep, recipient) for recipient in envelope.rcpt_tos]
        if isinstance(server, LMTP):
            return "\r\n".join(answers)
        return LATER if LATER in answers else TAKEN

    def keep(self, raw: bytes, sender: str, recipient: str) -> str:
        """Commit one mail, and only then say yes."""
        try:
            with self.app.app_context(), transaction():
                service.take_in(raw, recipient=recipient, sender=sender, door=self.door)
        except SQLAlchemyError as error:
            log.warning("mail turned away for now", reason=type(error).__name__)
            return LATER
        return TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """Whatever went wrong here is no reason for anybody to give up a mail."""
        log.error("conversation failed", reason=type(error).__name__)
        return LATER


class Lines:
    """What both protocols do alike: longer lines than the standard, an end to crowds, a large mail's answer to each."""

    line_length_limit = LINE
    event_handler: Any
    envelope: Envelope | None
    counted = False

    def connection_made(self, transport: Any) -> None:
        """A new conversation, unless there are too many."""
        if self.event_handler.talking >= CONNECTIONS:
            transport.write(BUSY)
            transport.close()
            return
        self.event_handler.talking += 1
        self.counted = True
        super().connection_made(transport)  # type: ignore[misc]

    def connection_lost(self, error: Exception | None) -> None:
        """A conversation ended."""
        if self.counted:
            self.counted = False
            self.event_handler.talking -= 1
            super().connection_lost(error)  # type: ignore[misc]

    def data_received(self, data: bytes) -> None:
        """Bytes of a conversation; whoever was turned away says nothing more."""
        if self.counted:
            super().data_received(data)  # type: ignore[misc]

    def eof_received(self) -> bool | None:
        """The other side stopped talking."""
        return super().eof_received() if self.counted else None  # type: ignore[misc]

    async def push(self, status: str | bytes) -> None:
        """Answer. After the text LMTP wants one answer a recipient, also where the library refuses it by itself."""
        if isinstance(status, str) and status.startswith(("552 Error: Too much", "500 Line too long")):
            number = len(self.envelope.rcpt_tos) if isinstance(self, LMTP) and self.envelope else 1
            status = "\r\n".join([TOO_LARGE] * number)
        await super().push(status)  # type: ignore[misc]


class OurLMTP(Lines, LMTP):
    """LMTP."""


class OurSMTP(Lines, SMTP):
    """SMTP."""


def serve(app: Flask, *, bind: str, door: str, ready: Any = None) -> None:
    """Listen until SIGTERM. `bind`: host:port, or unix:/path of a socket. Raises OSError when that is taken.

    `ready` is called with the server once it listens.
    """
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the library's own log names addresses
    asyncio.run(_serve(app, bind, door, ready))


async def _serve(app: Flask, bind: str, door: str, ready: Any) -> None:
    desk, loop, stop = Desk(app, door), asyncio.get_running_loop(), asyncio.Event()
    conversation = partial(
        OurLMTP if door == "lmtp" else OurSMTP, desk, data_size_limit=service.MOST_BYTES, ident="Campaigner",
        hostname=app.extensions["campaigner"].mail_domain, timeout=IDLE, command_call_limit=COMMANDS, loop=loop,
    )  # fmt: skip
    server = await _bound(loop, conversation, bind)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    log.info("listening", door=door, bind=bind)
    if ready is not None:
        ready(server)
    await stop.wait()
    server.close()
    for _ in range(100):  # mail that is being handed over may finish; what does not will be handed over again
        if not desk.talking:
            break
        await asyncio.sleep(0.1)
    desk.pool.shutdown(wait=True)


async def _bound(loop: asyncio.AbstractEventLoop, conversation: Any, bind: str) -> asyncio.Server:
    if bind.startswith("unix:"):
        path = Path(bind.removeprefix("unix:"))
        path.unlink(missing_ok=True)
        server = await loop.create_unix_server(conversation, str(path))
        path.chmod(0o660)
        return server
    host, _, port = bind.rpartition(":")
    return await loop.create_server(conversation, host.strip("[]"), int(port))
