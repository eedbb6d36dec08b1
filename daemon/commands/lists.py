"""`listkeeper list`: create, import, export, show, lock."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, ListName, Verbose, enter
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="Make a list, take its records in and out, look at it.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="list", rich_help_panel="Lists and labels")


class MailClass(StrEnum):
    """Classes of mail."""

    first_class = "first-class"
    marketing = "marketing"
    periodicals = "periodicals"
    package = "package"


class Endorsement(StrEnum):
    """Ancillary service endorsements."""

    address = "address"
    return_ = "return"
    change = "change"
    forwarding = "forwarding"
    electronic = "electronic"


class Source(StrEnum):
    """What keylines are made from."""

    serial = "serial"
    record_id = "record-id"
    match_code = "match-code"


class Attribute(StrEnum):
    """What the body of a keyline is made of."""

    numeric = "numeric"
    alpha = "alpha"
    alphanumeric = "alphanumeric"


class Status(StrEnum):
    """Which records to export."""

    all_ = "all"
    mailable = "mailable"
    held = "held"
    undeliverable = "undeliverable"
    deceased = "deceased"
    removed = "removed"


def _or(choices: type[StrEnum]) -> str:
    *most, last = choices
    return f"{', '.join(most)} or {last}"


RecordId = Annotated[str, typer.Argument(metavar="RECORD_ID", help="The client's own key.")]
Class = Annotated[
    MailClass | None, typer.Option("--class", metavar="CLASS", help=f"Class it is mailed at: {_or(MailClass)}.")
]
Service = Annotated[
    Endorsement | None, typer.Option(metavar="NAME", help=f"Ancillary service endorsement: {_or(Endorsement)}.")
]
Variant = Annotated[int | None, typer.Option(metavar="1|2", help="Option of the endorsement.")]
Stid = Annotated[str | None, typer.Option(metavar="NNN", help="Service type of its barcodes, three digits.")]
KEYS = "How its keylines are made (settled by the account's first list)"


@group.command("create")
def create(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, - _ and . only.")],
    client: Annotated[str, typer.Option(metavar="CLIENT", help="Whose list it is.")],
    account: Annotated[
        str, typer.Option(metavar="CODE", help="Participant code (7 letters) or Mailer ID (6 or 9 digits).")
    ],
    mail_class: Class = None,
    endorsement: Service = None,
    option: Variant = None,
    stid: Stid = None,
    full_service: Annotated[
        bool, typer.Option("--full-service", metavar="", help="Full-Service, with a Mailer ID.")
    ] = False,
    keyline_source: Annotated[
        Source | None,
        typer.Option(metavar="SOURCE", help=f"{_or(Source)}. Default: serial, a running number.", rich_help_panel=KEYS),
    ] = None,
    keyline_length: Annotated[
        int | None, typer.Option(metavar="N", help="With the check digit, 4 to 16. Default: 10.", rich_help_panel=KEYS)
    ] = None,
    keyline_attribute: Annotated[
        Attribute | None,
        typer.Option(metavar="KIND", help=f"{_or(Attribute)}. Default: numeric.", rich_help_panel=KEYS),
    ] = None,
    match_code: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Such as zip5:5,last_name:4,address1:4", rich_help_panel=KEYS),
    ] = None,
    json: Json = False,
) -> None:
    """Make a list, and its ACS account where it is the first of it.

    Example: [bold]listkeeper list create spring --client "Acme Seeds" --account BYOBOFN[/]
    """
    from daemon.lists.create import create_list

    result = create_list(
        enter(),
        name,
        client=client,
        account=account,
        mail_class=mail_class,
        endorsement=endorsement,
        option=option,
        stid=stid,
        full_service=full_service,
        keyline_source=keyline_source,
        keyline_length=keyline_length,
        keyline_attribute=keyline_attribute,
        match_code=match_code,
    )
    if json:
        output.document(result)
        return
    print_created(result)
    output.note(f"Next: listkeeper list import {result['list']} FILE.csv")


def print_created(result: dict[str, Any]) -> None:
    """Print what a new list is."""
    keys = result["keyline"]
    output.heading(f"List {result['list']} is there, for {result['client']}.")
    output.facts(
        [
            ("account", f"{result['account']} ({result['kind']})"),
            ("keylines", f"{keys['source']}, {keys['attribute']}, {keys['length']} characters"),
            ("match code", keys["match_code"]),
        ]
    )
    output.warnings(result["warnings"])


@group.command("import")
def import_(
    *,
    name: ListName,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV with a header row.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", metavar="MAP.toml", help='TOML: a table \\[columns] with ours = "theirs".')
    ] = None,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of the file, where it is not UTF-8.")] = "utf-8",
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Take a client's file in: add who is new, change who is known, leave who is equal.

    A row that cannot be taken is set aside, with its line and the reason, to FILE.rejects.csv; the rest is loaded.

    Example: [bold]listkeeper list import spring extract.csv --map client.toml[/]
    """
    from daemon.lists.load import import_file

    house = enter(verbose)
    with output.telling() as tell:
        result = import_file(house, name, file, map_file=map_file, encoding=encoding, progress=tell)
    if json:
        output.document(result)
        return
    print_imported(result)


