"""`listkeeper inspect`, `plan`, `apply` and `undo`: what a return file says, would do, does, and did."""

from __future__ import annotations

import json as json_text
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, PasswordFile, Verbose, enter
from daemon.output import Column

if TYPE_CHECKING:
    from daemon.returns.planned import PlannedRecord

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A notification file, the zip that holds it, or an engine's answer.")
]
JobNumber = Annotated[
    int | None, typer.Option("--job", metavar="JOB", help="The care job that FILE is the answer to: NCOALink or CASS.")
]
Preset = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose column names the answer has. Default: found from its header."),
]
MapFile = Annotated[
    Path | None, typer.Option("--map", metavar="MAP.toml", help="The answer's own column names, instead of a preset.")
]
Reports = Annotated[
    list[Path] | None,
    typer.Option("--report", metavar="FILE", help="PS Form 3553 or Processing Summary Report that came along."),
]
PLAN_TITLES = f"{'line':>8}  {'outcome':<10}  {'reason':<24}  list, record"
FIRST = 200  # rows of a plan that a terminal shows
WORDS = {
    "applied": "applied as batch {batch}",
    "planned": "planned; nothing was written",
    "repeat": "applied before, as batch {batch}; nothing was done",
    "stopped": "stopped; nothing was applied",
    "set_aside": "set aside; nothing was applied",
    "not_applied": "not applied; nothing was changed",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    panel = "Return files"
    app.command("inspect", rich_help_panel=panel)(inspect)
    app.command("plan", rich_help_panel=panel)(plan)
    app.command("apply", rich_help_panel=panel)(apply)
    app.command("undo", rich_help_panel=panel)(undo)


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A notification file, its zip, or a list file.")],
    show_names: Annotated[
        bool, typer.Option("--show-names", metavar="", help="Show names and streets, which are masked.")
    ] = False,
    password_file: PasswordFile = None,
    json: Json = False,
) -> None:
    """Say what a file is and what it says. Touches no database.

    Example: [bold]listkeeper inspect P12345626.021[/]
    """
    from daemon.commands.inspected import print_inspected
    from daemon.config import home_folder
    from daemon.inspect import inspect_file
    from daemon.returns.several import exit_code, read_password

    with output.telling() as tell:
        password = read_password(password_file)
        result = inspect_file(file, password=password, home=home_folder(), show_names=show_names, progress=tell)
    if json:
        output.document(result)
    else:
        print_inspected(result)
    raise typer.Exit(exit_code([result]))


