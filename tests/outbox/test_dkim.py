"""Our signature, judged by somebody else's verifier (dkimpy), and by our own where we look at ourselves."""

import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import replace
from email.message import EmailMessage
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import dkim as theirs
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigner import config
from campaigner.config import SettingsError
from campaigner.outbox import dkim, specimen
from campaigner.outbox.dkim import Header, Signer
from tests.house.test_settings import GOOD

DOMAIN, SELECTOR = "voorbeeld.example", "mei2026"
AT = 1_780_000_000
HEADERS: list[Header] = [
    (b"From", b" De Bond <acties@voorbeeld.example>"),
    (b"To", b" fatiha@elders.example"),
    (b"Subject", b" De eerste koper heeft gebeld"),
    (b"Date", b" Tue, 26 May 2026 10:00:00 +0000"),
    (b"Message-ID", b" <abc@voorbeeld.example>"),
    (b"Reply-To", b" vragen@voorbeeld.example"),
    (b"List-Unsubscribe", b" <https://acties.voorbeeld.example/u/abc>"),
    (b"List-Unsubscribe-Post", b" List-Unsubscribe=One-Click"),
    (b"List-Id", b" <acties.voorbeeld.example>"),
    (b"MIME-Version", b" 1.0"),
    (b"Content-Type", b' multipart/alternative;\r\n boundary="=_abc"'),
]


@cache
def key_of(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def private() -> rsa.RSAPrivateKey:
    return key_of(2048)


def pem(key: Any, lock: Any = None) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption()).decode())


@cache
def signer_of(bits: int) -> Signer:
    return Signer(DOMAIN, SELECTOR, pem(key_of(bits)))


def signer() -> Signer:
    return signer_of(2048)


def signed(headers: Sequence[Header] = HEADERS, body: bytes = b"Dag.\r\n", *, by: Signer | None = None) -> bytes:
    """A whole message."""
    made = (by or signer()).sign(headers, body, at=AT)
    return made + b"".join(b"%b:%b\r\n" % header for header in headers) + b"\r\n" + body


def holds(message: bytes, by: Signer | None = None) -> bool:
    """What dkimpy says of it, with our record in the place of DNS."""
    by = by or signer()
    record = dkim.record(by.public_key).encode()

    def txt(name: bytes, timeout: int = 5) -> bytes:
        assert name == f"{SELECTOR}._domainkey.{DOMAIN}.".encode()
        return record

    return bool(theirs.verify(message, dnsfunc=txt))


def ours(message: bytes) -> dkim.Proof:
    return dkim.verify(message, domain=DOMAIN, selector=SELECTOR, key=signer().public_key)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n\r\n",
        b"Dag Fatiha,\r\n\r\nKom je?\r\n",
        b"zonder laatste regeleinde",
        b"lege regels aan het eind\r\n\r\n\r\n\r\n",
        "Ríos, Zoë en 5 €\r\n".encode(),
        b"Zo=C3=AB  en =\r\nverder =20\r\n",
        b" spaties  voor,  tussen en na \t \r\n.\r\n..\r\n",
        b"x" * 12_000 + b"\r\n",
    ],
)
def test_every_kind_of_body_verifies(body: bytes) -> None:
    assert holds(signed(body=body))
    assert ours(signed(body=body)).fault == ""


@pytest.mark.parametrize(
    ("body", "hashed"),
    [
        (b"", b"\r\n"),
        (b"een kale \n regel\n\r\n", b"een kale \n regel\n\r\n"),
        (b"aan het eind\n", b"aan het eind\n\r\n"),
        (b"aan het eind\r", b"aan het eind\r\r\n"),
        (b"\n\r\n\r\n", b"\n\r\n"),
        (b"\r\n\n", b"\r\n\n\r\n"),
    ],
)
def test_a_line_feed_that_ends_no_line_is_hashed_as_it_is(body: bytes, hashed: bytes) -> None:
    """dkimpy makes line ends of them before it looks; RFC 6376 does not. The engine writes none."""
    found = re.search(rb"bh=([^;]+);", signed(body=body))
    assert found is not None
    assert b64decode(found[1]) == sha256(hashed).digest()
    assert ours(signed(body=body)).fault == ""


