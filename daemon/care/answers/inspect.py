"""What an answer of an outside engine says, for `listkeeper inspect`: whose it is, and its codes counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from daemon.care.answers.answer import AnswerFile, opened_answer
from daemon.care.answers.containers import is_dbf
from daemon.errors import SetAsideError
from schemas.cass import CassRow
from schemas.ncoalink import RETURN_CODES, NcoaRow
from schemas.preset import Kind
from schemas.vendors import PRESETS

KINDS: Final[tuple[Kind, ...]] = ("ncoa", "cass")
RECORDS = 5
PROBLEMS = 20
DPV: Final = {
    "Y": "confirmed",
    "D": "confirmed, and the unit is missing",
    "S": "confirmed, and the unit is not",
    "N": "not confirmed",
    "R": "confirmed, and nothing is delivered there",
    "": "not looked for, or no ZIP+4",
}
_NO_ANSWER: Final = ("unknown-answer", "header", "empty", "broken-row", "encoding")


def look_into_answer(
    path: Path, told: dict[str, Any], shown: Callable[[str], str], progress: Callable[[str, int, int | None], None]
) -> bool:
    """Add to ``told`` what an answer says; False where the file is none that a preset knows.

    Args:
        shown: what is shown of a person's address.

    Raises:
        SetAsideError: it is one, and must not be read.
    """
    found: SetAsideError | None = None
    for kind in KINDS:
        try:
            with opened_answer(path, kind) as answer:
                also = "cass" if kind == "ncoa" and "cass" in _kinds(path) else ""
                told |= {"kind": kind, "also": also, "rejected": 0}
                _tell(answer, told, shown, progress)
                return True
        except SetAsideError as error:
            if told["kind"] is not None:
                raise
            if error.reason not in _NO_ANSWER or _is_table(path):
                told["kind"] = kind
                found = found or error
                break
    if found is not None:
        raise found
    return False


def _kinds(path: Path) -> list[Kind]:
    kinds: list[Kind] = []
    for kind in KINDS:
        try:
            with opened_answer(path, kind):
                kinds.append(kind)
        except SetAsideError:
            continue
    return kinds


def _is_table(path: Path) -> bool:
    with path.open("rb") as file:
        return is_dbf(file.read(64))


def _tell(
    answer: AnswerFile,
    told: dict[str, Any],
    shown: Callable[[str], str],
    progress: Callable[[str, int, int | None], None],
) -> None:
    told |= {
        "preset": answer.preset,
        "title": PRESETS[answer.preset].title,
        "container": answer.container,
        "row_model": answer.row_model,
        "engine": answer.engine,
    }
    codes: Counter[str] = Counter()
    records: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    read = rejected = 0
    try:
        for row in answer.rows():
            read += 1
            code = row.code if isinstance(row, NcoaRow) else row.dpv
            if row.fault:
                rejected += 1
                if len(problems) < PROBLEMS:
                    problems.append({"line": row.line, "field": row.fault, "reason": "bad_field"})
            codes[code] += 1
            if len(records) < RECORDS:
                records.append(_record(row, code, shown))
            if not read % 4096:
                progress("reading", answer.done, answer.size)
    finally:  # what was counted is worth knowing where the file is cut off, too
        meanings = {code: each.meaning for code, each in RETURN_CODES.items()} if answer.kind == "ncoa" else DPV
        told |= {"read": read, "rejected": rejected, "records": records, "problems": problems}
        told["codes"] = [
            {"code": code, "meaning": meanings.get(code, "not known; asked of a person"), "records": count}
            for code, count in sorted(codes.items())
        ]
        told |= {"certified": answer.certified, "lock": answer.lock, "warnings": answer.warnings}


def _record(row: NcoaRow | CassRow, code: str, shown: Callable[[str], str]) -> dict[str, Any]:
    place = (shown(row.address1), row.city, row.state, row.zip5)
    return {
        "line": row.line,
        "record_id": row.record_id,
        "code": code,
        "move_date": row.move_date if isinstance(row, NcoaRow) else "",
        "address": " ".join(part for part in place if part),
    }
