"""What stands on a page, whatever it is drawn with: titles, figures, facts, tables, notes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Title(NamedTuple):
    """The title of a part, and a sentence on what it says."""

    text: str
    note: str = ""


class Subtitle(NamedTuple):
    """The title of something inside a part."""

    text: str


class Figure(NamedTuple):
    """One number that is to be seen from afar."""

    label: str
    value: str
    note: str = ""


class Figures(NamedTuple):
    """Up to four numbers side by side."""

    items: tuple[Figure, ...]


class Facts(NamedTuple):
    """Names and values, a pair a line."""

    rows: tuple[tuple[str, str], ...]


class Bar(NamedTuple):
    """A bar as long as a share of one, to stand in a cell."""

    share: float


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        number: stands to the right.
        wide: takes what room is left, and may be broken anywhere.
    """

    title: str
    number: bool = False
    wide: bool = False


Cell = str | int | Bar | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``foot`` is the row of its sums; ``strong`` the numbers (from 0) of rows that stand out."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[Cell, ...] | None = None
    strong: frozenset[int] = field(default_factory=frozenset)


class Note(NamedTuple):
    """A sentence by itself; a loud one is framed."""

    text: str
    loud: bool = False


Block = Title | Subtitle | Figures | Facts | Grid | Note


class Page(NamedTuple):
    """A document: what is at its head, what is in it, what stands at the foot of each sheet."""

    kind: str  # what sort of document it is
    title: str
    subtitle: str
    stamp: str  # one word in a frame; empty: none
    blocks: Sequence[Block]
    foot: str


def told(cell: Cell) -> str:
    """Return what a cell says.

    >>> told(12345), told(None), told("spring")
    ('12,345', '', 'spring')
    """
    if cell is None or isinstance(cell, Bar):
        return ""
    return f"{cell:,}" if isinstance(cell, int) else cell
