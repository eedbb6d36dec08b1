"""What the database has of a drop beside its manifest: coding, duplicates, sources, files, labels, pieces.

Each is asked as of the check: what was done later changes nothing of it. No question fetches more than a row for
each reason, file or run, but for :func:`unmailed`, which streams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Final

from daemon.care.cycles import coding_rate
from daemon.db import Row, Store
from daemon.drop.engines import as_moment, runs_standing
from daemon.drop.state import DISPOSITIONS, Drop
from daemon.lists.streams import streamed

QUESTIONED: Final = ("rejected", "held")  # of whom the source is asked
SHOWN: Final = 50  # lines of a file on a page
_DPV: Final = {"Y": "confirmed", "D": "unit_missing", "S": "unit_not_confirmed"}
UNMAILED: Final = ("list", "file", "line", "record_id", "disposition", "step", "reason", "also", "survivor")
_SEED: Final = "r.reason = 'seed' AND r.disposition = 'mailable'"


def coding_facts(store: Store, drop: Drop, moment: str) -> dict[str, Any]:
    """Return how the mailable records of a drop are coded, by the runs that stood at a moment.

    ``{"of", "coded", "rate", "grade", "dpv": {"confirmed", "unit_missing", "unit_not_confirmed", "not_run", …}}``.
    """
    runs = [run for run in runs_standing(store, [number for number, _ in drop.lists], moment) if run.kind == "cass"]
    ranges = " OR ".join(f"id BETWEEN {int(run.first)} AND {int(run.last)}" for run in runs) or "1 = 0"
    rows = store.all(
        f"""SELECT c.dpv, CASE WHEN d.delivery_point <> '' THEN 1 ELSE 0 END, count(*)
        FROM drop_row r CROSS JOIN address d
        LEFT JOIN (SELECT address_id, max(id) AS id FROM coding WHERE {ranges} GROUP BY address_id) n
        ON n.address_id = r.address_id LEFT JOIN coding c ON c.id = n.id
        WHERE r.drop_id = :drop AND r.disposition = 'mailable' AND NOT ({_SEED}) AND d.id = r.address_id
        GROUP BY 1, 2""",
        drop=drop.id,
    )
    found: Counter[str] = Counter()
    coded = 0
    for dpv, has_point, count in rows:
        found["not_run" if dpv is None else _DPV.get(dpv, "not_confirmed")] += count
        coded += count if has_point else 0
    names = (*_DPV.values(), "not_confirmed", "not_run")
    of = sum(found.values())
    rate = coding_rate(coded, of)
    dpv_counts = {name: found[name] for name in names}
    return {"of": of, "coded": coded, "rate": rate.percent, "grade": rate.grade, "dpv": dpv_counts}


def duplicate_facts(store: Store, drop: Drop) -> dict[str, Any]:
    """Return how many pairs there are, of how many survivors, and from which list to which."""
    names = dict(drop.lists)
    rows = store.all(
        """SELECT r.list_id, s.list_id, r.reason, count(*) FROM drop_row r
        JOIN drop_row s ON s.drop_id = r.drop_id AND s.addressee_id = r.survivor_id
        WHERE r.drop_id = :drop AND r.disposition = 'duplicate' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        drop=drop.id,
    )
    survivors, most = store.all(
        """SELECT count(*), coalesce(max(many), 0) FROM (SELECT count(*) AS many FROM drop_row
        WHERE drop_id = :drop AND disposition = 'duplicate' GROUP BY survivor_id) AS found""",
        drop=drop.id,
    )[0]
    return {
        "pairs": sum(count for *_x, count in rows),
        "survivors": survivors,
        "most_of_one": most,
        "between": [
            {"list": names.get(theirs, ""), "survivor_list": names.get(ours, ""), "level": reason, "pairs": count}
            for theirs, ours, reason, count in rows
        ],
    }


def source_facts(store: Store, drop: Drop) -> list[dict[str, Any]]:
    """Return each source file of the drop's records with what became of them, the worst first.

    ``{"list", "import", "file", "sha256", "imported_at", "records", "rejected", …, "reasons", "lines", "more"}``;
    ``lines`` are the first `SHOWN` of those rejected or held, ``more`` how many there are besides.
    """
    names = dict(drop.lists)
    imports = {row[0]: row[1:] for row in store.all("SELECT id, file, sha256, at FROM import_run")}
    rows = store.all(
        f"""SELECT r.list_id, coalesce(a.import_id, 0), r.disposition, r.reason, count(*) FROM drop_row r
        JOIN addressee a ON a.id = r.addressee_id WHERE r.drop_id = :drop AND NOT ({_SEED}) GROUP BY 1, 2, 3, 4""",
        drop=drop.id,
    )
    sources: dict[tuple[int, int], dict[str, Any]] = {}
    for list_id, import_id, disposition, reason, count in sorted(rows):
        file, sha256, at = imports.get(import_id, ("", "", ""))
        source = sources.setdefault(
            (list_id, import_id),
            {
                "list": names.get(list_id, ""),
                "import": import_id or None,
                "file": file,
                "sha256": sha256,
                "imported_at": at,
                "records": 0,
                **dict.fromkeys(DISPOSITIONS, 0),
                "reasons": {},
                "lines": [],
                "more": 0,
            },
        )
        source["records"] += count
        source[disposition] += count
        if disposition in QUESTIONED:
            source["reasons"][reason] = source["reasons"].get(reason, 0) + count
    _lines(store, drop, sources)
    return sorted(
        sources.values(), key=lambda each: (-sum(each[name] for name in QUESTIONED), each["list"], each["import"] or 0)
    )


