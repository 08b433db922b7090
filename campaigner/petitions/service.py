"""Signing a petition."""

from campaigner.actions import service as actions
from campaigner.actions.service import Choices, Door, Outcome
from campaigner.campaigns.models import Ask
from campaigner.supporters.service import Person


def sign(*, ask: Ask, person: Person, choices: Choices, door: Door, comment: str | None = None) -> Outcome:
    """Put a signature under a petition, to be confirmed from the mailbox. Signing twice is one signature."""
    return actions.act(ask=ask, person=person, choices=choices, door=door, comment=comment)
