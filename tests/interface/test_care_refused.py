"""An answer that is not the one to its job: each fault is named, nothing is applied, the job stays open."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.care.apply import apply_answer
from daemon.care.arrivals import apply_any
from daemon.care.jobs import Job, cancel_job
from daemon.errors import UsageError
from schemas.cass import OUTGOING
from tests.engine import Engine, Row, gone, to
from tests.flows.story import MARY, PLACES, Story

Edit = Callable[[list[Row]], list[Row]]


@pytest.fixture
def engine(story: Story) -> Engine:
    story.clients(
        [
            {"record_id": str(number), "first_name": "ANN", "last_name": f"LEE{number}", "address1": f"{number} OAK ST",
             "city": "ADA", "state": "OK", "zip5": "74820"}
            for number in range(2, 8)
        ]
    )  # fmt: skip
    return Engine(story)


def rewritten(path: Path, edit: Edit) -> Path:
    """The same answer with its rows changed."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(edit(rows))
    return path


def refused(engine: Engine, job: Job, path: Path, **how: Any) -> dict[str, Any]:
    """Try an answer that must be set aside: nothing changes, and a right one is taken after it."""
    before = engine.story.export()
    result = apply_answer(engine.story.house, path, job.id, **how)
    assert (result["status"], result["batch"], result["kind"]) == ("set_aside", None, job.kind), result
    assert engine.story.export() == before
    assert engine.rows("SELECT count(*) FROM batch") == [(0,)]
    assert engine.rows("SELECT count(*) FROM decision") == [(0,)]
    assert "LEE" not in result["error"]
    assert "OAK" not in result["error"]
    return result


@pytest.mark.parametrize("kind", ["ncoa", "cass"])
def test_a_row_that_was_never_sent(engine: Engine, kind: str) -> None:
    job = engine.ask(kind)
    path = rewritten(engine.write(job), lambda rows: [*rows, rows[0] | {"record_id": "99"}])
    told = refused(engine, job, path)
    assert (told["reason"], told["line"]) == ("ids-differ", 9)
    assert "1 were never sent" in told["error"]
    assert engine.state(job) == "waiting"
    assert engine.answer(job)["kept"] == 7


def test_a_row_that_is_missing(engine: Engine) -> None:
    job = engine.ask()
    told = refused(engine, job, rewritten(engine.write(job), lambda rows: rows[:2] + rows[3:]))
    assert told["reason"] == "ids-differ"
    assert "1 that were sent are missing, the first is record 3" in told["error"]


def test_a_row_that_comes_twice(engine: Engine) -> None:
    job = engine.ask()
    told = refused(engine, job, rewritten(engine.write(job), lambda rows: [*rows, rows[3]]))
    assert (told["reason"], told["line"]) == ("ids-twice", 9)
    assert "record 4 (line 9)" in told["error"]


def test_the_answer_to_another_list_names_the_job_that_it_fits(engine: Engine, story: Story) -> None:
    first = engine.ask()
    story.client("8", at="B", **MARY)
    second = engine.ask()
    told = refused(engine, second, engine.write(first))
    assert told["reason"] == "ids-differ"
    assert f"it fits job {first.id}" in told["error"]


def test_the_answer_to_an_older_job_that_was_applied_as_that(engine: Engine) -> None:
    first = engine.ask()
    path = engine.write(first)
    assert apply_answer(engine.story.house, path, first.id)["status"] == "applied"
    second = engine.ask()
    told = apply_answer(engine.story.house, path, second.id)
    assert (told["status"], told["reason"]) == ("set_aside", "answer-of-another-job")
    assert f"the answer to job {first.id}" in told["error"]
    assert engine.state(second) == "waiting"


def test_the_answer_to_an_older_job_is_known_by_the_addresses_that_it_repeats(engine: Engine, story: Story) -> None:
    first = engine.ask()
    late = engine.write(first, {"1": to("C")})
    story.client("1", at="B", **MARY)
    second = engine.ask()
    told = refused(engine, second, late)
    assert (told["reason"], told["line"]) == ("not-as-sent", 2)


