"""The table of public pages is whole: whoever adds a page adds it there, and every check in a browser walks over it."""

from flask import Flask

from campaigner import rooms
from tests.journeys.places import NO_PAGES, PLACES


def _views(app: Flask) -> set[str]:
    """The endpoints of public addresses that can be opened."""
    staff = {blueprint.name for blueprint in rooms.STAFF}
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return {
        rule.endpoint
        for rule in rules
        if not rule.rule.startswith("/staff") and rule.endpoint.partition(".")[0] not in staff
    }


def test_every_public_page_is_in_the_table(app: Flask) -> None:
    there = {place.view for place in PLACES} | set(NO_PAGES)
    assert _views(app) - there == set(), "add it to PLACES in tests/journeys/places.py, in every state it has"


def test_the_table_names_no_page_that_is_gone(app: Flask) -> None:
    there = {place.view for place in PLACES} | set(NO_PAGES)
    assert there - _views(app) == {"error"}
    assert set(NO_PAGES).isdisjoint(place.view for place in PLACES)


def test_no_two_places_have_one_name() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES)
