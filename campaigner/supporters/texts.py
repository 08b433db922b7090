"""The exact words that people say yes or no to.

Version 1 stands in `consent_texts.toml`. What is stored with a consent is the text as it was read,
with the organisation's name in it, and its SHA-256. A text is never changed: other words are another row.
"""

import tomllib
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigner.core.db import db
from campaigner.supporters.models import ConsentText


@cache
def _book() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "consent_texts.toml").read_text())


def version() -> int:
    """Which version of the texts is in force."""
    return int(_book()["version"])


def words(purpose: str, language: str, *, kind: str = "petition", **names: str) -> str:
    """The text of a purpose in a language, names filled in (organisation, target, country, age).

    A kind of act may have words of its own for a purpose: `[sign_letter]` beside `[sign]`.
    """
    book = _book()
    return str(book.get(f"{purpose}_{kind}", book[purpose])[language]).format(**names)


def ensure(
    purpose: str, *, organisation_id: int, organisation: str, language: str, kind: str = "petition",
    body: str | None = None,
) -> ConsentText:  # fmt: skip
    """The stored row for the text now in force (or for `body`, read as it stands), written when it is first needed."""
    body = body or words(purpose, language, kind=kind, organisation=organisation)
    key = {"organisation_id": organisation_id, "purpose": purpose, "language": language}
    digest = sha256(body.encode()).hexdigest()
    query = select(ConsentText).filter_by(**key, sha256=digest)
    found = db.session.scalar(query)
    if found is not None:
        return found
    row = insert(ConsentText).values(**key, version=version(), body=body, sha256=digest)
    db.session.execute(row.on_conflict_do_nothing())
    return db.session.execute(query).scalar_one()