def test_a_truncated_answer(engine: Engine) -> None:
    job = engine.ask()
    path = engine.write(job)
    path.write_bytes(path.read_bytes()[:-30])
    assert refused(engine, job, path)["reason"] in ("truncated-answer", "broken-row")


def test_an_empty_answer_and_one_that_is_none(engine: Engine, story: Story) -> None:
    job = engine.ask()
    empty = story.folder / "empty.csv"
    empty.write_bytes(b"")
    assert refused(engine, job, empty)["reason"] == "empty"
    assert refused(engine, job, story.written(story.back("A", "V", "2026-11-01")))["reason"] == "unknown-answer"


def test_an_engine_that_has_locked_itself_stops_the_job(engine: Engine) -> None:
    job = engine.ask("cass")
    told = refused(engine, job, engine.write(job, {"3": {"dpv": "Y", "false_positive": "Y"}}))
    assert (told["reason"], told["line"]) == ("engine-locked", 4)
    assert engine.state(job) == "stopped"


def test_a_move_date_that_cannot_be_read_rejects_its_record_alone(engine: Engine, story: Story) -> None:
    job = engine.ask()
    result = engine.answer(job, {"1": to("B"), "2": gone("02") | {"move_date": "20XX13"}})
    assert result["reasons"] == {"bad_field": 1, "moved": 1, "ncoa_no_match": 5}
    assert (result["read"], result["rejected"]) == (7, 1)
    assert result["warnings"] == ["line 3 field move_date: bad_field; the record is set aside"]
    assert story.stands() == "B mailable moved"


def test_more_moves_than_a_list_allows_stop_the_answer(engine: Engine, story: Story) -> None:
    story.clients(
        [{"record_id": f"X{number}", "last_name": f"ORR{number}", "address1": f"{number} FIG ST", "zip5": "74820"}
         for number in range(50)]
    )  # fmt: skip
    job = engine.ask()
    said = {f"X{number}": to("B") for number in range(20)}
    path = engine.write(job, said)
    told = apply_answer(story.house, path, job.id)
    assert (told["status"], told["batch"], told["moved"]) == ("stopped", None, 20)
    assert engine.state(job) == "waiting"
    assert any("apply would stop" in warning for warning in engine.plan(job, said)["warnings"])
    assert apply_answer(story.house, path, job.id, accept_large_change=True)["status"] == "applied"


def test_a_job_that_is_answered_takes_no_other_answer(engine: Engine) -> None:
    job = engine.ask()
    result = engine.answer(job)
    other = engine.write(job, {"1": to("B")})
    told = apply_answer(engine.story.house, other, job.id)
    assert (told["status"], told["reason"]) == ("set_aside", "job-closed")
    assert f"batch {result['batch']}" in told["error"]


def test_a_job_that_was_cancelled_takes_no_answer(engine: Engine) -> None:
    job = engine.ask()
    cancel_job(engine.story.house, job.id)
    assert refused(engine, job, engine.write(job))["reason"] == "job-closed"
    with pytest.raises(UsageError):
        cancel_job(engine.story.house, job.id)


def test_there_is_no_such_job(engine: Engine) -> None:
    job = engine.ask()
    with pytest.raises(UsageError, match="there is no job 99"):
        apply_answer(engine.story.house, engine.write(job), 99)


PSR = """NCOALink Processing Summary Report
Mailer/List Owner: Acme
List Name: spring
Date Processing Completed: 11/20/2026
Total Records Processed: {records}
NCOALink Matches: {matches}
"""
FORM = """CASS Summary Report  PS Form 3553
CASS Certified Company Name: Example Address Systems
Software Name and Version: Coder 7
Date List Processed - Master File: 11/20/2026
Date of Database Product Used - ZIP+4 File: 11/01/2026
Number of Lists: 1
Total Records Submitted for Processing: {records}
ZIP+4/DPV Confirmed  Total Coded {coded}  Valid From 11/20/2026  Valid To 02/28/2027
"""


