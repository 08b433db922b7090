"""Which of two or three texts brought more acts, said honestly: a winner only where chance is no likely reason.

Decided by acts, never by opens: nobody is watched. The test is Fisher's exact test (R. A. Fisher, 1934),
two-sided, between the best and each other; with three texts the bar is raised for two comparisons (Bonferroni).
It needs no assumption that few acts would break.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, lgamma

LIKELY = 0.05  # a difference that chance makes less often than this is called one
FEWEST = 10  # acts, all texts together, before anything is said


@dataclass(frozen=True, slots=True)
class Arm:
    """One text: to how many it was delivered, and how many of them acted."""

    reached: int
    acted: int

    @property
    def rate(self) -> float:
        """Acts a person reached."""
        return self.acted / self.reached if self.reached else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`best` had the highest rate (None: no acts at all, or a tie). `chance`: how likely a gap like this, or a larger
    one, is when both texts are equally good. `winner`: the best, when that is unlikely enough."""

    best: str | None
    winner: str | None
    chance: float
    too_few: bool


def judge(arms: Mapping[str, Arm]) -> Verdict:
    """What the acts say about two or more texts."""
    order = sorted(arms, key=lambda name: (-arms[name].rate, name))
    best, others = order[0], order[1:]
    if not others or arms[best].rate == arms[others[0]].rate:
        return Verdict(None, None, 1.0, too_few=_few(arms))
    chance = min(1.0, len(others) * max(exact(arms[best], arms[other]) for other in others))
    winner = best if chance < LIKELY and not _few(arms) else None
    return Verdict(best, winner, chance, too_few=_few(arms))


def _few(arms: Mapping[str, Arm]) -> bool:
    return sum(arm.acted for arm in arms.values()) < FEWEST


def exact(one: Arm, other: Arm) -> float:
    """Fisher's exact test, two-sided: the sum of all tables with these margins that are no likelier than this one."""
    acts, people = one.acted + other.acted, one.reached + other.reached
    lowest, highest = max(0, acts - other.reached), min(acts, one.reached)
    whole = _ways(people, acts)

    def likelihood(acted: int) -> float:
        return exp(_ways(one.reached, acted) + _ways(other.reached, acts - acted) - whole)

    seen = likelihood(one.acted) * (1 + 1e-7)  # equal ones count, whatever the last digits say
    return min(1.0, sum(each for each in map(likelihood, range(lowest, highest + 1)) if each <= seen))


def _ways(total: int, chosen: int) -> float:
    """The logarithm of the number of ways to choose."""
    return lgamma(total + 1) - lgamma(chosen + 1) - lgamma(total - chosen + 1)
