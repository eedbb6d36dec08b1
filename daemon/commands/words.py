"""Options that several commands share, each with one meaning and one help text."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from daemon.wiring import House

entered = ExitStack()  # what has to be let go of when the command is done

Json = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document and nothing else.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", metavar="", help="Log each step to stderr: ids and counts, no people.")
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="File that holds the zip's password. Default: the one of the settings."
    ),
]


def complete_list(incomplete: str) -> list[str]:
    """Offer the names of lists."""
    try:
        from daemon.config import database_url, home_folder
        from daemon.lists.show import all_lists

        kind, _, rest = database_url(home_folder()).partition(":///")
        if kind == "sqlite" and not Path(rest.partition("?")[0]).exists():
            return []  # the tabulator key makes no home
        names = [str(each["list"]) for each in all_lists(enter())["lists"]]
    except Exception:  # completion stays silent whatever is wrong
        return []
    return [name for name in names if name.startswith(incomplete)]


ListName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the list.", autocompletion=complete_list)]


def enter(verbose: bool = False) -> House:
    """Set up logging and return the house: the home made, the database migrated. `main` closes it."""
    from daemon import telemetry
    from daemon.wiring import open_house

    telemetry.configure(verbose=verbose)
    house = open_house()
    entered.callback(house.engine.dispose)
    return house
