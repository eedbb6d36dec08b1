"""The story of one mailing, told step by step: each step is a command that the reader could have typed.

It is told over six weeks that end now, so that its dates are those of a real mailing.
"""

from __future__ import annotations

import csv
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from daemon import config
from daemon.demo import data, post_office
from daemon.errors import UsageError
from daemon.labels.mailing import write_labels
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from daemon.returns.apply import apply_file, plan_file
from daemon.returns.batches import list_batches
from daemon.returns.planned import PlannedRecord
from daemon.returns.report import PILES
from daemon.returns.review import accept, list_open
from daemon.returns.undo import undo_batch
from daemon.returns.why import tell_why
from daemon.wiring import House, open_house

LIST, CLIENT, ACCOUNT = "spring", "Acme Seeds", "BDEMOLK"
PASSWORD = b"an invented password"
EVERY = 6  # of how many rows of the plan one is shown
SETTINGS = """\
# Written by `listkeeper demo`. The manual has every setting.
[acs]
customers = ["900001"]
zip_password = "keys/acs-zip"    # a file below the home, never the password itself
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: why it is taken, the command, and what that returned."""

    name: str
    why: str
    command: str
    result: dict[str, Any]


class Story:
    """Runs the steps and hands each on as soon as it is done."""

    def __init__(self, house: House, told: Callable[[Step], None]) -> None:
        self._end = self._clock = house.now()
        self.house = replace(house, now=lambda: self._clock)
        self.steps: dict[str, Step] = {}
        self._told = told
        self.folder = house.home / "demo"

    def step(self, name: str, why: str, command: str, result: dict[str, Any]) -> dict[str, Any]:
        """Note one step and tell it."""
        self.steps[name] = Step(name, why, f"listkeeper {command}", result)
        self._told(self.steps[name])
        self._clock += timedelta(seconds=20)
        return result

    def days_ago(self, days: int) -> None:
        """Put the story's clock to a day."""
        self._clock = self._end - timedelta(days=days, minutes=5)


def tell_story(home: Path, told: Callable[[Step], None] = lambda _step: None) -> dict[str, Any]:
    """Run the whole job in a new home, on SQLite whatever the environment says.

    Returns ``{"home", "seconds", "files", "steps": [{"name", "command", "result"}], "summary"}``; the files stay, so
    that the reader can try commands on them.

    Raises:
        UsageError: the home holds lists already.
    """
    started = time.monotonic()
    if (home / "listkeeper.db").exists():
        raise UsageError(f"{home}: holds lists already; the demo wants a new home")
    _furnish(home)
    house = open_house(home, f"sqlite:///{home / 'listkeeper.db'}")
    story = Story(house, told)
    try:
        labels = _list_and_labels(story)
        story.days_ago(3)
        today = date.fromisoformat(story.house.today())
        answer = post_office.write_answer(labels, story.folder, today, PASSWORD)
        _plan_and_apply(story, answer)
        _ask(story)
        _undo_and_apply_again(story, answer, today)
        summary = summarize(story, answer)
    finally:
        house.engine.dispose()
    return {
        "home": str(home),
        "seconds": round(time.monotonic() - started, 2),
        "files": [str(path.relative_to(home)) for path in sorted(story.folder.iterdir())],
        "steps": [{"name": s.name, "command": s.command, "result": s.result} for s in story.steps.values()],
        "summary": summary,
    }


def _furnish(home: Path) -> None:
    config.prepare_home(home)
    (home / "demo").mkdir(mode=0o700, exist_ok=True)
    (home / "keys").mkdir(mode=0o700, exist_ok=True)
    secret = home / "keys" / "acs-zip"
    secret.touch(mode=0o600)
    secret.write_bytes(PASSWORD + b"\n")
    (home / "listkeeper.toml").write_text(SETTINGS, encoding="utf-8")
    (home / "demo" / "spring.csv").write_text(data.first_file(), encoding="utf-8")


def _list_and_labels(story: Story) -> Path:
    house, folder = story.house, story.folder
    story.days_ago(42)
    story.step(
        "create",
        f"{CLIENT} has a list, mailed under the ACS participant code {ACCOUNT}.",
        f"list create {LIST} --client {shlex.quote(CLIENT)} --account {ACCOUNT}",
        create_list(house, LIST, client=CLIENT, account=ACCOUNT, mail_class="marketing", endorsement="change"),
    )
    story.step(
        "import",
        "His file comes in. Two rows at its end cannot be taken.",
        f"list import {LIST} demo/spring.csv",
        import_file(house, LIST, folder / "spring.csv"),
    )
    story.days_ago(40)
    labels = folder / "spring-labels.csv"
    story.step(
        "labels",
        "Labels for the press; each keyline is read back before it is written.",
        f"labels {LIST} demo/{labels.name}",
        write_labels(house, LIST, labels),
    )
    return labels


