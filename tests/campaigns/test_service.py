"""Writing campaigns, at service level."""

from datetime import timedelta

import pytest

from campaigner.campaigns import numbers, service
from campaigner.campaigns.models import Campaign
from campaigner.campaigns.service import Facts, Words
from campaigner.core import clock, tokens
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.organisations.models import Organisation
from campaigner.staff import queries as staff
from tests import make

pytestmark = pytest.mark.usefixtures("session")
FACTS = Facts(
    pillar="work", art="oogst", goal=5000, target_name="Directie Zonnevrucht Voorbeeld", target_role="Aankoop"
)
WORDS = Words(
    title="Neem de plukkers terug", summary="Wie en wat", story="Het verhaal.", demands=("Eis een", "Eis twee")
)


def draft(title: str = "Neem de ontslagen meloen\u00adplukkers weer in dienst", facts: Facts = FACTS) -> Campaign:
    return service.create(title=title, facts=facts, by=None)


def ready() -> Campaign:
    made = draft()
    service.write(made, language="nl", words=WORDS, shown=True, by=None)
    return made


def test_a_new_campaign_is_a_draft_with_an_address_made_from_its_title() -> None:
    made = draft()
    assert (made.state, made.slug) == ("draft", "neem-de-ontslagen-meloenplukkers-weer-in-dienst")
    assert [ask.kind for ask in made.asks] == ["petition"]
    assert made.targets[0].name == "Directie Zonnevrucht Voorbeeld"


def test_two_campaigns_of_one_title_have_two_addresses() -> None:
    assert [draft("Zelfde titel").slug for _ in range(3)] == ["zelfde-titel", "zelfde-titel-2", "zelfde-titel-3"]


@pytest.mark.parametrize("title", ["¡Basta ya!", "Ça suffit, l’été", "x" * 200, "Ωμέγα"])
def test_any_title_with_a_letter_makes_an_address(title: str) -> None:
    slug = draft(title).slug
    assert slug
    assert len(slug) <= service.SLUG_AT_MOST
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_title_without_a_letter_is_refused() -> None:
    with pytest.raises(DomainError):
        draft("!!! ???")


def test_an_empty_draft_says_everything_that_it_lacks() -> None:
    made = draft(facts=Facts(pillar="work", art="samen", goal=10, asks=()))
    assert len(service.missing(made)) == 4
    with pytest.raises(Conflict):
        service.open_(made, by=None)


def test_a_campaign_that_has_everything_opens() -> None:
    made = ready()
    assert service.missing(made) == []
    service.open_(made, by=None)
    assert made.state == "open"
    assert made.opened_at is not None


def test_a_text_that_is_not_complete_cannot_be_shown() -> None:
    with pytest.raises(DomainError):
        service.write(draft(), language="nl", words=Words(title="Alleen een titel"), shown=True, by=None)


def test_the_first_text_of_an_open_campaign_stays() -> None:
    made = ready()
    service.open_(made, by=None)
    with pytest.raises(Conflict):
        service.write(made, language="nl", words=WORDS, shown=False, by=None)


def test_a_translation_remembers_which_dutch_it_was_made_from() -> None:
    made = ready()
    french = service.write(made, language="fr", words=WORDS, shown=True, by=None)
    dutch = service.write(
        made, language="nl", words=Words(**{**WORDS.__dict__, "summary": "Anders"}), shown=True, by=None
    )
    assert french.source_version < dutch.source_version
    assert service.write(made, language="fr", words=WORDS, shown=True, by=None).source_version == dutch.source_version


def test_saving_the_same_dutch_again_makes_no_translation_old() -> None:
    made = ready()
    french = service.write(made, language="fr", words=WORDS, shown=True, by=None)
    dutch = service.write(made, language="nl", words=WORDS, shown=True, by=None)
    assert french.source_version == dutch.source_version


def test_a_language_that_we_do_not_write_is_refused() -> None:
    with pytest.raises(NotFound):
        service.write(draft(), language="tlh", words=WORDS, shown=False, by=None)


def test_the_life_of_a_campaign_goes_one_way() -> None:
    made = ready()
    with pytest.raises(Conflict):
        service.pause(made, by=None)
    service.open_(made, by=None)
    opened_at = made.opened_at
    service.pause(made, by=None)
    service.open_(made, by=None)
    assert made.opened_at == opened_at
    service.close(made, by=None)
    assert made.closed_at is not None
    for verb in (service.open_, service.pause, service.close):
        with pytest.raises(Conflict):
            verb(made, by=None)


def test_the_address_changes_until_the_campaign_has_opened() -> None:
    made = ready()
    service.edit(made, facts=FACTS, slug="iets-anders", by=None)
    assert made.slug == "iets-anders"
    service.open_(made, by=None)
    with pytest.raises(Conflict):
        service.edit(made, facts=FACTS, slug="weer-iets-anders", by=None)


