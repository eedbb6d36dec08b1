"""What the commands say to people, where a number or a second time makes it another sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.commands.mailing import make_list, write_answer
from tests.running import Command


@pytest.fixture
def mailed(house: Command, desk: Path) -> Command:
    """A home with a list of three and a file that was applied to it."""
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    return house


def test_a_single_one_is_not_told_as_many(mailed: Command, desk: Path) -> None:
    said = mailed("list", "export", "spring", desk / "now.csv", "--status", "undeliverable").ok()
    assert said.out.startswith("1 record of spring")
    assert "2 labels of spring" in mailed("labels", "spring", desk / "labels.csv").ok().out
    again = write_answer(desk, "again.dat", shipment="2")
    assert "1 question to answer: listkeeper review list" in mailed("apply", again).ok().err


def test_a_second_undo_says_that_there_is_nobody_left(mailed: Command) -> None:
    assert mailed("undo", 1).ok().out == "Batch 1: 2 addressees put back as before.\n"
    assert "nobody to put back" in mailed("undo", 1).ok().out


def test_an_undo_says_whom_it_leaves_alone(mailed: Command, desk: Path) -> None:
    (desk / "fix.csv").write_text("record_id,address1,zip5\nS1,9 LATER LN,87571\n", encoding="utf-8")
    mailed("list", "import", "spring", desk / "fix.csv").ok()
    said = mailed("undo", 1, "--plan").ok().out
    assert "1 addressee would be put back as before" in said
    assert "1 addressee would be left alone, since something later made a change" in said
    assert "import fix.csv" in said


def test_inspect_says_how_many_of_the_records_it_shows(house: Command, desk: Path) -> None:
    rows = "".join(f"{number},{number} ELM ST,87301\n" for number in range(1, 8))
    (desk / "seven.csv").write_text("record_id,address1,zip5\n" + rows, encoding="utf-8")
    assert "The first 5 records:" in house("inspect", desk / "seven.csv").ok().out
    assert "The first" not in house("inspect", write_answer(desk)).ok().out


def test_inspect_names_the_command_that_would_refuse_the_file(house: Command, desk: Path) -> None:
    (desk / "theirs.csv").write_text("Cust No,Street,City,State\n1,1 ELM ST,GALLUP,NM\n", encoding="utf-8")
    assert "list import would set it aside" in house("inspect", desk / "theirs.csv").out
