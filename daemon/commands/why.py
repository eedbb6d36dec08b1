"""`listkeeper why`: one addressee's whole story."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from daemon import output
from daemon.commands.words import Json, ListName, enter

WORDS = {
    "imported": "came in with the client's file",
    "client_file": "the client's file changed it",
    "sent": "went out to an engine",
    "labels": "a label was written",
    "mailed": "was mailed",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why", rich_help_panel="Lists and labels")(why)


def why(
    name: ListName,
    record_id: Annotated[str, typer.Argument(metavar="RECORD_ID", help="The client's own key.")],
    json: Json = False,
) -> None:
    """Tell everything that ever happened to one addressee, and from which file and line.

    Example: [bold]listkeeper why spring S0042[/]
    """
    from daemon.returns.why import tell_why

    result = tell_why(enter(), name, record_id)
    if json:
        output.document(result)
        return
    print_story(result)


def print_story(result: dict[str, Any]) -> None:
    """Print where an addressee stands, then the history."""
    now = result["now"]
    reason = f" ({now['status_reason']})" if now["status_reason"] else ""
    locked = ", locked" if now["locked"] else ""
    output.heading(f"{result['list']} {result['record_id']}: {now['status']}{reason}{locked}")
    output.facts(
        [
            ("name", now["name"]),
            ("address", now["address"]),
            ("since", now["address_since"]),
            ("keyline", now["keyline"]),
            ("last move", now["move_month"]),
            ("coded", _coded(now["coding"])),
            ("stamp", _stamped(now["stamp"])),
            ("waits", ", ".join(f"move due {each['due']} (batch {each['batch']})" for each in now["waiting"])),
            ("asks", ", ".join(f"question {each['id']}: {each['reason']}" for each in now["open_questions"])),
        ]
    )
    output.say()
    for entry in result["history"]:
        output.say(f"{entry['at'][:16].replace('T', ' ')}  {headline(entry)}", "dim" if entry["undone"] else "bold")
        for line in _below(entry):
            output.say(f"{'':18}{line}", "dim" if line.startswith("sha256") else "", indent=20)


def _coded(coding: dict[str, Any] | None) -> str:
    if coding is None:
        return ""
    facts = "".join(f", {name.replace('_', '-')}" for name in ("vacant", "no_stat", "cmra") if coding[name] == "Y")
    return f"DPV {coding['dpv'] or 'blank'}{facts}, {coding['processed_on']}, job {coding['job']}{_warned(coding)}"


def _stamped(stamp: dict[str, Any] | None) -> str:
    return f"{stamp['method']} {stamp['processed_on']}, job {stamp['job']}{_warned(stamp)}" if stamp else ""


def _warned(of: dict[str, Any]) -> str:
    return "" if of["certified"] else " (simulated, not CASS certified)"


def headline(entry: dict[str, Any]) -> str:
    """Return what an entry of the history comes to, in a few words."""
    if entry["what"] == "undone":
        return f"batch {entry['batch']} was undone"
    if entry["what"] == "question":
        return f"question {entry['reason']}: {entry['outcome']}"
    same = entry["outcome"] == entry["reason"]
    told = WORDS.get(entry["what"]) or (entry["outcome"] if same else f"{entry['outcome']}: {entry['reason']}")
    if entry["status"] not in (None, "mailable", entry["outcome"]):
        told = f"{told} → {entry['status']}"
    return f"{told} (undone since)" if entry["undone"] else told


def _below(entry: dict[str, Any]) -> list[str]:
    line = f" line {entry['line']}" if entry["line"] else ""
    batch = f", batch {entry['batch']}" if entry["batch"] else ""
    place = f"{entry['file']}{line}{batch}" if entry["file"] else ""
    sha256 = f"sha256 {entry['sha256'][:16]}…" if entry["sha256"] else ""
    moved = (f"from {entry['from']}", f"to {entry['to']}") if entry["from"] else (entry["to"],)
    return [part for part in (entry["said"], *moved, entry["note"], place, sha256) if part]
