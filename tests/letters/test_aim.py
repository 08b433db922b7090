"""Whom a letter reaches: by rule, by role, by country, by choice."""

from typing import Any

import pytest
from sqlalchemy import select

from campaigner.campaigns.models import Target
from campaigner.core.db import db, transaction
from campaigner.core.errors import Conflict
from campaigner.letters import queries, wording
from campaigner.letters.models import LetterDelivery
from tests.letters.stage import campaign, post, target


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [("9000", ["Oost"]), ("2000", ["Antwerpen"]), ("1000", ["Rest"]), ("6000", ["Rest"])],
)
def test_the_province_of_the_supporter_chooses_the_target(postcode: str, expected: list[str], at: Any) -> None:
    one = campaign()
    for name, province in (("Oost", "40000"), ("Antwerpen", "10000"), ("Rest", None)):
        target(one, name=name, face={"province": province}, address=f"{name.lower()}@doel.example")
    with transaction():
        wording.aim(one.asks[0], rule="province", by=None)
    letter = post(one, postcode=postcode)
    there = [db.session.get_one(Target, row.target_id).name for row in db.session.scalars(select(LetterDelivery))]
    assert there == expected
    assert len(letter.targets) == 1


def test_by_country_by_role_and_by_choice(at: Any) -> None:
    one = campaign()
    mine = target(one, name="Ambassade", face={"role": "ambassade", "country": "BE"})
    target(one, name="Ministerie", face={"role": "ministerie", "country": "HN"}, address="m@doel.example")
    ask = one.asks[0]
    with transaction():
        wording.aim(ask, rule="everyone", only_role="ambassade", by=None)
    assert [each.name for each in queries.offer(ask, "nl").targets] == ["Ambassade"]
    with transaction():
        wording.aim(ask, rule="country", by=None)
    offer = queries.offer(ask, "nl")
    assert [each.name for each in offer.aimed(country="HN", postcode="1")] == ["Ministerie"]
    with transaction():
        wording.aim(ask, rule="pick", by=None)
    assert post(one, picked=mine.id).targets == [mine.id]
    foreign = target(campaign())
    assert post(one, number=2, picked=foreign.id).targets == [mine.id]
    with pytest.raises(Conflict), transaction():
        wording.aim(ask, rule="everyone", only_role="ambassade", only_country="HN", by=None)
