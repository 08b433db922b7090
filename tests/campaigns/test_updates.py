"""News from the struggle: nothing is shown that nobody checked, and everything can be taken off in one press."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from campaigner.campaigns import queries, redaction, updates
from campaigner.campaigns.models import Campaign, Update
from campaigner.campaigns.updates import CHECKS, News
from campaigner.core.clock import now
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.organisations.models import Organisation
from campaigner.staff.models import AuditEvent
from tests import make

pytestmark = pytest.mark.usefixtures("session")
NEWS = News(title="La primera reunión", body="Mañana hablamos con la **gerencia**.", author="Sindicato Ejemplo")


@pytest.fixture
def people() -> tuple[int, int]:
    """Two colleagues."""
    return make.account(name="Eerste").id, make.account(name="Tweede").id


def _started(campaign: Campaign, by: int, *, language: str = "es", news: News = NEWS) -> Update:
    return updates.start(campaign, language=language, news=news, by=by)


def _checked(campaign: Campaign, text: Update, by: int, **more: Any) -> Update:
    said = {"seen": updates.version(text), "ticked": set(CHECKS), "at": None, **more}
    return updates.check(campaign, text.number, language=text.language, by=by, **said)


def _shown(campaign: Campaign, language: str = "nl") -> list[queries.News]:
    return queries.updates(campaign, language)


def test_a_draft_is_on_no_page(people: tuple[int, int]) -> None:
    campaign = make.campaign()
    _started(campaign, people[0])
    assert _shown(campaign) == []


def test_a_checked_text_is_on_the_page_with_its_language(people: tuple[int, int]) -> None:
    campaign = make.campaign()
    _checked(campaign, _started(campaign, people[0]), people[0])
    (piece,) = _shown(campaign)
    assert (piece.language, piece.author, piece.original) == ("es", "Sindicato Ejemplo", None)


def test_a_translation_points_at_the_original(people: tuple[int, int]) -> None:
    campaign = make.campaign()
    original = _checked(campaign, _started(campaign, people[0]), people[0])
    dutch = updates.write(
        campaign, original.number, language="nl", news=News("De eerste vergadering", "Morgen.", NEWS.author),
        by=people[1],
    )  # fmt: skip
    assert _shown(campaign)[0].language == "es"
    _checked(campaign, dutch, people[1])
    assert (_shown(campaign)[0].title, _shown(campaign)[0].original) == ("De eerste vergadering", "es")
    assert _shown(campaign, "es")[0].original is None


@pytest.mark.parametrize("left_out", CHECKS)
def test_every_point_of_the_list_must_be_ticked(people: tuple[int, int], left_out: str) -> None:
    campaign = make.campaign()
    text = _started(campaign, people[0])
    with pytest.raises(DomainError):
        _checked(campaign, text, people[0], ticked=set(CHECKS) - {left_out} | {"iets anders"})
    assert text.state == "draft"


def test_what_changed_since_it_was_read_is_not_published(people: tuple[int, int]) -> None:
    campaign = make.campaign()
    text = _started(campaign, people[0])
    seen = updates.version(text)
    updates.write(campaign, text.number, language="es", news=News("Otra", "Con un nombre", NEWS.author), by=people[1])
    with pytest.raises(Conflict):
        _checked(campaign, text, people[0], seen=seen)
    assert _shown(campaign) == []


def test_a_text_that_is_changed_leaves_the_page_until_it_is_checked_again(people: tuple[int, int]) -> None:
    campaign = make.campaign()
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    updates.write(campaign, text.number, language="es", news=NEWS, by=people[0])
    assert len(_shown(campaign)) == 1
    updates.write(campaign, text.number, language="es", news=News("Otra", NEWS.body, NEWS.author), by=people[0])
    assert _shown(campaign) == []
    assert (text.checked_by, text.checks) == (None, [])


def test_under_embargo_nobody_sees_it(people: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = make.campaign()
    moment = now() + timedelta(days=3)
    _checked(campaign, _started(campaign, people[0]), people[0], at=moment)
    assert _shown(campaign) == []
    monkeypatch.setattr(queries, "now", lambda: moment + timedelta(seconds=1))
    assert len(_shown(campaign)) == 1


def test_in_safety_mode_a_second_person_must_agree(people: tuple[int, int]) -> None:
    campaign = make.campaign(safety_mode=True)
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    assert (text.state, text.published_at, _shown(campaign)) == ("waiting", None, [])
    updates.approve(campaign, text.number, language="es", seen=updates.version(text), by=people[1])
    assert len(_shown(campaign)) == 1


def test_whoever_wrote_or_checked_it_is_no_second_person(people: tuple[int, int]) -> None:
    campaign = make.campaign(safety_mode=True)
    text = _checked(campaign, _started(campaign, people[0]), people[1])
    for somebody in people:
        with pytest.raises(Conflict):
            updates.approve(campaign, text.number, language="es", seen=updates.version(text), by=somebody)
    third = make.account(name="Derde").id
    with pytest.raises(Conflict):
        updates.approve(campaign, text.number, language="es", seen="iets anders", by=third)
    updates.approve(campaign, text.number, language="es", seen=updates.version(text), by=third)
    assert text.approved_by == third


def test_the_database_too_wants_two_people(session: scoped_session[Session], people: tuple[int, int]) -> None:
    campaign = make.campaign(safety_mode=True)
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    text.approved_by = people[0]
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_text_that_waited_longer_than_its_moment_is_dated_when_it_was_agreed(people: tuple[int, int]) -> None:
    campaign = make.campaign(safety_mode=True)
    before = now()
    text = _checked(campaign, _started(campaign, people[0]), people[0], at=before - timedelta(days=2))
    updates.approve(campaign, text.number, language="es", seen=updates.version(text), by=people[1])
    assert text.published_at is not None
    assert text.published_at >= before


def test_in_safety_mode_no_author_is_named(people: tuple[int, int]) -> None:
    campaign = make.campaign(safety_mode=True, country="018", place_label="Zuidelijk Afrika")
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    updates.approve(campaign, text.number, language="es", seen=updates.version(text), by=people[1])
    (piece,) = _shown(campaign)
    assert NEWS.author not in piece.author
    assert "Zuidelijk Afrika" in piece.author


def test_one_press_takes_every_language_off_and_writes_it_down(
    session: scoped_session[Session], people: tuple[int, int]
) -> None:
    campaign = make.campaign()
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    dutch = updates.write(campaign, text.number, language="nl", news=NEWS, by=people[0])
    _checked(campaign, dutch, people[0], at=now() + timedelta(days=1))
    assert updates.withdraw(campaign, text.number, by=people[1]) == 2
    assert (_shown(campaign), text.state, dutch.state) == ([], "withdrawn", "withdrawn")
    assert text.published_at is None
    assert updates.withdraw(campaign, text.number, by=people[1]) == 0
    written = list(session.scalars(select(AuditEvent).where(AuditEvent.what == "update withdrawn")))
    assert [(row.account_id, row.detail["language"]) for row in written] == [(people[1], "es"), (people[1], "nl")]


def test_what_was_taken_off_comes_back_only_through_a_new_check(people: tuple[int, int]) -> None:
    campaign = make.campaign(safety_mode=True)
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    updates.withdraw(campaign, text.number, by=people[0])
    with pytest.raises(Conflict):
        updates.approve(campaign, text.number, language="es", seen=updates.version(text), by=people[1])
    _checked(campaign, text, people[0])
    assert text.state == "waiting"


def test_a_text_is_thrown_away_only_when_it_is_not_on_the_page(people: tuple[int, int]) -> None:
    campaign = make.campaign()
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    with pytest.raises(Conflict):
        updates.erase(campaign, text.number, language="es", by=people[0])
    updates.withdraw(campaign, text.number, by=people[0])
    updates.erase(campaign, text.number, language="es", by=people[0])
    assert updates.pieces(campaign.id) == []
    with pytest.raises(NotFound):
        updates.erase(campaign, 1, language="es", by=people[0])


def test_each_update_has_a_number_of_its_own(people: tuple[int, int]) -> None:
    one, other = make.campaign(), make.campaign()
    assert [_started(one, people[0]).number for _ in range(3)] == [1, 2, 3]
    assert _started(other, people[0]).number == 1


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Schrijf naar an.peeters@voorbeeld.example voor meer.", "mailbox", "an.peeters@voorbeeld.example"),
        ("Bel +504 9876-5432 na zes uur.", "phone", "+504 9876-5432"),
        ("Bel 0470 12 34 56.", "phone", "0470 12 34 56"),
        ("Zie https://voorbeeld.example/profiel.", "account", "https://voorbeeld.example/profiel."),
        ("Volg @plukker_62 daar.", "account", "@plukker_62"),
        ("Gisteren sprak Rosa Voorbeeld de ploeg toe.", "name", "Rosa Voorbeeld"),
        ("Ayer habló María de los Ángeles Ejemplo.", "name", "María de los Ángeles Ejemplo"),
        ("Doña Rosa sprak eerst.", "name", "Doña Rosa"),
    ],
)
def test_what_could_lead_to_a_person_is_found(text: str, kind: str, words: str) -> None:
    assert redaction.Finding(kind, words) in redaction.findings(text)


@pytest.mark.parametrize(
    "text",
    [
        "Het gesprek is op 12-05-2026 om tien uur, met 5.000 handtekeningen.",
        "De vakbond van de meloenplukkers kreeg 19 collega’s terug.",
        "De Vakbond sprak. Het Ministerie zweeg.",
    ],
)
def test_plain_news_finds_nothing(text: str) -> None:
    assert redaction.findings(text) == []


def test_names_that_the_page_shows_anyway_are_passed_over() -> None:
    text = "Sindicato Ejemplo de la Melonera sprak met Zonnevrucht Voorbeeld in Honduras."
    assert redaction.findings(text)
    known = ["Sindicato Ejemplo de la Melonera", "Zonnevrucht Voorbeeld", ""]
    assert redaction.findings(text, known=known) == []


def test_findings_stay_quick_and_few_whatever_is_typed() -> None:
    for piece in ("A" * 8000, "Aa " * 3000, "1 " * 4000, "a@" * 4000, "Don " * 2000, "." * 8000, "Aa de " * 1500):
        assert len(redaction.findings(piece)) <= redaction.SHOWN


def test_in_safety_mode_the_partner_is_found_too(session: scoped_session[Session], people: tuple[int, int]) -> None:
    partner = Organisation(slug="bond", kind="partner", name="Example Federation", country="ZA")
    session.add(partner)
    session.commit()
    campaign = make.campaign(safety_mode=True, partner=partner)
    text = _started(campaign, people[0], news=News("De zitting", "Example Federation was er.", "Wij"))
    assert updates.findings(campaign, text) == [redaction.Finding("name", "Example Federation")]
    campaign.safety_mode = False
    assert updates.findings(campaign, text) == []


def test_the_page_shows_news_in_its_language_and_the_way_to_the_original(
    client: FlaskClient, session: scoped_session[Session], people: tuple[int, int]
) -> None:
    campaign = make.campaign("strijd")
    text = _checked(campaign, _started(campaign, people[0]), people[0])
    dutch = updates.write(campaign, text.number, language="nl", news=News("De eerste", "Morgen.", "B"), by=people[0])
    _checked(campaign, dutch, people[0])
    session.commit()
    assert '<article id="update-1" lang="nl">' in client.get("/fr/c/strijd").text
    page = client.get("/nl/c/strijd").text
    assert "De eerste" in page
    assert '<a href="/es/c/strijd#update-1" hreflang="es">' in page
    assert "<strong>gerencia</strong>" in client.get("/es/c/strijd").text


def test_in_safety_mode_the_page_names_no_partner(client: FlaskClient, session: scoped_session[Session]) -> None:
    partner = Organisation(slug="bond", kind="partner", name="Example Federation", country="ZA")
    session.add(partner)
    session.commit()
    make.campaign("stil", safety_mode=True, partner=partner)
    for language in ("nl", "fr", "en", "es"):
        assert "Example Federation" not in client.get(f"/{language}/c/stil").text
