"""`listkeeper labels`: the label file of a list."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, ListName, Verbose, enter

MOST = 20  # skipped records that are printed; the rejects file has them all


class Format(StrEnum):
    """Formats there are."""

    csv = "csv"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("labels", rich_help_panel="Lists and labels")(labels)


def labels(
    *,
    name: ListName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; replaced when it is whole.")],
    format_: Annotated[Format, typer.Option("--format", metavar="FORMAT", help="How it is written: csv.")] = Format.csv,  # noqa: ARG001
    oel: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Endorsement lines of the presort: record_id, oel. Its order is kept."),
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write ACS-ready labels for everyone who is mailable.

    Each key is read back before it is written: a label that does not lead to its own addressee stops the run.

    Example: [bold]listkeeper labels spring spring-labels.csv --oel presort.csv[/]
    """
    from daemon.labels.mailing import write_labels

    house = enter(verbose)
    with output.telling() as tell:
        result = write_labels(house, name, file, oel=oel, progress=tell)
    if json:
        output.document(result)
        return
    print_labels(result)


def print_labels(result: dict[str, Any]) -> None:
    """Print what was written."""
    output.say(f"{output.some(result['labels'], 'label')} of {result['list']} → {result['file']}", "bold green")
    output.facts([("sha256", result["sha256"])])
    if result["skipped"]:
        output.say(
            f"{output.some(result['rejected'], 'record')} could have no label: {result['rejects_file']}", "yellow"
        )
        rows = [(each["record_id"], each["reason"]) for each in result["skipped"][:MOST]]
        output.table(["record", "reason"], rows)
