"""What crosses the wire: whole, readable by every mail program, and safe whatever a person is called."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigner.core.text import one_line
from campaigner.outbox import message, mould, slots
from campaigner.outbox.models import Mailing

LONG = "Neem de ontslagen meloenplukkers weer in dienst: bevestig je naam "
WORDS = {
    "nl": {
        "subject": "{{voornaam}}, de eerste koper heeft gebeld – één duw nog",
        "text": "Dag {{voornaam|vriend}},\n\nMaandag één koper.\n.\n..punten\nFrom hier \n{{voornaam}}\n\n"
        "Stop: {{afmelden}}\n",
        "html": '<html><body title="{{voornaam}}"><p>Dag {{voornaam|vriend}}, één koper.</p>\n.\n'
        '<p>Grüße &amp; groeten<br/>{{voornaam}}</p><a href="{{afmelden}}">stop</a></body></html>\n',
    }
}


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
    raw = f"Subject: {message.folded(subject)}\r\n\r\n".encode("ascii")
    assert message_from_bytes(raw, policy=default)["Subject"] == subject
    lines = raw.decode("ascii").split("\r\n")
    assert lines[0].removeprefix("Subject:").strip()
    assert max(map(len, lines)) <= 78
    assert all(len(word) <= 75 for line in lines for word in line.split() if word.startswith("=?"))


class Skeleton(HTMLParser):
    """The elements and attributes of a page, without its words."""

    def __init__(self) -> None:
        super().__init__()
        self.bones: list[Any] = []
        self.words = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.bones.append((tag, [name for name, _ in attrs]))
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self.bones.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Words."""
        self.words += data


def _skeleton(html: str) -> Skeleton:
    parser = Skeleton()
    parser.feed(html)
    return parser


def _mailing() -> Mailing:
    return Mailing(id=12, organisation_id=1, content=WORDS, kind=None)


def _delivery(name: str, **more: Any) -> Any:
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    facts = {"recipient": "345", "address": "an@voorbeeld.example", "first_name": name, "language": "nl"}
    return SimpleNamespace(**facts | {"message": None, "variant": "", "offered_at": at, "created_at": at} | more)


def _read(raw: bytes) -> tuple[EmailMessage, str, str]:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return mail, plain.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


NAMES = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="\r\n\t<>\"'&;:=?.-{}|%@\\/ \u2028\u0085\x00\x1b\u202eAé", max_size=60),
    st.sampled_from([
        "An\r\nBcc: allen@voorbeeld.example", "<script>alert(1)</script>", "{{afmelden}}", "{{voornaam|x}}",
        "=?utf-8?q?x?=",
        "\r\n.\r\nMAIL FROM:<x@y>", '" onmouseover="x', "--=_", "x" * 1500, "\u202e" * 30,
        "ي" * 200, "é" * 190, ".", "=3D",
    ]),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(name=NAMES, eight_bit=st.booleans())
@example(name="", eight_bit=True)
def test_no_name_breaks_out_of_its_place(app: Flask, name: str, eight_bit: bool) -> None:
    ours = app.extensions["campaigner"]
    letter = message.Writer(_mailing(), ours).letter(_delivery(name), eight_bit=eight_bit)
    plainest = message.Writer(_mailing(), ours).letter(_delivery("An"), eight_bit=eight_bit)
    mail, text, html = _read(letter.text)
    other, _, other_html = _read(plainest.text)

    shown = one_line(name)
    assert sorted(mail) == sorted(other)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert mail.defects == []
    assert _skeleton(html).bones == _skeleton(other_html).bones
    assert _skeleton(html).links == [_unsubscribe(mail)]
    assert text.splitlines()[0] == f"Dag {shown or 'vriend'},"
    if shown:
        assert mail["Subject"] == f"{shown}, de eerste koper heeft gebeld – één duw nog"
        assert f"Dag {shown}, één koper." in _skeleton(html).words
    _is_fit_for_the_wire(letter.text, ascii_only=not eight_bit)


