"""How the steps of the story are printed. What a command prints at length is shortened here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from textwrap import wrap
from typing import Any, Final

from daemon import output
from daemon.commands import care, files, review
from daemon.commands.files import PLAN_TITLES, plan_row
from daemon.demo.story import Step
from daemon.returns.report import PILES

WIDTH: Final = 100  # where nobody sees it
LAST: Final = 6  # jobs of the year that are shown
_WORDS: Final = re.compile(r"(?:--[\w-]+ )?(?:(?!--)(?:'[^']*'|\S)+)|\S+")  # an option stays with its value
_TOGETHER: Final = "\xa0"  # a blank at which no line is broken
_LEFT_OUT: Final = ("coded", "standardised", "ncoa_no_match")
_KNOWN_BY_NOW: Final = ("cycle", "next")  # rounds of which the reader has seen every command


class Teller:
    """Prints step after step: the day where it is another one, why, the command, and what it came to."""

    def __init__(self) -> None:
        self._day: date | None = None

    def __call__(self, step: Step) -> None:
        """Print one step."""
        name, _, part = step.name.partition("-")
        if step.why:
            rule(step.why, step.day if step.day != self._day else None)
            self._day = step.day
        elif name in _KNOWN_BY_NOW and part == "engine":
            return
        _command(step.command)
        if part != "out" or (step.why and name not in _KNOWN_BY_NOW):
            _PRINTERS[step.name](step.result)


def rule(text: str, day: date | None = None, *, apart: bool = False) -> None:
    """Print a line that begins a step; one that begins a day, or stands apart, has an empty line above it."""
    from rich.text import Text

    out = output.console()
    if day or apart:
        output.say()
    if out.is_terminal:
        out.rule(Text.assemble((f"{day}  " if day else "", "dim"), (text, "bold")), align="left", style="dim")
    else:
        print(f"-- {f'{day}  ' if day else ''}{text}")


def _command(text: str) -> None:
    """Print a command; where it takes several lines, so that it may be copied."""
    lines = [""]
    width = _width() - len("$  \\")
    for words in _WORDS.findall(text):
        if lines[-1] and len(lines[-1]) + 1 + len(words) > width:
            lines.append("")
        lines[-1] += f" {words}" if lines[-1] else words
    for line in " \\\n  ".join(lines).splitlines():
        output.say(line if line.startswith("  ") else f"$ {line}", "cyan")


def _width() -> int:
    out = output.console()
    return out.width if out.is_terminal else WIDTH


def _say(text: str, style: str = "", indent: int = 0) -> None:
    """Print a line, wrapped also where nobody sees it."""
    for line in wrap(text, _width(), subsequent_indent=" " * indent, break_on_hyphens=False):
        output.say(line.replace(_TOGETHER, " "), style)


def _counted(of: Mapping[str, int]) -> str:
    """Return how often each of something came, the most frequent first; what did not come is left out."""
    found = sorted(((name, count) for name, count in of.items() if count), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count:,}{_TOGETHER}{name}" for name, count in found)


def _create(result: dict[str, Any]) -> None:
    keys = result["keyline"]
    _say(f"List {result['list']} is there; keylines {keys['source']}, {keys['attribute']}, {keys['length']} characters")


def _import(result: dict[str, Any]) -> None:
    piles = {name: result[name] for name in ("added", "changed", "unchanged", "kept", "rejected")}
    aside = f" → {result['rejects_file']}" if result["rejects_file"] else ""
    _say(f"{result['read']} read: {_counted(piles)}{aside}")


def _labels(result: dict[str, Any]) -> None:
    _say(f"{result['labels']} labels of {result['list']} → {result['file']}")


def _out(result: dict[str, Any]) -> None:
    told = f"Job {result['job']}: {output.some(result['sent'], 'record')} of {result['list']}"
    _say(f"{told} for {care.NAMES[result['kind']]} → {result['file']}")


def _engine(result: dict[str, Any]) -> None:
    _say(result["said"], "yellow")


def _back(result: dict[str, Any]) -> None:
    """Print what became of an engine's answer."""
    coding = result.get("coding")
    rate = f"; {coding['rate']} % coded, {coding['grade']}" if coding else ""
    _say(f"Batch {result['batch']}{_warned(result)}: {_piles(result)}{rate}", "yellow")
    _say(_counted(result["reasons"]), indent=2)


def _warned(of: Mapping[str, Any]) -> str:
    return "" if of["certified"] else ", not CASS certified"


def _applied(result: dict[str, Any]) -> None:
    _say(f"Batch {result['batch']}: {_piles(result)}", "green")


