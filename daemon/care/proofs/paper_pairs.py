"""A paper as a vendor's service returns it: names and values, as JSON, CSV, XML or a line each. Pure."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from daemon.care.proofs.paper_fields import Fields, complete
from daemon.care.proofs.paper_values import UnreadableError, count_of, date_of
from daemon.errors import SetAsideError
from schemas.papers import DATES, MOVES_NAMED, SERVICE_OBJECTS, TEXTS, DataForm, PaperKind

Pairs = list[tuple[str, str]]
ENOUGH = 4  # names that are known: fewer may be chance
DEEPEST = 5  # of JSON
_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]{0,80})(?:\s[^<>]{0,200})?>([^<>]{0,500})</")
_LINE = re.compile(r"""^\s*["']?([A-Za-z][\w ]{1,80}?)["']?\s*[:=]\s*["']?(.*?)["']?[,;]?\s*$""")


def fields_of_pairs(text: str, file: str) -> tuple[PaperKind, Fields] | None:
    """Return which paper a vendor's data form is and what it says; None where it is no such form.

    Raises:
        SetAsideError: ``paper-label`` or ``paper-conflict``.
    """
    for pairs in (_from_json(text), _from_csv(text), _from_xml(text), _from_lines(text)):
        for form in SERVICE_OBJECTS:
            if len({fold(name) for name, _ in pairs} & form.names.keys()) >= ENOUGH:
                return form.kind, complete(form.kind, _told(form, pairs, file), file)
    return None


def fold(name: str) -> str:
    """Return a name without case and punctuation.

    >>> fold("MovedNewAddressProvided_00_03")
    'movednewaddressprovided0003'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _told(form: DataForm, pairs: Pairs, file: str) -> Fields:
    fields: Fields = {}
    for theirs, text in pairs:
        name = _ours(form, fold(theirs))
        try:
            value = _value(name, text.strip()) if name else None
        except UnreadableError as error:
            message = f"{theirs} cannot be read as a count or a date; ask for the report again"
            raise SetAsideError(message, reason="paper-label", file=file, field=name) from error
        if name and value not in (None, "") and fields.setdefault(name, value) != value:
            message = f"{theirs} is given twice, and not the same; ask for a report of one job"
            raise SetAsideError(message, reason="paper-conflict", file=file, field=name)
    return fields


def _ours(form: DataForm, theirs: str) -> str:
    moves = re.fullmatch(MOVES_NAMED, theirs)
    if moves and form.kind == "psr":
        return f"moves_{int(moves[1])}_{int(moves[2])}_months"
    return form.names.get(theirs, "")


def _value(name: str, text: str) -> Any:
    if name in DATES:
        day = date_of(text, month=name == "database_date")
        if day is None and text and name != "database_date":
            raise UnreadableError
        return day
    if name in TEXTS:
        return text
    count = count_of(text)
    if count is None and re.search(r"\w", text) and text.lower() not in ("n/a", "na", "none", "null"):
        raise UnreadableError
    return count


def _from_json(text: str) -> Pairs:
    if text.lstrip()[:1] not in ("{", "["):
        return []
    try:
        return list(_leaves(json.loads(text), "", DEEPEST))
    except (ValueError, RecursionError):
        return []


def _leaves(value: Any, name: str, deeper: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and deeper:
        for key, each in value.items():
            yield from _leaves(each, str(key), deeper - 1)
    elif isinstance(value, list) and deeper:
        for each in value:
            yield from _leaves(each, name, deeper - 1)
    elif value is not None and not isinstance(value, dict | list):
        yield name, str(value)


def _from_csv(text: str) -> Pairs:
    first = text.lstrip().partition("\n")[0]
    try:
        rows = [row for row in csv.reader(text.splitlines(), delimiter="\t" if "\t" in first else ",") if any(row)]
    except csv.Error:
        return []
    if not rows:
        return []
    if len(rows[0]) >= ENOUGH:
        return [pair for row in rows[1:] for pair in zip(rows[0], row, strict=False)]
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def _from_xml(text: str) -> Pairs:
    return [(name.rpartition(":")[2], html.unescape(value)) for name, value in _ELEMENT.findall(text)]


def _from_lines(text: str) -> Pairs:
    found: Iterable[re.Match[str] | None] = map(_LINE.match, text.splitlines())
    return [(line[1], line[2]) for line in found if line is not None]
