"""The doors by which staff name targets and write the letter: no address comes back, bad input gets a sentence."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.campaigns import service as campaigns
from campaigner.campaigns.models import Campaign, Target
from campaigner.campaigns.service import Facts
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.letters import queries, targets, wording
from campaigner.letters.models import LetterDelivery, LetterSettings, Postbox
from campaigner.staff.models import AuditEvent
from tests import make
from tests.conftest import Sink, deliver
from tests.letters.stage import OFFICE, OTHER, campaign, post, target, text_of, to_target

pytestmark = pytest.mark.usefixtures("clean")
FORM = {
    "name": "De minister", "role": "minister", "organisation": "Regering", "country": "BE", "province": "",
    "language": "nl", "address": OFFICE, "fallback": "", "mode": "digest", "timezone": "Europe/Brussels",
    "opens": "09:00", "closes": "17:00", "workdays": ["1", "2", "3", "4", "5"],
}  # fmt: skip


def token(page: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text[:400]
    return found[1]


@pytest.fixture
def staff(client: FlaskClient) -> FlaskClient:
    """A browser that is logged in."""
    with transaction():
        email = make.account(roles=("campaigner",)).email
    data = {"csrf_token": token(client.get("/staff/login")), "email": email, "password": "lang-genoeg-wachtwoord"}
    assert client.post("/staff/login", data=data).location == "/staff/"
    return client


def press(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(path, data={"csrf_token": token(client.get("/staff/campaigns/new")), **data})


def desk(of: Campaign, rest: str = "") -> str:
    return f"/staff/campaigns/{of.id}/targets{rest}"


def test_a_target_is_added_changed_held_and_removed(staff: FlaskClient) -> None:
    one = campaign()
    first = target(one, name="Eerste")
    assert press(staff, desk(one, "/new"), **FORM).status_code == 303
    page = staff.get(desk(one)).text
    assert "De minister" in page
    added = db.session.scalars(select(Target).filter_by(name="De minister")).one()
    path = desk(one, f"/{added.id}")
    assert db.session.get_one(Postbox, added.id).address == OFFICE
    assert press(staff, path, **FORM | {"address": "", "name": "De nieuwe minister"}).status_code == 303
    db.session.expire_all()
    assert (added.name, db.session.get_one(Postbox, added.id).address) == ("De nieuwe minister", OFFICE)
    press(staff, f"{path}/pause")
    db.session.expire_all()
    assert db.session.get_one(Postbox, added.id).paused_at is not None
    press(staff, f"{path}/resume")
    db.session.expire_all()
    assert db.session.get_one(Postbox, added.id).paused_at is None
    assert press(staff, f"{path}/remove").status_code == 303
    assert db.session.scalars(select(Target.id)).all() == [first.id]
    said = str([(event.what, event.detail) for event in db.session.scalars(select(AuditEvent))])
    for what in ("target added", "target edited", "target paused", "target resumed", "target removed"):
        assert what in said
    assert "doel.example" not in said


def test_no_page_of_staff_holds_an_address(staff: FlaskClient) -> None:
    one = campaign()
    doel = target(one, fallback=OTHER)
    db.session.get_one(Postbox, doel.id).health_note = "550 5.1.1 … unknown"
    db.session.commit()
    for path in (
        desk(one),
        desk(one, f"/{doel.id}"),
        desk(one, "/new"),
        f"/staff/campaigns/{one.id}/letter",
        "/staff/",
    ):
        text = staff.get(path).text
        assert OFFICE not in text
        assert OTHER not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""}, {"name": "x" * 500}, {"address": "geen adres"}, {"fallback": "a@b@c"}, {"address": ""},
        {"mode": "duif"}, {"mode": ""}, {"timezone": "Maan/Zee"}, {"timezone": "Etc/GMT+5"}, {"opens": "25:99"},
        {"opens": ""}, {"closes": "08:00"}, {"workdays": []}, {"workdays": ["9"]}, {"country": "XX"},
        {"province": "99"}, {"language": "tlh"}, {"person": "y", "mode": "once"},
    ],
)  # fmt: skip
def test_what_a_target_cannot_be_is_said_and_nothing_is_kept(changes: dict[str, Any], staff: FlaskClient) -> None:
    one = campaign()
    answer = press(staff, desk(one, "/new"), **FORM | changes)
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
    assert db.session.scalars(select(Target)).all() == []
    assert db.session.scalars(select(Postbox)).all() == []


def test_a_test_goes_to_staff_or_clearly_marked_to_the_target(staff: FlaskClient, smtp: Sink) -> None:
    one = campaign()
    doel = target(one)
    path = desk(one, f"/{doel.id}/test")
    assert "test=queued" in press(staff, path, to="me").location
    assert "test=queued" in press(staff, path, to="target").location
    deliver()
    ours, theirs = (mail for mail in smtp.messages if "est" in mail["Subject"])
    assert "@fos.example" in ours["To"]
    assert "/letters/stop/test" in text_of(ours)
    (only,) = to_target(smtp)
    assert only["Subject"] == theirs["Subject"]
    assert "/letters/stop/test" not in text_of(only)
    assert "FOS – socialistische solidariteit" in text_of(only)
    db.session.expire_all()
    assert db.session.get_one(Postbox, doel.id).greeted_at is not None
    for _ in range(6):
        last = press(staff, path, to="target")
    assert "test=quota" in last.location


def test_whoever_asked_us_to_stop_gets_no_test_and_is_not_added_again(staff: FlaskClient, smtp: Sink) -> None:
    from campaigner.letters import service

    one = campaign()
    doel = target(one)
    with transaction():
        service.object_(doel)
    assert press(staff, desk(one, f"/{doel.id}/test"), to="target").status_code == 409
    assert press(staff, desk(one, "/new"), **FORM).status_code == 422
    deliver()
    assert to_target(smtp) == []


def test_a_target_with_letters_stays_and_so_does_the_last(staff: FlaskClient) -> None:
    one = campaign()
    doel = target(one)
    assert press(staff, desk(one, f"/{doel.id}/remove")).status_code == 409
    target(one, name="Tweede", address=OTHER)
    with staff.application.test_request_context("/nl/"):
        post(one)
    assert press(staff, desk(one, f"/{doel.id}/remove")).status_code == 409
    assert len(db.session.scalars(select(LetterDelivery)).all()) == 2


def test_editing_the_facts_of_an_opened_campaign_never_loses_a_target(staff: FlaskClient) -> None:
    one = campaign()
    target(one)
    facts = Facts(pillar="work", art="oogst", goal=10, asks=("letter",))
    with transaction():
        campaigns.edit(one, facts=facts, slug=None, by=None)
    assert len(one.targets) == 1
    one.opened_at, one.state = None, "draft"
    with transaction():
        campaigns.edit(one, facts=facts, slug=None, by=None)
    assert one.targets == []


def test_a_foreign_target_is_not_found_under_another_campaign(staff: FlaskClient) -> None:
    one, other = campaign(), campaign()
    doel = target(other)
    for rest in ("", "/test", "/pause", "/resume", "/again", "/remove", "/letters.txt"):
        assert press(staff, desk(one, f"/{doel.id}{rest}")).status_code == 404
    assert staff.get(desk(one, f"/{doel.id}")).status_code == 404


def test_kept_letters_come_as_text_and_that_is_written_down(staff: FlaskClient) -> None:
    one = campaign()
    doel = target(one, address=None, mode="handover")
    with staff.application.test_request_context("/nl/"):
        post(one, body="Voor op papier.")
        from campaigner.letters import delivery

        with transaction():
            delivery.deliver(reply_to="x@fos.example")
    answer = press(staff, desk(one, f"/{doel.id}/letters.txt"))
    assert answer.mimetype == "text/plain"
    assert "Voor op papier." in answer.text
    assert "Voorbeeld" not in answer.text
    assert db.session.scalar(select(AuditEvent).filter_by(what="letters taken for a hand-over")) is not None


def test_the_letter_is_aimed_and_written(staff: FlaskClient) -> None:
    one = campaign()
    target(one, face={"role": "minister", "country": "BE"})
    path = f"/staff/campaigns/{one.id}/letter"
    assert staff.get(path).status_code == 200
    data = {"rule": "province", "only_role": "minister", "only_country": "", "written_in": "es"}
    assert press(staff, path, **data).status_code == 303
    settings = db.session.scalars(select(LetterSettings)).one()
    assert (settings.rule, settings.only_role, settings.written_in) == ("province", "minister", "es")
    words = {"subjects": "Een\nTwee\n", "opening": "Dag,", "body": "Doe iets.", "closing": "Groet", "tips": "Kort."}
    assert "Samenvatting fr" in staff.get(f"{path}/fr").text
    assert press(staff, f"{path}/es", **words).status_code == 303
    offer = queries.offer(one.asks[0], "nl")
    assert (offer.subjects, offer.language, offer.opening) == (("Een", "Twee"), "es", "Dag,")
    assert "Doe iets." in staff.get(f"{path}/es").text


@pytest.mark.parametrize(
    ("where", "data"),
    [
        ("", {"rule": "duif"}), ("", {"rule": "pick", "only_role": "niemand"}),
        ("", {"rule": "pick", "written_in": "xx"}),
        ("/nl", {"subjects": "", "body": "x"}), ("/nl", {"subjects": "x", "body": ""}),
        ("/nl", {"subjects": "x\n" * 7, "body": "x"}), ("/nl", {"subjects": "x" * 151, "body": "x"}),
        ("/nl", {"subjects": "x", "body": "x" * 4001}), ("/nl", {"subjects": "x", "body": "x", "tips": "x\n" * 7}),
    ],
)  # fmt: skip
def test_what_a_letter_cannot_be_is_said(where: str, data: dict[str, str], staff: FlaskClient) -> None:
    one = campaign()
    answer = press(staff, f"/staff/campaigns/{one.id}/letter{where}", **data)
    assert answer.status_code == 422
    assert db.session.scalars(select(LetterSettings)).all() == []


def test_a_campaign_without_letters_has_no_page_for_them(staff: FlaskClient) -> None:
    one = make.campaign()
    for rest in ("letter", "letter/nl", "letter/xx"):
        assert staff.get(f"/staff/campaigns/{one.id}/{rest}").status_code == 404
    assert staff.get(desk(one)).status_code == 200


def test_the_first_page_of_staff_names_targets_in_trouble(staff: FlaskClient) -> None:
    one = campaign()
    doel = target(one)
    assert f"/staff/campaigns/{one.id}/targets" not in staff.get("/staff/").text
    box = db.session.get_one(Postbox, doel.id)
    box.health, box.health_at = "dead", now()
    db.session.commit()
    assert f"/staff/campaigns/{one.id}/targets" in staff.get("/staff/").text


def test_a_new_address_makes_a_dead_target_well_again() -> None:
    one = campaign()
    doel = target(one)
    box = db.session.get_one(Postbox, doel.id)
    box.health, box.diverted_at, box.greeted_at = "dead", now(), now()
    db.session.commit()
    with transaction():
        targets.edit(doel, face=targets.Face("x"), line=targets.Line(address=OTHER), by=None)
    assert (box.health, box.diverted_at, box.greeted_at, box.address) == ("untested", None, None, OTHER)
    with transaction():
        targets.edit(doel, face=targets.Face("x"), line=targets.Line(drop=True, mode="handover"), by=None)
    assert (box.address, box.mailbox, box.fallback) == (None, None, None)


def test_a_rule_that_leaves_nobody_is_refused() -> None:
    one = campaign()
    target(one, face={"role": "minister"})
    with pytest.raises(Conflict), transaction():
        wording.aim(one.asks[0], rule="everyone", only_role="paus", by=None)
