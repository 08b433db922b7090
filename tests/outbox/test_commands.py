"""`campaigner mail ...` as an operator types it, against a name server and a mail server that really answer."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from campaigner.cli import main
from campaigner.config import Settings
from campaigner.core import pem
from campaigner.outbox import dkim, dns, records, specimen
from tests.conftest import TOP, Sink
from tests.house.test_settings import GOOD
from tests.outbox.names import DOMAIN, HERE, KEY, RECORD, TEXT, Names


def run(names: Names, *words: str) -> Result:
    """Type the command."""
    return CliRunner().invoke(main, ["mail", "check", "--name-server", names.address, *words])


def states(result: Result) -> dict[str, str]:
    """What the command found, by subject."""
    return {found["subject"]: found["state"] for found in json.loads(result.stdout)["findings"]}


@pytest.mark.usefixtures("chosen", "smtp")
def test_a_house_in_order_is_told_so(names: Names) -> None:
    done = run(names, "--sends-from", HERE)
    assert done.exit_code == 0, done.output
    assert done.output.endswith("All is in place.\n")
    assert {line.split()[0] for line in done.output.splitlines() if line} == {"ok", "All"}
    assert "publish" not in done.output


@pytest.mark.usefixtures("chosen", "smtp")
def test_the_same_as_json_for_monitoring(names: Names) -> None:
    done = run(names, "--sends-from", HERE, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["ok"] is True
    assert set(states(done).values()) == {"ok"}
    assert len(states(done)) == 10


@pytest.mark.usefixtures("chosen", "smtp")
def test_an_empty_zone_gives_every_record_to_publish(names: Names) -> None:
    names.zone.clear()
    done = run(names, "--sends-from", HERE)
    assert done.exit_code == 1
    published = [line.split("publish: ")[1] for line in done.output.splitlines() if "publish: " in line]
    first, rest = RECORD[:255], RECORD[255:]
    assert published == [
        f'voorbeeld.example. IN TXT "v=spf1 ip4:{HERE} ~all"',
        f'campaigner._domainkey.voorbeeld.example. IN TXT "{first}" "{rest}"',
        '_dmarc.voorbeeld.example. IN TXT "v=DMARC1; p=none"',
        "voorbeeld.example. IN MX 10 <the host that takes your mail>.",
        "10.2.0.192.in-addr.arpa. IN PTR <the name of your mail server>.",
    ]
    assert "5 to repair." in done.output


@pytest.mark.usefixtures("chosen", "smtp")
def test_what_it_says_to_publish_is_what_it_wants_to_see(names: Names) -> None:
    """Publish word for word what the command prints: it is then content, but for what it left open."""
    names.zone = {key: value for key, value in names.zone.items() if key[1] in ("MX", "A")}
    for line in run(names, "--sends-from", HERE).output.splitlines():
        name, _, record = line.partition("publish: ")[2].partition(". IN TXT ")
        if record:
            names.zone[name, "TXT"] = [record]
    after = states(run(names, "--sends-from", HERE, "--json"))
    assert {subject for subject, state in after.items() if state != "ok"} == {f"Reverse DNS of {HERE}"}


@pytest.mark.usefixtures("chosen", "smtp")
def test_without_a_network_it_says_so_soon_and_looks_at_the_rest(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "SECONDS", 0.3)
    names.silent.add("*")
    done = run(names, "--sends-from", HERE)
    assert done.exit_code == 3
    assert "no name server answers: is the network away?" in done.output
    assert "Signature: verified" in done.output
    assert len({name for name, _ in names.asked}) == dns.PATIENCE
    assert "wrong" not in done.output


@pytest.mark.usefixtures("chosen", "smtp")
def test_a_name_server_that_is_broken_is_no_missing_record(names: Names) -> None:
    names.broken.add(f"_dmarc.{DOMAIN}")
    done = run(names, "--sends-from", HERE, "--json")
    assert done.exit_code == 3
    assert {subject for subject, state in states(done).items() if state == "unanswered"} == {f"DMARC of {DOMAIN}"}


@pytest.mark.usefixtures("smtp")
def test_a_relay_that_signs_and_sends_from_elsewhere_is_unsure_and_no_fault(
    app: Flask, chosen: Settings, names: Names
) -> None:
    app.extensions["campaigner"] = replace(chosen, mail_dkim_key="")
    names.text(DOMAIN, "v=spf1 include:_spf.elders.example ~all")
    done = run(names, "--json")
    assert done.exit_code == 0
    unsure = {subject for subject, state in states(done).items() if state == "unsure"}
    assert unsure == {f"SPF of {DOMAIN}", "DKIM record", "Reverse DNS", "Signature", "Unsubscribing by one click"}


def test_the_return_domain_is_looked_at_too(app: Flask, chosen: Settings, smtp: Sink, names: Names) -> None:
    app.extensions["campaigner"] = replace(chosen, mail_return_address="terug@terug.voorbeeld.example")
    done = run(names, "--sends-from", HERE, "--json")
    assert done.exit_code == 1
    assert states(done)["SPF of terug.voorbeeld.example"] == "missing"
    assert states(done)["MX of terug.voorbeeld.example"] == "missing"
    assert states(done)[f"SPF of {DOMAIN}"] == "ok"
    assert states(done)[f"DMARC of {DOMAIN}"] == "ok"


def test_the_test_mail_arrives_signed(chosen: Settings, smtp: Sink, names: Names) -> None:
    done = run(names, "--sends-from", HERE, "--send-to", "Beheer@Elders.example")
    assert done.exit_code == 0, done.output
    assert smtp.recipients == ["Beheer@elders.example"]
    (mail,) = smtp.messages
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Zoë, Renée and José Núñez" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (raw,) = smtp.raw
    proof = dkim.verify(raw, domain=DOMAIN, selector="campaigner", key=KEY.public_key())
    assert proof.fault == ""
    assert "list-unsubscribe" in proof.covered


def test_a_test_mail_that_is_refused_is_a_fault(chosen: Settings, smtp: Sink, names: Names) -> None:
    smtp.replies["DATA"] = "550 5.7.1 Geen spam"
    done = run(names, "--sends-from", HERE, "--send-to", "beheer@elders.example")
    assert done.exit_code == 1
    assert "550 5.7.1 Geen spam" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sends-from", "geen.adres"], "does not appear to be an IPv4 or IPv6 address"),
        (["--send-to", "geen adres"], "not an e-mail address"),
        (["--name-server", "ns.voorbeeld.example"], "does not appear to be an IPv4 or IPv6 address"),
        (["--name-server", "127.0.0.1:dns"], "is no port"),
    ],
)
@pytest.mark.usefixtures("chosen")
def test_what_is_typed_wrong_is_one_sentence(names: Names, words: list[str], said: str) -> None:
    done = run(names, *words)
    assert done.exit_code == 2
    assert said in done.output
    assert names.asked == []


@pytest.mark.usefixtures("chosen")
def test_a_relay_that_is_away_is_a_fault(names: Names) -> None:
    done = run(names, "--sends-from", HERE, "--send-to", "beheer@elders.example")
    assert done.exit_code == 1
    assert "cannot be used: ConnectionRefusedError" in done.output


def test_it_works_without_database_and_redis(names: Names, smtp: Sink, services: Any, tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    file.write_text(TEXT)
    environ = {**GOOD, "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(services.smtp_port), "MAIL_DKIM_KEY": str(file),
               "DATABASE_URL": "postgresql://127.0.0.1:1/nergens", "REDIS_URL": "redis://127.0.0.1:1"}  # fmt: skip
    command = [sys.executable, "-m", "campaigner.cli", "mail", "check", "--name-server", names.address]
    done = subprocess.run(
        [*command, "--sends-from", HERE, "--json"], env={"PATH": os.environ["PATH"], **environ}, cwd=TOP,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["ok"] is True


def test_a_mail_that_lacks_something_is_told_apart(app: Flask, chosen: Settings) -> None:
    signer = dkim.signer_of(chosen)
    assert signer is not None
    with app.app_context():
        good = specimen.written(chosen, to="a@elders.example").text
        http = specimen.written(replace(chosen, public_url="http://acties.example"), to="a@elders.example").text

    def look(text: bytes) -> list[str]:
        return [found.state for found in specimen.looked_at(text, signer)]

    assert look(good) == ["ok", "ok", "ok", "ok"]
    assert look(http) == ["ok", "wrong", "ok", "ok"]
    assert look(good.replace(b"List-Unsubscribe-Post", b"X-Post")) == ["wrong", "missing", "ok", "ok"]
    assert look(good.replace(b"\r\nList-Unsubscribe: ", b"\r\nX-Url: ")) == ["wrong", "missing", "ok", "ok"]
    assert look(good.replace(b"\r\nDate: ", b"\r\nX-Date: ")) == ["wrong", "wrong", "missing", "ok"]
    assert look(good.replace(b"\r\nMessage-ID: ", b"\r\nX-Id: ")) == ["wrong", "wrong", "missing", "ok"]
    assert look(good + b"x" * 999 + b"\r\n")[3] == "wrong"
    assert look(good + b"xxx\r\n" * 25_000)[3] == "wrong"
    assert [found.state for found in specimen.looked_at(good, None)] == ["unsure", "unsure", "ok", "ok"]


def test_both_unsubscribe_headers_must_stand_under_the_signature(app: Flask, chosen: Settings) -> None:
    signer = dkim.signer_of(chosen)
    assert signer is not None
    with app.app_context():
        headers, body = dkim.parted(specimen.written(chosen, to="a@elders.example").text)
    some = [header for header in headers[1:] if not header[0].startswith(b"List-")]
    text = signer.sign(some, body, at=1) + b"".join(b"%b:%b\r\n" % header for header in headers[1:]) + b"\r\n" + body
    assert [found.state for found in specimen.looked_at(text, signer)] == ["ok", "wrong", "ok", "ok"]


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path, chosen: Settings) -> None:
    file = tmp_path / "dkim.pem"
    words = ["mail", "key", str(file), "--domain", DOMAIN, "--selector", "mei"]
    done = CliRunner().invoke(main, words, env=dict.fromkeys(GOOD, ""))
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    record = dkim.record(pem.rsa_key(file.read_text()).public_key())
    assert records.line(f"mei._domainkey.{DOMAIN}", "TXT", record) in done.output.splitlines()
    assert record in done.output.splitlines()
    assert "PRIVATE" not in done.output
    text = file.read_text()
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 1
    assert "no key is ever overwritten" in again.output
    assert file.read_text() == text


def test_the_key_is_named_after_the_settings_when_there_are_any(tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    environ = {**GOOD, "MAIL_DKIM_KEY": str(file), "MAIL_DKIM_SELECTOR": "juni"}
    done = CliRunner().invoke(main, ["mail", "key", str(file)], env=environ)
    assert done.exit_code == 0, done.output
    assert f"juni._domainkey.{DOMAIN}. IN TXT" in done.output


def test_a_key_for_nobody_or_nowhere_is_one_sentence(tmp_path: Path) -> None:
    nobody = CliRunner().invoke(main, ["mail", "key", str(tmp_path / "a.pem")], env=dict.fromkeys(GOOD, ""))
    assert (nobody.exit_code, "--domain" in nobody.output) == (1, True)
    nowhere = CliRunner().invoke(main, ["mail", "key", str(tmp_path / "b" / "a.pem"), "--domain", DOMAIN])
    assert (nowhere.exit_code, "cannot be written: No such file" in nowhere.output) == (1, True)
    assert list(tmp_path.iterdir()) == []
