"""The database: that it opens, that it keeps what was committed; and the clock it is held against."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from daemon import db
from daemon.checks.finding import Finding, Visit

SLACK_SECONDS = 120  # clocks of two machines may differ by this much
BUILT, TOO_LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)  # a clock outside is wrong
WATCHED, DRIFT = 0.05, 0.02  # seconds the two clocks are watched for, and by how much they may part meanwhile
SET_IT = "set the clock; dates of moves are held against it"


def database(visit: Visit) -> Iterator[Finding]:
    """Open it, read its durability settings back, hold the clock against what is in it."""
    db.migrate(visit.url)
    engine = db.engine_for(visit.url)
    try:
        with db.reading(engine) as store:
            version = store.value("SELECT version_num FROM alembic_version")
            yield Finding("database", "ok", f"{'Postgres' if store.postgres else 'SQLite'}, tables of {version}")
            yield _postgres(store) if store.postgres else _sqlite(store)
            yield _clock(store, visit.now())
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
    """Hold the clock against what was done already, and against the server's."""
    times = [store.value("SELECT max(applied_at) FROM batch"), store.value("SELECT max(at) FROM import_run")]
    latest = max((datetime.fromisoformat(time) for time in times if time), default=BUILT)
    told = now.isoformat(timespec="seconds")
    if not BUILT <= now < TOO_LATE:
        return Finding("clock", "fail", f"{told} cannot be the date", SET_IT)
    if (latest - now).total_seconds() > SLACK_SECONDS:
        return Finding("clock", "fail", f"{told} is before something that was done already", SET_IT)
    if store.postgres:
        apart = abs((store.value("SELECT clock_timestamp()") - now).total_seconds())
        if apart > SLACK_SECONDS:
            return Finding("clock", "warn", f"{apart:,.0f} seconds apart from the database server's", SET_IT)
    return Finding("clock", "ok", told)


def ticking(
    visit: Visit,
    wall: Callable[[], float] = time.time,
    steady: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Finding]:
    """Do the clock and the machine's own counter of seconds keep step, and is the time zone known?"""
    before = wall() - steady()
    pause(WATCHED)
    apart = abs(wall() - steady() - before)
    zone = visit.settings.schedule.time_zone
    if apart > DRIFT:
        told = f"the clock jumped by {apart:.2f} seconds while we looked"
        yield Finding("clock", "warn", told, "have one service set it, and by small steps (chrony, systemd-timesyncd)")
    elif zone is None and not _machine_has_zone():
        told = "the machine's time zone is not set, so the bureau's day is UTC's"
        yield Finding("clock", "warn", told, 'write time_zone = "America/Denver", or yours, under [schedule]')
    else:
        here = datetime.now(ZoneInfo(zone) if zone else None).astimezone()
        yield Finding("clock", "ok", f"goes evenly; the bureau's day is that of {zone or here.tzname()}")


def _machine_has_zone() -> bool:
    return bool(os.environ.get("TZ")) or Path("/etc/localtime").exists()
