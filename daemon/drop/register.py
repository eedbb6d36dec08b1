"""The register of suppression files: who is not to be mailed, by whose word, as of when, and for how long it holds.

A file that was withdrawn, or that a newer one has replaced, stays in the register without its keys.

Source: practice of the trade for kinds, levels and ages; 39 USC 3008 and USPS Publication 307 for prohibitory orders.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from daemon.db import Row, Store, reading, writing
from daemon.drop.suppression_file import Level
from daemon.errors import UsageError
from daemon.wiring import House

LEVELS: Final[dict[str, Level]] = {
    "preference": "individual",
    "deceased": "individual",
    "prison": "address",
    "prohibitory": "individual",
    "client": "individual",
    "converted": "household",
}
"""The kinds, and at which level each is matched where nothing else is said."""

WIDE: Final = frozenset(("preference", "deceased", "prohibitory"))  # kinds of the law and the trade: in doubt a hit
SOON: Final = 14  # days before the end of a file at which it is told of
NEVER: Final = 9999  # SuppressionFile.told of a file that nobody has been told of yet


class Registered(NamedTuple):
    """One suppression file, as its row has it."""

    id: int
    kind: str
    source: str
    licence: str
    as_of: str
    max_age_days: int | None
    level: str
    client: str  # empty: every client
    list_id: int | None
    file: str
    sha256: str
    read: int
    rejected: int
    keys: int
    named: bool
    loaded_at: str
    withdrawn_at: str | None
    told: int

    @property
    def good_to(self) -> str | None:
        """The last day on which it is not too old, YYYY-MM-DD; None where it never is."""
        if self.max_age_days is None:
            return None
        return (date.fromisoformat(self.as_of) + timedelta(days=self.max_age_days)).isoformat()

    def state(self, on: str) -> str:
        """Return ``live``, ``stale`` or ``withdrawn`` on a day."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "stale" if self.good_to is not None and on > self.good_to else "live"


_SELECT = f"SELECT {', '.join(Registered._fields)} FROM suppression_file"


def list_files(house: House) -> dict[str, Any]:
    """Return ``{"files": [...]}``, the register, as it was entered: the facts of each file, its state and its end."""
    today = house.today()
    with reading(house.engine) as store:
        return {"files": [_listed(store, each, today) for each in files_of(store)]}


def withdraw_file(house: House, number: int) -> dict[str, Any]:
    """Take a file out of force, for good: its keys go, it stays in the register. Returns it as `list_files` tells it.

    Raises:
        UsageError: there is none of this number, or it is withdrawn already.
    """
    with writing(house.engine) as store:
        known = find_file(store, number)
        if known.withdrawn_at is not None:
            raise UsageError(f"suppression file {number} was withdrawn on {known.withdrawn_at[:10]}")
        withdraw(store, known, house.stamp())
        return _listed(store, find_file(store, number), house.today())


def expiring(house: House) -> list[dict[str, Any]]:
    """Return an alert for each file in force that has come within 14 days of its end, or past it, since the last look.

    Each of the two is told once, whenever the look comes; the row remembers the last one told.
    """
    today, alerts = house.today(), []
    with writing(house.engine) as store:
        for each in files_of(store, in_force=True):
            if each.good_to is None:
                continue
            days = (date.fromisoformat(each.good_to) - date.fromisoformat(today)).days
            stage = 0 if days < 0 else SOON if days <= SOON else NEVER
            if stage >= each.told:
                continue
            store.run("UPDATE suppression_file SET told = :stage WHERE id = :id", stage=stage, id=each.id)
            when = f"has been too old since {each.good_to}" if days < 0 else f"is good to {each.good_to}"
            message = (
                f"suppression file {each.id} ({each.kind}, {each.source}) {when}; "
                "load a newer one: `listkeeper suppress add`"
            )
            level = "alarm" if days < 0 else "alert"
            alerts.append({"kind": "suppression", "level": level, "days": days, "file_id": each.id, "message": message})
    return alerts


def files_of(store: Store, *, in_force: bool = False) -> list[Registered]:
    """Return the files of the register, or only those that are not withdrawn; as they were entered."""
    where = " WHERE withdrawn_at IS NULL" if in_force else ""
    return [_registered(row) for row in store.all(f"{_SELECT}{where} ORDER BY id")]


def find_file(store: Store, number: int) -> Registered:
    """Return one file of the register.

    Raises:
        UsageError: there is none of this number.
    """
    row = store.one(f"{_SELECT} WHERE id = :id", id=number)
    if row is None:
        raise UsageError(f"there is no suppression file {number}; `listkeeper suppress list` shows them")
    return _registered(row)


def _registered(row: Row) -> Registered:
    known = Registered._make(row)
    return known._replace(named=bool(known.named))


def withdraw(store: Store, known: Registered, at: str) -> None:
    """Take the keys of a file away, and note when."""
    store.run("DELETE FROM suppression_key WHERE level = :level AND file_id = :id", level=known.level, id=known.id)
    if known.named:
        store.run("DELETE FROM suppression_name WHERE file_id = :id", id=known.id)
    store.run("UPDATE suppression_file SET withdrawn_at = :at WHERE id = :id", at=at, id=known.id)


def scope_of(store: Store, known: Registered) -> dict[str, str | None]:
    """Return whose mailings a file is for: ``{"client", "list"}``, both None where it is everybody's."""
    name = store.value("SELECT name FROM mailing_list WHERE id = :id", id=known.list_id) if known.list_id else None
    return {"client": known.client or None, "list": name}


def _listed(store: Store, known: Registered, today: str) -> dict[str, Any]:
    facts = known._asdict()
    for name in ("id", "level", "client", "list_id", "named", "told"):
        del facts[name]
    return {
        "file_id": known.id,
        **facts,
        "match": known.level,
        "scope": scope_of(store, known),
        "good_to": known.good_to,
        "state": known.state(today),
    }
