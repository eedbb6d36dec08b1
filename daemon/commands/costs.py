"""`listkeeper costs`, `advise` and `price`: what mail's returns cost, and which endorsement to choose."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, ListName, enter
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="Keep the price table: what each thing costs, from which day on.")
PANEL = "What it costs"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("costs", rich_help_panel=PANEL)(costs)
    app.command("advise", rich_help_panel=PANEL)(advise)
    app.add_typer(group, name="price", rich_help_panel=PANEL)


def costs(
    *,
    client: Annotated[str | None, typer.Option(metavar="CLIENT", help="Only this one's lists. Default: all.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day: YYYY-MM-DD. Default: from the start.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day, itself included. Default: until now.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what came back and what it cost: by client, list and drop.

    Electronic notices and those on paper, what the records charge beside what the headers say,
    care jobs, the cost of a thousand pieces, and what Move Update may cost.

    Example: [bold]listkeeper costs --client "Acme Seeds" --from 2026-01-01 --to 2026-12-31[/]
    """
    from daemon.costs.costs import costs as costs_of

    told = costs_of(enter(), client, since, until)
    if json:
        output.document(told)
    else:
        print_costs(told)


def print_costs(told: dict[str, Any]) -> None:
    """Print what came back and what it cost."""
    total, days = told["total"], _days(told["from"], told["to"])
    output.heading(f"Costs of {told['client'] or 'every client'}, {days}")
    output.facts(_facts(total))
    lists = [(of["client"], each) for of in told["clients"] for each in of["lists"]]
    if lists:
        output.say()
        output.table(_columns("list"), [_line(each["list"] or "not found", each) for _client, each in lists])
    drops = [(each["list"], drop) for _client, each in lists for drop in each["drops"]]
    if drops:
        output.say()
        output.table(_drop_columns(), [_drop(name, drop) for name, drop in drops])
    if len(told["clients"]) > 1:
        output.say()
        rows = [_line(of["client"] or "not known", of) for of in told["clients"]]
        output.table(_columns("client"), rows)
    if codes := total["codes"]:
        output.say()
        of_codes = [(each["kind"], each["code"] or "-", each["notices"]) for each in codes]
        output.table(["kind", "code", Column("notices", number=True)], of_codes)
    _print_files(told)
    _print_move_update(told["move_update"])
    _print_prices(told)


def _days(first: str | None, last: str | None) -> str:
    if first is None and last is None:
        return "all days"
    return f"{first or 'the start'} to {last or 'now'}"


def _facts(total: dict[str, Any]) -> list[tuple[str, object]]:
    electronic, paper, care = total["electronic"], total["paper"], total["care"]
    kinds = total["kinds"]
    unread = f", {kinds['unread']:,} unread" if kinds["unread"] else ""
    by_table = f", of it ${electronic['by_price_table']} by the price table" if electronic["priced_by_table"] else ""
    saved = electronic["saved"]
    hand = electronic["by_hand"]
    return [
        ("notices", f"{total['notices']:,}: {kinds['coa']:,} moves, {kinds['nixie']:,} nixies{unread}"),
        ("electronic", f"{electronic['notices']:,} for ${electronic['cost']}{by_table}"),
        ("without a price", electronic["unpriced"] + paper["unpriced"] or None),
        ("by hand", f"the same would have cost ${hand}" if hand and electronic["notices"] else None),
        ("saved", f"${saved}" if saved and electronic["notices"] else None),
        ("on paper", f"{paper['notices']:,} for ${paper['cost']}"),
        ("care", f"{output.some(care['jobs'], 'job')} for ${care['cost']}{_without(care)}"),
        ("mailed", f"{total['mailed']['pieces']:,} pieces"),
        ("all of it", f"${total['whole_cost']}{_thousands(total)}"),
    ]


def _without(care: dict[str, Any]) -> str:
    return f"; {care['without_cost']} told no cost" if care["without_cost"] else ""


def _thousands(total: dict[str, Any]) -> str:
    by = [
        f"${total[name]} for 1,000 {what}"
        for name, what in (("per_thousand_pieces", "pieces"), ("per_thousand_addressees", "addressees"))
        if total[name] is not None
    ]
    return f": {', '.join(by)}" if by else ""


def _columns(first: str) -> list[Column | str]:
    numbers = ("moves", "nixies", "electr.", "paper", "care", "pieces", "$/1000")
    return [Column(first, wraps=True), *(Column(name, number=True) for name in numbers)]


