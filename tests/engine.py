"""An engine at the other end of a job: it gets the file that went out and writes the answer that a test wants."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.care.apply import apply_answer, plan_answer
from daemon.care.jobs import Job, find_job
from daemon.care.send import send_list
from daemon.db import reading
from schemas.acs_write import Place
from tests.flows.story import PLACES, Story

NCOA = ("ncoa_code", "match_flag", "move_type", "move_date", *(f"new_{part}" for part in (
    "addr1", "addr2", "urbanization", "city", "state", "zip5", "zip4", "dp", "crrt")), "engine")  # fmt: skip
CASS = (
    *(f"std_{part}" for part in ("addr1", "addr2", "urbanization", "city", "state", "zip5")),
    *("std_zip4", "std_dp", "std_chk", "std_crrt"),
    *("elot", "elot_dir", "record_type", "dpv", "dpv_footnotes", "cmra", "vacant", "no_stat", "no_stat_reason"),
    *("lacs_ind", "lacs_code", "suitelink_code", "rdi", "ews", "cass_footnotes", "false_positive", "engine"),
)  # fmt: skip
CODED = {"std_zip4": "1234", "std_dp": "12", "std_chk": "3", "std_crrt": "C001", "dpv": "Y", "dpv_footnotes": "AABB"}
Row = dict[str, str]


def to(where: str | Place, code: str = "A", on: str = "2026-10", move_type: str = "I", **more: str) -> Row:
    """What NCOALink says of somebody who moved to a place."""
    place = where if isinstance(where, Place) else PLACES[where]
    new = {"new_addr1": place.line, "new_city": place.city, "new_state": place.state, "new_zip5": place.zip5}
    return {"ncoa_code": code, "move_type": move_type, "move_date": on.replace("-", ""), **new, **more}


def gone(code: str, on: str = "2026-10") -> Row:
    """What NCOALink says of somebody who moved, and gives no address."""
    return {"ncoa_code": code, "move_type": "I", "move_date": on.replace("-", "")}


@dataclass
class Engine:
    """Answers the jobs of one story."""

    story: Story
    jobs: list[Job] = field(default_factory=list)
    answers: int = 0

    def ask(self, kind: str = "ncoa", **how: Any) -> Job:
        """Send the list out, for an operator to carry."""
        out = self.story.folder / f"out-{len(self.jobs)}.csv"
        self.jobs.append(send_list(self.story.house, "spring", kind, out=out, **how))
        return self.jobs[-1]

    def sent(self, job: Job) -> list[Row]:
        """The rows that went out."""
        with Path(job.file).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def write(self, job: Job, said: Mapping[str, Row] | None = None, *, ids: Sequence[str] | None = None) -> Path:
        """Write an answer: what is said of some, no move or a full coding for the rest."""
        columns = NCOA if job.kind == "ncoa" else CASS
        usual = {"ncoa_code": "00"} if job.kind == "ncoa" else CODED
        rows = self.sent(job)
        self.answers += 1
        path = self.story.folder / f"answer-{self.answers}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [*rows[0], *columns], restval="", lineterminator="\n")
            writer.writeheader()
            for row in rows:
                if ids is None or row["record_id"] in ids:
                    own = (said or {}).get(row["record_id"], usual)
                    writer.writerow(row | (self._as_sent(row) if job.kind == "cass" else {}) | own)
        return path

    def _as_sent(self, row: Row) -> Row:
        pairs = {"addr1": "address1", "addr2": "address2", "city": "city", "state": "state", "zip5": "zip5"}
        return {f"std_{theirs}": row[ours] for theirs, ours in pairs.items()}

    def answer(self, job: Job, said: Mapping[str, Row] | None = None, **how: Any) -> dict[str, Any]:
        """Apply an answer; the result, which must have been applied."""
        how.setdefault("accept_large_change", True)
        result = apply_answer(self.story.house, self.write(job, said), job.id, **how)
        assert result["status"] == "applied", result
        return result

    def says(self, said: Row, kind: str = "ncoa") -> str:
        """Send Mary out and have this said of her; outcome and reason."""
        result = self.answer(self.ask(kind), {"1": said})
        (reason,) = result["reasons"]
        (outcome,) = [pile for pile in ("moved", "suppressed", "held", "kept", "review", "rejected") if result[pile]]
        return f"{outcome} {reason}"

    def plan(self, job: Job, said: Mapping[str, Row] | None = None) -> dict[str, Any]:
        """Plan an answer."""
        return plan_answer(self.story.house, self.write(job, said), job.id)

    def state(self, job: Job) -> str:
        """The state of a job as it is now."""
        with reading(self.story.house.engine) as store:
            return find_job(store, job.id).state

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with reading(self.story.house.engine) as store:
            return store.all(sql, **values)
