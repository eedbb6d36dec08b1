"""Where the labels of a printed paper stand, and the words beside and below each. Pure.

A paper is lines, a line is cells: what two blanks or a border separate. A label may run on in the cell below. Its
value stands behind it on its line, or else below it in its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from schemas.papers import Label

_PLAIN: dict[int, str | None] = {
    0x2502: "|",
    0x2503: "|",
    0x2551: "|",
    0x00A6: "|",
    0x2500: "-",
    0x2550: "-",
    0x2501: "-",
}
_PLAIN |= dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-")
_PLAIN |= dict.fromkeys((0x2018, 0x2019, 0x00B4, 0x0060, 0x02BC), "'")
_PLAIN |= dict.fromkeys((0x00AE, 0x2122, 0x00A9, 0x2120))  # of a trade mark
_PLAIN |= dict.fromkeys((0x00A0, 0x202F, 0x2007, 0x2026, 0x00B7, 0x2022, 0xFEFF), " ")
_LEADERS = re.compile(r"(?:\. ?){3,}|\.{2,}|_{2,}|={2,}|-{3,}|\((?:R|TM)\)")
_CELL = re.compile(r"[^|\s]+(?: [^|\s]+)*")
_BOX = re.compile(r"(?:^|[\s|])(?:[0-9]{1,2}|[A-Ea-e][0-9]?)[.)] {0,2}$")  # of the box whose label comes next
_PUNCTUATION = re.compile(r"^(?:[\s:=.|]|-(?=[\s:|]|$))+")
LOOK_BELOW = 3  # lines
WRAPS = 2  # how often a label may run on in the cell below
BLANKS = " {1,3}(?:- )?"


class Cell(NamedTuple):
    """Words of one line that stand together."""

    line: int
    start: int
    end: int
    text: str

    def beside(self, other: Cell) -> int:
        """Return how many columns both have."""
        return min(self.end, other.end) - max(self.start, other.start)


class Found(NamedTuple):
    """A label where it stands: the part of each line that it takes, and the columns of its cell."""

    label: Label
    text: str  # as it is printed
    parts: tuple[tuple[int, int, int], ...]  # line, start, end
    cell: Cell  # of the last line, as wide as the widest

    @property
    def line(self) -> int:
        """The line it begins in."""
        return self.parts[0][0]


def lines_of(text: str) -> list[str]:
    """Return the lines of a paper without its typography: borders as ``|``, leaders and rules as blanks."""
    plain = text.translate(_PLAIN).replace("\t", "    ").replace("\f", "\n")
    return [_LEADERS.sub(lambda found: " " * len(found[0]), line).rstrip() for line in plain.splitlines()]


def value_of(text: str) -> str:
    """Return words without the punctuation that leads from a label to its value."""
    return _PUNCTUATION.sub("", text).strip()


class Grid:
    """One paper, and the labels of one kind found on it."""

    def __init__(self, lines: Sequence[str], labels: Sequence[Label]) -> None:
        self.lines = lines
        self.cells = [
            [Cell(at, c.start(), c.end(), c[0]) for c in _CELL.finditer(line)] for at, line in enumerate(lines)
        ]
        self.found = sorted(self._find(labels), key=lambda each: each.parts)
        self._taken: dict[int, list[tuple[int, int, Found]]] = {}
        for each in self.found:
            for line, start, end in each.parts:
                self._taken.setdefault(line, []).append((start, end, each))
        for parts in self._taken.values():
            parts.sort(key=lambda part: part[:2])

    def behind(self, found: Found) -> str:
        """Return what stands behind a label on its line, up to the next label; empty where that is nothing."""
        for line, _, end in found.parts:
            upto = self._next_label(line, end)
            text = self.lines[line][end:upto]
            if upto is not None:
                text = _BOX.sub("", text)
            cells = [value_of(cell) for cell in text.split("|")]
            told = next(filter(None, cells), "")
            if told and not (line > found.line and self._of_a_column(found, line, end)):
                return told
        return ""

    def below(self, found: Found) -> str:
        """Return what stands below a label in its column, before the next label there; empty where that is nothing."""
        last = found.parts[-1][0]
        siblings = [each.cell for _, _, each in self._taken[last]]
        for line in range(last + 1, min(last + 1 + LOOK_BELOW, len(self.lines))):
            cells, labels = self.cells[line], self._taken.get(line, [])
            if not cells:
                continue
            if len(cells) == 1 and not labels and len(siblings) == 1 and len(self.cells[last]) == 1:
                return value_of(cells[0].text)
            mine = next((cell for cell in cells if self._belongs(cell, found, siblings)), found.cell)
            if any(min(end, mine.end) > max(start, mine.start) for start, end, _ in labels):
                return ""
            if mine is not found.cell:
                return value_of(mine.text)
        return ""

    def area(self, found: Found) -> Iterator[str]:
        """Yield, line by line, what stands behind and below a label that has several values."""
        first, last = found.line, found.parts[-1][0]
        left = found.cell.start
        right = self._next_label(first, found.parts[0][2])
        if right is not None:  # the number of its box stands before it
            cell = next(c for c in self.cells[first] if c.start <= right < c.end)
            right = max(cell.start, found.parts[0][2])
        for line in range(first, min(last + 1 + LOOK_BELOW, len(self.lines))):
            text, labels = self.lines[line], self._taken.get(line, [])
            inside = [part for part in labels if part[2] is not found and left <= part[0] and _before(part[0], right)]
            if (line > last and inside) or (line > first and not self.cells[line]):
                return
            start = next((end for part, (_, end) in self._own(found) if part == line), left)
            cells = [c for c in _CELL.finditer(text) if c.end() > start and _before(c.start(), right)]
            told = " ".join(text[max(start, c.start()) : c.end()] for c in cells)
            yield _BOX.sub("", told) if right is not None else told

    def _own(self, found: Found) -> Iterator[tuple[int, tuple[int, int]]]:
        for line, start, end in found.parts:
            yield line, (start, end)

    def _next_label(self, line: int, end: int) -> int | None:
        return next((start for start, _, _ in self._taken.get(line, []) if start >= end), None)

    def _belongs(self, cell: Cell, found: Found, siblings: Sequence[Cell]) -> bool:
        """Say whether a cell below a line of labels stands in the column of this one rather than another's."""
        mine = cell.beside(found.cell)
        others = [cell.beside(other) for other in siblings if other != found.cell]
        if mine > 0:
            return mine >= max(others, default=0)
        after = min((other.start for other in siblings if other.start > found.cell.start), default=None)
        return max(others, default=0) <= 0 and cell.start >= found.cell.start and _before(cell.start, after)

    def _of_a_column(self, found: Found, line: int, end: int) -> bool:
        """Say whether what follows on a line where a label runs on is the value of another label, above it."""
        cell = next((cell for cell in self.cells[line] if cell.start >= end), None)
        return cell is not None and any(
            each is not found and each.cell.beside(cell) > 0
            for above in range(found.line, line)
            for _, _, each in self._taken.get(above, [])
        )

    def _find(self, labels: Sequence[Label]) -> Iterator[Found]:
        taken: dict[int, list[tuple[int, int]]] = {}
        for at in range(len(self.lines)):
            for found in sorted(self._candidates(at, labels), key=lambda each: (each.parts[0][1], -len(each.text))):
                if all(end <= s or start >= e for line, start, end in found.parts for s, e in taken.get(line, ())):
                    for line, start, end in found.parts:
                        taken.setdefault(line, []).append((start, end))
                    yield found

    def _candidates(self, at: int, labels: Sequence[Label]) -> Iterator[Found]:
        for label in labels:
            for match in pattern(label.words).finditer(self.lines[at]):
                parts = ((at, *match.span()),)
                yield Found(label, match[0], parts, self._cell(parts))
        for cell in self.cells[at]:
            for chain in self._chains([cell]):
                text = " ".join(each.text for each in chain)
                for label in labels:
                    for match in pattern(label.words).finditer(text):
                        spans = _spans(chain, *match.span())
                        if spans is not None:
                            yield Found(label, match[0], spans, self._cell(spans))

    def _chains(self, cells: list[Cell]) -> Iterator[list[Cell]]:
        """Yield each run of cells below one another that a label could run through."""
        last = cells[-1]
        for below in self.cells[last.line + 1] if last.line + 1 < len(self.cells) else ():
            if below.beside(last) > 0:
                chain = [*cells, below]
                yield chain
                if len(chain) <= WRAPS:
                    yield from self._chains(chain)

    def _cell(self, parts: Sequence[tuple[int, int, int]]) -> Cell:
        cells = [c for line, start, end in parts for c in self.cells[line] if c.start < end and c.end > start]
        start, end = min(cell.start for cell in cells), max(cell.end for cell in cells)
        if len(parts) == 1:  # several labels may stand in one cell
            start, end = max(start, parts[0][1] - 4), max(parts[0][2], min(end, parts[0][2]))
        return Cell(parts[-1][0], start, end, "")


def _before(column: int, right: int | None) -> bool:
    return right is None or column < right


def _spans(chain: Sequence[Cell], start: int, end: int) -> tuple[tuple[int, int, int], ...] | None:
    """Return the part of each cell that a match in their joined text takes; None unless it goes through all."""
    spans, offset = [], 0
    for cell in chain:
        left, right = max(start - offset, 0), min(end - offset, len(cell.text))
        if right <= left:
            return None
        spans.append((cell.line, cell.start + left, cell.start + right))
        offset += len(cell.text) + 1
    return tuple(spans)


@cache
def pattern(words: str) -> re.Pattern[str]:
    """Return the pattern of a label: whole words, any case, and for each blank any few."""
    loose = re.sub(r"(?<!\[)(?<!\{) (?!\?)(?![^\[]*\])", BLANKS.replace("\\", "\\\\"), words)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{loose})(?![A-Za-z0-9])", re.IGNORECASE)
