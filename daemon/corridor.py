"""The corridor: what lies in the spool is applied file by file, in order, and ends in exactly one folder.

Files of one customer are applied in the order of create date and shipment number, whatever order they came in.
One bad file never stops the next.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from daemon import config
from daemon.care.arrivals import apply_any
from daemon.db import reading, writing
from daemon.errors import HouseError, SetAsideError, TryAgainError
from daemon.intake import spool
from daemon.intake.incoming import digest_of, incoming
from daemon.intake.remedies import what_to_do
from daemon.returns.apply import Progress
from daemon.telemetry import log
from daemon.wiring import House


class Waiting(NamedTuple):
    """A file in ``new``, with what decides when its turn is."""

    customer: str
    create_date: str
    shipment: str
    id: int
    feed: str
    name: str


def process(house: House, progress: Progress = lambda _what, _done, _of: None) -> list[dict[str, Any]]:
    """Apply every file that lies in ``new``; return what `apply` tells of each, with its ``feed``.

    A file that cannot be applied is set aside with its reason; its result has ``what_to_do``.

    Raises:
        TryAgainError: the database or the disk fails them all. The file in hand is back in ``new``, the files
            before it are done.
    """
    return [_apply(house, waiting, progress=progress) for waiting in _in_order(house)]


def replay(house: House, file: str, *, accept_large_change: bool = False) -> dict[str, Any]:
    """Try a file again that was set aside, by its name; return what `apply` tells of it, with its ``feed``.

    Raises:
        UsageError: no such file was set aside.
    """
    place = spool.set_aside_place(house, file)
    note = place.with_name(f"{place.name}.reason.json")
    with reading(house.engine) as store:
        row = store.one(
            "SELECT feed, name FROM taken_file WHERE sha256 = :sha AND state = 'set-aside'", sha=digest_of(place)
        )
    feed, name = row or ("", place.name)
    taken = spool.take_in(house, feed, place, name)
    place.unlink(missing_ok=True)
    note.unlink(missing_ok=True)
    return _apply(house, Waiting("", "", "", taken.id, feed, name), accept_large_change=accept_large_change)


def _in_order(house: House) -> list[Waiting]:
    with reading(house.engine) as store:
        rows = store.all("SELECT id, feed, name, sha256 FROM taken_file WHERE state = 'new' ORDER BY id")
    # What lies in the spool of another home on this database is that one's to apply.
    rows = [row for row in rows if spool.new_place(house, row[3], row[1], row[2]).exists()]
    waiting = []
    for number, feed, name, digest in rows:
        facts = ("", "", "") if len(rows) == 1 else _facts(house, feed, name, digest)
        waiting.append(Waiting(*facts, number, feed, name))
    return sorted(waiting)


def _facts(house: House, feed: str, name: str, digest: str) -> tuple[str, str, str]:
    """Return customer, create date and shipment of a waiting file; blanks where it cannot be read so far."""
    path = spool.new_place(house, digest, feed, name)
    try:
        with incoming(house, path, password=_password(house, feed), archive=False) as source:
            header = source.records.header
            return header.customer_id, header.create_date, header.shipment_number
    except HouseError:
        return "", "", ""


def _password(house: House, name: str) -> bytes | None:
    feed = next((feed for feed in house.settings.feeds if feed.name == name), None)
    if feed is None or feed.zip_password is None:
        return None
    return config.secret(house.home, feed.zip_password, f"feed {name}: zip_password")


def _apply(
    house: House,
    waiting: Waiting,
    *,
    accept_large_change: bool = False,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, Any]:
    path: Path | None = None
    try:
        path = spool.claim(house, waiting.id)
        password = _password(house, waiting.feed)
        result = dict[str, Any](
            apply_any(house, path, password=password, accept_large_change=accept_large_change, progress=progress)
        )
    except TryAgainError:
        if path is not None:
            spool.put_back(house, waiting.id, path)
        raise
    except HouseError as error:
        reason = error.reason if isinstance(error, SetAsideError) else "operator"
        result = {"status": "set_aside", "file": waiting.name, "error": str(error), "reason": reason, "batch": None}
    result["feed"] = waiting.feed
    if result["status"] in ("applied", "repeat"):
        _keep_facts(house, waiting.id, result["batch"])
        spool.finish(house, waiting.id, path or Path(waiting.name), result["batch"])
    else:
        reason = "large-change" if result["status"] == "stopped" else str(result.get("reason", ""))
        result["what_to_do"] = what_to_do(reason, waiting.name)
        spool.set_aside(
            house,
            waiting.id,
            path or Path(waiting.name),
            error=str(result["error"]),
            reason=reason,
            what_to_do=result["what_to_do"],
        )
    log("file_finished", file=waiting.name, feed=waiting.feed, status=result["status"], batch=result["batch"])
    return result


def _keep_facts(house: House, taken: int, batch: int) -> None:
    """Note in the ledger what the file's header said: the arrival monitor asks for it."""
    with writing(house.engine) as store:
        store.run(
            """UPDATE taken_file SET (customer, create_date, shipment, records) =
            (SELECT customer, create_date, shipment, read FROM batch WHERE id = :batch) WHERE id = :id""",
            batch=batch,
            id=taken,
        )
