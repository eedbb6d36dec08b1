"""Seeds: the bureau's own people on a client's list, who get every piece and are counted apart."""

from __future__ import annotations

from typing import Any

from daemon.db import writing
from daemon.errors import UsageError
from daemon.lists.known import find_list
from daemon.wiring import House


def seed(house: House, name: str, record_id: str, *, is_one: bool) -> dict[str, Any]:
    """Say that a record is a seed, or is none any more; return ``{"list", "record_id", "seed"}``.

    No step of a drop takes a seed out, and no count of the drop has it.

    Raises:
        UsageError: no such list, or no such record in it.
    """
    with writing(house.engine) as store:
        known = find_list(store, name)
        found = store.value(
            "SELECT id FROM addressee WHERE list_id = :list AND record_id = :record", list=known.id, record=record_id
        )
        if found is None:
            raise UsageError(f"list {name} has no record {record_id!r}")
        store.run("DELETE FROM seed WHERE list_id = :list AND record_id = :record", list=known.id, record=record_id)
        if is_one:
            store.run(
                "INSERT INTO seed (id, list_id, record_id, added_at) VALUES (:id, :list, :record, :at)",
                id=store.next_id("seed"),
                list=known.id,
                record=record_id,
                at=house.stamp(),
            )
    return {"list": name, "record_id": record_id, "seed": is_one}
