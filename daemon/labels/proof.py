"""The proof sheet for the first ACS approval: real labels at real size, the rules they satisfy beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from daemon.db import Row, in_bulk, reading, writing
from daemon.durable import atomic_bytes
from daemon.errors import SetAsideError
from daemon.labels.drop_labels import stage_drop
from daemon.labels.formats import Out
from daemon.labels.mailing import list_labels
from daemon.labels.proof_rules import OfAll, Rule, rules_of
from daemon.labels.sheets import ASPECT, GAP, INCH, PAGE, block_height, draw_block, fault_of, new_canvas
from daemon.labels.skipped import Skipped
from daemon.lists.known import find_list
from daemon.lists.load import rejects_path
from daemon.lists.source import Progress, silent
from daemon.wiring import House

SAMPLE: Final = 10
_WINDOW: Final = (4.0 * INCH, 1.75 * INCH)
_LEFT: Final = 0.5 * INCH
_INSET: Final = 0.2  # inches: of the block in its window, left and above; the barcode's clear zone is smaller
_STEP: Final = 2.3 * INCH
_PER_PAGE: Final = 4
_TYPES: Final = ((10.0, 12.0), (8.0, 9.0))  # size and leading; the second for lines that the first has no room for


def write_proof(
    house: House,
    name: str,
    path: Path,
    *,
    oel: Path | None = None,
    sample: int = SAMPLE,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the proof sheet of a list: a PDF with a sample of its labels, spread over the list.

    Every label of the list is made and read back; what must be the same on all of them is held against all. Nothing
    is noted as a label run. Returns ``{"list", "file", "labels", "shown", "faults", "sha256", "skipped", "rejected",
    "rejects_file"}``: how many labels were read, how many are on the sheet, and how many rules are not met on it.

    Raises: as `daemon.labels.mailing.write_labels`; SetAsideError `no-label`: there is none to show.
    """
    with ExitStack() as stack:
        skipped = Skipped(rejects_path(path), stack)
        with reading(house.engine) as store, in_bulk():
            known = find_list(store, name)
            with list_labels(store, known, oel, skipped) as labels:
                chosen, of_all = choose(labels, known.size, sample, progress)
        told = _sheet(path, f"list {name}", f"account {known.code} · {house.today()}", chosen, of_all)
    return {"list": name, "file": str(path), **told, **skipped.told()}


