"""Reads about organisations."""

from sqlalchemy import select

from campaigner.core.db import db
from campaigner.organisations.models import DESKS, Organisation, OrganisationParent, Twinning


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


def id_of(slug: str) -> int | None:
    """The id of an organisation that may have a desk, by its slug."""
    return db.session.scalar(select(Organisation.id).where(Organisation.slug == slug, Organisation.kind.in_(DESKS)))


def with_desks() -> list[Organisation]:
    """Every organisation that may have a desk, by kind and name."""
    rows = select(Organisation).where(Organisation.kind.in_(DESKS))
    return list(db.session.scalars(rows.order_by(Organisation.kind, Organisation.name)))


def named(ids: list[int]) -> list[tuple[str, str]]:
    """Slug and name of these organisations, by name."""
    rows = select(Organisation.slug, Organisation.name).where(Organisation.id.in_(ids)).order_by(Organisation.name)
    return [(row.slug, row.name) for row in db.session.execute(rows)]


def parents() -> dict[int, list[Organisation]]:
    """Under whom each local stands, by its id."""
    rows = select(OrganisationParent.child_id, Organisation).join(
        Organisation, Organisation.id == OrganisationParent.parent_id
    )
    found: dict[int, list[Organisation]] = {}
    for child, parent in db.session.execute(rows.order_by(Organisation.kind)):
        found.setdefault(child, []).append(parent)
    return found
