"""A mail server that does as it is told: what it offers, what it answers at each stage, when it hangs up."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from campaigner.spelling import Relay

GONE = "gone"  # hang up instead of an answer


@dataclass
class Server:
    """`answer(stage, recipient)` gives the reply at "MAIL", "RCPT", "DATA" and "DOT"; None: all is well."""

    extensions: tuple[str, ...] = ()
    answer: Callable[[str, str], str | None] = lambda _stage, _recipient: None
    eager: bool = False  # asks for the text although it refused the recipient
    delay: float = 0.0  # seconds before every answer: a network
    texts: list[tuple[str, bytes]] = field(default_factory=list)  # (recipient, text) of what was taken
    begun: list[str] = field(default_factory=list)  # recipients in the order of their RCPT
    commands: list[str] = field(default_factory=list)
    lines: int = 0  # connections
    relay: Relay = field(default_factory=lambda: Relay("test", "127.0.0.1"))

    def talk(self, sock: socket.socket) -> None:
        """One conversation."""
        self.lines += 1
        with suppress(OSError), sock, sock.makefile("rb") as file:
            self._say(sock, "220 hello")
            recipient, going = "", False
            while command := file.readline().decode("latin-1").strip():
                self.commands.append(command)
                verb = command[:4].upper()
                if verb == "EHLO":
                    lines = ["server", *self.extensions]
                    sock.sendall("".join(f"250-{line}\r\n" for line in lines[:-1]).encode())
                    self._say(sock, f"250 {lines[-1]}")
                elif verb in ("MAIL", "RCPT"):
                    recipient = command.partition("<")[2].partition(">")[0]
                    if verb == "RCPT":
                        self.begun.append(recipient)
                    told = self.answer(verb, recipient) if verb == "MAIL" or going else "503 5.5.1 no sender"
                    going = not told
                    if not self._say(sock, told or "250 OK"):
                        return
                elif verb == "DATA":
                    told = self.answer("DATA", recipient) or (
                        "354 go on" if going or self.eager else "503 5.5.1 nobody"
                    )
                    if not self._say(sock, told):
                        return
                    if told.startswith("354") and not self._take(sock, self._dotted(file), recipient, going):
                        return
                elif verb == "BDAT":
                    if not self._take(sock, file.read(int(command.split()[1])), recipient, going):
                        return
                else:
                    self._say(sock, "221 bye" if verb == "QUIT" else "250 OK")

    def _dotted(self, file: BinaryIO) -> bytes:
        text = b""
        while (line := file.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError
            text += line[1:] if line.startswith(b".") else line
        return text

    def _take(self, sock: socket.socket, text: bytes, recipient: str, going: bool) -> bool:
        told = self.answer("DOT", recipient) if going else "554 5.5.1 no valid recipients"
        if told is None or told.startswith(("250", GONE)):
            self.texts.append((recipient, text))
        return self._say(sock, told or "250 2.0.0 taken")

    def _say(self, sock: socket.socket, words: str) -> bool:
        if self.delay:
            time.sleep(self.delay)
        if words == GONE:
            sock.shutdown(socket.SHUT_RDWR)
            return False
        sock.sendall(f"{words}\r\n".encode())
        return True


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """It listens on a port of this machine; `server.relay` says which."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.relay = Relay("test", "127.0.0.1", listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
        yield server


def _accept(listener: socket.socket, server: Server) -> None:
    with suppress(OSError):
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=server.talk, args=(sock,), daemon=True).start()
