"""`listkeeper paf`: the register of Processing Acknowledgement Forms."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, enter
from daemon.errors import UsageError
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="Keep the PAFs without which NCOALink may not be asked.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="paf", rich_help_panel="List care")


class Role(StrEnum):
    """What we are to the owner of a list."""

    owner = "owner"
    list_administrator = "list-administrator"
    broker_agent = "broker-agent"


@group.command("add")
def add(
    *,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Whose lists it is of.")],
    licensee: Annotated[str, typer.Option(metavar="NAME", help="Who processes the lists against NCOALink.")],
    signer: Annotated[
        str, typer.Option(metavar="NAME", help="Who has signed as the owner of the list; never an agent.")
    ],
    signed: Annotated[str, typer.Option(metavar="DATE", help="When: YYYY-MM-DD. It is valid for a year.")],
    role: Annotated[Role, typer.Option(metavar="ROLE", help="What we are: owner, list-administrator or broker-agent.")],
    paf_id: Annotated[str, typer.Option(metavar="ID", help="Its id, 18 characters, where the licensee gave one.")] = "",
    list_name: Annotated[
        str, typer.Option("--list", metavar="NAME", help="The one list it is of. Default: all of the client's.")
    ] = "",
    chain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,ROLE,DATE", help="An agent who has signed as well, ourselves among them; repeat it."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The signed form; it is kept in the archive.")
    ] = None,
    json: Json = False,
) -> None:
    """Enter a PAF that everybody has signed: the owner of the list, and each agent between him and the licensee.

    Example: [bold]listkeeper paf add "Acme Seeds" --licensee "Movers Inc" --signer "A. Owner" --signed 2026-11-02
    --role list-administrator --chain "Our Bureau,list-administrator,2026-11-03" --file paf.pdf[/]
    """
    from daemon.care.proofs.pafs import add_paf

    result = add_paf(
        enter(),
        client,
        licensee=licensee,
        paf_id=paf_id,
        signed_on=signed,
        signer=signer,
        role=role,
        list_name=list_name,
        chain=[_agent(text) for text in chain or []],
        file=file,
    )
    if json:
        output.document(result)
        return
    output.say(f"PAF {result['paf']} for {_of(result)} is entered; it is valid to {result['expires_on']}.")
    output.warnings(result["warnings"])


def _agent(text: str) -> tuple[str, str, str]:
    parts = text.rsplit(",", 2)  # a name may have a comma
    if len(parts) != 3:
        raise UsageError(
            'an agent is a name, a role and a date; write it like "Our Bureau,list-administrator,2026-11-03"'
        )
    return parts[0], parts[1], parts[2]


def _of(paf: dict[str, Any]) -> str:
    return f"list {paf['list_name']} of {paf['client']}" if paf["list_name"] else f"all lists of {paf['client']}"


@group.command("list")
def list_(
    client: Annotated[str | None, typer.Argument(metavar="CLIENT", help="Only this one's. Default: every PAF.")] = None,
    json: Json = False,
) -> None:
    """List the PAFs, as they were entered, and which are in force.

    Example: [bold]listkeeper paf list[/]
    """
    from daemon.care.proofs.pafs import list_pafs

    result = list_pafs(enter(), client)
    if json:
        output.document(result)
        return
    if not result["pafs"]:
        output.say("There is no PAF yet. Enter one: listkeeper paf add CLIENT …")
        return
    columns: list[Column | str] = [
        Column("paf", number=True),
        Column("client", wraps=True),
        "list",
        "signed",
        "valid to",
    ]
    rows = [
        (each["paf"], each["client"], each["list_name"] or "all", each["signed_on"], each["expires_on"], each["state"])
        for each in result["pafs"]
    ]
    output.table([*columns, "state"], rows)


@group.command("withdraw")
def withdraw(
    number: Annotated[int, typer.Argument(metavar="PAF", help="Its number, as `paf list` shows it.")],
    json: Json = False,
) -> None:
    """Take a PAF out of force, for good. It stays in the register.

    Example: [bold]listkeeper paf withdraw 3[/]
    """
    from daemon.care.proofs.pafs import withdraw_paf

    result = withdraw_paf(enter(), number)
    if json:
        output.document(result)
        return
    output.say(f"PAF {result['paf']} for {_of(result)} is withdrawn.")