def _lines(store: Store, drop: Drop, sources: dict[tuple[int, int], dict[str, Any]]) -> None:
    marks = ", ".join(f"'{name}'" for name in QUESTIONED)
    with streamed(
        store,
        f"""SELECT r.list_id, coalesce(a.import_id, 0), a.import_line, a.record_id, r.disposition, r.step, r.reason,
        r.also FROM drop_row r JOIN addressee a ON a.id = r.addressee_id
        WHERE r.drop_id = :drop AND r.disposition IN ({marks}) ORDER BY 1, 2, a.import_line, a.record_id""",
        drop=drop.id,
    ) as rows:
        for list_id, import_id, line, record_id, disposition, step, reason, also in rows:
            source = sources[list_id, import_id]
            if len(source["lines"]) == SHOWN:
                source["more"] += 1
                continue
            told = {"line": line, "record_id": record_id, "disposition": disposition, "step": step, "reason": reason}
            source["lines"].append({**told, "also": also})


def unmailed(store: Store, drop: Drop) -> AbstractContextManager[Iterator[Row]]:
    """Stream every record that is not mailed, in the columns of `UNMAILED`: by list, source file and line."""
    return streamed(
        store,
        """SELECT l.name, coalesce(i.file, ''), a.import_line, a.record_id, r.disposition, r.step, r.reason, r.also,
        CASE WHEN s.id IS NULL THEN '' ELSE sl.name || '/' || s.record_id END
        FROM drop_row r JOIN addressee a ON a.id = r.addressee_id
        JOIN drop_list p ON p.drop_id = r.drop_id AND p.list_id = r.list_id JOIN mailing_list l ON l.id = r.list_id
        LEFT JOIN import_run i ON i.id = a.import_id
        LEFT JOIN addressee s ON s.id = r.survivor_id LEFT JOIN mailing_list sl ON sl.id = s.list_id
        WHERE r.drop_id = :drop AND r.disposition <> 'mailable'
        ORDER BY p.position, coalesce(a.import_id, 0), a.import_line, a.record_id""",
        drop=drop.id,
    )


def suppression_facts(store: Store, drop: Drop, moment: str) -> list[dict[str, Any]]:
    """Return the suppression files that were in force for a drop at a moment, as the register has them."""
    at, lists = as_moment(moment), {number for number, _ in drop.lists}
    rows = store.all(
        """SELECT id, kind, source, licence, as_of, max_age_days, level, client, list_id, file, sha256, read, rejected,
        loaded_at, withdrawn_at FROM suppression_file ORDER BY kind, id"""
    )
    found = []
    for number, kind, source, licence, as_of, most, level, client, list_id, *rest in rows:
        file, sha256, read, rejected, loaded_at, withdrawn_at = rest
        if client not in ("", drop.client) or (list_id is not None and list_id not in lists):
            continue
        if as_moment(loaded_at) > at or (withdrawn_at and as_moment(withdrawn_at) <= at):
            continue
        age = (drop.day - date.fromisoformat(as_of)).days
        found.append(
            {
                "suppression": number,
                "kind": kind,
                "source": source,
                "licence": licence,
                "as_of": as_of,
                "age_days": age,
                "max_age_days": most,
                "stale": most is not None and age > most,
                "match": level,
                "file": file,
                "sha256": sha256,
                "read": read,
                "rejected": rejected,
            }
        )
    return found


def piece_facts(store: Store, drop: Drop) -> list[dict[str, Any]]:
    """Return the serials given for a drop: how many of each account, the lowest and the highest."""
    rows = store.all(
        """SELECT c.code, count(*), min(p.serial), max(p.serial), max(p.used_on) FROM piece p
        JOIN account c ON c.id = p.account_id WHERE p.drop_id = :drop GROUP BY c.code ORDER BY c.code""",
        drop=drop.id,
    )
    return [
        {"account": code, "pieces": count, "lowest": low, "highest": high, "used_on": used_on}
        for code, count, low, high, used_on in rows
    ]
