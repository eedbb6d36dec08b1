"""The report of a drop: its manifest, the seven steps, whom they took out and why, and what was printed.

Any past drop can be told again, and is the same: nothing in a report is of the moment at which it is printed. Nobody's
name or address is in it: a record is its client's own key, and the file and line that brought it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

from daemon.db import CHUNK, Store, reading
from daemon.drop import report_facts as known_of
from daemon.drop.engines import engines_in_force
from daemon.drop.manifest import inequalities
from daemon.drop.state import DISPOSITIONS, Drop, find_drop
from daemon.durable import atomic_bytes
from daemon.errors import UsageError
from daemon.pages.blocks import Page
from daemon.telemetry import log
from daemon.wiring import House

FORMATS: Final = ("pdf", "html", "json")
# The seven steps as the trade counts and names them; they run in another order.
ARTICLE: Final = {
    "cass": (2, "CASS: standard form, ZIP+4, delivery point"),
    "dpv": (3, "DPV: the delivery point exists"),
    "ncoa": (1, "NCOALink: who has moved"),
    "suppression": (4, "Suppression files"),
    "internal": (5, "Converted, or mailed the same offer"),
    "dedupe": (6, "De-duplication"),
    "manifest": (7, "Manifest"),
}
# Percent of the pieces that arrive, by the trade's own figures: after all seven steps, and without them.
EXPECTED: Final = (89, 91)
WITHOUT: Final = (75, 80)
_PROOF_SHEET: Final = "pdf"  # labels for the eye, not for the press


def report(house: House, drop_name: str, *, piece_price: Decimal | None = None) -> dict[str, Any]:
    """Return what there is to say of a drop that was checked.

    ``{"report", "drop", "alerts", "manifest", "steps", "overrides", "layers", "reasons", "deliverability", "quantity",
    "sources", "duplicates", "suppression_files", "seeds", "labels", "pieces", "care", "inequalities"}``. ``alerts`` are
    sentences that nobody should overlook; ``sources`` have the first 50 lines of each file, the JSON file that
    :func:`write_report` writes has all.

    Args:
        piece_price: what one piece costs all in, in dollars; without it nothing is said of value.

    Raises:
        UsageError: no such drop, it was never checked, or the price is none.
    """
    with reading(house.engine) as store:
        return facts_of(store, drop_name, piece_price)


def write_report(house: House, drop_name: str, path: Path, *, piece_price: Decimal | None = None) -> dict[str, Any]:
    """Write the report of a drop as PDF, HTML or JSON, by the name of the file; return it with ``file``, ``sha256``.

    The same drop in the same state is the same bytes, whenever they are written.

    Raises:
        UsageError: as :func:`report`; or the name ends in none of the three, or cannot be a file.
        OperatorError, TryAgainError: it cannot be written there, or the disk is full.
    """
    form = format_of(path)
    digest = hashlib.sha256()
    with reading(house.engine) as store:
        facts = facts_of(store, drop_name, piece_price)
        with atomic_bytes(path) as file:
            for chunk in printed(store, facts, form):
                digest.update(chunk)
                file.write(chunk)
    log("drop_reported", kind=form, sha256=digest.hexdigest())
    return {**facts, "file": str(path), "format": form, "sha256": digest.hexdigest()}


def format_of(path: Path) -> str:
    """Return the format that a file's name asks for.

    Raises:
        UsageError: none of those we have.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise UsageError(f"{path}: a report is a .pdf, a .html or a .json; name the file so")
    return form


def printed(store: Store, facts: Mapping[str, Any], form: str) -> Iterator[bytes]:
    """Yield a report in one of `FORMATS`, in chunks. ``json`` has every record that is not mailed besides."""
    if form == "json":
        yield from _json(store, facts)
        return
    from daemon.drop.report_page import page_of

    yield drawn(page_of(facts), form)


def drawn(page: Page, form: str) -> bytes:
    """Return a page as ``pdf`` or ``html``."""
    if form == "html":
        from daemon.pages.as_html import as_html

        return as_html(page)
    from daemon.pages.as_pdf import as_pdf

    return as_pdf(page)