def write_drop_proof(
    house: House,
    drop: str,
    path: Path,
    *,
    oel: Path | None = None,
    only: str | None = None,
    sample: int = SAMPLE,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the proof sheet of a released drop, as `write_proof`; pieces get the serials they will be printed with.

    Raises: as `daemon.labels.drop_labels.write_drop_labels`; SetAsideError `no-label`: there is none to show.
    """
    with ExitStack() as stack:
        skipped = Skipped(rejects_path(path), stack)
        with writing(house.engine) as store, in_bulk():
            staged = stage_drop(store, drop, oel, only, skipped)
            making = staged.labels
            with staged.records(store) as records:
                labels = chain.from_iterable(
                    making[list_id][1](run, skipped) for list_id, run in groupby(records, key=itemgetter(-1))
                )
                chosen, of_all = choose(labels, staged.size, sample, progress)
        accounts = ", ".join(sorted({known.code for known in staged.lists}))
        told = _sheet(path, f"drop {drop}", f"account {accounts} · {house.today()}", chosen, of_all)
    return {"drop": drop, "file": str(path), **told, **skipped.told()}


def choose(labels: Iterable[Row], size: int, sample: int, progress: Progress) -> tuple[list[Row], OfAll]:
    """Return a sample that is spread over the labels, and what was seen of all of them.

    Where fewer labels than expected come, the sample is smaller, never empty.
    """
    of_all, chosen = OfAll(), list[Row]()
    step = max(1, size // max(1, sample))
    for number, label in enumerate(labels):
        of_all.see(label)
        if number % step == 0 and len(chosen) < sample and not fault_of(label, _characters(_TYPES[-1][0])):
            chosen.append(label)
        if number % 10_000 == 0:
            progress("reading", number, max(size, number))
    return chosen, of_all


def _characters(size: float) -> int:
    return int((_WINDOW[0] - 2 * _INSET * INCH) / (size * ASPECT))


def _sheet(path: Path, of: str, below: str, chosen: list[Row], of_all: OfAll) -> dict[str, Any]:
    if not chosen:
        raise SetAsideError(f"{of}: there is no label that could be shown", reason="no-label", file=path.name)
    canvas, content = new_canvas(f"Proof sheet, {of}")
    faults = 0
    pages = -(-len(chosen) // _PER_PAGE)
    for number, label in enumerate(chosen):
        page, place = divmod(number, _PER_PAGE)
        if place == 0:
            if page:
                canvas.showPage()
            _head(canvas, f"Proof sheet for ACS approval: {of}", f"{below} · page {page + 1} of {pages}")
        top = PAGE[1] - 1.25 * INCH - place * _STEP
        faults += _label(canvas, label, of_all, top)
    canvas.save()
    with atomic_bytes(path) as file:
        out = Out(file)
        out.write(content.getvalue())
    return {"labels": of_all.count, "shown": len(chosen), "faults": faults, "sha256": out.sha256}


def _head(canvas: Any, title: str, below: str) -> None:
    canvas.setFont("Helvetica-Bold", 13)
    canvas.drawString(_LEFT, PAGE[1] - 0.55 * INCH, title)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(_LEFT, PAGE[1] - 0.75 * INCH, below)
    right, y = PAGE[0] - 0.5 * INCH, PAGE[1] - 0.62 * INCH
    canvas.setLineWidth(0.5)
    with _kept(canvas):
        canvas.line(right - 2 * INCH, y, right, y)
        for inch in range(3):
            canvas.line(right - inch * INCH, y - 4, right - inch * INCH, y + 4)
    canvas.drawRightString(right, y - 13, "2 inches: print at 100 %, not fitted to the page")


def _label(canvas: Any, label: Row, of_all: OfAll, top: float) -> int:
    """Draw one label in its window and its rules beside it; return how many are not met."""
    size, leading = _TYPES[0]
    if fault_of(label, _characters(size)) or block_height(label, size, leading) > _WINDOW[1] - 2 * _INSET * INCH:
        size, leading = _TYPES[1]
    canvas.setFont("Helvetica", 7)
    canvas.drawString(_LEFT, top + 4, f"record {label[0]}, window of 4 by 1.75 inches")
    with _kept(canvas):
        canvas.setLineWidth(0.4)
        canvas.setDash(2, 2)
        canvas.rect(_LEFT, top - _WINDOW[1], *_WINDOW)
    draw_block(canvas, label, left=_LEFT + _INSET * INCH, top=top - _INSET * INCH, size=size, leading=leading)
    rules = rules_of(label, of_all, clearance=_INSET, gap=GAP, size=size)
    for place, rule in enumerate(rules):
        _rule(canvas, rule, _LEFT + _WINDOW[0] + 0.2 * INCH, top - 7 - place * 11.5)
    return sum(not rule.met for rule in rules)


def _rule(canvas: Any, rule: Rule, left: float, y: float) -> None:
    canvas.setFont("Helvetica-Bold", 6.5)
    canvas.drawString(left, y, "ok" if rule.met else "NO")
    canvas.setFont("Helvetica", 6.5)
    canvas.drawString(left + 14, y, rule.text)
    measured = rule.measured.encode("cp1252", "replace").decode("cp1252")
    canvas.setFont("Helvetica-Bold", 6.5)
    canvas.drawRightString(PAGE[0] - 0.3 * INCH, y, measured)


@contextmanager
def _kept(canvas: Any) -> Iterator[None]:
    """Draw with settings that are put back."""
    canvas.saveState()
    yield
    canvas.restoreState()
