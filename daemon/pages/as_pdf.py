"""A page as a PDF on Letter, in the fonts that every reader has. The same page is the same bytes."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from daemon.pages.blocks import Bar, Block, Cell, Facts, Figures, Grid, Note, Page, Subtitle, Title, told

_INK, _SOFT, _LINE = colors.HexColor("#16202c"), colors.HexColor("#56616e"), colors.HexColor("#c9d0d8")
_FAINT, _DEEP = colors.HexColor("#eef1f4"), colors.HexColor("#1d3c5c")
_MARGIN: Final = 0.6 * inch
_WIDTH: Final = letter[0] - 2 * _MARGIN
_FRAME: Final = 6.0  # what reportlab leaves free on each side by itself
_LEAST, _GAP = 34.0, 8.0  # points of a column, and between two


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name, **({"fontName": "Helvetica", "textColor": _INK, "leading": size * 1.25} | more), fontSize=size
    )


_TEXT = _style("text", 9.5, spaceAfter=4)
_SMALL = _style("small", 8, textColor=_SOFT)
_KIND = _style("kind", 8, textColor=_SOFT)
_H1 = _style("h1", 21, fontName="Helvetica-Bold")
_H2 = _style("h2", 13, fontName="Helvetica-Bold", textColor=_DEEP, spaceBefore=16, spaceAfter=1, keepWithNext=1)
_H3 = _style("h3", 9.5, fontName="Helvetica-Bold", spaceBefore=9, spaceAfter=1, keepWithNext=1)
_OF = _style("of", 9, textColor=_SOFT, spaceAfter=3, keepWithNext=1)
_LOUD = _style("loud", 9.5, fontName="Helvetica-Bold")
_STAMP = _style("stamp", 11, fontName="Helvetica-Bold", textColor=_DEEP, alignment=1)
_NUMBER = _style("number", 19, fontName="Helvetica-Bold")
_CELL = _style("cell", 8.3, splitLongWords=1)
_RIGHT = _style("right", 8.3, alignment=TA_RIGHT)
_HEAD = _style("head", 8.3, fontName="Helvetica-Bold", textColor=_SOFT)
_HEAD_RIGHT = _style("head_right", 8.3, fontName="Helvetica-Bold", textColor=_SOFT, alignment=TA_RIGHT)


def as_pdf(page: Page) -> bytes:
    """Return a page as PDF. What its fonts cannot write is written without accents, or as a question mark."""
    content = io.BytesIO()
    document = SimpleDocTemplate(
        content,
        pagesize=letter,
        leftMargin=_MARGIN - _FRAME,
        rightMargin=_MARGIN - _FRAME,
        topMargin=_MARGIN - _FRAME,
        bottomMargin=_MARGIN + 10,
        title=_plain(f"{page.kind}: {page.title}"),
        author="Listkeeper",
        creator="Listkeeper",
        invariant=1,  # no moment of its making, and an id that is of its content
    )
    story = [*_head(page), *(each for block in page.blocks for each in _drawn(block))]
    document.build(story, canvasmaker=lambda *args, **more: _Sheets(page, *args, **more))
    return content.getvalue()


class _Sheets(Canvas):  # type: ignore[misc]
    """Sheets that know how many they are."""

    def __init__(self, page: Page, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._page, self._done = page, []  # type: ignore[var-annotated]

    def showPage(self) -> None:  # noqa: N802 - reportlab's own name
        """Keep the sheet until it is known how many there are."""
        self._done.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write each sheet with its foot."""
        for number, state in enumerate(self._done, 1):
            sheets = self._done
            self.__dict__.update(state)
            self._done = sheets
            self.setStrokeColor(_LINE)
            self.line(_MARGIN, _MARGIN + 6, letter[0] - _MARGIN, _MARGIN + 6)
            self.setFont("Helvetica", 7.5)
            self.setFillColor(_SOFT)
            self.drawString(_MARGIN, _MARGIN - 5, _plain(self._page.foot)[:140])
            self.drawRightString(letter[0] - _MARGIN, _MARGIN - 5, f"{number} of {len(sheets)}")
            super().showPage()
        super().save()


class _Drawn(Flowable):  # type: ignore[misc]
    """A bar in a cell: framed, and dark as far as its share goes."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = min(max(share, 0.0), 1.0)

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Take the cell's width."""
        self.width, self.height = width, 8.0
        return self.width, self.height

    def draw(self) -> None:
        """Draw it."""
        self.canv.setStrokeColor(_INK)
        self.canv.setLineWidth(0.5)
        self.canv.setFillColor(_DEEP)
        self.canv.rect(0, 0, self.width * self._share, 6, stroke=0, fill=1)
        self.canv.rect(0, 0, self.width, 6, stroke=1, fill=0)


def _head(page: Page) -> Iterator[Any]:
    left = [
        Paragraph(_told(page.kind.upper()), _KIND),
        Paragraph(_told(page.title), _H1),
        Paragraph(_told(page.subtitle), _OF),
    ]
    stamp = Table([[Paragraph(_told(page.stamp.upper()), _STAMP)]], style=[("BOX", (0, 0), (-1, -1), 1.5, _DEEP)])
    widths = (_WIDTH - 1.5 * inch, 1.5 * inch)
    yield Table(
        [[left, stamp if page.stamp else ""]],
        colWidths=widths,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, 0), 0),
            ("RIGHTPADDING", (-1, 0), (-1, 0), 0),
            ("LINEBELOW", (0, 0), (-1, -1), 2.5, _DEEP),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
        ],
    )
    yield Spacer(1, 8)


