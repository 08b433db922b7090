"""What a local sees: its own counts, its own places, its own people, and nothing of anybody else's."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigner.core.clock import now, today
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.locals import chart, people, queries, service, sightings
from campaigner.locals.models import PlacementSite
from campaigner.organisations import desk_requests
from campaigner.organisations import queries as organisations
from campaigner.organisations import service as organisation_service
from campaigner.organisations.models import Organisation
from campaigner.outbox import service as outbox
from campaigner.staff.models import AuditEvent
from campaigner.supporters import service as supporters
from tests import make
from tests.locals.stage import signed

pytestmark = pytest.mark.usefixtures("session")


def _above(kind: str) -> Organisation:
    row = Organisation(slug=f"boven-{kind}", kind=kind, name=f"Boven {kind}", country="BE")
    db.session.add(row)
    db.session.flush()
    return row


def test_counts_are_told_by_day_channel_and_place_for_each_local_alone() -> None:
    campaign = make.campaign()
    mine, other = make.local("Wij"), make.local("Zij")
    site, poster = (make.placement(campaign, organisation=mine) for _ in range(2))
    theirs = make.placement(campaign, organisation=other)
    signed(campaign, site)
    signed(campaign, site)
    signed(campaign, poster, channel="web")
    signed(campaign, theirs)
    assert queries.total(mine.id) == 3
    assert queries.by_channel(mine.id) == {"widget": 2, "web": 1}
    assert queries.by_placement([site.id, poster.id]) == {site.id: 2, poster.id: 1}
    days = queries.by_day(mine.id, days=3)
    assert days == [(today() - timedelta(days=2), 0), (today() - timedelta(days=1), 0), (today(), 3)]


def test_the_count_of_a_place_outlives_the_people_behind_it() -> None:
    campaign = make.campaign()
    place = make.placement(campaign)
    who = signed(campaign, place)
    supporters.forget(who.id)
    db.session.flush()
    assert queries.by_placement([place.id]) == {place.id: 1}


def test_the_chart_draws_what_the_table_says() -> None:
    rows = [(today() - timedelta(days=2 - at), number) for at, number in enumerate((0, 2, 4))]
    drawn = chart.draw(rows)
    assert drawn is not None
    assert [round(height, 1) for _x, _y, _w, height in drawn.bars] == [57.0, 114.0]
    assert (drawn.total, drawn.peak) == (6, rows[2])
    assert chart.draw([(today(), 0)]) is None


def test_only_who_says_yes_to_this_very_local_now_is_among_its_people() -> None:
    campaign = make.campaign()
    mine, other = make.local(), make.local()
    place = make.placement(campaign, organisation=mine)
    yes = signed(campaign, place, yes=True)
    signed(campaign, place, yes=False)
    signed(campaign, place)
    signed(campaign, make.placement(campaign, organisation=other), yes=True)
    make.acted(campaign, mail=True)
    assert people.count(mine.id) == 1
    assert [one.name for one in people.listed(mine.id)] == [f"{yes.first_name} {yes.last_name}"]
    make.answer(yes, False, organisation=mine)
    assert people.count(mine.id) == 0


def test_an_answer_that_nobody_proved_makes_no_people() -> None:
    campaign = make.campaign()
    local = make.local()
    who = make.acted(campaign, mail=None)
    source = supporters.Source(language="nl", channel="web", evidence="form")
    supporters.note(who.id, [supporters.Answer("mail", local.id, local.name, True)], source=source, verified=False)
    assert people.count(local.id) == 0


def test_a_mailbox_that_unsubscribed_complained_or_died_is_not_in_the_list() -> None:
    campaign = make.campaign()
    local = make.local()
    place = make.placement(campaign, organisation=local)
    gone, dead, there = (signed(campaign, place, yes=True) for _ in range(3))
    supporters.stop_mail(gone.mailbox, organisation_id=local.id, evidence="unsubscribe link")
    outbox.suppress(dead.mailbox, reason="dead address")
    db.session.flush()
    assert [one.name for one in people.listed(local.id)] == [f"{there.first_name} {there.last_name}"]


def test_the_export_holds_the_words_they_said_yes_to_and_no_formula() -> None:
    campaign = make.campaign()
    local = make.local("Afdeling Zee")
    who = signed(campaign, make.placement(campaign, organisation=local), yes=True)
    who.last_name = "=cmd|' /C calc'!A0"
    db.session.flush()
    rows = list(csv.DictReader(io.StringIO("".join(people.sheet(local.id)))))
    assert len(rows) == 1
    assert rows[0]["last_name"].startswith("'=")
    assert rows[0]["email"] == who.email
    assert "Afdeling Zee" in rows[0]["question"]
    assert len(rows[0]["question_sha256"]) == 64


def test_an_export_is_in_the_trail_with_its_size_and_no_address() -> None:
    campaign = make.campaign()
    local = make.local()
    signed(campaign, make.placement(campaign, organisation=local), yes=True)
    assert people.note_export(local, by=7) == 1
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.what, event.about, event.detail) == ("people exported", f"organisation:{local.id}", {"people": 1})


def test_a_centrale_and_a_gewest_see_totals_and_no_local_has_more_than_two_parents() -> None:
    campaign = make.campaign()
    local = make.local("Onderaan")
    centrale, gewest = _above("centrale"), _above("gewest")
    signed(campaign, make.placement(campaign, organisation=local), yes=True)
    desk_requests.stand_under(local, parents=[centrale.id, gewest.id])
    assert queries.children(centrale.id) == queries.children(gewest.id) == [("Onderaan", 1)]
    assert people.count(centrale.id) == people.count(gewest.id) == 0
    for wrong in ([centrale.id, gewest.id, _above("coalition").id], [make.local().id]):
        with pytest.raises(DomainError):
            desk_requests.stand_under(local, parents=wrong)


def test_the_league_is_switched_off_by_a_local_for_itself_and_by_the_host_for_all() -> None:
    campaign = make.campaign()
    first, second = make.local("Eerste"), make.local("Tweede")
    for local, number in ((first, 2), (second, 1)):
        place = make.placement(campaign, organisation=local)
        for _ in range(number):
            signed(campaign, place)
    assert [(rank.place, rank.name, rank.number, rank.mine) for rank in queries.league(second.id)] == [
        (1, "Eerste", 2, False), (2, "Tweede", 1, True),
    ]  # fmt: skip
    organisation_service.compare(first, shown=False, by=1)
    assert [rank.name for rank in queries.league(second.id)] == ["Tweede"]
    assert queries.league(first.id) == []
    organisation_service.compare(organisations.host(), shown=False, by=1)
    assert queries.league(second.id) == []


def test_a_local_makes_places_of_its_own_for_campaigns_that_run() -> None:
    local = make.local()
    made = service.place(
        local, campaign_id=make.campaign().id, kind="poster", language="fr", sites=["afdeling.example/x"], by=1
    )
    assert (made.organisation_id, made.sites) == (local.id, ["https://afdeling.example"])
    service.change(made, sites=[], language="nl", by=1)
    assert (made.sites, made.language) == ([], "nl")
    with pytest.raises(NotFound):
        service.place(local, campaign_id=make.campaign(state="draft").id, kind="link", language="nl", sites=[], by=1)
    with pytest.raises(NotFound):
        service.placement(make.local(), made.id)


def test_no_local_fills_the_table_of_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PLACES_AT_MOST", 1)
    local, campaign = make.local(), make.campaign()
    service.place(local, campaign_id=campaign.id, kind="link", language="nl", sites=[], by=1)
    with pytest.raises(Conflict):
        service.place(local, campaign_id=campaign.id, kind="link", language="nl", sites=[], by=1)


def test_a_widget_is_seen_on_sites_that_were_listed_and_on_others() -> None:
    sightings.forget()
    place = make.placement(make.campaign(), sites=("https://afdeling.example",))
    assert sightings.note(place, "https://afdeling.example/blad?wie=ik", ours="fos.example")
    assert not sightings.note(place, "https://afdeling.example/ander-blad", ours="fos.example")
    assert sightings.note(place, "https://vreemd.example:8443/", ours="fos.example")
    for nothing in ("https://fos.example/staff/", "about:blank", "null", "", None, "javascript:alert(1)", "\x00"):
        assert not sightings.note(place, nothing, ours="fos.example"), nothing
    found = {(each.host, each.listed) for each in sightings.seen([place])[place.id]}
    assert found == {("afdeling.example", True), ("vreemd.example:8443", False)}


def test_made_up_sites_fill_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    sightings.forget()
    monkeypatch.setattr(sightings, "HOSTS_AT_MOST", 3)
    place = make.placement(make.campaign())
    for number in range(6):
        sightings.note(place, f"https://verzonnen-{number}.example/")
    assert len(db.session.scalars(select(PlacementSite)).all()) == 3
    sightings.forget()
    before = now()
    sightings.note(place, "https://verzonnen-0.example/")
    db.session.expire_all()
    again = db.session.get_one(PlacementSite, (place.id, "verzonnen-0.example"))
    assert again.last_seen_at >= before
