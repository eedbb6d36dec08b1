"""Everything that ever happened to one addressee, and from which file and line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from daemon.care import story
from daemon.care.facts import UNCERTIFIED
from daemon.db import Row, Store, reading
from daemon.drop.story import mailings
from daemon.errors import UsageError
from daemon.wiring import House
from keyline.addressblock import last_line
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE, MOVE_TYPE
from schemas.standing import STANDING

# How entries of the same second stand: by the first change of their batch, since changes are numbered as they come;
# then within the batch. Taken out again.
_ORDER = "_order"
_BLANK: dict[str, Any] = {
    "at": None,
    "what": None,
    "said": None,
    "file": None,
    "sha256": None,
    "line": None,
    "batch": None,
    "outcome": None,
    "reason": None,
    "from": None,
    "to": None,
    "status": None,
    "undone": False,
    "note": None,
}


def tell_why(house: House, name: str, record_id: str) -> dict[str, Any]:
    """Return ``{"list", "record_id", "now", "history"}``, the history with the oldest first.

    Each entry has ``at``, ``what`` (``imported``, ``client_file``, ``notice``, ``question``, ``sent``, ``labels``,
    ``mailed`` or ``undone``), ``said`` (what the record said), ``file``, ``sha256`` and ``line`` it stands on,
    ``batch``, ``outcome``, ``reason``, the address ``from`` and ``to``, the ``status`` after it, and ``undone``. A
    notice that only a later batch could follow is told with the file it came in and with that batch. What has no
    value is None.

    Raises:
        UsageError: no such list, or no such record in it.
    """
    with reading(house.engine) as store:
        now = _now(store, name, record_id)
        number = now.pop("id")
        changes = _changes(store, number)
        entries = [
            *_imports(store, number, changes, now),
            *_decisions(store, number, changes),
            *_questions(store, number),
            *_undoings(store, number),
            *_sendings(store, number),
            *(_BLANK | entry | {_ORDER: (math.inf, 0, 3, drop)} for drop, entry in mailings(store, number)),
        ]
    entries.sort(key=lambda entry: (datetime.fromisoformat(entry["at"]), entry[_ORDER]))
    for entry in entries:
        del entry[_ORDER]
    return {"list": name, "record_id": record_id, "now": now, "history": entries}


def _now(store: Store, name: str, record_id: str) -> dict[str, Any]:
    if store.value("SELECT id FROM mailing_list WHERE name = :name", name=name) is None:
        raise UsageError(f"there is no list {name}; `listkeeper list show` names them")
    row = store.one(
        """SELECT a.id, a.status, a.status_reason, a.keyline, a.name_prefix, a.first_name, a.middle_name, a.last_name,
        a.name_suffix, a.company, a.address_since, a.move_month, a.needs_cass, a.locked,
        d.address1, d.city, d.state, d.zip5, d.zip4
        FROM addressee a JOIN mailing_list l ON l.id = a.list_id JOIN address d ON d.id = a.address_id
        WHERE l.name = :name AND a.record_id = :record""",
        name=name,
        record=record_id,
    )
    if row is None:
        raise UsageError(f"list {name} has no record {record_id}")
    names, company = row[4:9], row[9]
    return {
        "id": row[0],
        "status": row[1],
        "status_reason": row[2],
        "keyline": row[3],
        "name": " ".join(part for part in names if part) or company,
        "address": _address(row[14:]),
        "address_since": row[10],
        "move_month": row[11],
        "needs_cass": bool(row[12]),
        "locked": bool(row[13]),
        **story.care_now(store, row[0]),
        "open_questions": [
            {"id": item, "reason": reason}
            for item, reason in store.all(
                "SELECT id, reason FROM review_item WHERE addressee_id = :id AND status = 'open' ORDER BY id", id=row[0]
            )
        ],
        "waiting": [
            {"due": due, "line": line, "batch": batch}
            for due, line, batch in store.all(
                """SELECT w.due, w.line, w.batch_id FROM waiting_move w JOIN batch b ON b.id = w.batch_id
                WHERE w.addressee_id = :id AND w.status = 'waiting' AND b.status = 'applied' ORDER BY w.id""",
                id=row[0],
            )
        ],
    }


def _address(parts: Sequence[str]) -> str:
    line, *rest = parts
    return ", ".join(part for part in (line, last_line(*rest)) if part)


def _changes(store: Store, number: int) -> list[dict[str, Any]]:
    names = ("id", "batch_id", "import_id", "line", "kind", "undone_at", *(f"from_{each}" for each in STANDING))
    names = (*names, *(f"to_{each}" for each in STANDING))
    rows = store.all(
        f"""SELECT {", ".join(f"c.{each}" for each in names)},
        f.address1, f.city, f.state, f.zip5, f.zip4, t.address1, t.city, t.state, t.zip5, t.zip4
        FROM change c LEFT JOIN address f ON f.id = c.from_address_id LEFT JOIN address t ON t.id = c.to_address_id
        WHERE c.addressee_id = :id ORDER BY c.id""",
        id=number,
    )
    told = []
    for row in rows:
        change = dict(zip(names, row, strict=False))
        change |= {"from": _address(row[len(names) : len(names) + 5]), "to": _address(row[len(names) + 5 :])}
        told.append(change)
    return told


def _imports(store: Store, number: int, changes: list[dict[str, Any]], now: dict[str, Any]) -> list[dict[str, Any]]:
    """What the client's own files said: the one that brought the record, and those that changed it."""
    entries = []
    came = store.one(
        """SELECT i.at, i.file, i.sha256, a.import_line FROM addressee a JOIN import_run i ON i.id = a.import_id
        WHERE a.id = :id""",
        id=number,
    )
    if came is not None:
        at, file, sha256, line = came
        first = changes[0] if changes else None
        address = first["from"] if first else now["address"]
        status = first["from_status"] if first else now["status"]
        entry = {"at": at, "what": "imported", "file": file, "sha256": sha256, "line": line}
        entries.append(_BLANK | entry | {"to": address, "status": status, _ORDER: (-1, 0, 0, 0)})
    runs = {
        row[0]: row[1:]
        for row in store.all(
            """SELECT id, at, file, sha256 FROM import_run
            WHERE id IN (SELECT import_id FROM change WHERE addressee_id = :id)""",
            id=number,
        )
    }
    for change in changes:
        if change["import_id"] is not None:
            at, file, sha256 = runs[change["import_id"]]
            entry = {"at": at, "what": "client_file", "file": file, "sha256": sha256, "line": change["line"]}
            entries.append(_BLANK | entry | _effect(change) | {_ORDER: (change["id"], 0, 0, 0)})
    return entries


