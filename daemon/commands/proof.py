"""`listkeeper proof`: the evidence of a client's list care."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, ListName, Verbose, enter
from daemon.output import Column


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("proof", rich_help_panel="List care")(proof)


def proof(
    *,
    name: ListName,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to write it; replaced when it is whole.")],
    drop: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Day of the mailing, YYYY-MM-DD. Default: today."),
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write the evidence of a client's list care: papers, stamps, jobs, PAFs and hashes.

    It is of all lists of the client whose list NAME is. Records are named by the client's own keys; no name and no
    address is in it.

    Example: [bold]listkeeper proof spring acme-proof.zip --drop 2026-12-01[/]
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
