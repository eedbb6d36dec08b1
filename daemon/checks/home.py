"""The home: whose it is, renames, the spool, disk, the originals, backups, our own packages."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import packages_distributions
from pathlib import Path

from sqlalchemy import make_url

from daemon import config, db
from daemon.backup_folder import DATABASES, FACTS, ORIGINAL, SUMS, digest_of, made_at, newest
from daemon.checks.finding import Finding, Status, Visit
from daemon.durable import PART, atomic_bytes, fsync_folder
from daemon.intake.spool import FOLDERS

OURS = ("daemon", "keyline", "schemas")
DISTRIBUTION = "listkeeper"
LITTLE, TOO_LITTLE = 1 << 30, 100 << 20  # bytes free
NIGHTS, NIGHT = 3, 1  # how many times the database should, and must, fit beside itself: its log, its backup, a restore
SAMPLE, SAMPLE_BYTES = 20, 256 << 20  # originals that are read
STALE = timedelta(hours=36)  # a nightly backup that is older was left out
PROBE = b"whole or not at all"


def owner(visit: Visit) -> Iterator[Finding]:
    """Is the home ours alone, and are we who it belongs to?"""
    there = visit.home.stat()
    mode = stat.S_IMODE(there.st_mode)
    if mode & 0o077:
        yield Finding("home", "warn", f"{visit.home}: others may look in (mode {mode:04o})", f"chmod 700 {visit.home}")
    else:
        yield Finding("home", "ok", f"{visit.home}: ours alone (mode {mode:04o})")
    if there.st_uid != os.geteuid():
        told = f"{visit.home}: belongs to user {there.st_uid}, and you are {os.geteuid()}"
        yield Finding("home", "warn", told, "call the command as that user, or the service cannot read what it writes")


def renames(visit: Visit) -> Iterator[Finding]:
    """Write, fsync, rename, fsync the folder, read back: in every folder that lives by it."""
    for folder in (visit.home, *(visit.home / name for name in config.SUBFOLDERS)):
        probe = folder / f".doctor-{secrets.token_hex(4)}"
        try:
            with atomic_bytes(probe) as file:
                file.write(PROBE)
            if probe.read_bytes() != PROBE:
                yield Finding("rename", "fail", f"{folder}: what was written is not what is read", "replace the disk")
                return
        finally:
            probe.unlink(missing_ok=True)
    yield Finding("rename", "ok", "write, fsync, rename and fsync of the folder work in the home")


def spool(visit: Visit) -> Iterator[Finding]:
    """Send a file the way of every return file, folder by folder; count what was set aside."""
    top = visit.home / "spool"
    folders = [top / name for name in FOLDERS if (top / name).is_dir()]
    name = f".doctor-{secrets.token_hex(4)}{PART}"  # no part file is ever taken for a return file
    probe = top / name
    try:
        probe.write_bytes(PROBE)
        for folder in folders:
            try:
                probe = probe.rename(folder / name)
            except OSError as error:
                told = f"{folder}: a file of the spool cannot be renamed into it ({error.strerror})"
                yield Finding("spool", "fail", told, "have all of spool/ on one file system that this user may write")
                return
            fsync_folder(folder)
    finally:
        probe.unlink(missing_ok=True)
    aside = top / "set-aside"
    waiting = [path for path in aside.glob("*") if path.is_file() and not path.name.endswith((".reason.json", PART))]
    if waiting:
        remedy = "the .reason.json beside each says why; `listkeeper replay FILE` tries it again"
        yield Finding("spool", "warn", f"files set aside: {len(waiting)}", remedy)
    else:
        told = "a file passes through all its folders" if folders else "no feed has brought anything yet"
        yield Finding("spool", "ok", told)


def disk(visit: Visit) -> Iterator[Finding]:
    """Is there room for what a night writes: the database's log, its backup, the originals?"""
    size = _size_of_database(visit)
    backups = config.inside(visit.home, visit.settings.backup.folder)
    for folder, what in ((visit.home, "home"), (backups, "backups")):
        if not folder.is_dir() or (what == "backups" and folder.stat().st_dev == visit.home.stat().st_dev):
            continue
        free = shutil.disk_usage(folder).free
        told = f"{what}: {free / (1 << 30):,.1f} GiB free, the database takes {size / (1 << 20):,.1f} MiB"
        if free < max(LITTLE, NIGHTS * size):
            status: Status = "fail" if free < max(TOO_LITTLE, NIGHT * size) else "warn"
            yield Finding("disk", status, told, f"free some space, or move the {what} to a larger disk")
        else:
            yield Finding("disk", "ok", told)