def _sendings(store: Store, number: int) -> list[dict[str, Any]]:
    """When the addressee went out to NCOALink or CASS."""
    return [
        _BLANK | entry | {"to": _address(entry["to"]), _ORDER: (-0.5, 0, 0, job)}
        for job, entry in story.sendings(store, number)
    ]


def _effect(change: dict[str, Any] | None) -> dict[str, Any]:
    """What a change did, as far as it can be seen."""
    if change is None:
        return {}
    moved = change["from_address_id"] != change["to_address_id"]
    return {
        "from": change["from"] if moved else None,
        "to": change["to"] if moved else None,
        "status": change["to_status"],
        "undone": change["undone_at"] is not None,
    }


def _decisions(store: Store, number: int, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = store.all(
        """SELECT d.id, b.applied_at, b.id, b.undone_at, b.kind, d.line, d.kind, d.code, d.move_type, d.move_date,
        d.fulfilled, d.outcome, d.reason, d.answered, coalesce(o.file, b.file), coalesce(o.sha256, b.sha256),
        b.first_change, coalesce(o.kind, b.kind), j.certified
        FROM decision d JOIN batch b ON b.id = d.batch_id LEFT JOIN batch o ON o.id = d.origin_batch_id
        LEFT JOIN care_job j ON j.id = coalesce(o.job_id, b.job_id) WHERE d.addressee_id = :id ORDER BY d.id""",
        id=number,
    )
    left = [change for change in changes if change["batch_id"] is not None]
    entries = []
    for decision_id, at, batch, undone_at, batch_kind, line, kind, code, *rest in rows:
        *dates, outcome, reason, answered, file, sha256, first_change, came_by, certified = rest
        change = _taken(left, batch, line, outcome)
        entry = {
            "at": at,
            "what": "notice",
            "said": _said(kind, code, *dates, on_paper=came_by == "paper"),
            "file": file,
            "sha256": sha256 or None,
            "line": line,
            "batch": batch,
            "outcome": outcome,
            "reason": reason,
            "note": _note(batch_kind, answered=bool(answered), certified=certified is None or bool(certified)),
            "undone": undone_at is not None,
            _ORDER: (first_change - 0.5, batch, 0, decision_id),
        }
        entries.append(_BLANK | entry | _effect(change))
    return entries


def _taken(left: list[dict[str, Any]], batch: int, line: int, outcome: str) -> dict[str, Any] | None:
    """Take the change out that this decision made, where it made one."""
    for change in left:
        if (change["batch_id"], change["line"]) == (batch, line) and (
            outcome in ("suppressed", "held", "kept") or (change["kind"] != "status") == (outcome == "moved")
        ):
            left.remove(change)
            return change
    return None


def _note(batch_kind: str, *, answered: bool, certified: bool) -> str | None:
    why = {"due": "its date had come", "review": "an operator accepted it"}.get(batch_kind)
    if answered:
        why = "a question of before, answered by this batch"
    return "; ".join(part for part in (why, None if certified else UNCERTIFIED) if part) or None


def _said(kind: str, code: str, move_type: str, move_date: str, fulfilled: str, *, on_paper: bool = False) -> str:
    """Say what a record said, in a few words.

    >>> _said("nixie", "V", "", "", "2026-05-20"), _said("coa", "", "F", "2026-05", "2026-05-20")
    ('nixie V of 2026-05-20: vacant', 'COA F of 2026-05: new address supplied')
    """
    if kind in story.KINDS:
        return story.said(kind, code, move_type, move_date)
    known = (DELIVERABILITY_COA if kind == "coa" else DELIVERABILITY_NIXIE).get(code)
    meaning = known.meaning if known else f"code {code} is not known"
    if on_paper:
        return f"on paper: {meaning}" if kind else "on paper: could not be read"
    if kind == "nixie":
        return f"nixie {code} of {fulfilled}: {meaning}"
    letters = "".join(letter for letter in (move_type if move_type in MOVE_TYPE else "?", code))
    return f"COA {letters} of {move_date or fulfilled}: {meaning}"


def _questions(store: Store, number: int) -> list[dict[str, Any]]:
    """How the questions about the addressee were closed; that they were asked is told by their notice."""
    rows = store.all(
        """SELECT r.id, r.closed_at, r.status, r.reason, r.note, coalesce(r.closed_batch_id, r.batch_id), r.line,
        b.file, b.sha256, c.first_change
        FROM review_item r JOIN batch b ON b.id = r.batch_id JOIN batch c ON c.id = coalesce(r.closed_batch_id, b.id)
        WHERE r.addressee_id = :id AND r.closed_at IS NOT NULL AND r.status <> 'open' ORDER BY r.id""",
        id=number,
    )
    entries = []
    for item, at, status, reason, note, batch, line, file, sha256, first_change in rows:
        entry = {"at": at, "what": "question", "outcome": status, "reason": reason, "line": line, "file": file}
        more = {"sha256": sha256 or None, "batch": batch, "note": note or None}
        entries.append(_BLANK | entry | more | {_ORDER: (first_change - 0.5, batch, 1, item)})
    return entries


def _undoings(store: Store, number: int) -> list[dict[str, Any]]:
    rows: list[Row] = store.all(
        """SELECT b.id, b.undone_at, b.file, b.sha256,
        (SELECT min(n.first_change) FROM batch n WHERE n.id > b.id AND n.applied_at >= b.undone_at) FROM batch b
        WHERE b.undone_at IS NOT NULL AND b.id IN (SELECT batch_id FROM decision WHERE addressee_id = :id)
        ORDER BY b.id""",
        id=number,
    )
    entries = []
    for batch, at, file, sha256, next_change in rows:
        entry = {"at": at, "what": "undone", "batch": batch, "file": file, "sha256": sha256 or None}
        entries.append(_BLANK | entry | {_ORDER: ((next_change or math.inf) - 0.75, batch, 2, 0)})
    return entries
