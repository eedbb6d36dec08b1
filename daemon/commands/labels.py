"""`listkeeper labels` and `listkeeper drop labels`: the label file of a list or of a drop, and its proof sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.drop import Name as DropName
from daemon.commands.drop import group as drop_group
from daemon.commands.words import Json, ListName, Verbose, enter
from daemon.errors import UsageError
from daemon.labels.kinds import Format

MOST = 20  # skipped records that are printed; the rejects file has them all

File = Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; replaced when it is whole.")]
Form = Annotated[Format, typer.Option("--format", metavar="FORMAT", help=f"How it is written: {', '.join(Format)}.")]
Oel = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="Endorsement lines of the presort: record_id, oel. Its order is kept."),
]
Layout = Annotated[
    Path | None, typer.Option(metavar="LAYOUT.toml", help="Where each field of a fixed record stands. Default: ours.")
]
Proof = Annotated[
    bool,
    typer.Option("--proof", metavar="", help="Not the labels but a sample for ACS approval, as PDF, with its rules."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("labels", rich_help_panel="Lists and labels")(labels)
    drop_group.command("labels")(drop_labels)


def labels(
    *,
    name: ListName,
    file: File,
    format_: Form = Format.csv,
    oel: Oel = None,
    layout: Layout = None,
    proof: Proof = False,
    drop: Annotated[
        str | None, typer.Option(metavar="DROP", help="Only whom this released drop mails of the list.")
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write ACS-ready labels for everyone who is mailable.

    Each key is read back before the file is there: a label that does not lead to its own addressee stops the run.

    Example: [bold]listkeeper labels spring spring-labels.csv --oel presort.csv[/]
    """
    if drop is not None:
        _write_drop(drop, file, format_, oel, layout, proof, name, json=json, verbose=verbose)
        return
    house = enter(verbose)
    with output.telling() as tell:
        if _is_proof(proof, format_, layout):
            from daemon.labels.proof import write_proof

            result = write_proof(house, name, file, oel=oel, progress=tell)
        else:
            from daemon.labels.mailing import write_labels

            result = write_labels(house, name, file, format=format_, oel=oel, layout=layout, progress=tell)
    _tell(result, json)


def drop_labels(
    *,
    drop: DropName,
    file: File,
    format_: Form = Format.csv,
    oel: Oel = None,
    layout: Layout = None,
    proof: Proof = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write the labels of a released drop: whom its seven steps have left, and nobody else.

    With a Mailer ID each piece gets a serial of its own, kept with the drop. A presort must name each record once.

    Example: [bold]listkeeper drop labels fall fall.zpl --format zpl[/]
    """
    _write_drop(drop, file, format_, oel, layout, proof, None, json=json, verbose=verbose)


def _write_drop(  # noqa: PLR0917 - the words of a command, handed on as they are
    drop: str,
    file: Path,
    format_: Format,
    oel: Path | None,
    layout: Path | None,
    proof: bool,
    only: str | None,
    *,
    json: bool,
    verbose: bool,
) -> None:
    house = enter(verbose)
    with output.telling() as tell:
        if _is_proof(proof, format_, layout):
            from daemon.labels.proof import write_drop_proof

            result = write_drop_proof(house, drop, file, oel=oel, only=only, progress=tell)
        else:
            from daemon.labels.drop_labels import write_drop_labels

            result = write_drop_labels(
                house, drop, file, format=format_, oel=oel, layout=layout, only=only, progress=tell
            )
    _tell(result, json)


def _is_proof(proof: bool, format_: Format, layout: Path | None) -> bool:
    if proof and (format_ not in (Format.csv, Format.pdf) or layout is not None):
        raise UsageError("--proof is a PDF: leave --format and --layout out")
    return proof


def _tell(result: dict[str, Any], json: bool) -> None:
    if json:
        output.document(result)
        return
    print_labels(result)


def print_labels(result: dict[str, Any]) -> None:
    """Print what was written."""
    of = result["list"] if "list" in result else f"drop {result['drop']}"
    if "shown" in result:
        read = output.some(result["labels"], "label")
        output.say(f"{result['shown']} of {read} of {of} → {result['file']}", "bold green")
        if result["faults"]:
            output.say(f"{output.some(result['faults'], 'rule')} not met; the sheet says which", "yellow")
    else:
        output.say(f"{output.some(result['labels'], 'label')} of {of} → {result['file']}", "bold green")
    output.facts([("sha256", result["sha256"])])
    if len(result.get("lists", {})) > 1:
        output.counts("list", result["lists"])
    if result["skipped"]:
        output.say(
            f"{output.some(result['rejected'], 'record')} could have no label: {result['rejects_file']}", "yellow"
        )
        rows = [(each["record_id"], each["reason"]) for each in result["skipped"][:MOST]]
        output.table(["record", "reason"], rows)
