"""Who works here, joined with whose desk they belong to: an account is the staff room's, an organisation is ours."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations.models import DESKS, Organisation
from campaigner.staff import invitations
from campaigner.staff import service as staff
from campaigner.staff.models import ROLES, Account


@dataclass(frozen=True)
class Around:
    """What a mail of invitation needs to know of the web, as the door that sends it says."""

    login: str  # the address of the login page
    welcome: Callable[[str, str], str]  # language, token -> the address of the page where a password is chosen
    reply_to: str


def by_id(account_id: int) -> Account:
    """An account. Raises NotFound."""
    found = db.session.get(Account, account_id)
    if found is None:
        raise NotFound(_l("There is no such account."))
    return found


def invite(
    *, email: str, name: str, language: str, roles: Iterable[str], organisations: Iterable[int], by: int, around: Around
) -> Account:
    """Let somebody in: an account with these roles and desks, and a mail that says how.

    Somebody who has an account keeps their password and what they had. Raises DomainError when nothing is given.
    """
    wanted, desks = set(roles) & set(ROLES), [_desk(each) for each in organisations]
    if not wanted and not desks:
        raise DomainError(_l("Choose at least one role, or a local."))
    account = staff.open_for(email=email, name=name, language=language, by=by)
    if account.disabled_at is not None:
        raise Conflict(_l("There is a closed account for this address. Open that one again."))
    if wanted - {role.name for role in account.roles}:
        staff.give_roles(account, roles=wanted | {role.name for role in account.roles}, by=by)
    for desk in desks:
        staff.join(account, organisation_id=desk.id, by=by)
    send(account, around=around)
    return account


def send(account: Account, *, around: Around) -> str:
    """Mail an account how it comes in; again, when the first mail was lost. Returns what the outbox said."""
    places = [db.session.get_one(Organisation, each).name for each in account.desks]
    link = around.login if account.password else around.welcome(account.language, invitations.token(account))
    return invitations.send(account, link=link, places=places, reply_to=around.reply_to)


def let_in(account: Account, *, organisation_id: int, by: int) -> None:
    """Let an account in at the desk of an organisation. Raises DomainError for one that has no desk."""
    staff.join(account, organisation_id=_desk(organisation_id).id, by=by)


def _desk(organisation_id: int) -> Organisation:
    found = db.session.get(Organisation, organisation_id)
    if found is None or found.kind not in DESKS:
        raise DomainError(_l("Choose a local from the list."))
    return found
