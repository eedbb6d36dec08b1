"""What each job of the daemon does, once. When it does so is `daemon.jobs`; what became of it, `daemon.runs`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from daemon import arrival, corridor, doctor, runs
from daemon.checks.finding import Visit, of_error
from daemon.db import Store, reading, writing
from daemon.errors import HouseError, OperatorError, TryAgainError
from daemon.intake import feeds
from daemon.returns.apply import Progress
from daemon.returns.due import apply_due
from daemon.returns.ledger import write_manifests
from daemon.settings import AnyFeed
from daemon.wiring import House

Done = tuple[Any, str]  # the job's result, and a note for the history

KEPT_DONE = timedelta(days=30)  # in spool/done; the archive keeps every original for good
KEPT_HISTORY = timedelta(days=90)
LOOKS = ("secrets", "home", "disk", "database", "clock", "backup")  # of the doctor's: those that only look
OLD_SECONDS = 3600  # no file takes this long: the folder of one that was being read then is nobody's


class StoppingError(TryAgainError):
    """The daemon was asked to stop; the file that was next lies in the spool as before."""


def poll(house: House, feed: AnyFeed) -> Done:
    """Look at one feed. Raises what `feeds.poll` raises."""
    polled = feeds.poll(house, feed)
    counts = {"taken": len(polled.taken), "waiting": len(polled.waiting), "refused": len(polled.refused)}
    return polled, ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def has_new(house: House) -> bool:
    """Say whether a file waits in the spool of this home."""
    folder = house.home / "spool" / "new"
    return folder.is_dir() and any(not path.name.endswith(".part") for path in folder.iterdir())


class Applying:
    """Applies what lies in the spool. ``results`` has whatever is finished, also where `work` ends early."""

    def __init__(self, house: House, stop: Callable[[], bool], progress: Progress) -> None:
        self.results: list[dict[str, Any]] = []
        self._house = house
        self._stop = stop
        self._progress = progress

    def work(self) -> Done:
        """Apply every file that is new.

        Raises:
            StoppingError: asked to stop; the file in hand was finished first.
            TryAgainError: the database or the disk fails them all.
        """
        before = self._open_files()
        try:
            self.results = corridor.process(self._house, self._tell)
        except TryAgainError:
            with suppress(TryAgainError, OperatorError):
                self.results = self._finished(before)
            raise
        return self.results, told_of(self.results)

    def _tell(self, what: str, done: int, of: int | None) -> None:
        # Every file begins with its reading, before anything of it is written.
        if what == "reading" and done == 0 and self._stop():
            raise StoppingError("stopping; what is left in the spool is applied after the next start")
        self._progress(what, done, of)

    def _open_files(self) -> set[int]:
        with reading(self._house.engine) as store:
            return {number for (number,) in store.all("SELECT id FROM taken_file WHERE state IN ('new', 'work')")}

    def _finished(self, before: set[int]) -> list[dict[str, Any]]:
        """Read out of the ledger what became of files that were open."""
        with reading(self._house.engine) as store:
            rows = store.all(
                """SELECT t.id, t.feed, t.name, t.state, t.error, t.reason, t.what_to_do, b.result
                FROM taken_file t LEFT JOIN batch b ON b.id = t.batch_id
                WHERE t.state IN ('done', 'set-aside') AND t.id >= :first ORDER BY t.finished_at, t.id""",
                first=min(before, default=0),
            )
        found = []
        for number, feed, name, state, error, reason, remedy, result in rows:
            if number not in before:
                continue
            told = {"feed": feed, "file": name, "batch": None}
            if state == "done":
                found.append({"status": "applied", **json.loads(result or "{}"), **told})
            else:
                found.append({"status": "set_aside", "error": error, "reason": reason, "what_to_do": remedy, **told})
        return found


def told_of(results: Iterable[dict[str, Any]]) -> str:
    """Return how many files came to what: ``3 applied, 1 set_aside``."""
    counts: dict[str, int] = {}
    for result in results:
        counts[result["status"]] = counts.get(result["status"], 0) + 1
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))


def due(house: House) -> Done:
    """Apply the moves whose date has come; write the manifests that a killed run left out."""
    result = apply_due(house)
    manifests = write_manifests(house)
    if result is None:
        return {"due": None, "manifests": manifests}, ""
    return {"due": result, "manifests": manifests}, f"{result['read']} moves"


def care(house: House) -> Done:
    """Start the care that is due, and delete what may not be kept any longer."""
    from daemon.care.due import start_due
    from daemon.care.purge import purge
    from daemon.drop.register import expiring

    started, purged = start_due(house), purge(house)["jobs"]
    alerts = [*started.alerts, *expiring(house)]
    counts = {"started": len(started.jobs), "alerts": len(alerts), "purged": len(purged)}
    told = {"started": started.jobs, "alerts": alerts, "purged": purged}
    return told, ", ".join(f"{count} {word}" for word, count in counts.items() if count)


class Exchanging:
    """Brings the jobs at engines further. ``results`` and ``alerts`` have what came of it."""

    def __init__(self, house: House, stop: Callable[[], bool], progress: Progress) -> None:
        self.results: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self._house = house
        self._stop = stop
        self._progress = progress

    def has_work(self) -> bool:
        """Say whether a turn might find something to do."""
        from daemon.care.exchange import has_work

        return has_work(self._house)

    def work(self) -> Done:
        """Make one turn over all jobs.

        Raises:
            TryAgainError, OperatorError: the database or the home fails.
        """
        from daemon.care.exchange import advance_all

        done = advance_all(self._house, stop=self._stop, progress=self._progress)
        self.results, self.alerts = done.results, done.alerts
        alerts = f"{len(done.alerts)} alerts" if done.alerts else ""
        return self.results, ", ".join(told for told in (told_of(done.results), alerts) if told)


def arrive(house: House) -> Done:
    """Return an alert for every feed that has been silent for too long."""
    alerts = arrival.check(house)
    return alerts, f"{len(alerts)} alerts" if alerts else ""


def retain(house: House) -> Done:
    """Delete what nobody needs any more: old files in ``done`` that the archive has, leftovers, old history.

    Originals in the archive, files set aside and the ledger are never deleted, but for what an agent may not keep.
    """
    from daemon.care.purge import purge

    now = house.now()
    swept = sweep(house.home / "spool" / "work", now)
    deleted = _delete_done(house, now)
    with writing(house.engine) as store:
        forgotten = runs.forget(store, (now - KEPT_HISTORY).isoformat(timespec="seconds"))
    purged = len(purge(house)["jobs"])  # `care` is run by one of several daemons, and each has a home of its own
    told = {"swept": swept, "deleted": deleted, "forgotten": forgotten, "purged": purged}
    return told, ", ".join(f"{count} {word}" for word, count in told.items() if count)


def sweep(work: Path, now: datetime) -> int:
    """Delete the folders of files that were being read when their run was killed; return how many.

    Only folders of an hour and older: a younger one may be in use.
    """
    swept = 0
    for folder in sorted(work.glob("open-*")):
        try:
            old = now.timestamp() - folder.stat().st_mtime > OLD_SECONDS
        except FileNotFoundError:
            continue
        if old and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
            swept += not folder.exists()
    return swept


def _delete_done(house: House, now: datetime) -> int:
    before = (now - KEPT_DONE).isoformat(timespec="seconds")
    with reading(house.engine) as store:
        rows = store.all(
            """SELECT t.sha256, b.archived FROM taken_file t JOIN batch b ON b.id = t.batch_id
            WHERE t.state = 'done' AND t.finished_at < :before AND b.sha256 = t.sha256""",
            before=before,
        )
    archived = {sha: house.home / place for sha, place in rows if place}
    deleted = 0
    for path in sorted((house.home / "spool" / "done").glob("*__*")):
        original = archived.get(path.name.partition("__")[0])
        with suppress(FileNotFoundError):
            if original is not None and original.is_file() and original.stat().st_size == path.stat().st_size:
                path.unlink()
                deleted += 1
    return deleted


def check(house: House) -> Done:
    """Ask the database whether it is whole, and the doctor whether disk, clock and settings are well.

    Raises:
        OperatorError: something is not; the message says what, each with its remedy.
    """
    url = house.engine.url.render_as_string(hide_password=False)
    visit = Visit(house.home, house.settings, url, house.now)
    faults: list[str] = []
    for name, look in doctor.CHECKS:
        try:
            found = list(look(visit)) if name in LOOKS else []
        except HouseError as error:
            found = [of_error(name, error)]
        faults += [f"{each.check}: {each.detail}; {each.remedy}" for each in found if each.status == "fail"]
    with reading(house.engine) as store:
        faults += _torn(store)
    if faults:
        raise OperatorError("; ".join(faults))
    return [], "all is well"


def _torn(store: Store) -> list[str]:
    """Return what the database finds wrong with itself."""
    faults = []
    if not store.postgres:
        said = [str(row[0]) for row in store.all("PRAGMA quick_check(5)")]
        if said != ["ok"]:
            faults.append(f"database: {len(said)} faults in its file; restore the last good backup")
    lost = store.value("SELECT count(*) FROM addressee a LEFT JOIN address d ON d.id = a.address_id WHERE d.id IS NULL")
    if lost:
        faults.append(f"database: {lost} addressees without an address; restore the last good backup")
    return faults


def back_up(house: House) -> Done:
    """Make a backup of database and home.

    Raises:
        OperatorError: the backup is made, and originals in the archive are missing or damaged.
    """
    from daemon.backup import make_backup

    made = make_backup(house)
    lost = [*made["archive"]["missing"], *made["archive"]["damaged"]]
    if lost:
        raise OperatorError(
            f"the backup is made, but {len(lost)} originals in the archive are missing or damaged; "
            "`listkeeper backup` names them: put them back from an earlier copy"
        )
    return made, "made"
