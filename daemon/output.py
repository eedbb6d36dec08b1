"""What commands print: tables on a terminal, plain aligned text in a pipe, one JSON document with `--json`.

Results go to stdout. Progress and errors go to stderr, progress only where that is a terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock, Timer
from typing import IO, TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PATIENCE = 1.0  # seconds before a progress bar shows
GAP = "  "
MANY = 10  # reasons that may stand one below the other
STYLES = {
    "applied": "green",
    "planned": "cyan",
    "repeat": "yellow",
    "stopped": "bold yellow",
    "set_aside": "bold red",
    "not_applied": "bold red",
    "undone": "dim",
    "moved": "green",
    "suppressed": "magenta",
    "held": "yellow",
    "kept": "dim",
    "review": "cyan",
    "rejected": "red",
    "mailable": "green",
    "undeliverable": "magenta",
    "deceased": "magenta",
    "removed": "magenta",
    "ok": "green",
    "warn": "yellow",
    "fail": "bold red",
}


class Column(NamedTuple):
    """A column of a table: numbers stand to the right, a zero is dim; long text may be wrapped on a terminal."""

    title: str
    number: bool = False
    wraps: bool = False


class Telling(Protocol):
    """How far something is: what is done now, how much of it, of how much where that is known."""

    def __call__(self, what: str, done: int, of: int | None, /) -> None: ...


def document(value: object) -> None:
    """Print the one JSON document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def console(stream: IO[str] | None = None) -> Console:
    """Return a console on stdout as it is now."""
    from rich.console import Console

    return Console(file=stream or sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=False)


def is_terminal() -> bool:
    """Say whether a person sees stdout."""
    return console().is_terminal


def say(text: str = "", style: str = "", *, indent: int = 0) -> None:
    """Print a line of words; on a terminal it is wrapped at its width, in a pipe never.

    Args:
        indent: by how much the lines after the first stand to the right.
    """
    out = console()
    if not out.is_terminal:
        print(text)
        return
    from textwrap import wrap

    lines = wrap(text, out.width, subsequent_indent=" " * indent, break_on_hyphens=False) if indent else [text]
    out.print("\n".join(lines), style=style or None)


def some(count: int, thing: str) -> str:
    """Return how many of something there are, in words.

    >>> some(1, "record"), some(2000, "record")
    ('1 record', '2,000 records')
    """
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def rule(text: str) -> None:
    """Print a line that begins a part of something long."""
    out = console()
    if out.is_terminal:
        out.print()
        out.rule(f" {text} " if len(text) < out.width - 8 else "", align="left", style="dim")
        if len(text) >= out.width - 8:
            out.print(text)
    else:
        print(f"\n-- {text}")


def heading(text: str) -> None:
    """Print a line that stands above something."""
    say(text, "bold")


def complain(text: str) -> None:
    """Print an error on stderr."""
    out = console(sys.stderr)
    if out.is_terminal:
        out.print(f"listkeeper: {text}", style="red")
    else:
        sys.stderr.write(f"listkeeper: {text}\n")


def note(text: str) -> None:
    """Print something worth knowing that is no result, on stderr."""
    out = console(sys.stderr)
    out.print(text, style="dim" if out.is_terminal else None, soft_wrap=not out.is_terminal)


def table(columns: Sequence[Column | str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, as wide as what is in it; on a terminal never wider than that is."""
    known = [column if isinstance(column, Column) else Column(column) for column in columns]
    one_wraps = any(column.wraps for column in known)
    cells = [list(map(_told, row)) for row in rows]
    out = console()
    if not out.is_terminal:
        widths = [max(len(text) for text in each) for each in zip([c.title for c in known], *cells, strict=True)]
        for row in [[c.title for c in known], *cells]:
            print(_aligned(row, known, widths))
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for column in known:
        justify: Literal["right", "left"] = "right" if column.number else "left"
        fixed = column.number or (one_wraps and not column.wraps)
        drawn.add_column(column.title, justify=justify, no_wrap=fixed, overflow="fold")
    for row in cells:
        drawn.add_row(*(Text(text, style=_style(text, column.number)) for text, column in zip(row, known, strict=True)))
    out.print(drawn)


def counts(title: str, of: Mapping[str, int]) -> None:
    """Print how often each of something came, the most frequent first; many stand side by side on a terminal."""
    items = sorted(of.items(), key=lambda item: (-item[1], item[0]))
    out = console()
    width = 2 + max((len(name) + len(f"{count:,}") + 2 for name, count in items), default=0)
    beside = max(1, min(out.width // width, -(-len(items) // MANY))) if out.is_terminal else 1
    if beside == 1:
        table([title, Column("records", number=True)], items)
        return
    from rich.table import Table
    from rich.text import Text

    high = -(-len(items) // beside)
    drawn = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(beside):
        drawn.add_column(justify="right", no_wrap=True)
        drawn.add_column(no_wrap=True)
    for at in range(high):
        cells = (Text(text) for name, count in items[at::high] for text in (f"{count:,}", name))
        drawn.add_row(*cells)
    out.print(Text(f"{title}s", style="bold"))
    out.print(drawn)


def lines(texts: Iterable[tuple[str, str]]) -> None:
    """Print lines that are laid out already, each with the word that gives it its colour."""
    out = console()
    if not out.is_terminal:
        sys.stdout.writelines(f"{text}\n" for text, _ in texts)
        return
    for text, word in texts:
        out.print(text, style=STYLES.get(word), soft_wrap=True)


def facts(rows: Iterable[tuple[str, object]]) -> None:
    """Print names and values, a pair a line; what has no value is left out."""
    told = [(name, _told(value)) for name, value in rows if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in told), default=0)
    out = console()
    if not out.is_terminal:
        for name, value in told:
            print(f"{name:<{width}}{GAP}{value}")
        return
    from rich.table import Table
    from rich.text import Text

    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(no_wrap=True, style="dim")
    drawn.add_column(overflow="fold")
    for name, value in told:
        drawn.add_row(name, Text(value, style=STYLES.get(value, "")))
    out.print(drawn)


def warnings(texts: object) -> None:
    """Print warnings, a line each."""
    if isinstance(texts, list):
        for text in texts:
            say(f"warning: {text}", "yellow")


def _told(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _style(text: str, number: bool) -> str:
    return "dim" if number and text == "0" else STYLES.get(text, "")


def _aligned(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    texts = (
        text.rjust(width) if column.number else text.ljust(width)
        for text, column, width in zip(row, columns, widths, strict=True)
    )
    return GAP.join(texts).rstrip()


@contextmanager
def telling() -> Iterator[Telling]:
    """Yield what shows progress: a bar on a terminal, once it has lasted a second; else nothing."""
    if not console(sys.stderr).is_terminal:
        yield lambda _what, _done, _of: None
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A progress bar that waits before it shows."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._closed = False
        self._shown: Progress | None = None
        self._last: tuple[str, int, int | None] = ("working", 0, None)
        self._timer = Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._timer.start()

    def __call__(self, what: str, done: int, of: int | None, /) -> None:
        self._last = (what, done, of)
        if self._shown is not None:
            self._update(self._shown)

    def close(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._shown is not None:
                self._shown.stop()

    def _update(self, shown: Progress) -> None:
        what, done, of = self._last
        shown.update(shown.task_ids[0], description=what, completed=done, total=of)

    def _show(self) -> None:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._closed:
                return
            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
            shown = Progress(*columns, console=console(sys.stderr), transient=True)
            shown.add_task(self._last[0], total=None)
            self._update(shown)
            shown.start()
            self._shown = shown
