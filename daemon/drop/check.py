"""The check of a drop: seven steps, each with its figures in and out, and a manifest that closes or blocks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final

from daemon.db import Store, in_bulk, writing
from daemon.drop import gates, layers, suppress
from daemon.drop.engines import engines_in_force
from daemon.drop.fuzzy import Scores, compare
from daemon.drop.keys import refresh_keys
from daemon.drop.manifest import UnbalancedDropError, make_manifest
from daemon.drop.state import DISPOSITIONS, STEPS, Drop, find_drop, must_be, same_offer, scope_of
from daemon.lists.known import Known, find_list
from daemon.lists.source import Progress, silent
from daemon.wiring import House

CHECKABLE: Final = ("draft", "checked", "blocked")
_ROW: Final = (
    *("addressee_id", "list_id", "step", "disposition", "reason", "also", "survivor_id", "address_id", "status"),
)


def check_drop(house: House, name: str, *, progress: Progress = silent) -> dict[str, Any]:
    """Run the seven steps; return ``{"drop", "state", "steps", "manifest", "reasons", "warnings"}``.

    Every record of the lists ends in exactly one disposition, kept in ``drop_row``; the first step that meets it owns
    it. The drop is ``checked``, or ``blocked`` where a step is not in order or a sum does not close.

    Raises:
        UsageError: no such drop, or it is released already.
    """
    with writing(house.engine) as store, in_bulk():
        drop = find_drop(store, name)
        must_be(drop, *CHECKABLE, to="checked")
        return run_check(house, store, drop, (), progress)


def run_check(
    house: House, store: Store, drop: Drop, overrides: Collection[dict[str, Any]], progress: Progress = silent
) -> dict[str, Any]:
    """Check a drop inside the caller's transaction.

    Args:
        overrides: ``{"step", "operator", "reason", "at"}``: steps that hold nothing back by an operator's word.
    """
    waived = {each["step"] for each in overrides}
    known = [find_list(store, list_name) for _id, list_name in drop.lists]
    ids = [each.id for each in known]
    progress("match keys", 0, None)
    refresh_keys(store, ids)
    gates.begin(store)
    for position, each in enumerate(known, 1):
        progress("gates", position - 1, len(known))
        gates.gate_jobs(store, house.settings, each, drop)
        gates.enter_rows(store, drop, each, position, waived)
    progress("suppression", 0, None)
    suppress.hits(store, drop_lists=ids, client=drop.client, kinds=layers.KINDS, mail_date=drop.day)
    gross = Counter(layers.take_out(store, "suppression", layers.suppressed(store)))
    warnings = _nearly_suppressed(house, store, drop, gross)
    suppress.converted(store, drop_lists=ids, client=drop.client, mail_date=drop.day)
    gross.update(layers.take_out(store, "internal", layers.bought_or_mailed(store, drop)))
    progress("duplicates", 0, None)
    layers.take_duplicates(store, drop)
    stale = suppress.stale(store, drop_lists=ids, client=drop.client, on=drop.day)
    return _told(house, store, drop, known, overrides=overrides, gross=gross, stale=stale, warnings=warnings)


def _nearly_suppressed(house: House, store: Store, drop: Drop, gross: Counter[str]) -> list[str]:
    """Take out who is nearly a row of a suppression file, where the client's settings ask for it; return warnings."""
    own = house.settings.suppression_of(drop.client)
    if not own.fuzzy:
        return []
    ids, scores = [number for number, _name in drop.lists], Scores(own.remove_at, own.review_at)
    found = compare(store, drop_lists=ids, client=drop.client, kinds=layers.KINDS, scores=scores)
    gross.update(layers.take_out(store, "suppression", layers.nearly(store, "remove")))
    gross.update(layers.take_out(store, "suppression", layers.nearly(store, "review"), "held"))
    if not found.left_out:
        return []
    return [
        f"{found.left_out} blocks of addresses had too many names to compare; the exact keys were held against them"
    ]


def _told(
    house: House,
    store: Store,
    drop: Drop,
    known: list[Known],
    *,
    overrides: Collection[dict[str, Any]],
    gross: Counter[str],
    stale: list[str],
    warnings: list[str],
) -> dict[str, Any]:
    counts = store.all(
        """SELECT list_id, step, disposition, reason, count(*) FROM checking WHERE reason <> 'seed'
        GROUP BY list_id, step, disposition, reason"""
    )
    seeds = int(store.value("SELECT count(*) FROM checking WHERE reason = 'seed'"))
    by_disposition = {name: sum(n for *_x, of, _r, n in counts if of == name) for name in DISPOSITIONS}
    reasons: dict[str, dict[str, int]] = {}
    flat: dict[str, int] = {}
    for _list, _step, disposition, reason, count in counts:
        if disposition != "mailable":
            of = reasons.setdefault(disposition, {})
            of[reason] = of.get(reason, 0) + count
            flat[reason] = flat.get(reason, 0) + count
    steps = _steps(store, drop, counts, overrides=overrides, stale=stale)
    lists = [_of_list(each, counts) for each in known]
    warnings = [*warnings, *_wanted(drop, by_disposition["mailable"]), *_on_its_way(store, drop)]
    at = house.stamp()
    try:
        manifest = make_manifest(
            drop={**drop.told(), "state": "checked", "checked_at": at},
            read=sum(by_disposition.values()),
            by_disposition=by_disposition,
            reasons=reasons,
            lists=lists,
            steps=steps,
            engines=engines_in_force(store, [each.id for each in known], at),
            overrides=[*overrides],
            seeds=seeds,
            gross=dict(gross),
            hashes={"records": _digest(store)},
            tools={"listkeeper": version("listkeeper")},
            settings={"dedupe": drop.dedupe},
        )
    except UnbalancedDropError as error:
        steps[-1] |= {"ok": False, "why": str(error)}
        manifest = {"read": sum(by_disposition.values()), **by_disposition, "inequalities": list(error.inequalities)}
    state = "checked" if all(step["ok"] or step.get("override") for step in steps) else "blocked"
    told = {
        "drop": drop.name,
        "state": state,
        "steps": steps,
        "manifest": manifest,
        "reasons": dict(sorted(flat.items())),
        "warnings": warnings,
    }
    _keep(store, drop, state, told, at)
    return told


