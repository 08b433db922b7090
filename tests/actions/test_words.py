"""The pages around an act speak of the act that it was: a signature, a letter or a message."""

from typing import Any

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from campaigner.campaigns import queries
from campaigner.campaigns.models import Ask
from tests import make

pytestmark = pytest.mark.usefixtures("session")
TOKEN = "x"
WORDS = {
    "petition": ("je handtekening", "Bevestig je handtekening", "Jouw naam staat erbij"),
    "letter": ("je brief", "Bevestig je brief", "Je brief is onderweg"),
    "solidarity": ("je boodschap", "Bevestig je boodschap", "Je boodschap is bij ons"),
}


def _rendered(app: Flask, template: str, kind: str, **more: Any) -> str:
    slug = make.campaign().slug
    with app.test_request_context(f"/nl/c/{slug}"):
        page = queries.page(slug, "nl")
        assert page is not None
        address = f"http://localhost/nl/c/{slug}"
        shared = {"share_url": address, "share_text": page.title, "next_campaigns": [], "next_ask": None}
        return render_template(template, page=page, kind=kind, token=TOKEN, first_name="An", **{**shared, **more})


@pytest.mark.parametrize("kind", WORDS)
def test_thanks_says_what_the_button_in_the_mail_does(app: Flask, kind: str) -> None:
    page = _rendered(app, "actions/thanks.html", kind, count=3, masked=None, can_resend=True)
    assert WORDS[kind][0] in page
    others = {words[0] for name, words in WORDS.items() if name != kind}
    assert not [words for words in others if words in page]


@pytest.mark.parametrize("kind", WORDS)
def test_the_confirm_page_names_the_act_and_shows_a_message_as_it_was_written(app: Flask, kind: str) -> None:
    written = "Hou vol <b>vrienden</b>" if kind == "solidarity" else None
    more = {"already": False, "pending": True, "answers": [], "extras": set(), "written": written}
    page = _rendered(app, "actions/confirm.html", kind, **more)
    assert f"<title>{WORDS[kind][1]}" in page
    assert ("Hou vol &lt;b&gt;vrienden" in page) == (kind == "solidarity")


@pytest.mark.parametrize("kind", WORDS)
def test_the_page_after_confirming_names_the_act_and_offers_the_next(app: Flask, kind: str) -> None:
    choices = {"mail_host": None, "mail_local": None, "public": None}
    after = "letter" if kind != "letter" else "petition"
    page = _rendered(
        app, "actions/confirmed.html", kind, number=4, choices=choices, placement=None, came=None, came_from=3,
        next_ask=Ask(kind=after),
    )  # fmt: skip
    assert f"{WORDS[kind][2]}, An." in page
    assert f"?act={after}#act" in page
    assert "Vind een afdeling in mijn buurt" in page


@pytest.mark.parametrize("state", ["paused", "closed", "won", "handed_over"])
@pytest.mark.parametrize("kind", ["letter", "solidarity"])
def test_a_campaign_of_letters_or_messages_alone_speaks_of_no_signature(
    kind: str, state: str, client: FlaskClient
) -> None:
    campaign = make.campaign(state=state, asks=[Ask(kind=kind)])
    page = client.get(f"/en/c/{campaign.slug}").text
    said = page[page.index("<main") : page.index("</main>")].casefold()
    assert "signature" not in said
    assert "signed" not in said
    answer = client.post(f"/en/c/{campaign.slug}", data={})
    assert answer.status_code == 409
