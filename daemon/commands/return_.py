"""`listkeeper return`: what came back on paper."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from daemon import output
from daemon.commands.files import plan_row, print_result
from daemon.commands.words import Json, ListName, Verbose, complete_list, enter

group = typer.Typer(
    no_args_is_help=True, help="Enter what came back on paper: yellow-labelled pieces, Form 3547 cards, photocopies."
)
LETTERS = "A E I L M N P Q R S U V of a nixie, K or G, or words: vacant, box-closed, refused"
MOVED = "Moved"
Large = Annotated[
    bool,
    typer.Option("--accept-large-change", metavar="", help="Go on where it would change more of a list than allowed."),
]
On = Annotated[str | None, typer.Option(metavar="DATE", help="Day on which it came back. Default: today.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="return", rich_help_panel="Return files")


class MoveType(StrEnum):
    """Whom a move takes along."""

    individual = "individual"
    family = "family"
    business = "business"


@group.command("add")
def add(
    *,
    name: ListName,
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", help="Keyline, barcode (65 bars, or its digits), or id:RECORD_ID."),
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="CODE", help=f"Why it came back: {LETTERS}.")] = None,
    address1: Annotated[
        str | None, typer.Option(metavar="LINE", help="New delivery line, unit included.", rich_help_panel=MOVED)
    ] = None,
    city: Annotated[str | None, typer.Option(metavar="CITY", help="Its city.", rich_help_panel=MOVED)] = None,
    state: Annotated[str | None, typer.Option(metavar="ST", help="Its state.", rich_help_panel=MOVED)] = None,
    zip5: Annotated[str | None, typer.Option(metavar="ZIP", help="Its ZIP, or ZIP+4.", rich_help_panel=MOVED)] = None,
    zip4: Annotated[str | None, typer.Option(metavar="NNNN", help="Its ZIP+4.", rich_help_panel=MOVED)] = None,
    urbanization: Annotated[
        str | None, typer.Option(metavar="URB", help="Its urbanization.", rich_help_panel=MOVED)
    ] = None,
    family: Annotated[
        bool, typer.Option("--family", metavar="", help="The whole family has moved.", rich_help_panel=MOVED)
    ] = False,
    business: Annotated[
        bool, typer.Option("--business", metavar="", help="A business has moved.", rich_help_panel=MOVED)
    ] = False,
    moved: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day or month of the move. Default: not known.", rich_help_panel=MOVED),
    ] = None,
    on: On = None,
    old_zip: Annotated[
        str | None, typer.Option("--old-zip", metavar="ZIP", help="ZIP on the piece, where it is not the one on file.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Many at once: columns key, reason, address1 and so on.")
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", metavar="", help="Say what it would do, and do nothing.")
    ] = False,
    accept_large_change: Large = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Enter one return, or a file of them, as a batch that can be undone.

    Example: [bold]listkeeper return add spring "#0000 0000 18#" --reason vacant[/]
    """
    from daemon.returns.paper_add import add_return, exit_code
    from daemon.returns.paper_file import apply_paper_file

    if family and business:
        raise typer.BadParameter("give the one or the other", param_hint="--family, --business")
    given = {
        "reason": reason,
        "address1": address1,
        "city": city,
        "state": state,
        "zip5": zip5,
        "zip4": zip4,
        "urbanization": urbanization,
        "move_type": MoveType.family if family else MoveType.business if business else None,
        "moved": moved,
        "on": on,
        "old_zip": old_zip,
    }
    values = {name: str(value) for name, value in given.items() if value is not None}
    if (key is None) == (file is None) or (file is not None and values):
        raise typer.BadParameter("give a KEY and what came of it, or --file alone", param_hint="KEY")
    house = enter(verbose)
    if file is not None:
        result = apply_paper_file(house, name, file, plan=plan_only, accept_large_change=accept_large_change)
    else:
        values["key"] = key or ""
        result = add_return(house, name, values, plan=plan_only, accept_large_change=accept_large_change)
    if json:
        output.document(result)
    else:
        _print(result)
    raise typer.Exit(exit_code(result))


def _print(result: dict[str, Any]) -> None:
    for record in result.get("records", ()):
        output.lines([(plan_row(record), record["outcome"])])
    print_result(result)
    if result.get("rejects_file"):
        output.say(f"Rows set aside, with line and fault: {result['rejects_file']}", "yellow")


@group.command("scan")
def scan(
    *,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="Name of the list. Default: each key says it.", autocompletion=complete_list
        ),
    ] = None,
    on: On = None,
    prefix: Annotated[str, typer.Option(metavar="TEXT", help="What the scanner types before each code.")] = "",
    suffix: Annotated[str, typer.Option(metavar="TEXT", help="What the scanner types after each code.")] = "",
    yes: Annotated[bool, typer.Option("--yes", metavar="", help="Apply at the end without asking.")] = False,
    accept_large_change: Large = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Enter piece after piece: scan its key, type a letter or the new address.

    Nothing is applied before the tally at the end and your yes. A session that breaks off is offered again.

    Example: [bold]listkeeper return scan spring[/]
    """
    from daemon.returns.paper_add import day_of, exit_code
    from daemon.returns.paper_scan import How, scan_returns

    house = enter(verbose)
    how = How(day_of(house, on), yes, accept_large_change, prefix, suffix)
    result = scan_returns(house, name, Desk(sys.stderr if json else sys.stdout), how)
    if json:
        output.document(result)
    else:
        _print_scanned(result, name)
    raise typer.Exit(exit_code(result))


def _print_scanned(result: dict[str, Any], name: str | None) -> None:
    entries = output.some(result["entries"], "piece")
    match result["status"]:
        case "nothing":
            output.say("Nothing was entered.")
        case "discarded":
            output.say(f"{entries} discarded; nothing was applied.", "yellow")
        case "waiting":
            again = f"listkeeper return scan {name or ''}".strip()
            output.say(f"{entries} kept, and not applied. Go on with: {again}", "yellow")
        case _:
            print_result(result)


class Desk:
    """A terminal with a scanner and a person, or a pipe; prompts and the bell are for the former."""

    def __init__(self, stream: IO[str]) -> None:
        self._out = output.console(stream)
        self._stream = stream
        self.terminal = sys.stdin.isatty()
        reconfigure = getattr(sys.stdin, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")

    def ask(self, prompt: str) -> str:
        """Return the next line."""
        if self.terminal:
            self._stream.write(prompt)
            self._stream.flush()
        line = sys.stdin.readline()
        if not line:
            if self.terminal:
                self._stream.write("\n")
            raise EOFError
        return line.rstrip("\n")

    def say(self, text: str = "", style: str = "") -> None:
        """Tell a line."""
        self._out.print(text, style=style if self._out.is_terminal else None, soft_wrap=True)
        self._stream.flush()

    def ring(self) -> None:
        """Ring the bell of a terminal."""
        if self._stream.isatty():
            self._stream.write("\a")
            self._stream.flush()
