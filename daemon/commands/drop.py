"""`listkeeper drop`: one mailing, from the lists to the press."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, Verbose, enter
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="One mailing: seven steps, a manifest that closes, labels.")
Name = Annotated[str, typer.Argument(metavar="DROP", help="Name of the drop.")]
ARTICLE = {
    "cass": "CASS coding",
    "dpv": "delivery point",
    "ncoa": "NCOALink, Move Update",
    "suppression": "suppression files",
    "internal": "converted, same offer",
    "dedupe": "duplicates",
    "manifest": "manifest",
}


class Level(StrEnum):
    """What a duplicate is."""

    household = "household"
    individual = "individual"
    none = "none"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="drop", rich_help_panel="The drop")


@group.command("create")
def create(
    name: Name,
    *,
    lists: Annotated[
        list[str], typer.Option("--list", metavar="NAME", help="A list; several, in the order in which they win.")
    ],
    offer: Annotated[str, typer.Option(metavar="CODE", help="What is mailed: the same within 30 days is taken out.")],
    date: Annotated[str, typer.Option(metavar="DATE", help="Day of mailing, YYYY-MM-DD.")],
    dedupe: Annotated[
        Level, typer.Option(metavar="LEVEL", help="One per household (acquisition), individual (retention), or none.")
    ] = Level.household,
    quantity: Annotated[int | None, typer.Option(metavar="N", help="How many are wanted.")] = None,
    json: Json = False,
) -> None:
    """Make a drop of one client's lists.

    Example: [bold]listkeeper drop create fall --list spring --offer F26 --date 2026-12-01[/]
    """
    from daemon.drop.state import create_drop

    result = create_drop(enter(), name, lists=lists, offer=offer, day=date, dedupe=dedupe.value, quantity=quantity)
    if json:
        output.document(result)
        return
    output.say(
        f"Drop {name} is there: {', '.join(result['lists'])} of {result['client']}, {result['date']}.", "bold green"
    )
    output.note(f"Next: listkeeper drop check {name}")


@group.command("check")
def check(name: Name, json: Json = False, verbose: Verbose = False) -> None:
    """Run the seven steps: who is mailed, who is not and why, and whether the numbers reconcile.

    Example: [bold]listkeeper drop check fall[/]
    """
    from daemon.drop.check import check_drop

    house = enter(verbose)
    with output.telling() as tell:
        result = check_drop(house, name, progress=tell)
    if json:
        output.document(result)
        return
    print_check(result)


@group.command("show")
def show(name: Name, json: Json = False) -> None:
    """Show a drop and what its last check found.

    Example: [bold]listkeeper drop show fall[/]
    """
    from daemon.db import reading
    from daemon.drop.state import find_drop

    house = enter()
    with reading(house.engine) as store:
        drop = find_drop(store, name)
    result = {**drop.told(), **{key: drop.result.get(key) for key in ("steps", "manifest", "reasons", "warnings")}}
    if json:
        output.document(result)
        return
    output.heading(f"Drop {name}: {drop.state}")
    facts = [("client", drop.client), ("lists", ", ".join(name for _id, name in drop.lists)), ("offer", drop.offer)]
    facts += [("date", drop.mail_date), ("dedupe", drop.dedupe), ("mailed", drop.mailed_on or "")]
    output.facts(facts)
    if drop.result:
        output.say()
        print_check({**result, "state": drop.state})


@group.command("list")
def list_(json: Json = False) -> None:
    """List every drop, the newest day first.

    Example: [bold]listkeeper drop list[/]
    """
    from daemon.drop.state import list_drops

    result = list_drops(enter())
    if json:
        output.document(result)
        return
    columns: list[Column | str] = ["drop", "date", "client", "lists", "offer", "state", Column("mailable", number=True)]
    rows = [
        [
            each["drop"],
            each["date"],
            each["client"],
            ", ".join(each["lists"]),
            each["offer"],
            each["state"],
            each["mailable"],
        ]
        for each in result["drops"]
    ]
    output.table(columns, rows)


@group.command("rows")
def rows(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where to write it.")],
    json: Json = False,
) -> None:
    """Write every record with its disposition, reason and survivor. No names, no addresses.

    Example: [bold]listkeeper drop rows fall fall-rows.csv[/]
    """
    from daemon.drop.rows import write_rows

    result = write_rows(enter(), name, file)
    if json:
        output.document(result)
        return
    output.say(f"{output.some(result['rows'], 'record')} of {name} → {file}", "bold green")


@group.command("release")
def release(
    name: Name,
    *,
    override: Annotated[
        list[str] | None,
        typer.Option(metavar="STEP", help="A step that is to hold nothing back; each with its operator and reason."),
    ] = None,
    operator: Annotated[list[str] | None, typer.Option(metavar="WHO", help="Who says so.")] = None,
    reason: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="Why.")] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Let a checked drop go. What is not in order needs an operator's word, step by step; the sums never do.

    Example: [bold]listkeeper drop release fall --override suppression --operator Jo --reason "new file on its way"[/]
    """
    from daemon.drop.release import Override, release_drop

    words = list(zip(override or [], operator or [], reason or [], strict=False))
    if len({len(each or []) for each in (override, operator, reason)}) > 1:
        raise typer.BadParameter("each --override has its own --operator and --reason", param_hint="--override")
    house = enter(verbose)
    result = release_drop(house, name, [Override(*each) for each in words])
    if json:
        output.document(result)
        return
    output.say(f"Drop {name} is released: {result['manifest']['mailable']:,} to mail.", "bold green")
    output.note(f"Next: listkeeper drop labels {name} FILE")


