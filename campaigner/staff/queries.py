"""Reads about accounts and the audit trail."""

import json
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256

from sqlalchemy import select

from campaigner.core.addresses import fingerprint
from campaigner.core.db import db
from campaigner.staff.models import Account, AuditEvent

BEGINNING = "0" * 64


@dataclass(frozen=True)
class Chain:
    """What a check of the audit trail found: rows read, the last hash, and the first row that does not fit."""

    rows: int
    head: str
    broken_at: int | None

    @property
    def whole(self) -> bool:
        """True when every row is as it was written."""
        return self.broken_at is None


def by_email(email: str) -> Account | None:
    """The account of that mailbox."""
    return db.session.scalar(select(Account).where(Account.mailbox == fingerprint(email)))


def accounts() -> list[Account]:
    """Every account, in the order they were made."""
    return list(db.session.scalars(select(Account).order_by(Account.id)))


def events(about: str, *, limit: int = 20) -> list[AuditEvent]:
    """What was done about one thing ("campaign:12"), the latest first."""
    newest = select(AuditEvent).where(AuditEvent.about == about).order_by(AuditEvent.id.desc()).limit(limit)
    return list(db.session.scalars(newest))


def content_hash(event: AuditEvent) -> str:
    """The hash that belongs to a row: SHA-256 over the hash before it and its own content as canonical JSON."""
    content = [event.at.astimezone(UTC).isoformat(), event.account_id, event.what, event.about, event.detail]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(f"{event.previous}\n{canonical}".encode()).hexdigest()


def verify_chain() -> Chain:
    """Read the whole audit trail and check every link.

    A cut-off end cannot be seen from the rows alone: compare `head` with the one in the logs.
    """
    rows, head, broken_at = 0, BEGINNING, None
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=500))
    for event in events:
        rows += 1
        if event.previous != head or event.sha256 != content_hash(event):
            broken_at = event.id
            break
        head = event.sha256
    events.close()
    return Chain(rows=rows, head=head, broken_at=broken_at)