def _plan_and_apply(story: Story, answer: Path) -> None:
    rows: list[PlannedRecord] = []
    planned = plan_file(story.house, answer, records=lambda records: rows.extend(islice(records, 0, None, EVERY)))
    story.step(
        "plan",
        "The post office answers with a zip. What would it do? Every sixth line:",
        f"plan demo/{answer.name}",
        {**planned, "records": [row._asdict() for row in rows]},
    )
    story.step(
        "apply",
        "So be it. Every record of the file ends on exactly one pile.",
        f"apply demo/{answer.name}",
        apply_file(story.house, answer),
    )
    story.step(
        "why",
        "Somebody asks about one addressee, who moved twice.",
        f"why {LIST} {post_office.CHAIN}",
        tell_why(story.house, LIST, post_office.CHAIN),
    )


def _ask(story: Story) -> None:
    story.days_ago(2)
    asked = list_open(story.house)
    items: Any = asked["items"]
    item = next(each for each in items if each["reason"] == "old_address_differs")
    story.step(
        "review",
        f"{len(items)} questions wait for a person; this is one of them.",
        "review list",
        {"items": [item], "open": len(items)},
    )
    note = "the client confirmed it by phone"
    story.step(
        "accept",
        "The client knows the old address. Yes, then: a batch of its own.",
        f"review accept {item['id']} --note {shlex.quote(note)}",
        accept(story.house, [item["id"]], note=note),
    )


def _undo_and_apply_again(story: Story, answer: Path, today: date) -> None:
    batch = story.steps["apply"].result["batch"]
    story.days_ago(1)
    _person, row = post_office.corrected(today)
    correction = story.folder / "spring-correction.csv"
    correction.write_text(data.list_file([row]), encoding="utf-8")
    story.step(
        "correct",
        "Meanwhile the client sends a newer address for one of those who moved.",
        f"list import {LIST} demo/{correction.name}",
        import_file(story.house, LIST, correction),
    )
    story.days_ago(0)
    story.step(
        "undo",
        "The wrong file? All of it goes back, but for what was changed since.",
        f"undo {batch}",
        undo_batch(story.house, batch),
    )
    story.step(
        "again",
        "It was the right one after all. Undone, it may be applied again.",
        f"apply demo/{answer.name}",
        apply_file(story.house, answer),
    )


def summarize(story: Story, answer: Path) -> list[str]:
    """Say in ten lines what happened and where to look next."""
    results = {name: step.result for name, step in story.steps.items()}
    came, labels, done, undone = (results[name] for name in ("import", "labels", "apply", "undo"))
    reasons = done["reasons"]
    piles = ", ".join(f"{done[pile]} {pile}" for pile in PILES)
    batches = len(list_batches(story.house)["batches"])
    archived = next((story.house.home / "archive").glob(f"*/*{answer.name}")).parent.relative_to(story.house.home)
    return [
        f"{came['added']} of {came['read']} rows came in; {came['rejected']} lie in demo/spring.rejects.csv, with the "
        "reason.",
        f"{labels['labels']} labels lie in demo/spring-labels.csv; {_first_key(story)} leads back to S0001 and to "
        "nobody else.",
        f"{done['read']} records came back: {piles}. That is all of them.",
        f"{done['kept']} were kept without a change: {reasons['repeat']} said the same again, "
        f"{reasons['older_than_ours']} was older than what we knew.",
        f"{reasons['future_move']} move lies in the future: `listkeeper run --once` applies it on its day.",
        f"{done['review']} records lead to no one, or do not fit: `listkeeper review list` says what a yes would do.",
        f"{undone['undone']} addressees went back by one command; {len(undone['conflicts'])} stayed, since the client "
        "knew better by then.",
        f"{batches} batches stand in `listkeeper batch list`; the file as it came lies in {archived}/.",
        f"`listkeeper why {LIST} S0109` tells of a piece refused twice, `listkeeper inspect` of any file.",
        "All of it is invented. Your own list starts with `listkeeper list create`.",
    ]


def _first_key(story: Story) -> str:
    with (story.folder / "spring-labels.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["line2"]