@group.command("report")
def report(
    name: Name,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="FILE.pdf, FILE.html or FILE.json; none: on the terminal.")
    ] = None,
    *,
    piece_price: Annotated[
        str | None, typer.Option(metavar="DOLLARS", help="What a piece costs all in: what was not spent is told.")
    ] = None,
    json: Json = False,
) -> None:
    """Report a drop: manifest, rejects by file and line, suppression, deliverability. Printed again, it is the same.

    Example: [bold]listkeeper drop report fall fall.pdf[/]
    """
    from decimal import Decimal, InvalidOperation

    from daemon.commands.drop_report import print_report
    from daemon.drop import report as reports

    try:
        price = Decimal(piece_price) if piece_price is not None else None
    except InvalidOperation:
        raise typer.BadParameter(
            f"{piece_price!r} is no price; write it like 0.65", param_hint="--piece-price"
        ) from None
    house = enter()
    if file is not None:
        result = reports.write_report(house, name, file, piece_price=price)
    else:
        result = reports.report(house, name, piece_price=price)
    if json:
        output.document(result)
        return
    if file is not None:
        output.say(f"Report of {name} → {file}", "bold green")
        return
    print_report(result)


@group.command("mailed")
def mailed(
    name: Name,
    date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day it went out. Default: as planned, or today if that is earlier."),
    ] = None,
    json: Json = False,
) -> None:
    """Say that a released drop has gone out: its offer now counts for 30 days.

    Example: [bold]listkeeper drop mailed fall --date 2026-12-02[/]
    """
    from daemon.drop.state import mark_mailed

    result = mark_mailed(enter(), name, date)
    if json:
        output.document(result)
        return
    output.say(f"Drop {name} was mailed on {result['mailed_on']}.", "bold green")


def print_check(result: dict[str, Any]) -> None:
    """Print the seven steps, the reasons and the manifest's one line."""
    columns: list[Column | str] = [
        "step", "", Column("in", number=True), Column("removed", number=True), Column("out", number=True), "",
    ]  # fmt: skip
    rows = []
    for step in result["steps"]:
        said = "" if step["ok"] else "override" if "override" in step else "not in order"
        rows.append([step["step"], ARTICLE[step["step"]], step["in"], step["removed"], step["out"], said])
    output.table(columns, rows)
    for step in result["steps"]:
        if step["why"]:
            output.say(f"{step['step']}: {step['why']}", "yellow" if not step["ok"] else "")
        if (word := step.get("override")) is not None:
            output.say(f"{step['step']}: {word['operator']} says it may go: {word['reason']}", "yellow")
    if result["reasons"]:
        output.say()
        output.counts("reason", result["reasons"])
    of = result["manifest"]
    parts = " + ".join(f"{of[name]:,} {name}" for name in ("rejected", "held", "suppressed", "duplicate", "mailable"))
    output.say(f"{of['read']:,} read = {parts}", "bold")
    if of.get("seeds"):
        output.say(f"and {output.some(of['seeds'], 'seed')}, counted apart")
    output.warnings(result.get("warnings") or [])
    colour = "bold yellow" if result["state"] == "blocked" else "bold green"
    output.say(f"{result['drop']}: {result['state']}", colour)
