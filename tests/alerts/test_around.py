"""The numbers that the checks are about."""

import pytest

from campaigner.alerts import around, writing
from campaigner.alerts import service as alerts
from campaigner.core.db import transaction
from tests import make

pytestmark = pytest.mark.usefixtures("session")


def test_who_would_get_it_in_another_language_is_counted_by_language():
    campaign = make.campaign()
    for language in ("nl", "fr", "fr", "es"):
        make.acted(campaign, language=language)
    make.acted(campaign, language="fr", mail=False)
    alert = make.alert(campaign)
    assert around.unspoken(alert) == {"fr": 2, "es": 1}
    writing.skip(alert.id, language="es")
    writing.begin(alert.id, language="fr", by=1)
    assert around.unspoken(alert) == {}


def test_who_had_a_mail_lately_and_the_largest_alert_so_far(settings):
    campaign, other = make.campaign(), make.campaign()
    both = make.acted(campaign, email="rosa@voorbeeld.example")
    make.acted(campaign)
    make.acted(other, email=both.email)
    alert = make.alert(other)
    assert (around.lately(alert), around.most(alert)) == (0, None)
    with transaction():
        alerts.send(make.alert(campaign).id, policy="hold", confirmed=2, settings=settings)
    assert (around.lately(alert), around.most(alert)) == (1, 2)


def test_the_length_of_the_longest_name_is_known_without_reading_one():
    campaign = make.campaign()
    make.acted(campaign, first_name="Jo")
    make.acted(campaign, first_name="Wilhelmina")
    assert around.longest_name(make.alert(campaign)) == len("Wilhelmina")
