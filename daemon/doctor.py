"""Prove, by doing it, that this installation can be relied on."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, Literal

from daemon import config, db
from daemon.durable import atomic_bytes
from daemon.errors import HouseError

Status = Literal["ok", "warn", "fail"]
OURS = ("daemon", "keyline", "schemas")
DISTRIBUTION = "listkeeper"
LITTLE, TOO_LITTLE = 1 << 30, 100 << 20  # bytes free in the home
SLACK_SECONDS = 120  # clocks of two machines may differ by this much
BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # a clock that shows an earlier day is wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    status: Status
    detail: str
    remedy: str = ""


def examine(home: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> dict[str, Any]:
    """Run every check that makes sense today; return ``{"ok", "checks": [{"check", "status", "detail", "remedy"}]}``.

    A check that fails does not keep the others from being run. ``ok`` is false where any failed.
    """
    findings: list[Finding] = []
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("settings", lambda: _settings(home)),
        ("home", lambda: _home(home)),
        ("rename", lambda: _rename(home)),
        ("disk", lambda: _disk(home)),
        ("database", lambda: _database(home, now)),
        ("packages", _packages),
    ]
    for name, check in checks:
        try:
            findings += check()
        except HouseError as error:
            findings.append(Finding(name, "fail", str(error), "see there"))
        except OSError as error:
            findings.append(Finding(name, "fail", f"{error.strerror}", "give this user the folder"))
    return {
        "ok": all(finding.status != "fail" for finding in findings),
        "checks": [asdict(finding) for finding in findings],
    }


def _settings(home: Path) -> Iterator[Finding]:
    config.prepare_home(home)
    settings = config.load(home)
    there = "read and understood" if (home / config.FILE).exists() else "none; every setting has its default"
    yield Finding("settings", "ok", f"{config.FILE}: {there}")
    named = [(settings.acs.zip_password, "acs.zip_password")]
    for index, feed in enumerate(settings.feeds):
        for key in ("zip_password", "password", "private_key"):
            named.append((getattr(feed, key, None), f"feed[{index}].{key}"))
    for name, key in named:
        if name is not None:
            config.secret(home, name, key)
            yield Finding("secrets", "ok", f"{key}: there, and may be read")


def _home(home: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        yield Finding("home", "warn", f"{home}: others may look in (mode {mode:04o})", f"chmod 700 {home}")
    else:
        yield Finding("home", "ok", f"{home}: ours alone (mode {mode:04o})")


def _rename(home: Path) -> Iterator[Finding]:
    """Write, fsync, rename, fsync the folder, read back: in every folder that lives by it."""
    for folder in (home, *(home / name for name in config.SUBFOLDERS)):
        probe = folder / ".doctor"
        try:
            with atomic_bytes(probe) as file:
                file.write(b"whole or not at all")
            if probe.read_bytes() != b"whole or not at all":
                yield Finding("rename", "fail", f"{folder}: what was written is not what is read", "replace the disk")
                return
        finally:
            probe.unlink(missing_ok=True)
    yield Finding("rename", "ok", "write, fsync, rename and fsync of the folder work in the home")


def _disk(home: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(home).free
    told = f"{free / (1 << 30):,.1f} GiB free"
    if free < LITTLE:
        status: Status = "fail" if free < TOO_LITTLE else "warn"
        yield Finding("disk", status, told, "free some space, or move the home to a larger disk")
    else:
        yield Finding("disk", "ok", told)


def _database(home: Path, now: Callable[[], datetime]) -> Iterator[Finding]:
    url = config.database_url(home)
    db.migrate(url)
    engine = db.engine_for(url)
    try:
        with db.reading(engine) as store:
            version = store.value("SELECT version_num FROM alembic_version")
            yield Finding("database", "ok", f"{'Postgres' if store.postgres else 'SQLite'}, tables of {version}")
            yield _postgres(store) if store.postgres else _sqlite(store)
            yield _clock(store, now())
    finally:
        engine.dispose()


def _sqlite(store: db.Store) -> Finding:
    journal, synchronous = store.value("PRAGMA journal_mode"), store.value("PRAGMA synchronous")
    told = f"journal_mode={journal}, synchronous={synchronous}"
    if journal == "wal" and synchronous >= 2:
        return Finding("durability", "ok", f"{told}: what was committed survives a power cut")
    remedy = "move the database to a local disk; a network share cannot hold a WAL"
    return Finding("durability", "fail", told, remedy)


def _postgres(store: db.Store) -> Finding:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    values = {name: str(store.value(f"SHOW {name}")) for name in names}
    told = ", ".join(f"{name}={value}" for name, value in values.items())
    off = [name for name, value in values.items() if value in ("off", "local")]
    if not off:
        return Finding("durability", "ok", f"{told}: what was committed survives a power cut")
    return Finding("durability", "fail", told, f"set {', '.join(off)} = on in postgresql.conf and reload the server")


def _clock(store: db.Store, now: datetime) -> Finding:
    times = [store.value("SELECT max(applied_at) FROM batch"), store.value("SELECT max(at) FROM import_run")]
    latest = max((datetime.fromisoformat(time) for time in times if time), default=BUILT)
    remedy = "set the clock; dates of moves are held against it"
    told = now.isoformat(timespec="seconds")
    if now < BUILT or (latest - now).total_seconds() > SLACK_SECONDS:
        return Finding("clock", "fail", f"{told} is before something that was done already", remedy)
    if store.postgres:
        apart = abs((store.value("SELECT clock_timestamp()") - now).total_seconds())
        if apart > SLACK_SECONDS:
            return Finding("clock", "warn", f"{apart:,.0f} seconds apart from the database server's", remedy)
    return Finding("clock", "ok", told)


def _packages() -> Iterator[Finding]:
    owners = packages_distributions()
    wrong = {name: sorted(set(owners.get(name, ())) - {DISTRIBUTION}) for name in OURS}
    foreign = sorted({owner for names in wrong.values() for owner in names})
    if foreign:
        told = f"{', '.join(foreign)} installs folders of the names we use"
        yield Finding("packages", "fail", told, "install Listkeeper in a virtual environment of its own")
    else:
        yield Finding("packages", "ok", f"{', '.join(OURS)} are ours alone")
