"""The folder of one backup: its name, what lies in it, and whether it is whole and unchanged.

``backup.json`` says what it is; ``SHA256SUMS`` covers every file of it, in the form `sha256sum -c` reads;
``archive.jsonl`` lists the originals, which are not copied. See docs/howto/backup-and-restore.md.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from daemon.errors import OperatorError, UsageError
from daemon.output import Telling
from daemon.postgres_tools import call, program

STAMP = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"(\d{8}T\d{6}Z)(?:-\d+)?")
ORIGINAL = re.compile(r"archive/[0-9a-f]{2}/([0-9a-f]{64})__[A-Za-z0-9._-]+")  # relative to the home
FACTS, SUMS, ARCHIVE, SETTINGS, SPOOL = "backup.json", "SHA256SUMS", "archive.jsonl", "listkeeper.toml", "spool"
DATABASES = {"sqlite": "listkeeper.db", "postgres": "listkeeper.dump"}
VERSION = 1  # of this layout
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Original:
    """An archived original as a backup lists it."""

    path: str  # from the home
    sha256: str  # as its name says
    size: int
    good: bool  # it was read at some time since it came, and was what its name says


def quiet(_what: str, _done: int, _of: int | None) -> None:
    """Tell nobody how far something is."""


def newest(place: Path) -> list[Path]:
    """Return the backups of a folder, newest first. Half ones have other names and are not among them."""
    if not place.is_dir():
        return []
    found = [path for path in place.iterdir() if NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]
    return sorted(found, key=_age, reverse=True)


def _age(path: Path) -> tuple[str, int]:
    stamp, _, number = path.name.partition("-")
    return stamp, int(number or 1)


def made_at(backup: Path) -> datetime:
    """Return when a backup was made, as its name says.

    Raises:
        ValueError: it has no such name.
    """
    return datetime.strptime(backup.name.partition("-")[0], STAMP).replace(tzinfo=UTC)


def files_of(backup: Path) -> list[Path]:
    """Return every file of a backup but ``SHA256SUMS``, in order.

    Raises:
        OperatorError: something in it is neither file nor folder.
    """
    found = []
    for path in sorted(backup.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise _damaged(backup, path.relative_to(backup), "is neither a file nor a folder")
        if path.is_file() and path != backup / SUMS:
            found.append(path)
    return found


def digest_of(path: Path, tell: Telling = quiet, what: str = "") -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if what:
                tell(what, done, size)
    return digest.hexdigest()


def originals(backup: Path) -> Iterator[Original]:
    """Yield the originals that a backup lists."""
    with (backup / ARCHIVE).open(encoding="utf-8") as file:
        for line in file:
            told = json.loads(line)
            if not ORIGINAL.fullmatch(str(told["path"])):
                raise _damaged(backup, ARCHIVE, "lists what is no original")
            yield Original(str(told["path"]), str(told["sha256"]), int(told["size"]), bool(told["good"]))


def check_backup(backup: Path, tell: Telling = quiet) -> dict[str, Any]:
    """Return what ``backup.json`` says, after every file was read and the database opened.

    Each file has the SHA-256 that was written down, none is missing and none is there beside them; SQLite's own
    check finds the copy sound, or `pg_restore` reads the dump to its end.

    Raises:
        UsageError: there is no such folder, or it is no backup.
        OperatorError: it is damaged; the message names the file. Or this version cannot read it.
    """
    if not (backup / FACTS).is_file() or not (backup / SUMS).is_file():
        raise UsageError(f"{backup}: no backup; name a folder that `listkeeper backup` made")
    try:
        _check_sums(backup, tell)
        facts: dict[str, Any] = json.loads((backup / FACTS).read_bytes())
    except OSError as error:
        raise OperatorError(f"{backup}: cannot be read ({error.strerror}); make it readable for this user") from error
    if facts["version"] != VERSION:
        raise OperatorError(f"{backup}: made by a newer Listkeeper ({facts['listkeeper']}); install that one")
    database = backup / DATABASES[facts["database"]]
    if not database.is_file():
        raise _damaged(backup, database.name, "is missing")
    tell("checking the database", 0, None)
    if facts["database"] == "sqlite":
        _check_sqlite(backup, database, facts["rows"])
    else:
        _check_dump(backup, database, facts)
    return facts


def write_sums(backup: Path, tell: Telling) -> None:
    """Write ``SHA256SUMS`` over every file that is there now, each read back."""
    lines = [f"{digest_of(path, tell, 'reading back')}  {path.relative_to(backup)}\n" for path in files_of(backup)]
    (backup / SUMS).write_text("".join(lines), encoding="utf-8", errors="surrogateescape")


def _check_sums(backup: Path, tell: Telling) -> None:
    listed: dict[str, str] = {}
    for line in (backup / SUMS).read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    there = {str(path.relative_to(backup)): path for path in files_of(backup)}
    for name in sorted(listed.keys() | there.keys()):
        if name not in there:
            raise _damaged(backup, name, "is missing")
        if name not in listed:
            raise _damaged(backup, name, "does not belong to it")
        if digest_of(there[name], tell, "checking the backup") != listed[name]:
            raise _damaged(backup, name, "is not what was written")


def _check_sqlite(backup: Path, database: Path, rows: dict[str, int]) -> None:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro&immutable=1", uri=True)) as connection:
            sound = [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
            counted = sound and {
                table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in rows
            }
    except sqlite3.DatabaseError:
        sound, counted = False, {}
    if not sound:
        raise _damaged(backup, database.name, "is not a sound database")
    if counted != rows:
        raise _damaged(backup, database.name, "has other rows than were counted")


def _check_dump(backup: Path, database: Path, facts: dict[str, Any]) -> None:
    restore = program("pg_restore", int(facts["postgres"]))
    try:
        listed = call(restore, "--list", str(database))
        call(restore, "--file=/dev/null", str(database))  # to its end: what is packed opens
    except OperatorError as error:
        raise _damaged(backup, database.name, "cannot be read by pg_restore") from error
    held = set(re.findall(r" TABLE DATA \S+ (\S+) ", listed))
    if not set(facts["rows"]) <= held:
        raise _damaged(backup, database.name, "lacks a table")


def _damaged(backup: Path, name: object, what: str) -> OperatorError:
    return OperatorError(f"{backup}: damaged, {name} {what}; nothing was changed. Use another backup")
