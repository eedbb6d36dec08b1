"""`review` and `why`: what waits for a person, the answers, and one addressee's story."""

from __future__ import annotations

from pathlib import Path

from tests.daemon.commands.mailing import KEYS, make_list, write_answer, write_stray_move
from tests.running import Command


def test_review_list_says_what_was_seen_and_what_a_yes_would_do(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_stray_move(desk)).ok()
    (item,) = house("review", "list", "--json").ok().json["items"]
    assert (item["list"], item["record_id"], item["reason"]) == ("spring", "S3", "old_address_differs")
    assert (item["file"], item["line"]) == ("P12345626.022", 2)
    assert item["would_do"]
    printed = house("review", "list", "--list", "spring").ok().out
    assert "old_address_differs  spring S3" in printed
    assert "16 OLDHAVEN ST ALBUQUERQUE NM 87110" in printed
    assert house("review", "list", "--list", "nobody").code == 2


def test_accepting_makes_a_batch_that_can_be_undone(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_stray_move(desk)).ok()
    (answer,) = house("review", "accept", 1, "--note", "by phone", "--json").ok().json["items"]
    assert (answer["id"], answer["status"], answer["batch"], answer["outcome"]) == (1, "accepted", 2, "moved")
    assert "7 NEWHAVEN RD" in house("why", "spring", "S3").ok().out
    assert house("undo", 2, "--json").ok().json["undone"] == 1
    assert "OLDHAVEN" in house("why", "spring", "S3", "--json").ok().json["now"]["address"]


def test_accepting_names_the_addressee_of_a_record_that_led_to_nobody(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    (item,) = house("review", "list", "--json").ok().json["items"]
    assert house("review", "accept", item["id"], "--record", "spring").code == 2
    assert house("review", "accept", item["id"], "--record", "spring:S9").code == 2
    (answer,) = house("review", "accept", item["id"], "--record", "spring:S3", "--json").ok().json["items"]
    assert (answer["outcome"], answer["reason"]) == ("suppressed", "vacant")


def test_rejecting_closes_and_changes_nobody(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_stray_move(desk)).ok()
    assert house("review", "reject", 1, "--note", "another Ann", "--json").ok().json == {
        "items": [{"id": 1, "status": "rejected"}]
    }
    assert "No question is open." in house("review", "list").ok().out
    assert house("review", "reject", 1).code == 2
    assert house("review", "accept", 99).code == 2


def test_why_tells_the_story_with_file_hash_and_line(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    told = house("why", "spring", "S1", "--json").ok().json
    batch = house("batch", "show", 1, "--json").ok().json
    assert (told["list"], told["record_id"]) == ("spring", "S1")
    assert (told["now"]["status"], told["now"]["status_reason"]) == ("mailable", "moved")
    assert told["now"]["keyline"] == KEYS["S1"]
    came, moved = told["history"]
    assert (came["what"], came["file"], came["line"], came["to"]) == (
        "imported",
        "spring.csv",
        2,
        "12 OLDHAVEN ST, ALBUQUERQUE NM 87110",
    )
    assert len(came["sha256"]) == 64
    assert (moved["what"], moved["file"], moved["line"], moved["sha256"]) == (
        "notice",
        "P12345626.021",
        2,
        batch["sha256"],
    )
    assert (moved["outcome"], moved["reason"], moved["batch"], moved["undone"]) == ("moved", "moved", 1, False)
    assert (moved["from"], moved["to"]) == ("12 OLDHAVEN ST, ALBUQUERQUE NM 87110", "7 NEWHAVEN RD, TAOS NM 87571-1111")


def test_why_tells_what_was_undone_and_what_the_client_changed(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    house("undo", 1).ok()
    row = "record_id,address1,city,state,zip5,address_since\nS1,5 ELSEWHERE ST,TAOS,NM,87571,2026-06-01\n"
    (desk / "later.csv").write_text(row, encoding="utf-8")
    house("list", "import", "spring", "later.csv").ok()
    history = house("why", "spring", "S1", "--json").ok().json["history"]
    assert {entry["what"] for entry in history} == {"imported", "notice", "undone", "client_file"}
    by_what = {entry["what"]: entry for entry in history}
    assert by_what["notice"]["undone"] is True
    assert by_what["undone"]["batch"] == 1
    assert (by_what["client_file"]["file"], by_what["client_file"]["line"]) == ("later.csv", 2)
    assert by_what["client_file"]["to"] == "5 ELSEWHERE ST, TAOS NM 87571"


def test_why_tells_what_was_kept_and_how_a_question_was_answered(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_stray_move(desk)).ok()
    assert house("why", "spring", "S3", "--json").ok().json["now"]["open_questions"] == [
        {"id": 1, "reason": "old_address_differs"}
    ]
    house("review", "accept", 1, "--note", "by phone").ok()
    history = house("why", "spring", "S3", "--json").ok().json["history"]
    assert [(entry["what"], entry["outcome"]) for entry in history] == [
        ("imported", None),
        ("notice", "review"),
        ("notice", "moved"),
        ("question", "accepted"),
    ]
    assert history[2]["file"] == "P12345626.022"
    assert history[2]["note"] == "an operator accepted it"
    assert history[3]["note"] == "by phone"


def test_why_of_nobody_is_wrong_usage(house: Command, desk: Path) -> None:
    make_list(house, desk)
    assert house("why", "spring", "S9").code == 2
    assert house("why", "autumn", "S1").code == 2
