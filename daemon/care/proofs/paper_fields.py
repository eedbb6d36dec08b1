"""The fields of a printed paper, from its labels and what stands beside them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from daemon.care.proofs.paper_grid import Found, Grid, value_of
from daemon.care.proofs.paper_values import COUNT, NO_VALUE, PERCENT, UnreadableError, count_of, date_of, dates_in
from daemon.errors import SetAsideError
from schemas.papers import LABELS, NEEDED, OWN, TITLES, TOLD, PaperKind

Fields = dict[str, Any]  # canonical name to text, date (YYYY-MM-DD) or whole number
LONGEST = 80  # characters of a name; what is longer is a sentence of the instructions
_MOVES = re.compile(r"([0-9]{1,2}) ?(?:-|to) ?([0-9]{1,2})", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|to|thru|through)\b\W{0,3}$", re.IGNORECASE)
_NOT_OURS = re.compile(
    r"\b(?:total coded|valid(?:ation period)?|from|through|thru|to|period)\b|(?<![0-9,.])[0-9a-e][.)](?=\s|$)",
    re.IGNORECASE,
)


def fields_of(lines: list[str], file: str) -> tuple[PaperKind, Fields]:
    """Return which paper it is and what stands on it.

    Raises:
        SetAsideError: ``unknown-paper``, ``paper-label`` or ``paper-conflict``; ``field`` is the canonical name.
    """
    grids = {kind: Grid(lines, labels) for kind, labels in LABELS.items()}
    kind = _kind_of("\n".join(lines), grids, file)
    fields = _Reading(grids[kind], file)
    return kind, complete(kind, fields.told(), file)


def complete(kind: PaperKind, fields: Fields, file: str) -> Fields:
    """Return the fields, if those that a paper is kept for are among them.

    Raises:
        SetAsideError: ``paper-label``.
    """
    for name in NEEDED[kind]:
        if name not in fields:
            raise SetAsideError(
                f"the paper does not give {TOLD[name]}; ask for it again as text or PDF",
                reason="paper-label",
                file=file,
                field=name,
            )
    return fields


def _kind_of(text: str, grids: dict[PaperKind, Grid], file: str) -> PaperKind:
    """Say which paper it is: by its title, and where there is none or both, by what only one of them has."""
    titled = [kind for kind in grids if re.search(TITLES[kind], text, re.IGNORECASE)]
    own = {kind: len({found.label.name for found in grid.found} & OWN[kind]) for kind, grid in grids.items()}
    if len(titled) == 1 and own[titled[0]]:
        return titled[0]
    first, second = sorted(grids, key=lambda kind: -own[kind])
    if len(titled) == 2 and own[second] > 2:
        message = "it holds both papers, PS Form 3553 and Processing Summary Report; give each as a file of its own"
        raise SetAsideError(message, reason="unknown-paper", file=file)
    if own[first] < 2 or own[first] == own[second]:
        message = "neither a PS Form 3553 nor an NCOALink Processing Summary Report; give one of them"
        raise SetAsideError(message, reason="unknown-paper", file=file)
    return first


class _Reading:
    """The values of one grid; a second value for a name must be the first one again."""

    def __init__(self, grid: Grid, file: str) -> None:
        self.grid, self.file = grid, file
        self.fields: Fields = {}

    def told(self) -> Fields:
        for found in self.grid.found:
            name, value = found.label.name, found.label.value
            if value == "rating":
                self._rating(found)
            elif value == "count":
                self._add(name, found, self._read(found, name, count_of))
            elif value == "date":
                self._add(name, found, self._read(found, name, partial(date_of, month=name == "database_date")))
            elif value == "text":
                self._add(name, found, _words(self.grid.behind(found)) or _words(self.grid.below(found)))
            elif value == "moves":
                first, last = map(int, _MOVES.findall(found.text)[0])
                name = f"moves_{first}_{last}_months"
                self._add(name, found, self._read(found, name, count_of))
        return self.fields

    def _read(self, found: Found, name: str, read: Callable[[str], Any]) -> Any:
        """Return what stands behind a label, or else below it; None where neither is a value."""
        try:
            behind = read(self.grid.behind(found))
            return read(self.grid.below(found)) if behind is None and not self._blank(found) else behind
        except UnreadableError as error:
            raise self._fault(name, found) from error

    def _blank(self, found: Found) -> bool:
        """Say whether a label is answered with a dash, or not applicable."""
        return NO_VALUE.match(self.grid.behind(found)) is not None

    def _rating(self, found: Found) -> None:
        """Read total coded, valid from and valid to, in whatever order and on however many lines they stand."""
        stem, text = found.label.name, ""
        try:
            for line in self.grid.area(found):
                more = f"{text} {value_of(line)}"
                if re.search(r"(?<![\w.])[A-Za-z]{2,}(?![\w])", _bare(more)):
                    break  # words of something else
                text = more
                if _total(text)[0] is not None and len(dates_in(text)) > 1:
                    break
            count, written = _total(text)
            dates = [each for each in dates_in(text) if not each.bare or text[each.start : each.end] != written]
        except UnreadableError as error:
            raise self._fault(f"{stem}_coded", found) from error
        self._add(f"{stem}_coded", found, count)
        words = [_FROM.search(text[: each.start]) for each in dates]
        for at, (word, each) in enumerate(zip(words, dates, strict=True)):
            if word:
                self._add(f"{stem}_{'from' if word[0].lower().startswith('from') else 'to'}", found, each.day)
            elif len(dates) == 2 and not any(words):
                self._add(f"{stem}_{('from', 'to')[at]}", found, each.day)

    def _add(self, name: str, found: Found, value: Any) -> None:
        if value is None or value == "":
            return
        if self.fields.setdefault(name, value) != value:
            raise SetAsideError(
                "the paper says this twice, and not the same; ask for a paper of one job",
                reason="paper-conflict",
                file=self.file,
                line=found.line + 1,
                field=name,
            )

    def _fault(self, name: str, found: Found) -> SetAsideError:
        return SetAsideError(
            "what stands there cannot be read as a count or a date; ask for the paper again",
            reason="paper-label",
            file=self.file,
            line=found.line + 1,
            field=name,
        )


def _words(text: str) -> str:
    """Return a value of words: the first cell of what stands there; empty where that is a sentence, or no value."""
    first = re.split(r" {2,}", text)[0].strip()
    return "" if len(first) > LONGEST or NO_VALUE.fullmatch(first) else first


def _bare(text: str) -> str:
    """Return what is said of a rating without its dates, shares and the words that go with them."""
    for each in reversed(dates_in(text)):
        if not each.bare:
            text = f"{text[: each.start]} {text[each.end :]}"
    return _NOT_OURS.sub(" ", PERCENT.sub(" ", text))


def _total(text: str) -> tuple[int | None, str]:
    """Return the count among what is said of a rating, and how it is written; eight digits may be a date.

    Raises:
        UnreadableError: there are digits that are none.
    """
    words = (word.strip(":;|()") for word in _bare(text).split())
    numbers = [word for word in words if re.search("[0-9]", word)]
    if any(not COUNT.fullmatch(word) for word in numbers):
        raise UnreadableError
    if not numbers:
        return None, ""
    written = next((word for word in numbers if not dates_in(word)), numbers[0])
    return int(written.replace(",", "")), written
