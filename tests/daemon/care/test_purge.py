"""What a broker or agent may not keep is deleted 45 days after it was processed; who maintains the list keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from daemon import config
from daemon.care.jobs import Job, take_step
from daemon.care.proofs.pafs import add_paf
from daemon.care.purge import purge
from daemon.chores import retain
from daemon.doctor import examine
from daemon.intake.archive import keep_original
from daemon.returns.batches import show_batch
from tests.bureau import A, Bureau
from tests.daemon.care.by_hand import applied, fresh, marked

BATCH = """INSERT INTO batch (id, kind, job_id, status, file, member, sha256, content_sha256, archived, layout,
customer, shipment, create_date, applied_at, read, moved, suppressed, held, kept, review, rejected, answered, result,
first_decision, last_decision, first_change, last_change, manifest) VALUES (:id, 'ncoa', :job, 'applied', 'answer.csv',
'', :sha, '', :archived, '', '', '', '', :at, 2, 0, 0, 0, 2, 0, 0, 0, '{}', 0, 0, 0, 0, 'x')"""


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with one list."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    bureau.take([{"record_id": r} | A for r in ("1", "2")])
    yield bureau
    bureau.house.engine.dispose()


def as_(bureau: Bureau, role: str) -> None:
    """Let us be this to the client."""
    chain = [] if role == "owner" else [("We", role, "2026-09-01")]
    add_paf(bureau.house, "Acme", licensee="Mover Inc", signed_on="2026-09-01", signer="Owner", role=role, chain=chain)


def ran(bureau: Bureau, on: str, kind: str = "ncoa", *, batch: int = 1, answer: str = "Mary moved\n") -> Job:
    """Let a job have been sent, answered and applied on a day, with all the files that leaves behind."""
    house = bureau.house
    job = applied(house, kind, on, state="answered")
    folder = job.folder(house)
    (folder / "answer").mkdir(parents=True)
    (folder / "sent.csv").write_text("record_id\n1\n", encoding="utf-8")
    back = folder / "answer" / f"{job.token}.csv"
    back.write_text(answer, encoding="utf-8")
    kept = keep_original(back, house.home / "archive")
    place = kept.path.relative_to(house.home).as_posix()
    marked(house, BATCH, id=batch, job=job.id, sha=kept.sha256, archived=place, at=house.stamp())
    for state in ("done", "set-aside"):
        (house.home / "spool" / state).mkdir(parents=True, exist_ok=True)
        (house.home / "spool" / state / f"{kept.sha256}__x.csv").write_text(answer, encoding="utf-8")
    return take_step(
        house, job, "applied", kept=f"spool/care/{job.token}/sent.csv", answer=place, answer_sha256=kept.sha256,
        batch_id=batch, memory={"at_engine": True},
    )  # fmt: skip


def files(bureau: Bureau) -> set[str]:
    """What lies in the home that is about people."""
    home = bureau.house.home
    found = [path for top in ("archive", "spool") for path in (home / top).rglob("*") if path.is_file()]
    return {str(path.relative_to(home)) for path in found}


def test_an_agents_files_are_deleted_after_45_days_and_the_proof_stays(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    job = ran(bureau, "2026-10-01")
    sha = job.answer_sha256
    bureau.on_day("2026-11-14")  # 44 days
    assert purge(bureau.house)["jobs"] == []
    assert len(files(bureau)) == 5
    bureau.on_day("2026-11-15")
    assert purge(bureau.house) == {"jobs": [job.id], "files": 5}
    assert files(bureau) == set()
    assert not job.folder(bureau.house).exists()
    after = fresh(bureau.house, job)
    assert (after.kept, after.answer, after.purged_at) == ("", "", bureau.house.stamp())
    assert (after.answer_sha256, after.sent, after.state) == (sha, 10, "applied")
    assert after.memory == {}  # nothing is let go of at the engine any more
    assert purge(bureau.house) == {"jobs": [], "files": 0}


def test_the_batch_says_that_its_original_was_deleted(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    job = ran(bureau, "2026-10-01")
    assert show_batch(bureau.house, 1)["purged"] is None
    purge(bureau.house)
    shown = show_batch(bureau.house, 1)
    assert (shown["original"], shown["purged"]) == (None, bureau.house.stamp())
    assert shown["sha256"] == job.answer_sha256


def test_the_doctor_misses_nothing_that_was_deleted(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    ran(bureau, "2026-10-01")
    purge(bureau.house)
    [archive] = [each for each in examine(bureau.house.home)["checks"] if each["check"] == "archive"]
    assert archive["status"] == "ok"


@pytest.mark.parametrize("role", ["owner", "list-administrator"])
def test_who_maintains_the_list_keeps_everything(bureau: Bureau, role: str) -> None:
    as_(bureau, role)
    ran(bureau, "2026-10-01")
    before = files(bureau)
    assert purge(bureau.house)["jobs"] == []
    assert files(bureau) == before


def test_without_a_paf_nobody_is_an_agent(bureau: Bureau) -> None:
    ran(bureau, "2026-10-01")
    assert purge(bureau.house)["jobs"] == []


def test_cass_files_are_no_moves_and_stay(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    ran(bureau, "2026-10-01", "cass")
    assert purge(bureau.house)["jobs"] == []


@pytest.mark.parametrize("state", ["sending", "handing", "waiting", "needs-approval", "answered"])
def test_a_job_under_way_is_never_touched(bureau: Bureau, state: str) -> None:
    as_(bureau, "broker-agent")
    job = ran(bureau, "2026-10-01")
    marked(bureau.house, "UPDATE care_job SET state = :state", state=state)
    before = files(bureau)
    assert purge(bureau.house)["jobs"] == []
    assert files(bureau) == before
    assert fresh(bureau.house, job).kept


@pytest.mark.parametrize("state", ["undone", "failed", "stopped", "cancelled"])
def test_jobs_that_ended_otherwise_leave_nothing_behind_either(bureau: Bureau, state: str) -> None:
    as_(bureau, "broker-agent")
    job = ran(bureau, "2026-10-01")
    marked(bureau.house, "UPDATE care_job SET state = :state, processed_on = '', answer = ''", state=state)
    assert purge(bureau.house)["jobs"] == [job.id]  # an answer that was set aside has its job's token in its name
    assert files(bureau) == set()


def test_an_original_that_another_batch_rests_on_stays(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    old = ran(bureau, "2026-10-01")
    new = ran(bureau, "2026-11-10", batch=2)
    assert old.answer == new.answer  # the same bytes
    assert purge(bureau.house)["jobs"] == [old.id]
    assert (bureau.house.home / new.answer).is_file()
    assert (new.folder(bureau.house) / "sent.csv").is_file()


def test_what_a_hot_folder_moved_away_is_deleted_as_well(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    (bureau.house.home / "listkeeper.toml").write_text(
        '[[adapter]]\nname = "engine"\nkind = "hot-folder"\ninbox = "in"\noutbox = "out"\n', encoding="utf-8"
    )
    bureau.house = replace(bureau.house, settings=config.load(bureau.house.home))
    job = ran(bureau, "2026-10-01")
    done = bureau.house.home / "out" / "done"
    done.mkdir(parents=True)
    for name in (f"{job.token}.csv", f"{job.token}-r2.csv", "lk999999-ncoa-00000000.csv"):
        (done / name).write_text("Mary moved\n", encoding="utf-8")
    purge(bureau.house)
    assert [path.name for path in done.iterdir()] == ["lk999999-ncoa-00000000.csv"]


def test_retention_deletes_it_too_and_says_how_many(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    ran(bureau, "2026-10-01")
    told, note = retain(bureau.house)
    assert told["purged"] == 1
    assert "1 purged" in note


def test_the_limit_can_be_made_stricter(bureau: Bureau) -> None:
    as_(bureau, "broker-agent")
    (bureau.house.home / "listkeeper.toml").write_text("[care]\npurge_days = 30\n", encoding="utf-8")
    bureau.house = replace(bureau.house, settings=config.load(bureau.house.home))
    job = ran(bureau, "2026-10-20")
    bureau.on_day("2026-11-19")
    assert purge(bureau.house)["jobs"] == [job.id]
