"""The pages of an import: for admins with a fresh login, from the file to the undo."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigner.core.db import db
from campaigner.imports import runs, service
from campaigner.imports.models import PeopleImport
from campaigner.staff.models import AuditEvent
from tests.alerts.conftest import csrf, enter  # noqa: F401 - a fixture
from tests.imports.stage import LISTS, people

pytestmark = pytest.mark.usefixtures("session")
Enter = Callable[..., FlaskClient]


def send(browser: FlaskClient, path: str, **fields):
    return browser.post(path, data={"csrf_token": csrf(browser, "/staff/people/"), **fields})


def upload(browser: FlaskClient, content: bytes) -> str:
    page = browser.get("/staff/people/").get_data(as_text=True)
    host = re.search(r'<option[^>]*value="(\d+)"', page)[1]
    answer = send(browser, "/staff/people/", file=(io.BytesIO(content), "lijst.csv"), organisation=host)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location


def work() -> None:
    for import_id in service.busy():
        while runs.run(import_id):
            pass


def test_from_the_file_to_the_people_and_back(enter: Enter):  # noqa: F811
    browser = enter("admin")
    path = upload(browser, LISTS["actionnetwork"].encode())
    page = browser.get(path).get_data(as_text=True)
    assert "greet@voorbeeld.example" in page
    chosen = dict(re.findall(r'name="(column-\d+)".*?value="(\w+)" selected', page))
    proof = {"words": "Ja", "said_on": "2024-05-01", "source": "map 12", "channel": "paper", "language": "nl"}
    assert send(browser, f"{path}/check", **chosen, **proof).status_code == 303
    assert people() == {}
    work()
    assert "3" in browser.get(path).get_data(as_text=True)
    assert send(browser, f"{path}/start").status_code == 303
    assert 'data-moving="yes"' in browser.get(f"{path}/progress").get_data(as_text=True)
    work()
    assert len(people()) == 2
    assert browser.get(path).status_code == 200
    assert send(browser, f"{path}/undo").status_code == 303
    work()
    assert people() == {}
    assert browser.get(path).status_code == 200
    said = {event.what for event in db.session.query(AuditEvent)}
    assert {"people uploaded", "people checking", "people import start", "people import undo"} <= said


def test_a_file_that_is_larger_than_a_form_arrives(enter: Enter):  # noqa: F811
    browser = enter("admin")
    lines = "".join(f"mens{n}@voorbeeld.example;Mens;Nummer {n};9000\n" for n in range(20_000))
    page = browser.get("/staff/people/").get_data(as_text=True)
    parts = {
        "csrf_token": csrf(browser, "/staff/people/"),
        "organisation": re.search(r'<option[^>]*value="(\d+)"', page)[1],
    }
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{said}\r\n' for name, said in parts.items()
    )
    body += '--x\r\nContent-Disposition: form-data; name="file"; filename="lijst.csv"\r\n\r\n'
    body += f"email;voornaam;achternaam;postcode\n{lines}\r\n--x--\r\n"
    path = browser.post("/staff/people/", data=body.encode(), content_type="multipart/form-data; boundary=x").location
    made = db.session.get(PeopleImport, int(path.rpartition("/")[2]))
    assert made.bytes > 800_000
    assert b"".join(service.parts(made.id)).endswith(b"Nummer 19999;9000\n")


def test_nobody_else_may_even_send_a_large_file(app: Flask, enter: Enter):  # noqa: F811
    large = {"data": b"x" * 900_000, "content_type": "multipart/form-data; boundary=x"}
    assert app.test_client().post("/staff/people/", **large).status_code == 413
    browser = enter("campaigner", "inbox")
    assert browser.get("/staff/people/").status_code == 403
    assert db.session.query(PeopleImport).count() == 0


def test_a_file_can_be_read_in_another_way_and_thrown_away(enter: Enter):  # noqa: F811
    browser = enter("admin")
    path = upload(browser, "naam;mail\nZo\xeb;zoe@voorbeeld.example\n".encode("cp1252"))
    again = {"encoding": "utf-8-sig", "delimiter": ",", "preset": ""}
    assert send(browser, f"{path}/reading", **again).status_code == 303
    assert "naam;mail" in browser.get(path).get_data(as_text=True)
    assert send(browser, f"{path}/throw_away").status_code == 303
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("fields", [
    {}, {"said_on": "gisteren", "channel": "paper", "language": "nl"}, {"channel": "fax", "language": "nl"},
    {"said_on": "2999-01-01", "channel": "paper", "language": "nl", "column-0": "email"},
    {"channel": "paper", "language": "nl", "words": "x" * 3000},
    {"column-0": "password", "channel": "paper", "language": "nl"},
])  # fmt: skip
def test_a_mapping_that_cannot_be_is_said(enter: Enter, fields: dict[str, str]):  # noqa: F811
    browser = enter("admin")
    path = upload(browser, b"naam;mail\nZoe;zoe@voorbeeld.example\n")
    answer = send(browser, f"{path}/check", **fields)
    assert answer.status_code in (400, 422)
    assert 'role="alert"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("content", [b"", b"\x00\x01" * 50], ids=["empty", "binary"])
def test_what_is_no_list_is_said(enter: Enter, content: bytes):  # noqa: F811
    browser = enter("admin")
    page = browser.get("/staff/people/").get_data(as_text=True)
    host = re.search(r'<option[^>]*value="(\d+)"', page)[1]
    answer = send(browser, "/staff/people/", file=(io.BytesIO(content), "foto.jpg"), organisation=host)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