@pytest.mark.parametrize(
    "change",
    [
        {b"Subject": b" =?utf-8?q?Zo=C3=AB_en?=\r\n =?utf-8?q?_Jos=C3=A9?="},
        {b"Subject": b" " + b"een heel lang onderwerp " * 40},
        {b"Subject": b""},
        {b"Subject": b"zonder spatie"},
        {b"Subject": b" \t veel \t  wit \r\n\t en een tab \t "},
        {b"From": "Zoë Núñez <acties@voorbeeld.example>".encode()},
        {b"List-Unsubscribe": b" <https://acties.voorbeeld.example/u/" + b"a" * 400 + b">,\r\n <mailto:u@v.example>"},
        {b"To": b" a@b.example,\r\n\tc@d.example,\r\n   e@f.example"},
    ],
)
def test_folded_long_and_odd_headers_verify(change: dict[bytes, bytes]) -> None:
    message = signed([(name, change.get(name, value)) for name, value in HEADERS])
    assert holds(message)
    assert ours(message).fault == ""


def test_headers_that_stand_there_twice_are_all_covered() -> None:
    headers = [*HEADERS, (b"To", b" tweede@elders.example"), (b"List-Id", b" <tweede>")]
    assert holds(signed(headers))
    assert ours(signed(headers)).fault == ""
    assert not holds(signed(headers).replace(b"tweede@", b"derde@"))
    assert not holds(signed(headers).replace(b"fatiha@", b"derde@"))


def test_servers_on_the_way_may_fold_headers_anew_and_put_their_own_on_top() -> None:
    message = signed().replace(b"Subject: De eerste", b"SUBJECT:   De\r\n\t eerste")
    assert holds(b"Received: from a by b;\r\n Tue, 26 May 2026 10:00:01 +0000\r\n" + message)
    assert ours(b"Received: from a by b\r\n" + message).fault == ""


COVERED = [b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"MIME-Version", b"Content-Type",
           b"List-Unsubscribe", b"List-Unsubscribe-Post", b"List-Id"]  # fmt: skip


@pytest.mark.parametrize("name", COVERED)
def test_taking_out_or_changing_a_header_breaks_the_signature(name: bytes) -> None:
    signature = signer().sign(HEADERS, b"", at=AT)
    without = [header for header in HEADERS if header[0] != name]
    changed = [(known, value + b"x" if known == name else value) for known, value in HEADERS]
    for headers in (without, changed):
        message = signature + b"".join(b"%b:%b\r\n" % header for header in headers) + b"\r\n"
        assert ours(message).fault
        try:
            assert not holds(message)
        except theirs.ParameterError:
            assert name == b"From", "only a message without From is no message at all"
    assert name.lower().decode() in ours(signed()).covered


@pytest.mark.parametrize("name", [b"From", b"To", b"Subject", b"Date"])
@pytest.mark.parametrize("on_top", [True, False])
def test_nobody_adds_a_second_sender_or_subject(name: bytes, on_top: bool) -> None:
    message, more = signed(), name + b": iemand@anders.example\r\n"
    head, body = message.split(b"\r\n\r\n", 1)
    forged = more + message if on_top else head + b"\r\n" + more + b"\r\n" + body
    assert not holds(forged)
    assert ours(forged).fault


