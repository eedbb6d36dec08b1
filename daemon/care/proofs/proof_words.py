"""What a person reads in the evidence of a client: what is in it, and how each list stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from textwrap import wrap
from typing import Any, Final

from daemon.care.cycles import MOVE_UPDATE_DAYS
from daemon.care.facts import UNCERTIFIED

WIDTH: Final = 78
MEMBERS: Final = (
    ("summary.txt", "how each list stands on the day of the drop, to read"),
    ("summary.json", "the same for programs"),
    (
        "stamps.csv",
        "one line for each mailable record: its Move Update stamp, from which job, and whether it holds on the day of "
        "the drop. Records are named by the client's own keys; there are no names and no addresses in it",
    ),
    (
        "drop/",
        "where it is of one drop: its manifest, and its report to print (report.pdf) and for programs (report.json)",
    ),
    ("jobs/TOKEN/job.json", "each job at an NCOALink or CASS engine: what was sent, when, and the SHA-256 of it all"),
    ("jobs/TOKEN/paper-*", "its PS Form 3553 or NCOALink Processing Summary Report, byte for byte as it came"),
    ("jobs/TOKEN/batch-*.json", "what its answer did to the list: every record on one pile, counted"),
    ("pafs/", "the Processing Acknowledgement Forms of the client, with their signed originals where we have them"),
    ("SHA256SUMS", "the hash of each of these files: `sha256sum -c SHA256SUMS`"),
)


def readme(client: str, drop: date, written_at: str) -> str:
    """Return what is in the evidence, in plain words."""
    parts = [
        f"Evidence of list care for {client}, for mail of {drop.isoformat()}",
        f"Written by Listkeeper on {written_at}. Records, statuses and codings are as they stood at that moment; jobs, "
        "stamps and PAFs are those of the day of the drop and before.",
        f"A Move Update stamp says that a record, at its present address, was held against the moves. It holds for "
        f"{MOVE_UPDATE_DAYS} days from the day on which it was processed.",
        f"A job that says {UNCERTIFIED.upper()} was answered by a simulator or an engine without certification. It "
        "proves nothing to the USPS.",
    ]
    text = "\n\n".join("\n".join(wrap(part, WIDTH)) for part in parts)
    members = "\n".join(
        "\n".join(wrap(f"{name:<26}{what}", WIDTH, subsequent_indent=" " * 26, break_on_hyphens=False))
        for name, what in MEMBERS
    )
    return f"{text}\n\n{members}\n"


def summary_text(summary: Mapping[str, Any]) -> str:
    """Return how each list stands, to read."""
    title = f"{summary['client']}: list care for mail of {summary['drop']}"
    parts = [f"{title}\n{'=' * min(len(title), WIDTH)}"]
    for told in summary["lists"]:
        lacks = [f"  ! {lack}" for lack in lacks_of(told)] or ["  Nothing is lacking."]
        parts.append("\n".join([f"List {told['list']}", "-" * WIDTH, *lacks, "", *_lines(told)]))
    return "\n\n".join(parts) + "\n"


def lacks_of(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what one list lacks on the day of the drop, a sentence each."""
    update, cass = told["move_update"], told["cass"]
    without = update["expired"] + update["none"]
    if update["needed"] and without:
        of = f"{without:,} of {update['mailable']:,} mailable records"
        yield f"no Move Update stamp that holds: {of} ({update['none']:,} none, {update['expired']:,} expired)"
    if update["uncertified"]:
        yield f"{update['uncertified']:,} stamps come from a job that is {UNCERTIFIED.upper()}"
    if cass is None:
        yield "no CASS run was applied"
    elif not cass["holds_on_drop"]:
        yield f"its CASS run holds only to {cass['valid_to']}"
    if cass is not None and not cass["certified"]:
        yield f"its CASS run is {UNCERTIFIED.upper()}"
    if told["paf"] is None:
        yield "no PAF is in force"


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    update, cass, coding, paf = (told[name] for name in ("move_update", "cass", "coding", "paf"))
    yield from _facts("Records", [(name, f"{count:,}") for name, count in told["records"].items()])
    stamps = [(name, f"{update[name]:,}") for name in ("mailable", "valid", "expired", "none")]
    stamps += [(f"{name} days old", f"{count:,}") for name, count in update["by_age"].items()]
    stamps += [(f"by {name}", f"{count:,}") for name, count in update["by_method"].items()]
    yield from _facts("Move Update stamps of mailable records", stamps)
    rate = "-" if coding["rate"] is None else f"{coding['rate']} %, {coding['grade']}"
    yield from _facts("Coding", [("of", f"{coding['of']:,}"), ("coded", f"{coding['coded']:,}"), ("rate", rate)])
    if cass is not None:
        release = cass["database_date"] or "not known; the oldest that could be used is presumed"
        printed = cass["printed_to"] or "-"
        facts = [("processed on", cass["processed_on"]), ("database of", release), ("mail until", cass["mail_to"])]
        facts += [("printed on the 3553", printed), ("the earliest holds", f"{cass['valid_to']} ({cass['ruled_by']})")]
        yield from _facts(f"CASS, job {cass['job']}", facts)
    if paf is not None:
        facts = [("PAF id", paf["paf_id"] or "-"), ("valid to", paf["expires_on"]), ("we are", paf["role"])]
        yield from _facts(f"PAF {paf['paf']}", facts)
    yield f"  Jobs: {', '.join(map(str, told['jobs'])) or 'none'}"


def _facts(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    yield f"  {title}"
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        yield f"    {name:<{width}}  {value}"
    yield ""
