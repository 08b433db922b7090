"""What is promised of a message: who sees it when, who judges it, and that it goes with its writer."""

import pytest
from sqlalchemy import text

from campaigner.actions import queries as actions
from campaigner.actions import service as acting
from campaigner.actions.models import Action
from campaigner.core.db import db, transaction
from campaigner.core.errors import DomainError, NotFound
from campaigner.core.i18n import force_locale
from campaigner.solidarity import languages, queries, service
from campaigner.staff.models import AuditEvent
from campaigner.supporters import service as supporters
from tests.solidarity.people import confirm, message, moderator, seen, shown, struggle, token, wrote

pytestmark = pytest.mark.usefixtures("session")


def _texts(campaign: object) -> list[str]:
    db.session.expire_all()
    return [each.text for each in queries.wall(campaign).messages]  # type: ignore[arg-type]


def test_nothing_of_a_message_is_there_before_its_mailbox_confirmed_it() -> None:
    campaign = struggle()
    outcome = wrote(campaign, "Hou vol", confirmed=False)
    assert message(outcome) is None
    assert queries.piles() == {"waiting": 0, "shown": 0, "hidden": 0}
    confirm(outcome)
    assert queries.piles()["waiting"] == 1


def test_a_confirmed_message_is_on_the_wall_only_when_a_moderator_showed_it() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Hou vol")
    assert _texts(campaign) == []
    shown(outcome, by=by)
    assert _texts(campaign) == ["Hou vol"]
    row = message(outcome)
    assert row is not None
    assert (row.state, row.moderated_by) == ("shown", by)


def test_a_hidden_message_says_why_and_is_nowhere() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Wij weten waar jullie wonen")
    with transaction():
        service.hide(seen(outcome), reason="danger", note="noemt een adres", by=by)
    row = message(outcome)
    assert row is not None
    assert (row.state, row.reason, row.note) == ("hidden", "danger", "noemt een adres")
    assert _texts(campaign) == []
    assert queries.everything(campaign, at_most=10) == []
    assert queries.fresh(campaign) == []


@pytest.mark.parametrize(("reason", "note"), [("", ""), ("smaak", "lelijk"), ("other", "")])
def test_hiding_without_a_reason_is_refused(reason: str, note: str) -> None:
    outcome, by = wrote(struggle(), "Hou vol"), moderator()
    with pytest.raises(DomainError), transaction():
        service.hide(seen(outcome), reason=reason, note=note, by=by)
    row = message(outcome)
    assert row is not None
    assert row.state == "waiting"


def test_undo_has_a_message_wait_again() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Hou vol")
    shown(outcome, by=by)
    with transaction():
        service.undo(seen(outcome), by=by)
    row = message(outcome)
    assert row is not None
    assert (row.state, row.moderated_at, row.moderated_by) == ("waiting", None, None)
    assert _texts(campaign) == []


def test_many_are_judged_at_once_and_the_audit_trail_has_it_in_one_line() -> None:
    campaign, by = struggle(), moderator()
    found = [wrote(campaign, f"Boodschap {n}", name=f"Mens{n}") for n in range(3)]
    shown(*found, by=by)
    assert len(_texts(campaign)) == 3
    event = db.session.query(AuditEvent).order_by(AuditEvent.id.desc()).first()
    assert event is not None
    assert event.what == "messages shown"
    assert event.detail["actions"] == [each.action_id for each in found]
    assert "Boodschap" not in str(event.detail)


def test_a_moderator_judges_the_text_that_was_read() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Hou vol")
    read = seen(outcome)
    wrote(campaign, "Koop goedkope horloges", submission="form-2")
    with transaction():
        assert service.show(read, by=by) == service.Verdict((), 1)
    assert _texts(campaign) == []


def test_a_second_message_takes_the_place_of_the_first_and_waits() -> None:
    campaign, by = struggle(), moderator()
    first = wrote(campaign, "Eerste")
    shown(first, by=by)
    second = wrote(campaign, "Tweede", submission="form-2", confirmed=False)
    assert _texts(campaign) == ["Eerste"], "what nobody stood by changes nothing"
    confirm(second)
    assert _texts(campaign) == []
    shown(second, by=by)
    assert _texts(campaign) == ["Tweede"]
    confirm(first)
    assert _texts(campaign) == ["Tweede"], "the button of an old mail brings no old text back"


