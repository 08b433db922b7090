"""The database that the migrations make is the one that the models describe, up and down, with people in it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine, make_url

from campaigner import config, create_app, rooms
from campaigner.core.db import db, transaction
from tests import make
from tests.conftest import TOP, Services

MIGRATIONS = str(TOP / "migrations")


def _script() -> ScriptDirectory:
    settings = Config()
    settings.set_main_option("script_location", MIGRATIONS)
    return ScriptDirectory.from_config(settings)


@pytest.fixture
def scratch(services: Services, environ: dict[str, str]) -> Iterator[Flask]:
    """The application on a database of its own, that is thrown away afterwards."""
    url = make_url(services.database_url.replace("postgresql://", "postgresql+psycopg://"))
    name = f"scratch_{os.urandom(4).hex()}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    there = url.set(database=name).render_as_string(hide_password=False)
    app = create_app(config.read({**environ, "DATABASE_URL": there.replace("+psycopg", "")}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def _compare(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), db.metadata)


def _rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def _people() -> None:
    """Rows in as many tables as a plain day fills."""
    campaign = make.campaign()
    make.placement(campaign)
    make.acted(campaign)
    make.alert(campaign)
    make.account()
    with transaction():
        make.contact_message()
    db.session.remove()


def test_there_is_one_line_of_migrations() -> None:
    script = _script()
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    numbers = [revision.revision for revision in script.walk_revisions()][::-1]
    assert numbers == [f"{at:04}" for at in range(1, len(numbers) + 1)]


def test_models_and_migrations_say_the_same(app: Flask) -> None:
    with app.app_context():
        assert _compare(db.engine) == []


def test_everything_goes_down_and_up_again_with_rows_in_it(scratch: Flask) -> None:
    upgrade(directory=MIGRATIONS)
    rooms.settle(scratch)
    _people()
    filled = _rows(db.engine)
    assert len([name for name, number in filled.items() if number]) > 12
    downgrade(directory=MIGRATIONS, revision="base")
    with db.engine.connect() as connection:
        there = inspect(connection)
        assert there.get_table_names() == ["alembic_version"]
        assert there.get_sequence_names() == []
        assert connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname LIKE '%append_only'")).scalar() == 0
    upgrade(directory=MIGRATIONS)
    assert _compare(db.engine) == []
    rooms.settle(scratch)
    _people()
    assert _rows(db.engine).keys() == filled.keys()


def test_every_step_goes_down_and_up_alone_with_rows_in_it(scratch: Flask) -> None:
    upgrade(directory=MIGRATIONS)
    rooms.settle(scratch)
    _people()
    revisions = [revision.revision for revision in _script().walk_revisions()]
    for newer, older in zip(revisions, [*revisions[1:], "base"], strict=True):
        if older == "base":
            break
        downgrade(directory=MIGRATIONS, revision=older)
        upgrade(directory=MIGRATIONS, revision=newer)
        downgrade(directory=MIGRATIONS, revision=older)
    upgrade(directory=MIGRATIONS)
    assert _compare(db.engine) == []


def test_a_migration_waits_for_no_lock_for_long(app: Flask) -> None:
    assert "lock_timeout" in (TOP / "migrations" / "env.py").read_text(encoding="utf-8")
