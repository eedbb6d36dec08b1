"""A paper is held against its job, and kept with it: the original in the archive, fields and hash in a row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.care.jobs import Job, open_job
from daemon.care.proofs.papers import PaperFields, keep_paper, read_paper, reconcile
from daemon.db import writing
from daemon.errors import TryAgainError
from daemon.lists.known import find_list
from tests.bureau import Bureau

FORM: dict[str, Any] = {"records": 100, "processed_on": "2026-11-18", "database_date": "2026-11-01"}
REPORT: dict[str, Any] = {"records": 100, "processed_on": "2026-11-18"}
TODAY = "2026-11-20"


def form(**fields: Any) -> PaperFields:
    return PaperFields(kind="3553", fields=FORM | fields, certified=True, file="form.txt", sha256="")


def report(**fields: Any) -> PaperFields:
    return PaperFields(kind="psr", fields=REPORT | fields, certified=True, file="psr.txt", sha256="")


def held(paper: PaperFields, kind: Any = "", **counts: Any) -> tuple[list[str], list[str]]:
    """Faults and warnings of a paper of a job of 100 records, 7 of them moved, 90 confirmed."""
    kind = kind or ("cass" if paper.kind == "3553" else "ncoa")
    return reconcile(paper, kind=kind, **({"sent": 100, "moved": 7, "confirmed": 90, "today": TODAY} | counts))


def test_a_paper_that_agrees_has_neither_faults_nor_warnings() -> None:
    assert held(form(zip4_coded=90, zip4_to="2027-02-28")) == ([], [])
    assert held(report(ncoa_matches=7, zip4_coded=95, paf_id="X1"), paf_id="x1") == ([], [])
    assert held(form(zip4_coded=90), "ncoa", confirmed=0) == ([], []), "a 3553 may come with an NCOALink job"


@pytest.mark.parametrize("paper", [form(records=99), report(records=99)], ids=["3553", "psr"])
def test_a_paper_of_other_records_than_were_sent_refuses_the_answer(paper: PaperFields) -> None:
    faults, _ = held(paper)
    assert len(faults) == 1
    assert "of 99 records, and 100 were sent" in faults[0]


def test_more_coded_than_there_are_refuses_the_answer() -> None:
    assert "has 101 coded of 100 records" in held(form(zip4_coded=101))[0][0]
    assert "has 101 coded of 100 records" in held(report(zip4_coded=101))[0][0]


def test_a_summary_report_is_no_paper_of_a_cass_job() -> None:
    assert "give its PS Form 3553" in held(report(), "cass")[0][0]


@pytest.mark.parametrize("field", ["processed_on", "database_date"])
def test_a_date_in_the_future_refuses_the_answer_and_tomorrow_does_not(field: str) -> None:
    assert "which is in the future" in held(form(**{field: "2026-11-22"}))[0][0]
    assert held(form(**{field: "2026-11-21"}))[0] == [], "an engine may be a time zone ahead"
    assert "returned on 2026-12-01" in held(report(returned_on="2026-12-01"))[0][0]


def test_other_moves_than_the_answer_s_are_a_warning() -> None:
    assert held(report(ncoa_matches=9)) == (
        [], ["the Processing Summary Report has 9 NCOALink matches, the answer 7 with the code of a move"],
    )  # fmt: skip
    assert held(report(ncoa_matches=9, ank_matches=2)) == ([], []), "some engines count ANKLink's among them"


def test_other_confirmed_than_the_answer_s_are_a_warning() -> None:
    assert held(form(zip4_coded=88)) == ([], ["the PS Form 3553 has 88 coded, the answer 90 confirmed by DPV"])


def test_a_printed_validity_that_is_not_the_rule_s_is_shown_beside_it() -> None:
    (warning,) = held(form(zip4_to="2027-05-17"))[1]
    assert "valid to 2027-05-17 as printed, and to 2027-02-28 by the rule" in warning


def test_data_that_was_too_old_to_be_used_is_a_warning() -> None:
    (warning,) = held(form(database_date="2026-08-01"))[1]
    assert warning == "processed on 2026-11-18 with data of 2026-08-01, which may be used until 2026-10-31"


def test_a_report_of_another_paf_is_a_warning() -> None:
    assert "of another PAF" in held(report(paf_id="X2"), paf_id="X1")[1][0]
    assert held(report(), paf_id="X1") == ([], [])


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with the list `spring`."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    yield bureau
    bureau.house.engine.dispose()


def job_of(bureau: Bureau) -> Job:
    with writing(bureau.house.engine) as store:
        known = find_list(store, "spring")
        return open_job(store, bureau.house, known, kind="cass", adapter="a", adapter_kind="manual", why="operator")


def keep(bureau: Bureau, job: Job, path: Path, paper: PaperFields) -> int:
    with writing(bureau.house.engine) as store:
        return keep_paper(store, bureau.house, job, path, paper)


def test_a_paper_is_kept_with_its_bytes_its_fields_and_its_hash_and_once_a_job(bureau: Bureau, desk: Path) -> None:
    path = desk / "form 3553.txt"
    path.write_text(
        "PS Form 3553\nTotal Records Submitted: 100\nMaster File: 11/18/2026\nZIP+4 File: 11/01/2026\n"
        "not CASS certified\n"
    )
    first, second = job_of(bureau), job_of(bureau)
    number = keep(bureau, first, path, read_paper(path))
    assert keep(bureau, first, path, read_paper(path)) == number, "the same bytes are one paper"
    assert keep(bureau, second, path, read_paper(path)) != number
    rows = bureau.all("SELECT job_id, kind, file, sha256, archived, fields, at FROM paper ORDER BY id")
    assert [row[0] for row in rows] == [first.id, second.id]
    _job, kind, file, sha256, archived, fields, at = rows[0]
    assert (kind, file, at[:10]) == ("3553", "form 3553.txt", TODAY)
    assert (bureau.house.home / archived).read_bytes() == path.read_bytes()
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert json.loads(fields) == FORM | {"certified": False}


def test_a_paper_that_changed_since_it_was_read_is_not_kept(bureau: Bureau, desk: Path) -> None:
    path = desk / "form.txt"
    path.write_text("PS Form 3553\nTotal Records Submitted: 1\nMaster File: 11/18/2026\nZIP+4 File: 11/01/2026\n")
    paper, job = read_paper(path), job_of(bureau)
    path.write_text("something else")
    with pytest.raises(TryAgainError):
        keep(bureau, job, path, paper)
    assert bureau.value("SELECT count(*) FROM paper") == 0
