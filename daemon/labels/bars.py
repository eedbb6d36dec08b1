"""The Intelligent Mail barcode as it is drawn: boxes from letters, and letters from boxes.

Source: USPS-B-3200 Rev. H, section 2.3.1: 65 bars at 20 to 24 an inch, 0.015 to 0.025 inch wide; a full bar of 0.125 to
0.165 inch, a tracker of 0.039 to 0.057, ascender and descender of 0.082 to 0.111 (tracker included). The clear zone of
0.125 inch left and right and 0.028 above and below is what the trade asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

PITCH: Final = 1 / 22  # inches from bar to bar
BAR: Final = 0.020
TRACKER: Final = 0.048
REACH: Final = 0.0485  # of an ascender above the tracker, and of a descender below it
FULL: Final = TRACKER + 2 * REACH
WIDTH: Final = 64 * PITCH + BAR
CLEAR_SIDE: Final = 0.125
CLEAR_ABOVE: Final = 0.028

Box = tuple[float, float, float, float]  # left, bottom, width, height


def boxes(bars: str) -> Iterator[Box]:
    """Yield the box of each bar, in inches from the lower left corner of the barcode."""
    for number, letter in enumerate(bars):
        bottom = 0.0 if letter in "DF" else REACH
        top = FULL if letter in "AF" else REACH + TRACKER
        yield number * PITCH, bottom, BAR, top - bottom


def letters(found: Iterable[tuple[float, float]]) -> str:
    """Return the letters of bars, given as (bottom, top) from left to right, in any unit.

    >>> letters((bottom, bottom + height) for _, bottom, _, height in boxes("TDAF"))
    'TDAF'
    """
    pairs = list(found)
    if not pairs:
        return ""
    low, high = min(bottom for bottom, _ in pairs), max(top for _, top in pairs)
    reach = (high - low) * REACH / FULL
    return "".join(
        {(False, False): "T", (True, False): "D", (False, True): "A", (True, True): "F"}[
            bottom < low + reach / 2, top > high - reach / 2
        ]
        for bottom, top in pairs
    )