def _unsubscribe(mail: EmailMessage) -> str:
    return str(mail["List-Unsubscribe"]).strip("<>")


def _is_fit_for_the_wire(raw: bytes, *, ascii_only: bool) -> None:
    head, _, _ = raw.partition(b"\r\n\r\n")
    assert raw.endswith(b"\r\n")
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert head.isascii()
    assert raw.isascii() or not ascii_only


@pytest.mark.parametrize("eight_bit", [True, False])
def test_the_words_arrive_as_they_were_written(app: Flask, eight_bit: bool) -> None:
    letter = message.Writer(_mailing(), app.extensions["campaigner"]).letter(_delivery("Zoë"), eight_bit=eight_bit)
    mail, text, html = _read(letter.text)
    expected = WORDS["nl"]["text"].replace("{{voornaam|vriend}}", "Zoë").replace("{{voornaam}}", "Zoë")
    assert text == expected.replace("{{afmelden}}", _unsubscribe(mail))
    assert "<p>Grüße &amp; groeten<br/>Zoë</p>" in html
    encodings = {part["Content-Transfer-Encoding"] for part in mail.iter_parts()}
    assert encodings == {"8bit" if eight_bit else "quoted-printable"}


def test_a_line_too_long_for_eight_bits_is_sent_quoted_printable(app: Flask) -> None:
    mailing = _mailing()
    mailing.content = {"nl": WORDS["nl"] | {"html": f"<p>{'woord ' * 300}é {{{{voornaam}}}}</p>"}}
    letter = message.Writer(mailing, app.extensions["campaigner"]).letter(_delivery("An"), eight_bit=True)
    assert f"<p>{'woord ' * 300}é An</p>" in _read(letter.text)[2]
    _is_fit_for_the_wire(letter.text, ascii_only=True)


def test_a_service_mail_is_not_read_for_marks(app: Flask) -> None:
    words = '{"subject": "Hallo {{voornaam}}", "text": "{{afmelden}}\\n", "html": "<p>{{voornaam}}</p>",'
    words += ' "reply_to": "a@b.example"}'
    mailing = Mailing(id=1, organisation_id=None, content={}, kind="contact.receipt")
    raw = (
        message.Writer(mailing, app.extensions["campaigner"])
        .letter(_delivery("An", message=words), eight_bit=True)
        .text
    )
    mail, text, html = _read(raw)
    assert (mail["Subject"], text, html) == ("Hallo {{voornaam}}", "{{afmelden}}\n", "<p>{{voornaam}}</p>")
    assert mail["Reply-To"] == "a@b.example"
    assert "List-Unsubscribe" not in mail


@pytest.mark.parametrize(
    "address", ["", "an@voorbeeld.example>\r\nRCPT TO:<x@y", "an voorbeeld@x.example", "é@x.example", "an"]
)
def test_what_is_no_address_is_never_written_to(app: Flask, address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        message.Writer(_mailing(), app.extensions["campaigner"]).letter(
            _delivery("An", address=address), eight_bit=True
        )


@pytest.mark.parametrize(
    "address", ['https://x.example/"><script>', "javascript:alert(1)", "https://x.example/ b", "/u/1"]
)
def test_only_a_plain_web_address_fills_a_slot_for_one(address: str) -> None:
    shape = mould.cast(("", "afmelden", ""), ('<a href="', "afmelden", '">'), eight_bit=True, boundary="b")
    with pytest.raises(ValueError, match="web address"):
        shape.body({"afmelden": address})


def test_every_attempt_is_the_same_message(app: Flask) -> None:
    first, second = (
        message.Writer(_mailing(), app.extensions["campaigner"]).letter(_delivery("An"), eight_bit=True)
        for _ in range(2)
    )
    assert first == second


def test_a_name_with_two_spaces_and_no_break_spaces_is_one_line() -> None:
    assert slots.line("An  \u00a0 Marie") == one_line("An  \u00a0 Marie")
