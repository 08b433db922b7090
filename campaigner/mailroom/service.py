"""Taking mail in, and handling each piece once.

A piece is committed before whoever brings it is told yes. It is claimed in a transaction of its own,
which also says when to try again, and handled in another that marks it done together with everything
that follows from it: a kill, a second worker or a second delivery of the same mail changes nothing.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from campaigner.config import Settings
from campaigner.core import queue
from campaigner.core.clock import now
from campaigner.core.crypto import keyring
from campaigner.core.db import db
from campaigner.core.errors import NotFound
from campaigner.mailroom import consequences
from campaigner.mailroom.models import InboundMail
from campaigner.outbox import verp
from campaigner.outbox.returns import UnderWay

SORT = "campaigner.mailroom.jobs.sort"
MOST_BYTES = 5 * 1024 * 1024
MOST_TRIES = 10
# Raw text of what was handled and of what could not be; then the rows themselves, by which a redelivery is known.
KEEP_HANDLED, KEEP_FAILED, KEEP_ROWS = timedelta(hours=24), timedelta(days=30), timedelta(days=90)


def is_ours(address: str, *, settings: Settings) -> bool:
    """True for the addresses that mail may come in under: where mail comes back to, its tags, and our sender.

    A tag must be one that we made. Nothing else is taken, so nobody can use a door as a relay.
    """
    plain = address.strip().strip("<>").lower()
    home = settings.mail_return_address.lower()
    if plain in (home, settings.mail_sender.lower()):
        return bool(plain)
    return bool(home) and plain.endswith(f"@{home.rpartition('@')[2]}") and verp.opened(plain) is not None


def take_in(raw: bytes, *, recipient: str, sender: str | None, door: str, name: str | None = None) -> bool:
    """Keep one mail and wake whoever sorts it. Returns False when the very same is here already.

    `sender` is the envelope's ("" for reports, None when it is not known); `name` is what tells it from
    others, when that is not its bytes.
    """
    content = raw.decode("latin-1")
    known = f"{recipient.lower()}\0{content if name is None else name}"
    row = insert(InboundMail).values(
        fingerprint=keyring.fingerprint(known, "mailroom"), door=door, recipient=recipient, sender=sender, raw=content,
        size=len(raw),
    )  # fmt: skip
    written = db.session.execute(row.on_conflict_do_nothing(index_elements=["fingerprint"]).returning(InboundMail.id))
    new = written.first() is not None
    if new:
        queue.nudge(SORT, queue="default")
    return new


def claim() -> int | None:
    """The next mail to handle, its turn counted and its next one set: 1, 4, 16 ... minutes on, at most 8 hours.

    None: nothing is due.
    """
    due = (
        select(InboundMail.id)
        .where(InboundMail.state == "new", InboundMail.not_before <= func.clock_timestamp())
        .order_by(InboundMail.not_before)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    wait = func.least(func.power(4, InboundMail.tries), 480) * timedelta(minutes=1)
    taken = update(InboundMail).where(InboundMail.id == due)
    taken = taken.values(tries=InboundMail.tries + 1, not_before=func.clock_timestamp() + wait)
    return db.session.execute(taken.returning(InboundMail.id)).scalar()


def handle(mail_id: int, *, settings: Settings) -> None:
    """Do what follows from a mail, and mark it done. Nothing happens to one that is done already."""
    mail = db.session.get(InboundMail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None or mail.state != "new" or mail.raw is None:
        return
    try:
        mail.kind, mail.outcome = consequences.of(mail, settings=settings)
    except UnderWay:
        if mail.tries < MOST_TRIES:  # its own turn comes again
            mail.error = "the delivery it is about is still under way"
            return
        mail.kind, mail.outcome = "bounce", "still under way"
    mail.state, mail.error, mail.handled_at = "done", None, now()


def stumbled(mail_id: int, error: str) -> None:
    """Handling it raised something: say what, and give up after the tenth time. The text stays."""
    mail = db.session.get(InboundMail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None or mail.state != "new":
        return
    mail.error = error[:300]
    if mail.tries >= MOST_TRIES:
        mail.state, mail.handled_at = "failed", now()


def again(mail_id: int) -> None:
    """Handle it once more, after whatever was in the way is gone. Raises NotFound."""
    mail = db.session.get(InboundMail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None or mail.state == "done" or mail.raw is None:
        raise NotFound("There is no such mail that could be handled again.")
    mail.state, mail.handled_at, mail.tries, mail.not_before = "new", None, 0, now()
    queue.nudge(SORT, queue="default")


def expire() -> int:
    """Take out the text of what was handled, and the rows of long ago. Returns how many texts went."""
    done = and_(InboundMail.state == "done", InboundMail.handled_at < now() - KEEP_HANDLED)
    given_up = and_(InboundMail.state == "failed", InboundMail.handled_at < now() - KEEP_FAILED)
    late = update(InboundMail).where(InboundMail.raw.is_not(None), or_(done, given_up))
    gone: Any = db.session.execute(late.values(raw=None, recipient=None, sender=None))
    old = delete(InboundMail).where(InboundMail.state != "new", InboundMail.received_at < now() - KEEP_ROWS)
    db.session.execute(old)
    return int(gone.rowcount)
