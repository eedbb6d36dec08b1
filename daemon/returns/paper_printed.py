"""Which address a piece bore: that of its drop, else what was on file when the list was last printed, else today's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from daemon.db import Row, Store
from daemon.returns.decide import YOUNG_DAYS
from daemon.returns.paper_key import Found
from schemas.text import norm

_GENERAL = "GENERAL DELIVERY"


class Printed(NamedTuple):
    """The address that a notice on paper is about."""

    number: str  # primary number, as a change of address is held against it
    address1: str
    city: str
    state: str
    zip5: str
    young: str = ""  # the day the address on file came in, where the piece may as well bear the one before it


def printed(store: Store, found: Found, on: str, old_zip: str = "") -> Printed:
    """Return which address a piece bore that came back on this day.

    The operator's own word comes first: with ``old_zip`` it is the present or else the newest earlier address of that
    ZIP, and of a ZIP that we never had only the ZIP. Then the address that was checked for the piece's drop, or for
    the last drop mailed to the addressee, or was on file when the list's labels were last written, whichever is the
    latest and not after that day. Where nothing of this is known: the present address.
    """
    versions = _versions(store, found)
    if old_zip:
        same = [row for row in versions if row[5] == old_zip]
        return _printed(same[0]) if same else Printed("", "", "", "", old_zip)
    number = _of_drop(store, found, on) or _of_labels(store, found, on)
    row = next((row for row in versions if row[0] == number), versions[0])
    told = _printed(row)
    unsure = number is None and any(each[5] != row[5] for each in versions[1:]) and _is_young(row[1], on)
    return told._replace(young=row[1]) if unsure else told


def _versions(store: Store, found: Found) -> list[Row]:
    """Return (id, came in, line, city, state, zip) of every address the addressee had, the present one first."""
    rows = store.all(
        """SELECT d.id, d.came_in, d.address1, d.city, d.state, d.zip5, a.address_id FROM addressee a
        JOIN address d ON d.id = a.address_id OR d.id IN (SELECT c.from_address_id FROM change c
            WHERE c.addressee_id = a.id) OR d.id IN (SELECT c.to_address_id FROM change c WHERE c.addressee_id = a.id)
        WHERE a.id = :id""",
        id=found.addressee_id,
    )
    return sorted(rows, key=lambda row: (row[0] != row[6], -row[0]))


def _printed(row: Row) -> Printed:
    _id, _came_in, line, city, state, zip5 = row[:6]
    words = norm(line).split()
    number = next((word for word in words if any(map(str.isdigit, word))), words[0] if words else "")
    return Printed("" if norm(line) == _GENERAL else number, line, city, state, zip5)


def _of_drop(store: Store, found: Found, on: str) -> int | None:
    """Return the address that the piece's drop was checked with, or that of the last drop, unless labels are newer."""
    if found.drop_id is not None:
        number = store.value(
            "SELECT address_id FROM drop_row WHERE drop_id = :drop AND addressee_id = :id",
            drop=found.drop_id,
            id=found.addressee_id,
        )
        if number is not None:
            return int(number)
    mailed = store.one(
        """SELECT p.mailed_on, r.address_id FROM drop_row r JOIN mail_drop p ON p.id = r.drop_id
        WHERE r.addressee_id = :id AND r.disposition = 'mailable' AND p.state = 'mailed' AND p.mailed_on <= :day
        ORDER BY p.mailed_on DESC, p.id DESC LIMIT 1""",
        id=found.addressee_id,
        day=on,
    )
    labels = _last_labels(store, found, on)
    return int(mailed[1]) if mailed is not None and mailed[0] >= labels[:10] else None


def _last_labels(store: Store, found: Found, on: str) -> str:
    at = store.value(
        "SELECT max(at) FROM label_run WHERE list_id = :list AND substr(at, 1, 10) <= :day", list=found.list_id, day=on
    )
    return str(at or "")


def _of_labels(store: Store, found: Found, on: str) -> int | None:
    """Return the address that was on file when the list's labels were last written."""
    at = _last_labels(store, found, on)
    if not at:
        return None
    rows = store.all(
        """SELECT coalesce(b.applied_at, i.at), c.from_address_id, c.to_address_id, c.undone_at FROM change c
        LEFT JOIN batch b ON b.id = c.batch_id LEFT JOIN import_run i ON i.id = c.import_id
        WHERE c.addressee_id = :id AND c.from_address_id <> c.to_address_id ORDER BY c.id""",
        id=found.addressee_id,
    )
    return _on_file(_turns(rows), datetime.fromisoformat(at))


def _turns(rows: Iterable[Row]) -> list[tuple[datetime, int, int]]:
    """Return when the addressee's pointer was turned, from which address to which; an undo turns it back."""
    turns = []
    for at, old, new, undone_at in rows:
        turns.append((datetime.fromisoformat(at), old, new))
        if undone_at is not None:
            turns.append((datetime.fromisoformat(undone_at), new, old))
    return sorted(turns, key=lambda turn: turn[0])


def _on_file(turns: list[tuple[datetime, int, int]], moment: datetime) -> int | None:
    """Return the address at a moment; None where it was never another one than now."""
    before = [new for at, _old, new in turns if at <= moment]
    return before[-1] if before else turns[0][1] if turns else None


def _is_young(came_in: str, on: str) -> bool:
    return (date.fromisoformat(on) - date.fromisoformat(came_in)).days < YOUNG_DAYS
