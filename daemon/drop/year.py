"""The year of one client: what was mailed, what moved or fell out and who said so, the care of its lists, its cost.

Nobody's name or address is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from daemon.care.facts import UNCERTIFIED, processed, rate_of_run
from daemon.care.jobs import jobs_in
from daemon.db import Store, reading
from daemon.drop.report import drawn, format_of, percent
from daemon.drop.state import DISPOSITIONS, find_drop
from daemon.durable import atomic_bytes
from daemon.errors import UsageError
from daemon.returns.report import PILES
from daemon.telemetry import log
from daemon.wiring import House
from schemas.codes import STRENGTH

FIRST_YEAR: Final = 1990


def client_report(house: House, client: str, year: int | None = None) -> dict[str, Any]:
    """Return the year of one client.

    ``{"report", "client", "year", "lists", "drops", "totals", "sources", "imports", "care", "deliverability",
    "costs"}``. ``lists`` are as they stand when it is made; ``drops`` those of the year that were checked, with their
    manifest's counts; ``sources`` what the batches of the year did, by what told it; ``costs`` what
    `daemon.costs.costs.costs` says of the client.

    Args:
        year: None: this one.

    Raises:
        UsageError: no such client, or a year that cannot be.
    """
    wanted = house.now().year if year is None else year
    if not FIRST_YEAR <= wanted <= house.now().year + 1:
        raise UsageError(f"--year: {wanted} is no year of ours; give one from {FIRST_YEAR} to next year")
    with reading(house.engine) as store:
        names = store.all("SELECT id, name FROM mailing_list WHERE client = :client ORDER BY name", client=client)
        drops = list(_drops(store, client, str(wanted)))
        if not names and not drops:
            raise UsageError(f"there is no client {client!r}; `listkeeper list show` has each list and its client")
        lists: dict[int, str] = dict(names)
        care = list(_care(store, lists, str(wanted)))
        told = {
            "report": "client",
            "client": client,
            "year": wanted,
            "lists": [_list(store, number, name) for number, name in lists.items()],
            "drops": drops,
            "totals": _totals(drops),
            "sources": list(_sources(store, set(lists.values()), str(wanted))),
            "imports": _imports(store, lists, str(wanted)),
            "care": care,
            "deliverability": [*_over_time(drops, care)],
        }
    return {**told, "costs": _costs(house, client, wanted) if names else None}


def write_client_report(house: House, client: str, path: Path, year: int | None = None) -> dict[str, Any]:
    """Write the year of a client as PDF, HTML or JSON, by the name of the file; return it with ``file``, ``sha256``.

    Raises:
        UsageError: as :func:`client_report`; or the name ends in none of the three, or cannot be a file.
        OperatorError, TryAgainError: it cannot be written there, or the disk is full.
    """
    form = format_of(path)
    facts = client_report(house, client, year)
    if form == "json":
        content = (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode()
    else:
        from daemon.drop.year_page import page_of

        content = drawn(page_of(facts), form)
    with atomic_bytes(path) as file:
        file.write(content)
    digest = hashlib.sha256(content).hexdigest()
    log("client_reported", kind=form, sha256=digest)
    return {**facts, "file": str(path), "format": form, "sha256": digest}


def _list(store: Store, number: int, name: str) -> dict[str, Any]:
    rows = store.all("SELECT status, count(*) FROM addressee WHERE list_id = :list GROUP BY status", list=number)
    status = dict.fromkeys(STRENGTH, 0) | dict(rows)
    return {"list": name, "records": sum(status.values()), **status}


def _drops(store: Store, client: str, year: str) -> Iterator[dict[str, Any]]:
    """Yield the drops of a year, the first day first."""
    rows = store.all(
        """SELECT name FROM mail_drop WHERE client = :client AND checked_at IS NOT NULL
        AND substr(coalesce(mailed_on, mail_date), 1, 4) = :year ORDER BY coalesce(mailed_on, mail_date), id""",
        client=client,
        year=year,
    )
    for (name,) in rows:
        drop = find_drop(store, name)
        manifest = drop.result.get("manifest", {})
        counts = {each: int(manifest.get(each, 0)) for each in ("read", *DISPOSITIONS, "seeds", "print_output")}
        yield {
            "drop": drop.name,
            "day": drop.mailed_on or drop.mail_date,
            "offer": drop.offer,
            "class": drop.mail_class,
            "state": drop.state,
            **counts,
            "share": percent(counts["mailable"], counts["read"]),
            "reasons": drop.result.get("reasons", {}),
            "overrides": len(manifest.get("overrides", ())),
        }


def _totals(drops: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up the drops that have gone out."""
    mailed = [drop for drop in drops if drop["state"] == "mailed"]
    reasons: dict[str, int] = {}
    for drop in mailed:
        for reason, count in drop["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + count
    names = ("read", *DISPOSITIONS, "seeds", "print_output")
    sums = {name: sum(drop[name] for drop in mailed) for name in names}
    share = percent(sums["mailable"], sums["read"])
    return {"drops": len(mailed), **sums, "share": share, "reasons": dict(sorted(reasons.items()))}


def _sources(store: Store, names: set[str], year: str) -> Iterator[dict[str, Any]]:
    """Yield what the batches of a year that stand did to the client's lists, by their kind."""
    found: dict[str, dict[str, Any]] = {}
    for kind, result in store.all(
        "SELECT kind, result FROM batch WHERE status = 'applied' AND substr(applied_at, 1, 4) = :year ORDER BY id",
        year=year,
    ):
        own = {name: of for name, of in json.loads(result).get("lists", {}).items() if name in names}
        if not own:
            continue
        source = found.setdefault(kind, {"source": kind, "batches": 0, **dict.fromkeys(PILES, 0)})
        source["batches"] += 1
        for pile in PILES:
            source[pile] += sum(of.get(pile, 0) for of in own.values())
    yield from (found[kind] for kind in sorted(found))


def _imports(store: Store, lists: dict[int, str], year: str) -> dict[str, int]:
    counts = ("added", "changed", "unchanged", "kept", "rejected")
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in counts)
    listed = ", ".join(str(int(number)) for number in lists) or "0"
    row = store.all(
        f"SELECT count(*), {sums} FROM import_run WHERE list_id IN ({listed}) AND substr(at, 1, 4) = :year", year=year
    )[0]
    return {name: int(value) for name, value in zip(("files", *counts), row, strict=True)}