def test_a_changed_body_or_another_key_breaks_it() -> None:
    assert "body" in ours(signed().replace(b"Dag.", b"Dag!")).fault
    assert not holds(signed().replace(b"Dag.", b"Dag!"))
    other = Signer(DOMAIN, SELECTOR, pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    assert "key" in ours(signed(by=other)).fault
    assert not holds(signed(by=other))


@pytest.mark.parametrize(
    "damage",
    [
        lambda message: message.split(b"\r\n\r\n")[0].replace(b"DKIM-Signature", b"X-Gone"),
        lambda message: message.replace(b"relaxed/simple", b"simple/simple"),
        lambda message: message.replace(b"rsa-sha256", b"rsa-sha1"),
        lambda message: message.replace(b" s=mei2026", b" s=ander"),
        lambda message: re.sub(rb"\bb=[^;]*?\r\nFrom", b"b=***\r\nFrom", message, flags=re.S),
        lambda message: re.sub(rb"bh=[^;]*;", b"bh=AAAA;", message),
        lambda message: b"DKIM-Signature: " + message,
        lambda message: b"",
        lambda message: b"\r\n\r\n",
        lambda message: b"DKIM-Signature:;;=;d=voorbeeld.example;s=mei2026;a=rsa-sha256;c=relaxed/simple\r\n\r\n",
    ],
)
def test_our_own_look_never_takes_a_damaged_signature_for_a_good_one(damage: Callable[[bytes], bytes]) -> None:
    assert ours(damage(signed())).fault


def test_the_same_message_and_moment_give_the_same_bytes() -> None:
    once, again = (Signer(DOMAIN, SELECTOR, pem(private())).sign(HEADERS, b"Dag.\r\n", at=AT) for _ in "ab")
    assert once == again
    assert once != signer().sign(HEADERS, b"Dag.\r\n", at=AT + 1)


def test_the_signature_is_folded_and_names_the_moment() -> None:
    made = signer().sign(HEADERS, b"", at=AT)
    assert made.endswith(b"\r\n")
    lines = made.removesuffix(b"\r\n").split(b"\r\n")
    assert lines[0].startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
    assert all(line.startswith(b" ") for line in lines[1:])
    assert max(map(len, lines)) <= 78
    assert b" t=1780000000;" in made


def test_longer_keys_sign_too() -> None:
    assert holds(signed(by=signer_of(3072)), signer_of(3072))


def test_a_message_without_from_is_refused() -> None:
    with pytest.raises(ValueError, match="From"):
        signer().sign(HEADERS[1:], b"", at=AT)


words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\x85"), max_size=200)
folds = st.lists(words, min_size=1, max_size=4).map(lambda parts: "\r\n ".join(parts).encode())
lines = st.lists(st.binary(max_size=80).map(lambda line: re.sub(rb"[\r\n]", b"", line)), max_size=12)


@settings(max_examples=300, deadline=None)
@given(subject=folds, name=words, body=lines.map(b"\r\n".join))
def test_whatever_is_said_verifies(subject: bytes, name: str, body: bytes) -> None:
    headers = [
        (b"From", f' "{name}" <acties@voorbeeld.example>'.encode()),
        (b"Subject", b" x " + subject),
        *HEADERS[6:],
    ]
    # A folded line of nothing but white space is no header line for any reader; we never write one.
    headers = [(field, re.sub(rb"\r\n[ \t]*(?=\r\n|\Z)", b"", value)) for field, value in headers]
    message = signed(headers, body)
    assert holds(message)
    assert ours(message).fault == ""


def test_what_python_writes_verifies() -> None:
    for cte in ("quoted-printable", "base64", "8bit"):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Zoë <a@voorbeeld.example>", "b@elders.example", "Één é" * 30
        mail.set_content("Eén regel é.\n\n\n", cte=cte)
        mail.add_alternative("<p>Eén</p>\n", subtype="html", cte=cte)
        raw = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
        headers, body = dkim.parted(raw)
        assert b"".join(b"%b:%b\r\n" % header for header in headers) + b"\r\n" + body == raw
        assert holds(signed(headers, body))


@pytest.mark.parametrize("to", ["fatiha@elders.example", "f" * 64 + "@" + "elders." * 25 + "example"])
def test_an_alert_from_the_engines_own_writer_verifies(app: Flask, to: str) -> None:
    chosen = replace(
        app.extensions["campaigner"], mail_dkim_key=pem(private()), mail_dkim_selector=SELECTOR,
        mail_sender=f"acties@{DOMAIN}", host_name="Zoë’s Bond", mail_return_address=f"terug@{DOMAIN}",
    )  # fmt: skip
    with app.app_context():
        text = specimen.written(chosen, to=to, eight_bit=True).text
    assert holds(text)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= ours(text).covered
    assert len(text) > 6_000


def test_the_same_signer_serves_the_whole_process() -> None:
    chosen = config.read({**GOOD, "MAIL_DKIM_KEY": pem(private()), "MAIL_DKIM_SELECTOR": SELECTOR})
    assert dkim.signer_of(chosen) is dkim.signer_of(replace(chosen))
    assert dkim.signer_of(config.read(GOOD)) is None


def test_a_key_may_be_the_pem_itself_or_a_file(tmp_path: Path) -> None:
    text, file = pem(private()), tmp_path / "dkim.pem"
    file.write_text(text)
    for way in (text, text.replace("\n", "\\n"), str(file)):
        found = config.read({**GOOD, "MAIL_DKIM_KEY": way})
        assert found.mail_dkim_key.strip() == text.strip()
        assert "PRIVATE" not in repr(found)
        assert found.dkim_domain == DOMAIN
        assert found.mail_dkim_selector == "campaigner"


def test_a_bad_key_is_named_at_the_start_and_never_repeated(tmp_path: Path) -> None:
    damaged = pem(private()).replace("A", "B")
    text = tmp_path / "text.pem"
    text.write_bytes(b"\xff\xfe geen tekst")
    cases = {
        pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)): "a key of 1024 bits; use 2048 or more",
        pem(ed25519.Ed25519PrivateKey.generate()): "not an RSA key",
        pem(private(), BestAvailableEncryption(b"geheim")): "locked with a password",
        damaged: "not a private key in PEM",
        str(text): "not a private key in PEM",
        str(tmp_path / "weg.pem"): "No such file",
        str(tmp_path): "Is a directory",
        pem(private()).split("\n", 1)[1].replace("\n", ""): "nor the path of a file",
        "een\x00nul": "not a private key in PEM",
    }
    for bad, words in cases.items():
        with pytest.raises(SettingsError, match=f"MAIL_DKIM_KEY is .*{words}") as caught:
            config.read({**GOOD, "MAIL_DKIM_KEY": bad})
        assert bad not in str(caught.value)


