"""The listener as a process of its own, spoken to over real sockets."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from campaigner.core.db import db
from campaigner.mailroom import listen, service
from campaigner.mailroom.models import InboundMail
from campaigner.outbox import verp
from tests.conftest import TOP, _free_port
from tests.mailroom import samples

HOME = "bounces@fos.example"
Start = Callable[..., str]


@pytest.fixture(scope="module")
def start(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a listener; its address. All are stopped afterwards, and must end well."""
    running: list[subprocess.Popen[bytes]] = []

    def started(*options: str, bind: str = "", **changes: str) -> str:
        bind = bind or f"127.0.0.1:{_free_port()}"
        env = {**os.environ, **environ, "MAIL_RETURN_ADDRESS": HOME, **changes}
        command = [sys.executable, "-m", "campaigner.cli", "inbound", "listen", "--bind", bind, *options]
        running.append(subprocess.Popen(command, env=env, cwd=TOP))
        _wait_for(bind)
        return bind

    yield started
    for process in running:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(20) for process in running] == [0] * len(running)


def _wait_for(bind: str) -> None:
    late = time.monotonic() + 30
    while time.monotonic() < late:
        try:
            with _socket(bind):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing listens on {bind}")


def _socket(bind: str) -> socket.socket:
    if bind.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(bind.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _, port = bind.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=10)


@pytest.fixture(scope="module")
def lmtp(start: Start) -> str:
    """One that speaks LMTP."""
    return start()


@pytest.fixture(scope="module")
def smtp_door(start: Start) -> str:
    """One that speaks SMTP."""
    return start("--smtp")


def _lmtp(bind: str) -> smtplib.LMTP:
    host, _, port = bind.rpartition(":")
    return smtplib.LMTP(host, int(port), local_hostname="mail.voorbeeld.example")


def _rows() -> list[InboundMail]:
    db.session.rollback()
    return list(db.session.scalars(select(InboundMail).order_by(InboundMail.id)))


def _answers(line: smtplib.LMTP, number: int) -> list[int]:
    """The answers after the text, one for each recipient."""
    return [line.getreply()[0] for _ in range(number)]


def test_a_mail_is_kept_when_it_is_told_so(lmtp: str, clean: None) -> None:
    token = verp.seal(7, "4711", "b", HOME)
    with _lmtp(lmtp) as line:
        line.sendmail("", [token], samples.mail("postfix-unknown"))
        line.sendmail(samples.TO, [HOME], samples.mail("reply-text"))
    rows = _rows()
    assert [(row.door, row.recipient, row.sender) for row in rows] == [("lmtp", token, ""), ("lmtp", HOME, samples.TO)]
    assert rows[0].raw is not None
    assert rows[0].raw.encode("latin-1") == samples.mail("postfix-unknown")


def test_every_recipient_has_an_answer_of_its_own(lmtp: str, clean: None) -> None:
    with _lmtp(lmtp) as line:
        line.ehlo_or_helo_if_needed()
        line.docmd("MAIL FROM:<>")
        asked = [
            line.docmd(f"RCPT TO:<{address}>")[0] for address in (HOME, "x@elders.example", "CAMPAGNES@fos.example")
        ]
        assert asked == [250, 550, 250]
        line.docmd("DATA")
        line.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
        assert _answers(line, 2) == [250, 250]
        assert line.docmd("NOOP")[0] == 250
    assert len(_rows()) == 2


def test_it_is_no_relay_and_takes_no_token_that_is_not_ours(lmtp: str, smtp_door: str, clean: None) -> None:
    for bind in (lmtp, smtp_door):
        line: Any = _lmtp(bind) if bind == lmtp else smtplib.SMTP(*bind.split(":"))
        with line:
            for address in ("an@bestemming.example", "bounces+b-7-4711-aaaaaaaaaaaaaaaa@fos.example", "x@fos.example"):
                with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                    line.sendmail("a@b.example", [address], b"x")
                assert [code for code, _ in refused.value.recipients.values()] == [550]
    assert _rows() == []