def _care(store: Store, lists: dict[int, str], year: str) -> Iterator[dict[str, Any]]:
    """Yield the runs of a year that stand, the first first."""
    runs = [job for job in jobs_in(store, ("applied",)) if job.list_id in lists]
    for job in sorted(runs, key=lambda job: (processed(job), job.id)):
        if processed(job).isoformat()[:4] != year:
            continue
        rate = rate_of_run(store, job) if job.kind == "cass" else None
        yield {
            "job": job.id,
            "kind": job.kind,
            "list": job.list,
            "processed_on": processed(job).isoformat(),
            "database_date": job.database_date or None,
            "engine": job.engine,
            "sent": job.sent,
            "rate": rate and rate.percent,
            "grade": rate and rate.grade,
            "papers": int(store.value("SELECT count(*) FROM paper WHERE job_id = :job", job=job.id)),
            "certified": job.certified,
            "certification": "" if job.certified else UNCERTIFIED,
        }


def _over_time(drops: list[dict[str, Any]], care: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what was mailable of each drop, and what was coded in each CASS run, in the order of days."""
    points = [("mailable", drop["day"], drop["drop"], drop["share"]) for drop in drops]
    points += [("coded", run["processed_on"], run["list"], run["rate"]) for run in care if run["kind"] == "cass"]
    for what, day, name, share in sorted(points, key=lambda point: (point[1], point[0], point[2])):
        yield {"day": day, "what": what, "of": name, "percent": share}


def _costs(house: House, client: str, year: int) -> dict[str, Any] | None:
    """Return what the notices of the year cost; files of other clients are not the client's business."""
    from daemon.costs.costs import costs

    found = costs(house, client, since=f"{year}-01-01", until=f"{year}-12-31")
    return {name: found[name] for name in ("total", "clients", "missing_prices")}
