"""`listkeeper backup` and `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, Verbose, enter

MOST = 10  # paths that are printed; --json has them all


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup", rich_help_panel="The house")(backup)
    app.command("restore", rich_help_panel="The house")(restore)


def backup(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", show_default=False, help="Folder for it. Default: the settings'.")
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Back up the database, the settings, what waits, and a list of the originals.

    Others may go on working. The folder is there whole, read back and
    checked, or not at all. Originals (archive/) are listed, not copied: copy
    that folder elsewhere as well; nothing in it ever changes.

    Example: [bold]listkeeper backup[/]
    """
    from daemon.backup import make_backup

    with output.telling() as tell:
        result = make_backup(enter(verbose), folder, tell=tell)
    if json:
        output.document(result)
        return
    output.heading(f"Backed up and checked: {result['backup']}")
    archive = result["archive"]
    output.facts(
        [
            ("addressees", result["rows"].get("addressee")),
            ("batches", result["rows"].get("batch")),
            ("bytes", result["bytes"]),
            ("waiting files", result["spool"] or ""),
            ("originals listed", archive["files"]),
            ("older ones deleted", ", ".join(result["removed"])),
        ]
    )
    for key in result["settings"]["removed"]:
        output.say(f"warning: {key} is not in the backup; it could be a secret", "yellow")
    _tell_of_originals(archive)


def restore(
    folder: Annotated[Path, typer.Argument(metavar="BACKUP", help="Folder that `listkeeper backup` made.")],
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Although there are lists: they are moved aside, not deleted.")
    ] = False,
    json: Json = False,
) -> None:
    """Put a backup back, into an empty home and an empty database.

    Copy archive/ back first; every original is held against the backup's
    list. Ends with 78 where one is missing or damaged; all else is restored.

    Example: [bold]listkeeper restore backups/20261122T040000Z[/]
    """
    from daemon.config import database_url, home_folder
    from daemon.errors import OperatorError
    from daemon.restore import restore as put_back

    home = home_folder()
    with output.telling() as tell:
        result = put_back(home, folder, database_url(home), force=force, tell=tell)
    if json:
        output.document(result)
    else:
        output.heading(f"Restored as of {result['made_at']}")
        output.facts(
            [
                ("addressees", result["rows"].get("addressee")),
                ("batches", result["rows"].get("batch")),
                ("settings", "" if result["settings"] == "none" else result["settings"]),
                ("waiting files", result["spool"] or ""),
                ("manifests written", result["manifests"] or ""),
                ("moved aside to", result["aside"]),
                ("originals checked", result["archive"]["files"]),
            ]
        )
        _tell_of_originals(result["archive"])
    if result["status"] == "incomplete":
        raise typer.Exit(OperatorError.exit_code)


def _tell_of_originals(archive: dict[str, Any]) -> None:
    for what, remedy in (("missing", "copy it back into the home"), ("damaged", "put a good copy in its place")):
        for path in archive[what][:MOST]:
            output.say(f"warning: {path} is {what}; {remedy}", "yellow")
        if len(archive[what]) > MOST:
            output.say(f"warning: {len(archive[what]) - MOST:,} more are {what}; --json names them", "yellow")
