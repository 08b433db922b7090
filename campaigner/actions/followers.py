"""Who hears what became of a form: the rooms of the acts, which stand above this one. Joined with their act."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigner.actions.models import Action, Submission


@dataclass(frozen=True, slots=True)
class Followers:
    """What a kind of act does, in the same transaction, when a form of it was confirmed or was disowned.

    `confirmed` comes again when a button is pressed again. `disowned` comes only when the act stays: what
    hangs on an act goes with it, and `going` is told just before.
    """

    confirmed: Callable[[Action, Submission], None]
    disowned: Callable[[Action, str], None]
    going: Callable[[Action], None] | None = None


_followers: dict[str, Followers] = {}


def follow(kind: str, followers: Followers) -> None:
    """Have the room of a kind of act told. Joined once, by the registry of the acts."""
    _followers[kind] = followers


def confirmed(action: Action, form: Submission) -> None:
    """The mailbox stands by this form of this act."""
    if action.ask.kind in _followers:
        _followers[action.ask.kind].confirmed(action, form)


def disowned(action: Action, submission: str) -> None:
    """The mailbox disowned a form; another one stands for the act."""
    if action.ask.kind in _followers:
        _followers[action.ask.kind].disowned(action, submission)


def going(action: Action) -> None:
    """An act is about to be erased."""
    told = _followers[action.ask.kind].going if action.ask.kind in _followers else None
    if told is not None:
        told(action)
