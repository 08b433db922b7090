"""The mailing that everybody in the bench sends: 12 kB of text and HTML, a first name, a link to unsubscribe.

The same words and the same people for us and for those we compare with; each puts the name and the
link into its own message and writes its own MIME.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from html import escape
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy import LargeBinary, Select, Text, column, select
from sqlalchemy import table as named_table

from bench.stage import Mail
from campaigner.config import Settings
from campaigner.core.crypto import keyring
from campaigner.outbox import message

NAMES = ("Fatiha", "Luc", "Greet", "José", "Zoë", "Marieke", "Ali", "Els", "Joaquín", "Anne-Sophie")
SUBJECT = "De eerste koper heeft gebeld, {{voornaam}}"
SENTENCES = (
    "Maandag belde de eerste koper naar het kantoor van de vakbond in San Pedro.",
    "Hij wilde weten waarom drieduizend mensen uit Vlaanderen hem een brief schreven.",
    "De vrouwen van de inpakhal legden het uit: veertien uur rechtstaan voor een dagloon van acht euro.",
    "Nu ligt er een datum op tafel, en dat is nieuw na twee jaar zwijgen.",
    "Kom donderdag mee naar de vergadering, of deel deze brief met één collega.",
)
PERSON = """
CREATE TABLE bench_person (
  recipient text PRIMARY KEY, mailbox bytea NOT NULL, address bytea NOT NULL, first_name bytea NOT NULL,
  language text NOT NULL, provider text NOT NULL, number integer NOT NULL UNIQUE)
"""


@dataclass(frozen=True)
class Person:
    """One of those who are written to."""

    number: int

    @property
    def email(self) -> str:
        """Their address."""
        return f"ontvanger{self.number}@voorbeeld.example"

    @property
    def first_name(self) -> str:
        """Their name."""
        return NAMES[self.number % len(NAMES)]

    @property
    def token(self) -> str:
        """What rivals put into their unsubscribe link: as long as ours."""
        return sha256(f"bench {self.number}".encode()).hexdigest()


def content() -> dict[str, str]:
    """Subject, text and HTML, with the marks {{voornaam}} and {{afmelden}} where the name and the link come."""
    text = [" ".join(SENTENCES[:3]), *(f"{n}. {' '.join(SENTENCES)}" for n in range(1, 7))]
    rows = "".join(
        f'<tr><td style="padding:8px 24px;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;'
        f'color:#1d1d1b">{n}. {escape(" ".join(SENTENCES))}</td></tr>\n'
        for n in range(1, 14)
    )
    html = (
        '<!doctype html>\n<html lang="nl"><head><meta charset="utf-8"><title>Nieuws</title></head><body>'
        f'<p style="font-size:18px">Dag {{{{voornaam}}}},</p>\n<table role="presentation">\n{rows}</table>\n'
        '<p>Geen berichten meer? <a href="{{afmelden}}">Schrijf je uit</a>.</p></body></html>\n'
    )
    plain = "Dag {{voornaam}},\n\n" + "\n\n".join(text) + "\n\nGeen berichten meer? {{afmelden}}\n"
    return {"subject": SUBJECT, "text": plain, "html": html}


def for_rivals(file: Path, number: int) -> Path:
    """The same mailing as a file: words with their marks, and (address, first name, unsubscribe link) of each."""
    people = [Person(n) for n in range(number)]
    links = [f"https://acties.voorbeeld.example/u/{person.token}" for person in people]
    each = [[person.email, person.first_name, link] for person, link in zip(people, links, strict=True)]
    file.write_text(json.dumps({**content(), "sender": "campagnes@fos.example", "people": each}))
    return file


def fill_people(app: Flask, url: str, number: int) -> None:
    """The table that our freeze takes them from: encrypted as in life, each with a mailbox of their own."""
    with app.app_context(), psycopg.connect(url.replace("+psycopg", "")) as ours:
        ours.execute(PERSON)
        with ours.cursor().copy("COPY bench_person FROM STDIN (FORMAT BINARY)") as rows:
            rows.set_types(["text", "bytea", "bytea", "bytea", "text", "text", "int4"])
            for person in map(Person, range(number)):
                sealed = [keyring.encrypt(person.email, "email"), keyring.encrypt(person.first_name, "first_name")]
                mailbox = keyring.fingerprint(person.email, "mailbox")
                rows.write_row([str(person.number), mailbox, *sealed, "nl", "other", person.number])


def audience(first: int, number: int) -> Select[tuple[object, ...]]:
    """So many of them, as `outbox.freeze` takes an audience."""
    person = named_table(
        "bench_person",
        *(column(name, Text) for name in ("recipient",)),
        *(column(name, LargeBinary) for name in ("mailbox", "address", "first_name")),
        *(column(name, Text) for name in ("language", "provider", "number")),
    )
    columns = [person.c[name] for name in ("recipient", "mailbox", "address", "first_name", "language", "provider")]
    return select(*columns).where(person.c.number >= first, person.c.number < first + number)


def message_id(settings: Settings, mailing_id: int, recipient: str) -> str:
    """The Message-ID under which the engine sends this row of the ledger."""
    return message.message_id(settings, mailing_id=mailing_id, recipient=recipient)


def faults(mails: Sequence[Mail], first: int, number: int) -> list[str]:
    """What is wrong with what arrived: each person once, their own name and link in the text, HTML and headers."""
    wrong = []
    arrived = sorted(mail.to for mail in mails)
    expected = sorted(Person(n).email for n in range(first, first + number))
    if arrived != expected:
        missing, twice = len(set(expected) - set(arrived)), len(arrived) - len(set(arrived))
        wrong.append(f"{missing} missing, {twice} twice, {len(set(arrived) - set(expected))} strangers")
    if len({mail.id for mail in mails}) != len(mails):
        wrong.append("two messages share a Message-ID")
    for mail in mails:
        person = Person(int(mail.to.removeprefix("ontvanger").partition("@")[0]))
        wrong += [f"{mail.to}: {words}" for words in _faults(parsed(mail), person)]
    return wrong


def parsed(mail: Mail) -> EmailMessage:
    """The message as a mail program reads it."""
    found = message_from_bytes(base64.b64decode(mail.whole), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _faults(found: EmailMessage, person: Person) -> list[str]:
    link = (found["List-Unsubscribe"] or "").partition("<")[2].partition(">")[0]
    wrong = [] if link.startswith(("https://", "http://")) else ["no link in List-Unsubscribe"]
    wrong += [] if found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" else ["no List-Unsubscribe-Post"]
    wrong += [] if found["To"] and person.email in str(found["To"]) else ["written to somebody else"]
    wrong += [] if str(found["Subject"]).endswith(f", {person.first_name}") else ["not their name in the subject"]
    for kind in ("plain", "html"):
        part = found.get_body((kind,))
        words = part.get_content() if part is not None else ""
        if f"Dag {person.first_name}," not in words or link not in words or SENTENCES[-1] not in words:
            wrong.append(f"not their name, their link or all words in the {kind} part")
        if "{{" in words:
            wrong.append(f"a mark was left in the {kind} part")
    return wrong
