"""The doors that are programs: pipe, fetching over IMAP, a look at what came. Exit codes are those of sysexits.h."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from campaigner.cli import main
from campaigner.config import SettingsError, read
from campaigner.core.db import db
from campaigner.mailroom import imap, service
from campaigner.mailroom.models import InboundMail
from tests.house.test_settings import GOOD
from tests.mailroom import samples
from tests.mailroom.imap_server import Server, Store

HOME = "bounces@fos.example"
pytestmark = pytest.mark.usefixtures("clean", "settings")


def _run(app: Flask, *arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["inbound", *arguments], input=given, obj=lambda: app)


def _rows() -> list[InboundMail]:
    db.session.rollback()
    return list(db.session.scalars(select(InboundMail).order_by(InboundMail.id)))


def test_a_piped_mail_is_kept_before_the_program_ends(app: Flask) -> None:
    raw = samples.mail("postfix-unknown")
    result = _run(app, "pipe", "--recipient", HOME, "--sender", "MAILER-DAEMON", given=raw)
    assert (result.exit_code, result.output) == (0, "")
    (row,) = _rows()
    assert (row.door, row.sender, row.recipient) == ("pipe", "", HOME)
    assert row.raw is not None
    assert row.raw.encode("latin-1") == raw


@pytest.mark.parametrize(
    ("recipient", "given", "code"),
    [(HOME, b"", 65), (HOME, b"x" * (service.MOST_BYTES + 1), 65), ("iemand@fos.example", b"x", 67), ("", b"x", 67),
     ("bounces+b-1-2-aaaaaaaaaaaaaaaa@fos.example", b"x", 67)],
)  # fmt: skip
def test_what_will_never_be_taken_is_said_so(recipient: str, given: bytes, code: int, app: Flask) -> None:
    result = _run(app, "pipe", "--recipient", recipient, given=given)
    assert result.exit_code == code
    assert result.output.startswith("55")
    assert _rows() == []


@pytest.mark.parametrize(
    "error", [OperationalError("x", {}, OSError()), RuntimeError("x"), SettingsError("x"), OSError()]
)
def test_whatever_goes_wrong_the_mail_server_should_come_back(
    error: Exception, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> bool:
        raise error

    monkeypatch.setattr(service, "take_in", broken)
    assert _run(app, "pipe", "--recipient", HOME, given=b"x").exit_code == 75
    result = CliRunner().invoke(main, ["inbound", "pipe", "--recipient", HOME], input=b"x", obj=broken)
    assert result.exit_code == 75


@pytest.fixture
def store() -> Store:
    """A mailbox with two mails in it."""
    made = Store()
    made.folders["INBOX"].add(samples.mail("postfix-unknown"))
    made.folders["INBOX"].add(samples.mail("reply-text"))
    return made


@pytest.fixture
def server(store: Store) -> Iterator[Server]:
    """Its server."""
    made = Server(store)
    yield made
    made.stop()


def _fetch(app: Flask, url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setitem(app.extensions, "campaigner", replace(app.extensions["campaigner"], imap_url=url))
    return _run(app, "imap", "--once").exit_code


def test_fetched_mail_is_kept_and_marked_as_read(
    app: Flask, server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _fetch(app, server.url, monkeypatch) == 0
    assert [row.door for row in _rows()] == ["imap", "imap"]
    assert store.folders["INBOX"].flags == {1: {"\\Seen"}, 2: {"\\Seen"}}
    store.folders["INBOX"].add(samples.mail("reply-html"))
    assert _fetch(app, server.url, monkeypatch) == 0
    assert len(_rows()) == 3


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE", "IMAP4rev1 UIDPLUS", "IMAP4rev1"])
def test_fetched_mail_is_moved_where_that_is_asked(
    capabilities: str, app: Flask, server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.capabilities = capabilities
    store.folders["INBOX"].flags[1].add("\\Seen")  # somebody looked at it: it is fetched all the same
    for _ in range(2):
        assert _fetch(app, f"{server.url}?move=Done", monkeypatch) == 0
    assert len(store.folders["Done"].messages) == 2
    left = store.folders["INBOX"]
    assert all("\\Deleted" in left.flags[uid] for uid in left.messages)
    assert len(_rows()) == 2


def test_nothing_is_marked_when_it_could_not_be_kept(
    app: Flask, server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> bool:
        raise OperationalError("x", {}, OSError())

    with monkeypatch.context() as patch:
        patch.setattr(service, "take_in", broken)
        assert _fetch(app, server.url, monkeypatch) == 1
    assert store.folders["INBOX"].flags == {1: set(), 2: set()}
    assert _fetch(app, server.url, monkeypatch) == 0
    assert len(_rows()) == 2


def test_a_line_that_breaks_after_the_commit_brings_it_twice_and_it_is_one(
    app: Flask, server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.refuse = {"UID STORE"}
    assert _fetch(app, server.url, monkeypatch) == 1
    store.refuse = set()
    assert _fetch(app, server.url, monkeypatch) == 0
    assert len(_rows()) == 2


def test_of_a_very_large_mail_the_head_is_kept(
    app: Flask, server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.folders["INBOX"].add(samples.mail("reply-html") + b"x" * service.MOST_BYTES)
    assert _fetch(app, server.url, monkeypatch) == 0
    assert [row.size for row in _rows()][2] == imap.HEAD


def test_a_folder_that_is_not_there_or_a_wrong_password_is_no_traceback(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (server.url.replace("INBOX", "Weg"), server.url.replace("chtwoord", "x"), "imap://a:b@127.0.0.1:1/"):
        assert _fetch(app, url, monkeypatch) == 1


def test_without_an_address_to_fetch_from_it_says_so(app: Flask) -> None:
    result = _run(app, "imap", "--once")
    assert result.exit_code == 1
    assert "IMAP_URL" in result.output


def test_status_counts_and_names_what_is_stuck_and_again_frees_it(app: Flask, settings: Any) -> None:
    assert _run(app, "pipe", "--recipient", HOME, given=b"From: an@bestemming.example\n\nDag").exit_code == 0
    (row,) = _rows()
    row.tries, row.error = 4, "ValueError at x.py:1"
    db.session.commit()
    shown = _run(app, "status").output
    assert "1  waiting" in shown
    assert f"stuck: {row.id} (pipe" in shown
    assert "an@bestemming" not in shown
    assert _run(app, "again", str(row.id)).exit_code == 0
    assert _rows()[0].tries == 0
    assert _run(app, "again", "999").exit_code == 1


BAD_SECRETS = ["x", "whsec_", "whsec_AAAA", "whsec_é", "A" * 44]
GOOD_SECRETS = ["", "whsec_" + "A" * 44, "whsec_" + "A" * 43 + "="]  # the last as openssl writes 32 bytes


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("IMAP_URL", ["host", "http://a:b@h/", "imaps://h/INBOX", "imaps://a@h/", "imaps://a:b@h:x/"],
         ["", "imaps://a:b@h", "imaps://a%40b:c@h:994/In%20box?move=Done"]),
        ("MAIL_WEBHOOK_SECRET", BAD_SECRETS, GOOD_SECRETS),
        ("MAIL_RETURN_ADDRESS", ["x", "a+b@fos.example", "x" * 21 + "@fos.example"], ["", "Bounces@FOS.example"]),
    ],
)  # fmt: skip
def test_settings_are_whole_or_the_start_is_refused(name: str, bad: list[str], good: list[str]) -> None:
    for value in bad:
        with pytest.raises(SettingsError, match=name):
            read({**GOOD, name: value})
    for value in good:
        read({**GOOD, name: value})
    assert imap.mailbox("imaps://a%40b:c@h:994/In%20box?move=Done") == imap.Mailbox(
        "h", 994, True, "a@b", "c", "In box", "Done"
    )
