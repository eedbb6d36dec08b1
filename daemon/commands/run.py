"""`listkeeper run` and `listkeeper jobs`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, Verbose, enter, entered

PANEL = "The house"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run", rich_help_panel=PANEL)(run)
    app.command("jobs", rich_help_panel=PANEL)(jobs)


def run(
    once: Annotated[
        bool, typer.Option("--once", metavar="", help="Make one pass over every feed and every due job, then exit.")
    ] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Be the daemon: fetch, take in, apply and report, until stopped.

    It logs to stderr. SIGTERM finishes the step in hand and stops; SIGHUP reads the settings again.

    With [bold]--once[/] it makes one pass and ends with the code of the worst thing that happened.

    Example: [bold]listkeeper run --once[/]
    """
    if not once:
        _serve(json)
        return
    from daemon.once import run_once

    house = enter(verbose)
    with output.telling() as tell:
        result = run_once(house, tell)
    if json:
        output.document(result)
    else:
        _print_pass(result)
    if result["exit_code"]:
        raise typer.Exit(result["exit_code"])


def _serve(json: bool) -> None:
    from threading import Event

    from daemon import telemetry
    from daemon.service import open_patiently, serve

    telemetry.configure(verbose=True)
    house = open_patiently()
    entered.callback(house.close)
    serve(house, stop=Event())
    if json:
        output.document({"status": "stopped"})


def _print_pass(result: dict[str, Any]) -> None:
    from daemon.commands.files import print_result

    for each in [*result["applied"], *result["set_aside"], *([result["due"]] if result["due"] else [])]:
        print_result(each)
    if not result["due"]:
        output.say("No move is due today.")
    if result["feeds"]:
        columns: list[output.Column | str] = [
            "feed",
            output.Column("taken", number=True),
            output.Column("waiting", number=True),
        ]
        output.table(columns, [(each["name"], each["taken"], len(each["waiting"])) for each in result["feeds"]])
    for job in result["care"]["started"]:
        output.say(f"Job {job['job']} started: {job['kind']} of list {job['list']}, because {job['why']}")
    purged = ", ".join(map(str, result["care"]["purged"]))
    output.facts(
        [
            ("manifests written", result["manifests"] or ""),
            ("leftovers deleted", result["swept"] or ""),
            ("files deleted of jobs", purged),
        ]
    )
    for each in [*result["alerts"], *result["care"]["alerts"]]:
        output.say(f"{each['level']}: {each['message']}", "yellow")
    for each in result["errors"]:
        output.complain(f"{each['job']}: {each['error']}")


def jobs(json: Json = False) -> None:
    """Show every job: when it is run, how it went last, when it is next.

    Example: [bold]listkeeper jobs[/]
    """
    from daemon.jobs import jobs_status

    house = enter()
    told = jobs_status(house, house.now())
    if json:
        output.document(told)
        return
    rows = []
    for each in told["jobs"]:
        last = each["last"] or {"started_at": "", "state": "never", "note": ""}
        rows.append((each["job"], each["when"], last["started_at"], last["state"], each["next"], last["note"]))
    output.table(["job", "when", "last", "", "next", output.Column("note", wraps=True)], rows)
    if not told["daemon"]:
        output.say("No daemon is at work here; `next` is when one would do it.", "yellow")
