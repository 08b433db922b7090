"""Reads for doors in other sites."""

import re

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from campaigner.campaigns.models import Placement
from campaigner.core.db import db

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


def placement(key: str) -> Placement | None:
    """The placement of a public key, its campaign and organisation with it; None for a key that is none of ours
    and for a place that is closed."""
    if not KEY.fullmatch(key):
        return None
    whole = select(Placement).options(joinedload(Placement.campaign), joinedload(Placement.organisation))
    return db.session.scalar(whole.where(Placement.key == key, Placement.closed_at.is_(None)))
