"""The embedded servers: same address after a stop or a kill, data kept, nothing left when the parent dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from campaigner.demo import processes
from campaigner.demo.services import Postgres, ServiceError, Valkey

PARENT = """
import sys, time
from pathlib import Path
from campaigner.demo.services import Postgres, Valkey
servers = [Postgres(Path(sys.argv[1]) / "postgres", durable=False), Valkey(Path(sys.argv[1]) / "valkey")]
for server in servers:
    server.start()
print(*(server.pid for server in servers), flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("services") / "postgres", durable=False) as server:
        yield server
        server.destroy()


def ask(server: Postgres, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        return list(connection.execute(question).results())[-1].fetchall()


def test_postgres_keeps_its_address_and_its_data_over_a_restart_and_a_kill(postgres: Postgres) -> None:
    address = postgres.url
    ask(postgres, "CREATE TABLE kept (number int); INSERT INTO kept VALUES (1) RETURNING 1")
    assert postgres.restart() == address
    first = postgres.pid
    postgres.kill()
    assert postgres.pid is None
    assert postgres.start() == address
    assert postgres.pid != first
    assert ask(postgres, "SELECT number FROM kept") == [(1,)]


def test_postgres_speaks_utf8_in_utc_and_sorts_by_its_own_c_utf8(postgres: Postgres) -> None:
    question = (
        "SELECT pg_encoding_to_char(encoding), datlocale, current_setting('timezone'), upper('é') FROM pg_database"
    )
    assert ask(postgres, f"{question} WHERE datname = current_database()") == [("UTF8", "C.UTF-8", "UTC", "É")]


def test_postgres_wants_its_password(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"host=127.0.0.1 port={postgres.port} user=campaigner password=guess dbname=campaigner")


def test_a_second_server_on_the_same_folder_is_refused(postgres: Postgres) -> None:
    with pytest.raises(ServiceError, match="already used by another process"):
        Postgres(postgres.data).start()


def test_a_mark_with_the_number_of_another_process_does_not_stand_in_the_way(postgres: Postgres) -> None:
    postgres.stop()
    mark = postgres.cluster / "postmaster.pid"
    mark.write_text(f"{os.getpid()}\n{postgres.cluster}\n1\n{postgres.port}\n\n127.0.0.1\n\nready\n")
    postgres.start()
    assert ask(postgres, "SELECT 1") == [(1,)]


def test_valkey_keeps_its_address_and_wants_its_password(tmp_path: Path) -> None:
    with Valkey(tmp_path / "valkey") as valkey:
        address = valkey.url
        assert redis.Redis.from_url(address).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(f"redis://127.0.0.1:{valkey.port}/0").ping()
        valkey.kill()
        assert valkey.start() == address
        assert redis.Redis.from_url(address).ping()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a process that was killed")
def test_a_killed_parent_takes_its_servers_along_and_the_next_start_recovers(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    numbers = [int(number) for number in parent.stdout.readline().split()]
    assert len(numbers) == 2
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 5
    while any(processes.command_line(number) for number in numbers):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with Postgres(tmp_path / "postgres", durable=False) as again:
        assert ask(again, "SELECT 1") == [(1,)]
        again.destroy()
