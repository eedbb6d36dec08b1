"""`listkeeper client`: what there is to say of a client."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, enter
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="What was done for a client.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="client", rich_help_panel="The drop")


@group.command("report")
def report(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Whose lists they are.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="FILE.pdf, FILE.html or FILE.json. Without it, a summary is printed."),
    ] = None,
    year: Annotated[int | None, typer.Option(metavar="YYYY", help="Of which year. Default: this one.")] = None,
    json: Json = False,
) -> None:
    """Tell the year of one client: drops, moves, suppression, list care, deliverability, costs. Nobody is named.

    Example: [bold]listkeeper client report "Acme Seeds" acme-2026.pdf --year 2026[/]
    """
    from daemon.drop.year import client_report, write_client_report

    house = enter()
    result = client_report(house, client, year) if file is None else write_client_report(house, client, file, year)
    if json:
        output.document(result)
    else:
        print_client(result)


def print_client(result: dict[str, Any]) -> None:
    """Print the year of a client."""
    totals, costs = result["totals"], result["costs"]
    output.heading(f"{result['client']}, {result['year']}")
    output.facts(
        [
            ("lists", ", ".join(each["list"] for each in result["lists"])),
            ("drops mailed", totals["drops"]),
            ("pieces mailed", totals["print_output"]),
            ("mailable", "" if totals["share"] is None else f"{totals['share']} %"),
            ("cost of notices", costs and f"${costs['total']['cost']}"),
        ]
    )
    if result["drops"]:
        output.say()
        names = ("read", "mailable", "print_output")
        rows = [(each["day"], each["drop"], each["state"], *(each[name] for name in names)) for each in result["drops"]]
        numbers = [Column(name, number=True) for name in ("records", "mailable", "to print")]
        output.table(["day", Column("drop", wraps=True), "state", *numbers], rows)
    if result["sources"]:
        output.say()
        piles = ("moved", "suppressed", "held", "kept", "review", "rejected")
        told = [(each["source"], *(each[pile] for pile in piles)) for each in result["sources"]]
        output.table(["source", *(Column(pile, number=True) for pile in piles)], told)
    if result["care"]:
        output.say()
        runs = [
            (each["processed_on"], each["kind"], each["list"], each["sent"], each["certification"])
            for each in result["care"]
        ]
        output.table(["processed", "kind", Column("list", wraps=True), Column("sent", number=True), ""], runs)
    if "file" in result:
        output.say(f"Report → {result['file']}", "bold green")
