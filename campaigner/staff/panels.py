"""What the first staff page and the menu show of other rooms: registries that higher rooms fill.

Staff is a low room: it knows no campaign and no message. A higher room says in `rooms.join` what it
has to show and to whom; the page asks each at the moment it is opened. Nothing is shown of a page
that the account may not open.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from campaigner.core.i18n import lazy_gettext as _l
from campaigner.staff.models import EDITOR, ROLES, TEAM, Account


@dataclass(frozen=True)
class Figure:
    """One number of today. `number` is written as it is; a count that is zero says so in words."""

    label: str
    number: str
    note: str = ""


@dataclass(frozen=True)
class Task:
    """Something that waits for somebody. `tone` is "", "warn" or "bad"; it always comes with a `state` in words."""

    count: int
    label: str
    href: str
    state: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of the page: a template of the room that made it, and its values."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A line of the menu."""

    section: str
    label: Any
    href: str
    roles: tuple[str, ...]


MENU = (
    Entry("today", _l("Today"), "/staff/", ROLES),
    Entry("campaigns", _l("Campaigns"), "/staff/campaigns/", ("admin", "campaigner", "translator")),
    Entry("messages", _l("Solidarity"), "/staff/messages/", ("admin", "campaigner")),
    Entry("alerts", _l("Alerts"), "/staff/alerts/", ("admin", "campaigner")),
    Entry("people", _l("People"), "/staff/people/", ("admin",)),
    Entry("partners", _l("Partners"), "/staff/partners/", ("admin", "campaigner")),
    Entry("locals", _l("Locals"), "/staff/locals/", ("admin", "campaigner")),
    Entry("contact", _l("Inbox"), "/staff/inbox/", TEAM),
    Entry("accounts", _l("Accounts"), "/staff/accounts/", ("admin",)),
)

Source = Callable[[], Figure | Task | Panel | None]
_sources: list[tuple[tuple[str, ...], Source]] = []
_badges: dict[str, Callable[[], int]] = {}
_desks: list[Callable[[list[int]], list[tuple[str, str]]]] = []


def register(source: Source, *, roles: tuple[str, ...] = TEAM) -> None:
    """Show what `source` returns (a Figure, a Task, a Panel, or None for nothing) to accounts with one of `roles`."""
    if (roles, source) not in _sources:
        _sources.append((roles, source))


def badge(section: str, count: Callable[[], int]) -> None:
    """Show a number beside a line of the menu whenever it is more than zero."""
    _badges[section] = count


def desks_by(find: Callable[[list[int]], list[tuple[str, str]]]) -> None:
    """Have the slug and name of organisations told by `find`, by their ids. Joined once, in `rooms.join`."""
    _desks[:] = [find]


def desks(account: Account) -> list[Entry]:
    """A line of the menu for each organisation that the account belongs to."""
    if not (_desks and account.desks):
        return []
    return [Entry(f"local-{slug}", name, f"/staff/local/{slug}/", (EDITOR,)) for slug, name in _desks[0](account.desks)]


def shown_to(account: Account) -> list[Figure | Task | Panel]:
    """What there is to show to this account, in the order of registration."""
    asked = [source() for roles, source in _sources if account.has_any(roles)]
    return [item for item in asked if item is not None]


def menu(account: Account) -> list[tuple[Entry, int]]:
    """The menu of this account, each line with the number beside it."""
    lines = [entry for entry in MENU if account.has_any(entry.roles)] + desks(account)
    return [(entry, _badges[entry.section]() if entry.section in _badges else 0) for entry in lines]
