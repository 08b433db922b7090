"""The conversation with a mail server: one round trip a message, and an outcome for each stage at which it can end."""

import socket
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigner.outbox import smtp, wire
from campaigner.outbox.answers import Outcome
from campaigner.outbox.smtp import Letter, Line, RelayAway
from campaigner.outbox.wire import Garbled, Replies, Wire
from campaigner.spelling import Relay
from tests.outbox.server import GONE, Server, serving
from tests.outbox.test_probe import relay

OFFERS = {
    "plain": (),
    "pipelined": ("PIPELINING", "8BITMIME"),
    "chunked": ("PIPELINING", "CHUNKING", "8BITMIME"),
}
EVERY = pytest.mark.parametrize("extensions", OFFERS.values(), ids=list(OFFERS))
WITH_DOT = pytest.mark.parametrize("extensions", [OFFERS["plain"], OFFERS["pipelined"]], ids=["plain", "pipelined"])
TEXT = b"Subject: x\r\n\r\nEen regel\r\n.\r\n..twee\r\nMAIL FROM:<x@y>\r\nh\xc3\xa9\r\n"


def _letters(number: int = 5, text: bytes = TEXT) -> list[Letter]:
    return [Letter(str(n), "wij@voorbeeld.example", f"an{n}@voorbeeld.example", text) for n in range(number)]


def _offered(server: Server, letters: list[Letter]) -> tuple[dict[str, Outcome], str]:
    with serving(server), Line(server.relay) as line:
        line.open()
        found = line.offer(letters, until=time.monotonic() + 30)
        return found, line.away


@EVERY
def test_each_message_arrives_whole_and_once(extensions: tuple[str, ...]) -> None:
    server = Server(extensions)
    found, away = _offered(server, _letters())
    assert {outcome.state for outcome in found.values()} == {"sent"}
    assert server.texts == [(letter.recipient, TEXT) for letter in _letters()]
    assert (server.lines, away) == (1, "")


@EVERY
def test_eight_bits_are_announced_only_where_they_are_taken(extensions: tuple[str, ...]) -> None:
    server = Server(extensions)
    _offered(server, [*_letters(1), *_letters(1, b"Subject: x\r\n\r\nascii\r\n")])
    mails = [command for command in server.commands if command.startswith("MAIL")]
    assert [mail.endswith("BODY=8BITMIME") for mail in mails] == ["8BITMIME" in extensions, False]


