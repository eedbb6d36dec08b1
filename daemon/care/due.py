"""Start the care that is due: a job where an adapter is set for it, else a word to the operator."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from daemon.care.cycles import Due, due
from daemon.care.facts import Runs, facts_of, last_runs, pace_of
from daemon.care.jobs import FOLDER, UNDER_WAY, Job, Kind, jobs_in
from daemon.db import reading
from daemon.durable import atomic_writer
from daemon.errors import HouseError, TryAgainError
from daemon.lists.known import Known, find_list
from daemon.telemetry import log
from daemon.wiring import House

ORDER: Final[tuple[Kind, ...]] = ("cass", "ncoa")  # NCOALink looks up coded addresses only
NAMES: Final = {"cass": "CASS", "ncoa": "NCOALink"}
TOLD = "told.json"  # in the home's folder of jobs: what the operator was told, and on which day
_LOOKED_AT = ("applied", "undone", "failed", "stopped", *UNDER_WAY)
_FAILED = ("failed", "stopped")


class Started(NamedTuple):
    """What a look at the clocks has brought."""

    jobs: list[dict[str, Any]]  # started now, as `care jobs` tells them
    alerts: list[dict[str, Any]]


def start_due(house: House) -> Started:
    """Look at every list, start what is due, and return it with what the operator should know.

    CASS comes first, and NCOALink waits until the list's CASS job is applied; while any job of a list is under way no
    other is started. A kind whose last job has failed is not started again by itself.
    Each alert is told once a day at most, however often we look.

    Raises:
        TryAgainError: the database does not answer, or another writer was busy; what was started is under way.
    """
    from daemon.care.proofs.pafs import expiring

    look = _Look(house, [], {})
    for known, found, newest in _due_lists(house):
        look.after(known, found, newest)
    if look.jobs:
        log("care_started", jobs=len(look.jobs))
    return Started(look.jobs, [*_not_told_today(house, look.alerts), *expiring(house)])


def _due_lists(house: House) -> list[tuple[Known, list[Due], dict[Kind, Job]]]:
    """Return each list with what is due of it, and its newest job of each kind that was not cancelled."""
    today, pace = house.now().date(), pace_of(house.settings)
    with reading(house.engine) as store:
        names = sorted(name for (name,) in store.all("SELECT name FROM mailing_list"))
        jobs = jobs_in(store, _LOOKED_AT)
        runs = last_runs(job for job in jobs if job.state == "applied")
        found = []
        for name in filter(partial(_is_watched, house), names):
            known = find_list(store, name)
            facts = facts_of(store, house.settings, known, today, runs=runs.get(known.id, Runs(None, None)))
            newest = {job.kind: job for job in jobs if job.list_id == known.id}
            # One under way says more than a newer one that is not.
            newest |= {job.kind: job for job in jobs if job.list_id == known.id and job.state in UNDER_WAY}
            found.append((known, due(facts, today, pace), newest))
    return found


def _is_watched(house: House, name: str) -> bool:
    own = house.settings.of_list(name).care.watch
    return house.settings.care.watch if own is None else own


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at every list."""

    house: House
    jobs: list[dict[str, Any]]
    alerts: dict[str, dict[str, Any]]

    def after(self, known: Known, found: list[Due], newest: dict[Kind, Job]) -> None:
        """Start what is due of one list, or say what keeps it from being started."""
        first: dict[Kind, Due] = {}
        for each in found:
            first.setdefault(each.kind, each)
        under_way = {kind for kind, job in newest.items() if job.state in UNDER_WAY}
        for kind in ORDER:
            if kind not in first or under_way:
                continue
            if kind == "ncoa" and "cass" in first:  # that could not be started, and whoever sees to it is told of both
                self.alerts[f"{known.name} cass"]["message"] += f". NCOALink waits for it: {first[kind].why}"
                continue
            trouble = self._start(known, first[kind], newest.get(kind))
            if trouble is None:
                under_way.add(kind)
                continue
            told = f"list {known.name}: {NAMES[kind]} is due: {first[kind].why}. {trouble}"
            alert = {"kind": "care", "level": "alert", "list": known.name, "message": told}
            self.alerts[f"{known.name} {kind}"] = alert

    def _start(self, known: Known, due_now: Due, newest: Job | None) -> str | None:
        """Start a job; return what keeps it from being started, None where it is under way."""
        from daemon.care.send import send_list

        kind = due_now.kind
        if newest is not None and newest.state in _FAILED:
            return (
                f"Job {newest.id} has {newest.state}: `listkeeper care retry {newest.id}`, or "
                f"`listkeeper care cancel {newest.id}` to have another started"
            )
        care = self.house.settings.of_list(known.name).care
        adapter = getattr(care, kind) or getattr(self.house.settings.care, kind)
        if adapter is None:
            return (
                f"No adapter is set for it: `listkeeper care run {known.name} --{kind} --out FILE.csv` writes the file"
            )
        try:
            job = send_list(self.house, known.name, kind, adapter=adapter, why=due_now.why)
        except TryAgainError:
            raise
        except HouseError as error:
            return f"It was not started: {error}"
        self.jobs.append(job.told())
        return None


def _not_told_today(house: House, alerts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the alerts that nobody was told of today, and note that they are told now."""
    place, today = house.home / FOLDER / TOLD, house.today()
    told: dict[str, str] = {}
    with suppress(OSError, ValueError):
        told = dict(json.loads(place.read_text(encoding="utf-8")))
    new = {key: alert for key, alert in alerts.items() if told.get(key) != today}
    if new:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {key: day for key, day in told.items() if day == today}
        with atomic_writer(place) as file:
            json.dump(kept | dict.fromkeys(new, today), file, ensure_ascii=False, indent=1)
    return list(new.values())