def _size_of_database(visit: Visit) -> int:
    if not visit.url.startswith("sqlite"):
        engine = db.engine_for(visit.url)
        try:
            with db.reading(engine) as store:
                return int(store.value("SELECT pg_database_size(current_database())"))
        except Exception:  # the database has a check of its own, which says what is wrong
            return 0
        finally:
            engine.dispose()
    path = str(make_url(visit.url).database)
    return sum(Path(path + tail).stat().st_size for tail in ("", "-wal") if Path(path + tail).is_file())


def originals(visit: Visit) -> Iterator[Finding]:
    """Are the originals there that the database names, and is a sample of them what it was?"""
    archive = visit.home / "archive"
    engine = db.engine_for(visit.url)
    try:
        with db.reading(engine) as store:
            named = [row[0] for row in store.all("SELECT DISTINCT archived FROM batch WHERE archived <> ''")]
    finally:
        engine.dispose()
    missing = sorted(name for name in named if not (visit.home / name).is_file())
    if missing:
        told = f"{len(missing)} originals of batches are missing, {missing[0]} among them"
        yield Finding("archive", "fail", told, "copy archive/ back from where you keep a copy of it")
    there = [path for path in archive.glob("??/*") if ORIGINAL.fullmatch(str(path.relative_to(visit.home)))]
    read, size = 0, 0
    for path in random.sample(there, min(SAMPLE, len(there))):
        size += path.stat().st_size
        if size > SAMPLE_BYTES and read:
            break
        read += 1
        if digest_of(path) != path.name[:64]:
            told = f"{path.relative_to(visit.home)} is not what it was"
            yield Finding("archive", "fail", told, "check the disk, and put a good copy in its place")
            return
    if not missing:
        told = f"{len(there)} originals; {read} of them read, each what its name says" if there else "no originals yet"
        yield Finding("archive", "ok", told)


def backups(visit: Visit) -> Iterator[Finding]:
    """When was the last backup made, and are its files still there?"""
    folder = config.inside(visit.home, visit.settings.backup.folder)
    made = newest(folder)
    engine = db.engine_for(visit.url)
    try:
        with db.reading(engine) as store:
            empty = store.one("SELECT 1 FROM mailing_list LIMIT 1") is None
    finally:
        engine.dispose()
    if not made:
        if empty:
            yield Finding("backup", "ok", "nothing to back up yet")
        else:
            yield Finding("backup", "warn", f"{folder}: there is none", "listkeeper backup")
        return
    last = made[0]
    wanted = [FACTS, SUMS, next((name for name in DATABASES.values() if (last / name).is_file()), "database")]
    gone = [name for name in wanted if not (last / name).is_file()]
    age = visit.now() - made_at(last)
    told = f"{last.name}: {age.total_seconds() / 3600:,.0f} hours old, {len(made)} kept"
    if gone:
        yield Finding("backup", "fail", f"{last.name}: {gone[0]} is missing", "listkeeper backup")
    elif age > STALE:
        yield Finding("backup", "warn", told, "listkeeper backup, and see why the nightly one was left out")
    else:
        yield Finding("backup", "ok", told)


def packages(_visit: Visit) -> Iterator[Finding]:
    """Are the three folders ours alone in this environment?"""
    owners = packages_distributions()
    wrong = {name: sorted(set(owners.get(name, ())) - {DISTRIBUTION}) for name in OURS}
    foreign = sorted({owner for names in wrong.values() for owner in names})
    if foreign:
        told = f"{', '.join(foreign)} installs folders of the names we use"
        yield Finding("packages", "fail", told, "install Listkeeper in a virtual environment of its own")
    else:
        yield Finding("packages", "ok", f"{', '.join(OURS)} are ours alone")
