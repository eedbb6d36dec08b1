"""How well each list is cared for: its clocks at a glance, as `listkeeper care status` tells them."""

from __future__ import annotations

from datetime import date
from typing import Any

from daemon.care import facts as known_of
from daemon.care.cycles import OUTSIDE_MOVE_UPDATE, Due, Rate, clocks
from daemon.care.facts import UNCERTIFIED, Counts, Runs, processed
from daemon.care.jobs import UNDER_WAY, Job, jobs_in
from daemon.db import Store, reading
from daemon.lists.known import Known, find_list
from daemon.wiring import House


def care_status(house: House, name: str | None = None) -> dict[str, Any]:
    """Return how one list, or each, is cared for, by name.

    ``{"today", "lists": [{"list", "client", "class", "records", "next_drop", "cass", "coding", "move_update", "held",
    "due", "jobs", "paf"}]}``. ``cass`` is the last run: its window as worked out and as printed, the day that counts,
    and a sentence for each that differs; None where there was none. ``due`` has what is due, or comes next, of each
    kind, with the reason. A rate is in percent, rounded down to a tenth; its grade is of the rate unrounded.

    Raises:
        UsageError: no such list.
    """
    with reading(house.engine) as store:
        names = sorted(row[0] for row in store.all("SELECT name FROM mailing_list")) if name is None else [name]
        lists = [find_list(store, each) for each in names]
        runs = known_of.last_runs(jobs_in(store, ("applied",)))
        under_way = jobs_in(store, UNDER_WAY)
        told = [_list(house, store, known, runs.get(known.id, Runs(None, None)), under_way) for known in lists]
    return {"today": house.today(), "lists": told}


def _list(house: House, store: Store, known: Known, runs: Runs, under_way: list[Job]) -> dict[str, Any]:
    today = house.now().date()
    counts = known_of.counts_of(store, known)
    stamps = known_of.stamps_of(store, known)
    drop = known_of.next_drop(store, house.settings, known, today)
    facts = known_of.facts_of(store, house.settings, known, today, runs=runs, counts=counts, stamps=stamps)
    return {
        "list": known.name,
        "client": known.client,
        "class": known.mail_class,
        "records": counts.records,
        "next_drop": drop and drop.isoformat(),
        "cass": _cass(house, store, known, runs.cass) if runs.cass else None,
        "coding": _coding(store, known),
        "move_update": _move_update(known, runs.ncoa, counts, stamps, today=today, drop=drop),
        "held": counts.pending,
        "due": _next(clocks(facts, today, known_of.pace_of(house.settings)), today),
        "jobs": [job.told() for job in under_way if job.list_id == known.id],
        "paf": _paf(house, store, known),
    }


def _cass(house: House, store: Store, known: Known, job: Job) -> dict[str, Any]:
    window, presumed = known_of.window_of(job)
    validity = known_of.validity_of(house.settings, known, job)
    return {
        **_run(job),
        "database_date": job.database_date or None,
        "release_presumed": presumed,
        "window": {name: day.isoformat() for name, day in window._asdict().items()},
        "printed": job.valid_to or None,
        "limits": {name: day.isoformat() for name, day in validity.limits.items()},
        "valid_to": validity.to and validity.to.isoformat(),
        "ruled_by": validity.by,
        "differences": validity.differences,
        **_rate(known_of.rate_of_run(store, job)),
    }


def _run(job: Job) -> dict[str, Any]:
    return {
        "job": job.id,
        "batch": job.batch_id,
        "processed_on": processed(job).isoformat(),
        "engine": job.engine,
        "certified": job.certified,
        "note": None if job.certified else UNCERTIFIED,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"rate": rate.percent, "grade": rate.grade}


def _coding(store: Store, known: Known) -> dict[str, Any]:
    codings = known_of.codings_of(store, known)
    return {
        "of": codings.of,
        "coded": codings.coded,
        "needs_cass": codings.needs_cass,
        **_rate(codings.rate),
        "dpv": {word or "none": count for word, count in codings.dpv.items()},
        **codings.facts,
        "automation": codings.automation,
    }


def _move_update(
    known: Known,
    job: Job | None,
    counts: Counts,
    stamps: dict[date | None, int],
    *,
    today: date,
    drop: date | None,
) -> dict[str, Any]:
    days = [day for day in stamps if day is not None]
    return {
        "needed": known.mail_class not in OUTSIDE_MOVE_UPDATE,
        "last": _run(job) if job else None,
        "mailable": counts.mailable,
        "newest": max(days).isoformat() if days else None,
        "oldest": min(days).isoformat() if days else None,
        "live": counts.mailable - known_of.unstamped(stamps, today),
        "live_at_drop": counts.mailable - known_of.unstamped(stamps, drop) if drop else None,
        "missing": stamps.get(None, 0),
    }


def _next(found: list[Due], today: date) -> list[dict[str, Any]]:
    """Return the first clock of each kind."""
    first: dict[str, Due] = {}
    for each in found:
        first.setdefault(each.kind, each)
    return [
        {"kind": each.kind, "when": each.when.isoformat(), "due": each.when <= today, **_why(each)}
        for each in first.values()
    ]


def _why(due: Due) -> dict[str, str]:
    return {"reason": due.reason, "why": due.why}


def _paf(house: House, store: Store, known: Known) -> dict[str, Any]:
    from daemon.care.proofs.pafs import live_paf, paf_state

    live = live_paf(store, known.client, known.name, house.today())
    state = paf_state(store, known.client, known.name, house.today())
    return {"state": state, "expires_on": live.expires_on if live else None}