@pytest.mark.parametrize("name", ["MAIL_DKIM_DOMAIN", "MAIL_DKIM_SELECTOR"])
@pytest.mark.parametrize("bad", ["a b", "a;b", "-a", "a..b", "ë.example", "x" * 64, "a.example\nb", "a=b"])
def test_a_bad_domain_or_selector_is_named_at_the_start(name: str, bad: str) -> None:
    with pytest.raises(SettingsError, match=name):
        config.read({**GOOD, name: bad})
    assert config.read({**GOOD, "MAIL_DKIM_DOMAIN": "Mail.Voorbeeld.Example."}).dkim_domain == "mail.voorbeeld.example"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=DKIM1; k=rsa; p=", "withdrawn"),
        ("v=spf1 -all", "not a DKIM record"),
        ("", "not a DKIM record"),
        ("v=DKIM1; k=ed25519; p=AAAA", "rsa-sha256"),
        ("v=DKIM1; h=sha1; p=AAAA", "rsa-sha256"),
        ("v=DKIM1; p=AAAA", "cut off"),
        ("v=DKIM1; p=***", "cut off"),
    ],
)
def test_a_published_record_that_is_none_is_told_apart(record: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        dkim.published(record)


def test_a_record_is_cut_for_dns_and_read_back_whatever_white_space_it_got() -> None:
    record = dkim.record(signer().public_key)
    assert all(len(part) <= 255 for part in dkim.strings(record))
    assert "".join(dkim.strings(record)) == record
    spaced = record.replace("; ", " ;\t").replace("p=MII", "p = MI I")
    assert dkim.published(spaced).public_numbers() == signer().public_key.public_numbers()
