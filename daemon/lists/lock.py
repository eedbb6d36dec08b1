"""Lock one addressee: no notice changes it until it is unlocked."""

from __future__ import annotations

from typing import Any

from daemon.db import writing
from daemon.errors import UsageError
from daemon.lists.known import find_list
from daemon.wiring import House


def lock(house: House, name: str, record_id: str, locked: bool) -> dict[str, Any]:
    """Lock or unlock one addressee; return ``{"list", "record_id", "locked"}``.

    What notices say about a locked addressee is kept with the reason ``locked``; the client's own files go on.

    Raises:
        UsageError: no such list, or no such record in it.
    """
    with writing(house.engine) as store:
        known = find_list(store, name)
        touched = store.run(
            "UPDATE addressee SET locked = :locked WHERE list_id = :list AND record_id = :record",
            locked=locked,
            list=known.id,
            record=record_id,
        )
        if touched != 1:
            raise UsageError(f"list {name} has no record {record_id!r}")
    return {"list": name, "record_id": record_id, "locked": locked}
