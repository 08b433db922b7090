"""The database: one SQLAlchemy session per request or job, one way to commit.

A door (view, job, command) opens `transaction()`, calls one verb, and only when the commit has
succeeded runs what the verb asked to follow: the wake-up calls for the workers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry as orm_registry


class Base(DeclarativeBase):
    """Declarative base: names every constraint, so that migrations can."""

    registry = orm_registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: DateTime(timezone=True),
            int: BigInteger,
            str: Text,
            dict[str, Any]: JSONB,
            list[str]: JSONB,
        },
    )


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, which does not turn a good answer into a 500 when PostgreSQL goes away right after it."""

    def _teardown_session(self, exc: BaseException | None) -> None:
        """End the request's session. A dead connection cannot be rolled back, and need not be."""
        try:
            super()._teardown_session(exc)
        except (OperationalError, InterfaceError):
            self.session.registry.clear()


db = Database(model_class=Base, session_options={"join_transaction_mode": "create_savepoint"})
migrate = Migrate()

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


@contextmanager
def transaction() -> Iterator[None]:
    """Commit when the block ends well, then run what asked to follow; roll back when it raises.

    Raises RuntimeError when transactions are nested: committing is the door's business, once.
    """
    if "followers" in db.session.info:
        raise RuntimeError("transactions do not nest")
    followers: list[Callable[[], object]] = []
    db.session.info["followers"] = followers
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        del db.session.info["followers"]
    for call in followers:
        call()


def follow(call: Callable[[], object]) -> None:
    """Have `call` run after the surrounding transaction has committed, and never if it has not."""
    db.session.info["followers"].append(call)
