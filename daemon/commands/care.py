"""`listkeeper care`: the clocks of each list, and the jobs that are out at engines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, ListName, Verbose, complete_list, enter
from daemon.output import Column

group = typer.Typer(no_args_is_help=True, help="Keep lists fit: CASS and NCOALink on their clocks.")
NAMES = {"cass": "CASS", "ncoa": "NCOALink"}
JobNumber = Annotated[int, typer.Argument(metavar="JOB", help="Its number, as `care jobs` has it.")]
SomeList = Annotated[
    str | None,
    typer.Argument(metavar="NAME", help="One list. Without a name: every list.", autocompletion=complete_list),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="care", rich_help_panel="List care")


@group.command("status")
def status(name: SomeList = None, json: Json = False) -> None:
    """Show each list's clocks: CASS window, coding, Move Update stamps, what is due next, jobs under way.

    Example: [bold]listkeeper care status spring[/]
    """
    from daemon.care.status import care_status

    told = care_status(enter(), name)
    if json:
        output.document(told)
    elif name is not None:
        _print_list(told["lists"][0])
    else:
        print_lists(told["lists"])


@group.command("run")
def run(
    *,
    name: ListName,
    cass: Annotated[bool, typer.Option("--cass", metavar="", help="Have the addresses coded.")] = False,
    ncoa: Annotated[bool, typer.Option("--ncoa", metavar="", help="Hold the list against the moves.")] = False,
    adapter: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which engine. Default: the one the settings name.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="Write the file here; you carry it yourself.")
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Send a list to an engine now, whatever its clocks say.

    With [bold]--out[/] you carry the file, and its answer comes in with [bold]listkeeper apply ANSWER --job JOB[/].

    Example: [bold]listkeeper care run spring --cass --out to-cass.csv[/]
    """
    from daemon.care.run import run_care

    if cass == ncoa:
        raise typer.BadParameter("name one of the two", param_hint="--cass, --ncoa")
    house = enter(verbose)
    with output.telling() as tell:
        told = run_care(house, name, "cass" if cass else "ncoa", adapter=adapter, out=out, progress=tell)
    if json:
        output.document(told)
        return
    output.say(f"Job {told['job']}: {output.some(told['sent'], 'record')} of {told['list']} for {NAMES[told['kind']]}.")
    output.facts([("adapter", told["adapter"]), ("state", told["state"]), ("file", told["file"])])
    output.warnings(told["warnings"])
    if told["error"]:
        output.say(f"{told['error']}", "yellow")
    if told["adapter"] == "manual":
        output.note(f"Next: listkeeper apply ANSWER --job {told['job']}")


@group.command("jobs")
def jobs(name: SomeList = None, json: Json = False) -> None:
    """List every job, oldest first: where it is out, how far it is, what became of it.

    Example: [bold]listkeeper care jobs spring[/]
    """
    from daemon.care.jobs import list_jobs

    told = list_jobs(enter(), name)
    if json:
        output.document(told)
    elif told["jobs"]:
        print_jobs(told["jobs"])
    else:
        output.say("No list has been sent to an engine yet. `listkeeper care status` shows what is due.")


@group.command("cancel")
def cancel(job: JobNumber, json: Json = False) -> None:
    """End a job: its answer is not taken any more.

    Example: [bold]listkeeper care cancel 7[/]
    """
    from daemon.care.orders import withdraw_job

    _print_job(withdraw_job(enter(), job), json)


@group.command("retry")
def retry(job: JobNumber, json: Json = False, verbose: Verbose = False) -> None:
    """Hand a job over once more that has failed, or that the engine has stopped.

    Example: [bold]listkeeper care retry 7[/]
    """
    from daemon.care.orders import retry_job
    from daemon.care.run import go_on

    house = enter(verbose)
    with output.telling() as tell:
        told = go_on(house, retry_job(house, job), progress=tell)
    _print_job(told, json)


@group.command("approve")
def approve(job: JobNumber, json: Json = False, verbose: Verbose = False) -> None:
    """Say yes to the price of a job that is over the adapter's budget.

    Example: [bold]listkeeper care approve 7[/]
    """
    from daemon.care.orders import approve_job
    from daemon.care.run import go_on

    house = enter(verbose)
    with output.telling() as tell:
        told = go_on(house, approve_job(house, job), progress=tell)
    _print_job(told, json)


def _print_job(told: dict[str, Any], json: bool) -> None:
    if json:
        output.document(told)
    else:
        print_jobs([told])


def print_jobs(jobs: list[dict[str, Any]]) -> None:
    """Print jobs as a table, and below it what is to be known of some of them."""
    columns: list[Column | str] = [
        Column("job", number=True),
        "kind",
        Column("list", wraps=True),
        Column("adapter", wraps=True),
        "made",
        "state",
        Column("sent", number=True),
        Column("batch", number=True),
    ]
    keys = ("job", "kind", "list", "adapter", "created_at", "state", "sent", "batch")
    output.table(columns, [[_shown(key, each[key]) for key in keys] for each in jobs])
    if uncertified := [each["job"] for each in jobs if not each["certified"]]:
        output.say(f"{_jobs(uncertified)}: not CASS certified", "yellow")
    for each in jobs:
        if each["error"]:
            remedy = f" {each['what_to_do']}" if each["what_to_do"] else ""
            output.say(f"job {each['job']}: {each['error']}{remedy}", "yellow")


