"""`listkeeper proof`: the evidence of a drop, or of a client's list care."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, Verbose, complete_list, enter
from daemon.output import Column


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("proof", rich_help_panel="List care")(proof)


def proof(
    *,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Name of a drop, else of a list.", autocompletion=complete_list),
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to write it; replaced when it is whole.")],
    drop: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Day of the mailing, for a list. Default: today."),
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write the evidence of a drop, or of a client's list care: papers, stamps, jobs, PAFs and hashes.

    Where NAME is a drop, it is of the drop's lists and day, with its manifest and report. Where it is a list, it is of
    all lists of that client. Records are named by the client's own keys; no name and no address is in it.

    Example: [bold]listkeeper proof fall fall-proof.zip[/]
    """
    from daemon.care.proofs.proof import write_proof

    day: date | None = drop.date() if drop else None
    house = enter(verbose)
    with output.telling() as tell:
        result = write_proof(house, name, file, drop=day, progress=tell)
    if json:
        output.document(result)
        return
    print_proof(result)


def print_proof(result: dict[str, Any]) -> None:
    """Print what the evidence comes to."""
    output.say(f"Evidence for {result['client']}, drop of {result['drop']} → {result['file']}", "bold green")
    output.facts([("files", result["members"]), ("papers", result["papers"]), ("sha256", result["sha256"])])
    output.say()
    rows = [
        (
            each["list"],
            each["move_update"]["mailable"],
            each["move_update"]["valid"],
            each["cass"] and each["cass"]["valid_to"],
            each["coding"]["rate"] is not None and f"{each['coding']['rate']} %",
            each["paf"] and each["paf"]["expires_on"],
        )
        for each in result["lists"]
    ]
    titles = (Column("mailable", number=True), Column("stamped", number=True), "CASS to", "coded", "PAF to")
    output.table([Column("list", wraps=True), *titles], [[cell or "" for cell in row] for row in rows])
    output.warnings(result["warnings"])
