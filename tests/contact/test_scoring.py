"""Scoring: small reasons that add up, and never a person turned away."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigner.contact import scoring
from campaigner.contact.scoring import Arrival

ORDINARY = Arrival(
    name="Greet",
    email="greet@voorbeeld.be",
    body="Wij willen de affiche uithangen in onze kantine. Zie https://afdeling.example voor het adres. Kan dat?",
)
LOUD = ["http://x.example ", "<a href=", "ТЕКСТ ", "HEEL "]
arrivals = st.builds(
    Arrival,
    name=st.text(max_size=60),
    email=st.text(max_size=60),
    body=st.text(max_size=300) | st.lists(st.sampled_from(LOUD), max_size=40).map("".join),
    age=st.floats(min_value=0, max_value=90_000),
    decoy_filled=st.booleans(),
    decoy_changed=st.booleans(),
    accept_language=st.booleans(),
    burst=st.booleans(),
    seen_before=st.booleans(),
)


def test_an_ordinary_message_has_no_reason_against_it():
    verdict = scoring.score(ORDINARY)

    assert (verdict.score, verdict.reasons, verdict.state) == (0, [], "new")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"decoy_filled": True}, "decoy_filled"),
        ({"decoy_changed": True}, "decoy_changed"),
        ({"age": 1.2}, "too_fast"),
        ({"accept_language": False}, "no_language"),
        ({"burst": True}, "burst"),
        ({"seen_before": True}, "seen_before"),
        ({"body": "http://a.example http://b.example www.c.example"}, "many_links"),
        ({"name": "Win www.prizes.example"}, "link_in_name"),
        ({"name": "Greet prizes.example/win"}, "link_in_name"),
        ({"body": "Kijk eens op bit.ly/3xYz"}, "short_link"),
        ({"body": 'Koop <a href="x">hier</a>'}, "markup"),
        ({"body": "Koop [url=x]hier[/url]"}, "markup"),
        ({"body": "IK BEN HEEL BOOS OP JULLIE ALLEMAAL"}, "all_capitals"),
        ({"body": "Купите наши товары сегодня очень дешево"}, "other_script"),
        ({"email": "x@mailinator.com"}, "throwaway_address"),
    ],
)
def test_each_reason_is_found_alone(change, reason):
    verdict = scoring.score(dataclasses.replace(ORDINARY, **change))

    assert verdict.reasons == [reason]
    assert verdict.score == scoring.WEIGHTS[reason]


@pytest.mark.parametrize(
    ("score", "state"), [(0, "new"), (2, "new"), (3, "check"), (6, "check"), (7, "quarantine"), (30, "quarantine")]
)
def test_the_thresholds_are_three_and_six(score, state):
    assert scoring.Verdict(score, []).state == state


def test_autofill_that_fills_the_decoy_of_a_person_is_looked_at_not_hidden():
    assert scoring.score(dataclasses.replace(ORDINARY, decoy_filled=True)).state == "check"


def test_a_program_that_fills_everything_at_once_goes_to_quarantine():
    verdict = scoring.score(dataclasses.replace(ORDINARY, decoy_filled=True, decoy_changed=True, age=0.1))

    assert verdict.state == "quarantine"


def test_names_with_dots_are_names():
    for name in ("Dr. Smith", "J.P. De Wolf", "Red. Het Weekblad.be", "María-José"):
        assert scoring.score(dataclasses.replace(ORDINARY, name=name)).reasons == []


def test_four_languages_with_their_accents_are_our_script():
    for body in ("Où sont-elles ? Ça va être élu à l’été", "¿Dónde están?", "Geïnspireerd vóór één idee"):
        assert scoring.score(dataclasses.replace(ORDINARY, body=body * 3)).reasons == []


@given(arrivals)
def test_the_score_is_the_sum_of_its_reasons_and_the_same_again(arrival):
    verdict = scoring.score(arrival)

    assert verdict.score == sum(scoring.WEIGHTS[reason] for reason in verdict.reasons) >= 0
    assert len(set(verdict.reasons)) == len(verdict.reasons)
    assert verdict == scoring.score(arrival)


@given(arrivals, st.sampled_from(["decoy_filled", "decoy_changed", "burst", "seen_before"]))
def test_another_reason_never_lowers_the_score(arrival, signal):
    without = scoring.score(dataclasses.replace(arrival, **{signal: False}))
    with_it = scoring.score(dataclasses.replace(arrival, **{signal: True}))

    assert with_it.score == without.score + scoring.WEIGHTS[signal]


@given(st.text(max_size=200), st.text(alphabet=" \n\t", max_size=5))
def test_case_and_white_space_do_not_make_another_text(body, space):
    assert scoring.folded(space + body.replace(" ", "  ") + space) == scoring.folded(body)


def test_a_long_hostile_text_is_weighed_in_a_moment():
    # Patterns without nested repetition: linear in the text.
    for piece in ("http://", "<a ", "[url=", "a.b", "href ", "."):
        scoring.score(dataclasses.replace(ORDINARY, name=piece * 50, body=piece * 2000))