def print_imported(result: dict[str, Any]) -> None:
    """Print what became of the rows of a list file."""
    piles = ("added", "changed", "unchanged", "kept", "rejected")
    output.table(
        ["", Column("rows", number=True)], [*((pile, result[pile]) for pile in piles), ("read", result["read"])]
    )
    output.warnings(result["warnings"])
    if result["rejects_file"]:
        output.say(f"Rows set aside, with line and reason: {result['rejects_file']}", "yellow")


@group.command("export")
def export(
    name: ListName,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where to write it; replaced when it is whole.")],
    status: Annotated[Status, typer.Option(metavar="STATUS", help=f"Which records: {_or(Status)}.")] = Status.all_,
    json: Json = False,
) -> None:
    """Write a list out as CSV: our columns, then the client's own, by record_id.

    Example: [bold]listkeeper list export spring spring-now.csv --status mailable[/]
    """
    from daemon.lists.export import export_file

    house = enter()
    with output.telling() as tell:
        tell(f"writing {file.name}", 0, None)
        result = export_file(house, name, file, status=status)
    if json:
        output.document(result)
        return
    output.say(f"{output.some(result['rows'], 'record')} of {result['list']} → {result['file']}")


@group.command("show")
def show(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Without a name: every list.")] = None,
    json: Json = False,
) -> None:
    """Show how a list stands: counts by status and reason, coding rate, dates.

    Example: [bold]listkeeper list show spring[/]
    """
    from daemon.lists.show import all_lists, show_list

    result = all_lists(enter()) if name is None else show_list(enter(), name)
    if json:
        output.document(result)
    elif name is None:
        _print_lists(result)
    else:
        _print_list(result)


def _print_lists(result: dict[str, Any]) -> None:
    if not result["lists"]:
        output.say("There is no list yet. Make one: listkeeper list create NAME --client CLIENT --account CODE")
        return
    rows = [[each[key] for key in ("list", "client", "account", "size")] for each in result["lists"]]
    output.table(["list", "client", "account", Column("records", number=True)], rows)


def _print_list(result: dict[str, Any]) -> None:
    keys, coding, cycle = result["keyline"], result["coding"], result["cycle"]
    output.heading(f"List {result['list']} of {result['client']}: {output.some(result['size'], 'record')}")
    mailed = (result["class"], result["endorsement"], result["option"] and f"option {result['option']}")
    output.facts(
        [
            ("account", f"{result['account']} ({result['kind']})"),
            ("mailed as", ", ".join(part for part in mailed if part)),
            ("keylines", f"{keys['source']}, {keys['attribute']}, {keys['length']} characters"),
            ("coding", _coding(coding)),
            *((name.replace("_", " "), at and _at(name, at)) for name, at in cycle.items()),
        ]
    )
    output.say()
    output.table(["status", Column("records", number=True)], result["status"].items())
    if result["reasons"]:
        output.say()
        output.counts("reason", result["reasons"])


def _at(name: str, at: str) -> str:
    return at if name == "note" else at[:16].replace("T", " ")


def _coding(coding: dict[str, Any]) -> str:
    if coding["rate"] is None:
        return ""
    if not coding["coded"]:
        return f"not coded yet; {coding['needs_cass']:,} wait for CASS"
    return f"{coding['rate']} % coded, {coding['grade']}; {coding['needs_cass']:,} wait for CASS"


@group.command("change")
def change(
    *,
    name: ListName,
    client: Annotated[str | None, typer.Option(metavar="CLIENT", help="Whose list it is.")] = None,
    mail_class: Class = None,
    endorsement: Service = None,
    option: Variant = None,
    stid: Stid = None,
    json: Json = False,
) -> None:
    """Change what a list says of its mail. Its account and its keys are settled.

    Example: [bold]listkeeper list change spring --stid 300[/]
    """
    from daemon.lists.change import change_list

    result = change_list(
        enter(), name, client=client, mail_class=mail_class, endorsement=endorsement, option=option, stid=stid
    )
    if json:
        output.document(result)
    else:
        _print_list(result)
        output.warnings(result["warnings"])


@group.command("lock")
def lock(name: ListName, record_id: RecordId, json: Json = False) -> None:
    """Lock one addressee: what notices say about it is kept, and changes nothing, until it is unlocked.

    Example: [bold]listkeeper list lock spring S0042[/]
    """
    _lock(name, record_id, True, json)


@group.command("unlock")
def unlock(name: ListName, record_id: RecordId, json: Json = False) -> None:
    """Unlock an addressee: notices change it again.

    Example: [bold]listkeeper list unlock spring S0042[/]
    """
    _lock(name, record_id, False, json)


@group.command("seed")
def seed(
    name: ListName,
    record_id: RecordId,
    remove: Annotated[bool, typer.Option("--remove", metavar="", help="It is a seed no more.")] = False,
    json: Json = False,
) -> None:
    """Make a record a seed: somebody of your own who gets every piece of the list, and is counted apart.

    Example: [bold]listkeeper list seed spring S0042[/]
    """
    from daemon.lists.seed import seed as make_seed

    result = make_seed(enter(), name, record_id, is_one=not remove)
    if json:
        output.document(result)
        return
    output.say(f"{name} record {record_id} is {'a seed' if result['seed'] else 'no seed any more'}.")


def _lock(name: str, record_id: str, locked: bool, json: bool) -> None:
    from daemon.lists.lock import lock as turn_lock

    result = turn_lock(enter(), name, record_id, locked)
    if json:
        output.document(result)
        return
    output.say(f"{result['list']} record {result['record_id']} is {'locked' if locked else 'unlocked'}.")
