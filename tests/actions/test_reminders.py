"""One reminder, and what happens around a mail that did not arrive."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from campaigner.actions import doors, reminders, service
from campaigner.actions.models import Submission
from campaigner.actions.service import CONFIRM_WITHIN
from campaigner.campaigns.models import Campaign
from campaigner.core.clock import now
from campaigner.core.db import db, transaction
from campaigner.outbox.models import Delivery
from tests import make
from tests.actions import mailed
from tests.conftest import Sink, deliver

pytestmark = pytest.mark.usefixtures("session")
SUBJECTS = {
    "nl": "Je handtekening telt nog niet",
    "fr": "Ta signature ne compte pas encore",
    "en": "Your signature does not count yet",
    "es": "Tu firma todavía no cuenta",
}


def _waited(campaign: Campaign, hours: float) -> None:
    """Let this much time pass since the acts and forms of a campaign, and since its mails."""
    for row in [*make.actions(campaign), *db.session.query(Submission), *db.session.query(Delivery)]:
        row.created_at -= timedelta(hours=hours)
    db.session.commit()


def _reminded() -> int:
    """What a round of the reconciler does; returns how many mails wait."""
    with transaction():
        return reminders.remind()


@pytest.mark.parametrize("lang", SUBJECTS)
def test_who_has_not_confirmed_after_a_day_and_a_half_is_reminded_once(
    lang: str, client: FlaskClient, smtp: Sink
) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug, lang)
    deliver()
    assert _reminded() == 0
    _waited(campaign, 37)
    assert [_reminded() for _ in range(3)] == [1, 0, 0]
    deliver()
    assert len(smtp.messages) == 2
    assert SUBJECTS[lang] in str(smtp.messages[1]["Subject"])
    _waited(campaign, 24 * 5)
    assert _reminded() == 0


def test_the_reminder_confirms_like_the_first_mail(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug, mail_host="yes")
    _waited(campaign, 40)
    _reminded()
    deliver()
    assert len(smtp.messages) == 2
    body = smtp.messages[1].get_body(("plain",))
    assert body is not None
    assert "FOS mag me mailen" in body.get_content()
    assert client.post(mailed.link(smtp)).status_code == 303
    assert make.actions(campaign)[0].state == "confirmed"


def test_who_confirmed_took_back_or_disowned_is_not_reminded(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    for _ in range(3):
        make.sign(client, campaign.slug)
    deliver()
    client.post(mailed.link(smtp, 0))
    client.post(mailed.link(smtp, 1) + "/not-me")
    make.actions(campaign)[-1].state = "withdrawn"
    _waited(campaign, 40)
    assert _reminded() == 0


def test_a_reminder_that_waits_is_not_sent_when_its_act_is_disowned(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug)
    deliver()
    _waited(campaign, 40)
    assert _reminded() == 1
    client.post(mailed.link(smtp, 0) + "/not-me")
    deliver()
    assert len(smtp.messages) == 1


def test_a_mailbox_that_had_its_share_of_the_day_needs_no_reminder(client: FlaskClient, smtp: Sink) -> None:
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    first = make.campaign()
    make.sign(client, first.slug, **who)
    deliver()
    _waited(first, 40)
    for _ in range(5):
        make.sign(client, make.campaign().slug, **who)
    deliver()
    assert _reminded() == 0
    assert make.actions(first)[0].reminded_at is not None
    deliver()
    assert len(smtp.messages) == 6


def test_the_reminder_counts_in_the_share_of_the_day(client: FlaskClient, smtp: Sink) -> None:
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    first = make.campaign()
    make.sign(client, first.slug, **who)
    _waited(first, 40)
    assert _reminded() == 1
    for _ in range(5):
        make.sign(client, make.campaign().slug, **who)
    deliver()
    assert len(smtp.messages) == 1 + 1 + 4


@pytest.mark.parametrize(("state", "sent"), [("paused", 1), ("closed", 1), ("handed_over", 0), ("draft", 0)])
def test_nobody_is_reminded_of_what_cannot_count_any_more(
    state: str, sent: int, client: FlaskClient, smtp: Sink
) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug)
    _waited(campaign, 40)
    campaign.state = state
    db.session.commit()
    assert _reminded() == sent


def test_what_is_about_to_be_erased_is_not_reminded_of(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug)
    _waited(campaign, CONFIRM_WITHIN / timedelta(hours=1) + 1)
    assert _reminded() == 0


def test_signing_again_waits_anew_and_reminds_of_the_latest_form(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    make.sign(client, campaign.slug, "nl", **who)
    _waited(campaign, 30)
    make.sign(client, campaign.slug, "fr", **who)
    assert _reminded() == 0
    _waited(campaign, 37)
    assert _reminded() == 1
    deliver()
    assert [SUBJECTS["fr"] in str(mail["Subject"]) for mail in smtp.messages].count(True) == 1
    assert not [mail for mail in smtp.messages if SUBJECTS["nl"] in str(mail["Subject"])]


def test_the_answer_to_send_it_again_is_the_same_whatever_became_of_the_act(client: FlaskClient, smtp: Sink) -> None:
    answers = []
    for state in ("waits", "confirmed", "disowned"):
        campaign = make.campaign()
        receipt = make.sign(client, campaign.slug, first_name="An").location.partition("?r=")[2]
        deliver()
        if state != "waits":
            client.post(mailed.link(smtp) + ("/not-me" if state == "disowned" else ""))
        answer = client.post(f"/nl/c/{campaign.slug}/again", data={"r": receipt})
        page = client.get(answer.location).text.replace(campaign.slug, "")
        answers.append((answer.status_code, _nameless(page)))
    deliver()
    assert len(smtp.messages) == 4, "only the one that waits"
    assert answers[0] == answers[1]
    assert answers[2][0] == 303


def _nameless(page: str) -> str:
    main = page.partition("<main")[2].partition('id="h-share"')[0]
    return re.sub(r'via(?:=|%3D)\w+|name="r" value="[^"]+"|/c/campagne-\d+', "", main)


def test_a_form_is_sent_again_only_so_often_and_the_answer_does_not_change(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    receipt = make.sign(client, campaign.slug).location.partition("?r=")[2]
    locations = {client.post(f"/nl/c/{campaign.slug}/again", data={"r": receipt}).location for _ in range(8)}
    deliver()
    assert len(locations) == 1
    assert len(smtp.messages) == 1 + 3


def test_new_answers_on_a_counted_act_can_be_sent_again_too(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    make.sign(client, campaign.slug, **who)
    deliver()
    client.post(mailed.link(smtp))
    receipt = make.sign(client, campaign.slug, mail_host="yes", **who).location.partition("?r=")[2]
    client.post(f"/nl/c/{campaign.slug}/again", data={"r": receipt})
    deliver()
    assert len(smtp.messages) == 3


def test_a_receipt_that_is_late_leads_back_to_the_form(
    client: FlaskClient, smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = make.campaign()
    receipt = make.sign(client, campaign.slug).location.partition("?r=")[2]
    monkeypatch.setattr(doors, "RECEIPT_LIFETIME", timedelta(seconds=-1))
    answer = client.post(f"/nl/c/{campaign.slug}/again", data={"r": receipt}, follow_redirects=True)
    assert f'href="/nl/c/{campaign.slug}#act"' in answer.text
    deliver()
    assert len(smtp.messages) == 1


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"mail_host": "yes"}, "Bevestig, maar geen mails"),
        ({"public": "y"}, "Bevestig, maar toon mijn naam niet"),
        ({"mail_host": "yes", "public": "y"}, "Bevestig, maar geen mails en mijn naam niet"),
    ],
)
def test_the_second_button_says_what_it_leaves_out(
    answers: dict[str, str], words: str, client: FlaskClient, smtp: Sink
) -> None:
    make.sign(client, make.campaign().slug, **answers)
    deliver()
    page = client.get(mailed.link(smtp)).text
    assert f'name="only_sign" value="1">{words}</button>' in page
    assert "Bevestig alles" in page


def test_without_other_answers_there_is_one_button(client: FlaskClient, smtp: Sink) -> None:
    make.sign(client, make.campaign().slug, mail_host="no")
    deliver()
    page = client.get(mailed.link(smtp)).text
    assert "only_sign" not in page
    assert ">Bevestig mijn handtekening</button>" in page


def test_an_act_that_was_reminded_of_is_erased_in_its_time_all_the_same(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    make.sign(client, campaign.slug)
    _waited(campaign, 40)
    _reminded()
    _waited(campaign, 24 * 14)
    assert make.actions(campaign)[0].created_at < now() - CONFIRM_WITHIN
    assert service.expire() == 1
