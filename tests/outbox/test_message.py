"""How a subject crosses the wire: whole, readable by every mail program, and never pushed off its first line."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from campaigner.outbox import message

LONG = "Neem de ontslagen meloenplukkers weer in dienst: bevestig je naam "


@pytest.mark.parametrize(
    "subject",
    [
        "Bevestig je handtekening: Neem de ontslagen meloenplukkers weer in dienst",
        f"{LONG}é",
        "» nu, l’eau toiletten één » bevestig l’eau « kinderopvang bevestig señal des drinkwater en",
        "En je in handtekening bevestig je bevestig [FOS-2025] des en kinderopvang x",
        "Confirme ta signature\u00a0: «\u00a0Des toilettes et de l’eau potable\u00a0»",
        "Een =? en een ?= zijn gewone tekens",
        "x" * 300,
        "🍌" * 60,
        LONG * 5,
    ],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    mail = EmailMessage(policy=message.POLICY)
    mail["Subject"] = subject
    raw = mail.as_bytes()
    assert message_from_bytes(raw, policy=default)["Subject"] == subject
    lines = raw.decode("ascii").split("\r\n")
    assert lines[0].removeprefix("Subject:").strip()
    assert max(map(len, lines)) <= 78
    assert all(len(word) <= 75 for line in lines for word in line.split() if word.startswith("=?"))