def test_a_report_whose_total_is_another_refuses_the_answer(engine: Engine, story: Story) -> None:
    job = engine.ask()
    report = story.folder / "psr.txt"
    report.write_text(PSR.format(records=8, matches=1))
    path = engine.write(job, {"1": to("B")})
    assert refused(engine, job, path, reports=[report])["reason"] == "paper-disagrees"
    report.write_text(PSR.format(records=7, matches=1))
    told = apply_answer(story.house, path, job.id, reports=[report])
    assert (told["status"], told["warnings"]) == ("applied", [])
    assert engine.rows("SELECT DISTINCT processed_on FROM stamp") == [("2026-11-20",)]


def test_a_form_gives_the_job_its_dates(engine: Engine, story: Story) -> None:
    job = engine.ask("cass")
    report = story.folder / "3553.txt"
    report.write_text(FORM.format(records=7, coded=7))
    told = apply_answer(story.house, engine.write(job), job.id, reports=[report])
    assert (told["status"], told["warnings"]) == ("applied", [])
    assert engine.rows("SELECT database_date, processed_on, valid_to, certified FROM care_job") == [
        ("2026-11-01", "2026-11-20", "2027-02-28", True)
    ]
    assert engine.rows("SELECT kind, sha256 <> '' FROM paper") == [("3553", True)]


def test_what_was_sent_is_what_the_interface_says(engine: Engine) -> None:
    job = engine.ask()
    with Path(job.file).open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert header == [*OUTGOING]
    assert header[:4] == ["record_id", "name_prefix", "first_name", "middle_name"]
    assert header[4:8] == ["last_name", "name_suffix", "company", "urbanization"]
    assert header[8:] == ["address1", "address2", "city", "state", "zip5", "zip4"]
    assert [row["record_id"] for row in engine.sent(job)] == [str(number) for number in range(1, 8)]
    assert engine.sent(job)[0]["zip5"] == PLACES["A"].zip5


def test_an_answer_without_its_job_is_known_by_its_record_ids(engine: Engine, story: Story) -> None:
    job = engine.ask()
    path = engine.write(job, {"1": to("B")})
    applied = apply_any(story.house, path)
    assert (applied["status"], applied["kind"], applied["job"]) == ("applied", "ncoa", job.id)
    assert apply_any(story.house, path)["status"] == "repeat"


def test_an_answer_that_fits_two_jobs_asks_which(engine: Engine, story: Story) -> None:
    jobs = [engine.ask(), engine.ask()]
    told = apply_any(story.house, engine.write(jobs[0]))
    assert (told["status"], told["reason"]) == ("set_aside", "which-job")
    assert "1, 2" in told["error"]
    assert apply_any(story.house, engine.write(jobs[0], ids=["1", "2"]))["reason"] == "no-job"


def test_a_plan_of_a_cass_answer_says_what_apply_does(engine: Engine) -> None:
    job = engine.ask("cass")
    said = {"1": {"dpv": "N"}, "2": {"std_addr1": "2 OAK STREET", "std_zip4": "1234", "dpv": "Y"}}
    planned = engine.plan(job, said)
    assert planned["status"] == "planned"
    applied = engine.answer(job, said)
    for name in ("read", "held", "kept", "reasons", "lists", "coding"):
        assert planned[name] == applied[name]


def test_a_report_from_before_the_job_went_out_is_of_another_run(engine: Engine, story: Story) -> None:
    job = engine.ask()
    report = story.folder / "psr.txt"
    report.write_text(PSR.format(records=7, matches=0).replace("11/20/2026", "10/02/2026"))
    told = refused(engine, job, engine.write(job), reports=[report])
    assert told["reason"] == "paper-disagrees"
    assert "2026-10-02" in told["error"]


def test_the_same_answer_again_is_taken_where_its_report_says_so(engine: Engine, story: Story) -> None:
    jobs = [engine.ask(), engine.ask()]
    path, report = engine.write(jobs[0]), story.folder / "psr.txt"
    report.write_text(PSR.format(records=7, matches=0))
    assert apply_answer(story.house, path, jobs[0].id)["status"] == "applied"
    assert apply_answer(story.house, path, jobs[1].id)["reason"] == "answer-of-another-job"
    assert apply_answer(story.house, path, jobs[1].id, reports=[report])["status"] == "applied"
