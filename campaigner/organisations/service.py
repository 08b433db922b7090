"""Verbs on organisations."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigner.core.db import db
from campaigner.organisations.models import Organisation
from campaigner.staff import service as staff

HOST_SLUG = "host"


def ensure_host(*, name: str) -> Organisation:
    """Make the host organisation, or bring its name up to the settings. Safe to run again and again."""
    db.session.execute(
        insert(Organisation)
        .values(slug=HOST_SLUG, kind="host", name=name, country="BE", languages=["nl", "fr", "en", "es"])
        .on_conflict_do_update(index_elements=["slug"], set_={"name": name})
    )
    return db.session.execute(select(Organisation).where(Organisation.slug == HOST_SLUG)).scalar_one()


def compare(organisation: Organisation, *, shown: bool, by: int) -> None:
    """Stand in the league table, or not and then see none; of the host: whether there is one at all."""
    if organisation.in_league != shown:
        organisation.in_league = shown
        about = f"organisation:{organisation.id}"
        staff.record(account_id=by, what="league table", about=about, detail={"shown": shown})
