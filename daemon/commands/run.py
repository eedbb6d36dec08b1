"""`listkeeper run --once`."""

from __future__ import annotations

from typing import Annotated

import typer

from daemon import output
from daemon.commands.words import Json, Verbose, enter


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run", rich_help_panel="The house")(run)


def run(
    once: Annotated[
        bool, typer.Option("--once", metavar="", help="Make one pass over every due job, then exit.")
    ] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Do what is due: moves whose date has come, manifests that are missing.

    Only [bold]--once[/] is there for now; run it from a nightly timer.

    Example: [bold]listkeeper run --once[/]
    """
    from daemon.commands.files import print_result
    from daemon.errors import UsageError
    from daemon.once import run_once

    if not once:
        raise UsageError("only `listkeeper run --once` is there for now")
    house = enter(verbose)
    with output.telling() as tell:
        tell("moves that are due", 0, None)
        result = run_once(house)
    if json:
        output.document(result)
        return
    if result["due"]:
        print_result(result["due"])
    else:
        output.say("No move is due today.")
    output.facts([("manifests written", result["manifests"] or ""), ("leftovers deleted", result["swept"] or "")])
