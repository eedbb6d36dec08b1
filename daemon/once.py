"""One pass over everything that is due now: what the daemon does in a night, at once and in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from daemon import chores, notify, runs
from daemon.errors import SetAsideError
from daemon.intake import spool
from daemon.intake.feeds import Polled
from daemon.returns.apply import Progress
from daemon.returns.several import EXIT_CODES
from daemon.settings import AnyFeed
from daemon.telemetry import log
from daemon.wiring import House

BADNESS = (0, 65, 75, 78, 1)  # exit codes, each worse than the one before
LONGEST_WAIT = 600.0  # seconds for files that still grow; whatever is not whole then is left for the next pass


def run_once(
    house: House,
    progress: Progress = lambda _what, _done, _of: None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Put right what a kill left, poll every feed, wait for what is settling, apply it, do what is due, tell people.

    Returns ``{"status", "exit_code", "feeds", "applied", "set_aside", "due", "care", "alerts", "errors", "manifests",
    "swept", "righted"}``: ``applied`` and ``set_aside`` are what `apply` tells of each file, with its ``feed``, and of
    each answer, with its ``job``; ``due`` the same of the moves whose date has come, or None; ``care`` is
    ``{"started", "answers", "alerts", "purged"}``: the jobs that were started, what became of the answers that are
    here, what is due and was not started, and the jobs whose files were deleted; ``errors`` what could not be done,
    with ``job``, ``error`` and ``exit_code``. One step that fails does not keep the others from being done. An engine
    is not waited for: a later pass takes its answer.

    Raises:
        TryAgainError: a daemon, or another pass, is at work in this home.
    """
    with runs.alone(house, runs.while_at_work):
        pass_ = _Pass(house, progress)
        righted = spool.recover(house)
        runs.bury(house)
        looks = pass_.feeds(sleep)
        applying = chores.Applying(house, lambda: False, progress)
        progress("files in the spool", 0, None)
        pass_.do("apply", applying.work)
        progress("moves that are due", 0, None)
        due = pass_.do("due", lambda: chores.due(house)) or {"due": None, "manifests": 0}
        care = pass_.care()
        pass_.alerts += pass_.do("arrival", lambda: chores.arrive(house)) or []
        swept = chores.sweep(house.home / "spool" / "work", house.now())
        results = [*applying.results, *care["answers"]]
        alerts = [*pass_.alerts, *care["alerts"], *pass_.failures()]
        digest = notify.compose(house, results, due=due["due"], alerts=alerts)
        notify.post(house, digest)
    aside = [each for each in results if each["status"] in EXIT_CODES]
    codes = [error["exit_code"] for error in pass_.errors]
    if aside or any(look["refused"] for look in looks):
        codes.append(SetAsideError.exit_code)
    log("pass_finished", due=due["due"]["read"] if due["due"] else 0, manifests=due["manifests"], swept=swept)
    return {
        "status": "done",
        "exit_code": worst(codes),
        "feeds": looks,
        "applied": [each for each in results if each not in aside],
        "set_aside": aside,
        "due": due["due"],
        "care": care,
        "alerts": pass_.alerts,
        "errors": pass_.errors,
        "manifests": due["manifests"],
        "swept": swept,
        "righted": righted,
    }


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of the worst thing that happened.

    >>> worst([65, 78, 75]), worst([]), worst([65, 1])
    (78, 0, 1)
    """
    return max(codes, key=lambda code: BADNESS.index(code) if code in BADNESS else len(BADNESS), default=0)


class _Pass:
    """One pass, and what went wrong in it."""

    def __init__(self, house: House, progress: Progress) -> None:
        self.errors: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self._house = house
        self._progress = progress

    def do(self, job: str, work: Callable[[], chores.Done], *, kept: bool = True, quiet: bool = False) -> Any:
        """Run a job, with a row in the history or without; return its result, None where it failed."""
        outcome = runs.run_job(self._house, job, work, quiet=quiet) if kept else runs.tried(job, work)
        self.errors = [error for error in self.errors if error["job"] != job]
        if outcome.state != "done":
            code = outcome.exit_code or 75
            self.errors.append({"job": job, "error": outcome.note, "exit_code": code})
        return outcome.result

    def failures(self) -> list[dict[str, Any]]:
        """Return the errors as alerts."""
        return [
            {"kind": "job", "level": "alert", "job": error["job"], "message": f"{error['job']}: {error['error']}"}
            for error in self.errors
        ]

    def care(self) -> dict[str, Any]:
        """Take the answers that have come, start the care that is due, and hand over what was started."""
        self._progress("care that is due", 0, None)
        answers, alerts = self._exchange()
        told = self.do("care", lambda: chores.care(self._house)) or {"started": [], "alerts": [], "purged": []}
        if told["started"]:
            more, of_these = self._exchange()
            answers, alerts = answers + more, alerts + of_these
        return {**told, "answers": answers, "alerts": [*told["alerts"], *alerts]}

    def _exchange(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        exchanging = chores.Exchanging(self._house, lambda: False, self._progress)
        if exchanging.has_work():
            self.do("exchange", exchanging.work, quiet=True)
        return exchanging.results, exchanging.alerts

    def feeds(self, sleep: Callable[[float], None]) -> list[dict[str, Any]]:
        """Poll every feed, and again those where something is settling; return how each look went."""
        looks: dict[str, _Look] = {}
        feeds = self._house.settings.feeds
        for done, feed in enumerate(feeds):
            self._progress("feeds", done, len(feeds))
            looks[feed.name] = _Look(feed)
            looks[feed.name].add(self.do(f"poll:{feed.name}", partial(chores.poll, self._house, feed)))
        until = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < until and (settling := [look for look in looks.values() if look.settling]):
            self._progress("waiting for what is settling", 0, None)
            sleep(min(look.pause for look in settling))
            for look in settling:
                look.add(self.do(f"poll:{look.feed.name}", partial(chores.poll, self._house, look.feed), kept=False))
        for look in looks.values():
            self.alerts += look.alerts()
        failed = {error["job"].partition(":")[2]: error["error"] for error in self.errors}
        return [look.told(failed.get(look.feed.name)) for look in looks.values()]


class _Look:
    """What several looks at one feed have brought."""

    def __init__(self, feed: AnyFeed) -> None:
        self.feed = feed
        self.pause = min(1.0, max(0.2, getattr(feed, "settle_seconds", 5) / 5))
        self._taken = 0
        self._last: Polled | None = None

    def add(self, polled: Polled | None) -> None:
        self._last = polled
        self._taken += len(polled.taken) if polled else 0

    @property
    def settling(self) -> bool:
        """Say whether looking again soon may bring something."""
        return self._last is not None and bool(set(self._last.waiting) - set(self._last.stuck))

    def told(self, error: str | None) -> dict[str, Any]:
        """Return what is told of the feed."""
        polled = self._last or Polled([], [], [])
        return {
            "name": self.feed.name,
            "kind": self.feed.kind,
            "taken": self._taken,
            "waiting": polled.waiting,
            "refused": [{"file": name, "why": why} for name, why in polled.refused],
            "error": error,
        }

    def alerts(self) -> list[dict[str, Any]]:
        """Return an alert for each file that stays behind."""
        polled = self._last or Polled([], [], [])
        told = [(name, "not whole yet; it is taken as soon as it is") for name in polled.waiting]
        told += [(name, f"{why}; rename or remove it") for name, why in polled.refused]
        return [
            {
                "kind": "file",
                "level": "alert",
                "feed": self.feed.name,
                "message": f"feed {self.feed.name}: {name}: {why}",
            }
            for name, why in told
        ]