def test_smtp_is_one_answer_for_all(smtp_door: str, clean: None) -> None:
    with smtplib.SMTP(*smtp_door.split(":")) as line:
        assert line.sendmail("", [HOME, "campagnes@fos.example"], b"Subject: x\r\n\r\nx") == {}
        assert line.noop()[0] == 250
    assert [row.door for row in _rows()] == ["smtp", "smtp"]


def test_the_same_mail_handed_over_twice_is_one(lmtp: str, clean: None) -> None:
    for _ in range(2):
        with _lmtp(lmtp) as line:
            line.sendmail("", [HOME], samples.mail("postfix-unknown"))
    assert len(_rows()) == 1


def test_very_long_lines_of_people_are_kept(lmtp: str, clean: None) -> None:
    with _lmtp(lmtp) as line:
        line.sendmail(samples.TO, [HOME], b"Subject: x\r\n\r\n" + b"woord " * 20_000)
    assert _rows()[0].size > 120_000


def test_a_mail_that_is_too_large_is_turned_away_for_every_recipient(lmtp: str, clean: None) -> None:
    with _lmtp(lmtp) as line:
        line.ehlo_or_helo_if_needed()
        assert line.docmd(f"MAIL FROM:<> SIZE={service.MOST_BYTES + 1}")[0] == 552
        line.docmd("MAIL FROM:<>")
        for address in (HOME, "campagnes@fos.example"):
            line.docmd(f"RCPT TO:<{address}>")
        line.docmd("DATA")
        line.send(b"x" * 998 + b"\r\n")
        for _ in range(service.MOST_BYTES // 1000):
            line.send(b"x" * 998 + b"\r\n")
        line.send(b".\r\n")
        assert _answers(line, 2) == [552, 552]
        assert line.docmd("NOOP")[0] == 250
    assert _rows() == []


def test_while_the_database_is_away_everybody_is_asked_to_come_back(start: Start, clean: None) -> None:
    bind = start(DATABASE_URL=f"postgresql://niemand@127.0.0.1:{_free_port()}/weg")
    with _lmtp(bind) as line:
        line.ehlo_or_helo_if_needed()
        line.docmd("MAIL FROM:<>")
        line.docmd(f"RCPT TO:<{HOME}>")
        line.docmd("DATA")
        line.send(b"x\r\n.\r\n")
        assert _answers(line, 1) == [451]


def test_a_crowd_is_told_to_come_back_and_the_door_opens_again(lmtp: str, clean: None) -> None:
    crowd = [_socket(lmtp) for _ in range(listen.CONNECTIONS)]
    for line in crowd:
        assert line.recv(200).startswith(b"220")
    with _socket(lmtp) as one_more:
        assert one_more.recv(200).startswith(b"421")
        assert one_more.recv(200) == b""
    for line in crowd:
        line.close()
    late = time.monotonic() + 10
    while time.monotonic() < late:
        with _socket(lmtp) as again:
            if again.recv(200).startswith(b"220"):
                return
        time.sleep(0.1)
    raise AssertionError("the door stays shut")


@pytest.mark.parametrize(
    "said", [b"\x00\xff\r\n", b"GET / HTTP/1.1\r\n\r\n", b"LHLO x\r\nMAIL FROM:<\xc3\xa9>\r\n", b"x" * 9999]
)
def test_nonsense_ends_no_listener(said: bytes, lmtp: str) -> None:
    with _socket(lmtp) as line:
        line.sendall(said)
        line.recv(200)
    with _lmtp(lmtp) as again:
        assert again.noop()[0] in (250, 503)


def test_it_listens_on_a_unix_socket(start: Start, tmp_path_factory: pytest.TempPathFactory, clean: None) -> None:
    path: Path = tmp_path_factory.mktemp("lmtp") / "in"
    path.write_text("left by an earlier run", encoding="utf-8")
    start(bind=f"unix:{path}")
    with smtplib.LMTP(str(path), local_hostname="x") as line:
        line.sendmail("", [HOME], b"Subject: x\r\n\r\nx")
    assert len(_rows()) == 1
    assert path.stat().st_mode & 0o777 == 0o660
