"""What the first staff page says about alerts."""

import pytest

from campaigner.alerts import desk
from campaigner.alerts import service as alerts
from campaigner.core.db import db, transaction
from campaigner.outbox import service as outbox
from campaigner.outbox.models import Delivery
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def sent(settings, policy):
    campaign = make.campaign()
    make.acted(campaign)
    with transaction():
        return alerts.send(make.alert(campaign).id, policy=policy, confirmed=1, settings=settings)


def test_nothing_is_shown_when_nothing_waits(settings):
    sent(settings, "hold")
    assert (desk.uncertain(), desk.paused()) == (None, None)


def test_only_outcomes_that_somebody_wanted_to_decide_about_are_shown(settings):
    mine, skipped = sent(settings, "hold"), sent(settings, "skip")
    db.session.query(Delivery).filter(Delivery.mailing_id.in_([mine.mailing_id, skipped.mailing_id])).update(
        {"state": "unknown"}
    )
    task = desk.uncertain()
    assert (task.count, task.href) == (1, f"/staff/alerts/{mine.id}/uncertain")


def test_a_paused_send_is_shown(settings):
    alert = sent(settings, "hold")
    with transaction():
        alerts.pause(alert.id)
    assert desk.paused().href == f"/staff/alerts/{alert.id}"


def test_service_mail_that_nobody_knows_about_is_shown():
    assert desk.undecided() is None
    with transaction():
        outbox.send_test(
            cause="1", to="ik@voorbeeld.example", first_name="", language="nl",
            content={"subject": "s", "text": "t", "html": "h"}, unsubscribe="u",
        )  # fmt: skip
    db.session.query(Delivery).update({"state": "unknown"})
    mailing_id = outbox.standing("alerts.test", queue="urgent")
    assert (desk.undecided().count, desk.undecided().href) == (1, f"/staff/mail/{mailing_id}/uncertain")
