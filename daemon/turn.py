"""Turning addressees: the one place where a standing (address, status) changes, and changes back.

Import, return files, accepted questions and undo all come through here. Each appends its `change`
rows first, in one contiguous range of ids, and then has them applied as a set.
"""

from __future__ import annotations

from collections.abc import Iterable

from daemon.db import Row, Store
from daemon.errors import HouseError
from schemas.standing import STANDING

CHANGE_COLUMNS = (
    "id",
    "addressee_id",
    "batch_id",
    "import_id",
    "line",
    "kind",
    "turned",
    *(f"from_{name}" for name in STANDING),
    *(f"to_{name}" for name in STANDING),
)
ADDRESS_COLUMNS = (
    "id",
    "addressee_id",
    "urbanization",
    "address1",
    "address2",
    "city",
    "state",
    "zip5",
    "zip4",
    "delivery_point",
    "carrier_route",
    "source",
    "came_in",
    "place_id",
)


class HalfAppliedError(HouseError):
    """Changes and addressees disagree in number. The caller's transaction rolls back."""

    def __init__(self, planned: int, turned: int) -> None:
        super().__init__(f"{planned} addressees were to be turned, {turned} were; nothing was changed")
        self.planned = planned
        self.turned = turned


def append_changes(store: Store, rows: Iterable[Row]) -> int:
    """Append change rows (``CHANGE_COLUMNS``); return how many."""
    return store.load("change", CHANGE_COLUMNS, rows)


def turn(store: Store, first: int, last: int) -> int:
    """Give each addressee the standing of its last change in the id range; return how many turned.

    Raises:
        HalfAppliedError: a change names an addressee that is not there.
    """
    store.temporary("turning", "addressee_id bigint PRIMARY KEY, change_id bigint")
    planned = store.run(
        """INSERT INTO turning SELECT addressee_id, max(id) FROM change WHERE id BETWEEN :first AND :last
        GROUP BY addressee_id ORDER BY addressee_id""",
        first=first,
        last=last,
    )
    return _take_over(store, "to", planned)


def turn_back(store: Store, first: int, last: int) -> int:
    """Give each addressee the standing from before its first change in the id range, undone ones apart.

    Only addressees in the temporary table ``undoing`` are touched. Returns how many turned.
    """
    store.temporary("turning", "addressee_id bigint PRIMARY KEY, change_id bigint")
    planned = store.run(
        """INSERT INTO turning SELECT c.addressee_id, min(c.id) FROM change c
        JOIN undoing u ON u.addressee_id = c.addressee_id
        WHERE c.id BETWEEN :first AND :last AND c.undone_at IS NULL GROUP BY c.addressee_id ORDER BY c.addressee_id""",
        first=first,
        last=last,
    )
    return _take_over(store, "from", planned)


def _take_over(store: Store, side: str, planned: int) -> int:
    """Copy one side of the changes in ``turning`` to their addressees."""
    if store.postgres:
        sets = ", ".join(f"{name} = c.{side}_{name}" for name in STANDING)
        turned = store.run(
            f"""UPDATE addressee SET {sets} FROM turning t JOIN change c ON c.id = t.change_id
            WHERE t.addressee_id = addressee.id"""
        )
    else:
        # The row-value form never scans the master, and OR ROLLBACK spares SQLite the statement journal.
        turned = store.run(
            f"""UPDATE OR ROLLBACK addressee SET ({", ".join(STANDING)}) =
            (SELECT {", ".join(f"{side}_{name}" for name in STANDING)} FROM change
             WHERE id = (SELECT change_id FROM turning WHERE turning.addressee_id = addressee.id))
            WHERE id IN (SELECT addressee_id FROM turning)"""
        )
    if turned != planned:
        raise HalfAppliedError(planned, turned)
    return turned
