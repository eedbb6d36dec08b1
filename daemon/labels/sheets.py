"""Labels on sheets: PDF on Letter paper, the barcode drawn to specification."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pypdf import PdfReader

from daemon.db import Row
from daemon.errors import UsageError
from daemon.labels import bars
from daemon.labels.formats import Out
from daemon.labels.readback import barcode_leads, keyline_leads
from daemon.labels.render import LINES, LostKeyError, Skip

INCH: Final = 72.0
PAGE: Final = (8.5 * INCH, 11 * INCH)
FONT: Final = "Courier"  # every character is as wide as the next, so that an endorsement line keeps its columns
ASPECT: Final = 0.6  # of the width of a character to its size
CLEARANCE: Final = INCH / 25  # between the top line and the window's edge, whatever the insert does
GAP: Final = 0.05  # inches, between the barcode and the line below it
MOST: Final = 50_000  # a PDF is held in memory until it is whole: 4 KB a label


class Sheet(NamedTuple):
    """A sheet of labels, in inches."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    step: float  # from the left edge of one label to that of its neighbour
    size: float  # of the font, in points
    leading: float

    @property
    def characters(self) -> int:
        """How many characters a line has room for."""
        return int((self.width - 0.25) * INCH / (self.size * ASPECT))


SMALL: Final = Sheet(3, 10, 2.625, 1.0, 0.1875, 0.5, 2.75, 8, 8.2)  # as Avery 5160
WIDE: Final = Sheet(2, 7, 4.0, 1 + 1 / 3, 0.15625, 5 / 6, 4.1875, 9, 10)  # as Avery 5162: a barcode is 2.93 wide


def draw_block(canvas: Any, label: Row, *, left: float, top: float, size: float, leading: float) -> None:
    """Draw an address block: the barcode where there is one, the lines below it. In points; `top` is its upper edge."""
    if label[-2]:
        bottom = top - bars.FULL * INCH
        path = canvas.beginPath()
        for x, y, width, height in bars.boxes(label[-2]):
            path.rect(left + x * INCH, bottom + y * INCH, width * INCH, height * INCH)
        canvas.drawPath(path, stroke=0, fill=1)
        top = bottom - GAP * INCH
    text = canvas.beginText(left, top - size * 0.8)
    text.setFont(FONT, size, leading)
    for line in label[2 : 2 + LINES]:
        if line:
            text.textLine(line)
    canvas.drawText(text)


def block_height(label: Row, size: float, leading: float) -> float:
    """Return how high a block is, in points."""
    lines = sum(1 for line in label[2 : 2 + LINES] if line)
    return (lines - 1) * leading + size + ((bars.FULL + GAP) * INCH if label[-2] else 0)


def fault_of(label: Row, characters: int) -> str:
    """Say why a label cannot be drawn: too wide, or a character that the font does not have. Empty where it can."""
    for line in label[2 : 2 + LINES]:
        if len(line) > characters:
            return f"a line of {len(line)} characters does not fit a label of {characters}"
        if not line.isascii():
            try:
                line.encode("cp1252")
            except UnicodeEncodeError:
                return "a character that the PDF's font does not have"
    return ""


def new_canvas(title: str) -> tuple[Any, io.BytesIO]:
    """Return a canvas of Letter pages, the same bytes each time, and what it will be written to."""
    from reportlab.pdfgen.canvas import Canvas

    content = io.BytesIO()
    canvas = Canvas(content, pagesize=PAGE, pageCompression=1, invariant=1)
    canvas.setTitle(title)
    canvas.setCreator("Listkeeper")
    return canvas, content


class SheetLabels:
    """Sheets of labels: three by ten, or where there are barcodes, which are wider than those, two by seven."""

    def __init__(self, out: Out, skip: Skip, *, with_barcodes: bool) -> None:
        self._out, self._skip = out, skip
        self._sheet = WIDE if with_barcodes else SMALL
        self._canvas, self._content = new_canvas("Labels")
        self._expected: list[tuple[str, str, str]] = []

    def add(self, labels: list[Row]) -> int:
        """Draw labels; see `Written`. Their keys are read from the finished file."""
        sheet, count = self._sheet, 0
        per_page = sheet.columns * sheet.rows
        for label in labels:
            fault = fault_of(label, sheet.characters)
            high = block_height(label, sheet.size, sheet.leading)
            if not fault and high > sheet.height * INCH - 2 * CLEARANCE:
                fault = "more lines than fit the label with its barcode"
            if fault:
                self._skip(0, label[0], fault)
                continue
            if len(self._expected) >= MOST:
                raise UsageError(
                    f"a PDF has {MOST} labels at most, since it is held in memory; write csv, fixed or zpl"
                )
            place = len(self._expected) % per_page
            if place == 0 and self._expected:
                self._canvas.showPage()
            row, column = divmod(place, sheet.columns)
            left = (sheet.left + column * sheet.step + 0.125) * INCH
            top = PAGE[1] - (sheet.top + row * sheet.height) * INCH
            margin = (sheet.height * INCH - high) / 2
            draw_block(self._canvas, label, left=left, top=top - margin, size=sheet.size, leading=sheet.leading)
            self._expected.append((label[0], label[1], label[-1]))
            count += 1
        return count

    def close(self) -> None:
        """Finish the file, read every key back from it, and write it."""
        self._canvas.save()
        content = self._content.getvalue()
        found = keys_in(content)
        for record_id, key, digits in self._expected:
            line, drawn = next(found, ("", ""))
            if digits:
                barcode_leads(record_id, key, digits, written=drawn)
            else:
                keyline_leads(record_id, key, line)
        if next(found, None) is not None:
            raise LostKeyError(self._expected[-1][0])
        self._out.write(content)


_TEXT: Final = re.compile(rb"\(((?:\\.|[^\\()])*)\) Tj")
_BOX: Final = re.compile(rb"(-?[0-9.]+) (-?[0-9.]+) (-?[0-9.]+) (-?[0-9.]+) re\b")
_BLOCK: Final = re.compile(rb"(?:n((?: -?[0-9.]+ -?[0-9.]+ -?[0-9.]+ -?[0-9.]+ re)+)\s+f\*?\s+)?BT (.*?) ET", re.DOTALL)
_OCTAL: Final = re.compile(rb"\\([0-7]{3}|.)")


def keys_in(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield (second line, bars) of each block of a PDF, in the order in which they were drawn."""
    reader = PdfReader(io.BytesIO(content))
    for page in reader.pages:
        stream = page.get_contents()
        reader.resolved_objects.clear()  # else it keeps every page that was read
        for block in _BLOCK.finditer(stream.get_data() if stream is not None else b""):
            drawn = [(float(y), float(y) + float(high)) for _x, y, _wide, high in _BOX.findall(block[1] or b"")]
            texts = _TEXT.findall(block[2])
            if texts:
                yield (_plain(texts[1]) if len(texts) > 1 else ""), bars.letters(drawn)


def _plain(text: bytes) -> str:
    def meant(match: re.Match[bytes]) -> bytes:
        said = match[1]
        return bytes([int(said, 8)]) if len(said) == 3 else said

    return _OCTAL.sub(meant, text).decode("cp1252")
