"""A CSV of returns on paper: one batch, and the rows that cannot be taken beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daemon.db import reading
from daemon.errors import SetAsideError, UsageError
from daemon.returns.paper_file import apply_paper_file
from tests.flows.story import Story
from tests.interface.telling import came_to

HEADER = "key,reason,address1,city,state,zip5,on\n"


@pytest.fixture
def three(story: Story) -> Story:
    """Mary, Paul and Ann at A."""
    story.client("2", first_name="PAUL", last_name="JONES", at="A")
    story.client("3", first_name="ANN", last_name="LEE", at="A")
    return story


def typed(story: Story, text: str, name: str = "paper.csv") -> Path:
    path = story.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def apply(story: Story, text: str, name: str = "paper.csv", **how: Any) -> dict[str, Any]:
    return apply_paper_file(story.house, "spring", typed(story, text, name), **how)


def test_a_file_is_one_batch_with_its_lines_and_its_bad_rows_beside_it(three: Story) -> None:
    keys = [three.key(record) for record in "123"]
    rows = [
        f"{keys[0]},vacant,,,,,2026-11-18",
        f'"#{keys[1][:4]} {keys[1][4:8]} {keys[1][8:]}#",,99 BIRCH RD,Ada,ok,74820-1111,',
        f"{keys[2]},nonsense,,,,,",
        "0000000019,V,,,,,",
        f"{keys[2]},V",
        f"{keys[2]},,99 BIRCH RD,Ada,ok,,",
        f"{keys[0]},V,,,,,2026-11-18",
    ]
    result = apply(three, HEADER + "\n".join(rows) + "\n")
    assert came_to(result) == (
        "moved 1, suppressed 1, kept 1, rejected 4: bad_check_digit 1, bad_field 3, moved 1, repeat 1, vacant 1"
    )
    assert (three.stands("1"), three.stands("2"), three.stands("3")) == (
        "A undeliverable vacant",
        "B mailable moved",
        "A mailable",
    )
    assert [record["line"] for record in result["records"]] == [2, 3, 4, 5, 6, 7, 8]
    rejects = (three.folder / "paper.rejects.csv").read_text().splitlines()
    assert result["rejects_file"] == str(three.folder / "paper.rejects.csv")
    assert rejects[0] == "line,fault,key,reason,address1,city,state,zip5,on"
    assert rejects[1:3] == [f"4,bad_field,{keys[2]},nonsense,,,,,", "5,bad_check_digit,0000000019,V,,,,,"]
    assert "JONES" not in str(result)
    assert "BIRCH" not in str(result)


def test_a_mended_file_of_rejects_is_taken_as_it_is(three: Story) -> None:
    apply(three, HEADER + "0000000019,V,,,,,\n")
    rejects = (three.folder / "paper.rejects.csv").read_text().replace("0000000019", three.key())
    assert came_to(apply(three, rejects, "mended.csv")) == "suppressed 1: vacant 1"
    assert not (three.folder / "mended.rejects.csv").exists()


def test_the_same_file_again_does_nothing_until_it_is_undone(three: Story) -> None:
    text = HEADER + f"{three.key()},R,,,,,\n"
    first = apply(three, text)
    three.later(3)
    again = apply(three, text, "other-name.csv")
    assert (again["status"], again["batch"]) == ("repeat", first["batch"])
    assert apply(three, text, plan=True)["status"] == "repeat"
    three.undo(first)
    assert came_to(apply(three, text)) == "kept 1: first_strike 1"


def test_the_original_is_archived_and_a_plan_leaves_nothing_behind(three: Story) -> None:
    text = HEADER + f"{three.key()},V,,,,,\n"
    assert came_to(apply(three, text, plan=True)) == "suppressed 1: vacant 1"
    assert list((three.house.home / "archive").rglob("*.csv")) == []
    result = apply(three, text)
    with reading(three.house.engine) as store:
        archived = store.value("SELECT archived FROM batch WHERE id = :id", id=result["batch"])
    assert (three.house.home / archived).read_text() == text


def test_two_pieces_of_one_addressee_are_folded_as_in_a_return_file(three: Story) -> None:
    key = three.key()
    result = apply(three, HEADER + f"{key},V,,,,,2026-11-10\n{key},,99 BIRCH RD,ADA,OK,74820,2026-11-18\n")
    assert came_to(result) == "moved 1, kept 1: moved 1, superseded 1"


def test_too_large_a_change_is_stopped_and_may_be_accepted(story: Story) -> None:
    story.clients(
        {"record_id": f"P{n}", "last_name": "LEE", "address1": f"{n} OAK ST", "city": "TULSA", "state": "OK"}
        | {"zip5": "74101"}
        for n in range(60)
    )
    text = HEADER + "".join(f"{story.key(f'P{n}')},V,,,,,\n" for n in range(20))
    stopped = apply(story, text)
    assert (stopped["status"], stopped["batch"]) == ("stopped", None)
    assert story.stands("P3").endswith("mailable")
    assert apply(story, text, plan=True)["warnings"][0].startswith("apply would stop")
    assert came_to(apply(story, text, accept_large_change=True)) == "suppressed 20: vacant 20"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("reason,address1\nV,\n", "header"),
        ("key\n0000000018\n", "header"),
        ("key,reason,shoe_size\n", "header"),
        ("key,key,reason\n", "header"),
        ('key,"reason\n', "header"),
    ],
)
def test_a_file_without_a_header_that_can_be_used_is_refused_whole(story: Story, text: str, reason: str) -> None:
    with pytest.raises(SetAsideError) as told:
        apply(story, text)
    assert told.value.reason == reason
    with pytest.raises(UsageError):
        apply_paper_file(story.house, "spring", story.folder / "none.csv")