def _line(name: str, of: dict[str, Any]) -> list[object]:
    return [
        name,
        of["kinds"]["coa"],
        of["kinds"]["nixie"],
        of["electronic"]["cost"],
        of["paper"]["cost"],
        of["care"]["cost"],
        of["mailed"]["pieces"],
        of["per_thousand_pieces"] or "-",
    ]


def _drop_columns() -> list[Column | str]:
    numbers = ("pieces", "moves", "nixies", "cost", "$/1000")
    return [Column("drop", wraps=True), "list", "mailed", *(Column(name, number=True) for name in numbers)]


def _drop(name: str | None, drop: dict[str, Any]) -> list[object]:
    return [
        drop["drop"] or "of no drop",
        name or "",
        drop["mailed_on"] or "",
        "" if drop["pieces"] is None else drop["pieces"],
        drop["kinds"]["coa"],
        drop["kinds"]["nixie"],
        drop["cost"],
        drop["per_thousand_pieces"] or "-",
    ]


def _print_files(told: dict[str, Any]) -> None:
    headers, undone = told["headers"], told["undone"]
    if told["products"]:
        output.say()
        rows = [(each["product"], each["quantity"], each["charged"]) for each in told["products"]]
        output.table(["product", Column("records", number=True), Column("charged", number=True)], rows)
    if headers["files"]:
        output.say()
        said = f"headers say ${headers['header']}, their records ${headers['counted']}: ${headers['difference']} apart"
        output.say(
            f"{output.some(headers['files'], 'file')}: {said}.", "" if headers["difference"] == "0.00" else "yellow"
        )
    if headers["shipping_files"]:
        output.say(f"Shipping notices of {output.some(headers['shipping_files'], 'file')} say ${headers['shipping']}.")
    for file in told["files"]:
        if file["difference"] not in (None, "0.00"):
            output.say(f"  batch {file['batch']}, {file['file']}: ${file['difference']} apart", "yellow")
    if undone["files"]:
        output.say(f"Not counted: {output.some(undone['files'], 'undone file')}, ${undone['counted']}.")


def _print_move_update(told: dict[str, Any]) -> None:
    if not told["months"]:
        return
    output.say()
    output.heading(
        f"Move Update, the whole bureau: {told['threshold_percent']} % of a month's pieces are free of charge"
    )
    numbers = ("pieces", "known", "found later", "percent", "over", "charge")
    columns: list[Column | str] = ["month", *(Column(name, number=True) for name in numbers)]
    rows = [
        [
            each["month"],
            each["pieces"],
            each["known"],
            each["found_later"],
            each["percent"],
            each["over"],
            each["assessment"] or "no price",
        ]
        for each in told["months"]
    ]
    output.table(columns, rows)
    output.say("An estimate, from moves that came to our ears: a piece to an address left 95 days to 18 months before.")


def _print_prices(told: dict[str, Any]) -> None:
    old = [each for each in told["prices"] if each["historical"]]
    if old or told["missing_prices"]:
        output.say()
    for each in old:
        since = f"of {each['from']}" if each["from"] else "undated"
        output.say(f"{each['item']}: ${each['price']} is historical ({since}, {each['source']}).", "yellow", indent=2)
    for each in told["missing_prices"]:
        output.say(f"{each['item']}: price not entered: {each['enter']}", "yellow", indent=2)


def advise(name: ListName, json: Json = False) -> None:
    """Say what each endorsement would bring back and cost, on this list's own returns.

    What came back of its mail so far, what each endorsement of its class would tell,
    forward, lose and charge, and which one to choose. Prices: [bold]listkeeper price list[/].

    Example: [bold]listkeeper advise spring[/]
    """
    from daemon.costs.advise import advise as advise_on

    told = advise_on(enter(), name)
    if json:
        output.document(told)
    else:
        print_advice(told)


def print_advice(told: dict[str, Any]) -> None:
    """Print the advice on one list."""
    history, advice = told["history"], told["recommendation"]
    has = told["chosen"] or told["endorsement"]
    output.heading(f"List {told['list']} of {told['client']}: {told['size']:,} addressees, {told['class']}, {has}")
    output.say()
    title = "came back" if history["enough"] else "assumed"
    columns: list[Column | str] = ["move", Column("notices", number=True), Column(f"{title} of 1,000", number=True)]
    output.table(columns, [(each["period"], each["notices"], each["per_thousand"]) for each in history["periods"]])
    output.say(f"{history['pieces']:,} pieces mailed.")
    output.say()
    _print_options(told["options"])
    for note in told["notes"]:
        output.say(f"- {note}", indent=2)
    _print_electronic(told["electronic_or_manual"])
    output.say()
    if advice["name"] is None:
        output.heading("No recommendation yet.")
    else:
        output.heading(f"{'Choose' if advice['change'] else 'Stay with'} {advice['name']}.")
    for sentence in advice["why"]:
        output.say(f"- {sentence}", indent=2)
    if advice["name"] is not None:
        _print_prices(told)
    if advice["change"]:
        output.note(
            f"To choose it: listkeeper list change {told['list']} --endorsement {advice['endorsement']} "
            f"--option {advice['option']}"
            if advice["endorsement"]
            else "To choose it, print no endorsement."
        )


