"""What must stand in DNS before a stranger's server believes our mail: SPF, DKIM, DMARC, MX and reverse DNS.

Each function asks about one of them and returns a finding: what is, what it means, and the record to publish.
What cannot be seen from here (where a provider's relay leaves for the world) is called unsure, never guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from campaigner.config import Settings
from campaigner.core.text import one_line
from campaigner.outbox import dkim, relays, spf
from campaigner.outbox.dns import Address, Dns, Unanswered

State = Literal["ok", "missing", "wrong", "unsure", "unanswered"]
OWN_NETWORKS = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
                     "::1/128", "fc00::/7", "fe80::/10"))
)  # fmt: skip
TELL = "name the addresses that it sends from with --sends-from"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `publish`: a line for the zone file; `required`: receivers of mass mail insist on it."""

    subject: str
    state: State
    words: str
    publish: str = ""
    required: bool = True

    @property
    def fault(self) -> bool:
        """Whether mail suffers until somebody repairs it."""
        return self.required and self.state in ("missing", "wrong")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The addresses from which our mail reaches the world. Not `certain`: those of a relay that may use others."""

    addresses: tuple[Address, ...]
    certain: bool
    name: str = ""  # of the host with these addresses, as far as it is known


def is_own_network(address: Address) -> bool:
    """Whether the world cannot see that address: loopback and private networks."""
    return any(address in network for network in OWN_NETWORKS)


def is_public_name(host: str) -> bool:
    """Whether strangers may know a host by that name: an address is one, `localhost` or a container's name is not."""
    return "." in host or ":" in host


def outgoing(settings: Settings, dns: Dns, told: Sequence[Address] = ()) -> Outgoing:
    """What the operator says (`told`), else the public addresses of the relays; certain when they bear our name."""
    hosts = [relay.host.lower() for relay in relays.all_of(settings)]
    ours = [host for host in hosts if f".{host}".endswith(f".{settings.mail_domain.lower()}")]
    if told:
        return Outgoing(tuple(told), True, ours[0] if ours else "")
    asked = (host for host in hosts if is_public_name(host))
    found = tuple(dict.fromkeys(address for host in asked for address in dns.addresses(host)))
    public = tuple(address for address in found if not is_own_network(address))
    return Outgoing(public, bool(public) and ours == hosts, ours[0] if ours else "")


def return_domain(settings: Settings) -> str:
    """The domain of the envelope sender, which SPF is about."""
    return (settings.mail_return_address or settings.mail_sender).rpartition("@")[2].lower()