def plan(
    file: File,
    *,
    job: JobNumber = None,
    preset: Preset = None,
    map_file: MapFile = None,
    report: Reports = None,
    password_file: PasswordFile = None,
    all_rows: Annotated[
        bool, typer.Option("--all", metavar="", help=f"Every record on a terminal, not the first {FIRST}.")
    ] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Say what apply would do, record by record. Writes nothing.

    Example: [bold]listkeeper plan P12345626.021[/]
    """
    from daemon.care.arrivals import plan_any
    from daemon.returns.several import exit_code, read_password

    of_answer = _of_answer(job, preset=preset, map_file=map_file, report=report)
    house = enter(verbose)
    with TemporaryFile("w+", encoding="utf-8") as kept:
        with output.telling() as tell:
            records = _keep_rows(kept, as_json=json, most=FIRST if output.is_terminal() and not all_rows else None)
            if job is not None:
                from daemon.care.apply import plan_answer

                result = plan_answer(house, file, job, **of_answer, records=records, progress=tell)
            else:
                result = plan_any(house, file, password=read_password(password_file), records=records, progress=tell)
        kept.seek(0)
        if json:
            _document_with_rows(result, kept)
        else:
            output.lines((line.rstrip("\n"), _outcome(line)) for line in kept)
            print_result(result)
    raise typer.Exit(exit_code([result]))


def _of_answer(
    job: int | None, *, preset: str | None, map_file: Path | None, report: list[Path] | None
) -> dict[str, Any]:
    """Return what goes with an engine's answer; it makes sense with a job only."""
    if job is None and (preset or map_file or report):
        raise typer.BadParameter("belongs to an engine's answer: name its job with --job", param_hint="--job")
    if preset and map_file:
        raise typer.BadParameter("give the one or the other", param_hint="--preset, --map")
    return {"preset": preset, "map_file": map_file, "reports": tuple(report or ())}


def _keep_rows(kept: IO[str], *, as_json: bool, most: int | None) -> Any:
    """Return what takes the records of a plan in and keeps them beside, since the tally is told with them."""

    def lines(records: Iterator[PlannedRecord]) -> None:
        kept.write(f"{PLAN_TITLES}\n")
        for each in islice(records, most):
            kept.write(f"{plan_row(each._asdict())}\n")
        more = sum(1 for _ in records)
        kept.write(f"{'':>8}  … and {more:,} more; --all shows every one\n\n" if more else "\n")

    def objects(records: Iterator[PlannedRecord]) -> None:
        for number, each in enumerate(records):
            kept.write(",\n    " if number else "\n    ")
            kept.write(json_text.dumps(each._asdict(), ensure_ascii=False))

    return objects if as_json else lines


def _outcome(line: str) -> str:
    """Return the outcome that a line of a plan has: it gives the line its colour."""
    return line[10:20].strip()


def plan_row(record: dict[str, Any]) -> str:
    """Return one line of a plan."""
    who = f"{record['list']} {record['record_id']}".strip() or "–"
    return f"{record['line']:>8}  {record['outcome']:<10}  {record['reason']:<24}  {who}"


def _document_with_rows(result: dict[str, object], kept: IO[str]) -> None:
    """Print the result as one document; its records come from where they were kept, never all in memory."""
    sys.stdout.write(json_text.dumps(result, ensure_ascii=False, indent=2).removesuffix("\n}"))
    sys.stdout.write(',\n  "records": [')
    shutil.copyfileobj(kept, sys.stdout)
    sys.stdout.write("\n  ]\n}\n")


def apply(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Notification files or their zips; one answer with --job.")
    ],
    *,
    job: JobNumber = None,
    preset: Preset = None,
    map_file: MapFile = None,
    report: Reports = None,
    accept_large_change: Annotated[
        bool,
        typer.Option(
            "--accept-large-change", metavar="", help="Go on where a file would change more of a list than allowed."
        ),
    ] = False,
    password_file: PasswordFile = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Apply files, each whole or not at all. The same file again does nothing.

    With --job, FILE is what an engine answered to a job of `listkeeper care`.

    Example: [bold]listkeeper apply P12345626.zip --password-file keys/acs-zip[/]
    """
    from daemon.returns.several import apply_several, exit_code, read_password

    of_answer = _of_answer(job, preset=preset, map_file=map_file, report=report)
    if job is not None and len(files) > 1:
        raise typer.BadParameter("an answer is one file; its papers are named with --report", param_hint="FILE")
    password = read_password(password_file)
    house = enter(verbose)
    with output.telling() as tell:
        if job is not None:
            from daemon.care.apply import apply_answer

            results = [
                apply_answer(house, files[0], job, **of_answer, accept_large_change=accept_large_change, progress=tell)
            ]
        else:
            results = apply_several(
                house, files, password=password, accept_large_change=accept_large_change, progress=tell
            )
    if json:
        output.document(results[0] if len(files) == 1 else results)
    else:
        for number, result in enumerate(results):
            if number:
                output.say()
            print_result(result)
    raise typer.Exit(exit_code(results))


def undo(
    batch: Annotated[int, typer.Argument(metavar="BATCH", help="Number of the batch.")],
    plan_only: Annotated[
        bool, typer.Option("--plan", metavar="", help="Say what it would do, and do nothing.")
    ] = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Put everyone in a batch back as before, except whoever anything has changed since.

    Example: [bold]listkeeper undo 7 --plan[/]
    """
    from daemon.returns.undo import undo_batch
    from daemon.telemetry import log

    house = enter(verbose)
    with output.telling() as tell:
        tell("undoing", 0, None)
        result: dict[str, Any] = undo_batch(house, batch, plan=plan_only)
    log("batch_undone", batch=batch, undone=result["undone"], conflicts=len(result["conflicts"]), plan=plan_only)
    if json:
        output.document(result)
        return
    print_undo(result, plan=plan_only)


def print_undo(result: dict[str, Any], *, plan: bool = False) -> None:
    """Print what an undo did, or would do."""
    would = "would be " if plan else ""
    if not result["undone"] and not result["conflicts"]:
        output.heading(f"Batch {result['batch']}: nobody to put back; it changed nobody, or was undone before.")
        return
    output.heading(f"Batch {result['batch']}: {output.some(result['undone'], 'addressee')} {would}put back as before.")
    if result["conflicts"]:
        left = output.some(len(result["conflicts"]), "addressee")
        output.say(f"{left} {would}left alone, since something later made a change:", "yellow")
        rows = [(each["list"], each["record_id"], _by(each["changed_by"])) for each in result["conflicts"]]
        output.table(["list", "record", "changed by"], rows)


def _by(changed_by: object) -> str:
    return f"batch {changed_by}" if isinstance(changed_by, int) else str(changed_by)


def print_result(result: dict[str, Any]) -> None:
    """Print the result of one file: the tally, by list and by reason, and what to know about it."""
    status = result["status"]
    said = WORDS[status].format(batch=result.get("batch"))
    output.say(f"{result['file']}: {said}", {"applied": "bold green", "planned": "bold"}.get(status, "bold yellow"))
    if "error" in result:
        output.say(str(result["error"]), "red" if status != "stopped" else "yellow")
    if "read" not in result:
        return
    print_tally(result)
    if result.get("certified") is False:
        output.say("Simulated: not CASS certified, and no proof of anything.", "bold yellow")
    if (coding := result.get("coding")) is not None:
        output.say(f"Coded: {coding['coded']} of {coding['of']}, {coding['rate']} %: {coding['grade']}")
    charges = result.get("charges")
    if charges and charges["counted"] != "0.00":
        header = f", header says {charges['header']}" if charges["header"] is not None else ""
        output.say(f"Charges: {charges['counted']} counted{header}")
    output.warnings(result["warnings"])
    if result["review"] and status == "applied":
        output.note(f"{output.some(result['review'], 'question')} to answer: listkeeper review list")


def print_tally(result: dict[str, Any]) -> None:
    """Print the six piles, in all and by list, and the reasons."""
    print_piles(result)
    if result["reasons"]:
        output.say()
        output.counts("reason", result["reasons"])


def print_piles(result: dict[str, Any]) -> None:
    """Print the six piles, in all and by list."""
    from daemon.returns.report import PILES

    columns: list[Column | str] = ["", Column("read", number=True), *(Column(pile, number=True) for pile in PILES)]
    rows: list[list[object]] = [["all", result["read"], *(result[pile] for pile in PILES)]]
    for name, counts in result["lists"].items():
        rows.append([name, sum(counts.values()), *(counts.get(pile, 0) for pile in PILES)])
    output.table(columns, rows)
    if result.get("answered"):
        output.say(f"Questions of before that are answered now: {result['answered']:,}")
