"""A drop folder: an event is a hint, the rescan is the truth.

A file counts as whole when its size and time have been quiet for ``settle_seconds`` *and* its structure is
complete. A slow writer is never given up.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from daemon.config import inside
from daemon.db import reading, writing
from daemon.durable import fsync_folder
from daemon.errors import OperatorError, SetAsideError, TryAgainError
from daemon.intake.feeds import Polled, wanted
from daemon.intake.header import read_header
from daemon.intake.identify import FIRST_BYTES, shape_of
from daemon.intake.spool import Taken, check_name, take_in
from daemon.intake.unpack import is_zip
from daemon.settings import FolderFeed
from daemon.wiring import House
from schemas.acs import FAMILIES

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver


SLOW_SECONDS = 7200  # a writer this slow is told of, not given up


class Seen(NamedTuple):
    """One file as a look finds it."""

    path: Path
    size: int
    modified: float


def folder_of(house: House, feed: FolderFeed) -> Path:
    """Return the feed's folder; one inside the home is made where missing.

    Raises:
        OperatorError: it is not there, or is no folder.
    """
    path = inside(house.home, feed.path)
    if path.is_relative_to(house.home) and not path.exists():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.is_dir():
        raise OperatorError(f"feed {feed.name}: {path} is not a folder; make it, or correct path in listkeeper.toml")
    return path


def poll(house: House, feed: FolderFeed) -> Polled:
    """Look through the folder once: take in what is whole, tell what is not.

    Raises:
        OperatorError: the folder is not there or may not be read.
        TryAgainError: another writer keeps the database for too long.
    """
    folder = folder_of(house, feed)
    taken: list[Taken] = []
    waiting: list[str] = []
    stuck: list[str] = []
    refused: list[tuple[str, str]] = []
    left = _left_before(house, feed)
    for seen in _look(folder, feed, refused):
        name = seen.path.name
        if (name, seen.size, str(seen.modified)) in left:
            continue
        quiet = house.now().timestamp() - seen.modified >= feed.settle_seconds
        if not quiet or not (_announced(feed, seen.path) and is_complete(seen.path)):
            waiting.append(name)
            if quiet:
                stuck.append(name)
            if house.now().timestamp() - seen.modified > SLOW_SECONDS:
                refused.append((name, "is not whole and has not grown for two hours; it is still waited for"))
            continue
        try:
            file = take_in(house, feed.name, seen.path, name)
        except TryAgainError:  # it grew or vanished while we read it
            waiting.append(name)
            continue
        taken.append(file)
        _let_go(house, feed, seen, file)
    return Polled(taken, waiting, refused, stuck)


def _look(folder: Path, feed: FolderFeed, refused: list[tuple[str, str]]) -> list[Seen]:
    """Return the files that are wanted, the oldest first."""
    found: list[Seen] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise OperatorError(f"feed {feed.name}: the folder may not be read; give this user the right") from error
    for entry in entries:
        if not wanted(feed, entry.name) or (feed.done_suffix and entry.name.endswith(feed.done_suffix)):
            continue
        with suppress(FileNotFoundError):
            facts = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(facts.st_mode):
                continue
            if not stat.S_ISREG(facts.st_mode):
                refused.append((entry.name, "not an ordinary file"))
                continue
            try:
                check_name(entry.name)
            except SetAsideError as error:
                refused.append((ascii(entry.name), str(error)))
                continue
            found.append(Seen(Path(entry.path), facts.st_size, facts.st_mtime))
    return sorted(found, key=lambda seen: (seen.modified, seen.path.name))


def _announced(feed: FolderFeed, path: Path) -> bool:
    """With a done-file agreed on, a file is whole only when that is there."""
    return not feed.done_suffix or path.with_name(path.name + feed.done_suffix).exists()


def is_complete(path: Path) -> bool:
    """Say whether a file has the end that its beginning announces. What announces none is as complete as it is.

    A zip has its directory at the end; a notification file as many lines as its header counts.
    """
    try:
        if is_zip(path):
            return zipfile.is_zipfile(path)
        with path.open("rb") as file:
            first = file.read(FIRST_BYTES)
        if _just_begun(first):
            return False
        shape = shape_of(first, path.name)
        header = read_header(shape.family, first[: shape.family.length], path.name)
    except SetAsideError:
        return True
    except OSError:
        return False
    # The last line may lack its end.
    return path.stat().st_size >= (header.total + 1) * shape.family.length


def _just_begun(first: bytes) -> bool:
    """True for nothing at all, and for what may be the beginning of a zip or of a header line."""
    if len(first) < 4 and b"PK".startswith(first[:2]):
        return True
    return first[:1] == b"H" and b"\n" not in first and len(first) < max(family.length for family in FAMILIES)


def _left_before(house: House, feed: FolderFeed) -> set[tuple[str, int, str]]:
    """Return what was taken in before and left in the folder."""
    if feed.after != "leave":
        return set()
    with reading(house.engine) as store:
        return {
            (name, size, modified)
            for name, size, modified in store.all(
                "SELECT name, size, modified FROM remote_file WHERE feed = :feed", feed=feed.name
            )
        }


def _let_go(house: House, feed: FolderFeed, seen: Seen, file: Taken) -> None:
    """Do with the file what the settings say, now that its bytes are ours."""
    if feed.after == "leave":
        with writing(house.engine) as store:
            store.run(
                """INSERT INTO remote_file (feed, name, size, modified, taken_file_id, let_go)
                VALUES (:feed, :name, :size, :modified, :taken, true) ON CONFLICT DO NOTHING""",
                feed=feed.name,
                name=seen.path.name,
                size=seen.size,
                modified=str(seen.modified),
                taken=file.id,
            )
        return
    with suppress(FileNotFoundError):
        if feed.after == "delete":
            seen.path.unlink()
        else:
            target = inside(house.home, feed.after.removeprefix("move:"))
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            seen.path.replace(target / seen.path.name)
            fsync_folder(target)
    if feed.done_suffix:
        seen.path.with_name(seen.path.name + feed.done_suffix).unlink(missing_ok=True)
    fsync_folder(seen.path.parent)


def watch(folders: Iterable[tuple[Path, Callable[[], None]]]) -> BaseObserver:
    """Start watching folders; ``hint`` is called when something happens in one. Stop the observer when done.

    Where the kernel gives no events (a network share, too few watches) the folders are looked at now and then.
    """
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers import Observer
    from watchdog.observers.polling import PollingObserver

    class Hint(FileSystemEventHandler):
        def __init__(self, hint: Callable[[], None]) -> None:
            self._hint = hint

        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type not in ("opened", "closed_no_write"):  # our own looking is no news
                self._hint()

    watched = list(folders)
    for kind in (Observer, PollingObserver):
        observer: BaseObserver = kind()
        try:
            for path, hint in watched:
                observer.schedule(Hint(hint), str(path))
            observer.start()
        except OSError:
            with suppress(RuntimeError):
                observer.stop()
            continue
        return observer
    raise OperatorError("no folder can be watched; raise fs.inotify.max_user_watches")
