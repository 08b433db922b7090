"""A mail server that keeps a list: `python -m bench.sink PORT RECORD ORDERS`.

Every message it accepts is a line of JSON in RECORD before it is answered, so what is in that file is
what a real server would have delivered, also when this process is killed. ORDERS is a file of JSON
that tells it how to misbehave, read anew for every message: {"delay": seconds before the final answer,
"do": "451" | "421" | "drop", "every": to each so-maniest message}. "drop" closes the line after the
final dot without an answer, and keeps every other one of those messages: only the sink knows which.
"""

import asyncio
import itertools
import json
import re
import sys
import time
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

LINK = re.compile(r"https?://[^\s<>\"]+/confirm/([A-Za-z0-9._-]+)")
LIMIT = 1 << 20


class Sink:
    """What was accepted, and what it was told to do."""

    def __init__(self, record: Path, orders: Path) -> None:
        self.record = record.open("ab", buffering=0)
        self.orders = orders
        self.turn = itertools.count(1)
        self.drops = itertools.count()

    def told(self) -> dict[str, Any]:
        """The orders as they stand; none when the file is not there."""
        try:
            return dict(json.loads(self.orders.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def keep(self, text: bytes, recipient: str) -> None:
        """One line for one accepted message."""
        mail = message_from_bytes(text, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        part = mail.get_body(("plain",))
        found = LINK.search(part.get_content()) if part is not None else None
        line = {
            "at": time.time(), "id": mail["Message-ID"], "date": mail["Date"], "to": recipient,
            "confirm": found[1] if found else None, "unsubscribe": (mail["List-Unsubscribe"] or "").strip("<> "),
        }  # fmt: skip
        self.record.write(json.dumps(line).encode() + b"\n")

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation, as far as our side of RFC 5321 needs it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        recipient, act = "", ""
        await say("220 sink")
        while line := (await reader.readline()).decode(errors="replace").strip():
            verb = line[:4].upper()
            if verb == "MAIL":
                orders = self.told()
                due = next(self.turn) % int(orders.get("every", 1)) == 0
                act = str(orders.get("do", "")) if due else ""
            if verb == "QUIT":
                return await say("221 bye")
            if verb == "MAIL" and act == "421":
                return await say("421 4.3.2 closing for a moment")
            if verb == "RCPT" and act == "451":
                await say("451 4.3.0 try again later")
            elif verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                await say("250 OK")
            elif verb == "DATA":
                await say("354 go on")
                text = await reader.readuntil(b"\r\n.\r\n")
                if act == "drop":
                    if next(self.drops) % 2 == 0:
                        self.keep(text[:-3], recipient)
                    return None
                await asyncio.sleep(float(self.told().get("delay", 0)))
                self.keep(text[:-3], recipient)
                await say("250 kept")
            else:
                await say("250 OK")
        return None


async def serve(port: int, record: Path, orders: Path) -> None:
    """Take mail on this machine until killed."""
    server = await asyncio.start_server(Sink(record, orders).talk, "127.0.0.1", port, limit=LIMIT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
