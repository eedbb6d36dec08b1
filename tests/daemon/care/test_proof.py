"""The evidence of a client's list care: everything is in it, nothing is changed, and nobody is named."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from daemon.care.jobs import Job, open_job, step
from daemon.care.proofs.pafs import add_paf
from daemon.care.proofs.papers import keep_paper, read_paper
from daemon.care.proofs.proof import write_proof
from daemon.db import writing
from daemon.errors import OperatorError, UsageError
from daemon.lists.known import find_list
from tests.bureau import Bureau
from tests.running import Command

CODED = {"address1": "12 ELM ST", "city": "TULSA", "state": "OK", "zip5": "74101", "zip4": "1234"}
CODED |= {"delivery_point": "12"}
FORM = (
    "PS Form 3553\nTotal Records Submitted: {sent}\nMaster File: {day}\nZIP+4 File: 2026-11-01\n"
    "ZIP+4/DPV Confirmed 3 Valid From 11/01/2026 Valid To 02/28/2027\n"
)
REPORT = "NCOALink Processing Summary Report\nPAF ID: X1Y251111001AB0001\nDate Processing Completed: {day}\n"
REPORT += "Total Records Processed: {sent}\n"
DROP = date(2026, 12, 1)


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with a list of four, `spring` of Acme, an empty one, `autumn`, and `other` of somebody else."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    bureau.create("autumn")
    bureau.create("other", client="Brown")
    people = [{"record_id": f"S{number}", "first_name": "Wilhelmina", "last_name": "Smythe"} for number in range(1, 5)]
    bureau.take(
        [person | CODED | {"status": "mailable"} for person in people[:3]] + [people[3] | {"status": "held"} | CODED]
    )
    bureau.take([{"record_id": "B1", "last_name": "Browne"} | CODED], into="other")
    yield bureau
    bureau.house.engine.dispose()


def run(
    bureau: Bureau, kind: str, day: str, *, paper: str = "", stamps: str = "", name: str = "spring", by: str = "manual"
) -> Job:
    """A job that went out and was applied on a day, with its paper, its batch and a stamp for some records."""
    house, path = bureau.house, bureau.folder / f"{kind} of {day}.txt"
    with writing(house.engine) as store:
        job = open_job(store, house, find_list(store, name), kind=kind, adapter=by, adapter_kind=by, why="operator")
        if paper:
            path.write_text(paper.format(sent=4, day=day), encoding="utf-8")
            keep_paper(store, house, job, path, read_paper(path))
        batch = store.next_id("batch")
        store.load(
            "batch",
            ("id", "kind", "job_id", "status", "file", "applied_at", "read", "moved", "suppressed", "held", "kept",
             "review", "rejected", "answered", "member", "sha256", "content_sha256", "archived", "layout", "customer",
             "shipment", "create_date", "result", "first_decision", "last_decision", "first_change", "last_change",
             "manifest"),
            [(batch, kind, job.id, "applied", "answer.csv", f"{day}T10:00:00", 4, 0, 0, 0, 4, 0, 0, 0, "", "s" * 64, "",
              "", "", "", "", "", '{"kept": 4}', 0, 0, 0, 0, "")],
        )  # fmt: skip
        facts: dict[str, Any] = {"processed_on": day, "batch_id": batch, "sent": 4, "answer_sha256": "a" * 64}
        if kind == "cass":
            facts |= {"database_date": "2026-11-01", "valid_to": "2027-02-28"}
        for record_id in stamps.split():
            stamp(store, record_id, job.id, day)
        return step(store, job, "applied", certified=by != "simulated", **facts)


def stamp(store: Any, record_id: str, job: int, day: str) -> None:
    addressee, place = store.one(
        "SELECT a.id, d.place_id FROM addressee a JOIN address d ON d.id = a.address_id WHERE a.record_id = :id",
        id=record_id,
    )
    columns = ("id", "addressee_id", "place_id", "job_id", "method", "processed_on")
    store.load("stamp", columns, [(store.next_id("stamp"), addressee, place, job, "ncoalink", day)])


def proved(bureau: Bureau, name: str = "spring", drop: date | None = DROP) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The evidence: what the command tells, and every member; its hashes are right."""
    path = bureau.folder / "proof.zip"
    told = write_proof(bureau.house, name, path, drop=drop)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        members = {each: archive.read(each) for each in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in members["SHA256SUMS"].decode().splitlines())
    assert sums == {each: hashlib.sha256(found).hexdigest() for each, found in members.items() if each != "SHA256SUMS"}
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told["members"] == len(members)
    return told, members


def stamps_of(members: dict[str, bytes]) -> dict[str, tuple[str, ...]]:
    rows = csv.DictReader(io.StringIO(members["stamps.csv"].decode()))
    return {row["record_id"]: (row["processed_on"], row["job"], row["valid_on_drop"]) for row in rows}


