"""The database: engine, the one-writer lock, sets of rows in and out, migrating on start.

Everything that changes people runs inside :func:`writing`: one transaction, one writer at a time.
Bulk rows go through :class:`Store`, which speaks the driver's own fast path (``executemany`` on
SQLite, ``COPY`` on Postgres) and streams results, so memory stays flat.
"""

from __future__ import annotations

import gc
import itertools
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from daemon.errors import OperatorError, TryAgainError

Row = tuple[Any, ...]

WRITER_LOCK = 0x4C4B_0001  # any number, as long as every Listkeeper uses the same
BUSY_SECONDS = 60
MIGRATIONS = Path(__file__).parent / "migrations"
CHUNK = 2_000  # rows of one COPY block or one executemany


def engine_for(url: str) -> Engine:
    """Return an engine for a ``sqlite:///`` or ``postgresql+psycopg://`` address.

    SQLite connections are durable (WAL, ``synchronous=FULL``) and begin as the caller asked:
    writers with ``BEGIN IMMEDIATE``, so that two never meet halfway.
    """
    if not url.startswith("sqlite"):
        try:
            return sa.create_engine(url, pool_pre_ping=True)
        except (sa.exc.ArgumentError, ValueError) as error:
            raise OperatorError("LISTKEEPER_DATABASE_URL is no address of a database; correct it") from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-64000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("house_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def in_bulk() -> Iterator[None]:
    """Spare the run from garbage collection of what was there before it.

    A bulk run makes millions of tuples and no cycles; the collector would look through them, and all loaded
    modules, again and again.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Store:
    """One open transaction and the fast paths of its driver. Parameters are named, ``:name``."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.postgres = connection.dialect.name == "postgresql"
        self._raw: Any = connection.connection.driver_connection
        self._cursors = itertools.count(1)

    def _sql(self, sql: str) -> str:
        return re.sub(r"(?<!:):([a-z_]\w*)", r"%(\1)s", sql.replace("%", "%%")) if self.postgres else sql

    def run(self, sql: str, **values: object) -> int:
        """Execute one statement; return how many rows it touched."""
        cursor = self._raw.cursor()
        try:
            cursor.execute(self._sql(sql), values)
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows(self, sql: str, **values: object) -> Iterator[Row]:
        """Stream the rows of one query as plain tuples; other statements may run in between."""
        if self.postgres:
            with self._raw.cursor(name=f"house_{next(self._cursors)}") as cursor:
                cursor.itersize = CHUNK
                cursor.execute(self._sql(sql), values)
                yield from cursor
            return
        cursor = self._raw.cursor()
        try:
            yield from cursor.execute(sql, values)
        finally:
            cursor.close()

    def all(self, sql: str, **values: object) -> list[Row]:
        """Return the rows of a query that is known to be small."""
        cursor = self._raw.cursor()
        try:
            cursor.execute(self._sql(sql), values)
            return [tuple(row) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def one(self, sql: str, **values: object) -> Row | None:
        """Return the first row, or None."""
        found = self.all(sql, **values)
        return found[0] if found else None

    def value(self, sql: str, **values: object) -> Any:
        """Return the first column of the first row, or None."""
        row = self.one(sql, **values)
        return row[0] if row else None

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
        """Append rows to a table, in chunks; return how many."""
        count = 0
        source = iter(rows)
        names = ", ".join(f'"{name}"' for name in columns)
        cursor = self._raw.cursor()
        try:
            while chunk := list(itertools.islice(source, CHUNK)):
                if self.postgres:
                    with cursor.copy(f"COPY {table} ({names}) FROM STDIN (NULL E'\\x01')") as copy:
                        copy.write(_copy_text(chunk, len(columns)))
                else:
                    marks = ", ".join("?" * len(columns))
                    cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", chunk)
                count += len(chunk)
        finally:
            cursor.close()
        return count

    def temporary(self, table: str, columns: str, *, clustered: bool = False) -> None:
        """Make an empty temporary table of this connection; a leftover of the same name goes first.

        ``clustered`` tables are stored in the order of their primary key where the engine can do so.
        """
        self.run(f"DROP TABLE IF EXISTS {'pg_temp' if self.postgres else 'temp'}.{table}")
        if not self.postgres:  # only this spelling makes the key the row's own number
            columns = columns.replace("bigint PRIMARY KEY", "integer PRIMARY KEY")
        tail = " WITHOUT ROWID" if clustered and not self.postgres else ""
        self.run(f"CREATE TEMPORARY TABLE {table} ({columns}){tail}")

    def next_id(self, table: str) -> int:
        """Return the first free id of a bulk table; right only for the one writer."""
        return int(self.value(f"SELECT coalesce(max(id), 0) + 1 FROM {table}"))


_NULL = "\x01"  # in COPY's text; a text that has it is escaped
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", _NULL: "\\x01"})


def _copy_text(rows: Sequence[Sequence[object]], width: int) -> str:
    """Return rows as COPY's text: one block is several times faster than a call for each row.

    Hardly ever has a text a character that must be escaped; whether this block has one is seen by counting.
    """
    text = "\n".join(
        "\t".join([each if isinstance(each, str) else _NULL if each is None else str(each) for each in row])
        for row in rows
    )
    counts = text.count("\n") + 1, text.count("\t"), text.count(_NULL)
    expected = len(rows), len(rows) * (width - 1), sum(list(row).count(None) for row in rows)
    if counts != expected or "\\" in text or "\r" in text:
        text = "\n".join(
            "\t".join(_NULL if each is None else str(each).translate(_ESCAPED) for each in row) for row in rows
        )
    return f"{text}\n"


@contextmanager
def writing(engine: Engine) -> Iterator[Store]:
    """One transaction that changes people. Commits on the way out, rolls back on any error.

    Raises:
        TryAgainError: another writer holds the database and did not finish in time.
    """
    with _faults_named(), _alone(engine) as connection:
        yield Store(connection)


@contextmanager
def reading(engine: Engine) -> Iterator[Store]:
    """One transaction that only looks: everything it sees is of one moment."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with (
        _faults_named(),
        engine.connect().execution_options(**options) as connection,
        connection.begin() as transaction,
    ):
        yield Store(connection)
        transaction.rollback()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer shares."""
    with engine.connect().execution_options(house_writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
        yield connection


# What a driver says, by what happens next. Messages are the engines' own; theirs name no person.
_TRY_AGAIN = (
    (r"database is locked|database is busy|lock timeout", "another Listkeeper is writing to the database"),
    (r"database or disk is full|disk I/O error|No space left|DiskFull", "the disk is full or fails"),
    (r"server closed the connection|terminating connection|connection (?:is|was) (?:lost|closed)|shutting down|"
     r"the database system is", "the database server went away"),
)  # fmt: skip
_OPERATOR = (
    (r"readonly database|read-only transaction", "the database may not be written; give this user write access"),
    (r"file is not a database|disk image is malformed", "the database is damaged; put a backup back (`restore`)"),
    (r"unable to open database file", "the database file cannot be opened; check its folder and its rights"),
)


@contextmanager
def _faults_named() -> Iterator[None]:
    """Give a driver's error its family: try again, or an operator must act; anything else stays what it is."""
    try:
        yield
    except _driver_errors() as error:
        told = f"{type(getattr(error, 'orig', error)).__name__} {getattr(error, 'orig', error)}"
        for pattern, what in _TRY_AGAIN:
            if re.search(pattern, told, re.IGNORECASE):
                raise TryAgainError(f"{what}; nothing was changed") from error
        for pattern, what in _OPERATOR:
            if re.search(pattern, told, re.IGNORECASE):
                raise OperatorError(f"{what}; nothing was changed") from error
        raise


def _driver_errors() -> tuple[type[Exception], ...]:
    """Return what the drivers raise; Postgres's only where it is in use at all."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error, sa.exc.DBAPIError, *((psycopg.Error,) if psycopg else ()))


def migrate(url: str) -> None:
    """Bring the database at ``url`` to this version's tables. Safe to call at every start."""
    engine = engine_for(url)
    try:
        revision, head = revision_of(engine), head_revision()
        if revision == head:
            return
        if revision is not None and revision > head:
            raise OperatorError(
                f"the database is of a newer Listkeeper (revision {revision}, this one knows {head}); install that one"
            )
        from alembic import command  # felt at every start where there is nothing to do
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with _faults_named(), _alone(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.DBAPIError as error:
        raise OperatorError(
            "the database cannot be opened; check LISTKEEPER_DATABASE_URL, that the server runs, and the disk"
        ) from error
    finally:
        engine.dispose()


def head_revision() -> str:
    """Return the newest revision this version has; each migration's file begins with its own."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def revision_of(engine: Engine) -> str | None:
    """Return the revision of a database, None for an empty one."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
