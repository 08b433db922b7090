"""From bytes to what a mail is: a bounce, a complaint, an automatic answer, a letter. Pure, and it never fails."""

import re
from dataclasses import dataclass, replace

from campaigner.core.text import one_line
from campaigner.mailroom import automata, bounces, complaints, letters
from campaigner.mailroom.bounces import Notice
from campaigner.mailroom.complaints import Complaint
from campaigner.mailroom.letters import Letter

TO_US = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
BEGIN, END = 6_000, 4_000  # kept of a long text: an answer stands above what it quotes, or below
IDS = re.compile(r"<[^<>\s]{3,250}>")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail is, and what matters of it.

    `kind`: bounce, complaint, disposition (RFC 8098: it was opened; we do not want to know), automatic,
    letter, unreadable.
    """

    kind: str
    addressed: tuple[str, ...] = ()  # to whom, by its headers
    notices: tuple[Notice, ...] = ()
    complaint: Complaint | None = None
    name: str = ""
    email: str | None = None  # where an answer goes; None: nowhere
    author: str | None = None  # who says they wrote it
    subject: str = ""
    text: str = ""
    answers: tuple[str, ...] = ()  # the Message-IDs that it answers
    mail_id: str = ""  # its own
    wants_out: bool = False


def read(raw: bytes, *, sender: str | None) -> Reading:
    """What this is. `sender` is the envelope's; "" for reports, None when it is not known.

    A mail whose parts are nonsense is read as if it had none, so that a person's words are not lost.
    """
    for opened in (letters.opened, letters.bare):
        try:
            return _read(opened(raw), sender)
        except letters.UNREADABLE:
            continue
    return Reading("unreadable")


def _read(letter: Letter, sender: str | None) -> Reading:
    mail = letter.mail
    if sender is None and mail.get("Return-Path") is not None:
        sender = letters.header(mail, "Return-Path").strip("<> ")
    common = Reading(
        kind="letter",
        addressed=tuple(address for _, address in letters.mailboxes(mail, *TO_US)),
        subject=letters.header(mail, "Subject")[:200],
        answers=tuple(IDS.findall(f"{letters.header(mail, 'In-Reply-To')} {letters.header(mail, 'References')}")[:20]),
        mail_id=next(iter(IDS.findall(letters.header(mail, "Message-ID"))), ""),
    )
    notices = bounces.notices(letter)
    if notices is None and _from_a_server(letter, sender):
        notices = bounces.guessed(letter) or None
    if notices is not None:
        return replace(common, kind="bounce", notices=tuple(notices))
    complaint = complaints.complaint(letter)
    if complaint is not None:
        return replace(common, kind="complaint", complaint=complaint)
    if letter.of_type("message/disposition-notification"):
        return replace(common, kind="disposition")
    return _letter(letter, common, sender)


def _from_a_server(letter: Letter, sender: str | None) -> bool:
    authors = letters.mailboxes(letter.mail, "From")
    return sender == "" or automata.is_daemon(sender or "") or any(automata.is_daemon(a) for _, a in authors)


def _letter(letter: Letter, common: Reading, sender: str | None) -> Reading:
    authors = letters.mailboxes(letter.mail, "From")
    where = letters.mailboxes(letter.mail, "Reply-To") or authors
    return replace(
        common,
        kind="automatic" if automata.is_automatic(letter.mail, sender=sender) else "letter",
        name=_name(authors[0][0]) if authors else "",
        author=authors[0][1] if authors else None,
        email=where[0][1] if where else sender or None,
        text=_bounded(letters.text(letter), letters.attachments(letter)),
        wants_out=automata.wants_out(common.subject),
    )


def _name(shown: str) -> str:
    return one_line(letters.decoded(shown))[:100]


def _bounded(text: str, attachments: list[str]) -> str:
    """The text, its middle left out when it is very long, and the names of what hung on it."""
    if len(text) > BEGIN + END:
        text = f"{text[:BEGIN].rstrip()}\n\n[…]\n\n{text[-END:].lstrip()}"
    hung = f"[+ {', '.join(attachments[:10])}]" if attachments else ""
    return f"{text}\n\n{hung}".strip()
