"""In whose name an alert leaves: the organisations that an account may send for, and the name a mailbox shows.

The consent that counts, the name above the mail and the unsubscription at its end are all the sender's.
Every door of an alert asks here; no service decides it.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigner.alerts.models import Alert, AlertSender
from campaigner.config import Settings
from campaigner.core.db import db
from campaigner.core.errors import Forbidden
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.organisations import queries as organisations
from campaigner.organisations.models import Organisation
from campaigner.staff.models import Account

HOST_ROLES = ("admin", "campaigner")  # who sends in the name of the host
More = Callable[[Account], Iterable[Organisation]]
_more: list[More] = []


def also_for(more: More) -> None:
    """Let an account send for these organisations too: how people of a local join in. Called once, by `rooms`."""
    _more[:] = [more]


def of(account: Account) -> list[Organisation]:
    """The organisations in whose name this account may write and send."""
    host = [organisations.host()] if account.has_any(HOST_ROLES) else []
    return [*host, *(each for more in _more for each in more(account))]


def check(account: Account, organisation_id: int) -> None:
    """Raise Forbidden unless this account may send in the name of this organisation."""
    if organisation_id not in {each.id for each in of(account)}:
        raise Forbidden(_l("This alert belongs to another organisation."))


def check_writer(account: Account, alert: Alert) -> None:
    """Raise Forbidden unless this account may write this alert: a sender, or a translator of the host."""
    if not account.has_any(("translator",)):
        check(account, alert.organisation_id)


def name_of(organisation: Organisation, settings: Settings) -> str:
    """What a mailbox shows as the sender: the name that was chosen, else the organisation's own."""
    chosen = db.session.get(AlertSender, organisation.id)
    if chosen is not None:
        return chosen.name
    return settings.host_name if organisation.kind == "host" else organisation.name


def call(organisation_id: int, *, name: str) -> None:
    """Choose that name; an empty one takes the organisation's own again."""
    if not name:
        found = db.session.get(AlertSender, organisation_id)
        if found is not None:
            db.session.delete(found)
        return
    row = insert(AlertSender).values(organisation_id=organisation_id, name=name)
    db.session.execute(row.on_conflict_do_update(index_elements=["organisation_id"], set_={"name": name}))


def known() -> list[tuple[Organisation, str]]:
    """The host and the locals, each with the name that was chosen for it ("": its own)."""
    rows = db.session.execute(
        select(Organisation, AlertSender.name)
        .outerjoin(AlertSender, AlertSender.organisation_id == Organisation.id)
        .where(Organisation.kind.in_(("host", "local")))
        .order_by(Organisation.kind, Organisation.name)
    )
    return [(organisation, name or "") for organisation, name in rows]
