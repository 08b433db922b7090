"""The mail server of chaos and bench: what it says it took is in its record, what it refused is not."""

import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import report
from campaigner.demo import ports

TEXT = "Message-ID: <een@fos.example>\r\nDate: Tue, 1 Dec 2026 10:00:00 +0100\r\n{}\r\nDag Luc\r\n..punt\r\n"
UNSUBSCRIBE = "List-Unsubscribe: <https://fos.example/u/x>\r\n"


class Sink:
    """A running sink and its files."""

    def __init__(self, folder: Path) -> None:
        self.record, self.orders = folder / "mails.jsonl", folder / "orders.json"
        self.lines: list[smtplib.SMTP] = []
        self.port = ports.keep(folder / "port")
        command = [sys.executable, "-m", "bench.sink", str(self.port), str(self.record), str(self.orders)]
        self.process = subprocess.Popen(command)
        while ports.problem(self.port) is None:
            time.sleep(0.02)

    def told(self, **orders: Any) -> smtplib.SMTP:
        """A conversation with a sink that has these orders."""
        self.orders.write_text(json.dumps(orders))
        time.sleep(0.05)
        line = smtplib.SMTP("127.0.0.1", self.port, timeout=5)
        self.lines.append(line)
        line.ehlo()
        return line

    def kept(self) -> list[dict[str, Any]]:
        """The record."""
        return [json.loads(line) for line in self.record.read_text().splitlines()] if self.record.exists() else []


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    running = Sink(tmp_path)
    yield running
    for line in running.lines:
        line.close()
    running.process.kill()
    running.process.wait()


def test_what_was_accepted_is_in_the_record(sink: Sink):
    line = sink.told()
    line.sendmail("fos@fos.example", "luc@voorbeeld.example", TEXT.format(UNSUBSCRIBE))

    (mail,) = sink.kept()
    assert (mail["id"], mail["to"]) == ("<een@fos.example>", "luc@voorbeeld.example")
    assert mail["unsubscribe"] == "https://fos.example/u/x"


def test_a_text_in_chunks_is_taken_when_chunking_is_offered(sink: Sink):
    line = sink.told(offer=["CHUNKING"], whole=True)
    assert line.has_extn("chunking")
    text = TEXT.format(UNSUBSCRIBE).encode()
    commands = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<luc@voorbeeld.example>\r\n"
    line.send(commands + b"BDAT 10\r\n" + text[:10] + b"BDAT %d LAST\r\n" % (len(text) - 10) + text[10:])

    assert [line.getreply()[0] for _ in range(4)] == [250, 250, 250, 250]
    assert len(sink.kept()) == 1


@pytest.mark.parametrize(("mood", "code"), [("550", 550), ("451", 451), ("553", 553), ("554 text", 554)])
def test_what_was_refused_is_not_in_the_record(sink: Sink, mood: str, code: int):
    line = sink.told(do=mood)
    with pytest.raises((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)) as refused:
        line.sendmail("fos@fos.example", "luc@voorbeeld.example", TEXT.format(UNSUBSCRIBE))

    assert str(code) in str(refused.value)
    assert sink.kept() == []


def test_of_two_dropped_lines_one_was_kept_and_nobody_was_told(sink: Sink):
    for _ in range(2):
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            sink.told(do="drop").sendmail("fos@fos.example", "luc@voorbeeld.example", TEXT.format(UNSUBSCRIBE))

    assert len(sink.kept()) == 1


def test_a_wrong_figure_fails_a_run_and_a_slow_one_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report, "OUT", tmp_path)
    slow = report.at_least("rate", 1.0, "1/s", target=2)
    assert report.figures("part", [slow, report.exactly("lost", 0)], 0.0)
    assert not report.figures("part", [slow, report.exactly("lost", 1)], 0.0)
    written = json.loads((tmp_path / "part.json").read_text())
    assert [set(each) for each in written] == [{"name", "value", "unit", "reference", "ratio", "target", "ok"}] * 2
