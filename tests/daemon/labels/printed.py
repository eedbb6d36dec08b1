"""PDFs as they come out of a printer: pictures, and the bars measured in them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

DOTS = 600


class Bar(NamedTuple):
    """One bar as it was found in a picture, in inches; `top` is counted down from the upper edge of the page."""

    left: float
    width: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def bars_in(pdf: Path, left: float, top: float, width: float, height: float) -> list[Bar]:
    """Print a piece of the first page, in inches from its upper left corner, and find the bars in it."""
    box = [str(round(each * DOTS)) for each in (left, top, width, height)]
    done = subprocess.run(
        ["pdftoppm", "-r", str(DOTS), "-gray", "-f", "1", "-l", "1", "-x", box[0], "-y", box[1], "-W", box[2], "-H",
         box[3], str(pdf)],
        capture_output=True, check=True,
    )  # fmt: skip
    kind, wide, high, _, pixels = done.stdout.split(maxsplit=4)
    assert kind == b"P5"
    columns, rows = int(wide), int(high)
    assert len(pixels) == columns * rows
    found: list[Bar] = []
    begin: int | None = None
    for x in range(columns + 1):
        dark = x < columns and min(pixels[x::columns]) < 128
        if dark and begin is None:
            begin = x
        elif not dark and begin is not None:
            middle = (begin + x) // 2
            column = [y for y, value in enumerate(pixels[middle::columns]) if value < 128]
            found.append(
                Bar(left + begin / DOTS, (x - begin) / DOTS, top + column[0] / DOTS, top + (column[-1] + 1) / DOTS)
            )
            begin = None
    return found


def letters_of(bars: list[Bar]) -> str:
    """What the bars say, judged by how far they reach above and below."""
    top, bottom = min(bar.top for bar in bars), max(bar.bottom for bar in bars)
    near = (bottom - top) / 6
    return "".join("TDAF"[(bar.bottom > bottom - near) + 2 * (bar.top < top + near)] for bar in bars)
