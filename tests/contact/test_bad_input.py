"""What hostile or unlucky people type: a clear answer, what they typed is kept, nothing runs, nothing is lost."""

import json
import unicodedata

import pytest

from campaigner.contact import jobs
from campaigner.core.db import db
from tests.conftest import deliver
from tests.contact.messages import mails
from tests.contact.test_views import messages, send

pytestmark = pytest.mark.usefixtures("clean")
CONTROLS = [chr(code) for code in [*range(0x20), 0x7F, *range(0x80, 0xA0)]]
TRICKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\u2028\u2029"
LISTS = [
    "a@voorbeeld.example, b@voorbeeld.example", "a@voorbeeld.example;b@voorbeeld.example",
    "a@voorbeeld.example b@voorbeeld.example", "<a@voorbeeld.example>, <b@voorbeeld.example>",
    "vrienden: a@voorbeeld.example, b@voorbeeld.example;", "a@voorbeeld.example\nb@voorbeeld.example",
    "a@voorbeeld.example%0Ab@voorbeeld.example", "a@b@voorbeeld.example", '"a@x.example,b"@voorbeeld.example',
]  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("lang", ["nl", "es"])
def test_a_list_of_addresses_is_no_address_and_is_said_so(client, lang, address):
    response = send(client, lang, email=address)

    assert response.status_code == 422
    assert 'id="email-error"' in response.text
    assert "Wij willen de affiche uithangen." in response.text
    assert messages() == []


def test_every_control_character_in_every_field_reaches_no_row_and_no_mail(client, smtp):
    everything = "".join(CONTROLS) + TRICKS
    response = send(client, name=f"Gre{everything}et", message=f"Een{everything}vraag", topic=f"campaign{everything}")
    assert response.status_code == 303
    stored = messages()[0]
    jobs.advance(stored.id)
    deliver()

    kept = stored.name + stored.body.replace("\n", "").replace("\t", "")
    assert not [each for each in kept if unicodedata.category(each) in ("Cc", "Cf")]
    assert len(smtp.messages) == 2


@pytest.mark.parametrize("control", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "%0d%0a"])
def test_a_header_injected_into_a_name_or_text_becomes_no_header(client, smtp, control):
    more = f"{control}Bcc: victim@voorbeeld.example{control}Subject: koop nu"
    assert send(client, name=f"Greet{more.replace('@', ' ')}", message=f"Dag{more}").status_code in (303, 422)
    for stored in messages():
        jobs.advance(stored.id)
    deliver()

    assert "victim@voorbeeld.example" not in smtp.recipients
    assert not any(mail["Bcc"] for mail in smtp.messages)
    assert not any("koop nu" in str(mail["Subject"]) for mail in smtp.messages)


def test_lines_that_would_be_headers_count_as_a_reason(client):
    send(client, message="hoi\nBcc: a@voorbeeld.example\nContent-Type: text/html; charset=utf-8\n\nkoop")
    jobs.advance(messages()[0].id)
    db.session.expire_all()

    assert "mail_headers" in messages()[0].reasons


def test_html_and_scripts_are_shown_as_text_and_mailed_to_nobody(client):
    evil = '<img src=x onerror=alert(1)><a href="https://kwaad.example">x</a>'
    shown = send(client, message=evil, email="").text
    send(client, message=evil)
    jobs.advance(messages()[0].id)

    assert "<img src=x" not in shown
    assert messages()[0].body == evil
    for kind in ("contact.receipt", "contact.notify"):
        assert "kwaad" not in json.dumps([mail.message for mail in mails(kind)])


def test_letters_that_turn_a_line_around_do_not_reach_the_row(client):
    send(client, message="factuur\u202egnp.exe en \u2066verborgen\u2069")

    assert messages()[0].body == "factuurgnp.exe en verborgen"


@pytest.mark.parametrize("lang", ["nl", "fr", "en", "es"])
@pytest.mark.parametrize("size", [10_001, 60_000])
def test_a_text_that_is_too_long_is_kept_and_its_writer_told_how_long_it_may_be(client, lang, size):
    response = send(client, lang, message="x" * size)

    assert response.status_code == 422
    assert "10000" in response.text.replace("\u202f", "").replace(".", "").replace("\xa0", "").replace(",", "")
    assert "x" * 10_000 in response.text


@pytest.mark.parametrize("lang", ["nl", "fr", "en", "es"])
def test_ten_megabytes_get_a_page_in_the_visitors_language(client, lang):
    response = send(client, lang, message="x" * 10_000_000)

    assert response.status_code == 413
    assert f'<html lang="{lang}"' in response.text


def test_a_thousand_links_are_one_message_to_look_at(client):
    assert send(client, message=" ".join(f"https://a{n}.example" for n in range(400))).status_code == 303
    jobs.advance(messages()[0].id)
    db.session.expire_all()

    assert "many_links" in messages()[0].reasons
