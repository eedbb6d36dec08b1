"""What `listkeeper drop report` prints."""

from __future__ import annotations

from typing import Any

from daemon import output
from daemon.output import Column

FILES_SHOWN = 10


def print_report(result: dict[str, Any]) -> None:
    """Print the report of a drop: what became of its records, the seven steps, the reasons, the worst files."""
    drop, told = result["drop"], result["deliverability"]
    manifest, quantity = result["manifest"], result["quantity"]
    output.heading(f"Drop {drop['drop']} of {drop['client']}: {drop['state']}")
    share = "" if told["share"] is None else f"{told['share']} % mailable"
    wanted = quantity["wanted"] and f"{quantity['wanted']:,}, and {quantity['available']:,} can be mailed"
    coding = told["coding"]
    output.facts(
        [
            ("offer", drop["offer"]),
            ("day", drop["mailed_on"] or drop["date"]),
            ("lists", ", ".join(drop["lists"])),
            ("records", manifest.get("read")),
            ("to print", manifest.get("print_output")),
            ("seeds", result["seeds"]),
            ("wanted", wanted),
            ("deliverability", share),
            ("coding", "" if coding["rate"] is None else f"{coding['rate']} % coded, {coding['grade']}"),
            ("duplicates", result["duplicates"]["pairs"]),
            ("label files", len(result["labels"])),
        ]
    )
    if value := told.get("value"):
        low, high = value["better_used"]
        output.facts([("not spent", f"${value['not_spent']}"), ("better used", f"${low} to ${high}")])
    output.say()
    numbers = [Column(name, number=True) for name in ("in", "removed", "out")]
    steps = [
        (each["step"], each["in"], each["removed"], each["out"], "overridden" if each["override"] else each["ok"])
        for each in result["steps"]
    ]
    output.table(["step", *numbers, "ok"], steps)
    if result["layers"]:
        output.say()
        layers = [(each["reason"], each["gross"], each["net"]) for each in result["layers"]]
        output.table(["reason", Column("met", number=True), Column("removed", number=True)], layers)
    _print_sources(result)
    output.warnings(result["alerts"])
    if "file" in result:
        output.say(f"Report → {result['file']}", "bold green")


def _print_sources(result: dict[str, Any]) -> None:
    worst = [each for each in result["sources"] if each["rejected"] + each["held"]][:FILES_SHOWN]
    if not worst:
        return
    output.say()
    names = ("records", "rejected", "held")
    rows = [(each["file"], each["list"], *(each[name] for name in names)) for each in worst]
    output.table([Column("source file", wraps=True), "list", *(Column(name, number=True) for name in names)], rows)
