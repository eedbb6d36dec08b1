"""A list whose care is written by hand: runs that were applied, codings, stamps."""

from __future__ import annotations

from typing import Any

from daemon.care.jobs import Job, find_job, open_job, step
from daemon.db import Store, writing
from daemon.lists.known import find_list
from daemon.wiring import House

BLANK = dict.fromkeys(("dpv", "vacant", "no_stat", "cmra"), "")


def applied(house: House, kind: str, on: str, *, name: str = "spring", state: str = "applied", **facts: Any) -> Job:
    """Enter a run as if its answer had been applied on a day; return the job."""
    with writing(house.engine) as store:
        job = open_job(
            store, house, find_list(store, name), kind=kind, adapter="engine", adapter_kind="manual", why="operator"
        )
        store.run("UPDATE care_job SET created_at = :at WHERE id = :id", at=f"{on}T08:00:00+00:00", id=job.id)
        return step(store, job, state, **({"processed_on": on, "sent": 10, "certified": True} | facts))


def coded(house: House, job: Job, record_id: str, dpv: str, **facts: Any) -> int:
    """Enter what a run found about the present address of a record; return the coding's id."""
    with writing(house.engine) as store:
        number = store.next_id("coding")
        addressee, address, _place = _of(store, record_id)
        columns = {
            **BLANK,
            **facts,
            "id": number,
            "addressee_id": addressee,
            "address_id": address,
            "job_id": job.id,
            "dpv": dpv,
            "mailable": dpv in ("Y", "D", "S"),
        }
        columns.setdefault("automation", dpv == "Y")
        store.load("coding", list(columns), [tuple(columns.values())])
        return number


def stamped(house: House, job: Job, record_id: str, on: str) -> int:
    """Give a record a Move Update stamp for where it is now; return its id."""
    with writing(house.engine) as store:
        number = store.next_id("stamp")
        addressee, _address, place = _of(store, record_id)
        columns = ("id", "addressee_id", "place_id", "job_id", "method", "processed_on")
        store.load("stamp", columns, [(number, addressee, place, job.id, "ncoalink", on)])
        return number


def marked(house: House, sql: str, **values: Any) -> None:
    """Run one statement."""
    with writing(house.engine) as store:
        store.run(sql, **values)


def fresh(house: House, job: Job) -> Job:
    """The job as its row has it now."""
    with writing(house.engine) as store:
        return find_job(store, job.id)


def _of(store: Store, record_id: str) -> tuple[int, int, int]:
    row = store.one(
        """SELECT a.id, a.address_id, d.place_id FROM addressee a JOIN address d ON d.id = a.address_id
        WHERE a.record_id = :id""",
        id=record_id,
    )
    assert row is not None
    return row[0], row[1], row[2]
