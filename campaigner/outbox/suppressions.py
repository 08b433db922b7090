"""Which mailboxes are shut and why, for staff who are asked; and the one kind that can be opened again by hand.

An unsubscription is its person's own word and a complaint weighs more: neither is ever lifted here.
"""

from collections.abc import Sequence

from sqlalchemy import func, select

from campaigner.core import addresses
from campaigner.core.db import db
from campaigner.core.errors import Conflict, DomainError, NotFound
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.outbox.models import Suppression

DEAD = "dead address"
REASONS = ("unsubscribed", DEAD, "complaint", "not me")


def by_reason() -> dict[str, int]:
    """How many mailboxes are shut, per reason; one that several organisations may not write to counts for each."""
    rows = db.session.execute(select(Suppression.reason, func.count().label("number")).group_by(Suppression.reason))
    return dict.fromkeys(REASONS, 0) | {row.reason: row.number for row in rows}


def of(address: str) -> Sequence[Suppression]:
    """Everything that shuts the mailbox of this address, the newest first. Raises DomainError for no address."""
    try:
        mailbox = addresses.fingerprint(addresses.normal(address))
    except addresses.NotAnAddress as error:
        raise DomainError(_l("Fill in an e-mail address, like name@example.org.")) from error
    query = select(Suppression).where(Suppression.mailbox == mailbox)
    return db.session.scalars(query.order_by(Suppression.created_at.desc(), Suppression.id)).all()


def dead(suppression_id: int, *, lock: bool = False) -> Suppression:
    """A mailbox that was taken for dead. Raises NotFound, or Conflict when it is shut for any other reason."""
    row = db.session.get(Suppression, suppression_id, with_for_update=lock, populate_existing=True)
    if row is None:
        raise NotFound(_l("This mailbox is not shut any more."))
    if row.reason != DEAD:
        raise Conflict(_l("Only an address that does not work can be opened again. The rest is its owner's own word."))
    return row


def revive(suppression_id: int) -> None:
    """Write again to a mailbox that was taken for dead. Raises NotFound, Conflict."""
    db.session.delete(dead(suppression_id, lock=True))
