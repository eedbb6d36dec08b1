"""`listkeeper feeds status`, `listkeeper replay` and `listkeeper host trust`."""

from __future__ import annotations

from typing import Annotated

import typer

from daemon import output
from daemon.commands.words import Json, Verbose, enter
from daemon.output import Column

PANEL = "Return files"

feeds_app = typer.Typer(no_args_is_help=True, help="See how the feeds are doing.")
host_app = typer.Typer(no_args_is_help=True, help="Pin the host keys of SFTP feeds.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(feeds_app, name="feeds", rich_help_panel=PANEL)
    app.command("replay", rich_help_panel=PANEL)(replay)
    app.add_typer(host_app, name="host", rich_help_panel=PANEL)


@feeds_app.command("status")
def status(json: Json = False) -> None:
    """Show each feed: whether it could be reached, its last file, what waits and what was set aside.

    Example: [bold]listkeeper feeds status[/]
    """
    from daemon.intake.feeds import status as status_of

    told = status_of(enter())
    if json:
        output.document(told)
        return
    if not told["feeds"]:
        output.say("No feed is configured; listkeeper.toml takes any number of [[feed]] tables.")
        return
    columns = ["feed", "kind", "state", "last looked", "last file"]
    numbers = [Column("waiting", number=True), Column("set aside", number=True)]
    keys = ("name", "kind", "state", "last_polled", "last_file", "waiting", "set_aside")
    output.table([*columns, *numbers], [tuple(each[key] for key in keys) for each in told["feeds"]])
    for each in told["feeds"]:
        if each.get("error"):
            output.say(f"{each['name']}: {each['error']}", "yellow")


def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Name of a file in spool/set-aside.")],
    accept_large_change: Annotated[
        bool, typer.Option("--accept-large-change", metavar="", help="Go on where a large change would stop it.")
    ] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Try a file again that was set aside, once its cause is gone.

    Example: [bold]listkeeper replay P12345626.021[/]
    """
    from daemon.commands.files import print_result
    from daemon.corridor import replay as replay_file
    from daemon.returns.several import exit_code

    result = replay_file(enter(verbose), file, accept_large_change=accept_large_change)
    if json:
        output.document(result)
    else:
        print_result(result)
    if code := exit_code([result]):
        raise typer.Exit(code)


@host_app.command("trust")
def trust(
    feed: Annotated[str, typer.Argument(metavar="NAME", help="Name of the feed.")],
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", metavar="SHA256", help="The key as the other side told it to you.")
    ] = "",
    json: Json = False,
) -> None:
    """Pin the key that a feed's host shows now. Compare it first with what its owner says.

    Example: [bold]listkeeper host trust acs[/]
    """
    from daemon.intake.hosts import trust as trust_host

    told = trust_host(enter(), feed, expected=fingerprint)
    if json:
        output.document(told)
        return
    output.facts([(name.replace("_", " "), told[name]) for name in ("feed", "host", "port", "kind", "fingerprint")])
    output.say("Pinned." if told["written"] else "It was pinned already.")
