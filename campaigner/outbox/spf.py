"""SPF (RFC 7208): may this address send for this domain? As a receiver would decide, and honest about what it is not.

Macros, `exists` and `ptr` depend on the very message or on the receiver; where all hangs on them, it is "unsure".
"""

import re
from dataclasses import dataclass
from ipaddress import ip_network

from campaigner.outbox.dns import Address, Dns, Unanswered

LOOKUPS = 10  # RFC 7208, 4.6.4
MX_HOSTS = 10
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9._-]*)=(?P<value>.*)", re.IGNORECASE)
_TERM = re.compile(r"(?P<sign>[+?~-]?)(?P<name>[a-z0-9]+)(?::(?P<value>[^/ ]*))?(?P<length>/[0-9/]+)?", re.IGNORECASE)
_END = re.compile(r"[+?~-]?all|redirect=.*", re.IGNORECASE)
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`result` as RFC 7208 (2.6) names it, or "unsure"; `by` the term that decided, or what is wrong."""

    result: str
    by: str = ""
    lookups: int = 0


class _Broken(Exception):
    """permerror: the record breaks the rules, and receivers refuse it whole."""


def records(dns: Dns, domain: str) -> list[str]:
    """The SPF records of a domain, in one order whatever DNS gives: none is missing, two is an error."""
    return sorted(text for text in dns.texts(domain) if re.match(r"v=spf1( |$)", text, re.IGNORECASE))


def judge(dns: Dns, domain: str, address: Address) -> Verdict:
    """What a receiver decides about mail of that domain from that address."""
    walk = _Walk(dns, address)
    try:
        result, by = walk.decide(domain)
    except _Broken as error:
        return Verdict("permerror", str(error), walk.lookups)
    except Unanswered as error:
        return Verdict("temperror", str(error), walk.lookups)
    if walk.unsure and result != "pass":
        return Verdict("unsure", walk.unsure, walk.lookups)
    return Verdict(result, by, walk.lookups)


class _Walk:
    """One address through the records of a domain and those that it includes."""

    def __init__(self, dns: Dns, address: Address) -> None:
        self._dns, self._address = dns, address
        self.lookups = 0
        self.unsure = ""

    def decide(self, domain: str) -> tuple[str, str]:
        """The result and the term that gave it."""
        found = records(self._dns, domain)
        if len(found) != 1:
            if found:
                raise _Broken(f"{domain} has {len(found)} SPF records, and may have one")
            return "none", ""
        redirect = ""
        for term in found[0].split()[1:]:
            modifier, parts = _MODIFIER.fullmatch(term), _TERM.fullmatch(term)
            if modifier is not None:
                redirect = modifier["value"] if modifier["name"].lower() == "redirect" else redirect
            elif parts is None:
                raise _Broken(f"{term!r} is no SPF term")
            elif self._matches(parts["name"].lower(), parts["value"] or "", parts["length"] or "", domain, term):
                return _RESULTS[parts["sign"] or "+"], term
        if redirect:
            return self._redirected(redirect)
        return "neutral", "the end of the record"

    def _redirected(self, domain: str) -> tuple[str, str]:
        self._count()
        if "%" in domain:
            self.unsure = f"redirect={domain}"
            return "neutral", domain
        result, by = self.decide(domain)
        if result == "none":
            raise _Broken(f"redirect={domain} leads to a domain without SPF")
        return result, by

    def _matches(self, name: str, value: str, length: str, domain: str, term: str) -> bool:
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return self._within(value, length, term)
        if name not in ("include", "a", "mx", "exists", "ptr"):
            raise _Broken(f"{term!r} is no SPF mechanism")
        self._count()
        if name in ("exists", "ptr") or "%" in value:
            self.unsure = self.unsure or term
            return False
        if name == "include":
            return self._included(value)
        hosts = [value or domain] if name == "a" else self._dns.exchanges(value or domain)[:MX_HOSTS]
        return any(self._near(found, length) for host in hosts for found in self._dns.addresses(host))

    def _included(self, domain: str) -> bool:
        result, _ = self.decide(domain)
        if result == "none":
            raise _Broken(f"include:{domain} leads to a domain without SPF")
        return result == "pass"

    def _within(self, value: str, length: str, term: str) -> bool:
        try:
            network = ip_network(value + length, strict=False)
        except ValueError:
            raise _Broken(f"{term!r} is no network") from None
        return self._address in network

    def _near(self, found: Address, length: str) -> bool:
        """Whether our address is in the network of a host's: `/24` for IPv4, `//64` for IPv6."""
        if found.version != self._address.version:
            return False
        four, _, six = length.removeprefix("/").partition("/") if not length.startswith("//") else ("", "", length[2:])
        bits = (four if found.version == 4 else six.strip("/")) or str(found.max_prefixlen)
        try:
            return self._address in ip_network(f"{found}/{bits}", strict=False)
        except ValueError:
            raise _Broken(f"{length!r} is no length of a network") from None

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise _Broken(f"it takes more than {LOOKUPS} questions to DNS")


def permitting(record: str, addresses: list[Address]) -> str:
    """The record with these addresses allowed, put in before its end; a new one for an empty record."""
    terms = (record or "v=spf1 ~all").split()
    own = [f"ip{address.version}:{address}" for address in addresses]
    at = next((at for at, term in enumerate(terms) if _END.fullmatch(term)), len(terms))
    return " ".join([*terms[:at], *own, *terms[at:]])


def merged(found: list[str]) -> str:
    """Several records as the one that they should be."""
    terms = list(dict.fromkeys(term for record in found for term in record.split()[1:]))
    ends = [term for term in terms if _END.fullmatch(term)]
    return " ".join(["v=spf1", *(term for term in terms if term not in ends), *ends[-1:]]) if found else ""


def lets_everybody(record: str) -> bool:
    """`+all`: as if there were no record, and worse."""
    return any(term.lower() in ("all", "+all") for term in record.split())


def lets_nobody(record: str) -> bool:
    """Nothing but an end that refuses: the record of a domain that sends no mail."""
    return [term.lower() for term in record.split()[1:]] in (["-all"], ["~all"])
