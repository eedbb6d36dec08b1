"""The report of a drop as a page: what stands on it, in which order, in which words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.output import some
from daemon.pages.blocks import Bar, Block, Cell, Column, Facts, Figure, Figures, Grid, Note, Page, Subtitle, Title

FILES_SHOWN: Final = 20  # source files whose lines stand on the page
_N: Final = True
_DPV: Final = (
    ("confirmed", "Y: confirmed"),
    ("unit_missing", "D: building confirmed, unit missing"),
    ("unit_not_confirmed", "S: building confirmed, unit not"),
    ("not_confirmed", "not confirmed"),
    ("not_run", "not coded by a run in force"),
)


def page_of(facts: Mapping[str, Any]) -> Page:
    """Return the page of a report, as `daemon.drop.report.report` has it."""
    drop = facts["drop"]
    when = f"mailed on {drop['mailed_on']}" if drop["mailed_on"] else f"planned for {drop['date']}"
    checked = drop["checked_at"][:16].replace("T", " ")
    return Page(
        kind="Drop report",
        title=drop["drop"],
        subtitle=f"{drop['client']} · offer {drop['offer']} · {when}",
        stamp=drop["state"],
        blocks=tuple(_blocks(facts)),
        foot=f"Listkeeper · drop {drop['drop']} · checked {checked} · records by their own keys, no names or addresses",
    )


def _blocks(facts: Mapping[str, Any]) -> Iterator[Block]:
    yield from (Note(alert, loud=True) for alert in facts["alerts"])
    yield from _top(facts)
    yield from _steps(facts)
    yield from _reconciled(facts)
    yield from _layers(facts)
    yield from _sources(facts)
    yield from _deliverability(facts)
    yield from _duplicates(facts)
    yield from _suppression(facts)
    yield from _care(facts)
    yield from _printed(facts)


def _top(facts: Mapping[str, Any]) -> Iterator[Block]:
    drop, manifest, quantity = facts["drop"], facts["manifest"], facts["quantity"]
    read, mailable = manifest.get("read", 0), manifest.get("mailable", 0)
    share = facts["deliverability"]["share"]
    figures = [
        Figure("records of the lists", f"{read:,}"),
        Figure("taken out", f"{read - mailable:,}", "each with its reason"),
        Figure("mailable", f"{mailable:,}", "" if share is None else f"{share} % of the records"),
    ]
    if "print_output" in manifest:
        seeds = some(manifest["seeds"], "seed")
        figures.append(Figure("to print", f"{manifest['print_output']:,}", f"{seeds} among them"))
    yield Figures(tuple(figures))
    wanted = [] if quantity["wanted"] is None else [("wanted", _wanted(quantity))]
    yield Facts(
        (
            ("lists", ", ".join(drop["lists"])),
            ("mail class", drop["mail_class"] or "-"),
            ("one for each", drop["dedupe"] if drop["dedupe"] != "none" else "record: duplicates are not looked for"),
            *wanted,
            *((name, _moment(drop[f"{name}_at"])) for name in ("created", "checked", "released") if drop[f"{name}_at"]),
        )
    )


def _wanted(quantity: Mapping[str, Any]) -> str:
    over = quantity["over"]
    apart = f"{over:,} over" if over > 0 else f"{-over:,} short" if over < 0 else "as many as there are"
    return f"{quantity['wanted']:,}; {quantity['available']:,} can be mailed, {apart}"


def _steps(facts: Mapping[str, Any]) -> Iterator[Block]:
    steps = facts["steps"]
    if not steps:
        return
    most = max((step["in"] for step in steps), default=0) or 1
    yield Title("The seven steps", "In the order in which they ran; the number is the one the trade gives the step.")
    columns = (Column("step"), Column("", wide=True), *(Column(name, number=True) for name in ("in", "removed", "out")))
    yield Grid(
        (*columns, Column("remaining"), Column("")),
        tuple(
            (
                str(step["number"]),
                step["title"],
                step["in"],
                step["removed"],
                step["out"],
                Bar(step["out"] / most),
                _ok(step),
            )
            for step in steps
        ),
        strong=frozenset(at for at, step in enumerate(steps) if not step["ok"]),
    )
    notes = [f"{step['title']}: {step['why']}" for step in steps if step["why"]]
    yield from (Note(text) for text in notes)
    if facts["overrides"]:
        yield Subtitle("Overrides")
        titles = (Column("step"), Column("operator"), Column("reason", wide=True), Column("when"))
        rows = [(each["step"], each["operator"], each["reason"], _moment(each["at"])) for each in facts["overrides"]]
        yield Grid(titles, tuple(rows))


def _ok(step: Mapping[str, Any]) -> str:
    return "overridden" if step["override"] else "ok" if step["ok"] else "NOT OK"


def _reconciled(facts: Mapping[str, Any]) -> Iterator[Block]:
    manifest = facts["manifest"]
    if "print_output" not in manifest:
        return
    piles = ("rejected", "held", "suppressed", "duplicate", "mailable")
    yield Title("Manifest", "Every record has exactly one disposition. A manifest whose sums do not close is not made.")
    rows = tuple((each["list"], each["read"], *(each[name] for name in piles)) for each in manifest["lists"])
    yield Grid(
        (Column("list", wide=True), Column("records", number=True), *(Column(name, number=True) for name in piles)),
        rows,
        foot=("all", manifest["read"], *(manifest[name] for name in piles)),
    )
    yield Facts(
        (
            ("records", _sum(manifest["read"], *(f"{manifest[name]:,} {name}" for name in piles))),
            (
                "mailed",
                f"{manifest['mailed']:,} = {manifest['mailable']:,} mailable - {manifest['withdrawn']:,} withdrawn",
            ),
            (
                "to print",
                _sum(manifest["print_output"], f"{manifest['mailed']:,} mailed", some(manifest["seeds"], "seed")),
            ),
            *((f"hash of the {name}", value) for name, value in manifest["hashes"].items()),
            *((name, str(value)) for name, value in manifest["tools"].items()),
        )
    )


def _sum(of: int, *parts: str) -> str:
    return f"{of:,} = {' + '.join(parts)}"


def _layers(facts: Mapping[str, Any]) -> Iterator[Block]:
    layers = sorted(facts["layers"], key=lambda each: (-each["net"], each["reason"]))
    if not layers:
        return
    yield Title(
        "Suppression and rejection",
        "Met: every record that the layer would take. Removed: those that no layer before it had taken.",
    )
    piles = {reason: pile for pile, of in facts["reasons"].items() for reason in of}
    read = facts["manifest"].get("read", 0)
    yield Grid(
        (
            Column("reason", wide=True),
            Column("disposition"),
            Column("met", number=True),
            Column("removed", number=True),
            Column("% of all", number=True),
        ),
        tuple(
            (
                _words(each["reason"]),
                piles.get(each["reason"], ""),
                each["gross"],
                each["net"],
                _percent(each["net"], read),
            )
            for each in layers
        ),
        foot=("all", "", None, sum(each["net"] for each in layers), _percent(sum(e["net"] for e in layers), read)),
    )


def _sources(facts: Mapping[str, Any]) -> Iterator[Block]:
    sources = facts["sources"]
    if not sources:
        return
    yield Title(
        "Where the records came from",
        "Rejected and held records by the file that brought them, the worst first: what to ask the source about.",
    )
    names = ("records", "rejected", "held", "suppressed", "duplicate", "mailable")
    yield Grid(
        (Column("list"), Column("file", wide=True), Column("taken in"), *(Column(name, number=True) for name in names)),
        tuple(
            (each["list"], each["file"] or "-", each["imported_at"][:10], *(each[name] for name in names))
            for each in sources
        ),
    )
    asked = [each for each in sources if each["lines"]]
    for source in asked[:FILES_SHOWN]:
        count = source["rejected"] + source["held"]
        reasons = ", ".join(f"{_words(name)} {number:,}" for name, number in sorted(source["reasons"].items()))
        yield Subtitle(f"{source['file'] or 'no file'} ({source['list']}): {count:,} rejected or held: {reasons}")
        yield _line_grid(source["lines"])
        if source["more"]:
            yield Note(f"and {source['more']:,} more of this file; the JSON report has every line")
    if len(asked) > FILES_SHOWN:
        yield Note(f"and the lines of {len(asked) - FILES_SHOWN:,} more files; the JSON report has every line")


def _line_grid(lines: list[dict[str, Any]]) -> Grid:
    """Two records beside each other: lines are short, and there are many."""
    half = (Column("line", number=True), Column("record"), Column("", wide=False), Column("reason", wide=True))
    told: list[tuple[Cell, ...]] = [
        (each["line"], each["record_id"], each["disposition"], _words(each["reason"])) for each in lines
    ]
    high = -(-len(told) // 2)
    if high < 3:
        return Grid(half, tuple(told))
    blank: tuple[Cell, ...] = ("", "", "", "")
    pairs = [(*left, *(told[high + at] if high + at < len(told) else blank)) for at, left in enumerate(told[:high])]
    return Grid((*half, *half), tuple(pairs))


def _deliverability(facts: Mapping[str, Any]) -> Iterator[Block]:
    told = facts["deliverability"]
    coding = told["coding"]
    yield Title("Deliverability", "Of the mailable records, as coded by the runs in force when the drop was checked.")
    of = coding["of"]
    yield Grid(
        (Column("DPV", wide=True), Column("records", number=True), Column("%", number=True), Column("")),
        tuple(
            (
                words,
                coding["dpv"][name],
                _percent(coding["dpv"][name], of),
                Bar(coding["dpv"][name] / of if of else 0.0),
            )
            for name, words in _DPV
            if coding["dpv"][name] or name == "confirmed"
        ),
    )
    rate = "-" if coding["rate"] is None else f"{coding['rate']} % ({coding['grade']}): {coding['coded']:,} of {of:,}"
    wise, plain = (told["expected_percent"][name] for name in ("after_seven_steps", "without"))
    pieces = told["expected_pieces"]
    rows = [
        ("coding rate", rate),
        (
            "expected to arrive",
            f"{_range(wise)} %, {_range(pieces['after_seven_steps'])} pieces, by the trade's figures",
        ),
        ("without the steps", f"{_range(plain)} %, {_range(pieces['without'])} pieces"),
    ]
    if value := told.get("value"):
        low, high = value["better_used"]
        spared = f"{value['not_mailed']:,} pieces not mailed at ${value['piece_price']}: ${value['not_spent']}"
        rows += [("not spent", spared), ("better used", f"${low} to ${high} of postage and print that arrives")]
    yield Facts(tuple(rows))


def _range(two: list[int]) -> str:
    return f"{two[0]:,} to {two[1]:,}"


def _duplicates(facts: Mapping[str, Any]) -> Iterator[Block]:
    told = facts["duplicates"]
    if not told["pairs"]:
        return
    yield Title(
        "Duplicates",
        f"{some(told['pairs'], 'duplicate')} of {some(told['survivors'], 'survivor')}, at most {told['most_of_one']:,} "
        "of one. The JSON report and listkeeper drop rows name each with its survivor.",
    )
    yield Grid(
        (
            Column("left out, of list", wide=True),
            Column("survivor of list", wide=True),
            Column("same"),
            Column("pairs", number=True),
        ),
        tuple((each["list"], each["survivor_list"], each["level"], each["pairs"]) for each in told["between"]),
        foot=("all", "", "", told["pairs"]),
    )


def _suppression(facts: Mapping[str, Any]) -> Iterator[Block]:
    files = facts["suppression_files"]
    if not files:
        return
    yield Title("Suppression files in force", "Their age is that on the day of the drop.")
    columns = (
        Column("no.", number=True),
        Column("kind"),
        Column("source", wide=True),
        Column("match"),
        Column("as of"),
    )
    more = (Column("days old", number=True), Column("may be", number=True), Column("rows", number=True))
    yield Grid(
        (*columns, *more),
        tuple(
            (
                *(each["suppression"], each["kind"], each["source"], each["match"], each["as_of"]),
                *(each["age_days"], each["max_age_days"], each["read"] - each["rejected"]),
            )
            for each in files
        ),
        strong=frozenset(at for at, each in enumerate(files) if each["stale"]),
    )


def _care(facts: Mapping[str, Any]) -> Iterator[Block]:
    jobs = facts["care"]
    yield Title("NCOALink and CASS runs in force", "The last of each list that stood when the drop was checked.")
    if not jobs:
        yield Note("None.")
        return
    titles = (
        Column("job", number=True),
        Column("kind"),
        Column("list", wide=True),
        Column("processed"),
        Column("data of"),
    )
    counts = tuple(Column(name, number=True) for name in ("sent", "back", "3553 B6", "3553 C.a", "PSR"))
    yield Grid(
        (*titles, *counts, Column("valid to")),
        tuple(
            (
                *(job["job"], job["kind"].upper(), job["list"], job["processed_on"], job["database_date"] or "-"),
                *(job["sent"], job["returned"], job["form_3553_records"], job["form_3553_coded"], job["psr_records"]),
                job["valid_to"] or "-",
            )
            for job in jobs
        ),
    )
    rows = [(f"job {job['job']}", ", ".join(_paper_words(job))) for job in jobs]
    yield Facts(tuple(rows))


def _paper_words(job: Mapping[str, Any]) -> Iterator[str]:
    yield job["engine"] or "engine not named"
    yield job["certification"].upper() if not job["certified"] else "certified as far as its papers say"
    names = {"3553": "PS Form 3553", "psr": "Processing Summary Report"}
    yield from (f"{names[paper['kind']]} {paper['file']} ({paper['sha256'][:12]})" for paper in job["papers"])
    if not job["papers"]:
        yield "no paper"


def _printed(facts: Mapping[str, Any]) -> Iterator[Block]:
    if facts["labels"]:
        yield Title("Label files")
        yield Grid(
            (
                Column("file", wide=True),
                Column("format"),
                Column("labels", number=True),
                Column("written"),
                Column("SHA-256 begins"),
            ),
            tuple(
                (each["file"], each["format"], each["labels"], _moment(each["written_at"]), each["sha256"][:16])
                for each in facts["labels"]
            ),
        )
    if facts["pieces"]:
        yield Title("Serials given to the pieces")
        titles = (Column("account", wide=True), Column("pieces", number=True), Column("lowest"), Column("highest"))
        yield Grid(
            (*titles, Column("day of use")),
            tuple(
                (each["account"], each["pieces"], each["lowest"], each["highest"], each["used_on"])
                for each in facts["pieces"]
            ),
        )


def _words(reason: str) -> str:
    return reason.replace("_", " ")


def _percent(part: int, of: int) -> str:
    return f"{part * 100 / of:.1f}" if of else "-"


def _moment(at: str) -> str:
    return at[:16].replace("T", " ")