def line(name: str, kind: str, *values: str) -> str:
    """A record as a zone file has it; TXT in strings of at most 255 characters."""
    if kind == "TXT":
        parts = [part for value in values for part in dkim.strings(value)]
        values = tuple('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)
    return f"{name.rstrip('.')}. IN {kind} {' '.join(values)}"


def sender_policy(dns: Dns, domain: str, out: Outgoing, *, required: bool = True) -> Finding:
    """SPF (RFC 7208): may our addresses send for this domain?"""
    subject = f"SPF of {domain}"
    found = spf.records(dns, domain)
    wanted = line(domain, "TXT", spf.permitting(spf.merged(found), _refused(dns, domain, out, found)))
    if not out.addresses and not found:
        wanted = line(domain, "TXT", "v=spf1 <what your mail provider tells you> ~all")
    if not found:
        return Finding(subject, "missing", "there is no record", wanted, required)
    shown = one_line(found[0])
    if len(found) > 1:
        words = f"there are {len(found)} records, so receivers refuse them all: make it one"
        return Finding(subject, "wrong", words, wanted, required)
    if spf.lets_everybody(shown):
        return Finding(subject, "wrong", f"lets everybody send in your name: {shown}", wanted, required)
    if spf.lets_nobody(shown):
        return Finding(subject, "wrong", f"lets nobody send: {shown}", wanted, required)
    if not out.addresses:
        words = f"is there ({shown}); where your relay sends from cannot be seen from here: {TELL}"
        return Finding(subject, "unsure", words, required=required)
    return _judged(dns, domain, out, subject, shown, wanted, required)


def _refused(dns: Dns, domain: str, out: Outgoing, found: Sequence[str]) -> list[Address]:
    """The addresses that the record would have to name."""
    if len(found) != 1:
        return list(out.addresses)
    return [address for address in out.addresses if spf.judge(dns, domain, address).result != "pass"]


def _judged(dns: Dns, domain: str, out: Outgoing, subject: str, shown: str, wanted: str, required: bool) -> Finding:
    """What the record says of each address, the worst first."""
    verdicts = [(address, spf.judge(dns, domain, address)) for address in out.addresses]
    for address, verdict in verdicts:
        if verdict.result == "permerror":
            return Finding(subject, "wrong", f"receivers refuse it: {one_line(verdict.by)} ({shown})", "", required)
        if verdict.result == "temperror":
            return Finding(subject, "unanswered", verdict.by, "", required)
        if verdict.result == "unsure":
            words = f"whether it permits {address} hangs on {one_line(verdict.by)}, which only a receiver can work out"
            return Finding(subject, "unsure", words, "", required)
        if verdict.result != "pass":
            words = f"does not permit {address} ({verdict.result}): {shown}"
            if out.certain:
                return Finding(subject, "wrong", words, wanted, required)
            return Finding(subject, "unsure", f"{words}; if your relay sends from elsewhere, {TELL}", wanted, required)
    named = ", ".join(f"{address} ({one_line(verdict.by)})" for address, verdict in verdicts)
    return Finding(subject, "ok", f"permits {named}; {verdicts[0][1].lookups} of 10 questions used", "", required)


def signing_key(dns: Dns, signer: dkim.Signer | None) -> Finding:
    """DKIM (RFC 6376): does DNS hold the other half of our key?"""
    if signer is None:
        words = "MAIL_DKIM_KEY is empty, so your relay must sign: send yourself a mail (--send-to), look for dkim=pass"
        return Finding("DKIM record", "unsure", words)
    name = f"{signer.selector}._domainkey.{signer.domain}"
    subject, wanted = f"DKIM record {name}", line(name, "TXT", dkim.record(signer.public_key))
    found = dns.texts(name)
    if not found:
        return Finding(subject, "missing", "there is no record, so no signature of ours can be checked", wanted)
    if len(found) > 1:
        return Finding(subject, "wrong", f"there are {len(found)} records, and may be one", wanted)
    try:
        key = dkim.published(found[0])
    except ValueError as error:
        return Finding(subject, "wrong", str(error), wanted)
    if key.public_numbers() != signer.public_key.public_numbers():
        return Finding(subject, "wrong", "holds another key than MAIL_DKIM_KEY", wanted)
    if "y" in dkim.tags_of(found[0].encode()).get("t", "").split(":"):
        return Finding(subject, "wrong", "says t=y (a trial), so receivers may act as if nothing was signed", wanted)
    return Finding(subject, "ok", f"holds the key of MAIL_DKIM_KEY, {key.key_size} bits")


def exchange(dns: Dns, domain: str) -> Finding:
    """MX: does anybody take the mail that comes back?"""
    subject, wanted = f"MX of {domain}", line(domain, "MX", "10", "<the host that takes your mail>.")
    hosts = dns.exchanges(domain)
    if "." in hosts:
        return Finding(subject, "wrong", "says that the domain takes no mail (RFC 7505), so bounces are lost", wanted)
    if not hosts and not dns.addresses(domain):
        return Finding(subject, "missing", "nobody takes mail for this domain, so bounces are lost", wanted)
    if not hosts:
        return Finding(subject, "ok", "there is none; the host of that name is asked instead")
    lost = [host for host in hosts if not dns.addresses(host)]
    if lost:
        return Finding(subject, "wrong", f"{one_line(lost[0])} has no address", wanted)
    return Finding(subject, "ok", one_line(", ".join(hosts)))


def reverse(dns: Dns, out: Outgoing) -> Iterable[Finding]:
    """Reverse DNS, forward-confirmed (RFC 8499): each sending address has a name that leads back to it."""
    if not out.addresses:
        yield Finding("Reverse DNS", "unsure", f"where your relay sends from cannot be seen from here: {TELL}")
    for address in out.addresses:
        try:
            yield _reverse(dns, out, address)
        except Unanswered as error:
            yield Finding(f"Reverse DNS of {address}", "unanswered", str(error))


def _reverse(dns: Dns, out: Outgoing, address: Address) -> Finding:
    subject = f"Reverse DNS of {address}"
    wanted = line(address.reverse_pointer, "PTR", f"{out.name or '<the name of your mail server>'}.")
    names = dns.names(address)
    back = [name for name in names if address in dns.addresses(name)]
    if back:
        return Finding(subject, "ok", f"{one_line(back[0])}, which leads back to it")
    state: State = "wrong" if names else "missing"
    words = f"{one_line(names[0])} does not lead back to it" if names else "the address has no name"
    words += "; whoever gave you the address sets it"
    if not out.certain:
        state, words = "unsure", f"{words}; if your relay sends from elsewhere, {TELL}"
    return Finding(subject, state, words, wanted)