def of_list(members: dict[str, bytes], name: str = "spring") -> dict[str, Any]:
    summary = json.loads(members["summary.json"])
    return next(each for each in summary["lists"] if each["list"] == name)


def test_everything_that_was_done_for_the_client_is_in_it_byte_for_byte(bureau: Bureau) -> None:
    form = bureau.folder / "paf.pdf"
    form.write_bytes(b"%PDF signed")
    facts = {"licensee": "Movers", "signed_on": "2026-11-02", "signer": "A. Owner", "role": "owner"}
    add_paf(bureau.house, "Acme", paf_id="X1Y251111001AB0001", file=form, **facts)  # type: ignore[arg-type]
    cass = run(bureau, "cass", "2026-11-18", paper=FORM)
    ncoa = run(bureau, "ncoa", "2026-11-19", paper=REPORT, stamps="S1 S2 S3")
    theirs = run(bureau, "ncoa", "2026-11-19", paper=REPORT + "\n", stamps="B1", name="other")
    told, members = proved(bureau)
    assert (
        members[f"jobs/{cass.token}/paper-1-cass_of_2026-11-18.txt"] == FORM.format(sent=4, day="2026-11-18").encode()
    )
    assert members[f"jobs/{ncoa.token}/paper-2-ncoa_of_2026-11-19.txt"].startswith(b"NCOALink Processing")
    assert members["pafs/paf-1-paf.pdf"] == b"%PDF signed"
    job = json.loads(members[f"jobs/{ncoa.token}/job.json"])
    assert (job["sent"], job["answer_sha256"], job["batches"]) == (4, "a" * 64, [ncoa.batch_id])
    assert job["papers"][0]["fields"]["records"] == 4
    assert json.loads(members[f"jobs/{ncoa.token}/batch-{ncoa.batch_id}.json"])["result"] == {"kept": 4}
    assert not [name for name in members if theirs.token in name], "another client's"
    spring = of_list(members)
    assert spring["records"] == {"mailable": 3, "held": 1, "undeliverable": 0, "removed": 0, "deceased": 0}
    assert spring["move_update"]["by_age"] == {"0-30": 3, "31-60": 0, "61-95": 0}
    assert (spring["cass"]["mail_to"], spring["cass"]["holds_on_drop"]) == ("2027-02-28", True)
    assert spring["coding"] == {"of": 4, "coded": 4, "rate": 100.0, "grade": "excellent"}
    assert spring["paf"]["expires_on"] == "2027-11-01"
    assert [warning for warning in told["warnings"] if warning.startswith("spring")] == []
    assert "Nothing is lacking." in members["summary.txt"].decode()


def test_nobody_is_named_in_it(bureau: Bureau) -> None:
    run(bureau, "ncoa", "2026-11-19", paper=REPORT, stamps="S1 S2 S3")
    _, members = proved(bureau)
    for name, content in members.items():
        for word in (b"wilhelmina", b"smythe", b"browne", b"elm st"):
            assert word not in content.lower(), f"{name} names somebody"
        assert str(bureau.folder).encode() not in content, f"{name} has a path of this machine"


def test_a_stamp_holds_for_95_days_at_the_present_address_and_while_it_is_not_void(bureau: Bureau) -> None:
    first = run(bureau, "ncoa", "2026-08-27", stamps="S1")
    old = run(bureau, "ncoa", "2026-08-28", stamps="S2 S3")
    late = run(bureau, "ncoa", "2026-11-19", stamps="S3")
    assert stamps_of(proved(bureau)[1]) == {
        "S1": ("2026-08-27", str(first.id), "no"),
        "S2": ("2026-08-28", str(old.id), "yes"),
        "S3": ("2026-11-19", str(late.id), "yes"),
    }, "96, 95 and 12 days before the drop"
    with writing(bureau.house.engine) as store:
        store.run("UPDATE stamp SET void_at = 'now' WHERE job_id = :job", job=late.id)
    bureau.notice("S2", CODED | {"address1": "99 BIRCH RD", "zip5": "74820"})
    told, members = proved(bureau)
    assert stamps_of(members) == {
        "S1": ("2026-08-27", str(first.id), "no"),
        "S2": ("", "", "no"),
        "S3": ("2026-08-28", str(old.id), "yes"),
    }
    update = of_list(members)["move_update"]
    assert [update[name] for name in ("mailable", "valid", "expired", "none")] == [3, 1, 1, 1]
    assert (update["by_age"]["61-95"], update["oldest"], update["by_method"]) == (1, "2026-08-28", {"ncoalink": 1})
    assert "2 of 3 mailable records (1 none, 1 expired)" in next(each for each in told["warnings"] if "Update" in each)


