"""The `listkeeper` command: which commands there are, what an error prints, what it ends with.

A command parses its words, calls one function and prints what that returned; what it decides is decided there.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from daemon import output
from daemon.commands import (
    backup,
    batches,
    care,
    clients,
    costs,
    demo,
    doctor,
    drop,
    feeds,
    files,
    keys,
    labels,
    lists,
    paf,
    proof,
    return_,
    review,
    run,
    suppress,
    why,
)
from daemon.commands.words import entered
from daemon.errors import HouseError, SetAsideError, family_of
from daemon.pipe import be_patient

app = typer.Typer(
    name="listkeeper",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def listkeeper(
    version: Annotated[
        bool, typer.Option("--version", metavar="", help="Say which version this is.", is_eager=True)
    ] = False,
) -> None:
    """Keep mailing lists true.

    Takes in the return files of the USPS (ACS), moves, holds or suppresses
    whom they are about, and writes ACS-ready labels for the next mailing.
    Every record is accounted for, and every file can be undone.

    New here? [bold]listkeeper demo[/] shows the whole job, in seconds.
    """
    if version:
        from importlib.metadata import version as installed

        output.say(f"listkeeper {installed('listkeeper')}")
        raise typer.Exit


# The order in which `listkeeper --help` shows them.
for commands in (
    lists,
    labels,
    drop,
    suppress,
    clients,
    why,
    keys,
    files,
    batches,
    return_,
    review,
    care,
    paf,
    proof,
    costs,
    feeds,
    demo,
    doctor,
    backup,
    run,
):
    commands.add_to(app)


def main() -> NoReturn:
    """Run the command that ``sys.argv`` names and exit as the interface says.

    0 done, 1 a bug, 2 wrong usage, 65 set aside, 75 try again later, 78 an operator must act. With `--json` a
    failure, too, is one document on stdout: ``{"error", "exit_code"}``.
    """
    be_patient()
    os.umask(0o077)  # what we write is about people
    with entered:
        code = _run("--json" in sys.argv[1:])
    sys.stdout.flush()
    raise SystemExit(code)


def _run(as_json: bool) -> object:
    try:
        app(prog_name="listkeeper")
    except SystemExit as end:
        if end.code == 2 and as_json:
            output.document({"error": "wrong usage; see stderr", "exit_code": 2})
        return end.code
    except HouseError as error:
        return _failed(error, as_json)
    except OSError as error:
        known = family_of(error)
        return _failed(known, as_json) if known else _bug(error, as_json)
    except Exception as error:  # the last line of defence: a bug ends with 1 and a sentence
        return _bug(error, as_json)
    return 0


def _failed(error: HouseError, as_json: bool) -> int:
    output.complain(str(error))
    if as_json:
        told: dict[str, object] = {"error": str(error), "exit_code": error.exit_code}
        if isinstance(error, SetAsideError):
            where = {"reason": error.reason, "file": error.file, "line": error.line, "field": error.field}
            told = {"status": "set_aside", **told, **where}
        output.document(told)
    return error.exit_code


def _bug(error: Exception, as_json: bool) -> int:
    if os.environ.get("LISTKEEPER_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    # The message of an unforeseen error may quote a name or an address: only its kind is told.
    message = f"a bug: {type(error).__name__}; nothing half done is kept. LISTKEEPER_DEBUG=1 shows where"
    output.complain(message)
    if as_json:
        output.document({"error": message, "exit_code": 1})
    return 1
