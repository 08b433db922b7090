"""What the partner gets: a digest when there is something new, and a booklet; never more than the wall shows."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campaigner.actions.models import Action
from campaigner.campaigns.models import Campaign
from campaigner.core import addresses
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery, Mailing
from campaigner.solidarity import booklet, jobs, queries, service
from campaigner.solidarity.models import Issue, PartnerLine, SolidarityMessage
from campaigner.supporters import service as supporters
from tests.conftest import Sink, deliver
from tests.solidarity.people import moderator, seen, shown, struggle, wrote

pytestmark = pytest.mark.usefixtures("session")
ADDRESS = "sindicato@ejemplo.example"


def _line(campaign: Campaign, *, rhythm: str = "daily", language: str = "es") -> PartnerLine:
    by = moderator()
    with transaction():
        return service.settle(campaign, rhythm=rhythm, address=ADDRESS, language=language, by=by)


def _round() -> None:
    for job in (jobs.reconcile, jobs.digest):
        with transaction():
            job()


def _later(days: float) -> None:
    with transaction():
        db.session.execute(update(PartnerLine).values(sent_at=now() - timedelta(days=days)))


def _digests(sink: Sink) -> list[EmailMessage]:
    """The mails that reached the partner; the confirmation mails went elsewhere."""
    return [mail for mail in sink.messages if mail["To"] == ADDRESS]


def _text(sink: Sink, at: int = -1) -> str:
    part = _digests(sink)[at].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_the_digest_holds_what_is_new_on_the_wall_and_nothing_else(smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    _line(campaign)
    on_wall = wrote(campaign, "Fuerza compañeros, no están solos", name="Yusuf", public=True)
    hidden = wrote(campaign, "Koop horloges", name="Robot")
    wrote(campaign, "Nog niet gelezen", name="Greet")
    shown(on_wall, by=by)
    with transaction():
        service.hide(seen(hidden), reason="advertising", note="", by=by)
    _round()
    deliver()
    assert len(_digests(smtp)) == 1
    words = _text(smtp)
    assert "Fuerza compañeros" in words
    assert "Yusuf, Gent" in words
    for kept in ("Koop horloges", "Nog niet gelezen", "Greet", "@voorbeeld.example"):
        assert kept not in words
    assert _digests(smtp)[0]["Auto-Submitted"] == "auto-generated"


def test_a_digest_comes_once_and_only_when_there_is_something_new(smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    _line(campaign)
    _round()
    assert db.session.scalar(select(Issue)) is None, "an empty wall is no mail"
    shown(wrote(campaign, "Eerste boodschap"), by=by)
    _round()
    _round()
    shown(wrote(campaign, "Tweede boodschap", name="Luc"), by=by)
    _round()
    deliver()
    assert len(_digests(smtp)) == 1, "once a day"
    _later(1)
    _round()
    deliver()
    assert len(_digests(smtp)) == 2
    assert "Tweede boodschap" in _text(smtp)
    assert "Eerste boodschap" not in _text(smtp)


def test_a_weekly_line_waits_a_week(smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    _line(campaign, rhythm="weekly")
    shown(wrote(campaign, "Eerste"), by=by)
    _round()
    shown(wrote(campaign, "Tweede", name="Luc"), by=by)
    for days, mails in ((6, 1), (7, 2)):
        _later(days)
        _round()
        deliver()
        assert len(_digests(smtp)) == mails


def test_without_a_line_nothing_leaves(smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    shown(wrote(campaign, "Hou vol"), by=by)
    _round()
    _line(campaign)
    with transaction():
        service.settle(campaign, rhythm="off", address="", language="es", by=by)
    _round()
    deliver()
    assert _digests(smtp) == []


def test_nobody_has_a_name_in_the_digest_of_a_careful_campaign(smtp: Sink) -> None:
    campaign, by = struggle(safety_mode=True), moderator()
    _line(campaign)
    shown(wrote(campaign, "Hou vol", name="Zeldzaam", public=True), by=by)
    _round()
    deliver()
    assert "Zeldzaam" not in _digests(smtp)[0].as_string()
    assert "Flandes Oriental" in _text(smtp)


def test_an_address_in_a_message_is_no_link_in_the_mail(smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    _line(campaign)
    shown(wrote(campaign, "Kijk op https://kwaad.example of mail a@b.example <b>nu</b>"), by=by)
    _round()
    deliver()
    html = _digests(smtp)[0].get_body(("html",))
    assert html is not None
    for words in (_text(smtp), html.get_content()):
        assert "kwaad" in words
        assert "https://kwaad.example" not in words
        assert "a@b.example" not in words
    assert "<b>nu</b>" not in html.get_content()


def test_who_is_erased_before_the_digest_left_is_not_in_it_and_the_others_are(smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    _line(campaign)
    gone, stays = wrote(campaign, "Wie gaat"), wrote(campaign, "Wie blijft", name="Luc")
    shown(gone, stays, by=by)
    _round()
    with transaction():
        supporters.forget(db.session.get_one(Action, gone.action_id).supporter_id)
    _round()
    deliver()
    assert len(_digests(smtp)) == 1
    assert "Wie blijft" in _text(smtp)
    assert "Wie gaat" not in _text(smtp)


def test_our_copy_of_a_digest_that_left_is_emptied_when_somebody_leaves(smtp: Sink) -> None:
    campaign, by = struggle(), moderator()
    _line(campaign)
    gone, stays = wrote(campaign, "Wie gaat"), wrote(campaign, "Wie blijft", name="Luc")
    shown(gone, stays, by=by)
    _round()
    deliver()
    with transaction():
        service.hide(seen(gone), reason="danger", note="", by=by)
    _round()
    _round()
    copies = db.session.scalars(select(Delivery.message).join(Mailing).where(Mailing.kind == queries.DIGEST)).all()
    assert copies == [None]
    deliver()
    assert len(_digests(smtp)) == 1, "who stayed was mailed already"


def test_a_long_digest_names_the_rest(smtp: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    from campaigner.solidarity import mails

    monkeypatch.setattr(mails, "AT_MOST", 2)
    campaign, by = struggle(), moderator()
    _line(campaign)
    shown(*[wrote(campaign, f"Boodschap {n}", name=f"Mens{n}") for n in range(5)], by=by)
    _round()
    deliver()
    assert [n for n in range(5) if f"Boodschap {n}" in _text(smtp)] == [0, 1]
    assert queries.fresh(campaign) == []


def test_an_address_that_takes_no_mail_is_said_and_nothing_is_lost() -> None:
    campaign, by = struggle(), moderator()
    _line(campaign)
    shown(wrote(campaign, "Hou vol"), by=by)
    with transaction():
        outbox.suppress(addresses.fingerprint(ADDRESS), reason="dead address")
    _round()
    line = db.session.scalar(select(PartnerLine))
    assert line is not None
    assert line.outcome == "suppressed"
    assert db.session.scalar(select(Issue)) is None
    assert len(queries.fresh(campaign)) == 1


def test_the_booklet_shows_the_wall_and_nothing_more(client: FlaskClient) -> None:
    campaign, by = struggle(), moderator()
    line = _line(campaign)
    on_wall = wrote(campaign, "Hou vol <b>", name="Yusuf", public=True)
    arab = wrote(campaign, "نحن معكم يا رفاق", name="Karim")
    hidden = wrote(campaign, "Koop horloges", name="Robot")
    wrote(campaign, "Nog niet gelezen", name="Greet")
    shown(on_wall, arab, by=by)
    with transaction():
        service.hide(seen(hidden), reason="advertising", note="", by=by)
    path = f"/booklet/{service.booklet_token(line)}"
    answer = client.get(path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert '<html lang="es">' in page
    assert "Hou vol &lt;b&gt;" in page
    assert 'lang="ar" dir="rtl"' in page
    assert page.index("Hou vol") < page.index("نحن")
    for kept in ("Koop horloges", "Nog niet gelezen", "Greet", "Karim", "voorbeeld.example"):
        assert kept not in page
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    pdf = client.get(f"{path}/booklet.pdf")
    assert pdf.status_code == 200
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.content_type == "application/pdf"


def test_a_booklet_holds_no_more_than_it_can_and_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from campaigner.solidarity import views

    monkeypatch.setattr(views, "IN_BOOKLET", 2)
    campaign, by = struggle(), moderator()
    line = _line(campaign)
    for n in range(3):
        shown(wrote(campaign, f"Boodschap {n}", name=f"Mens{n}"), by=by)
    page = client.get(f"/booklet/{service.booklet_token(line)}").get_data(as_text=True)
    assert [n for n in range(3) if f"Boodschap {n}" in page] == [1, 2]


@pytest.mark.parametrize("token", ["vals", "%00", "a.b.c", "x" * 3000])
def test_a_link_that_is_none_of_ours_opens_nothing(token: str, client: FlaskClient) -> None:
    for path in (f"/booklet/{token}", f"/booklet/{token}/booklet.pdf"):
        assert client.get(path).status_code == 404


def test_a_booklet_of_a_campaign_that_is_not_public_is_shut(client: FlaskClient) -> None:
    campaign = struggle(state="draft")
    token = service.booklet_token(_line(campaign))
    assert client.get(f"/booklet/{token}").status_code == 404


def test_what_people_wrote_is_no_markup_in_the_pdf() -> None:
    nasty = queries.Shown('#panic("x") $ ] *a* \\ "', "nl", "#let x", "= kop", None)
    page = type("Page", (), {"title": "#panic()", "partner": None, "lead": type("Lead", (), {"name": "FOS"})})
    assert booklet.pdf(page=page, messages=[nasty] * 3, total=3, now=now()).startswith(b"%PDF-")  # type: ignore[arg-type]
    assert booklet.pdf(page=page, messages=[], total=0, now=now()).startswith(b"%PDF-")  # type: ignore[arg-type]


def test_erasing_everybody_leaves_no_message() -> None:
    campaign = struggle()
    outcome = wrote(campaign, "Hou vol")
    with transaction():
        supporters.forget(db.session.get_one(Action, outcome.action_id).supporter_id)
    assert db.session.scalar(select(SolidarityMessage)) is None