def _print_options(options: list[dict[str, Any]]) -> None:
    numbers = ("told", "paper", "forw.", "lost", "fees", "net", "net, list")
    columns: list[Column | str] = ["of 1,000 pieces", *(Column(name, number=True) for name in numbers)]
    output.table(columns, [_option(each) for each in options])
    if any(not each["complete"] for each in options):
        output.say("+ at least: a price is missing, or its returns are not known.", "yellow")
    output.say("> costs least of those without a +; * is what the list has.")
    output.say("told: we learn something, of it on paper, to be entered by hand; lost: to movers, and nobody gets it.")
    output.say("net: fees, lost pieces, and once more a piece for everyone of whom nothing is told.")


def _option(each: dict[str, Any]) -> list[object]:
    mark = "" if each["complete"] else "+"
    name = f"{'>' if each['recommended'] else ' '} {each['name']}{' *' if each['chosen'] else ''}"
    amounts = (each["fees_per_thousand"], each["net_per_thousand"], each["net_for_list"])
    return [
        name.replace(", option", ""),
        each["told_per_thousand"],
        each["paper_per_thousand"],
        each["forwarded_per_thousand"],
        each["lost_per_thousand"],
        *("-" if amount is None else f"{amount}{mark}" for amount in amounts),
    ]


def _print_electronic(told: dict[str, Any] | None) -> None:
    if told is None or told["electronic"] is None or told["manual"] is None:
        return
    output.say(
        f"- {told['notices_per_thousand']} electronic notices ({told['name']}) cost ${told['electronic_per_thousand']} "
        f"at ${told['electronic']['price']}; by hand ${told['manual_per_thousand']} at ${told['manual']['price']}.",
        indent=2,
    )


@group.command("add")
def add(
    *,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="What it is of, as `price list` names it.")],
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="First day it holds: YYYY-MM-DD.")],
    price: Annotated[str, typer.Option(metavar="PRICE", help="Dollars: 0.42, or 0.065.")],
    source: Annotated[str, typer.Option(metavar="TEXT", help="Where you have it from: a notice, an invoice.")] = "",
    json: Json = False,
) -> None:
    """Enter what an item costs from a day on. It goes before what ships, and before an older price.

    A price of one class of mail: [bold]acs_traditional_coa:first-class[/].

    Example: [bold]listkeeper price add manual_notice --from 2026-07-12 --price 0.85 --source "Notice 123"[/]
    """
    from daemon.costs.prices import add_price

    told = add_price(enter(), item, from_date=since, price=price, source=source)
    if json:
        output.document(told)
        return
    output.say(f"{told['item']} ({told['what']}): ${told['price']} from {told['from']} on.")
    if before := told["instead_of"]:
        old = "historical, " if before["historical"] else ""
        output.say(f"Until then ${before['price']} ({old}{before['source']}).")


@group.command("list")
def list_(json: Json = False) -> None:
    """Show the price table: what is in force, what was, and what nobody has entered yet.

    Example: [bold]listkeeper price list[/]
    """
    from daemon.costs.prices import list_prices

    told = list_prices(enter())
    if json:
        output.document(told)
        return
    sources = list(dict.fromkeys(each["source"] for each in told["prices"]))
    columns: list[Column | str] = ["item", "from", Column("price", number=True), "", Column("source", number=True)]
    output.table(columns, [_price(each, sources) for each in told["prices"]])
    for number, source in enumerate(sources, 1):
        output.say(f"{number:>2} {source}", "dim", indent=3)
    if told["missing"]:
        output.say()
        output.heading("Not entered: no present price is known of these")
        output.table(
            ["item", Column("what it is", wraps=True)], [(each["item"], each["what"]) for each in told["missing"]]
        )
        output.note("Enter one: listkeeper price add ITEM --from DATE --price PRICE")


def _price(each: dict[str, Any], sources: list[str]) -> list[object]:
    state = ("in force" if each["entered"] or not each["historical"] else "historical") if each["in_force"] else ""
    since = each["from"] or (f"to {each['until']}" if each["until"] else "undated")
    return [each["item"], since, each["price"], state, sources.index(each["source"]) + 1]
