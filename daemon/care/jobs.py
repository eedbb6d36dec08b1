"""Jobs at outside engines: their states, and the steps from one to the next. Each step is one row, changed once.

``sending`` (the file is ours, the engine does not have it) → ``handing`` (being handed over: after a kill nobody
knows whether the engine has it until the adapter has looked) → ``waiting`` → ``answered`` (the answer lies in our
home) → ``applied``. ``needs-approval`` waits for an operator's yes to a price. ``failed`` and ``stopped`` (the engine
has locked itself) can be tried again, ``undone`` applied again; ``cancelled`` is the end.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from daemon.db import Store, reading, writing
from daemon.errors import TryAgainError, UsageError
from daemon.lists.known import Known, find_list
from daemon.wiring import House

Kind = Literal["ncoa", "cass"]
UNDER_WAY = ("sending", "handing", "waiting", "needs-approval", "answered")
TAKES_ANSWER = ("sending", "handing", "waiting", "needs-approval", "answered", "failed", "stopped", "undone")
REPEATABLE = ("failed", "stopped", "undone")
MANUAL = "manual"
FOLDER = "spool/care"  # in the home: a folder for each job, named by its token


class Job(NamedTuple):
    """One job, as its row has it."""

    id: int
    kind: Kind
    list_id: int
    list: str  # its name
    client: str
    adapter: str
    adapter_kind: str
    token: str
    state: str
    why: str
    created_at: str
    sent: int
    file: str
    sha256: str
    kept: str
    paf_id: int | None
    deadline: str
    memory: dict[str, Any]
    attempts: int
    error: str
    reason: str
    what_to_do: str
    answer: str
    answer_sha256: str
    batch_id: int | None
    closed_at: str | None
    engine: str
    database_date: str
    processed_on: str
    valid_to: str
    certified: bool
    cost_mills: int | None
    purged_at: str | None

    def folder(self, house: House) -> Path:
        """Return where the job's own files lie: what was sent, what came back, the engine's log."""
        return house.home / FOLDER / self.token

    def told(self) -> dict[str, Any]:
        """Return what `care jobs --json` tells of it."""
        names = (
            *("kind", "list", "client", "adapter", "state", "why", "created_at", "sent", "file", "deadline", "error"),
            *("reason", "what_to_do", "batch_id", "closed_at", "engine", "database_date", "processed_on", "certified"),
        )
        facts = {name.removesuffix("_id"): getattr(self, name) for name in names}
        cost = None if self.cost_mills is None else f"{self.cost_mills / 1000:.2f}"
        return {"job": self.id, **facts, "cost": cost, "token": self.token}


_COLUMNS = ", ".join({"list": "l.name", "client": "l.client"}.get(name, f"j.{name}") for name in Job._fields)
_SELECT = f"SELECT {_COLUMNS} FROM care_job j JOIN mailing_list l ON l.id = j.list_id"


def _job(row: tuple[Any, ...]) -> Job:
    job = Job._make(row)
    return job._replace(memory=json.loads(row[Job._fields.index("memory")]), certified=bool(job.certified))


def open_job(store: Store, house: House, known: Known, *, kind: str, adapter: str, adapter_kind: str, why: str) -> Job:
    """Enter a job in state ``sending``; its file, its counts and its deadline are given later. The caller commits."""
    number = store.next_id("care_job")
    store.run(
        """INSERT INTO care_job (id, kind, list_id, adapter, adapter_kind, token, state, why, created_at, sent, file,
        sha256, kept, deadline, memory, attempts, error, reason, what_to_do, answer, answer_sha256, engine,
        database_date, processed_on, valid_to, certified)
        VALUES (:id, :kind, :list, :adapter, :adapter_kind, :token, 'sending', :why, :at, 0, '', '', '', '', '{}', 0,
        '', '', '', '', '', '', '', '', '', :certified)""",
        id=number,
        kind=kind,
        list=known.id,
        adapter=adapter,
        adapter_kind=adapter_kind,
        token=f"lk{number:06d}-{kind}-{secrets.token_hex(4)}",
        why=why,
        at=house.stamp(),
        certified=adapter_kind != "simulated",
    )
    return find_job(store, number)


def find_job(store: Store, number: int) -> Job:
    """Return one job.

    Raises:
        UsageError: there is none of this number.
    """
    row = store.one(f"{_SELECT} WHERE j.id = :id", id=number)
    if row is None:
        raise UsageError(f"there is no job {number}; `listkeeper care jobs` shows them")
    return _job(row)


def jobs_in(store: Store, states: tuple[str, ...] = UNDER_WAY) -> list[Job]:
    """Return the jobs in some states, oldest first."""
    marks = ", ".join(f"'{state}'" for state in states)
    return [_job(row) for row in store.all(f"{_SELECT} WHERE j.state IN ({marks}) ORDER BY j.id")]


def list_jobs(house: House, name: str | None = None) -> dict[str, Any]:
    """Return every job, oldest first, as `care jobs --json` prints them.

    Args:
        name: of one list; None: those of all lists.

    Raises:
        UsageError: there is no such list.
    """
    with reading(house.engine) as store:
        if name is not None:
            find_list(store, name)
        rows = store.all(f"{_SELECT} ORDER BY j.id")
    return {"jobs": [job.told() for job in map(_job, rows) if name in (None, job.list)]}


def step(store: Store, job: Job, state: str, **facts: object) -> Job:
    """Bring a job into another state, if it still is in the one we know; return it as it is then.

    Args:
        facts: columns of the row that change with it; ``memory`` as a dict.

    Raises:
        TryAgainError: somebody else has brought it further meanwhile.
    """
    if "memory" in facts:
        facts["memory"] = json.dumps(facts["memory"])
    sets = "".join(f", {name} = :{name}" for name in facts)
    changed = store.run(
        f"UPDATE care_job SET state = :state{sets} WHERE id = :id AND state = :was",
        **facts,
        state=state,
        id=job.id,
        was=job.state,
    )
    if changed != 1:
        raise TryAgainError(f"job {job.id} is no longer {job.state}; look at it again with `listkeeper care jobs`")
    return find_job(store, job.id)


def take_step(house: House, job: Job, state: str, **facts: object) -> Job:
    """Do :func:`step` in a transaction of its own: when it returns, the step is durable."""
    with writing(house.engine) as store:
        return step(store, job, state, **facts)


def cancel_job(house: House, number: int) -> dict[str, Any]:
    """End a job that is not applied; its answer is not taken any more. Returns it as `care jobs` tells it.

    Raises:
        UsageError: there is no such job, or it has ended.
    """
    with writing(house.engine) as store:
        job = find_job(store, number)
        if job.state not in TAKES_ANSWER:
            raise UsageError(f"job {number} cannot be cancelled: it is {job.state}")
        return step(store, job, "cancelled", closed_at=house.stamp()).told()


def is_late(job: Job, now: datetime) -> bool:
    """Say whether the engine has taken longer than it may."""
    return bool(job.deadline) and now > datetime.fromisoformat(job.deadline)
