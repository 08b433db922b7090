"""Trials: a winner is called when the acts allow it, and not before."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from campaigner.alerts import trial
from campaigner.alerts.trial import Arm


def test_fishers_own_tea_tasting_comes_out_as_he_wrote_it() -> None:
    # The Design of Experiments (1935): of four cups each, three guessed right: one-sided 17/70, two-sided 34/70.
    assert trial.exact(Arm(4, 3), Arm(4, 1)) == pytest.approx(34 / 70)
    assert trial.exact(Arm(4, 4), Arm(4, 0)) == pytest.approx(2 / 70)


def test_a_clear_difference_has_a_winner() -> None:
    verdict = trial.judge({"a": Arm(2000, 60), "b": Arm(2000, 110)})
    assert (verdict.best, verdict.winner) == ("b", "b")
    assert verdict.chance < 0.001


def test_a_small_difference_is_too_close_to_call() -> None:
    verdict = trial.judge({"a": Arm(2000, 60), "b": Arm(2000, 66)})
    assert (verdict.best, verdict.winner, verdict.too_few) == ("b", None, False)
    assert verdict.chance > 0.5


def test_a_handful_of_acts_says_nothing_however_far_apart() -> None:
    verdict = trial.judge({"a": Arm(500, 9), "b": Arm(500, 0)})
    assert (verdict.best, verdict.winner, verdict.too_few) == ("a", None, True)


def test_nobody_acted_or_all_alike_names_nobody() -> None:
    assert trial.judge({"a": Arm(100, 0), "b": Arm(100, 0)}).best is None
    assert trial.judge({"a": Arm(100, 20), "b": Arm(100, 20)}) == trial.Verdict(None, None, 1.0, too_few=False)
    assert trial.judge({"a": Arm(0, 0), "b": Arm(0, 0)}).winner is None


def test_with_three_texts_the_bar_is_higher() -> None:
    two = trial.judge({"a": Arm(1000, 30), "b": Arm(1000, 49)})
    three = trial.judge({"a": Arm(1000, 30), "b": Arm(1000, 49), "c": Arm(1000, 30)})
    assert two.winner == "b"
    assert three.chance == pytest.approx(2 * two.chance)
    assert three.winner is None


@given(
    some.integers(1, 400).flatmap(lambda n: some.tuples(some.just(n), some.integers(0, n))),
    some.integers(1, 400).flatmap(lambda n: some.tuples(some.just(n), some.integers(0, n))),
)
def test_chance_is_a_probability_and_does_not_depend_on_the_order(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = trial.exact(Arm(*one), Arm(*other)), trial.exact(Arm(*other), Arm(*one))
    assert 0 < there <= 1
    assert there == pytest.approx(back, rel=1e-4)
