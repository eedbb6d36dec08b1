"""Files and folders that are not what a command hopes for: each fault by its family, and nothing half done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.errors import TryAgainError
from daemon.returns import apply as corridor
from daemon.returns import ledger
from tests.flows.story import Story
from tests.running import Command


@pytest.mark.parametrize("command", ["plan", "apply", "inspect"])
def test_a_pipe_or_a_device_is_wrong_usage_and_does_not_hold_the_command_up(
    house: Command, desk: Path, command: str
) -> None:
    os.mkfifo(desk / "pipe")
    for name in ("pipe", "/dev/zero"):
        ran = house(command, name)
        assert (ran.code, ran.out) == (2, "")
        assert "not an ordinary file" in ran.err


@pytest.mark.parametrize("command", ["plan", "apply", "inspect"])
def test_a_name_that_no_file_can_have_is_wrong_usage(house: Command, command: str) -> None:
    assert house(command, "P" * 300).code == 2


def test_a_file_whose_name_is_not_utf8_is_applied_like_any(story: Story, house: Command) -> None:
    path = story.written(story.move("A", "B", "2026-05-01"))
    odd = path.rename(path.with_name(os.fsdecode(b"P\xff.021")))
    ran = house("apply", odd, "--json").ok()
    assert (ran.json["status"], ran.json["file"]) == ("applied", "P\\udcff.021")
    assert house("batch", "list", "--json").ok().json["batches"][0]["file"] == "P\\udcff.021"


def test_a_plan_whose_file_vanishes_is_to_be_tried_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    path = story.written(story.move("A", "B", "2026-05-01"))
    known = corridor.incoming

    def vanishes(*args: object, **more: object) -> object:
        path.unlink(missing_ok=True)
        monkeypatch.setattr("daemon.intake.incoming.must_be_file", lambda _path: None)
        return known(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(corridor, "incoming", vanishes)
    with pytest.raises(TryAgainError, match="vanished"):
        corridor.plan_file(story.house, path)


@pytest.mark.parametrize("fault", [OSError(30, "Read-only file system"), TryAgainError("the disk is full; wait")])
def test_what_is_applied_is_told_as_applied_though_its_manifest_cannot_be_written(
    story: Story, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def refuses(_path: Path) -> None:
        raise fault

    monkeypatch.setattr(ledger, "atomic_writer", refuses)
    result = story.file(story.move("A", "B", "2026-05-01"))
    assert [warning.startswith("the batch is done, but its manifest") for warning in result["warnings"]] == [True]
    assert story.stands() == "B mailable moved"
    assert "warnings" in story.undo(result)
    assert story.stands() == "A mailable"
    monkeypatch.undo()
    assert ledger.write_manifests(story.house) == 1


def test_a_shipment_that_comes_again_cut_short_is_told_as_cut_short(story: Story) -> None:
    path = story.written(story.move("A", "B", "2026-05-01"), story.back("A", "V", "2026-05-02"))
    assert corridor.apply_file(story.house, path)["status"] == "applied"
    whole = path.read_bytes()
    for content, reason in ((whole[:-300], "truncated-record"), (whole + whole, "two-headers")):
        path.write_bytes(content)
        told = corridor.apply_file(story.house, path)
        assert (told["status"], told["reason"]) == ("set_aside", reason)
    path.write_bytes(whole.replace(b"BIRCH", b"BEECH"))
    assert corridor.apply_file(story.house, path)["reason"] == "same-shipment"


@pytest.mark.parametrize("words", [("list", "import", "spring", "."), ("labels", "spring", "/")])
def test_a_folder_in_place_of_a_list_or_a_label_file_is_wrong_usage(
    story: Story, house: Command, words: tuple[str, ...]
) -> None:
    assert house(*words).code == 2