def _jobs(numbers: list[int]) -> str:
    """Return jobs in words, those that follow each other as one.

    >>> _jobs([7]), _jobs([1, 2, 3, 5, 8, 9])
    ('job 7', 'jobs 1-3, 5, 8-9')
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return f"job{'s' if numbers[1:] else ''} {', '.join('-'.join(map(str, each)) for each in ranges)}"


def _shown(key: str, value: Any) -> Any:
    if key == "kind":
        return NAMES[value]
    return value[:10] if key == "created_at" else value


def print_lists(lists: list[dict[str, Any]]) -> None:
    """Print each list's clocks in a line, and below them what is due, and why."""
    if not lists:
        output.say("There is no list yet. Make one: listkeeper list create NAME --client CLIENT --account CODE")
        return
    columns: list[Column | str] = [
        Column("list", wraps=True),
        Column("coded", number=True),
        "CASS to",
        Column("no stamp", number=True),
        Column("held", number=True),
        "next",
        "on",
        Column("jobs", number=True),
    ]
    output.table(columns, [_row(each) for each in lists])
    for each in lists:
        runs = [run for run in (each["cass"], each["move_update"]["last"]) if run and run["note"]]
        if uncertified := sorted(run["job"] for run in runs):
            output.say(f"{each['list']}: {_jobs(uncertified)}: {runs[0]['note']}", "yellow")
        for due in each["due"]:
            if due["due"]:
                output.say(f"{each['list']}: {NAMES[due['kind']]} is due: {due['why']}", "yellow")


def _row(told: dict[str, Any]) -> list[object]:
    cass, stamps, rate = told["cass"], told["move_update"], told["coding"]["rate"]
    coming = min(told["due"], key=lambda due: (not due["due"], due["due"] or due["when"], due["kind"]), default=None)
    return [
        told["list"],
        "" if rate is None else f"{rate} %",
        cass["valid_to"] if cass else "never run",
        stamps["mailable"] - stamps["live"] if stamps["needed"] else "",
        sum(told["held"].values()),
        NAMES[coming["kind"]] if coming else "",
        ("now" if coming["due"] else coming["when"]) if coming else "",
        len(told["jobs"]),
    ]


def _print_list(told: dict[str, Any]) -> None:
    output.heading(f"List {told['list']} of {told['client']}: {output.some(told['records'], 'record')} to care for")
    output.facts(
        [
            ("next drop", told["next_drop"] or "not known: next_drop under [list.NAME.care]"),
            *_cass_facts(told["cass"]),
            *_coding_facts(told["coding"]),
            *_stamp_facts(told),
            ("PAF", _paf(told["paf"])),
        ]
    )
    for sentence in told["cass"]["differences"] if told["cass"] else ():
        output.say(f"{sentence}.", "yellow")
    if told["due"]:
        output.say()
        rows = [(NAMES[due["kind"]], "now" if due["due"] else due["when"], due["why"]) for due in told["due"]]
        output.table(["due", "on", Column("because", wraps=True)], rows)
    if told["jobs"]:
        output.say()
        print_jobs(told["jobs"])


def _ran(run: dict[str, Any]) -> str:
    engine = f" by {run['engine']}" if run["engine"] else ""
    note = f", {run['note']}" if run["note"] and run["note"] not in engine else ""
    return f"on {run['processed_on']}{engine}{note} (job {run['job']})"


def _cass_facts(cass: dict[str, Any] | None) -> list[tuple[str, object]]:
    if cass is None:
        return [("CASS", "never run")]
    rate = None if cass["rate"] is None else f"{cass['rate']} % of what was sent, {cass['grade']}"
    window = cass["window"]
    return [
        ("CASS", _ran(cass)),
        ("its data of", cass["database_date"] or "not known"),
        ("mail to", f"{cass['valid_to']}, by {_BY[cass['ruled_by']]}"),
        ("matched to", window["match_to"]),
        ("5-digit mail to", window["five_digit_to"]),
        ("printed to", cass["printed"]),
        ("coded then", rate),
    ]


_BY = {
    "rule": "the window of its data",
    "printed": "the 3553",
    "cap": "the client's cap",
    "carrier_route": "the cap for carrier route",
}


def _coding_facts(coding: dict[str, Any]) -> list[tuple[str, object]]:
    if coding["rate"] is None:
        return [("coded now", "nobody to mail to")]
    dpv = ", ".join(f"{count:,} {word}" for word, count in coding["dpv"].items() if count)
    flags = {"vacant": "vacant", "no_stat": "No-Stat", "cmra": "CMRA"}
    found = ", ".join(f"{coding[name]:,} {word}" for name, word in flags.items() if coding[name])
    return [
        ("coded now", f"{coding['rate']} %, {coding['grade']}; {coding['needs_cass']:,} wait for CASS"),
        ("DPV", dpv),
        ("found", found),
        ("automation", output.some(coding["automation"], "mailable record")),
    ]


def _stamp_facts(told: dict[str, Any]) -> list[tuple[str, object]]:
    stamps, held = told["move_update"], told["held"]
    drop = "" if stamps["live_at_drop"] is None else f", {stamps['live_at_drop']:,} at the drop"
    live = f"{stamps['live']:,} of {stamps['mailable']:,} mailable today{drop}; {stamps['missing']:,} have none"
    days = "" if stamps["newest"] is None else f"{stamps['oldest']} to {stamps['newest']}"
    waiting = ", ".join(f"{count:,} {reason}" for reason, count in held.items() if count)
    return [
        ("NCOALink", _ran(stamps["last"]) if stamps["last"] else "never run"),
        ("stamped", live if stamps["needed"] else f"{live}; its class of mail needs none"),
        ("stamps of", days),
        ("held for it", waiting),
    ]


def _paf(paf: dict[str, Any]) -> str:
    return f"{paf['state']}, to {paf['expires_on']}" if paf["expires_on"] else str(paf["state"])
