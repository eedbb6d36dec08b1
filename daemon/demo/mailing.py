"""The mailing: the client's list, its labels, what the post office sends back for them, and what becomes of that."""

from __future__ import annotations

import shlex
from itertools import islice
from pathlib import Path
from typing import Any

from daemon.demo import data, post_office
from daemon.demo.story import ACCOUNT, BEGINS, CLIENT, LIST, PASSWORD, Story
from daemon.labels.mailing import write_labels
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from daemon.once import run_once
from daemon.returns.apply import apply_file, plan_file
from daemon.returns.planned import PlannedRecord
from daemon.returns.review import accept, list_open
from daemon.returns.undo import undo_batch
from daemon.returns.why import tell_why

EVERY = 15  # of how many rows of the plan one is shown
MAILED, ANSWERED = 346, 309  # days before today


def the_list_comes_in(story: Story) -> None:
    """Create the list and take the client's file in."""
    story.days_ago(BEGINS)
    story.step(
        "create",
        f"{CLIENT} has a list, mailed under an ACS participant code.",
        f"listkeeper list create {LIST} --client {shlex.quote(CLIENT)} --account {ACCOUNT}",
        create_list(story.house, LIST, client=CLIENT, account=ACCOUNT),
    )
    story.step(
        "import",
        "The client's file comes in. Two rows at its end cannot be taken.",
        f"listkeeper list import {LIST} {story.folder}/spring.csv",
        import_file(story.house, LIST, story.folder / "spring.csv"),
    )


def mailed(story: Story) -> None:
    """Write the labels, and do what is to be done with the answer of the post office."""
    story.days_ago(MAILED)
    labels = story.folder / "spring-labels.csv"
    story.step(
        "labels",
        "Who moved is coded the same way (job 3). Now labels for the press.",
        f"listkeeper labels {LIST} {labels}",
        write_labels(story.house, LIST, labels),
    )
    story.days_ago(ANSWERED)
    answer = post_office.write_answer(labels, story.folder, story.today, PASSWORD)
    _plan_and_apply(story, answer)
    _ask(story)
    _undo_and_apply_again(story, answer)
    _a_night(story)


def _plan_and_apply(story: Story, answer: Path) -> None:
    rows: list[PlannedRecord] = []
    planned = plan_file(story.house, answer, records=lambda records: rows.extend(islice(records, 0, None, EVERY)))
    story.step(
        "plan",
        "The post office answers with a zip. What would it do, in part?",
        f"listkeeper plan {answer}",
        {**planned, "records": [row._asdict() for row in rows]},
    )
    story.step(
        "apply",
        "So be it. Every record of the file ends on exactly one pile.",
        f"listkeeper apply {answer}",
        apply_file(story.house, answer),
    )
    story.step(
        "why",
        "Somebody asks about one addressee, who moved twice.",
        f"listkeeper why {LIST} {post_office.CHAIN}",
        tell_why(story.house, LIST, post_office.CHAIN),
    )


def _ask(story: Story) -> None:
    asked = list_open(story.house)
    items: Any = asked["items"]
    item = next(each for each in items if each["reason"] == "old_address_differs")
    story.step(
        "review",
        f"{len(items)} questions wait for a person; this is one of them.",
        "listkeeper review list",
        {"items": [item], "open": len(items)},
    )
    note = "confirmed by phone"
    story.step(
        "accept",
        "The client knows the old address. Yes, then: a batch of its own.",
        f"listkeeper review accept {item['id']} --note {shlex.quote(note)}",
        accept(story.house, [item["id"]], note=note),
    )


def _undo_and_apply_again(story: Story, answer: Path) -> None:
    batch = story.result("apply")["batch"]
    story.days_ago(ANSWERED - 1)
    _person, row = post_office.corrected(story.today)
    correction = story.folder / "spring-correction.csv"
    correction.write_text(data.list_file([row]), encoding="utf-8")
    story.step(
        "correct",
        "The client has a newer address for one of those who moved.",
        f"listkeeper list import {LIST} {correction}",
        import_file(story.house, LIST, correction),
    )
    story.step(
        "undo",
        "The wrong file? All of it goes back, but for what was changed since.",
        f"listkeeper undo {batch}",
        undo_batch(story.house, batch),
    )
    story.step(
        "again",
        "It was the right one after all. Undone, it may be applied again.",
        f"listkeeper apply {answer}",
        apply_file(story.house, answer),
    )


def _a_night(story: Story) -> None:
    """Let the move that was told too early have its day."""
    story.days_ago(ANSWERED - 20)
    story.step(
        "night",
        "One move lay in the future. A night's pass applies it on its day.",
        "listkeeper run --once",
        run_once(story.house),
    )
