"""`listkeeper review`: the questions that wait for a person."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, complete_list, enter

group = typer.Typer(no_args_is_help=True, help="Answer what only a person can answer.")
Ids = Annotated[list[int], typer.Argument(metavar="ID", help="Numbers of questions, as `review list` shows them.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the answer.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="review", rich_help_panel="Return files")


@group.command("list")
def list_(
    name: Annotated[
        str | None, typer.Option("--list", metavar="NAME", help="Of one list only.", autocompletion=complete_list)
    ] = None,
    json: Json = False,
) -> None:
    """List the open questions: what was seen, and what accepting would do.

    Example: [bold]listkeeper review list --list spring[/]
    """
    from daemon.returns.review import list_open

    result = list_open(enter(), name)
    if json:
        output.document(result)
        return
    print_questions(result)


def print_questions(result: dict[str, Any]) -> None:
    """Print open questions, a block each."""
    items = result["items"]
    if not items:
        output.say("No question is open.")
        return
    for item in items:
        print_question(item)
    output.note(f"{len(items):,} open. Answer: listkeeper review accept ID… or reject ID…, with --note TEXT")


def print_question(item: dict[str, Any]) -> None:
    """Print one open question."""
    who = f"{item['list']} {item['record_id']}" if item["record_id"] is not None else "addressee not known"
    output.heading(f"{item['id']}  {item['reason']}  {who}")
    seen = item["seen"]
    output.facts(
        [
            ("    file", f"{item['file']} line {item['line']}, batch {item['batch']}"),
            ("    seen", _seen(seen)),
            ("    key", f"{seen['account']} {seen['key']}".strip()),
            ("    name", seen["name"]),
            ("    from", seen["old_address"]),
            ("    to", seen["new_address"]),
            ("    on file", ", ".join(part for part in (item["name_on_file"], item["on_file"]) if part)),
            ("    may be", ", ".join(f"{each['list']}:{each['record_id']}" for each in item["candidates"])),
            ("    accept", item["would_do"]),
        ]
    )
    output.say()


def _seen(seen: dict[str, Any]) -> str:
    if seen["kind"] == "nixie":
        return f"nixie {seen['code']}, fulfilled {seen['fulfilled']}"
    code = f" code {seen['code']}" if seen["code"] else ""
    return f"COA {seen['move_type']}{code}, moved {seen['move_date'] or 'on a day not given'}"


@group.command("accept")
def accept(
    ids: Ids,
    note: Note = "",
    record: Annotated[
        str | None, typer.Option(metavar="LIST:RECORD_ID", help="Whom a question without an addressee is about.")
    ] = None,
    json: Json = False,
) -> None:
    """Say yes: do what the question says, as a batch of its own that can be undone.

    Example: [bold]listkeeper review accept 12 --record spring:S0042 --note "same person, misprinted key"[/]
    """
    from daemon.returns.review import accept as say_yes

    result: dict[str, Any] = say_yes(enter(), ids, note=note, record=_record(record))
    if json:
        output.document(result)
        return
    print_answers(result)


@group.command("reject")
def reject(ids: Ids, note: Note = "", json: Json = False) -> None:
    """Say no: nothing is done, and the question is closed.

    Example: [bold]listkeeper review reject 12 13 --note "another family"[/]
    """
    from daemon.returns.review import reject as say_no

    result: dict[str, Any] = say_no(enter(), ids, note=note)
    if json:
        output.document(result)
        return
    print_answers(result)


def print_answers(result: dict[str, Any]) -> None:
    """Print what became of questions."""
    for item in result["items"]:
        if item.get("batch") is None:
            output.say(f"Question {item['id']}: {item['status']} and closed; nobody was changed.")
        else:
            same = item["outcome"] == item["reason"]
            done = item["outcome"] if same else f"{item['outcome']} ({item['reason']})"
            output.say(f"Question {item['id']}: {item['status']}; {done}, as batch {item['batch']}")


def _record(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    name, colon, record_id = text.partition(":")
    if not (name and colon and record_id):
        raise typer.BadParameter("write it as LIST:RECORD_ID", param_hint="--record")
    return name, record_id
