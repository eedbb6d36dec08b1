"""`listkeeper keyline` and `listkeeper imb`: keys and barcodes, without any list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json
from daemon.output import Column

keyline = typer.Typer(no_args_is_help=True, help="Make, check and look over keylines.")
imb = typer.Typer(no_args_is_help=True, help="Intelligent Mail barcodes: digits to bars and back.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keyline, name="keyline", rich_help_panel="Lists and labels")
    app.add_typer(imb, name="imb", rich_help_panel="Lists and labels")


@keyline.command("make")
def make(
    bodies: Annotated[list[str], typer.Argument(metavar="BODY", help="3 to 15 characters: A-Z, 0-9 and /.")],
    json: Json = False,
) -> None:
    """Add the check digit, and show how the key stands on a label.

    Example: [bold]listkeeper keyline make JLSTMS6796[/]
    """
    from daemon.keyfile import make_keys

    _keys(make_keys(bodies), json)


@keyline.command("check")
def check(
    keys: Annotated[list[str], typer.Argument(metavar="KEYLINE", help="As it comes back, or as it is printed.")],
    json: Json = False,
) -> None:
    """Say whether a keyline can be one. Blanks do not count, and marks may stay on.

    Example: [bold]listkeeper keyline check "#JLST MS67 969#"[/]
    """
    from daemon.keyfile import check_keys

    _keys(check_keys(keys), json)


def _keys(result: dict[str, Any], json: bool) -> None:
    from daemon.errors import SetAsideError
    from daemon.keyfile import all_good

    if json:
        output.document(result)
    else:
        for each in result["keys"]:
            if each["ok"]:
                output.say(f"{each['keyline']}  {each['printed']}  {each['attribute']}")
            else:
                output.complain(f"{each['given']!r}: {each['reason']}: {each['message']}")
    if not all_good(result):
        raise typer.Exit(SetAsideError.exit_code)


@keyline.command("lint")
def lint(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV, or one key a line. - is stdin.")],
    column: Annotated[str, typer.Option(metavar="NAME", help="Column that holds the keys.")] = "keyline",
    json: Json = False,
) -> None:
    """Look a set of keylines over: faults, mixtures, duplicates, and what they give away.

    A keyline is printed for all to see: this warns of keys that look like
    a social security number, a phone number or a birth date.

    Example: [bold]listkeeper keyline lint extract.csv --column match_code[/]
    """
    from daemon.errors import SetAsideError
    from daemon.keyfile import lint_file

    result = lint_file(file, column)
    if json:
        output.document(result)
    else:
        said = f"{result['errors']:,} errors, {result['warnings']:,} warnings"
        output.heading(f"{result['file']}: {result['keys']:,} keys, {said}")
        if result["findings"]:
            rows = [(each["line"], each["key"], each["reason"], each["count"]) for each in result["findings"]]
            output.table([Column("line", number=True), "key", "finding", Column("keys", number=True)], rows)
    if result["errors"]:
        raise typer.Exit(SetAsideError.exit_code)


@imb.command("encode")
def encode(
    *,
    barcode_id: Annotated[str, typer.Argument(metavar="BI", help="Barcode identifier, 2 digits; 00 as a rule.")],
    stid: Annotated[str, typer.Argument(metavar="STID", help="Service type, 3 digits.")],
    mid: Annotated[str, typer.Argument(metavar="MID", help="Mailer ID, 6 or 9 digits.")],
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="9 digits with a Mailer ID of 6, else 6.")],
    routing: Annotated[str, typer.Argument(metavar="ROUTING", help="ZIP, ZIP+4, or with delivery point.")] = "",
    json: Json = False,
) -> None:
    """Return the 65 letters of a barcode: T tracker, D descender, A ascender, F full.

    Example: [bold]listkeeper imb encode 01 234 567094 987654321 01234567891[/]
    """
    from daemon.barcodes import encode_fields

    _barcode(encode_fields(barcode_id, stid, mid, serial, routing), json)


@imb.command("decode")
def decode(
    bars: Annotated[str, typer.Argument(metavar="BARS", help="65 letters, or the 20 to 31 digits.")],
    json: Json = False,
) -> None:
    """Return what a barcode says.

    Example:
    [bold]listkeeper imb decode ATTFATTDTTADTAATTDTDTATTDAFDDFADFDFTFFFFFTATFAAAATDFFTDAADFTFDTDT[/]
    """
    from daemon.barcodes import decode_bars

    _barcode(decode_bars(bars), json)


def _barcode(result: dict[str, str], json: bool) -> None:
    if json:
        output.document(result)
        return
    output.facts((name.replace("_", " "), value) for name, value in result.items())
