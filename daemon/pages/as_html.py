"""A page as one HTML file that needs nothing else: no script, no font, no picture from outside. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from daemon.pages.blocks import Bar, Block, Cell, Column, Facts, Figures, Grid, Note, Page, Subtitle, Title, told

_STYLE: Final = """
:root { --ink: #16202c; --soft: #56616e; --line: #c9d0d8; --faint: #eef1f4; --deep: #1d3c5c; }
* { box-sizing: border-box; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0; background: #e4e8ec; color: var(--ink); font: 14px/1.45 "Helvetica Neue", Helvetica, Arial,
  "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 8.5in; margin: 24px auto; padding: .6in .65in; background: #fff; box-shadow: 0 1px 8px #0003; }
header { display: flex; justify-content: space-between; align-items: flex-start; gap: 24px;
  border-bottom: 3px solid var(--deep); padding-bottom: 14px; margin-bottom: 18px; }
.kind { text-transform: uppercase; letter-spacing: .12em; font-size: 11px; color: var(--soft); }
h1 { font-size: 28px; line-height: 1.15; margin: 2px 0 4px; overflow-wrap: anywhere; }
.sub { color: var(--soft); }
.stamp { border: 2px solid var(--deep); color: var(--deep); padding: 4px 12px; font-weight: 700; letter-spacing: .1em;
  text-transform: uppercase; white-space: nowrap; }
h2 { font-size: 17px; margin: 30px 0 2px; break-after: avoid; color: var(--deep); }
h3 { font-size: 13px; margin: 16px 0 4px; break-after: avoid; overflow-wrap: anywhere; }
p { margin: 0 0 8px; }
p.of { color: var(--soft); margin-bottom: 8px; break-after: avoid; }
p.loud { border: 2px solid var(--ink); border-left-width: 8px; padding: 8px 12px; font-weight: 700; margin: 10px 0;
  break-inside: avoid; }
.figures { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 10px; margin: 12px 0; }
.figure { border: 1px solid var(--line); border-top: 3px solid var(--deep); padding: 8px 12px; break-inside: avoid; }
.figure b { display: block; font-size: 25px; line-height: 1.2; }
.figure span { display: block; color: var(--soft); font-size: 12px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 8px 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 6px 0 10px; font-size: 12px; }
th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 1.5px solid var(--ink); }
th, td { padding: 4px 10px 4px 0; vertical-align: top; white-space: nowrap; }
td { border-bottom: 1px solid var(--line); }
th.n, td.n { text-align: right; }
td.w { width: 100%; min-width: 7em; white-space: normal; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
thead { display: table-header-group; } tr { break-inside: avoid; }
tr.strong td { font-weight: 700; background: var(--faint); }
tfoot td { font-weight: 700; border-top: 1.5px solid var(--ink); border-bottom: 0; }
.bar { display: block; height: 10px; margin-top: 5px; border: 1px solid var(--ink); min-width: 80px; }
.bar i { display: block; height: 100%; background: var(--deep); }
footer { margin-top: 28px; padding-top: 8px; border-top: 1px solid var(--line); color: var(--soft); font-size: 11px; }
@page { size: Letter; margin: .6in; }
@media print { body { background: #fff; font-size: 12px; } table { font-size: 10.5px; }
  main { margin: 0; padding: 0; max-width: none; box-shadow: none; } }
""".strip()


def as_html(page: Page) -> bytes:
    """Return a page as HTML, UTF-8. The same page is the same bytes."""
    stamp = f'<div class="stamp">{escape(page.stamp)}</div>' if page.stamp else ""
    body = "\n".join(line for block in page.blocks for line in _drawn(block))
    text = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(f"{page.kind}: {page.title}")}</title>
<style>
{_STYLE}
</style>
</head>
<body>
<main>
<header><div><div class="kind">{escape(page.kind)}</div><h1>{escape(page.title)}</h1>
<div class="sub">{escape(page.subtitle)}</div></div>{stamp}</header>
{body}
<footer>{escape(page.foot)}</footer>
</main>
</body>
</html>
"""
    return text.encode("utf-8", "replace")


def _drawn(block: Block) -> Iterator[str]:
    match block:
        case Title(text, note):
            yield f"<h2>{escape(text)}</h2>"
            if note:
                yield f'<p class="of">{escape(note)}</p>'
        case Subtitle(text):
            yield f"<h3>{escape(text)}</h3>"
        case Note(text, loud):
            yield f'<p class="loud">{escape(text)}</p>' if loud else f"<p>{escape(text)}</p>"
        case Figures(items):
            yield '<div class="figures">'
            for label, value, note in items:
                yield (
                    f'<div class="figure"><span>{escape(label)}</span><b>{escape(value)}</b>'
                    f"<span>{escape(note)}</span></div>"
                )
            yield "</div>"
        case Facts(rows):
            yield "<dl>"
            yield from (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
            yield "</dl>"
        case Grid():
            yield from _table(block)


def _table(grid: Grid) -> Iterator[str]:
    titles = "".join(f"<th{_kind(column)}>{escape(column.title)}</th>" for column in grid.columns)
    yield f"<table>\n<thead><tr>{titles}</tr></thead>"
    if grid.foot is not None:
        yield f"<tfoot><tr>{_cells(grid, grid.foot)}</tr></tfoot>"
    yield "<tbody>"
    for at, row in enumerate(grid.rows):
        strong = ' class="strong"' if at in grid.strong else ""
        yield f"<tr{strong}>{_cells(grid, row)}</tr>"
    yield "</tbody>\n</table>"


def _cells(grid: Grid, row: tuple[Cell, ...]) -> str:
    return "".join(f"<td{_kind(column)}>{_cell(cell)}</td>" for column, cell in zip(grid.columns, row, strict=True))


def _kind(column: Column) -> str:
    kinds = [name for name, is_so in (("n", column.number), ("w", column.wide)) if is_so]
    return f' class="{" ".join(kinds)}"' if kinds else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, Bar):
        return f'<span class="bar"><i style="width:{100 * cell.share:.1f}%"></i></span>'
    return escape(told(cell))
