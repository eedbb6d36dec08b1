"""List care: CASS and NCOALink before the first mailing, and on their clocks for the rest of the year.

The bundled simulator answers in place of an engine. It is called as a function here, since a process for each answer
would take longer than all the rest; the command that is shown does the same.
"""

from __future__ import annotations

import csv
import shlex
from datetime import date, timedelta
from typing import Any, NamedTuple

from daemon.care.apply import apply_answer
from daemon.care.jobs import Kind, list_jobs
from daemon.care.proofs.pafs import add_paf
from daemon.care.proofs.proof import write_proof
from daemon.care.run import run_care
from daemon.care.status import care_status
from daemon.demo import data, post_office
from daemon.demo.story import CLIENT, LIST, Story
from daemon.errors import SetAsideError
from daemon.lists.load import import_file
from daemon.returns.why import tell_why
from daemon.simulator.answer import Request
from daemon.simulator.moves import read_moves
from daemon.simulator.run import answer_file

LICENSEE, PAF_ID, SIGNER, BUREAU = "Movers Inc", "MOVE44424002SPRING", "A. Seed", "Our Bureau"
REPORTS: dict[Kind, str] = {"cass": "3553", "ncoa": "psr"}
Moves = dict[str, str]  # record id to NCOALink return code

# Whom the simulator is told about. Everyone else has not moved.
EARLY: Moves = dict.fromkeys((f"S{number:04}" for number in range(130, 561, 7)), "A") | {
    **{"S0158": "91", "S0200": "92", "S0256": "02", "S0340": "02", "S0403": "01", "S0466": "12", "S0515": "03"},
}
LATE: Moves = dict.fromkeys((f"S{number:04}" for number in range(135, 561, 42)), "A")
*FOUND, GONE, PENDING, _UNKNOWN, _UNKNOWN_TOO = post_office.EXPIRED
RESCUE: Moves = dict.fromkeys(FOUND, "A") | {GONE: "02", PENDING: "66"}
AFTER_ALL: Moves = {PENDING: "A"}


class Whys(NamedTuple):
    """Why a file goes out, is answered, and comes in. What goes without saying is empty."""

    out: str
    engine: str = ""
    back: str = ""


def before_the_first_mailing(story: Story) -> None:
    """Code the list, enter the PAF, hold the list against the moves, and code those who moved."""
    story.days_ago(349)
    whys = Whys(
        "CASS before anything: does the USPS deliver there at all?",
        "The simulator answers where your engine will.",
        "Its answer comes back with a PS Form 3553. Who cannot be found is held.",
    )
    _round(story, "cass", whys)
    _paf(story)
    _round(story, "ncoa", Whys("NCOALink before the first ACS mailing: who has moved?"), moves=EARLY, name="ncoa")
    story.days_ago(348)
    _round(story, "cass", None)


def weeks_later(story: Story) -> None:
    """Ask what is due, and code the list on its cycle."""
    story.days_ago(286)
    story.step(
        "due",
        "Two months after the last CASS: what is due, and why?",
        "listkeeper care status",
        care_status(story.house),
    )
    _round(story, "cass", Whys("CASS first: NCOALink looks up coded addresses only."), name="cycle")


def rescue(story: Story) -> None:
    """Have NCOALink try those whose forwarding orders had expired, and the pending one once more."""
    story.days_ago(284)
    held = len(post_office.EXPIRED)
    whys = Whys(f"NCOALink tries the {held} held: their forwarding orders have expired.")
    _round(story, "ncoa", whys, moves=RESCUE, name="rescue")
    story.days_ago(275)
    back = story.result("rescue-back")
    whys = Whys(
        f"{back['moved']} are found, {back['suppressed']} removed; {held - back['moved'] - back['suppressed']} is "
        "pending, and tried again."
    )
    _round(story, "ncoa", whys, moves=AFTER_ALL, name="next")
    story.step(
        "path",
        "Its whole path, from the nixie to the rescue.",
        f"listkeeper why {LIST} {PENDING}",
        tell_why(story.house, LIST, PENDING),
    )