def test_what_came_after_the_drop_is_no_proof_of_it(bureau: Bureau) -> None:
    bureau.on_day("2026-12-10")
    job = run(bureau, "ncoa", "2026-12-10", paper=REPORT, stamps="S1 S2 S3")
    assert set(stamps_of(proved(bureau)[1]).values()) == {("", "", "no")}
    assert not [name for name in proved(bureau)[1] if job.token in name]
    assert of_list(proved(bureau, drop=None)[1])["move_update"]["valid"] == 3, "today, where no drop is named"


def test_what_is_not_certified_is_told_wherever_it_shows(bureau: Bureau) -> None:
    job = run(bureau, "cass", "2026-11-18", paper=FORM + "not CASS certified\n", by="simulated")
    other = run(bureau, "ncoa", "2026-11-19", stamps="S1", by="simulated")
    told, members = proved(bureau)
    for each in (job, other):
        assert json.loads(members[f"jobs/{each.token}/job.json"])["certification"] == "NOT CASS CERTIFIED"
    assert members["summary.txt"].decode().count("NOT CASS CERTIFIED") == 2
    assert sum("NOT CASS CERTIFIED" in warning for warning in told["warnings"]) == 2
    assert b"S1,ncoalink,2026-11-19,%d,yes,no\n" % other.id in members["stamps.csv"]
    assert b"NOT CASS CERTIFIED" in members["README.txt"].replace(b"\n", b" ")


def test_a_client_whose_lists_were_never_cared_for_gets_proof_of_just_that(bureau: Bureau) -> None:
    told, members = proved(bureau, "autumn")
    assert sorted(members) == ["README.txt", "SHA256SUMS", "stamps.csv", "summary.json", "summary.txt"]
    assert [each["list"] for each in told["lists"]] == ["autumn", "spring"]
    assert of_list(members, "autumn")["cass"] is None
    assert {warning for warning in told["warnings"] if warning.startswith("autumn")} == {
        "autumn: no CASS run was applied", "autumn: no PAF is in force",
    }  # fmt: skip
    for name in ("README.txt", "summary.txt"):
        assert max(map(len, members[name].decode().splitlines())) <= 80


def test_the_same_evidence_is_the_same_bytes(bureau: Bureau) -> None:
    run(bureau, "ncoa", "2026-11-19", paper=REPORT, stamps="S1 S2 S3")
    assert proved(bureau)[0]["sha256"] == proved(bureau)[0]["sha256"]


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_paper_that_is_gone_or_changed_stops_it_and_leaves_no_zip(bureau: Bureau, harm: str) -> None:
    run(bureau, "cass", "2026-11-18", paper=FORM)
    archived = bureau.house.home / bureau.value("SELECT archived FROM paper")
    archived.chmod(0o600)
    if harm == "missing":
        archived.unlink()
    else:
        archived.write_bytes(b"PS Form 3553 of another day")
    path = bureau.folder / "proof.zip"
    with pytest.raises(OperatorError, match=r"paper 1 of job 1, cass of 2026-11-18\.txt,.* put it back from a backup"):
        write_proof(bureau.house, "spring", path)
    assert not [each for each in bureau.folder.iterdir() if "proof" in each.name]


def test_evidence_for_a_list_that_there_is_not_is_wrong_usage(bureau: Bureau) -> None:
    with pytest.raises(UsageError):
        write_proof(bureau.house, "winter", bureau.folder / "proof.zip")
    with pytest.raises(UsageError):
        write_proof(bureau.house, "spring", bureau.folder / "no folder" / "proof.zip")


def test_long_lists_need_no_more_memory(bureau: Bureau) -> None:
    def most(records: int) -> int:
        bureau.take([{"record_id": f"L{number}"} | CODED for number in range(records)])
        tracemalloc.start()
        write_proof(bureau.house, "spring", bureau.folder / "proof.zip")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few, many = most(4_000), most(16_000)
    assert many < few + 300_000, (few, many)


def test_the_command_writes_it_and_says_what_is_lacking(house: Command, desk: Path) -> None:
    house("list", "create", "spring", "--client", "Acme Seeds", "--account", "BYOBOFN").ok()
    (desk / "list.csv").write_text("record_id,address1,zip5\n1,1 ELM ST,87301\n", encoding="utf-8")
    house("list", "import", "spring", "list.csv").ok()
    said = house("proof", "spring", "acme.zip", "--drop", "2026-12-01").ok()
    assert said.out.startswith("Evidence for Acme Seeds, drop of 2026-12-01 → acme.zip\n")
    assert "warning: spring: no Move Update stamp that holds: 1 of 1 mailable records" in said.out
    assert zipfile.is_zipfile(desk / "acme.zip")
    assert house("proof", "spring", "acme.zip", "--json").ok().json["lists"][0]["move_update"]["none"] == 1
    assert house("proof", "winter", "acme.zip").code == 2
    assert house("proof", "spring", "acme.zip", "--drop", "1 December").code == 2
