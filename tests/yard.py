"""A bureau that sends its list to an engine: the house, the job, and what a turn of the exchange makes of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon import config
from daemon.care.adapters.base import Adapter
from daemon.care.adapters.choice import adapter_for
from daemon.care.exchange import Advanced, advance_all
from daemon.care.jobs import Job, find_job
from daemon.care.send import send_list
from daemon.db import engine_for, reading, writing
from daemon.intake.patience import Patience
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from daemon.wiring import House

QUICK = Patience(connect=5, greet=5, answer=2, backoff=0, pause=lambda _seconds: None)
COLUMNS = ("std_addr1", "std_city", "std_state", "std_zip5", "std_zip4", "std_dp", "dpv", "dpv_footnotes", "engine")
PEOPLE = (
    "record_id,first_name,last_name,address1,city,state,zip5\n"
    "1,MARY,SMITH,12 ELM ST,TULSA,OK,74101\n"
    "2,JOHN,DOE,99 BIRCH RD,ADA,OK,74820\n"
    "3,ANN,ROE,310 DOGWOOD CT,TYLER,TX,75701\n"
)


def coded(sent: str, engine: str = "Some engine 1.0") -> str:
    """What an engine answers in our own columns: everybody coded as sent."""
    rows = list(csv.DictReader(io.StringIO(sent)))
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0], *COLUMNS], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        std = {"std_addr1": row["address1"], "std_city": row["city"], "std_state": row["state"]}
        std |= {"std_zip5": row["zip5"], "std_zip4": "1234", "std_dp": "12", "dpv": "Y", "dpv_footnotes": "AABB"}
        writer.writerow(row | std | {"engine": engine})
    return out.getvalue()


def noted(house: House, path: Path, number: int, **how: Any) -> dict[str, Any]:
    """Stand in for what applies an answer: the job is applied, in one transaction."""
    with writing(house.engine) as store:
        changed = store.run(
            "UPDATE care_job SET state = 'applied', batch_id = 1 WHERE id = :id AND state = 'answered'", id=number
        )
    assert path.is_file()
    assert all(report.is_file() for report in how["reports"])
    return {"status": "applied" if changed else "repeat", "batch": 1, "file": path.name}


@dataclass
class Yard:
    """A house with the list `spring` of three people, and one adapter `engine`."""

    house: House
    folder: Path
    at: datetime = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    apply: Callable[..., dict[str, Any]] | None = noted
    alerts: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begin(cls, home: Path, url: str, folder: Path) -> Yard:
        """Take the list in. No adapter yet."""
        yard = cls(House(home, config.load(home), engine_for(url), lambda: yard.at), folder)
        config.prepare_home(home)
        create_list(yard.house, "spring", client="Acme", account="BYOBOFN")
        extract = folder / "spring.csv"
        extract.write_text(PEOPLE)
        import_file(yard.house, "spring", extract)
        return yard

    def settings(self, toml: str) -> None:
        """Write the settings, and read them."""
        (self.house.home / config.FILE).write_text(toml)
        self.house = replace(self.house, settings=config.load(self.house.home))

    def adapter(self, kind: str, *lines: str) -> None:
        """Have one adapter of a kind."""
        self.settings("\n".join(['[[adapter]]\nname = "engine"', f'kind = "{kind}"', *lines, ""]))

    def send(self, kind: str = "cass") -> Job:
        """Write the file; the job is to be handed over."""
        return send_list(self.house, "spring", kind, adapter="engine")

    def job(self, number: int = 1) -> Job:
        """The job as it is now."""
        with reading(self.house.engine) as store:
            return find_job(store, number)

    def way(self, number: int = 1) -> Adapter:
        """The adapter of a job."""
        return adapter_for(self.house, self.job(number), QUICK)

    def turn(self, **how: Any) -> str:
        """One turn over all jobs; the state of the first."""
        told: Advanced = advance_all(self.house, **{"apply": self.apply, "patience": QUICK} | how)
        self.alerts += told.alerts
        self.results += told.results
        return self.job().state

    def later(self, **span: int) -> None:
        """Let time go by."""
        self.at += timedelta(**span)

    def kinds(self) -> list[tuple[str, str]]:
        """Kind and level of every alert so far."""
        return [(alert["kind"], alert["level"]) for alert in self.alerts]
