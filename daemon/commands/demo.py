"""`listkeeper demo`: the whole job on invented data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json

if TYPE_CHECKING:
    from daemon.demo.story import Step


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel="The house")(demo)


def demo(
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new home for it. Default: a fresh temporary folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the whole job on invented data, on SQLite, in seconds.

    A list, labels, the post office's answer, the tally, a question, an undo.
    The files stay, so that you can try every command on them.

    Example: [bold]listkeeper demo --home ~/listkeeper-demo[/]
    """
    import tempfile

    from daemon import telemetry
    from daemon.demo.story import tell_story

    telemetry.configure()
    home = home or Path(tempfile.mkdtemp(prefix="listkeeper-demo-"))
    if json:
        output.document(tell_story(home.absolute()))
        return
    result = tell_story(home.absolute(), _print_step)
    output.rule("What happened, and where to look next")
    for number, line in enumerate(result["summary"], 1):
        output.say(f"{number:>2}  {line}", indent=4)
    output.say()
    output.say(f"export LISTKEEPER_HOME={result['home']}; cd {result['home']}", "bold")
    output.note(f"{result['seconds']} seconds")


def _print_step(step: Step) -> None:
    from daemon.commands import files, lists, review, why
    from daemon.commands.labels import print_labels

    output.rule(step.why)
    output.say(f"$ {step.command}", "bold cyan", indent=2)
    printers: dict[str, Any] = {
        "create": lists.print_created,
        "import": lists.print_imported,
        "correct": lists.print_imported,
        "labels": print_labels,
        "plan": _print_plan,
        "apply": files.print_result,
        "again": _print_again,
        "why": why.print_story,
        "review": _print_question,
        "accept": review.print_answers,
        "undo": files.print_undo,
    }
    printers[step.name](step.result)


def _print_plan(result: dict[str, Any]) -> None:
    from daemon.commands.files import PLAN_TITLES, plan_row

    output.say(PLAN_TITLES, "bold")
    output.lines((plan_row(record), record["outcome"]) for record in result["records"])


def _print_again(result: dict[str, Any]) -> None:
    from daemon.commands.files import print_piles

    output.say(f"{result['file']}: applied as batch {result['batch']}", "bold green")
    print_piles(result)


def _print_question(result: dict[str, Any]) -> None:
    from daemon.commands.review import print_question

    for item in result["items"]:
        print_question(item)
