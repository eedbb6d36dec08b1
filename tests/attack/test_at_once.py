"""Two commands at once: one after the other, and nothing twice."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from daemon.returns.review import list_open
from tests.flows.story import Story
from tests.running import Command


def test_the_same_file_applied_twice_at_once_is_applied_once(story: Story, cli: Command) -> None:
    path = story.written(story.move("A", "B", "2026-05-01"))
    with ThreadPoolExecutor() as pool:
        ran = list(pool.map(lambda _: cli("apply", path, "--json").ok().json, range(2)))
    assert sorted(each["status"] for each in ran) == ["applied", "repeat"]
    assert ran[0]["batch"] == ran[1]["batch"]


def test_a_question_answered_twice_at_once_is_answered_once(story: Story, cli: Command) -> None:
    story.file(story.move("C", "D", "2026-05-01"))
    number = list_open(story.house)["items"][0]["id"]  # type: ignore[index]
    with ThreadPoolExecutor() as pool:
        ran = list(pool.map(lambda _: cli("review", "accept", number, "--json"), range(2)))
    assert sorted(each.code for each in ran) == [0, 2]
    assert len(json.loads(cli("batch", "list", "--json").ok().out)["batches"]) == 2
    assert story.stands() == "D mailable moved"
