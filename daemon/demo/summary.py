"""What the story comes to, in numbered lines whose counts close."""

from __future__ import annotations

import csv
from collections import Counter

from daemon.demo import post_office
from daemon.demo.story import LIST, Story
from daemon.lists.show import show_list
from daemon.returns.report import PILES
from daemon.returns.why import tell_why


def summarize(story: Story) -> list[str]:
    """Say what happened and where to look next."""
    return [*_before(story), *_returns(story), *_care(story), *_today(story)]


def _before(story: Story) -> list[str]:
    came, coded, moved = (story.result(name) for name in ("import", "cass-back", "ncoa-back"))
    return [
        f"{came['added']} of {came['read']} rows came in; {came['rejected']} lie in demo/spring.rejects.csv, with the "
        "reason.",
        f"CASS confirmed {coded['coding']['coded']} of {coded['read']}; {coded['held']} are held. Simulated, not CASS "
        "certified.",
        f"NCOALink knew of {moved['moved'] + moved['suppressed']} moves = {moved['moved']} to a new address + "
        f"{moved['suppressed']} to none.",
    ]


def _returns(story: Story) -> list[str]:
    labels, done, undone = (story.result(name) for name in ("labels", "apply", "undo"))
    piles = " + ".join(f"{done[pile]} {pile}" for pile in PILES)
    return [
        f"{labels['labels']} labels: {_first_key(story)} leads back to S0001 and to nobody else.",
        f"{done['read']} records came back = {piles}.",
        f"{done['review']} are questions: `listkeeper review list` says what a yes would do.",
        f"{undone['undone']} went back by one command; {len(undone['conflicts'])} stayed: the client knew better.",
    ]


def _care(story: Story) -> list[str]:
    ends: Counter[str] = Counter(
        tell_why(story.house, LIST, record_id)["now"]["status"] for record_id in post_office.EXPIRED
    )
    kinds: Counter[str] = Counter(job["kind"] for job in story.result("year")["jobs"])
    return [
        f"{ends.total()} expired forwarding orders = {ends['mailable']} mailable at a new address + {ends['removed']} "
        "removed.",
        f"{kinds.total()} jobs in the year = {kinds['cass']} CASS + {kinds['ncoa']} NCOALink; each can be undone.",
    ]


def _today(story: Story) -> list[str]:
    now, proof = show_list(story.house, LIST), story.result("proof")
    standing = " + ".join(f"{count} {status}" for status, count in now["status"].items() if count)
    return [
        f"The list today: {now['size']} records = {standing}.",
        f"The proof has {proof['members']} files and names nobody; `sha256sum -c` checks it.",
        f"`listkeeper care status {LIST}` says what comes next, `listkeeper batch list` what was.",
        f"`listkeeper why {LIST} S0109` tells of a piece that was refused twice.",
        "All of it is invented. Your own list starts with `listkeeper list create`.",
    ]


def _first_key(story: Story) -> str:
    with (story.folder / "spring-labels.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["line2"]
