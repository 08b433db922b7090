"""What a mail is: samples by hand from the RFCs and from common servers, and anything else that bytes can be."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigner.mailroom import automata, reading, tongues
from campaigner.outbox import returns
from tests.mailroom import samples

VERDICTS = {
    "postfix-unknown": "hard", "exim-unknown": "hard", "exchange-not-found": "hard", "gmail-unknown": "hard",
    "qmail-unknown": "hard", "utf8-address": "hard", "passed-on-unknown": "hard",
    "postfix-expired": "soft", "exim-no-code": "soft", "exchange-blocked": "soft", "gmail-too-fast": "soft",
    "full-mailbox": "soft", "postfix-delayed": "none",
}  # fmt: skip
OTHERS = {
    "arf-rfc5965": "complaint", "arf-message-id": "complaint", "arf-not-spam": "complaint",
    "vacation-rfc3834": "automatic", "vacation-bare": "automatic", "read-receipt": "disposition",
    "reply-text": "letter", "reply-html": "letter", "unsubscribe-subject": "letter",
}  # fmt: skip


def _read(name: str, sender: str | None = None) -> reading.Reading:
    return reading.read(samples.mail(name), sender=sender)


def test_every_sample_is_expected_somewhere() -> None:
    assert sorted(VERDICTS | OTHERS) == samples.NAMES


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_a_bounce_says_who_and_whether_it_is_the_end(name: str, verdict: str) -> None:
    found = _read(name, sender="")
    assert found.kind == "bounce"
    assert {notice.verdict for notice in found.notices} == {verdict}
    named = {address for notice in found.notices for address in notice.addresses}
    assert named == ({"iemand.anders@elders.example"} if name == "passed-on-unknown" else {samples.TO})


@pytest.mark.parametrize(("name", "kind"), OTHERS.items())
def test_what_is_no_bounce_is_told_apart(name: str, kind: str) -> None:
    assert _read(name).kind == kind


@pytest.mark.parametrize(
    ("status", "words", "verdict"),
    [
        ("5.1.1", "", "hard"),
        ("5.1.10", "", "hard"),
        ("5.2.1", "550 5.2.1 mailbox disabled", "hard"),
        ("5.1.3", "", "hard"),
        ("5.1.6", "", "hard"),
        ("5.0.0", "smtp; 550 5.1.1 no such user", "hard"),
        ("5.1.1 (bad destination mailbox address)", "", "hard"),
        ("5.1.2", "", "soft"),  # a domain may lapse for a week
        ("5.2.2", "", "soft"),
        ("5.7.1", "", "soft"),
        ("5.7.26", "550 5.7.26 unauthenticated", "soft"),
        ("4.2.2", "", "soft"),
        ("5.0.0", "", "soft"),
        ("", "", "soft"),
        ("", "550 no such user", "soft"),
        ("5.1.1", "550 5.7.1 refused", "soft"),
        ("5.1.1", "550 5.1.1 rejected as spam", "soft"),
        ("5.1.1", "smtp; 450 5.1.1 greylisted", "soft"),
        ("4.1.1", "550 5.1.1 user unknown", "soft"),
        ("5.2.1", "550 5.2.1 receiving mail at a rate that prevents delivery", "soft"),
        ("15.1.1", "", "soft"),
        ("5.1.1.9", "", "soft"),
        ("5.1.11", "", "soft"),
        ("x" * 5000 + "5.1.1", "y" * 5000 + "5.1.1", "soft"),
    ],
)
def test_only_what_points_one_way_is_hard(status: str, words: str, verdict: str) -> None:
    assert returns.classified(status, words) == verdict


def test_an_address_in_the_servers_words_is_not_read_as_its_reason() -> None:
    assert returns.classified("5.1.1", "550 5.1.1 <politie.spam@bestemming.example>: user unknown") == "hard"


def test_a_group_without_an_action_and_with_a_success_is_no_failure() -> None:
    raw = samples.mail("postfix-unknown").replace(b"Action: failed", b"Action: relayed")
    assert {notice.verdict for notice in reading.read(raw, sender="").notices} == {"none"}


def test_an_answer_keeps_its_words_its_quote_and_the_names_of_what_hung_on_it() -> None:
    found = _read("reply-text")
    assert found.name == "An Vöórbeeld"
    assert found.email == found.author == samples.TO
    assert "Wel één vraag: wanneer is de volgende actie?" in found.text
    assert "> Maandag belde de eerste koper." in found.text
    assert found.text.endswith("[+ foto.jpg]")
    assert found.answers == (samples.MESSAGE_ID,)


def test_html_alone_becomes_its_words_and_nothing_of_its_code() -> None:
    found = _read("reply-html")
    assert found.text == "Bonjour, je ne suis pas d'accord avec vous & les autres.\nMerci\nDag"


def test_the_middle_of_a_very_long_answer_is_left_out_and_its_ends_are_kept() -> None:
    mail = EmailMessage()
    mail["From"] = samples.TO
    mail.set_content("begin " + "midden " * 20_000 + "einde")
    found = reading.read(mail.as_bytes(), sender=samples.TO)
    assert found.text.startswith("begin ")
    assert found.text.endswith("einde")
    assert "[…]" in found.text
    assert len(found.text) < 10_100


def test_a_letter_whose_parts_are_nonsense_is_read_all_the_same() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    found = reading.read(f"From: {samples.TO}\nSubject: Vraag\n{nested}\nHelp".encode(), sender=samples.TO)
    assert (found.kind, found.email, found.subject) == ("letter", samples.TO, "Vraag")


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "utf-16", "rot13", "hex", "geen", "x" * 500, "undefined", "\x00"]
)
def test_any_name_of_a_charset_is_survived(charset: str) -> None:
    raw = f"From: {samples.TO}\nContent-Type: text/plain; charset={charset}\n\nDag {'-a' * 50_000}".encode()
    assert "Dag" in reading.read(raw, sender=samples.TO).text or charset == "utf-16"


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <lijst.voorbeeld.example>", "X-Autoreply: yes",
     "Subject: Automatisch antwoord: weg", "Auto-Submitted: auto-generated; x=y"],
)  # fmt: skip
def test_a_program_is_recognised_by_what_it_says_of_itself(header: str) -> None:
    raw = f"From: {samples.TO}\n{header}\n\nDag".encode()
    assert reading.read(raw, sender=samples.TO).kind == "automatic"


def test_a_person_is_not_taken_for_a_program() -> None:
    for header in ("Auto-Submitted: no", "Subject: Re: Out of office is geen antwoord", "X-Mailer: iPhone"):
        assert reading.read(f"From: {samples.TO}\n{header}\n\nDag".encode(), sender=samples.TO).kind == "letter"


def test_a_report_without_a_sender_is_never_a_letter() -> None:
    assert reading.read(f"From: {samples.TO}\n\nDag".encode(), sender="").kind == "automatic"


@pytest.mark.parametrize(
    ("subject", "out"),
    [("unsubscribe", True), ("Re: Uitschrijven!", True), ("désinscription", True), ("Fwd: RE: baja", True),
     ("STOP", True), ("stop de staking", False), ("hoe uitschrijven?", False), ("", False), ("Re:", False)],
)  # fmt: skip
def test_a_subject_asks_to_be_left_alone_only_when_it_says_nothing_else(subject: str, out: bool) -> None:
    assert automata.wants_out(subject) is out


@pytest.mark.parametrize(
    ("text", "code"),
    [("Dag, ik wil dat jullie dit weten", "nl"), ("Bonjour, je ne suis pas d'accord avec vous", "fr"),
     ("Hello, I have a question for you", "en"), ("Hola, no puedo estar con ustedes pero gracias", "es"), ("ok", "nl"),
     ("", "nl")],
)  # fmt: skip
def test_the_language_is_guessed_by_small_words(text: str, code: str) -> None:
    assert tongues.guess(text) == code


@given(st.binary(max_size=2_000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_something_and_never_a_hard_bounce(raw: bytes) -> None:
    found = reading.read(raw, sender=None)
    assert not any(notice.verdict == "hard" for notice in found.notices)


@given(st.sampled_from(samples.NAMES), st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_sample_is_read_without_a_fault(name: str, data: st.DataObject) -> None:
    raw = bytearray(samples.mail(name))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    found = reading.read(bytes(raw), sender=data.draw(st.sampled_from([None, "", samples.TO])))
    assert found.kind in {"bounce", "complaint", "disposition", "automatic", "letter", "unreadable"}
    assert len(found.text) < 12_000