def _piles(result: dict[str, Any]) -> str:
    return _counted({pile: result[pile] for pile in PILES})


def _paf(result: dict[str, Any]) -> None:
    _say(f"PAF {result['paf']} for all lists of {result['client']} is entered; it is valid to {result['expires_on']}.")


def _plan(result: dict[str, Any]) -> None:
    output.say(PLAN_TITLES, "bold")
    output.lines((plan_row(record), record["outcome"]) for record in result["records"])


def _apply(result: dict[str, Any]) -> None:
    output.say(f"{result['file']}: applied as batch {result['batch']}", "bold green")
    files.print_piles(result)
    reasons = result["reasons"]
    several = {reason: count for reason, count in reasons.items() if count > 1}
    _say(f"reasons: {_counted(several)}, and {len(reasons) - len(several)} more, once each", indent=2)
    _say(f"Charges: {result['charges']['counted']} counted, header says {result['charges']['header']}")
    for warning in result["warnings"]:
        _say(f"warning: {warning}", "yellow")


def _night(result: dict[str, Any]) -> None:
    _applied(result["due"])


def _undo(result: dict[str, Any]) -> None:
    left = ", ".join(each["record_id"] for each in result["conflicts"])
    _say(
        f"Batch {result['batch']}: {result['undone']} put back as before; changed by something later, and left: {left}"
    )


def _why(result: dict[str, Any]) -> None:
    """Print an addressee's story, but for what changed nothing and what was undone."""
    now, history = result["now"], result["history"]
    output.heading(f"{result['record_id']}: {now['status']} ({now['status_reason']}), {now['address']}")
    if stamp := now["stamp"]:
        output.say(f"Move Update: {stamp['processed_on']}, job {stamp['job']}{_warned(stamp)}", "yellow")
    shown = [entry for entry in history if _is_shown(entry)]
    for entry in shown:
        _entry(entry)
    undone = ", undone" if any(entry["undone"] for entry in history) else ""
    output.say(f"… and {len(history) - len(shown)} more: came in, sent out, coded, no match{undone}", "dim")


def _is_shown(entry: dict[str, Any]) -> bool:
    return entry["what"] == "notice" and not entry["undone"] and entry["reason"] not in _LEFT_OUT


def _entry(entry: dict[str, Any]) -> None:
    """Print one entry in a line or two."""
    from daemon.commands.why import headline

    from_where = f"{entry['file']} line {entry['line']}, batch {entry['batch']}".replace(" ", _TOGETHER)
    _say(f"{entry['at'][:10]}  {headline(entry)}: {entry['said']}; {from_where}", indent=12)


def _question(result: dict[str, Any]) -> None:
    for item in result["items"]:
        output.heading(f"{item['id']}  {item['reason']}  {item['list']} {item['record_id']}")
        seen = item["seen"]
        output.facts(
            [
                ("    from", seen["old_address"]),
                ("    to", seen["new_address"]),
                ("    on file", item["on_file"]),
                ("    accept", item["would_do"]),
            ]
        )


def _due(result: dict[str, Any]) -> None:
    care.print_lists(result["lists"])


def _year(result: dict[str, Any]) -> None:
    jobs = result["jobs"]
    output.say(f"… {len(jobs[:-LAST])} of before", "dim")
    care.print_jobs(jobs[-LAST:])


def _proof(result: dict[str, Any]) -> None:
    (known,) = result["lists"]
    stamps = known["move_update"]
    output.say(f"Evidence for {result['client']}, drop of {result['drop']} → {result['file']}", "bold green")
    _say(
        f"{result['members']} files, {result['papers']} papers; {stamps['valid']} of {stamps['mailable']} stamped, "
        f"CASS to {known['cass']['valid_to']}, PAF to {known['paf']['expires_on']}"
    )
    for warning in result["warnings"]:
        _say(f"warning: {warning}", "yellow")


_ROUNDS: Final = ("cass", "ncoa", "cycle", "rescue", "next")
_PRINTERS: Final[Mapping[str, Callable[[dict[str, Any]], None]]] = {
    "create": _create,
    "import": _import,
    "correct": _import,
    "labels": _labels,
    "plan": _plan,
    "apply": _apply,
    "again": _applied,
    "why": _why,
    "path": _why,
    "review": _question,
    "accept": review.print_answers,
    "undo": _undo,
    "night": _night,
    "paf": _paf,
    "due": _due,
    "year": _year,
    "proof": _proof,
    **{f"{name}-out": _out for name in _ROUNDS},
    **{f"{name}-engine": _engine for name in _ROUNDS},
    **{f"{name}-back": _back for name in _ROUNDS},
}
