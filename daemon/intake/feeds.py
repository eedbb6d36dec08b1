"""Feeds: one look at each, its state kept, its faults its own."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any, NamedTuple

from daemon.db import reading, writing
from daemon.errors import HouseError, OperatorError
from daemon.intake.spool import Taken
from daemon.settings import AnyFeed
from daemon.wiring import House

IGNORED = (".part", ".tmp", ".filepart")  # what uploads are called until they are whole


class Polled(NamedTuple):
    """What one look at a feed brought."""

    taken: list[Taken]
    waiting: list[str]  # not whole yet; none is ever given up
    refused: list[tuple[str, str]]  # name and why
    stuck: Sequence[str] = ()  # those of the waiting that have not grown lately: looking again soon brings nothing


def wanted(feed: AnyFeed, name: str) -> bool:
    """Say whether a file name is one that the feed takes: a whole-name pattern, and no upload in progress."""
    lower = name.lower()
    if name.startswith(".") or lower.endswith(IGNORED):
        return False
    return any(fnmatch.fnmatchcase(lower, pattern.lower()) for pattern in feed.patterns)


def poll(house: House, feed: AnyFeed) -> Polled:
    """Look at one feed: what is whole is taken in, and how it went is kept.

    Raises:
        TryAgainError: it cannot be reached now; noted, and tried again at the next turn.
        OperatorError: it is stopped until someone acts; noted with the remedy.
    """
    try:
        polled = _look(house, feed)
    except HouseError as error:
        _note(house, feed, state="stopped" if isinstance(error, OperatorError) else "failing", error=str(error))
        raise
    _note(house, feed, state="ok", polled=polled)
    return polled


def _look(house: House, feed: AnyFeed) -> Polled:
    # Imported when used: a bureau with folders only needs no SSH.
    if feed.kind == "sftp":
        from daemon.intake import sftp

        return sftp.poll(house, feed)
    if feed.kind == "epf":
        from daemon.intake import epf

        return epf.poll(house, feed)
    from daemon.intake import dropfolder

    return dropfolder.poll(house, feed)


def _note(house: House, feed: AnyFeed, *, state: str, polled: Polled | None = None, error: str = "") -> None:
    at = house.stamp()
    last = polled.taken[-1].name if polled and polled.taken else ""
    with writing(house.engine) as store:
        store.run(
            """INSERT INTO feed_state (feed, state, last_polled, last_ok, last_file, last_file_at, error, failures,
            waiting) VALUES (:feed, :state, :at, :ok, :last, :last_at, :error, :failures, :waiting)
            ON CONFLICT (feed) DO UPDATE SET state = :state, last_polled = :at, error = :error,
            last_ok = CASE WHEN :ok = '' THEN feed_state.last_ok ELSE :ok END,
            last_file = CASE WHEN :last = '' THEN feed_state.last_file ELSE :last END,
            last_file_at = CASE WHEN :last = '' THEN feed_state.last_file_at ELSE :last_at END,
            failures = CASE WHEN :failures = 0 THEN 0 ELSE feed_state.failures + 1 END, waiting = :waiting""",
            feed=feed.name,
            state=state,
            at=at,
            ok=at if polled else "",
            last=last,
            last_at=at if last else "",
            error=error,
            failures=0 if polled else 1,
            waiting=len(polled.waiting) if polled else 0,
        )


def status(house: House) -> dict[str, Any]:
    """Return how each feed of the settings is doing, as `feeds status --json` prints it."""
    with reading(house.engine) as store:
        states = {row[0]: row[1:] for row in store.all(_STATES)}
        aside: dict[str, int] = dict(store.all(_COUNT.format("state = 'set-aside'")))
        pending: dict[str, int] = dict(store.all(_COUNT.format("state IN ('new', 'work')")))
    told = []
    for feed in house.settings.feeds:
        state, polled, last_ok, last, error, failures, waiting = states.get(feed.name, ("never", "", "", "", "", 0, 0))
        told.append(
            {
                "name": feed.name,
                "kind": feed.kind,
                "state": state,
                "last_polled": polled or None,
                "last_file": last or None,
                "waiting": waiting + pending.get(feed.name, 0),
                "set_aside": aside.get(feed.name, 0),
                "last_ok": last_ok or None,
                "failures": failures,
                "error": error or None,
            }
        )
    return {"feeds": told}


_STATES = "SELECT feed, state, last_polled, last_ok, last_file, error, failures, waiting FROM feed_state"
_COUNT = "SELECT feed, count(*) FROM taken_file WHERE {} GROUP BY feed"
