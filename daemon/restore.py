"""Restoring a backup: into an empty home and an empty database, or beside what is moved aside."""

from __future__ import annotations

import glob
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from daemon import config, db, runs
from daemon.backup_folder import (
    DATABASES,
    SETTINGS,
    SPOOL,
    STAMP,
    check_backup,
    digest_of,
    originals,
    quiet,
)
from daemon.db import Store, reading, writing
from daemon.durable import PART, atomic_bytes, fsync_folder
from daemon.errors import OperatorError, TryAgainError, UsageError
from daemon.intake.archive import copy_durably
from daemon.output import Telling
from daemon.postgres_tools import call, program
from daemon.returns.ledger import write_manifests
from daemon.wiring import House, open_house

NOT_COUNTED = ("alembic_version", "job_run", "feed_state")  # what a daemon on an empty home writes as well
ASIDE = "before_restore_"
SOLE_SECONDS = 5


def restore(home: Path, backup: Path, url: str, *, force: bool = False, tell: Telling = quiet) -> dict[str, Any]:
    """Make a home and a database what they were when the backup was made; return what was done.

    The backup is checked first; a damaged one changes nothing. The database is brought to this version's tables.
    Settings and waiting files are put back where none of that name are; batch manifests are written anew. The
    originals are not in a backup: they are held against its list, and whatever is missing or damaged is told.

    Args:
        force: restore although the database holds lists. It is never deleted: SQLite's file is renamed beside its
            place, Postgres's tables go to a schema of their own. Each is named in the result as ``aside``.

    Returns:
        ``{"status", "backup", "made_at", "database", "revision", "rows", "aside", "settings", "spool", "manifests",
        "archive"}``; ``settings`` is ``restored``, ``kept`` or ``none``; ``archive`` is ``{"files", "missing",
        "damaged"}``, the last two lists of paths. ``status`` is ``incomplete`` where either is not empty.

    Raises:
        UsageError: no backup, one of the other database, or the database is not empty.
        OperatorError: the backup is damaged or of a newer version, or something may not be written.
        TryAgainError: something still uses the database, or the disk is full.
    """
    backup = backup.absolute()
    facts = check_backup(backup, tell)
    kind = "sqlite" if url.startswith("sqlite") else "postgres"
    if facts["database"] != kind:
        there, here = ("SQLite", "Postgres") if kind == "postgres" else ("Postgres", "SQLite")
        raise UsageError(
            f"{backup}: a backup of {there}, and the database here is {here}; set LISTKEEPER_DATABASE_URL to {there}"
        )
    if facts["revision"] > db.head_revision():
        raise OperatorError(f"{backup}: made by a newer Listkeeper ({facts['listkeeper']}); install that one")
    config.prepare_home(home)
    with _no_daemon(home, url):
        if kind == "sqlite":
            aside = _restore_sqlite(backup, url, force, tell)
        else:
            aside = _restore_postgres(backup, url, facts, force, tell)
        settings, spool = _restore_settings(home, backup), _restore_spool(home, backup)
        manifests = _write_manifests_anew(home, url)
    archive = _check_archive(home, backup, tell)
    return {
        "status": "incomplete" if archive["missing"] or archive["damaged"] else "restored",
        "backup": str(backup),
        "made_at": facts["made_at"],
        "database": kind,
        "revision": db.head_revision(),
        "rows": facts["rows"],
        "aside": aside,
        "settings": settings,
        "spool": spool,
        "manifests": manifests,
        "archive": archive,
    }


@contextmanager
def _no_daemon(home: Path, url: str) -> Iterator[None]:
    """Hold the home as a daemon does, so that none is at work in it meanwhile."""
    path = sa.make_url(url).database
    if url.startswith("sqlite") and path and not Path(path).parent.is_dir():
        raise UsageError(f"{path}: there is no such folder; create it first")
    engine = db.engine_for(url)
    try:
        with runs.alone(House(home, config.Settings(), engine, lambda: datetime.now(UTC)), _daemon_at_work):
            yield
    finally:
        engine.dispose()


def _daemon_at_work(pid: str) -> TryAgainError:
    return TryAgainError(f"the daemon is at work here (process {pid}); stop it, then try again")


# SQLite: a copy is made ready beside its place, then renamed into it.


def _restore_sqlite(backup: Path, url: str, force: bool, tell: Telling) -> str | None:
    target = Path(str(sa.make_url(url).database))
    if target.exists() and not force and not _is_empty_sqlite(target):
        raise _occupied(str(target))
    tell("restoring the database", 0, None)
    for left in target.parent.glob(f".{glob.escape(target.name)}.*{PART}*"):  # by a restore that was killed
        left.unlink(missing_ok=True)
    part = target.parent / f".{target.name}.{secrets.token_hex(6)}{PART}"
    try:
        copy_durably(backup / DATABASES["sqlite"], part)
        part.chmod(0o600)
        part_url = str(sa.URL.create("sqlite", database=str(part)))
        db.migrate(part_url)
        with closing(sqlite3.connect(part)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # one file, so that one rename moves all of it
        _force(part)
        aside = _move_file_aside(target)
        part.rename(target)
    finally:
        for name in (part, part.with_name(f"{part.name}-wal"), part.with_name(f"{part.name}-shm")):
            name.unlink(missing_ok=True)
    fsync_folder(target.parent)
    return aside


def _is_empty_sqlite(target: Path) -> bool:
    try:
        engine = db.engine_for(str(sa.URL.create("sqlite", database=str(target))))
        try:
            with reading(engine) as store:
                return _holds_nothing(store)
        finally:
            engine.dispose()
    except (sqlite3.DatabaseError, sa.exc.DatabaseError, OperatorError):
        return False  # damaged, perhaps; not empty in any case


def _holds_nothing(store: Store) -> bool:
    tables = [name for name in sa.inspect(store.connection).get_table_names() if name not in NOT_COUNTED]
    return all(store.one(f'SELECT 1 FROM "{table}" LIMIT 1') is None for table in tables)


def _move_file_aside(target: Path) -> str | None:
    """Give the old database a second name; its first stays until the new one takes it, in one step.

    A log without its database goes aside as well: SQLite would write it into the new one.
    """
    aside = target.with_name(f"{target.name}.{ASIDE}{datetime.now(UTC):{STAMP}}.{secrets.token_hex(2)}")
    there = target.exists()
    if there:
        _close_log(target)
    for tail in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + tail).rename(aside.with_name(aside.name + tail))
    if not there:
        return None
    try:
        os.link(target, aside)
    except OSError:  # a file system without second names
        target.rename(aside)
    fsync_folder(target.parent)
    return str(aside)


