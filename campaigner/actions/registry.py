"""Which acts there are. The rooms of the acts stand above this one; they join here, in `rooms.join`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from campaigner.actions import followers
from campaigner.actions.followers import Followers
from campaigner.actions.forms import ActForm
from campaigner.actions.service import Door, Outcome
from campaigner.campaigns.models import Ask, Campaign
from campaigner.campaigns.queries import Page
from campaigner.core.i18n import LazyString


@dataclass(frozen=True, slots=True)
class Act:
    """How people act on one kind of ask.

    `template` holds the fields of its form on the campaign page. `around` gives what else the page shows of
    it (None: nothing), in `section`, also when the campaign is over. `followers` are told of confirmations.
    """

    kind: str
    form: type[ActForm]
    perform: Callable[[ActForm, Ask, Door], Outcome]
    button: LazyString
    template: str = "petitions/fields.html"
    prepare: Callable[[ActForm, Campaign], None] | None = None  # fills a fresh form for a campaign
    framed: bool = False  # its form fits in a widget
    wide: bool = False  # its form needs the width of the story: `template` is then the whole of it
    section: str = ""
    around: Callable[[Page], dict[str, Any] | None] | None = None
    followers: Followers | None = None


Around = Callable[[Page], dict[str, Any] | None]
_acts: dict[str, Act] = {}
_beside: dict[str, Around] = {}


def register(act: Act) -> None:
    """Offer an act."""
    _acts[act.kind] = act
    if act.followers is not None:
        followers.follow(act.kind, act.followers)


def beside(template: str, around: Around) -> None:
    """Show a part on campaign pages that is no act of a person: `around` gives its values, None where there is none."""
    _beside[template] = around


def parts(page: Page) -> list[tuple[str, dict[str, Any] | None]]:
    """What stands on a campaign's page besides the acts: a template and its values."""
    return [(template, around(page)) for template, around in _beside.items()]


def of(kind: str) -> Act:
    """The act of a kind of ask. Raises KeyError for one that nobody offers."""
    return _acts[kind]


def kinds() -> list[str]:
    """The kinds of ask that people can act on."""
    return list(_acts)