def test_a_button_that_is_pressed_again_changes_nothing() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Hou vol")
    shown(outcome, by=by)
    confirm(outcome)
    assert _texts(campaign) == ["Hou vol"]


def test_this_was_not_me_takes_the_text_of_that_form_away() -> None:
    campaign, by = struggle(), moderator()
    first = wrote(campaign, "Eerste")
    second = wrote(campaign, "Niet van mij", submission="form-2")
    shown(second, by=by)
    with transaction():
        acting.not_me(token(second))
    row = message(first)
    assert row is not None
    assert (row.text, row.state) == ("Eerste", "waiting")
    with transaction():
        acting.not_me(token(first))
    assert message(first) is None


def test_who_is_erased_is_gone_from_wall_booklet_and_digest() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Hou vol", public=True)
    shown(outcome, by=by)
    with transaction():
        supporters.forget(db.session.get_one(Action, outcome.action_id).supporter_id)
    assert message(outcome) is None
    assert _texts(campaign) == []
    assert queries.everything(campaign, at_most=10) == []
    assert queries.fresh(campaign) == []
    assert queries.piles() == {"waiting": 0, "shown": 0, "hidden": 0}


def test_an_act_that_was_taken_back_has_no_message_on_the_wall() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Hou vol")
    shown(outcome, by=by)
    with transaction():
        db.session.get_one(Action, outcome.action_id).state = "withdrawn"
    assert _texts(campaign) == []
    assert queries.wall(campaign).total == 0
    assert queries.pile("shown") == []


def test_a_name_stands_only_under_what_somebody_wanted_to_sign() -> None:
    campaign, by = struggle(), moderator()
    with_name = wrote(campaign, "Met naam", name="Yusuf", public=True)
    without = wrote(campaign, "Zonder naam", name="Greet")
    shown(with_name, without, by=by)
    signed = {each.text: (each.name, each.place) for each in queries.wall(campaign).messages}
    assert signed == {"Met naam": ("Yusuf", "Gent"), "Zonder naam": ("", "Oost-Vlaanderen")}


def test_in_safety_mode_nobody_has_a_name_or_a_town() -> None:
    campaign, by = struggle(safety_mode=True), moderator()
    found = [
        wrote(campaign, "Hier", name="Yusuf", public=True),
        wrote(campaign, "Ginds", name="Luc", public=True, country="NL", postcode="1012 AB"),
    ]
    shown(*found, by=by)
    for many in (queries.wall(campaign).messages, queries.everything(campaign, at_most=9)):
        assert {(each.name, each.place) for each in many} == {("", "Oost-Vlaanderen"), ("", "Nederland")}


def test_a_name_without_proven_consent_is_not_shown() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Hou vol", public=True, confirmed=False)
    confirm(outcome, only_sign=True)
    shown(outcome, by=by)
    assert queries.wall(campaign).messages[0].name == ""


def test_what_was_typed_is_ciphertext_before_and_after_it_is_public() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Een zin die niemand leest")
    for act in (lambda: None, lambda: shown(outcome, by=by)):
        act()
        for table in ("solidarity_message", "action", "submission"):
            stored = db.session.execute(text(f'SELECT CAST(t AS text) FROM "{table}" t')).scalars().all()
            assert stored
            assert not [row for row in stored if b"Een zin".hex() in row or "Een zin" in row], table


@pytest.mark.parametrize(
    ("words", "page", "language"),
    [
        ("Hou vol, wij staan naast jullie!", "fr", "nl"),
        ("Courage à toutes et à tous, on est avec vous", "nl", "fr"),
        ("Fuerza compañeros, no están solos", "nl", "es"),
        ("Força, companheiros! Estamos juntos", "nl", "pt"),
        ("نحن معكم يا رفاق", "nl", "ar"),
        ("Ми з вами, тримайтесь, її перемога близько", "nl", "uk"),
        ("👍🏽", "fr", "fr"),
        ("Chapeau.", "nl", "nl"),
    ],
)
def test_the_language_of_a_message_is_guessed_from_its_words(words: str, page: str, language: str) -> None:
    assert languages.guess(words, page) == language


