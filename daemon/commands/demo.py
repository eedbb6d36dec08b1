"""`listkeeper demo`: the whole job on invented data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daemon import output
from daemon.commands.words import Json


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel="The house")(demo)


def demo(
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new home for it. Default: a fresh temporary folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the whole job on invented data, on SQLite, in seconds: the year of one list.

    CASS and NCOALink before the first label; the post office's answer, an undo;
    what is due and why; the rescue of expired forwarding orders; the proof.

    The bundled simulator answers for an engine: that is not CASS certified.
    Long output is shortened. The files stay, so that you can try every command.

    Example: [bold]listkeeper demo --home ~/listkeeper-demo[/]
    """
    import tempfile

    from daemon import telemetry
    from daemon.demo.printed import Teller, rule
    from daemon.demo.story import tell_story

    telemetry.configure()
    home = home or Path(tempfile.mkdtemp(prefix="listkeeper-demo-"))
    if json:
        output.document(tell_story(home.absolute()))
        return
    result = tell_story(home.absolute(), Teller())
    rule("What happened, and where to look next", apart=True)
    for number, line in enumerate(result["summary"], 1):
        output.say(f"{number:>2}  {line}", indent=4)
    output.say()
    output.say(f"export LISTKEEPER_HOME={result['home']}; cd {result['home']}", "bold")
    output.note(f"{result['seconds']} seconds")