def the_year_goes_on(story: Story) -> None:
    """Do on its day whatever the list's clocks name, until today; then write the proof.

    Before each CASS a file with a few new people comes in.
    """
    files, late = 0, LATE
    while (coming := _next(story)) is not None and coming[0] <= story.end:
        day, kind = coming
        story.on(day)
        if kind == "cass":
            files += 1
            _additions(story, files)
            _round(story, kind, None)
        else:
            _round(story, kind, None, moves=late)
            late = {}
    story.days_ago(0)
    story.step(
        "year",
        "And so on, new records and all: each job on its clock's day.",
        f"listkeeper care jobs {LIST}",
        list_jobs(story.house, LIST),
    )
    proof = story.folder / f"{LIST}-proof.zip"
    story.step(
        "proof",
        "Today is the next drop. The client wants proof of what was done.",
        f"listkeeper proof {LIST} {proof} --drop {story.end}",
        write_proof(story.house, LIST, proof, drop=story.end),
    )


def _next(story: Story) -> tuple[date, Kind] | None:
    """Return what is due next, CASS before NCOALink, and when: no earlier than it is now."""
    (told,) = care_status(story.house, LIST)["lists"]
    found = [(max(date.fromisoformat(due["when"]), story.today), due["kind"]) for due in told["due"]]
    return min(found, default=None)


def _additions(story: Story, number: int) -> None:
    file = story.folder / f"spring-{number}.csv"
    file.write_text(data.list_file([person.row() for person in data.added(number)]), encoding="utf-8")
    import_file(story.house, LIST, file)


def _paf(story: Story) -> None:
    signed, passed_on = story.today - timedelta(days=3), story.today - timedelta(days=1)
    agent = (BUREAU, "list-administrator", passed_on.isoformat())
    chain = shlex.quote(",".join(agent))
    story.step(
        "paf",
        "Nobody may ask NCOALink without a PAF that all have signed.",
        f"listkeeper paf add {shlex.quote(CLIENT)} --licensee {shlex.quote(LICENSEE)} --paf-id {PAF_ID} "
        f"--signer {shlex.quote(SIGNER)} --signed {signed} --role list-administrator --chain {chain}",
        add_paf(
            story.house,
            CLIENT,
            licensee=LICENSEE,
            paf_id=PAF_ID,
            signed_on=signed.isoformat(),
            signer=SIGNER,
            role="list-administrator",
            chain=[agent],
        ),
    )


def _round(story: Story, kind: Kind, whys: Whys | None, *, moves: Moves | None = None, name: str = "cass") -> None:
    """Send the list out, have the simulator answer, and apply the answer: three steps, or untold."""
    number = len(list_jobs(story.house)["jobs"]) + 1
    sent, answer, report = (story.folder / f"{part}-{number}" for part in (f"to-{kind}", kind, REPORTS[kind]))
    sent, answer, report = sent.with_suffix(".csv"), answer.with_suffix(".csv"), report.with_suffix(".txt")
    out = run_care(story.house, LIST, kind, out=sent)
    told = None
    if whys:
        story.step(f"{name}-out", whys.out, f"listkeeper care run {LIST} --{kind} --out {sent}", out)
    options = [f"--report {report}", f"--as-of {story.today}"]
    if moves is not None:
        file = story.folder / f"moves-{number}.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text, lineterminator="\n").writerows([("record_id", "ncoa_code"), *moves.items()])
        options.insert(0, f"--moves {file}")
        told = read_moves(file)
    sentence = answer_file(kind, sent, answer, report, Request(as_of=story.today, moves=told))
    if whys:
        command = " ".join((f"listkeeper-simulator {kind} {sent} {answer}", *options))
        story.step(f"{name}-engine", whys.engine, command, {"said": sentence})
    back: dict[str, Any] = apply_answer(story.house, answer, out["job"], reports=(report,))
    if back["status"] != "applied":
        raise SetAsideError(str(back["error"]), reason=str(back.get("reason", "")), file=answer.name)
    if whys:
        command = f"listkeeper apply {answer} --job {out['job']} --report {report}"
        story.step(f"{name}-back", whys.back, command, back)
