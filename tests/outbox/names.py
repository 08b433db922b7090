"""A name server on this machine that knows what a test tells it: real questions and answers over UDP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from campaigner.outbox import dkim

DOMAIN = "voorbeeld.example"
HERE = "192.0.2.10"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TEXT = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RECORD = dkim.record(KEY.public_key())


@dataclass
class Names:
    """`zone[name, kind]` holds records as a zone file writes them. A name in `silent` is never answered."""

    address: str
    zone: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def text(self, name: str, *values: str) -> None:
        """TXT records, each cut into strings as DNS stores them."""
        cut = [[value[at : at + 255] for at in range(0, len(value), 255)] for value in values]
        self.zone[name, "TXT"] = [" ".join(f'"{part}"' for part in parts) for parts in cut]

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to a question; None: nothing is said."""
        question = dns.message.from_wire(wire)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.question[0].rdtype)
        self.asked.append((name, kind))
        if name in self.silent or "*" in self.silent:
            return None
        answer = dns.message.make_response(question, recursion_available=True)
        found = self.zone.get((name, kind), [])
        if found:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *found))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        return answer.to_wire()


@contextmanager
def served() -> Iterator[Names]:
    """Serve names for the length of the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        names = Names(f"127.0.0.1:{door.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(door, names), daemon=True)
        thread.start()
        yield names
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", door.getsockname())
        thread.join(timeout=5)


def _serve(door: socket.socket, names: Names) -> None:
    while True:
        wire, client = door.recvfrom(4096)
        if not wire:
            return
        answer = names.answer(wire)
        if answer is not None:
            door.sendto(answer, client)