def _close_log(target: Path) -> None:
    """Have the log written back into the database, which works only where nobody else has it open."""
    try:
        with closing(sqlite3.connect(target, timeout=SOLE_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise TryAgainError(f"{target}: still in use; stop the daemon and every command, then try again") from error
        raise OperatorError(f"{target}: may not be written; give this user the file") from error
    except sqlite3.DatabaseError:
        pass  # damaged: it is moved as it is, with its log


def _force(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Postgres: what is there goes to a schema of its own; then one transaction of pg_restore; after a fault it comes back.


def _restore_postgres(backup: Path, url: str, facts: dict[str, Any], force: bool, tell: Telling) -> str | None:
    engine = db.engine_for(url)
    try:
        with _server_reached(), reading(engine) as store:
            major = int(store.value("SHOW server_version_num")) // 10000
            empty = _holds_nothing(store)
        if not empty and not force:
            raise _occupied("the database")
        tool = program("pg_restore", max(major, int(facts["postgres"])))
        aside = _move_tables(engine, "public", f"{ASIDE}{datetime.now(UTC):%Y%m%d_%H%M%S}_{secrets.token_hex(2)}")
        tell("restoring the database", 0, None)
        try:
            words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
            call(tool, *words, str(backup / DATABASES["postgres"]), url=engine.url)
        except BaseException:
            if aside:
                _move_tables(engine, aside, "public")
            raise
        with reading(engine) as store:
            counted = {table: store.value(f'SELECT count(*) FROM "{table}"') for table in facts["rows"]}
        if counted != facts["rows"]:
            raise OperatorError("the database has other rows than the backup; restore into an empty one")
    finally:
        engine.dispose()
    db.migrate(url)
    return aside


def _move_tables(engine: sa.Engine, source: str, target: str) -> str | None:
    """Move every table of a schema to another one, in one transaction; return the other, None where there was none."""
    with _server_reached(), writing(engine) as store:
        alive = store.value(
            """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
        )
        if alive:
            raise TryAgainError("the database is still in use; stop every daemon and command, then try again")
        tables = store.all("SELECT tablename FROM pg_tables WHERE schemaname = :name ORDER BY tablename", name=source)
        if not tables:
            return None
        if target != "public":
            store.run(f"CREATE SCHEMA {target}")
        for (table,) in tables:
            store.run(f'ALTER TABLE {source}."{table}" SET SCHEMA {target}')
        if source != "public":
            store.run(f"DROP SCHEMA {source}")  # refuses where anything is left in it
    return target


@contextmanager
def _server_reached() -> Iterator[None]:
    try:
        yield
    except sa.exc.OperationalError as error:
        message = "the database cannot be opened; check LISTKEEPER_DATABASE_URL and that the server runs"
        raise OperatorError(message) from error


def _occupied(what: str) -> UsageError:
    return UsageError(
        f"{what}: holds lists already; restore into another home or database, or move it aside with --force"
    )


# What lies beside the database.


def _restore_settings(home: Path, backup: Path) -> str:
    if not (backup / SETTINGS).is_file():
        return "none"
    if (home / config.FILE).exists():
        return "kept"
    with atomic_bytes(home / config.FILE) as file:
        file.write((backup / SETTINGS).read_bytes())
    return "restored"


def _restore_spool(home: Path, backup: Path) -> int:
    """Put waiting files back where they were; a daemon's start brings them and the ledger together."""
    count = 0
    for path in sorted((backup / SPOOL).rglob("*")):
        place = home / SPOOL / path.relative_to(backup / SPOOL)
        if not path.is_file() or place.exists():
            continue
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.parent / f".{secrets.token_hex(8)}{PART}"
        copy_durably(path, part)
        part.rename(place)
        fsync_folder(place.parent)
        count += 1
    return count


def _check_archive(home: Path, backup: Path, tell: Telling) -> dict[str, Any]:
    """Hold every original against the list, byte for byte."""
    missing, damaged, files = [], [], 0
    for original in originals(backup):
        files += 1
        path = home / original.path
        tell("checking the originals", files, None)
        if not path.is_file():
            missing.append(original.path)
        elif path.stat().st_size != original.size or digest_of(path) != original.sha256:
            damaged.append(original.path)
    return {"files": files, "missing": missing, "damaged": damaged}


def _write_manifests_anew(home: Path, url: str) -> int:
    """Batch manifests are prints of the database: write those that are not in the home."""
    house = open_house(home, url)
    try:
        with writing(house.engine) as store:
            for number, place in store.all("SELECT id, manifest FROM batch WHERE manifest <> ''"):
                if not (home / place).is_file():
                    store.run("UPDATE batch SET manifest = '' WHERE id = :id", id=number)
        return write_manifests(house)
    finally:
        house.close()
