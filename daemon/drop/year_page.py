"""The year of one client as a page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.output import some
from daemon.pages.blocks import Bar, Block, Cell, Column, Facts, Figure, Figures, Grid, Note, Page, Title

SOURCES: Final = {
    "acs": "ACS files",
    "due": "moves whose day had come",
    "review": "questions answered",
    "paper": "returns on paper",
    "ncoa": "NCOALink",
    "cass": "CASS",
}
_PILES: Final = ("moved", "suppressed", "held", "kept", "review", "rejected")
_STATUSES: Final = ("records", "mailable", "held", "undeliverable", "removed", "deceased")


def page_of(facts: Mapping[str, Any]) -> Page:
    """Return the page of a client's year, as `daemon.drop.year.client_report` has it."""
    lists = ", ".join(each["list"] for each in facts["lists"])
    return Page(
        kind="Client report",
        title=facts["client"],
        subtitle=f"{facts['year']}{' · ' if lists else ''}{lists}",
        stamp=str(facts["year"]),
        blocks=tuple(_blocks(facts)),
        foot=f"Listkeeper · {facts['client']} · {facts['year']} · no names or addresses",
    )


def _blocks(facts: Mapping[str, Any]) -> Iterator[Block]:
    uncertified = [each for each in facts["care"] if not each["certified"]]
    if uncertified:
        jobs = ", ".join(f"job {each['job']} ({each['kind'].upper()} of {each['list']})" for each in uncertified)
        yield Note(f"Not CASS certified: {jobs}", loud=True)
    totals, sources = facts["totals"], facts["sources"]
    moved, out = (sum(each[pile] for each in sources) for pile in ("moved", "suppressed"))
    share = totals["share"]
    yield Figures(
        (
            Figure("pieces mailed", f"{totals['print_output']:,}", f"in {some(totals['drops'], 'drop')}"),
            Figure("mailable", "-" if share is None else f"{share} %", "of the records of these drops"),
            Figure("moved", f"{moved:,}", "new addresses taken over"),
            Figure("suppressed", f"{out:,}", "out of the mail for good"),
        )
    )
    yield from _drops(facts)
    yield from _over_time(facts)
    yield from _sources(facts)
    yield from _care(facts)
    yield from _costs(facts)
    if facts["lists"]:
        yield Title("The lists", "As they stood when this report was made.")
        rows = tuple((each["list"], *(each[name] for name in _STATUSES)) for each in facts["lists"])
        yield Grid((Column("list", wide=True), *(Column(name, number=True) for name in _STATUSES)), rows)


def _drops(facts: Mapping[str, Any]) -> Iterator[Block]:
    yield Title("Drops", "The sum is of those that have gone out. Taken out: rejected, held, suppressed, duplicate.")
    if not facts["drops"]:
        yield Note("None was checked.")
        return
    names = ("read", "rejected", "held", "suppressed", "duplicate", "mailable", "print_output")
    titles = ("records", "rejected", "held", "suppressed", "duplicate", "mailable", "to print")
    columns = (Column("day"), Column("drop and offer", wide=True), Column("state"))
    totals = facts["totals"]
    yield Grid(
        (*columns, *(Column(title, number=True) for title in titles)),
        tuple(
            (each["day"], f"{each['drop']} ({each['offer']})", each["state"], *(each[name] for name in names))
            for each in facts["drops"]
        ),
        foot=("mailed", "", "", *(totals[name] for name in names)),
    )
    if totals["reasons"]:
        reasons = sorted(totals["reasons"].items(), key=lambda item: (-item[1], item[0]))
        rows = tuple((name.replace("_", " "), count, _percent(count, totals["read"])) for name, count in reasons)
        yield Grid(
            (Column("taken out because", wide=True), Column("records", number=True), Column("%", number=True)), rows
        )


def _over_time(facts: Mapping[str, Any]) -> Iterator[Block]:
    points = [each for each in facts["deliverability"] if each["percent"] is not None]
    if not points:
        return
    yield Title("Deliverability over the year", "What could be mailed of each drop, what each CASS run could code.")
    yield Grid(
        (Column("day"), Column(""), Column("of", wide=True), Column("%", number=True), Column("")),
        tuple(
            (each["day"], each["what"], each["of"], f"{each['percent']:.1f}", Bar(each["percent"] / 100))
            for each in points
        ),
    )


def _sources(facts: Mapping[str, Any]) -> Iterator[Block]:
    yield Title("What changed the lists, and who said so", "Batches that stand. Every record is on one pile.")
    rows: list[tuple[Cell, ...]] = [
        (SOURCES.get(each["source"], each["source"]), each["batches"], *(each[pile] for pile in _PILES))
        for each in facts["sources"]
    ]
    sums = [sum(each[name] for each in facts["sources"]) for name in ("batches", *_PILES)]
    if rows:
        columns = (Column("source", wide=True), *(Column(name, number=True) for name in ("batches", *_PILES)))
        yield Grid(columns, tuple(rows), foot=("all", *sums))
    imports = facts["imports"]
    told = ", ".join(f"{count:,} {name}" for name, count in imports.items() if name != "files")
    yield Facts((("from the client", f"{some(imports['files'], 'file')}: {told}"),))


def _care(facts: Mapping[str, Any]) -> Iterator[Block]:
    yield Title("NCOALink and CASS runs")
    if not facts["care"]:
        yield Note("None.")
        return
    titles = (
        Column("processed"),
        Column("job", number=True),
        Column("kind"),
        Column("list"),
        Column("engine", wide=True),
    )
    more = (
        Column("data of"),
        Column("sent", number=True),
        Column("coded %", number=True),
        Column("papers", number=True),
    )
    yield Grid(
        (*titles, *more, Column("certified")),
        tuple(
            (
                *(each["processed_on"], each["job"], each["kind"].upper(), each["list"], each["engine"] or "-"),
                *(each["database_date"] or "-", each["sent"], "" if each["rate"] is None else f"{each['rate']}"),
                *(each["papers"], "yes" if each["certified"] else "NO"),
            )
            for each in facts["care"]
        ),
        strong=frozenset(at for at, each in enumerate(facts["care"]) if not each["certified"]),
    )


def _costs(facts: Mapping[str, Any]) -> Iterator[Block]:
    costs = facts["costs"]
    if costs is None:
        return
    yield Title("What the notices cost", "By the files' own charges, else by the price table of their day. In dollars.")
    rows: list[tuple[Cell, ...]] = [
        (each["list"] or "of no list", *_cost_cells(each)) for client in costs["clients"] for each in client["lists"]
    ]
    numbers = ("notices", "COA", "nixie", "electronic", "on paper", "cost", "by hand", "saved")
    columns = (Column("list", wide=True), *(Column(name, number=True) for name in numbers))
    yield Grid(columns, tuple(rows), foot=("all", *_cost_cells(costs["total"])))
    if costs["missing_prices"]:
        yield Note("Prices that are missing: listkeeper price add enters them. What is not known is not in the sums.")


def _cost_cells(of: Mapping[str, Any]) -> tuple[Cell, ...]:
    electronic, kinds = of["electronic"], of["kinds"]
    counts = (of["notices"], kinds["coa"], kinds["nixie"], electronic["notices"], of["paper"]["notices"])
    return (*counts, of["cost"], electronic["by_hand"] or "-", electronic["saved"] or "-")


def _percent(part: int, of: int) -> str:
    return f"{part * 100 / of:.1f}" if of else "-"
