"""Everything that `campaigner mail check` looks at, in the order in which one repairs it."""

from collections.abc import Callable, Iterator, Sequence

from campaigner.config import Settings
from campaigner.outbox import dkim, dmarc, probe, records, relays, specimen
from campaigner.outbox.dns import Address, Dns, Unanswered
from campaigner.outbox.records import Finding


def everything(
    settings: Settings, *, name_server: str = "", sends_from: Sequence[Address] = (), send_to: str = ""
) -> Iterator[Finding]:
    """Each finding as soon as it is there: DNS, the relays, a mail as it would leave, and that mail sent.

    `name_server`: ADDRESS[:PORT] to ask instead of this machine's; `sends_from`: where the operator says that
    mail reaches the world; `send_to`: who gets the test mail, "" for nobody. Needs an application context.
    """
    signer = dkim.signer_of(settings)
    try:
        dns = Dns(name_server)
    except Unanswered as error:
        yield Finding("DNS", "unanswered", str(error))
    else:
        yield from _dns(settings, dns, signer, sends_from)
        for relay in relays.all_of(settings):
            yield probe.look(relay, near=_near(dns, relay.host))
    letter = specimen.written(settings, to=send_to or settings.mail_sender)
    yield from specimen.looked_at(letter.text, signer)
    if send_to:
        yield from specimen.sent(settings, to=send_to)


def _dns(settings: Settings, dns: Dns, signer: dkim.Signer | None, sends_from: Sequence[Address]) -> Iterator[Finding]:
    sender, returns = settings.mail_domain.lower(), records.return_domain(settings)
    try:
        out = records.outgoing(settings, dns, sends_from)
    except Unanswered as error:
        yield Finding("Addresses of the relays", "unanswered", str(error))
        out = records.Outgoing((), False)
    yield _asked(f"SPF of {returns}", lambda: records.sender_policy(dns, returns, out))
    if sender != returns:
        found = _asked(f"SPF of {sender}", lambda: records.sender_policy(dns, sender, out, required=False))
        yield found
    yield _asked("DKIM record", lambda: records.signing_key(dns, signer))
    domain = signer.domain if signer else None
    yield _asked(f"DMARC of {sender}", lambda: dmarc.policy(dns, sender=sender, signer=domain, returns=returns))
    yield _asked(f"MX of {returns}", lambda: records.exchange(dns, returns))
    yield from records.reverse(dns, out)


def _asked(subject: str, look: Callable[[], Finding]) -> Finding:
    """What was found, or that nobody answered."""
    try:
        return look()
    except Unanswered as error:
        return Finding(subject, "unanswered", str(error))


def _near(dns: Dns, host: str) -> bool:
    """Whether a relay stands in our own network: a bare name, or nothing but private addresses."""
    try:
        found = dns.addresses(host) if records.is_public_name(host) else ()
    except Unanswered:
        return False
    return all(map(records.is_own_network, found)) and (bool(found) or not records.is_public_name(host))
