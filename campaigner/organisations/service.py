"""Verbs on organisations."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigner.core.db import db
from campaigner.organisations.models import Organisation

HOST_SLUG = "host"


def ensure_host(*, name: str) -> Organisation:
    """Make the host organisation, or bring its name up to the settings. Safe to run again and again."""
    db.session.execute(
        insert(Organisation)
        .values(slug=HOST_SLUG, kind="host", name=name, country="BE", languages=["nl", "fr", "en", "es"])
        .on_conflict_do_update(index_elements=["slug"], set_={"name": name})
    )
    return db.session.execute(select(Organisation).where(Organisation.slug == HOST_SLUG)).scalar_one()