def test_a_moderator_corrects_the_language() -> None:
    campaign, by = struggle(), moderator()
    outcome = wrote(campaign, "Sawubona, simunye")
    with transaction():
        service.correct(outcome.action_id, language="zu", by=by)
    row = message(outcome)
    assert row is not None
    assert row.language == "zu"
    with pytest.raises(DomainError), transaction():
        service.correct(outcome.action_id, language="klingon", by=by)
    with pytest.raises(NotFound), transaction():
        service.correct(2**60, language="nl", by=by)


def test_what_is_written_from_right_to_left_says_so() -> None:
    campaign, by = struggle(), moderator()
    shown(wrote(campaign, "نحن معكم يا رفاق"), by=by)
    found = queries.wall(campaign).messages[0]
    assert (found.language, found.direction) == ("ar", "rtl")


def test_the_wall_turns_its_pages_and_keeps_a_language() -> None:
    campaign, by = struggle(), moderator()
    dutch = [wrote(campaign, f"Wij staan naast jullie {n}", name=f"Nel{n}") for n in range(5)]
    french = wrote(campaign, "Courage à toutes, on est avec vous", name="Jeanne")
    shown(*dutch, french, by=by)
    pages = [queries.wall(campaign, page=number, per_page=4) for number in (1, 2, 99)]
    assert [len(each.messages) for each in pages] == [4, 2, 2]
    assert (pages[2].page, pages[2].pages, pages[0].total) == (2, 2, 6)
    assert len({each.text for page in pages[:2] for each in page.messages}) == 6
    only = queries.wall(campaign, chosen="fr")
    assert ([each.text for each in only.messages], only.languages) == ([french_text()], {"nl": 5, "fr": 1})
    assert queries.wall(campaign, chosen="zu").chosen is None


def french_text() -> str:
    return "Courage à toutes, on est avec vous"


def test_messages_are_counted_as_other_acts_and_never_as_signatures() -> None:
    campaign = struggle()
    wrote(campaign, "Hou vol")
    with transaction():
        acting.count()
    assert actions.count(campaign.id) == 0, "the goal is about the petition"
    assert actions.counts_by_kind(campaign.id) == {"petition": 0, "solidarity": 1}
    alone = struggle(alone=True)
    wrote(alone, "Hou vol", name="Luc")
    with transaction():
        acting.count()
    assert actions.count(alone.id) == 1
    assert acting.recount() == {}


def test_after_one_act_the_next_is_offered_until_all_are_done() -> None:
    campaign = struggle()
    for done, kind in (((), "petition"), (("petition",), "solidarity"), (("solidarity",), "petition")):
        found = actions.next_ask(campaign.id, set(done))
        assert found is not None
        assert found.kind == kind
    assert actions.next_ask(campaign.id, {"petition", "solidarity"}) is None
    campaign.state = "closed"
    db.session.commit()
    assert actions.next_ask(campaign.id, set()) is None


def test_what_somebody_did_is_what_they_confirmed() -> None:
    campaign = struggle()
    outcome = wrote(campaign, "Hou vol", confirmed=False)
    action = db.session.get_one(Action, outcome.action_id)
    assert actions.done(action) == set()
    confirm(outcome)
    assert actions.done(db.session.get_one(Action, outcome.action_id)) == {"solidarity"}


def test_place_names_speak_the_language_of_the_page() -> None:
    campaign, by = struggle(), moderator()
    shown(wrote(campaign, "Hou vol", postcode="1000"), by=by)
    names = {}
    for code in ("nl", "fr", "en", "es"):
        with force_locale(code):
            names[code] = queries.wall(campaign).messages[0].place
    assert names == {"nl": "Brussel", "fr": "Bruxelles", "en": "Brussels", "es": "Bruselas"}
