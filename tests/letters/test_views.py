"""The letter through its doors: from the page to the target's mailbox, seen first, and bad input on the way."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.campaigns.models import Campaign, Target
from campaigner.core.db import db, transaction
from campaigner.core.tokens import signer
from campaigner.letters import delivery, queries, wording
from campaigner.letters.models import Letter, LetterObjection
from campaigner.letters.wording import Words
from tests import make
from tests.conftest import Sink, deliver
from tests.letters.stage import OFFICE, STAFF, campaign, states, target, text_of, to_target

LANGUAGES = ("nl", "fr", "en", "es")


@pytest.fixture
def stage(session: object) -> tuple[Campaign, Target]:
    """A campaign with one target that gets its letters at once."""
    one = campaign("brief")
    return one, target(one, face={"role": "minister van Arbeid"})


def send(client: FlaskClient, lang: str = "nl", slug: str = "brief", **changes: Any) -> Any:
    path = f"/{lang}/c/{slug}"
    filled = make.form(
        subject="Stop met sproeien", body="Ik koop elke week bananen.", sign_as="name", mail_host="no",
        form_token=make.token_of(client, path),
    )  # fmt: skip
    return client.post(path, data=filled | changes)


def letters() -> list[Letter]:
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def confirm(client: FlaskClient, sink: Sink) -> Any:
    found = re.search(r"http://localhost(/confirm/[^\s/]+)\s", text_of(sink.messages[-1]))
    assert found
    return client.post(found[1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_letter_travels_from_the_form_to_the_target(
    lang: str, client: FlaskClient, stage: tuple[Campaign, Target], smtp: Sink
) -> None:
    one, doel = stage
    answer = send(client, lang)
    assert answer.status_code == 303
    assert f"/{lang}/c/brief/thanks" in answer.location
    assert client.get(answer.location).status_code == 200
    deliver()
    assert states(doel) == {}
    assert confirm(client, smtp).status_code == 303
    with client.application.test_request_context(), transaction():
        assert delivery.deliver(reply_to=STAFF) == 1
    deliver()
    (mail,) = to_target(smtp)
    assert "Ik koop elke week bananen." in text_of(mail)
    assert mail["Subject"] == "Stop met sproeien"
    assert make.actions(one)[0].state == "confirmed"


def test_the_page_offers_the_words_and_never_an_address(client: FlaskClient, stage: tuple[Campaign, Target]) -> None:
    one, _ = stage
    with transaction():
        words = Words(
            subjects=("Bel uw leverancier",), opening="Geachte directie,", body="Ik vraag u drie dingen.",
            closing="Hoogachtend", tips=("Begin met jezelf.",),
        )  # fmt: skip
        wording.write(one.asks[0], language="nl", words=words, by=None)
    page = client.get("/nl/c/brief").get_data(as_text=True)
    for part in (
        "Bel uw leverancier",
        "Geachte directie,",
        "Ik vraag u drie dingen.",
        "Hoogachtend",
        "Begin met jezelf.",
    ):
        assert part in page
    assert "De minister" in page
    for path in ("/nl/c/brief", "/nl/", "/nl/c/brief/thanks", "/c/brief/count.json"):
        assert OFFICE.partition("@")[0] not in client.get(path).get_data(as_text=True)
        assert "doel.example" not in client.get(path).get_data(as_text=True)


def test_the_letter_is_in_the_language_of_the_target_where_staff_say_so(
    client: FlaskClient, stage: tuple[Campaign, Target]
) -> None:
    one, _ = stage
    with transaction():
        wording.aim(one.asks[0], rule="everyone", written_in="es", by=None)
        for code, body in (("es", "Le pido tres cosas."), ("nl", "Ik vraag u drie dingen.")):
            wording.write(one.asks[0], language=code, words=Words(subjects=("x",), body=body), by=None)
    page = client.get("/nl/c/brief").get_data(as_text=True)
    assert re.search(r'<textarea[^>]*lang="es"[^>]*>\s*Le pido tres cosas\.', page)
    assert "Ik vraag u drie dingen." in page


def test_without_words_of_staff_the_campaign_speaks(client: FlaskClient, stage: object) -> None:
    page = client.get("/fr/c/brief").get_data(as_text=True)
    assert re.search(r"<textarea[^>]*>\s*Samenvatting fr", page)
    assert "1. Eis fr" in page


def test_looking_first_sends_nothing_and_loses_nothing(client: FlaskClient, stage: object) -> None:
    answer = send(client, preview="y", body="Mijn eigen woorden.\n\nMet https://kwaad.example erin.")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'id="preview"' in page
    assert "https[:]//kwaad[.]example" in page
    assert "Gent" in page.partition("</section>")[0]
    assert re.search(r"<textarea[^>]*>\s*Mijn eigen woorden\.", page)
    assert 'value="Stop met sproeien"' in page
    assert re.search(r'value="name" checked', page)
    assert letters() == []
    assert answer.headers["Cache-Control"] == "no-store"


def test_looking_first_also_says_what_is_wrong(client: FlaskClient, stage: object) -> None:
    answer = send(client, preview="y", first_name="")
    assert answer.status_code == 422
    assert 'id="preview"' not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"subject": ""}, "subject"), ({"subject": "x" * 151}, "subject"), ({"body": "   \n "}, "body"),
        ({"body": "x" * 4001}, "body"), ({"body": "x" * 500_000}, "body"), ({"sign_as": ""}, "sign_as"),
        ({"sign_as": "baas"}, "sign_as"), ({"agree": ""}, "agree"), ({"postcode": "0000"}, "postcode"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    changes: dict[str, str], wrong: str, client: FlaskClient, stage: object
) -> None:
    answer = send(client, **{"body": "Dit typte ik.", **changes})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#{wrong}' in page
    if wrong != "body":
        assert "Dit typte ik." in page
    assert letters() == []


@pytest.mark.parametrize(
    "typed", ["An<script>x</script>&\"'", "Hoi\r\nBcc: ander@kwaad.example", "{{ 7*7 }} %(x)s {% x %}"]
)
def test_markup_and_line_ends_are_words(typed: str, client: FlaskClient, stage: Any, smtp: Sink) -> None:
    assert send(client, subject=typed, body=typed).status_code == 303
    deliver()
    confirm(client, smtp)
    with client.application.test_request_context(), transaction():
        delivery.deliver(reply_to=STAFF)
    deliver()
    (mail,) = to_target(smtp)
    assert {name.lower() for name in mail} == {
        "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type",
    }  # fmt: skip
    html = str(mail.get_body(("html",)).get_content())
    assert "<script" not in html
    assert "49" not in mail["Subject"]
    assert len(mail["To"].addresses) == 1


def test_the_writer_chooses_where_staff_let_them(client: FlaskClient, stage: tuple[Campaign, Target]) -> None:
    one, _ = stage
    second = target(one, name="De ambassadeur", address="ambassade@doel.example")
    with transaction():
        wording.aim(one.asks[0], rule="pick", by=None)
    page = client.get("/nl/c/brief").get_data(as_text=True)
    assert re.search(r'<select[^>]*id="target"', page)
    assert send(client, target=str(second.id)).status_code == 303
    assert letters()[0].targets == [second.id]
    for wrong in ("", "0", "x", str(second.id + 999), "-1"):
        assert send(client, target=wrong).status_code == 422
    assert len(letters()) == 1


def test_in_safety_mode_nobody_is_asked_for_a_name_to_put_under_it(client: FlaskClient, session: object) -> None:
    one = campaign("veilig", safety_mode=True)
    target(one)
    assert "sign_as" not in client.get("/nl/c/veilig").get_data(as_text=True)
    assert send(client, slug="veilig", sign_as="reply").status_code == 303
    assert letters()[0].signed == "town"


def test_the_preview_signs_as_the_mail_does_in_the_targets_language(client: FlaskClient, session: object) -> None:
    one = campaign("veilig", safety_mode=True)
    target(one).language = "fr"
    db.session.commit()
    page = send(client, slug="veilig", preview="y", postcode="9000").get_data(as_text=True)
    assert '<p lang="fr">Quelqu’un de Flandre orientale, nom connu de nous</p>' in html.unescape(page)


def test_a_campaign_with_a_petition_offers_the_letter_beside_it(client: FlaskClient, session: object) -> None:
    from campaigner.campaigns.models import Ask

    one = make.campaign("beide", asks=[Ask(kind="petition"), Ask(kind="letter")])
    target(one)
    assert 'id="write"' not in client.get("/nl/c/beide").get_data(as_text=True)
    page = client.get("/nl/c/beide?act=letter").get_data(as_text=True)
    assert 'id="write"' in page
    filled = make.form(
        subject="Stop", body="Nu.", sign_as="town", form_token=make.token_of(client, "/nl/c/beide?act=letter")
    )
    assert client.post("/nl/c/beide?act=letter", data=filled).status_code == 303
    assert [action.ask.kind for action in make.actions(one)] == ["letter"]


def test_letters_count_in_their_own_journal(client: FlaskClient, stage: tuple[Campaign, Target], smtp: Sink) -> None:
    from campaigner.actions import queries as actions
    from campaigner.actions import service

    one, _ = stage
    send(client)
    deliver()
    confirm(client, smtp)
    with transaction():
        service.count()
    assert actions.count(one.id) == 1
    assert client.get("/c/brief/count.json").get_json()["count"] == 1


def stop_link(of: Target) -> str:
    return f"/letters/stop/{signer.seal(of.id, 'objection')}"


def test_a_target_stops_us_with_one_button(client: FlaskClient, stage: tuple[Campaign, Target]) -> None:
    _, doel = stage
    shown = client.get(stop_link(doel))
    assert shown.status_code == 200
    assert db.session.scalars(select(LetterObjection)).all() == []
    for _ in range(2):
        answer = client.post(stop_link(doel))
        assert answer.status_code == 200
    assert len(db.session.scalars(select(LetterObjection)).all()) == 1
    assert queries.troubled() == [(doel.campaign_id, "objection")]
    assert (
        "<form" not in client.get(stop_link(doel)).get_data(as_text=True).partition("<main")[2].partition("</main")[0]
    )


def test_damaged_and_test_links_stop_nobody(client: FlaskClient, stage: tuple[Campaign, Target]) -> None:
    _, doel = stage
    for token in (
        "vals",
        stop_link(doel).rpartition("/")[2][:-2],
        signer.seal("x", "objection"),
        signer.seal(0, "objection"),
    ):
        for method in ("get", "post"):
            answer = getattr(client, method)(f"/letters/stop/{token}")
            assert answer.status_code == 404
            assert "<h1" in answer.get_data(as_text=True)
    assert client.post("/letters/stop/test").status_code == 200
    assert db.session.scalars(select(LetterObjection)).all() == []


def test_a_letter_is_written_in_a_widget_too(client: FlaskClient, stage: tuple[Campaign, Target]) -> None:
    place = make.placement(stage[0])
    page = client.get(f"/w/{place.key}").get_data(as_text=True)
    assert '<textarea class="input" id="body"' in page
    assert 'name="sign_as"' in page
    assert "/nl/c/brief" in page


def test_letters_and_addresses_are_ciphertext_at_rest(client: FlaskClient, stage: object) -> None:
    from sqlalchemy import text

    send(client, body="Dit is geheim.")
    for table in ("letter", "postbox"):
        rows = db.session.execute(text(f"SELECT * FROM {table}")).mappings().all()  # noqa: S608
        assert rows
        stored = b" ".join(
            bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for row in rows for v in row.values()
        )
        assert b"geheim" not in stored
        assert b"doel.example" not in stored
