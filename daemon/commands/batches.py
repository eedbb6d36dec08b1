"""`listkeeper batch list` and `batch show`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.files import print_tally
from daemon.commands.words import Json, enter
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="Look at what was applied.")
KINDS = {"review": "a question", "paper": "paper"}
MOST = 50  # rejected records that are printed; the manifest has them all


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="batch", rich_help_panel="Return files")


@group.command("list")
def list_(json: Json = False) -> None:
    """List every batch, oldest first.

    Example: [bold]listkeeper batch list[/]
    """
    from daemon.returns.batches import list_batches

    result = list_batches(enter())
    if json:
        output.document(result)
        return
    if not result["batches"]:
        output.say("No file has been applied yet. Look at one first: listkeeper plan FILE")
        return
    numbers = ("read", "moved", "suppressed", "held", "kept", "review", "rejected")
    short = ("read", "moved", "suppr", "held", "kept", "review", "rej")
    columns: list[Column | str] = [
        Column("batch", number=True),
        "applied",
        Column("file", wraps=True),
        *(Column(name, number=True) for name in short),
    ]
    rows = [
        [each["batch"], each["applied_at"][:10], _file(each), *(each[name] for name in numbers)]
        for each in result["batches"]
    ]
    output.table(columns, rows)


def _file(batch: dict[str, Any]) -> str:
    notes = [note for note in (KINDS.get(batch["kind"]), "undone" if batch["status"] == "undone" else None) if note]
    return f"{batch['file']} ({', '.join(notes)})" if notes else str(batch["file"])


@group.command("show")
def show(batch: Annotated[int, typer.Argument(metavar="BATCH", help="Its number.")], json: Json = False) -> None:
    """Show one batch: its tally, its charges, and where the original and the manifest are.

    Example: [bold]listkeeper batch show 7[/]
    """
    from daemon.returns.batches import show_batch

    result = show_batch(enter(), batch)
    if json:
        output.document(result)
        return
    print_batch(result)


def print_batch(result: dict[str, Any]) -> None:
    """Print one batch."""
    output.heading(f"Batch {result['batch']}: {result['file']}")
    shipment = f"customer {result['customer']}, shipment {result['shipment']} of {result['create_date']}"
    output.facts(
        [
            ("status", result["status"]),
            ("applied", result["applied_at"]),
            ("undone", result["undone_at"]),
            ("layout", result["layout"]),
            ("member", result["member"]),
            ("shipment", shipment if result["customer"] else ""),
            ("sha256", result["sha256"]),
            ("original", result["original"]),
            ("purged", result["purged"] and f"the original was deleted on {result['purged'][:10]}; its hash stays"),
            ("manifest", result["manifest"]),
        ]
    )
    output.say()
    print_tally(result["result"])
    if result["charges"]:
        output.say()
        rows = [(each["product"], each["quantity"], f"{each['mills'] / 1000:.2f}") for each in result["charges"]]
        output.table(["product", Column("records", number=True), Column("charged", number=True)], rows)
    if result["rejected"]:
        output.say()
        first = [(each["line"], each["reason"]) for each in result["rejected"][:MOST]]
        output.table([Column("line", number=True), "rejected for"], first)
        if len(result["rejected"]) > MOST:
            output.say(f"… and {len(result['rejected']) - MOST:,} more, all in the manifest")
    output.warnings(result["result"]["warnings"])