def _steps(
    store: Store,
    drop: Drop,
    counts: list[Any],
    *,
    overrides: Collection[dict[str, Any]],
    stale: list[str],
) -> list[dict[str, Any]]:
    """Return the seven steps with their figures: what came in, what was taken out, whether it is in order and why."""
    said = {each["step"]: each for each in overrides}
    left = sum(count for *_x, count in counts)
    steps = []
    for step in STEPS:
        removed = sum(count for _list, of, _d, _r, count in counts if of == step)
        fault, note = _look(store, drop, step, left=left, removed=removed, stale=stale)
        told = {"step": step, "in": left, "out": left - removed, "removed": removed, "ok": not fault}
        told["why"] = fault or note
        if step in said:
            told["override"] = {name: said[step][name] for name in ("operator", "reason", "at")}
        steps.append(told)
        left -= removed
    return steps


def _look(store: Store, drop: Drop, step: str, *, left: int, removed: int, stale: list[str]) -> tuple[str, str]:
    """Return what is not in order with a step, and what is worth knowing of it."""
    nobody = left > 0 and removed == left
    if step == "cass" and nobody:
        return f"no record has a CASS coding that holds on {drop.mail_date}; `listkeeper care run NAME --cass`", ""
    if step == "dpv" and nobody:
        return "no record's delivery point is confirmed; `listkeeper care status` shows the last run", ""
    if step == "ncoa" and nobody:
        return (
            f"no record has a Move Update stamp that lives on {drop.mail_date}; `listkeeper care run NAME --ncoa`",
            "",
        )
    if step == "suppression" and stale:
        return "; ".join(stale), ""
    if step == "dedupe" and drop.dedupe != "none":
        uncoded = store.value("SELECT count(*) FROM checking WHERE step IN ('', 'dedupe') AND NOT coded")
        if uncoded:
            return f"{uncoded} records are not coded, and duplicates are looked for after CASS only", ""
    if step in ("cass", "ncoa"):
        kind = "coded" if step == "cass" else "stamped"
        if store.value(
            f"""SELECT 1 FROM care_job j JOIN drop_list l ON l.list_id = j.list_id AND l.drop_id = :drop
            WHERE j.kind = '{step}' AND j.state = 'applied' AND NOT j.certified LIMIT 1""",
            drop=drop.id,
        ):
            return "", f"{kind} by a simulated engine: not CASS certified"
    return "", ""


def _of_list(known: Known, counts: list[Any]) -> dict[str, Any]:
    own = [row for row in counts if row[0] == known.id]
    of = {name: sum(count for _l, _s, disposition, _r, count in own if disposition == name) for name in DISPOSITIONS}
    return {"list": known.name, "read": sum(of.values()), **of}


def _wanted(drop: Drop, mailable: int) -> list[str]:
    if drop.quantity is None or drop.quantity == mailable:
        return []
    few = drop.quantity - mailable
    told = f"{few:,} fewer" if few > 0 else f"{-few:,} more"
    return [f"{mailable:,} can be mailed, {told} than the {drop.quantity:,} that are wanted"]


def _on_its_way(store: Store, drop: Drop) -> list[str]:
    """Tell of drops of the same offer that are released: whom they mail is known once they are said to be mailed."""
    names = [name for name, state in same_offer(store, drop) if state == "released"]
    return [
        f"drop {name} of the same offer is released and not mailed yet; its records are not held against this one"
        for name in names
    ]


def _digest(store: Store) -> str:
    """Return a hash of who is mailed, in order: the same people, the same hash."""
    digest = sha256()
    for addressee_id, address_id in store.rows(
        "SELECT addressee_id, address_id FROM checking WHERE step = '' ORDER BY addressee_id"
    ):
        digest.update(b"%d:%d\n" % (addressee_id, address_id))
    return digest.hexdigest()


def _keep(store: Store, drop: Drop, state: str, told: dict[str, Any], at: str) -> None:
    store.run("DELETE FROM drop_row WHERE drop_id = :drop", drop=drop.id)
    names = ", ".join(_ROW)
    store.run(
        f"INSERT INTO drop_row (drop_id, {names}) SELECT :drop, {names} FROM checking ORDER BY addressee_id",
        drop=drop.id,
    )
    store.run(
        """UPDATE mail_drop SET state = :state, checked_at = :at, scope = :scope, result = :result WHERE id = :id""",
        state=state,
        at=at,
        scope=scope_of(store, drop),
        result=json.dumps(told),
        id=drop.id,
    )
