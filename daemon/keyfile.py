"""Keylines from the command line: make, check, and look a whole file over."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from daemon.errors import SetAsideError, UsageError
from keyline import keylines
from keyline.errors import KeylineError
from keyline.lint import lint

MOST = 1_000  # findings that are told one by one; the counts have them all


def make_keys(bodies: Iterable[str]) -> dict[str, Any]:
    """Return the keyline of each body, and how it stands on a label.

    >>> make_keys(["JLSTMS6796"])["keys"][0]["printed"]
    '#JLST MS67 969#'
    """
    return {"keys": [_told(body, keylines.make) for body in bodies]}


def check_keys(given: Iterable[str]) -> dict[str, Any]:
    """Say of each keyline whether it can be one; marks and what follows the second are let pass.

    >>> check_keys(["#JLST MS67 969#", "JLSTMS67968"])["keys"][1]["reason"]
    'check-digit'
    """
    return {"keys": [_told(key, keylines.read if "#" in key else keylines.check) for key in given]}


def all_good(result: dict[str, Any]) -> bool:
    """Say whether `make_keys` or `check_keys` had nothing to complain of."""
    return all(each["ok"] for each in result["keys"])


def _told(given: str, read: Callable[[str], str]) -> dict[str, Any]:
    try:
        key = read(given)
    except KeylineError as error:
        blank = {"keyline": None, "printed": None, "attribute": None}
        return {"given": given, "ok": False, **blank, "reason": error.reason, "message": error.message}
    return {
        "given": given,
        "ok": True,
        "keyline": key,
        "printed": keylines.printed(key),
        "attribute": keylines.attribute(key),
        "reason": None,
        "message": None,
    }


def lint_file(path: Path, column: str = "keyline") -> dict[str, Any]:
    """Look a file of keylines over: CSV with a header that has the column, else one key a line.

    Returns ``{"file", "keys", "errors", "warnings", "reasons", "findings"}``; findings are
    ``{"line", "key", "reason", "severity", "count"}``, the first thousand of them.

    Args:
        path: ``-`` is stdin.

    Raises:
        UsageError: there is no such file, or it has other columns but not this one.
        SetAsideError: not UTF-8, not CSV, or no key in it.
    """
    with _opened(path) as text:
        lines: list[int] = []
        findings: list[dict[str, Any]] = []
        reasons: dict[str, int] = {}
        counts = {"error": 0, "warning": 0}
        for finding in lint(_keys(text, path, column, lines)):
            counts[finding.severity] += 1
            reasons[finding.reason] = reasons.get(finding.reason, 0) + 1
            if len(findings) < MOST:
                line = {"line": lines[finding.index], "key": finding.key, "reason": finding.reason}
                findings.append({**line, "severity": finding.severity, "count": finding.count})
    if not lines:
        raise SetAsideError("there is no key in it", reason="empty", file=path.name)
    return {
        "file": path.name,
        "keys": len(lines),
        "errors": counts["error"],
        "warnings": counts["warning"],
        "reasons": dict(sorted(reasons.items())),
        "findings": findings,
    }


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdin
        return
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    with file:
        yield file


def _keys(text: TextIO, path: Path, column: str, lines: list[int]) -> Iterator[str]:
    """Yield the keys of a file; the line of each goes to ``lines``, so that a finding can name it."""
    reader = csv.reader(text, strict=True)
    try:
        first = next(reader, None)
        if first is None:
            return
        at = _place(first, path, column)
        if at is None:
            at, line = 0, 1
            lines.append(1)
            yield first[0]
        line = reader.line_num
        for row in reader:
            if row:
                lines.append(line + 1)
                yield row[at] if at < len(row) else ""
            line = reader.line_num
    except UnicodeDecodeError as error:
        raise SetAsideError("not UTF-8; save it as UTF-8", reason="encoding", file=path.name) from error
    except csv.Error as error:
        raise SetAsideError("not CSV", reason="not-csv", file=path.name, line=reader.line_num) from error


def _place(first: Sequence[str], path: Path, column: str) -> int | None:
    """Return where the column is, or None where the first row is a key already."""
    titles = [title.strip().lower() for title in first]
    if column.lower() in titles:
        return titles.index(column.lower())
    if len(first) == 1 and all_good(check_keys(first)):
        return None
    if len(first) == 1 and column == "keyline" and any(letter.isdigit() for letter in first[0]):
        return None
    raise UsageError(f"{path}: has no column {column}; name the right one with --column")
