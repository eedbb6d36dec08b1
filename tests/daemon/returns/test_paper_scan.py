"""The scan screen: what is told and asked, and that nothing entered is lost or applied twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daemon.db import reading
from daemon.errors import OperatorError, UsageError
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from daemon.returns.paper import apply_papers
from daemon.returns.paper_scan import How, scan_returns
from daemon.returns.paper_session import interrupted
from keyline.imb import encode
from tests.flows.story import Story
from tests.interface.telling import came_to

ON = "2026-11-20"


class Script:
    """A screen on which everything is said beforehand; whoever asks for more finds the pipe closed."""

    def __init__(self, *lines: str, terminal: bool = False) -> None:
        self.lines, self.terminal = list(lines), terminal
        self.said: list[str] = []
        self.rung = 0

    def ask(self, prompt: str) -> str:
        self.said.append(prompt)
        if not self.lines:
            raise EOFError
        if self.lines[0] == "^C":
            self.lines.pop(0)
            raise KeyboardInterrupt
        return self.lines.pop(0)

    def say(self, text: str = "", style: str = "") -> None:  # noqa: ARG002 - colours are for the eye
        self.said.append(text)

    def ring(self) -> None:
        self.rung += 1

    def __contains__(self, text: str) -> bool:
        return any(text in line for line in self.said)


@pytest.fixture
def three(story: Story) -> Story:
    """Mary, Paul and Ann at A."""
    story.client("2", first_name="PAUL", last_name="JONES", at="A")
    story.client("3", first_name="ANN", last_name="LEE", at="A")
    return story


def scan(story: Story, *lines: str, name: str | None = "spring", **how: Any) -> tuple[dict[str, Any], Script]:
    screen = Script(*lines, terminal=how.pop("terminal", False))
    return scan_returns(story.house, name, screen, How(**{"on": ON} | how)), screen


def files(story: Story) -> list[Path]:
    return sorted((story.house.home / "spool" / "scan").glob("*"))


def batches(story: Story) -> int:
    with reading(story.house.engine) as store:
        return int(store.value("SELECT count(*) FROM batch"))


def test_a_session_is_one_batch_and_leaves_its_file_in_the_archive_alone(three: Story) -> None:
    one, two, third = (three.key(record) for record in "123")
    result, screen = scan(
        three, one, "v", two, "m", "7 cedar ln", "Enid OK 73701-1111", "2026-10", third, "r", ".", "y"
    )
    assert came_to(result) == "moved 1, suppressed 1, kept 1: first_strike 1, moved 1, vacant 1"
    assert (three.stands("1"), three.stands("2")) == ("A undeliverable vacant", "C mailable moved")
    assert three.since("2") == "2026-10"
    assert "spring 2  PAUL JONES" in screen
    assert "12 ELM" in screen
    assert [record["line"] for record in result["records"]] == [2, 3, 4]
    assert files(three) == []
    (original,) = (three.house.home / "archive").rglob("*.jsonl")
    assert json.loads(original.read_text().splitlines()[1])["code"] == "V"
    assert three.undo(result)["undone"] == 2
    assert three.stands("2") == "A mailable"


def test_what_a_scanner_puts_around_a_key_is_taken_away(three: Story) -> None:
    one, two, third = (three.key(record) for record in "123")
    lines = [f"\x02]C0{one}*\r", "", "v", f"~#{two[:4]} {two[4:8]} {two[8:]}#", "A\r", f"AB{third}Z", "u", "."]
    result, _screen = scan(three, *lines, "y", prefix="AB", suffix="Z")
    assert came_to(result) == "suppressed 2, kept 1: attempted_not_known 1, first_strike 1, vacant 1"


def test_the_same_piece_scanned_twice_is_told_and_counted_once(three: Story) -> None:
    one, two = three.key("1"), three.key("2")
    result, screen = scan(three, one, one, "v", one, "", one, two, "v", f"id:{1}", "d", "p", "", ".", "y")
    assert came_to(result) == "suppressed 2: deceased 1, vacant 1"
    assert "scanned before: vacant" in screen
    assert three.stands("1") == "A deceased deceased"


def test_a_key_scanned_where_a_reason_is_asked_for_is_not_taken_for_one(three: Story) -> None:
    one, two = three.key("1"), three.key("2")
    result, screen = scan(three, one, two, "x", two, "v", ".", "y")
    assert came_to(result) == "suppressed 1: vacant 1"
    assert "first say why" in screen
    assert screen.rung == 1
    assert three.stands("1") == "A mailable"


def test_what_leads_to_nobody_rings_and_names_the_reason(three: Story) -> None:
    result, screen = scan(three, "0000000019", "", "JLSTMS67969", "0000000992", "T" * 65, "")
    assert result["status"] == "waiting" or result["status"] == "nothing"
    for reason in ("bad_check_digit", "foreign_keyline", "unknown_keyline", "damaged"):
        assert f"{reason}: " in screen
    assert screen.rung == 4
    assert files(three) == []


def test_entries_can_be_listed_and_taken_back(three: Story) -> None:
    one, two = three.key("1"), three.key("2")
    result, screen = scan(three, one, "v", two, "mr", "l", "u 1", "u", "u", "?", one, "s", "", "y")
    assert came_to(result) == "suppressed 1: no_such_street 1"
    assert "no mail receptacle" in screen
    assert "there is no such entry" in screen


def test_a_new_address_is_asked_for_until_it_is_one(three: Story) -> None:
    one = three.key("1")
    lines = ["mf", "URB LAS GLADIOLAS", "0000000018", "7 CEDAR LN", "Enid", "7 CEDAR LN", "ENID OK 73701", "May"]
    result, screen = scan(three, one, *lines, "7 CEDAR LN", "ENID, OK 73701", "", ".", "y")
    assert came_to(result) == "moved 1: moved 1"
    assert three.stands("1") == "C mailable moved"
    assert screen.rung == 3
    with reading(three.house.engine) as store:
        assert store.value("SELECT urbanization FROM address WHERE zip5 = '73701'") == "URB LAS GLADIOLAS"


def test_the_zip_of_the_piece_can_be_told(three: Story) -> None:
    three.file(three.move("A", "B", "2026-10-10"))
    result, screen = scan(three, three.key("1"), "z 74101", "v", ".", "y")
    assert came_to(result) == "kept 1: older_than_ours 1"
    assert "new since 2026-11-20" in screen


def test_nothing_is_applied_without_a_yes(three: Story) -> None:
    one = three.key("1")
    for answers, status in (([], "waiting"), (["n"], "waiting"), (["?", "d"], "discarded")):
        result, _screen = scan(three, one, "v", ".", *answers)
        assert (result["status"], batches(three)) == (status, 0)
        assert len(files(three)) == (status == "waiting")
    assert three.stands("1") == "A mailable"


def test_a_pipe_that_ends_is_applied_only_where_yes_was_said_before(three: Story) -> None:
    assert scan(three, three.key("1"), "v")[0]["status"] == "waiting"
    result, screen = scan(three, three.key("2"), "v", three.key("3"), yes=True)
    assert came_to(result) == "suppressed 2: vacant 2"
    assert "the last piece was not entered" in screen


def test_a_script_that_is_run_again_from_its_start_goes_on_and_counts_once(three: Story) -> None:
    one, two = three.key("1"), three.key("2")
    scan(three, one, "v")
    result, screen = scan(three, one, "v", two, "m", "7 CEDAR LN", "ENID OK 73701", "", yes=True)
    assert "interrupted after 1 entry" in screen
    assert came_to(result) == "moved 1, suppressed 1: moved 1, vacant 1"
    assert files(three) == []


def test_a_person_is_asked_whether_to_go_on(three: Story) -> None:
    one, two = three.key("1"), three.key("2")
    assert scan(three, one, "v", "^C", terminal=True)[0]["status"] == "waiting"
    later, _screen = scan(three, "n", two, "a", ".", "y", terminal=True)
    assert came_to(later) == "suppressed 1: attempted_not_known 1"
    assert came_to(scan(three, "y", ".", "y", terminal=True)[0]) == "suppressed 1: vacant 1"
    scan(three, two, "v", "^C", terminal=True)
    assert scan(three, "d", ".", terminal=True)[0]["status"] == "nothing"
    scan(three, two, "v", "^C", terminal=True)
    assert scan(three, terminal=True)[0]["status"] == "nothing"
    assert len(files(three)) == 1


def test_half_a_line_at_the_end_of_a_session_is_cut_off(three: Story) -> None:
    scan(three, three.key("1"), "v")
    (path,) = files(three)
    with path.open("ab") as file:
        file.write(b'{"do":"enter","key":"00')
    result, _screen = scan(three, three.key("2"), "v", yes=True)
    assert came_to(result) == "suppressed 2: vacant 2"


def test_a_session_that_was_applied_before_its_file_could_go_is_not_applied_again(three: Story) -> None:
    scan(three, three.key("1"), "r")
    (session,) = interrupted(three.house, "spring")
    first = apply_papers(three.house, "spring", session.papers)
    assert apply_papers(three.house, "spring", session.papers)["status"] == "repeat"
    session.close()
    result, screen = scan(three, three.key("2"), "v", yes=True)
    assert came_to(result) == "suppressed 1: vacant 1"
    assert "interrupted" not in screen
    assert batches(three) == 2
    three.undo(first)
    assert files(three) == []


def test_a_session_that_somebody_has_open_is_offered_to_nobody_else(three: Story) -> None:
    scan(three, three.key("1"), "v")
    (mine,) = interrupted(three.house, "spring")
    with mine:
        assert list(interrupted(three.house, "spring")) == []
        assert list(interrupted(three.house, None)) == []
    (again,) = interrupted(three.house, "spring")
    again.close()


def test_a_damaged_session_is_left_where_it_is_for_a_person(three: Story) -> None:
    scan(three, three.key("1"), "v")
    (path,) = files(three)
    path.write_bytes(path.read_bytes() + b"[1]\n")
    with pytest.raises(OperatorError, match="line 3"):
        scan(three, three.key("2"), "v")
    assert path.exists()


def test_without_a_list_each_key_says_its_own(three: Story) -> None:
    create_list(three.house, "retail", client="Acme", account="567094", stid="300")
    path = three.folder / "retail.csv"
    path.write_text("record_id,last_name,address1,city,state,zip5\nR1,POE,7 CEDAR LN,ENID,OK,73701\n")
    import_file(three.house, "retail", path)
    create_list(three.house, "other", client="Zenith", account="BXXXXXX")
    path.write_text("record_id,last_name,address1,city,state,zip5\nZ1,ROE,7 CEDAR LN,ENID,OK,73701\n")
    import_file(three.house, "other", path)
    bars = encode("00", "300", "567094", three.key("R1"))
    result, screen = scan(three, three.key("2"), "v", three.key("1"), bars, "n", "id:1", ".", "y", name=None)
    assert result["lists"] == {"spring": {"suppressed": 1}, "retail": {"suppressed": 1}}
    assert "several_lists: several accounts" in screen
    assert "several_lists: a record id" in screen
    with pytest.raises(UsageError):
        scan(three, name="nolist")


def test_so_large_a_change_asks_for_a_yes_in_full(story: Story) -> None:
    rows = [{"record_id": f"P{n}", "last_name": "LEE", "address1": f"{n} OAK ST", "zip5": "74101"} for n in range(59)]
    story.clients(row | {"city": "TULSA", "state": "OK"} for row in rows)
    pieces = [line for n in range(15) for line in (story.key(f"P{n}"), "v")]
    assert scan(story, *pieces, yes=True)[0]["status"] == "stopped"
    assert batches(story) == 0
    result, screen = scan(story, ".", "y", "yes")
    assert came_to(result) == "suppressed 15: vacant 15"
    assert "So large a change?" in screen
