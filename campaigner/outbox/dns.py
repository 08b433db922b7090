"""Questions to the domain name system, with an end to each and words for when nobody answers.

Only `campaigner mail check` asks. No request and no sending waits for a name server of ours.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from dns import name, resolver, reversename
from dns.exception import DNSException, Timeout

SECONDS = 4.0  # for one question, with all its repeats
PATIENCE = 2  # questions in a row without an answer, after which the network is taken to be away

Address = IPv4Address | IPv6Address


class Unanswered(Exception):
    """No name server gave an answer, so nothing is known; the message says it in a sentence without its full stop."""


class Dns:
    """Asks, and remembers. What does not exist is an empty answer; what could not be asked raises Unanswered."""

    def __init__(self, server: str = "") -> None:
        """`server`: ADDRESS or ADDRESS:PORT of the name server; empty: the one of this machine."""
        self._known: dict[tuple[str, str], tuple[Any, ...]] = {}
        self._silent = 0
        try:
            self._resolver = resolver.Resolver(configure=not server)
        except resolver.NoResolverConfiguration:
            raise Unanswered("this machine knows no name server (/etc/resolv.conf)") from None
        if server:
            host, _, port = server.partition(":")
            self._resolver.nameservers = [host]
            self._resolver.port = int(port or 53)
        self._resolver.lifetime = SECONDS

    def texts(self, of: str) -> tuple[str, ...]:
        """The TXT records of a name, the strings of each joined (RFC 7208, 3.3)."""
        return tuple(b"".join(found.strings).decode("utf-8", "replace") for found in self._ask(of, "TXT"))

    def addresses(self, of: str) -> tuple[Address, ...]:
        """The IPv4 and IPv6 addresses of a name, or that address itself."""
        try:
            return (ip_address(of),)
        except ValueError:
            found = (*self._ask(of, "A"), *self._ask(of, "AAAA"))
        return tuple(ip_address(answer.address) for answer in found)

    def exchanges(self, of: str) -> tuple[str, ...]:
        """The hosts that take mail for a domain, the preferred one first. "." says that it takes none (RFC 7505)."""
        found = sorted(self._ask(of, "MX"), key=lambda answer: int(answer.preference))
        return tuple(_plain(answer.exchange) for answer in found)

    def names(self, of: Address) -> tuple[str, ...]:
        """The names that an address says it has (PTR)."""
        return tuple(_plain(answer.target) for answer in self._ask(reversename.from_address(str(of)).to_text(), "PTR"))

    def _ask(self, of: str, kind: str) -> tuple[Any, ...]:
        key = (of.lower().rstrip("."), kind)
        if key not in self._known:
            self._known[key] = self._answer(*key)
        return self._known[key]

    def _answer(self, of: str, kind: str) -> tuple[Any, ...]:
        if self._silent >= PATIENCE:
            raise Unanswered("no name server answers: is the network away?")
        try:
            found = tuple(self._resolver.resolve(f"{of}.", kind, raise_on_no_answer=False).rrset or ())
        except (resolver.NXDOMAIN, resolver.YXDOMAIN, name.LabelTooLong, name.NameTooLong, name.EmptyLabel):
            found = ()
        except Timeout:
            self._silent += 1
            raise Unanswered(f"no name server answered for {of} within {SECONDS:.0f} seconds") from None
        except (DNSException, OSError, UnicodeError) as error:
            raise Unanswered(f"the name server could not answer for {of} ({type(error).__name__})") from None
        self._silent = 0
        return found


def _plain(found: name.Name) -> str:
    return found.to_text().lower().rstrip(".") or "."
