"""The spool: where every fetched file lies in exactly one folder, and the ledger that says why.

``new`` → ``work`` → ``done`` or ``set-aside``. A rename is the commit; the ledger row follows it, and
:func:`recover` brings the two together again after a kill anywhere in between.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from daemon.db import Store, reading, writing
from daemon.durable import atomic_writer, fsync_folder
from daemon.errors import SetAsideError, UsageError
from daemon.intake.archive import copy_durably, safe_name
from daemon.intake.incoming import digest_of
from daemon.wiring import House

FOLDERS = ("new", "work", "done", "set-aside")
PART = ".part"
LONGEST_NAME = 200  # bytes; with hash and feed it still is a file name


class Taken(NamedTuple):
    """A file that a feed brought."""

    id: int
    name: str
    sha256: str
    known: bool  # these bytes were taken in before, and nothing is to be done with them


def folder_of(house: House, state: str) -> Path:
    """Return the folder of a state, made where missing."""
    path = house.home / "spool" / state
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def check_name(name: str) -> None:
    """Refuse a name that could lead out of a folder, or that nobody could type.

    Raises:
        SetAsideError: ``bad-name``.
    """
    plain = name.isprintable() and not set(name) & set("/\\") and name.strip(" .") == name.rstrip(" ")
    if not plain or name in ("", ".", "..") or len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise SetAsideError("the name has separators, control characters or dots where none may be", reason="bad-name")


def take_in(house: House, feed: str, source: Path, name: str) -> Taken:
    """Make a fetched file ours: whole and durable in ``new``, and in the ledger. ``source`` is left alone.

    The name begins with the SHA-256, by which the ledger knows a repeat. Bytes that were set aside, or whose
    batch was undone, are taken in again: whoever brings them wants them tried once more.

    Raises:
        SetAsideError: ``bad-name``.
        UsageError, OperatorError, TryAgainError: the file cannot be read, or the home not be written.
    """
    check_name(name)
    new = folder_of(house, "new")
    part = new / f"{secrets.token_hex(8)}{PART}"
    digest, size = copy_durably(source, part)
    try:
        with writing(house.engine) as store:
            row = store.one(
                """SELECT t.id, t.state, b.status, t.name FROM taken_file t LEFT JOIN batch b ON b.id = t.batch_id
                WHERE t.sha256 = :sha""",
                sha=digest,
            )
            if row is not None and not _wanted_again(row[1], row[2]):
                return Taken(int(row[0]), name, digest, known=True)
            part.rename(new_place(house, digest, feed, name))
            fsync_folder(new)
            if row is not None:
                _forget_set_aside(house, digest, row[3])
            return Taken(_enter(store, house, feed, name, digest=digest, size=size), name, digest, known=False)
    finally:
        part.unlink(missing_ok=True)


def _wanted_again(state: str, batch: str | None) -> bool:
    return state == "set-aside" or (state == "done" and batch == "undone")


def _enter(store: Store, house: House, feed: str, name: str, *, digest: str, size: int) -> int:
    return int(
        store.value(
            """INSERT INTO taken_file (feed, name, sha256, size, taken_at, state, customer, create_date, shipment,
            error, reason, what_to_do) VALUES (:feed, :name, :sha, :size, :at, 'new', '', '', '', '', '', '')
            ON CONFLICT (sha256) DO UPDATE SET feed = :feed, name = :name, taken_at = :at, state = 'new', error = '',
            reason = '', what_to_do = '', batch_id = NULL, finished_at = NULL RETURNING id""",
            feed=feed,
            name=name,
            sha=digest,
            size=size,
            at=house.stamp(),
        )
    )


def new_place(house: House, digest: str, feed: str, name: str) -> Path:
    """Return where a file lies, or would lie, in ``new``."""
    return folder_of(house, "new") / f"{digest}__{feed}@{name}"


class Spooled(NamedTuple):
    """What the name of a file in ``new`` says."""

    sha256: str
    feed: str
    name: str


def spooled(path: Path) -> Spooled | None:
    """Return hash, feed and name of a file in ``new``; None where it is none of ours."""
    match = re.fullmatch(r"([0-9a-f]{64})__([^@]*)@(.+)", path.name)
    return Spooled(*match.groups()) if match else None


def claim(house: House, taken: int) -> Path:
    """Take a file out of ``new`` to work on it, and return where it lies under its own name.

    Raises:
        SetAsideError: ``vanished``: somebody has taken it out of the spool.
    """
    with writing(house.engine) as store:
        feed, name, digest = store.all("SELECT feed, name, sha256 FROM taken_file WHERE id = :id", id=taken)[0]
        folder = folder_of(house, "work") / digest
        folder.mkdir(mode=0o700, exist_ok=True)
        path: Path = folder / name
        try:
            new_place(house, digest, feed, name).rename(path)
        except FileNotFoundError:
            if not path.exists():
                raise SetAsideError(
                    "the file is not in the spool any more; put it into the feed again", reason="vanished", file=name
                ) from None
        fsync_folder(folder)
        store.run("UPDATE taken_file SET state = 'work' WHERE id = :id", id=taken)
    return path


def finish(house: House, taken: int, path: Path, batch: int | None) -> None:
    """Put a file that was applied into ``done``; its batch is in the ledger."""
    digest = path.parent.name
    if path.exists():
        done = folder_of(house, "done")
        path.rename(done / f"{digest}__{safe_name(path.name)}")
        fsync_folder(done)
    _leave(path)
    _close(house, taken, "done", batch=batch)


def put_back(house: House, taken: int, path: Path) -> None:
    """Put a file back into ``new``: whatever kept it from being applied will pass."""
    with writing(house.engine) as store:
        feed, name, digest = store.all("SELECT feed, name, sha256 FROM taken_file WHERE id = :id", id=taken)[0]
        if path.exists():
            path.rename(new_place(house, digest, feed, name))
            fsync_folder(folder_of(house, "new"))
        store.run("UPDATE taken_file SET state = 'new' WHERE id = :id", id=taken)
    _leave(path)


def set_aside(house: House, taken: int, path: Path, *, error: str, reason: str, what_to_do: str) -> Path:
    """Put a file where an operator finds it, beside a note that says why and what to do; return its place."""
    feed, digest = _facts(house, taken)
    place = _free_place(folder_of(house, "set-aside"), path.name, digest)
    note = {"file": path.name, "feed": feed, "error": error, "what_to_do": what_to_do, "at": house.stamp()}
    with atomic_writer(place.with_name(f"{place.name}.reason.json")) as out:
        json.dump({**note, "reason": reason, "sha256": digest}, out, indent=2, ensure_ascii=False)
        out.write("\n")
    if path.exists():
        path.rename(place)
        fsync_folder(place.parent)
    _leave(path)
    _close(house, taken, "set-aside", error=error, reason=reason, what_to_do=what_to_do)
    return place


def _free_place(folder: Path, name: str, digest: str) -> Path:
    place = folder / name
    if place.exists() and digest_of(place) != digest:
        return folder / f"{digest[:12]}__{name}"
    return place


def _facts(house: House, taken: int) -> tuple[str, str]:
    with reading(house.engine) as store:
        feed, digest = store.all("SELECT feed, sha256 FROM taken_file WHERE id = :id", id=taken)[0]
    return str(feed), str(digest)


def _close(
    house: House,
    taken: int,
    state: str,
    *,
    batch: int | None = None,
    error: str = "",
    reason: str = "",
    what_to_do: str = "",
) -> None:
    with writing(house.engine) as store:
        store.run(
            """UPDATE taken_file SET state = :state, batch_id = :batch, error = :error, reason = :reason,
            what_to_do = :what, finished_at = :at WHERE id = :id""",
            state=state,
            batch=batch,
            error=error,
            reason=reason,
            what=what_to_do,
            at=house.stamp(),
            id=taken,
        )


def _leave(path: Path) -> None:
    """Take away the folder that a file had in ``work``."""
    with suppress(OSError):
        path.parent.rmdir()


def _forget_set_aside(house: House, digest: str, name: str) -> None:
    """Take a file out of ``set-aside`` whose bytes lie in ``new`` again."""
    folder = folder_of(house, "set-aside")
    for place in (folder / name, folder / f"{digest[:12]}__{name}"):
        if place.is_file() and digest_of(place) == digest:
            place.unlink()
            place.with_name(f"{place.name}.reason.json").unlink(missing_ok=True)


def set_aside_place(house: House, file: str) -> Path:
    """Return where a file lies that was set aside, by its name or its path.

    Raises:
        UsageError: there is none of that name.
    """
    place = folder_of(house, "set-aside") / Path(file).name
    if not place.is_file() or place.name.endswith(".reason.json"):
        raise UsageError(f"{Path(file).name}: no such file in spool/set-aside; `listkeeper feeds status` counts them")
    return place


def recover(house: House) -> int:
    """Bring folders and ledger together after a kill; return how many files were put right.

    Only for whoever has the home alone, before anything else is begun.
    """
    righted = 0
    for part in folder_of(house, "new").glob(f"*{PART}"):
        part.unlink()
    with writing(house.engine) as store:
        rows = {digest: (number, state) for number, state, digest in store.all(_OPEN_ROWS)}
        for path in sorted(folder_of(house, "new").iterdir()):
            known = spooled(path)
            if known is None or rows.get(known.sha256, (0, ""))[1] == "new":
                continue
            _enter(store, house, known.feed, known.name, digest=known.sha256, size=path.stat().st_size)
            rows.pop(known.sha256, None)
            righted += 1
    for digest, (number, state) in rows.items():
        righted += _right(house, number, state, digest)
    return righted


_OPEN_ROWS = "SELECT id, state, sha256 FROM taken_file WHERE state IN ('new', 'work')"


def _right(house: House, number: int, state: str, digest: str) -> bool:
    """Put one open file right: finish it where its batch stands, else let it be tried again."""
    with reading(house.engine) as store:
        batch = store.value(
            "SELECT id FROM batch WHERE sha256 = :sha AND status = 'applied' AND kind = 'acs'", sha=digest
        )
        feed, name = store.all("SELECT feed, name FROM taken_file WHERE id = :id", id=number)[0]
    at_work = folder_of(house, "work") / digest / name
    if state == "new" and new_place(house, digest, feed, name).exists():
        return False
    if at_work.exists() and batch is None:
        put_back(house, number, at_work)
    elif at_work.exists() or any(_done(house, digest)):
        finish(house, number, at_work, batch)
    elif (aside := _note_of(house, digest, name)) is not None:
        _close(house, number, "set-aside", error=aside["error"], reason=aside["reason"], what_to_do=aside["what_to_do"])
    else:
        return False  # it lies in the spool of another home on this database, or somebody took it away
    return True


def _done(house: House, digest: str) -> Iterator[Path]:
    return folder_of(house, "done").glob(f"{digest}__*")


def _note_of(house: House, digest: str, name: str) -> dict[str, Any] | None:
    folder = folder_of(house, "set-aside")
    for place in (folder / name, folder / f"{digest[:12]}__{name}"):
        note = place.with_name(f"{place.name}.reason.json")
        if place.exists() and note.exists() and digest_of(place) == digest:
            return dict(json.loads(note.read_text(encoding="utf-8")))
    return None