@pytest.mark.parametrize(("kind", "writes"), [("plain", 40), ("pipelined", 11), ("chunked", 10)])
def test_a_message_costs_one_round_trip_where_the_server_allows_it(
    kind: str, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client waits once after each write; with PIPELINING the first envelope is one more."""
    seen = []
    write = Wire.write

    def noted(wire: Wire, text: bytes) -> None:
        seen.append(text)
        write(wire, text)

    monkeypatch.setattr(Wire, "write", noted)
    ours, theirs = socket.socketpair()
    threading.Thread(target=Server(OFFERS[kind]).talk, args=(theirs,), daemon=True).start()
    with ours:
        found = _over(ours, OFFERS[kind]).offer(_letters(10), until=time.monotonic() + 30)
    assert {outcome.state for outcome in found.values()} == {"sent"}
    assert len(seen) == writes


def _over(sock: socket.socket, extensions: tuple[str, ...]) -> Line:
    """A line over a socket that is open already."""
    line = Line(Relay("test", "nowhere"))
    line._smtp = smtp.smtplib.SMTP()
    line._smtp.esmtp_features = {name.lower(): "" for name in extensions}
    line._smtp.does_esmtp = True
    line._smtp.sock = sock
    line._wire = Wire(sock)
    line._wire.until = time.monotonic() + 5
    line._wire.reply()  # the greeting
    return line


@EVERY
@pytest.mark.parametrize(
    ("stage", "words", "state"),
    [
        ("MAIL", "550 5.7.1 not you", "refused"),
        ("MAIL", "451 4.3.0 later", "deferred"),
        ("RCPT", "550 5.1.1 nobody", "failed"),
        ("RCPT", "450 4.2.0 greylisted", "deferred"),
        ("DOT", "554 5.7.1 spam", "rejected"),
        ("DOT", "452 4.2.2 full", "deferred"),
        ("DOT", GONE, "unknown"),
    ],
)
def test_an_answer_at_a_stage_is_the_outcome_of_that_message_alone(
    extensions: tuple[str, ...], stage: str, words: str, state: str
) -> None:
    def answer(at: str, recipient: str) -> str | None:
        # MAIL names the sender, so there the second message of a conversation is the one.
        second = sum(command.startswith("MAIL") for command in server.commands) == 2
        theirs = second if at == "MAIL" else recipient.startswith("an1@")
        return words if at == stage and theirs else None

    server = Server(extensions, answer)
    found, _ = _offered(server, _letters(4))
    assert found["1"].state == state
    others = [outcome.state for key, outcome in found.items() if key != "1"]
    assert others == (["sent"] if words == GONE else ["sent"] * 3)
    assert [to for to, _ in server.texts].count("an1@voorbeeld.example") == (state == "unknown")


@WITH_DOT
@pytest.mark.parametrize(("words", "state"), [("554 5.3.4 too big", "rejected"), ("451 4.3.0 no room", "deferred")])
def test_a_text_that_is_turned_down_before_it_was_said(extensions: tuple[str, ...], words: str, state: str) -> None:
    server = Server(extensions, lambda stage, to: words if stage == "DATA" and to.startswith("an1@") else None)
    found, _ = _offered(server, _letters(4))
    assert [outcome.state for outcome in found.values()] == ["sent", state, "sent", "sent"]


def test_a_server_that_wants_the_text_of_a_refused_recipient_gets_an_empty_one() -> None:
    server = Server(OFFERS["pipelined"], lambda stage, to: "550 5.1.1 no" if stage == "RCPT" and "an1" in to else None)
    server.eager = True
    found, _ = _offered(server, _letters(3))
    assert [outcome.state for outcome in found.values()] == ["sent", "failed", "sent"]
    assert [to for to, _ in server.texts] == ["an0@voorbeeld.example", "an2@voorbeeld.example"]


@EVERY
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DOT"])
def test_421_ends_the_conversation_and_nothing_more_is_begun(extensions: tuple[str, ...], stage: str) -> None:
    def answer(at: str, recipient: str) -> str | None:
        late = len(server.texts) == 2
        return "421 4.3.2 closing" if at == stage and late else None

    server = Server(extensions, answer)
    found, away = _offered(server, _letters(5))
    assert [outcome.state for outcome in found.values()] == ["sent", "sent", "deferred" if stage == "DOT" else "ready"]
    assert away.startswith("421 4.3.2")
    assert len(server.texts) == 2


@EVERY
def test_a_line_lost_before_the_text_costs_nothing(extensions: tuple[str, ...]) -> None:
    server = Server(extensions, lambda stage, to: GONE if stage == "RCPT" and "an2" in to else None)
    found, away = _offered(server, _letters(5))
    states = [outcome.state for outcome in found.values()]
    # With BDAT the text had left together with its commands.
    assert states == ["sent", "sent", "unknown" if "CHUNKING" in extensions else "ready"]
    assert away == ""


def test_a_text_that_did_not_leave_whole_was_not_taken() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"220 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    line = _over(ours, OFFERS["pipelined"])
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    def read_a_little() -> None:
        theirs.recv(1000)
        theirs.close()

    threading.Thread(target=read_a_little, daemon=True).start()
    with ours:
        found = line.offer(_letters(1, b"x" * 5_000_000 + b"\r\n"), until=time.monotonic() + 5)
    assert found["0"].state == "ready"


def test_a_server_that_falls_silent_after_the_dot_leaves_the_outcome_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MESSAGE_SECONDS", 0.3)
    release = threading.Event()
    server = Server(OFFERS["pipelined"], lambda stage, _to: release.wait(3) and None if stage == "DOT" else None)
    found, _ = _offered(server, _letters(2))
    release.set()
    assert {key: outcome.state for key, outcome in found.items()} == {"0": "unknown"}


def test_no_message_begins_after_its_time() -> None:
    with serving(Server(OFFERS["pipelined"])) as server, Line(server.relay) as line:
        line.open()
        assert line.offer(_letters(3), until=time.monotonic() - 1) == {}


def test_a_server_that_is_not_there_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Line(Relay("test", "127.0.0.1", port)) as line, pytest.raises(RelayAway):
        line.open()


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("450 4.7.1 Greylisted, please try again in 300 seconds", 300),
        ("450 4.2.0 Greylisted; retry in 5 minutes", 300),
        ("451 4.7.1 try again in 05:00", 300),
        ("451 4.7.1 Try again later", 0),
        ("451 4.3.0 try again in 99999 hours", 4 * 3600),
        ("450 4.2.2 mailbox 1234 full", 0),
    ],
)
def test_a_server_that_names_a_time_is_believed_within_reason(words: str, seconds: int) -> None:
    assert Outcome("deferred", words).wait == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("words", "slowed"),
    [
        ("421 4.7.0 too fast", True),
        ("450 4.7.28 unusual rate", True),
        ("450 4.7.1 Greylisted", False),
        ("452 4.2.2 full", False),
        ("451 later", False),
    ],
)
def test_too_fast_is_told_apart_from_any_other_no(words: str, slowed: bool) -> None:
    assert Outcome("deferred", words).slowed is slowed


@given(st.lists(st.binary(max_size=80)))
@settings(max_examples=300)
def test_whatever_a_server_sends_is_replies_or_garbled(pieces: list[bytes]) -> None:
    replies = Replies()
    try:
        for piece in pieces:
            replies.feed(piece)
            while (reply := replies.next()) is not None:
                assert 200 <= reply.code <= 599
    except Garbled:
        pass


@given(
    st.lists(st.tuples(st.integers(200, 599), st.lists(st.text("abc -", max_size=9), min_size=1, max_size=4))),
    st.data(),
)
@settings(max_examples=200)
def test_replies_are_the_same_in_whatever_pieces_they_come(
    said: list[tuple[int, list[str]]], data: st.DataObject
) -> None:
    raw = b"".join(
        f"{code}{' ' if at == len(lines) - 1 else '-'}{line}\r\n".encode()
        for code, lines in said
        for at, line in enumerate(lines)
    )
    replies, heard = Replies(), []
    while raw:
        size = data.draw(st.integers(1, 30))
        replies.feed(raw[:size])
        raw = raw[size:]
        while (reply := replies.next()) is not None:
            heard.append((reply.code, reply.words))
    assert heard == [(code, " ".join(lines)) for code, lines in said]


def test_it_is_the_same_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = (100, 40_000, 0, 400_000, 12)
    letters = [
        letter._replace(text=b"Subject: x\r\n\r\n" + b"y\r\n" * sizes[n]) for n, letter in enumerate(_letters(5))
    ]
    with relay(tmp_path) as plain, Line(replace(plain, use_tls=True)) as line:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        line.open()
        found = line.offer(letters, until=time.monotonic() + 30)
    assert [outcome.state for outcome in found.values()] == ["sent"] * 5


def test_a_server_that_takes_its_time_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "GLANCE", 1)
    server = Server(OFFERS["pipelined"], lambda stage, _to: time.sleep(1.3) if stage == "DOT" else None)
    found, _ = _offered(server, _letters(2))
    assert [outcome.state for outcome in found.values()] == ["sent", "sent"]
