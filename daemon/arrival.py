"""The alarm for the file that did not come.

A feed says on which weekdays a file is due. When a whole one of these days has gone by with nothing since the due
day before it, the operator is told, every business morning until something arrives. US federal holidays are not
known here: on the morning after one there is an alert too many, and never one too few. Long silence is worse than a
late file, because the USPS deletes after 95 days what nobody has fetched; so an alarm is raised well before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from daemon.db import Store, reading
from daemon.wiring import House

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKEND = frozenset((5, 6))
DELETED_AFTER = 95  # days; USPS ACS fulfillment files, Publication 8A
ALARM_AFTER = 65  # a month is left to find the fault and to fetch


class Silence(NamedTuple):
    """How long a feed has brought nothing, where that is too long."""

    level: str  # alert | alarm
    missed: int  # due days gone by without a file
    days: int  # since the last file, or since we began to look


def judge(due: Iterable[str], last: date | None, since: date, today: date, *, always: bool = False) -> Silence | None:
    """Say whether a feed has been silent for too long; None where all is well.

    A due day is missed when nothing came on it or after it. A file of the weekend is Monday's, unless the weekend
    itself is due. Today never counts as missed: the file may still come.

    Args:
        due: weekdays on which a file is expected; none where nobody expects one.
        last: the day of the last file, whatever was in it; a file of no records is a file.
        since: the day we began to look, for a feed that has brought nothing yet.
        always: raise the alarm even where no weekday is due: the files lie where they are deleted in time.

    >>> judge(["mon"], date(2026, 11, 9), date(2026, 1, 1), date(2026, 11, 17))
    Silence(level='alert', missed=1, days=8)
    >>> judge(["mon"], date(2026, 11, 15), date(2026, 1, 1), date(2026, 11, 17))  # Sunday's file is Monday's
    """
    expected = {WEEKDAYS.index(day) for day in due}
    days = max(0, (today - (last or since)).days)
    covered = last or since
    while last is not None and covered.weekday() in WEEKEND and not expected & WEEKEND:
        covered += timedelta(days=1)
    between = (covered + timedelta(days=offset) for offset in range(1, (today - covered).days))
    missed = sum(day.weekday() in expected for day in between)
    if days >= ALARM_AFTER and (expected or always):
        return Silence("alarm", missed, days)
    return Silence("alert", missed, days) if missed else None


def check(house: House) -> list[dict[str, Any]]:
    """Return an alert for each feed of the settings that has been silent for too long.

    Each is ``{"kind": "arrival", "level", "feed", "missed", "days", "last_file_at", "message"}``.
    """
    with reading(house.engine) as store:
        last, since = _last_files(store), _first_looks(store)
    today = house.now().date()
    alerts = []
    for feed in house.settings.feeds:
        came = last.get(feed.name)
        silence = judge(feed.due, came, since.get(feed.name, today), today, always=feed.kind != "folder")
        if silence is not None:
            alerts.append(
                {
                    "kind": "arrival",
                    "level": silence.level,
                    "feed": feed.name,
                    "missed": silence.missed,
                    "days": silence.days,
                    "last_file_at": came.isoformat() if came else None,
                    "message": _message(feed.name, silence, came),
                }
            )
    return alerts


def _message(feed: str, silence: Silence, came: date | None) -> str:
    when = f"its last file came on {came.isoformat()}" if came else "it has brought no file yet"
    if silence.level == "alarm":
        left = DELETED_AFTER - silence.days
        told = f"feed {feed} has been silent for {silence.days} days: {when}; "
        deleted = f"in {left} days the USPS begins to delete" if left > 0 else "the USPS deletes by now"
        return f"{told}{deleted} what was not fetched. Look there today, then `listkeeper feeds status`"
    days = "a due day has" if silence.missed == 1 else f"{silence.missed} due days have"
    told = f"feed {feed}: {days} gone by without a file; {when}"
    return f"{told}. Unless a holiday explains it, ask the sender; `listkeeper feeds status` shows the feed"


def _last_files(store: Store) -> dict[str, date]:
    """Return the day of each feed's last file; one without a single record counts."""
    rows = store.all("SELECT feed, max(taken_at) FROM taken_file GROUP BY feed")
    return {feed: date.fromisoformat(at[:10]) for feed, at in rows}


def _first_looks(store: Store) -> dict[str, date]:
    """Return the day on which each feed was first looked at."""
    rows = store.all("SELECT job, min(started_at) FROM job_run WHERE job LIKE 'poll:%' GROUP BY job")
    return {job.partition(":")[2]: date.fromisoformat(at[:10]) for job, at in rows}
