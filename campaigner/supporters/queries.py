"""Reads of the consent ledger."""

from sqlalchemy import select

from campaigner.core.db import db
from campaigner.supporters.models import Consent


def pending(action_id: int, *, submission: str) -> list[Consent]:
    """The answers of one form that its mailbox has not stood by yet, the latest of each question."""
    answers = select(Consent).filter_by(action_id=action_id, submission=submission).order_by(Consent.id)
    latest = {(row.organisation_id, row.purpose): row for row in db.session.scalars(answers)}
    return [row for row in latest.values() if not row.verified]
