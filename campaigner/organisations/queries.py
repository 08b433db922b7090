"""Reads about organisations."""

from sqlalchemy import select

from campaigner.core.db import db
from campaigner.organisations.models import Organisation, Twinning


def host() -> Organisation:
    """The organisation that runs this installation. Raises NoResultFound before `campaigner migrate` has made it."""
    return db.session.execute(select(Organisation).where(Organisation.kind == "host")).scalar_one()


def by_slug(slug: str) -> Organisation | None:
    """The organisation of that slug."""
    return db.session.execute(select(Organisation).where(Organisation.slug == slug)).scalar_one_or_none()


def of_kind(kind: str) -> list[Organisation]:
    """All organisations of a kind, by name."""
    return list(db.session.scalars(select(Organisation).where(Organisation.kind == kind).order_by(Organisation.name)))


def twins() -> list[Twinning]:
    """Who is twinned with whom."""
    return list(db.session.scalars(select(Twinning)))