def _drawn(block: Block) -> Iterator[Any]:
    match block:
        case Title(text, note):
            yield Paragraph(_told(text), _H2)
            if note:
                yield Paragraph(_told(note), _OF)
        case Subtitle(text):
            yield Paragraph(_told(text), _H3)
        case Note(text, loud):
            yield _framed(text) if loud else Paragraph(_told(text), _TEXT)
            yield Spacer(1, 6)
        case Figures():
            yield from _figures(block)
        case Facts(rows):
            pairs = [[Paragraph(_told(name), _SMALL), Paragraph(_told(value), _CELL)] for name, value in rows]
            if pairs:
                narrow = ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)
                edge = ("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")
                table = Table(pairs, colWidths=(1.5 * inch, _WIDTH - 1.5 * inch), style=[*narrow, *edge])
                yield KeepTogether([Spacer(1, 3), table, Spacer(1, 4)])
        case Grid():
            yield _table(block)
            yield Spacer(1, 5)


def _framed(text: str) -> Table:
    style: list[Any] = [("BOX", (0, 0), (-1, -1), 1.2, _INK), ("LINEBEFORE", (0, 0), (0, -1), 6, _INK, "butt")]
    style += [("LEFTPADDING", (0, 0), (-1, -1), 12), ("BOTTOMPADDING", (0, 0), (-1, -1), 6)]
    return Table([[Paragraph(_told(text), _LOUD)]], colWidths=(_WIDTH,), style=style)


def _figures(block: Figures) -> Iterator[Any]:
    cells = [
        [
            Paragraph(_told(each.label), _SMALL),
            Paragraph(_told(each.value), _NUMBER),
            Paragraph(_told(each.note), _SMALL),
        ]
        for each in block.items
    ]
    if not cells:
        return
    style: list[Any] = [("BOX", (at, 0), (at, 0), 0.6, _LINE) for at in range(len(cells))]
    style += [("LINEABOVE", (0, 0), (-1, 0), 2.5, _DEEP), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    yield Table([cells], colWidths=[_WIDTH / len(cells)] * len(cells), style=style)
    yield Spacer(1, 6)


def _table(grid: Grid) -> Table:
    rows = [list(row) for row in grid.rows] + ([list(grid.foot)] if grid.foot is not None else [])
    heads = [Paragraph(_told(column.title), _HEAD_RIGHT if column.number else _HEAD) for column in grid.columns]
    style: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, 0), 1, _INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), _GAP),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    bold = set(grid.strong)
    if grid.foot is not None:
        bold.add(len(rows) - 1)
        style.append(("LINEABOVE", (0, -1), (-1, -1), 1, _INK))
    style += [("BACKGROUND", (0, at + 1), (-1, at + 1), _FAINT) for at in grid.strong]
    body = [
        [_cell(grid, at, each, bold=number in bold) for at, each in enumerate(row)] for number, row in enumerate(rows)
    ]
    return Table([heads, *body], colWidths=_widths(grid, rows), repeatRows=1, style=TableStyle(style))


def _cell(grid: Grid, at: int, cell: Cell, *, bold: bool) -> Any:
    if isinstance(cell, Bar):
        return _Drawn(cell.share)
    text = _told(told(cell))
    return Paragraph(f"<b>{text}</b>" if bold and text else text, _RIGHT if grid.columns[at].number else _CELL)


def _widths(grid: Grid, rows: list[list[Cell]]) -> list[float]:
    """Give each column what its widest cell asks for; a wide one, or a bar, takes what is left."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    asked: list[float] = []
    for at, column in enumerate(grid.columns):
        texts = [column.title, *(told(row[at]) for row in rows)]
        most = max(stringWidth(_plain(text), "Helvetica-Bold", 8.3) for text in texts) + _GAP + 1
        asked.append(max(_LEAST, 90.0 if any(isinstance(row[at], Bar) for row in rows) else most))
    wide = [at for at, column in enumerate(grid.columns) if column.wide] or [
        max(range(len(asked)), key=lambda at: 0 if grid.columns[at].number else asked[at])
    ]
    rest = _WIDTH - sum(width for at, width in enumerate(asked) if at not in wide)
    if rest < 60 * len(wide):  # too many columns: all give way alike
        return [width * _WIDTH / sum(asked) for width in asked]
    of = sum(asked[at] for at in wide)
    return [rest * width / of if at in wide else width for at, width in enumerate(asked)]


def _told(text: str) -> str:
    return escape(_plain(text), quote=False)


def _plain(text: str) -> str:
    """Return a text in the letters of the standard fonts."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        text = "".join(_letter(each) for each in unicodedata.normalize("NFC", text))
    return text


def _letter(written: str) -> str:
    for form in (written, unicodedata.normalize("NFKD", written)[:1]):
        try:
            form.encode("cp1252")
        except UnicodeEncodeError:
            continue
        return form
    return "?"
