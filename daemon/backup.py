"""Backups: the database as of one moment, a list of every original, what waits in the spool, the settings.

A backup is written under a hidden name, read back, checked, and only then renamed: a folder that is named by a
moment is whole.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from daemon import config
from daemon.backup_folder import (
    ARCHIVE,
    DATABASES,
    FACTS,
    ORIGINAL,
    SETTINGS,
    SPOOL,
    STAMP,
    SUMS,
    VERSION,
    Original,
    check_backup,
    digest_of,
    newest,
    originals,
    quiet,
    write_sums,
)
from daemon.backup_settings import without_secrets
from daemon.db import Store, reading
from daemon.durable import PART, fsync_folder
from daemon.errors import HouseError, OperatorError, TryAgainError
from daemon.intake.archive import copy_durably
from daemon.output import Telling
from daemon.postgres_tools import call, program
from daemon.wiring import House

LOCK = ".lock"
PAGES = 4096  # of SQLite, copied at a time
WAITING = ("new", "work", "set-aside", "care", "scan")  # folders of the spool whose files may be nowhere else


def make_backup(house: House, folder: Path | None = None, *, tell: Telling = quiet) -> dict[str, Any]:
    """Back the house up into a new folder named by the moment, and return what it holds.

    The database is copied as of one moment, however busy its writers are. Originals are not copied but listed, with
    SHA-256 and size; one that no earlier backup lists is read and compared with its name. Files that wait in the
    spool are copied. The settings are copied without what could be a secret. All of it is read back and checked
    before it gets its name, so that a backup is whole or not there.

    Args:
        folder: where the new folder goes. None: where the settings say; only there are older ones deleted, down to
            ``backup.keep`` of them.

    Returns:
        ``{"status", "backup", "made_at", "database", "revision", "bytes", "rows", "archive", "spool", "settings",
        "removed"}``; ``archive`` is ``{"files", "bytes", "read", "damaged", "missing"}``, the last two lists of paths.

    Raises:
        TryAgainError: another backup is being made there, or the disk is full.
        OperatorError: the folder may not be written, or `pg_dump` is not there.
    """
    place = folder.absolute() if folder else config.inside(house.home, house.settings.backup.folder)
    with _disk_faults(place), _alone_in(place):
        part = place / f".{secrets.token_hex(6)}{PART}"
        part.mkdir(mode=0o700)
        try:
            told = _write(house, part, place, tell)
            check_backup(part, tell)
            _force_to_disk(part)
            whole = _settle(part, place, house.now())
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        removed = [] if folder else _prune(place, house.settings.backup.keep)
    return {"status": "done", "backup": str(whole), **told, "removed": removed}


def _write(house: House, part: Path, place: Path, tell: Telling) -> dict[str, Any]:
    spool = _Spool(house.home / SPOOL, part / SPOOL)
    spool.copy()
    facts: dict[str, Any] = {
        "version": VERSION,
        "listkeeper": version("listkeeper"),
        "made_at": house.now().isoformat(timespec="seconds"),
        **_copy_database(house, part, tell),
    }
    spool.copy()  # whatever came while the database was copied; and whatever it knows as new is here now
    named = set(facts.pop("originals"))
    facts["archive"] = _list_archive(house.home, part / ARCHIVE, place, named, tell)
    facts["spool"] = spool.copied
    facts["settings"] = _copy_settings(house.home, part / SETTINGS)
    (part / FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    write_sums(part, tell)
    facts["bytes"] = sum(path.stat().st_size for path in part.rglob("*") if path.is_file())
    return {name: value for name, value in facts.items() if name not in ("version", "listkeeper", "postgres")}


# The database.


def _copy_database(house: House, part: Path, tell: Telling) -> dict[str, Any]:
    """Copy the database and count its rows, all as of one moment."""
    with reading(house.engine) as store:
        kind = "postgres" if store.postgres else "sqlite"
        tables = sorted(name for name in sa.inspect(store.connection).get_table_names() if name != "alembic_version")
        facts: dict[str, Any] = {
            "database": kind,
            "revision": store.value("SELECT version_num FROM alembic_version"),
            "rows": {table: store.value(f'SELECT count(*) FROM "{table}"') for table in tables},
            "originals": [row[0] for row in store.all("SELECT DISTINCT archived FROM batch WHERE archived <> ''")],
        }
        if store.postgres:
            facts["postgres"] = _dump_postgres(house, store, part / DATABASES[kind], tell)
        else:
            _copy_sqlite(store, part / DATABASES[kind], tell)
    return facts


def _copy_sqlite(store: Store, target: Path, tell: Telling) -> None:
    """Copy page by page inside the open transaction: it holds the moment, so no writer makes the copy start anew."""
    source: Any = store.connection.connection.driver_connection
    target.touch(mode=0o600)
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous=OFF")  # it is forced to the disk as a whole, later
        source.backup(copy, pages=PAGES, progress=lambda _s, left, of: tell("copying the database", of - left, of))
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, complete in itself


def _dump_postgres(house: House, store: Store, target: Path, tell: Telling) -> int:
    """Let `pg_dump` write what this transaction sees; return the server's major version."""
    major = int(store.value("SHOW server_version_num")) // 10000
    tell("dumping the database", 0, None)
    target.touch(mode=0o600)
    call(
        program("pg_dump", major),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--exclude-schema=before_restore_*",
        "--lock-wait-timeout=60s",
        f"--snapshot={store.value('SELECT pg_export_snapshot()')}",
        f"--file={target}",
        url=house.engine.url,
    )
    return major


