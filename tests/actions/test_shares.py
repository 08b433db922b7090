"""Personal share links: what they count, who may see it, and what they never tell."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campaigner.actions import shares
from campaigner.actions.models import Action, Submission
from campaigner.campaigns.models import Campaign
from campaigner.core.db import db
from tests import make
from tests.actions import mailed
from tests.conftest import Sink, deliver

pytestmark = pytest.mark.usefixtures("session")


def _signed(client: FlaskClient, smtp: Sink, path: str, **changes: object) -> str:
    """Sign on this page and confirm; returns the path of the mailed link."""
    form = make.form(form_token=make.token_of(client, path), **changes)
    assert client.post(path, data=form).status_code == 303
    deliver()
    assert client.post(mailed.link(smtp)).status_code == 303
    return mailed.link(smtp)


def _own_link(client: FlaskClient, link: str) -> str:
    """The path of the personal link on the page that the mailed link leads to."""
    found = re.search(r'share-link">[^<]*<a href="http://localhost([^"]+)"', client.get(f"{link}/done").text)
    assert found
    return found[1]


def test_whoever_comes_through_a_link_is_counted_once_their_own_mailbox_confirms(
    client: FlaskClient, smtp: Sink
) -> None:
    campaign = make.campaign()
    sharer = _signed(client, smtp, f"/nl/c/{campaign.slug}")
    path = _own_link(client, sharer)
    assert re.fullmatch(rf"/nl/c/{campaign.slug}\?via=[0-9a-f]{{12}}", path)
    action = make.actions(campaign)[0]
    client.post(path, data=make.form(form_token=make.token_of(client, path)))
    assert shares.brought(action, submission=action.submission) == 0
    deliver()
    client.post(mailed.link(smtp))
    assert shares.brought(action, submission=action.submission) == 1


def test_the_sharer_sees_a_number_only_when_it_points_at_nobody(client: FlaskClient, smtp: Sink) -> None:
    sharer = _signed(client, smtp, f"/nl/c/{make.campaign().slug}")
    path = _own_link(client, sharer)
    seen = []
    for _ in range(shares.SHOWN_FROM):
        seen.append(client.get(f"{sharer}/done").text)
        _signed(client, smtp, path)
    assert len({re.sub(r"\d+", "", page) for page in seen}) == 1, "the page tells that somebody came"
    assert re.search(r"<b>[^<]*\b3\b[^<]*</b>", client.get(f"{sharer}/done").text)


def test_an_act_taken_back_is_no_longer_counted_for_the_sharer(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    path = _own_link(client, _signed(client, smtp, f"/nl/c/{campaign.slug}"))
    action = make.actions(campaign)[0]
    came = _signed(client, smtp, path)
    client.post(f"{came}/not-me")
    assert shares.brought(action, submission=action.submission) == 0


def test_nobody_counts_for_themselves(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Zelfde", "email": "an@voorbeeld.example"}
    make.sign(client, campaign.slug, **who)
    deliver()
    code = db.session.scalars(select(Submission.share)).one()
    _signed(client, smtp, f"/nl/c/{campaign.slug}?via={code}", **who)
    action = make.actions(campaign)[0]
    assert action.via == code
    for form in db.session.scalars(select(Submission)):
        assert shares.brought(action, submission=form.key) == 0


@pytest.mark.parametrize("typed", ["", "x", "0" * 12, "A" * 12, "0" * 500, "' OR 1=1 --", "\x00", "%F0%9F%92%A5"])
def test_a_code_that_is_none_changes_nothing(typed: str, client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    assert client.get(f"/nl/c/{campaign.slug}", query_string={"via": typed}).status_code == 200
    path = f"/nl/c/{campaign.slug}"
    form = make.form(form_token=make.token_of(client, path))
    assert client.post(path, query_string={"via": typed}, data=form).status_code == 303
    assert make.actions(campaign)[0].via is None


def test_a_code_of_another_campaign_is_dropped(client: FlaskClient, smtp: Sink) -> None:
    path = _own_link(client, _signed(client, smtp, f"/nl/c/{make.campaign().slug}"))
    other = make.campaign()
    _signed(client, smtp, f"/nl/c/{other.slug}?{path.partition('?')[2]}")
    assert make.actions(other)[0].via is None


def test_the_page_behind_a_personal_link_is_the_page_of_everyone(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    path = _own_link(client, _signed(client, smtp, f"/nl/c/{campaign.slug}", first_name="Zoë"))

    def seen(address: str) -> str:
        return re.sub(r'\?via=\w+|name="form_token"[^>]*', "", client.get(address).text)

    assert seen(path) == seen(f"/nl/c/{campaign.slug}") == seen(f"/nl/c/{campaign.slug}?via={'0' * 12}")
    assert "Zoë" not in client.get(path).text


def test_the_code_is_of_the_form_so_a_strangers_form_never_shows_who_acted_before(
    client: FlaskClient, smtp: Sink
) -> None:
    campaign = make.campaign()
    who = {"first_name": "An", "last_name": "Echt", "email": "an@voorbeeld.example"}
    hers = _own_link(client, _signed(client, smtp, f"/nl/c/{campaign.slug}", **who))
    strangers = client.get(make.sign(client, campaign.slug, **who).location).text
    assert hers.partition("via=")[2] not in strangers
    assert "via=" in strangers


def test_a_link_holds_nothing_about_its_person(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    codes = []
    for number in range(2):
        codes.append(_own_link(client, _signed(client, smtp, f"/nl/c/{campaign.slug}", last_name=f"N{number}")))
    first, second = (int(code.partition("via=")[2], 16) for code in codes)
    assert abs(first - second) > 1000, "codes are drawn, not counted"


def test_the_thanks_page_gives_the_personal_link_before_anything_is_confirmed(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    thanks = client.get(make.sign(client, campaign.slug).location).text
    code = db.session.scalars(select(Submission.share)).one()
    assert thanks.count(f"via={code}") >= 2
    assert f"via%3D{code}" in thanks, "WhatsApp carries it too"


def test_the_way_to_another_language_keeps_the_code(client: FlaskClient, smtp: Sink) -> None:
    campaign = make.campaign()
    path = _own_link(client, _signed(client, smtp, f"/nl/c/{campaign.slug}"))
    page = client.get(path).text
    assert f'href="{path.replace("/nl/", "/fr/")}"' in page
    canonical = re.search(r'<link rel="canonical" href="([^"]+)"', page)
    assert canonical
    assert "via" not in canonical[1]


def test_codes_are_unique_in_the_database(client: FlaskClient, smtp: Sink) -> None:
    campaign: Campaign = make.campaign()
    for _ in range(5):
        make.sign(client, campaign.slug)
    codes = db.session.scalars(select(Submission.share)).all()
    assert len(set(codes)) == 5
    assert all(shares.heard(code) == code for code in codes)
    assert db.session.scalars(select(Action.via)).all() == [None] * 5