def _json(store: Store, facts: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the report as JSON, its last part a record a line: there may be a million."""
    whole = json.dumps(facts, ensure_ascii=False, indent=2)
    yield f'{whole.removesuffix("}").rstrip()},\n  "unmailed": ['.encode()
    between = "\n    "
    with known_of.unmailed(store, find_drop(store, facts["drop"]["drop"])) as rows:
        while chunk := list(islice(rows, CHUNK)):
            lines = (json.dumps(dict(zip(known_of.UNMAILED, row, strict=True)), ensure_ascii=False) for row in chunk)
            yield (between + ",\n    ".join(lines)).encode()
            between = ",\n    "
    yield b"\n  ]\n}\n"


def facts_of(store: Store, drop_name: str, piece_price: Decimal | None = None) -> dict[str, Any]:
    """Do :func:`report` in the caller's transaction."""
    drop = find_drop(store, drop_name)
    if drop.checked_at is None:
        raise UsageError(f"drop {drop.name} was not checked yet; `listkeeper drop check {drop.name}`")
    if piece_price is not None and not (piece_price.is_finite() and piece_price > 0):
        raise UsageError("the price of a piece is an amount in dollars, such as 0.65")
    manifest: dict[str, Any] = drop.result.get("manifest", {})
    labels = _labels(store, drop)
    faults = list(manifest.get("inequalities", ()))
    if "print_output" in manifest:  # a manifest that has closed; what was printed since must agree with it
        faults += inequalities({**manifest, "labels": [run for run in labels if run["format"] != _PROOF_SHEET]})
    care = engines_in_force(store, [number for number, _name in drop.lists], drop.checked_at)
    files = known_of.suppression_facts(store, drop, drop.checked_at)
    facts = {
        "report": "drop",
        "drop": drop.told(),
        "alerts": [],
        "manifest": manifest,
        "steps": [_step(step) for step in drop.result.get("steps", ())],
        "overrides": list(manifest.get("overrides", ())),
        "layers": list(manifest.get("layers", ())),
        "reasons": dict(manifest.get("reasons", {})),
        "deliverability": _deliverability(store, drop, manifest, piece_price),
        "quantity": _quantity(drop, manifest),
        "sources": known_of.source_facts(store, drop),
        "duplicates": known_of.duplicate_facts(store, drop),
        "suppression_files": files,
        "seeds": manifest.get("seeds", 0),
        "labels": labels,
        "pieces": known_of.piece_facts(store, drop),
        "care": care,
        "inequalities": faults,
    }
    return facts | {"alerts": list(_alerts(facts))}


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    number, title = ARTICLE[step["step"]]
    names = ("step", "in", "out", "removed", "ok", "why")
    return {"number": number, "title": title, **{name: step[name] for name in names}, "override": step.get("override")}


def _labels(store: Store, drop: Drop) -> list[dict[str, Any]]:
    """Return the label files of a drop, oldest first; one that is of several lists is one."""
    rows = store.all(
        """SELECT file, sha256, at, format, sum(labels) FROM label_run WHERE drop_id = :drop
        GROUP BY file, sha256, at, format ORDER BY min(id)""",
        drop=drop.id,
    )
    return [
        {"file": Path(file).name, "format": form, "labels": int(count), "written_at": at, "sha256": sha256}
        for file, sha256, at, form, count in rows
    ]


def _deliverability(
    store: Store, drop: Drop, manifest: Mapping[str, Any], piece_price: Decimal | None
) -> dict[str, Any]:
    counts = {name: int(manifest.get(name, 0)) for name in ("read", *DISPOSITIONS)}
    read, mailable = counts["read"], counts["mailable"]
    told: dict[str, Any] = {
        "read": read,
        "mailable": mailable,
        "share": percent(mailable, read),
        "coding": known_of.coding_facts(store, drop, drop.checked_at or ""),
        "expected_percent": {"after_seven_steps": list(EXPECTED), "without": list(WITHOUT)},
        "expected_pieces": {
            "after_seven_steps": [mailable * each // 100 for each in EXPECTED],
            "without": [mailable * each // 100 for each in WITHOUT],
        },
    }
    if piece_price is not None:
        points = (EXPECTED[0] - WITHOUT[1], EXPECTED[1] - WITHOUT[0])
        told["value"] = {
            "piece_price": str(piece_price),
            "not_mailed": read - mailable,
            "not_spent": _dollars((read - mailable) * piece_price),
            "better_used": [_dollars(mailable * each * piece_price / 100) for each in points],
        }
    return told


def percent(part: int, of: int) -> float | None:
    """Return a share in percent, rounded down to a tenth; None of nothing.

    >>> percent(2, 3), percent(0, 0)
    (66.6, None)
    """
    return part * 1000 // of / 10 if of else None


def _dollars(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _quantity(drop: Drop, manifest: Mapping[str, Any]) -> dict[str, Any]:
    available = int(manifest.get("mailable", 0))
    wanted = drop.quantity
    return {"wanted": wanted, "available": available, "over": None if wanted is None else available - wanted}


def _alerts(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what nobody should overlook."""
    yield from (f"The sums do not close: {fault}" for fault in facts["inequalities"])
    for step in facts["steps"]:
        if step["override"]:
            said = step["override"]
            yield f"Step {step['step']} is overridden by {said['operator']}: {said['reason']}"
        elif not step["ok"] and step["step"] != "manifest":
            yield f"Step {step['step']} is not in order: {step['why']}"
    for job in facts["care"]:
        if not job["certified"]:
            yield f"{job['kind'].upper()} job {job['job']} of {job['list']} is {job['certification']}"
    for file in facts["suppression_files"]:
        if file["stale"]:
            age, most = file["age_days"], file["max_age_days"]
            yield f"Suppression file {file['suppression']} ({file['kind']}) is {age} days old; it may be {most}"
