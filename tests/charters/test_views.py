"""The doors of a charter, for organisations and for staff."""

import csv
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.charters import mails, service
from campaigner.charters.models import CoSigner
from campaigner.core.db import db, transaction
from tests import make
from tests.campaigns.stage import log_in, send
from tests.charters.stage import charter, sign

pytestmark = pytest.mark.usefixtures("clean")
FORM = {
    "name": "Militantenkern De Linde", "kind": "local", "place": "Gent", "country": "BE", "contact": "Rosa",
    "role": "delegee", "email": "rosa@voorbeeld.example", "mandate": "y", "agree": "y", "website": "",
    "unchanged": "ongewijzigd",
}  # fmt: skip


def _post(client: FlaskClient, slug: str, **changes: Any) -> Any:
    path = f"/nl/c/{slug}/charter"
    return client.post(path, data={**FORM, "form_token": make.token_of(client, path), **changes})


def _rows() -> list[CoSigner]:
    db.session.expire_all()
    return list(db.session.scalars(select(CoSigner).order_by(CoSigner.id)))


def test_an_organisation_signs_and_confirms(client: FlaskClient) -> None:
    campaign = charter()
    answer = _post(client, campaign.slug)
    assert answer.status_code == 303
    thanks = client.get(answer.location).text
    assert "Militantenkern De Linde" in thanks
    assert "rosa@voorbeeld.example" not in thanks
    token = mails.token(_rows()[0])
    assert client.get(f"/charter/{token}").status_code == 200
    assert _rows()[0].state == "unconfirmed"  # mail scanners open links
    assert client.post(f"/charter/{token}").status_code == 303
    assert _rows()[0].state == "waiting"
    assert "Militantenkern De Linde" not in client.get(f"/nl/c/{campaign.slug}/charter").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Vul de naam"),
        ({"name": "!!!"}, "Vul de naam"),
        ({"name": "Koop op casino.com"}, "Schrijf alleen een naam"),
        ({"kind": "zoiets"}, "Kies er"),
        ({"country": "XX"}, "Kies je land"),
        ({"email": "geen adres"}, "naam@"),
        ({"mandate": ""}, "bestuur"),
        ({"agree": ""}, "wie er tekende"),
        ({"website": "x"}, "verborgen veld"),
    ],
)
def test_a_form_with_a_mistake_comes_back_and_keeps_what_was_typed(
    client: FlaskClient, change: dict[str, str], words: str
) -> None:
    answer = _post(client, charter().slug, **change)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="delegee"' in answer.text
    assert _rows() == []


def test_the_campaign_page_tells_of_the_charter_only_where_there_is_one(client: FlaskClient) -> None:
    campaign, plain = charter(), make.campaign()
    row = sign(campaign, name="Zichtbare vereniging")
    with transaction():
        service.confirm(mails.token(row))
        service.show(row, by=make.account().id)
    page = client.get(f"/nl/c/{campaign.slug}").text
    assert "Zichtbare vereniging" in page
    assert f"/nl/c/{campaign.slug}/charter" in page
    assert "/charter" not in client.get(f"/nl/c/{plain.slug}").text
    assert client.get(f"/nl/c/{plain.slug}/charter").status_code == 404


def test_a_charter_without_a_text_in_this_language_says_which_one_it_is_in(client: FlaskClient) -> None:
    page = client.get(f"/fr/c/{charter().slug}/charter").text
    assert "en néerlandais" in page
    assert 'lang="nl"' in page


def test_who_signed_never_stands_on_a_page(client: FlaskClient) -> None:
    campaign = charter()
    row = sign(campaign, contact="Rosaura", role="penningmeester")
    with transaction():
        service.confirm(mails.token(row))
        service.show(row, by=make.account().id)
    for path in (f"/nl/c/{campaign.slug}", f"/nl/c/{campaign.slug}/charter"):
        page = client.get(path).text
        for word in ("Rosaura", "penningmeester", "rosa@"):
            assert word not in page


def test_a_name_is_taken_back_with_two_presses(client: FlaskClient) -> None:
    row = sign(charter())
    path = f"/charter/{mails.token(row)}/take-back"
    assert client.get(path).status_code == 200
    assert len(_rows()) == 1
    for _again in range(2):
        assert client.post(path).status_code == 200
    assert _rows() == []
    assert client.get(path).status_code == 410


def test_a_closed_charter_shows_no_form_and_a_late_one_is_told(client: FlaskClient) -> None:
    campaign = charter()
    path = f"/nl/c/{campaign.slug}/charter"
    token = make.token_of(client, path)
    with transaction():
        service.close(campaign, by=make.account().id)
    assert 'name="form_token"' not in client.get(path).text
    assert client.post(path, data={**FORM, "form_token": token}).status_code == 410


def test_staff_write_open_decide_and_take_the_list_along(client: FlaskClient) -> None:
    campaign = make.campaign()
    log_in(client, "campaigner")
    home = f"/staff/campaigns/{campaign.id}/charter"
    assert client.get(home).status_code == 200
    assert send(client, f"{home}/text/nl", title="Charter", body="Wij vragen drie dingen.").status_code == 303
    assert send(client, f"{home}/open", via=home).status_code == 303
    row = sign(campaign, name="=1+1 vereniging")
    with transaction():
        service.confirm(mails.token(row))
    assert "=1+1 vereniging" in client.get(home).text
    assert "1</" in client.get("/staff/").text
    assert send(client, f"{home}/{row.id}/show", via=home).status_code == 303
    answer = send(client, f"{home}/paper", via=home, name="Op papier", kind="union", place="Luik", country="BE")
    assert answer.status_code == 303
    file = client.get(f"{home}/names.csv")
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [line[0] for line in rows[1:]] == ["'=1+1 vereniging", "Op papier"]
    assert "rosa@" not in file.text
    assert send(client, f"{home}/{row.id}/refuse", reason="").status_code == 422
    assert send(client, f"{home}/{row.id}/refuse", reason="Toch niet.").status_code == 303
    assert send(client, f"{home}/{_rows()[-1].id}/remove", via=home).status_code == 303
    assert [each.state for each in _rows()] == ["refused"]
    assert send(client, f"{home}/close", via=home).status_code == 303


def test_staff_see_what_is_wrong_with_a_name_from_paper(client: FlaskClient) -> None:
    campaign = charter()
    log_in(client, "campaigner")
    home = f"/staff/campaigns/{campaign.id}/charter"
    assert send(client, f"{home}/paper", via=home, name="", kind="union", place="", country="BE").status_code == 422
    assert send(client, f"{home}/text/xx", via=home).status_code == 404
    assert client.get(f"{home}/999/refuse").status_code == 404
    assert re.search("Charter", client.get(home).text)
