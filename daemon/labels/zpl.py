"""Labels for thermal printers: ZPL II, one format a label of 4 x 2 inches at 203 dots an inch.

The printer draws the barcode itself, from its digits (``^BZ``, type 3). Texts go out as UTF-8 (``^CI28``); what ZPL
would take for a command is written as its hexadecimal value (``^FH``).

Source: Zebra, *ZPL II Programming Guide*: ^BZ, ^BY, ^CI, ^FD, ^FH; font F, 26 x 13 dots and 3 between.
"""

from __future__ import annotations

import re
from typing import Final

from daemon.db import Row
from daemon.labels.formats import Out
from daemon.labels.readback import barcode_leads, keyline_leads
from daemon.labels.render import LINES, LostKeyError, Skip

WIDTH, HEIGHT, DOTS = 812, 406, 203  # dots; dots an inch
LEFT: Final = 40
FONT_HIGH, FONT_WIDE, ADVANCE = 26, 13, 16  # 9.2 points
COLUMNS: Final = (WIDTH - 2 * LEFT) // ADVANCE
LINE_STEP: Final = 36
BAR_HIGH: Final = 29  # 0.143 inch
BAR_WIDE: Final = 4  # 0.0197 inch

_HEAD: Final = f"^XA^CI28^PW{WIDTH}^LL{HEIGHT}^LH0,0"
_FONT: Final = f"^AFN,{FONT_HIGH},{FONT_WIDE}"
_BARS: Final = f"^BY{BAR_WIDE},2.3^BZN,{BAR_HIGH},N,N,3"
_SPECIAL: Final = re.compile(r"[\^~_\x00-\x1f\x7f]")
_FIELD: Final = re.compile(re.escape(_FONT) + r"\^FH\^FD([^\^]*)\^FS")
_BARCODE: Final = re.compile(re.escape(_BARS) + r"\^FD([0-9]*)\^FS")
_ESCAPED: Final = re.compile(r"_([0-9A-F]{2})")


def escape(text: str) -> str:
    """Return a text as it stands in a field after ``^FH``.

    >>> escape("A_B^C~D")
    'A_5FB_5EC_7ED'
    """
    return _SPECIAL.sub(lambda match: f"_{ord(match[0]):02X}", text)


def unescape(field: str) -> str:
    """Return what the printer makes of a field after ``^FH``."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), field)


def label_zpl(lines: tuple[str, ...], digits: str = "") -> str:
    """Return the format of one label: the barcode above the lines, where there is one."""
    parts, y = [_HEAD], LEFT
    if digits:
        parts.append(f"^FO{LEFT},{y}{_BARS}^FD{digits}^FS")
        y += BAR_HIGH + 14
    for line in lines:
        parts.append(f"^FO{LEFT},{y}{_FONT}^FH^FD{escape(line)}^FS")
        y += LINE_STEP
    return "\n".join(parts) + "\n^XZ\n"


class ZplLabels:
    """One ``^XA`` … ``^XZ`` a label. A line that is wider than the label is an error for that record, never a cut."""

    def __init__(self, out: Out, skip: Skip) -> None:
        self._out, self._skip = out, skip

    def add(self, labels: list[Row]) -> int:
        """Write labels; see `Written`."""
        made = []
        for label in labels:
            lines = tuple([line for line in label[2 : 2 + LINES] if line])
            wide = max(map(len, lines), default=0)
            if wide > COLUMNS:
                self._skip(0, label[0], f"a line of {wide} characters does not fit a label of {COLUMNS}")
                continue
            text = label_zpl(lines, label[-1])
            read_back(text, label)
            made.append(text)
        self._out.write("".join(made).encode())
        return len(made)

    def close(self) -> None:
        """Write nothing more: every label is there."""


def read_back(text: str, label: Row) -> None:
    """Read the key of a label from its format.

    Raises:
        LostKeyError: it is not its addressee's.
    """
    if label[-1]:
        found = _BARCODE.search(text)
        barcode_leads(label[0], label[1], label[-1], written=found[1] if found else "")
        return
    fields = _FIELD.findall(text)
    if len(fields) < 2:
        raise LostKeyError(label[0])
    keyline_leads(label[0], label[1], unescape(fields[1]))
