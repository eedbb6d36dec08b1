"""`listkeeper suppress`: the register of suppression files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, enter
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="Keep the files of those who are not to be mailed.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="suppress", rich_help_panel="The drop")


class Kind(StrEnum):
    """Why somebody is not to be mailed."""

    preference = "preference"
    deceased = "deceased"
    prison = "prison"
    prohibitory = "prohibitory"
    client = "client"
    converted = "converted"


class Match(StrEnum):
    """What has to be the same."""

    id = "id"
    individual = "individual"
    household = "household"
    address = "address"


@group.command("add")
def add(
    *,
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="Why they are not to be mailed.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV with a header row.")],
    source: Annotated[str, typer.Option(metavar="TEXT", help="Who says so. A newer file of the same replaces this.")],
    as_of: Annotated[str, typer.Option(metavar="DATE", help="The day that the file speaks of: YYYY-MM-DD.")],
    match: Annotated[
        Match | None, typer.Option(metavar="LEVEL", help=f"{', '.join(Match)}. Default: that of the kind.")
    ] = None,
    client: Annotated[
        str, typer.Option(metavar="CLIENT", help="Only for this client's mailings. Default: everybody's.")
    ] = "",
    list_name: Annotated[str, typer.Option("--list", metavar="NAME", help="Only for this list.")] = "",
    max_age: Annotated[
        int | None, typer.Option(metavar="DAYS", help="Too old so many days after its day. Default: never.")
    ] = None,
    licence: Annotated[str, typer.Option(metavar="TEXT", help="By what right we have it.")] = "",
    keep_older: Annotated[
        bool, typer.Option("--keep-older", metavar="", help="The older file of this source stays in force.")
    ] = False,
    map_file: Annotated[
        Path | None, typer.Option("--map", metavar="MAP.toml", help='TOML: a table \\[columns] with ours = "theirs".')
    ] = None,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of the file, where it is not UTF-8.")] = "utf-8",
    json: Json = False,
) -> None:
    """Load a suppression file; every drop from then on is held against it.

    A row that cannot be taken is set aside, with its line and the reason, to FILE.rejects.csv; the rest is loaded.

    Example: [bold]listkeeper suppress add preference dma.csv --source DMAchoice --as-of 2026-11-01 --max-age 90[/]
    """
    from daemon.drop.suppression_load import add_file

    house = enter()
    with output.telling() as tell:
        result = add_file(
            house,
            kind,
            file,
            source=source,
            as_of=as_of,
            match=match,
            client=client,
            list_name=list_name,
            max_age=max_age,
            licence=licence,
            keep_older=keep_older,
            map_file=map_file,
            encoding=encoding,
            progress=tell,
        )
    if json:
        output.document(result)
        return
    _print_added(result)


def _print_added(result: dict[str, Any]) -> None:
    if result["status"] == "repeat":
        output.say(f"These bytes are in force already, as suppression file {result['file_id']}; nothing was loaded.")
    else:
        loaded = output.some(result["read"] - result["rejected"], "row")
        output.say(
            f"Suppression file {result['file_id']} ({result['kind']}, {result['source']}) is in force {_for(result)}: "
            f"{loaded}, matched by {result['match']}."
        )
        if result["replaced"]:
            output.say(f"It replaces file {result['replaced']}.")
    output.warnings(result["warnings"])
    if result["rejects_file"]:
        aside = output.some(result["rejected"], "row")
        output.say(f"{aside} set aside, with line and reason: {result['rejects_file']}", "yellow")


def _for(told: dict[str, Any]) -> str:
    scope = told["scope"]
    return f"for list {scope['list']}" if scope["list"] else f"for {scope['client'] or 'every client'}"


@group.command("list")
def list_(json: Json = False) -> None:
    """List the suppression files, as they were loaded, and which are in force.

    Example: [bold]listkeeper suppress list[/]
    """
    from daemon.drop.register import list_files

    result = list_files(enter())
    if json:
        output.document(result)
        return
    if not result["files"]:
        output.say("There is no suppression file yet. Load one: listkeeper suppress add KIND FILE.csv …")
        return
    columns: list[Column | str] = [
        *(Column("file", number=True), "kind", Column("source", wraps=True), Column("for", wraps=True), "match"),
        *(Column("rows", number=True), "as of", "good to", "state"),
    ]
    rows = [
        (
            *(each["file_id"], each["kind"], each["source"], _for(each).removeprefix("for "), each["match"]),
            *(each["read"] - each["rejected"], each["as_of"], each["good_to"] or "", each["state"]),
        )
        for each in result["files"]
    ]
    output.table(columns, rows)


@group.command("withdraw")
def withdraw(
    number: Annotated[int, typer.Argument(metavar="FILE_ID", help="Its number, as `suppress list` shows it.")],
    json: Json = False,
) -> None:
    """Take a suppression file out of force, for good. It stays in the register, without its rows.

    Example: [bold]listkeeper suppress withdraw 3[/]
    """
    from daemon.drop.register import withdraw_file

    result = withdraw_file(enter(), number)
    if json:
        output.document(result)
        return
    output.say(f"Suppression file {result['file_id']} ({result['kind']}, {result['source']}) is withdrawn.")