# What lies beside it.


class _Spool:
    """Files that wait. They move on while we copy: looked at before and after the database, each is met once."""

    def __init__(self, spool: Path, target: Path) -> None:
        self.spool, self.target = spool, target
        self.copied = 0
        self._seen: set[str] = set()

    def copy(self) -> None:
        """Copy what was not met before."""
        for path in (path for state in WAITING for path in sorted((self.spool / state).rglob("*"))):
            place = path.relative_to(self.spool)
            digest = re.search(r"[0-9a-f]{64}", str(place))
            what = digest[0] if digest else str(place)
            if path.name.endswith(PART) or what in self._seen or path.is_symlink() or not path.is_file():
                continue
            (self.target / place).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                copy_durably(path, self.target / place)
            except TryAgainError:
                if path.exists():
                    raise
            except HouseError:
                if path.exists():
                    raise
            else:
                self._seen.add(what)
                self.copied += 1


def _list_archive(home: Path, target: Path, place: Path, named: set[str], tell: Telling) -> dict[str, Any]:
    """Write the list of originals; read those that no earlier backup has found good."""
    known = _found_good(place)
    files = size = read = 0
    damaged = []
    with target.open("w", encoding="utf-8") as out:
        for path in sorted((home / "archive").glob("??/*")):
            name = str(path.relative_to(home))
            match = ORIGINAL.fullmatch(name)
            if match is None or path.is_symlink() or not path.is_file():
                continue
            here = Original(name, match[1], path.stat().st_size, good=True)
            if known.get(name) != here:
                read += 1
                here = Original(name, match[1], here.size, digest_of(path) == match[1])
            if not here.good:
                damaged.append(name)
            told = {"path": name, "sha256": here.sha256, "size": here.size, "good": here.good}
            out.write(json.dumps(told) + "\n")
            named.discard(name)
            files, size = files + 1, size + here.size
            tell("listing the originals", files, None)
    return {"files": files, "bytes": size, "read": read, "damaged": damaged, "missing": sorted(named)}


def _found_good(place: Path) -> dict[str, Original]:
    for backup in newest(place)[:1]:
        with suppress(OSError, ValueError, KeyError):
            return {original.path: original for original in originals(backup) if original.good}
    return {}


def _copy_settings(home: Path, target: Path) -> dict[str, Any]:
    try:
        text = (home / config.FILE).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {"copied": False, "removed": []}
    kept, removed = without_secrets(home, text)
    target.write_text(kept, encoding="utf-8")
    return {"copied": True, "removed": removed}


# The folder.


@contextmanager
def _alone_in(place: Path) -> Iterator[None]:
    """Hold the folder of the backups alone, and delete what a killed backup left there."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(place / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TryAgainError(f"{place}: another backup is being made there; wait until it is done") from error
        for part in place.glob(f".*{PART}"):
            shutil.rmtree(part, ignore_errors=True)
        yield
    finally:
        os.close(handle)


def _force_to_disk(part: Path) -> None:
    for path in [*part.rglob("*"), part]:
        path.chmod(0o700 if path.is_dir() else 0o600)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _settle(part: Path, place: Path, now: datetime) -> Path:
    """Give the folder its name: the commit."""
    stamp = now.astimezone(UTC).strftime(STAMP)
    names = [stamp, *(f"{stamp}-{number}" for number in range(2, 100))]
    whole = next(place / name for name in names if not (place / name).exists())
    part.rename(whole)
    fsync_folder(place)
    return whole


def _prune(place: Path, keep: int) -> list[str]:
    """Delete all but the newest; each loses its name first, so that none is ever half there."""
    removed = []
    for old in newest(place)[keep:]:
        if not (old / SUMS).is_file():
            continue
        part = place / f".{secrets.token_hex(6)}{PART}"
        old.rename(part)
        shutil.rmtree(part, ignore_errors=True)
        removed.append(old.name)
    return removed


@contextmanager
def _disk_faults(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TryAgainError(f"{place}: the disk is full; no backup was made. Free some space") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise OperatorError(f"{place}: may not be written; give this user the folder") from error
        raise
