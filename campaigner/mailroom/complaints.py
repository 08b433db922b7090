"""Complaints: somebody pressed "this is spam", and their provider says so (RFC 5965, the abuse reporting format)."""

import re
from dataclasses import dataclass

from campaigner.mailroom.letters import Letter, Mail, header, inside, mailboxes

REPORT = "message/feedback-report"
SPAM = ("abuse", "fraud")
LEAVES = ("opt-out", "opt-out-list")
LINK = re.compile(r"/u/([A-Za-z0-9_.\-]{8,512})>")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a provider reports, and all by which the mail may be known."""

    kind: str  # RFC 5965, 7.3: abuse, fraud, not-spam, ...
    senders: tuple[str, ...]  # of the envelope, as the provider kept it
    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]
    links: tuple[str, ...]  # tokens of our unsubscribe address


def complaint(letter: Letter) -> Complaint | None:
    """What the letter reports. None: it is no such report."""
    reports = letter.of_type(REPORT)
    if not reports:
        return None
    fields = next(iter(inside(reports[0])), reports[0])
    returned = letter.returned()
    return Complaint(
        kind=header(fields, "Feedback-Type").lower(),
        senders=_all(fields, returned, ("Original-Mail-From",), ("Return-Path", "X-Original-Return-Path")),
        message_ids=tuple(header(mail, "Message-ID") for mail in returned),
        recipients=_all(fields, returned, ("Original-Rcpt-To", "Removal-Recipient"), ("To", "Delivered-To")),
        links=tuple(token for mail in returned for token in LINK.findall(header(mail, "List-Unsubscribe"))),
    )


def _all(fields: Mail, returned: list[Mail], said: tuple[str, ...], carried: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses in these fields of the report and in these headers of what it brings back."""
    found = mailboxes(fields, *said) + [each for mail in returned for each in mailboxes(mail, *carried)]
    return tuple(dict.fromkeys(address for _, address in found))
