"""DMARC (RFC 7489): what the sender's domain asks of receivers, and whether our mail is in line with it.

The record that counts is found by walking up from the sender's domain, and the last one found names the
organisation: a list of all public suffixes is not needed for domains of one's own.
"""

from dataclasses import dataclass

from campaigner.core.text import one_line
from campaigner.outbox import dkim
from campaigner.outbox.dns import Dns
from campaigner.outbox.records import Finding, line

POLICIES = ("none", "quarantine", "reject")
STEPS = 8  # names asked at most


@dataclass(frozen=True, slots=True)
class Policy:
    """A record: where it stands and its tags. `number` is how many stand there; more than one count as none."""

    domain: str
    tags: dict[str, str]
    number: int


def policies(dns: Dns, domain: str) -> list[Policy]:
    """The records of a domain and of those above it, the nearest first."""
    labels = domain.split(".")
    found = []
    for at in (0, *range(1, len(labels) - 1)[1 - STEPS :]):
        name = ".".join(labels[at:])
        texts = [text for text in dns.texts(f"_dmarc.{name}") if text.replace(" ", "").startswith("v=DMARC1")]
        tags = dkim.tags_of(texts[0].encode("ascii", "replace")) if texts else {}
        if texts and tags.get("psd") != "y":
            found.append(Policy(name, tags, len(texts)))
    return found


def policy(dns: Dns, *, sender: str, signer: str | None, returns: str) -> Finding:
    """Is there a policy, and do the signing domain (None: the relay's) and the return domain stand in line with it?"""
    subject = f"DMARC of {sender}"
    found = policies(dns, sender)
    wanted = line(f"_dmarc.{sender}", "TXT", "v=DMARC1; p=none")
    if not found:
        return Finding(subject, "missing", "there is no record", wanted)
    here, top = found[0], found[-1].domain
    asked = here.tags.get("p", "").lower()
    if here.domain != sender:
        asked = here.tags.get("sp", asked).lower()
    if here.number > 1:
        return Finding(subject, "wrong", f"there are {here.number} records, so none counts: make it one", wanted)
    if asked not in POLICIES:
        return Finding(subject, "wrong", f"its policy is {one_line(asked)!r}, which is none", wanted)
    signed = signer is not None and aligned(signer, sender, top, strict=here.tags.get("adkim") == "s")
    returned = aligned(returns, sender, top, strict=here.tags.get("aspf") == "s")
    words = f"p={asked}; {_line_of('DKIM', signed, signer)}, {_line_of('SPF', returned, returns)}"
    if signed or returned:
        return Finding(subject, "ok", words)
    if signer is None:
        return Finding(subject, "unsure", f"{words}: all hangs on the domain with which your relay signs")
    return Finding(subject, "wrong", f"{words}: sign with the sender's domain (MAIL_DKIM_DOMAIN)")


def aligned(domain: str, sender: str, top: str, *, strict: bool) -> bool:
    """Whether two domains are one organisation's (RFC 7489, 3.1): the same; if not strict, one under the other will do,
    or both under `top`.
    """
    if strict or domain == sender:
        return domain == sender
    pairs = ((domain, sender), (sender, domain))
    return any(a.endswith(f".{b}") for a, b in pairs) or all(
        f".{name}".endswith(f".{top}") for name in (domain, sender)
    )


def _line_of(kind: str, holds: bool, domain: str | None) -> str:
    if domain is None:
        return f"{kind} not known (the relay signs)"
    return f"{kind} {'in line' if holds else 'not in line'} ({domain})"
