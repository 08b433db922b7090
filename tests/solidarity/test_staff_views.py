"""The moderators' desk, as they see and use it."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.actions.models import Action
from campaigner.core.db import db, transaction
from campaigner.solidarity import service, staff_views
from campaigner.solidarity.models import REASONS, PartnerLine
from campaigner.supporters import service as supporters
from tests import make
from tests.solidarity.people import csrf, login, message, moderator, seen, shown, struggle, wrote

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    """A browser in which a campaigner is logged in."""
    login(client, "campaigner")
    return client


def _press(desk: FlaskClient, verb: str, **data: Any) -> Any:
    return desk.post(f"/staff/messages/{verb}", data={"csrf_token": csrf(desk, "/staff/messages/partners"), **data})


def _names(*outcomes: Any) -> list[str]:
    return [f"{action_id}.{version}" for action_id, version in seen(*outcomes).items()]


def test_a_message_is_shown_with_one_press_and_the_way_back_stands_on_the_page(desk: FlaskClient) -> None:
    outcome = wrote(struggle(), "Hou vol", public=True)
    page = desk.get("/staff/messages/").get_data(as_text=True)
    assert "Hou vol" in page
    assert '<b dir="auto">Fatiha</b>' in page
    assert "voorbeeld.example" not in page, "a moderator judges words, not mailboxes"
    answer = _press(desk, "show", only=_names(outcome)[0])
    assert answer.status_code == 303
    after = desk.get(answer.location).get_data(as_text=True)
    assert 'action="/staff/messages/undo"' in after
    assert message(outcome).state == "shown"  # type: ignore[union-attr]
    _press(desk, "undo", message=_names(outcome))
    assert message(outcome).state == "waiting"  # type: ignore[union-attr]


def test_many_are_judged_at_once(desk: FlaskClient) -> None:
    campaign = struggle()
    found = [wrote(campaign, f"Boodschap {n}", name=f"Mens{n}") for n in range(4)]
    _press(desk, "show", message=_names(*found[:3]))
    _press(desk, "hide", message=_names(found[3]), reason="advertising")
    assert [message(each).state for each in found] == ["shown"] * 3 + ["hidden"]  # type: ignore[union-attr]
    hidden = desk.get("/staff/messages/?pile=hidden").get_data(as_text=True)
    assert "Boodschap 3" in hidden
    assert "Boodschap 0" not in hidden


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("show", {}), ("hide", {}), ("undo", {}), ("hide", {"only": "1.1"}), ("hide", {"only": "1.1", "reason": "x"}),
        ("hide", {"only": "1.1", "reason": "other", "note": " \x00 "}),
    ],
)  # fmt: skip
def test_a_press_that_says_too_little_is_told_so(verb: str, data: dict[str, str], desk: FlaskClient) -> None:
    assert _press(desk, verb, **data).status_code == 400


@pytest.mark.parametrize("name", ["x", "1", ".", "1.", "-1.1", "9" * 40 + ".1", "1.1.1", "\x00", "٣.١"])
def test_a_message_that_is_none_is_no_error(name: str, desk: FlaskClient) -> None:
    answer = _press(desk, "show", message=[name])
    assert answer.status_code == 303
    assert desk.get(answer.location).status_code == 200


def test_who_changed_their_words_meanwhile_is_not_shown_unread(desk: FlaskClient) -> None:
    campaign = struggle()
    outcome = wrote(campaign, "Hou vol")
    read = _names(outcome)
    wrote(campaign, "Iets anders", submission="form-2")
    answer = _press(desk, "show", message=read)
    assert "missed=1" in answer.location
    assert message(outcome).state == "waiting"  # type: ignore[union-attr]
    assert desk.get(answer.location).status_code == 200


def test_who_was_erased_meanwhile_is_no_error(desk: FlaskClient) -> None:
    outcome = wrote(struggle(), "Hou vol")
    read = _names(outcome)
    with transaction():
        supporters.forget(db.session.get_one(Action, outcome.action_id).supporter_id)
    assert "missed=1" in _press(desk, "show", message=read).location
    answer = desk.post(f"/staff/messages/{outcome.action_id}/language", data={
        "csrf_token": csrf(desk, "/staff/messages/partners"), "language": "nl",
    })  # fmt: skip
    assert answer.status_code == 404


def test_the_language_is_corrected_on_the_desk(desk: FlaskClient) -> None:
    outcome = wrote(struggle(), "Sawubona")
    token = csrf(desk)
    path = f"/staff/messages/{outcome.action_id}/language"
    answer = desk.post(path, data={"csrf_token": token, "language": "zu"})
    assert answer.location.endswith(f"#m-{outcome.action_id}")
    assert message(outcome).language == "zu"  # type: ignore[union-attr]
    assert desk.post(path, data={"csrf_token": token, "language": "zz"}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "pile=onzin", "campaign=x", f"campaign={10**30}", "page=-3", "ids=x,1&done=show",
        "missed=x", "done=show&ids=" + "1.1," * 400,
    ],
)  # fmt: skip
def test_whatever_is_asked_of_the_desk_it_answers(query: str, desk: FlaskClient) -> None:
    wrote(struggle(), "Hou vol")
    assert desk.get(f"/staff/messages/?{query}").status_code == 200


def test_the_desk_keeps_to_one_campaign(desk: FlaskClient) -> None:
    first, second = struggle(), struggle()
    wrote(first, "Voor de eersten")
    wrote(second, "Voor de tweeden", name="Luc")
    page = desk.get(f"/staff/messages/?campaign={first.id}").get_data(as_text=True)
    assert "Voor de eersten" in page
    assert "Voor de tweeden" not in page


def test_the_first_page_and_the_menu_say_what_waits(desk: FlaskClient) -> None:
    assert staff_views.to_read() is None
    wrote(struggle(), "Hou vol")
    page = desk.get("/staff/").get_data(as_text=True)
    assert page.count('href="/staff/messages/"') >= 2


@pytest.mark.parametrize("role", ["inbox"])
def test_only_who_may_judges(role: str, client: FlaskClient) -> None:
    login(client, role)
    for path in ("/staff/messages/", "/staff/messages/partners"):
        assert client.get(path).status_code == 403


def test_every_reason_has_its_words() -> None:
    assert tuple(staff_views.WHY) == REASONS


def test_the_partners_page_says_how_messages_get_there(desk: FlaskClient) -> None:
    campaign = struggle()
    path = f"/staff/messages/partners/{campaign.id}"
    token = csrf(desk, path)
    data = {"csrf_token": token, "rhythm": "weekly", "address": "sindicato@ejemplo.example", "language": "es"}
    assert desk.post(path, data=data).status_code == 303
    line = db.session.scalar(select(PartnerLine).filter_by(campaign_id=campaign.id))
    assert line is not None
    assert (line.rhythm, line.address, line.language) == ("weekly", "sindicato@ejemplo.example", "es")
    assert "sindicato@ejemplo.example" not in desk.get("/staff/messages/partners").get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong",
    [{"address": ""}, {"address": "geen adres"}, {"rhythm": "elk uur"}, {"rhythm": ""}, {"language": "zz"}],
)
def test_a_line_that_cannot_work_is_not_kept(wrong: dict[str, str], desk: FlaskClient) -> None:
    campaign = struggle()
    path = f"/staff/messages/partners/{campaign.id}"
    data = {"csrf_token": csrf(desk, path), "rhythm": "daily", "address": "a@ejemplo.example", "language": "es"}
    assert desk.post(path, data={**data, **wrong}).status_code == 422
    assert db.session.scalar(select(PartnerLine)) is None


def test_a_renewed_link_ends_the_one_before(desk: FlaskClient) -> None:
    campaign = struggle()
    path = f"/staff/messages/partners/{campaign.id}"
    assert desk.get("/staff/messages/partners/999999").status_code == 404
    assert desk.get(f"/staff/messages/partners/{make.campaign().id}").status_code == 404
    links = []
    for _turn in range(2):
        desk.post(f"{path}/booklet", data={"csrf_token": csrf(desk, path)})
        found = re.search(r'href="http://localhost(/booklet/[^"]+)"', desk.get(path).get_data(as_text=True))
        assert found
        links.append(found[1])
    assert desk.get(links[0]).status_code == 404
    assert desk.get(links[1]).status_code == 200


def test_what_was_mailed_to_the_partner_says_so(desk: FlaskClient) -> None:
    campaign = struggle()
    outcome = wrote(campaign, "Hou vol")
    by = moderator()
    shown(outcome, by=by)
    assert "Mailed to the partner." not in desk.get("/staff/messages/?pile=shown&lang=en").get_data(as_text=True)
    with transaction():
        service.settle(campaign, rhythm="daily", address="a@ejemplo.example", language="es", by=by)
    with transaction():
        assert service.digest() == 1
    assert "Mailed to the partner." in desk.get("/staff/messages/?pile=shown&lang=en").get_data(as_text=True)
