"""Which acts there are. The rooms of the acts stand above this one; they join here, in `rooms.join`."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigner.actions.forms import ActForm
from campaigner.actions.service import Door, Outcome
from campaigner.campaigns.models import Ask
from campaigner.core.i18n import LazyString


@dataclass(frozen=True, slots=True)
class Act:
    """How people act on one kind of ask."""

    kind: str
    form: type[ActForm]
    perform: Callable[[ActForm, Ask, Door], Outcome]
    button: LazyString


_acts: dict[str, Act] = {}


def register(act: Act) -> None:
    """Offer an act."""
    _acts[act.kind] = act


def of(kind: str) -> Act:
    """The act of a kind of ask. Raises KeyError for one that nobody offers."""
    return _acts[kind]


def kinds() -> list[str]:
    """The kinds of ask that people can act on."""
    return list(_acts)
