"""`listkeeper doctor`: can this installation be relied on?"""

from __future__ import annotations

import typer

from daemon import output
from daemon.commands.words import Json
from daemon.output import Column


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", rich_help_panel="The house")(doctor)


def doctor(json: Json = False) -> None:
    """Prove that this installation can be relied on: settings, folders, durability, clock.

    Ends with 78 where something must be put right first; the remedy is told.

    Example: [bold]listkeeper doctor[/]
    """
    from daemon.config import home_folder
    from daemon.doctor import examine
    from daemon.errors import OperatorError

    result = examine(home_folder())
    if json:
        output.document(result)
    else:
        rows = [(each["status"], each["check"], each["detail"]) for each in result["checks"]]
        output.table(["", "check", Column("found", wraps=True)], rows)
        for each in result["checks"]:
            if each["remedy"]:
                output.say(f"{each['check']}: {each['remedy']}", "yellow")
    if not result["ok"]:
        raise typer.Exit(OperatorError.exit_code)
