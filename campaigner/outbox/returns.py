"""What the ledger learns from mail that comes back: what became of a delivery, and which mailboxes are dead.

Only the mailroom calls this, and only with proof in hand that the news is about that very delivery.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from campaigner.core.clock import now
from campaigner.core.db import db
from campaigner.outbox import service
from campaigner.outbox.models import OPEN, Delivery, Mailing, Suppression

# RFC 3463: no such mailbox (5.1.1), an address that cannot be one (5.1.3), moved and nobody says where to (5.1.6),
# shut (5.2.1); RFC 7505: a domain that takes no mail at all (5.1.10). Not 5.1.2, no such domain: a registration that
# lapsed for a week would end the mail of all its people for good.
DEAD = frozenset({"5.1.1", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
WORSE = {"hard": ("soft",), "complaint": ("soft", "hard")}  # what an earlier return gives way to
# Repeated soft bounces: so many mailings one after another, the first of them at least so long before the last.
SOFT_MAILINGS, SOFT_WITHIN, SOFT_APART = 5, timedelta(days=60), timedelta(days=7)

CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
TEMPORARY = re.compile(r"(?:^|;)\s*4\d\d\b")
# A server that says one of these speaks of us, of the text or of today, whatever code it gives with it: Gmail calls
# a mailbox that gets too much 5.2.1, and filters of all makes answer 5.1.1.
DOUBT = re.compile(
    r"spam|junk|block|black ?list|\brbl\b|dnsbl|listed|polic|reputation|\bspf\b|dkim|dmarc|gr[ae]y ?list|\brate\b|"
    r"quota|\bfull\b|too (?:many|much|fast|quickly)|temporar|try again|suspicious|virus|malware|banned|relay",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[^\s<>@]{1,256}@[^\s<>@]{1,256}")
LINK = re.compile(r"https?://\S*")
READ = 2_000  # characters of a server's words; further on a bounce repeats our own text

_left = func.coalesce(Delivery.offered_at, Delivery.created_at)


def classified(status: str, words: str) -> str:
    """ "hard" or "soft", for a mail that was given up: by its status code, the codes in the server's words, the words.

    Many servers give the status 5.0.0, which says nothing, and the real code in their words (RFC 3463, 3.1).
    """
    said = LINK.sub("", ADDRESS.sub("", words[:READ]))
    codes = {".".join(code) for code in CODE.findall(f"{status[:40]} {said}") if code[1:] != ("0", "0")}
    if not codes or not codes <= DEAD or status.strip().startswith("4"):
        return "soft"
    return "soft" if TEMPORARY.search(said) or DOUBT.search(said) else "hard"


class UnderWay(Exception):
    """The delivery is not settled yet: its bounce was quicker than our own bookkeeping, or it goes out again."""


def delivery(mailing_id: int, recipient: str) -> Delivery | None:
    """The delivery that came back, locked, when it was sent or may have been. None: it never left.

    Raises UnderWay.
    """
    found = db.session.get(Delivery, (mailing_id, recipient), with_for_update=True, populate_existing=True)
    if found is not None and found.state in OPEN:
        raise UnderWay
    return found if found is not None and found.state in ("sent", "unknown") else None


def any_delivery(mailing_id: int, recipient: str) -> Delivery | None:
    """A delivery in whatever state."""
    return db.session.get(Delivery, (mailing_id, recipient))


def mark(found: Delivery, returned: str) -> None:
    """It came back: "hard", "soft" or "complaint". The worst news stands; its state stays what it was."""
    if found.returned is None or found.returned in WORSE.get(returned, ()):
        found.returned, found.returned_at = returned, now()


def dead(mailbox: bytes) -> None:
    """Nobody writes to this mailbox any more, no organisation and no service mail."""
    service.suppress(mailbox, reason="dead address")


def complained(mailbox: bytes, *, organisation_id: int) -> None:
    """Its owner called a mail of this organisation (0: a service mail) spam. A later yes does not undo that."""
    service.suppress(mailbox, organisation_id=organisation_id, reason="complaint")
    theirs = (Suppression.mailbox == mailbox, Suppression.organisation_id == organisation_id)
    lighter = update(Suppression).where(*theirs, Suppression.reason == "unsubscribed")
    db.session.execute(lighter.values(reason="complaint"))


def gives_up(found: Delivery) -> bool:
    """True when a mailbox has come back softly too often: its mail is treated as to a dead address from now on.

    Five different mailings within 60 days, the first at least a week before the last, and nothing sent
    in between that stayed away. A full mailbox, a server down for a weekend and one strict filter stay below it.
    """
    since = max(now() - SOFT_WITHIN, _last_good(found))
    query = select(func.count(Delivery.mailing_id.distinct()), func.min(_left), func.max(_left)).where(
        Delivery.mailbox == found.mailbox, Delivery.returned == "soft", _left > since
    )
    mailings, first, last = db.session.execute(query).one()
    return mailings >= SOFT_MAILINGS and last - first >= SOFT_APART


def _last_good(found: Delivery) -> datetime:
    """When the last mail before this one left for the same mailbox and did not come back."""
    query = select(func.max(_left)).where(
        Delivery.mailbox == found.mailbox,
        Delivery.state == "sent",
        Delivery.returned.is_(None),
        _left < (found.offered_at or found.created_at),
    )
    return db.session.execute(query).scalar() or now() - SOFT_WITHIN


def recent(mailbox: bytes, *, at_most: int = 100) -> list[Delivery]:
    """The latest deliveries to a mailbox, newest first: among these a Message-ID is looked for."""
    query = select(Delivery).where(Delivery.mailbox == mailbox).order_by(Delivery.created_at.desc()).limit(at_most)
    return list(db.session.scalars(query))


def sender_of(mailing_id: int) -> int:
    """The organisation whose mailing it was; 0 for service mail."""
    return db.session.scalar(select(Mailing.organisation_id).where(Mailing.id == mailing_id)) or 0