def test_an_address_that_is_taken_is_refused_and_nothing_changes() -> None:
    draft("Bezet")
    made = draft("Vrij")
    with pytest.raises(Conflict):
        service.edit(made, facts=FACTS, slug="bezet", by=None)
    db.session.refresh(made)
    assert made.slug == "vrij"


def test_editing_changes_the_target_and_keeps_what_people_acted_on() -> None:
    made = ready()
    service.edit(
        made, facts=Facts(pillar="health", art="zorg", goal=7, target_name="Minister", asks=()), slug=None, by=None
    )
    assert (made.pillar, made.goal, made.targets[0].name) == ("health", 7, "Minister")
    assert [ask.kind for ask in made.asks] == ["petition"]


def test_an_act_that_nobody_offers_is_not_made() -> None:
    assert (
        draft(facts=Facts(pillar="work", art="samen", goal=1, asks=("petition", "dansen"))).asks[0].kind == "petition"
    )


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://afdeling.example/pagina?x=1#y", "https://afdeling.example"),
        ("afdeling.example", "https://afdeling.example"),
        ("HTTP://Afdeling.Example:8080/", "http://afdeling.example:8080"),
        ("http://127.0.0.1:5001", "http://127.0.0.1:5001"),
        ("https://gebruiker:geheim@afdeling.example", "https://afdeling.example"),
        ("https://ziekenhüis.example", "https://xn--ziekenhis-w9a.example"),
    ],
)
def test_a_site_is_kept_as_its_origin(typed: str, origin: str) -> None:
    assert service.origins([typed, "", typed]) == [origin]


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "https://", "https://a b.example", "ftp://afdeling.example", "https://*", "https://[::1",
     "x\x00y", "https://afdeling.example;script-src", "https://a.example:99999", "'self'", "h" * 10_000],
)  # fmt: skip
def test_what_is_no_site_is_refused(typed: str) -> None:
    with pytest.raises(DomainError):
        service.origins([typed])


def test_a_placement_has_a_random_key_of_its_own() -> None:
    made, local = ready(), make.local()
    keys = {
        service.place(made, organisation_id=local.id, sites=["https://a.example"], language="nl", by=None).key
        for _ in range(3)
    }
    assert len(keys) == 3
    assert min(map(len, keys)) >= 12


def test_a_placement_for_nobody_is_refused() -> None:
    with pytest.raises(NotFound):
        service.place(ready(), organisation_id=999_999, sites=[], language="nl", by=None)


def test_the_sites_of_a_placement_can_change() -> None:
    placement = service.place(ready(), organisation_id=make.local().id, sites=[], language="nl", by=None)
    service.allow(placement, sites=["https://nieuw.example/x"], by=None)
    assert placement.sites == ["https://nieuw.example"]


def test_a_preview_shows_one_campaign_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = draft("Een"), draft("Twee")
    token = service.preview_token(one)
    assert service.previews(token, campaign=one)
    assert not service.previews(token, campaign=other)
    assert not service.previews(token + "x", campaign=one)
    assert not service.previews("\x00", campaign=one)
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(tokens, "now", lambda: later)
    assert not service.previews(token, campaign=one)


def test_everything_done_to_a_campaign_is_in_the_trail() -> None:
    who = make.account()
    made = service.create(title="Spoor", facts=FACTS, by=who.id)
    service.write(made, language="nl", words=WORDS, shown=True, by=who.id)
    service.open_(made, by=who.id)
    service.close(made, by=who.id)
    told = staff.events(f"campaign:{made.id}")
    assert [event.what for event in told] == ["campaign closed", "campaign opened", "text written", "campaign created"]
    assert {event.account_id for event in told} == {who.id}
    assert staff.verify_chain().whole


def test_the_list_shows_drafts_too_and_the_open_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, running = draft("Wacht"), ready()
    service.open_(running, by=None)
    monkeypatch.setattr(numbers, "_stats", [lambda ids: {running.id: numbers.Nothing(confirmed=2500, week=(1,) * 7)}])
    rows = [row for row in numbers.rows("nl") if row.campaign.id in (waiting.id, running.id)]
    assert [row.title for row in rows] == ["Neem de plukkers terug", "Wacht"]
    assert [row.percent for row in rows] == [50.0, 0.0]


@pytest.mark.parametrize("where", ["title", "summary", "story", "share_text"])
def test_in_safety_mode_no_text_on_the_page_names_the_partner(where: str) -> None:
    partner = Organisation(slug="bond", kind="partner", name="Sindicato Ejemplo", country="HN")
    db.session.add(partner)
    db.session.flush()
    campaign = make.campaign("stil", partner=partner, safety_mode=True)
    said = {"title": "Titel", "summary": "Kort", "story": "Lang", "share_text": "Deel", where: "Met SINDICATO ejemplo."}
    words = Words(**said, demands=("Dit",))
    with pytest.raises(DomainError):
        service.write(campaign, language="nl", words=words, shown=True, by=None)
    campaign.safety_mode = False
    service.write(campaign, language="nl", words=words, shown=True, by=None)
