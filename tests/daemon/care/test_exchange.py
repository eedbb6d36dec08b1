"""The exchange: every job as far as it can go, none in the way of another, and every fault written down with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.care.apply import apply_answer
from daemon.care.exchange import advance, advance_all, approve_job, has_work, retry_job, withdraw_job
from daemon.care.jobs import cancel_job, take_step
from daemon.care.send import send_list
from daemon.db import reading
from daemon.errors import SetAsideError, TryAgainError, UsageError
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from daemon.wiring import House
from tests.yard import PEOPLE, QUICK, Yard, coded, noted

HOT = ('inbox = "in"', 'outbox = "out"', "settle_seconds = 0", 'locked = ["LOCKED"]', 'failed = ["{token}.err"]')


@pytest.fixture
def yard(home: Path, database_url: str, desk: Path) -> Iterator[Yard]:
    """The list `spring` and a hot folder, on both databases."""
    yard = Yard.begin(home, database_url, desk)
    yard.adapter("hot-folder", *HOT)
    yield yard
    yard.house.close()


def answer(yard: Yard, name: str, content: str | None = None) -> Path:
    """What the engine puts into its outbox; everybody coded, if nothing else is said."""
    path = yard.house.home / "out" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(coded((yard.house.home / yard.job().kept).read_text()) if content is None else content)
    then = yard.at.timestamp() - 60
    os.utime(path, (then, then))
    return path


def autumn(yard: Yard) -> None:
    """A second list has a job for the same adapter."""
    create_list(yard.house, "autumn", client="Acme", account="BYOBOFN")
    extract = yard.folder / "autumn.csv"
    extract.write_text(PEOPLE)
    import_file(yard.house, "autumn", extract)
    send_list(yard.house, "autumn", "cass", adapter="engine")


def inbox(yard: Yard) -> list[str]:
    """What the engine sees."""
    return sorted(path.name for path in (yard.house.home / "in").iterdir() if path.name[0] != ".")


def test_a_job_goes_out_comes_back_and_is_one_batch_whose_tally_closes(yard: Yard) -> None:
    yard.apply = apply_answer
    job = yard.send()
    assert has_work(yard.house)
    assert yard.turn() == "waiting"
    answer(yard, f"{job.token}.csv")
    assert yard.turn() == "applied"
    (told,) = yard.results
    piles = ("moved", "suppressed", "held", "kept", "review", "rejected")
    assert (told["status"], told["job"], told["read"], sum(told[pile] for pile in piles)) == ("applied", 1, 3, 3)
    assert yard.job().batch_id == told["batch"]
    assert yard.alerts == []
    assert not has_work(yard.house)
    assert yard.turn() == "applied"
    assert len(yard.results) == 1


def test_one_job_is_brought_as_far_as_the_others_are(yard: Yard) -> None:
    assert advance(yard.house, yard.send(), apply=noted, patience=QUICK).state == "waiting"


def test_a_job_that_fails_never_keeps_the_others_back(yard: Yard) -> None:
    take_step(yard.house, yard.send(), "sending", adapter="gone")
    autumn(yard)
    assert yard.turn() == "sending"
    assert yard.job(2).state == "waiting"
    assert "adapter gone" in yard.job().error
    assert yard.kinds() == [("job-fails", "alert")]
    yard.later(hours=1)
    yard.turn()
    assert len(yard.alerts) == 1, "what was told is not told again"


def test_a_bug_in_one_job_is_told_without_its_words_and_the_others_go_on(yard: Yard) -> None:
    yard.send()
    autumn(yard)
    yard.turn()
    answer(yard, f"{yard.job().token}.csv")
    answer(yard, f"{yard.job(2).token}.csv")

    def broken(house: House, path: Path, number: int, **how: Any) -> dict[str, Any]:
        if number == 1:
            raise ZeroDivisionError("MARY SMITH")
        return noted(house, path, number, **how)

    yard.apply = broken
    assert yard.turn() == "answered"
    assert yard.job(2).state == "applied"
    assert yard.kinds() == [("bug", "alert")]
    assert "SMITH" not in repr((yard.alerts, yard.job()))


def test_an_engine_that_has_locked_itself_stops_its_adapter_until_an_operator_says_so(yard: Yard) -> None:
    yard.send()
    yard.turn()
    flag = answer(yard, "LOCKED", "")
    assert yard.turn() == "stopped"
    assert yard.kinds() == [("engine-locked", "alarm")]
    autumn(yard)
    yard.later(hours=5)
    yard.turn()
    assert (yard.job(2).state, inbox(yard)) == ("sending", [f"{yard.job().token}.csv"])
    flag.unlink()
    retry_job(yard.house, 1)
    assert yard.turn() == "waiting"
    assert yard.job(2).state == "waiting"


def test_a_lock_flag_among_the_records_stops_the_adapter_as_well(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    answer(yard, f"{job.token}.csv")

    def locked(_house: House, path: Path, _number: int, **_how: Any) -> dict[str, Any]:
        raise SetAsideError("a planted record was hit", reason="engine-locked", file=path.name)

    yard.apply = locked
    assert yard.turn() == "stopped"
    assert yard.kinds() == [("engine-locked", "alarm")]
    assert yard.results[0]["reason"] == "engine-locked"


def test_an_engine_that_hangs_has_failed_when_its_time_is_over(yard: Yard) -> None:
    yard.adapter("hot-folder", *HOT, 'timeout = "2h"')
    yard.send()
    yard.later(hours=3)
    assert yard.turn() == "waiting", "its time begins when it has the job"
    yard.later(hours=2)
    assert yard.turn() == "waiting"
    yard.later(seconds=1)
    assert yard.turn() == "failed"
    assert yard.job().reason == "timed-out"
    assert "care retry 1" in yard.job().what_to_do
    assert inbox(yard) == []


def test_an_answer_that_came_in_the_last_moment_counts(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    yard.later(days=3)
    answer(yard, f"{job.token}.csv")
    assert yard.turn() == "applied"


def test_tried_again_an_old_late_answer_is_named_and_left_and_not_taken_for_the_new(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    answer(yard, f"{job.token}.err", "")
    assert yard.turn() == "failed"
    assert yard.job().reason == "engine-failed"
    assert retry_job(yard.house, 1)["state"] == "sending"
    old = answer(yard, f"{job.token}.csv")
    assert yard.turn() == "waiting"
    assert yard.turn() == "waiting"
    assert inbox(yard) == [f"{job.token}-r2.csv", f"{job.token}.csv"]
    assert [alert["kind"] for alert in yard.alerts] == ["job-failed", "late-answer"]
    assert old.name in yard.alerts[1]["message"]
    answer(yard, f"{job.token}-r2.csv")
    assert yard.turn() == "applied"
    assert old.exists()


@pytest.mark.parametrize("change", ["cut", "twice", "foreign"])
def test_an_answer_that_does_not_hold_what_was_sent_applies_nothing_and_the_job_can_be_tried_again(
    yard: Yard, change: str
) -> None:
    yard.apply = apply_answer
    job = yard.send()
    yard.turn()
    whole = coded((yard.house.home / job.kept).read_text()).splitlines(keepends=True)
    wrong = {"cut": whole[:-1], "twice": [*whole, whole[-1]], "foreign": [*whole, whole[-1].replace("3", "4", 1)]}
    answer(yard, f"{job.token}.csv", "".join(wrong[change]))
    assert yard.turn() == "failed"
    (told,) = yard.results
    failed = yard.job()
    assert (told["status"], failed.reason, failed.error) == ("set_aside", told["reason"], told["error"])
    assert (yard.house.home / failed.answer).read_text() == "".join(wrong[change])
    assert "care retry 1" in failed.what_to_do
    assert yard.alerts == [], "the digest has it among the files that were set aside"
    with reading(yard.house.engine) as store:
        assert store.value("SELECT count(*) FROM batch") == 0
    retry_job(yard.house, 1)
    yard.turn()
    answer(yard, f"{job.token}-r2.csv")
    assert yard.turn() == "applied"


def test_a_large_change_waits_for_an_operator_who_can_apply_the_kept_answer(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    answer(yard, f"{job.token}.csv")
    yard.apply = lambda *_, **__: {"status": "stopped", "batch": None, "file": "x", "error": "40 % of list spring"}
    assert yard.turn() == "failed"
    failed = yard.job()
    assert failed.reason == "large-change"
    assert f"{failed.answer} --job 1 --accept-large-change" in failed.what_to_do
    told = apply_answer(yard.house, yard.house.home / failed.answer, 1, accept_large_change=True)
    assert told["status"] == "applied"
    assert yard.turn() == "applied"
    assert not has_work(yard.house), "what lay at the engine was let go"


def test_a_fault_that_passes_keeps_the_state_and_is_told_after_four_in_a_row(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    answer(yard, f"{job.token}.csv")

    def busy(*_: Any, **__: Any) -> dict[str, Any]:
        raise TryAgainError("another writer is at work")

    yard.apply = busy
    for attempt in range(1, 7):
        assert yard.turn() == "answered"
        assert (yard.job().attempts, len(yard.alerts)) == (attempt, int(attempt >= 4))
        yard.later(hours=1)
    yard.apply = noted
    assert yard.turn() == "applied"


def test_two_who_come_at_once_do_not_meet(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    answer(yard, f"{job.token}.csv")
    inner = []

    def at_once(house: House, path: Path, number: int, **how: Any) -> dict[str, Any]:
        inner.append(advance_all(house, apply=noted, patience=QUICK))
        return noted(house, path, number, **how)

    yard.apply = at_once
    assert yard.turn() == "applied"
    assert inner == [([], [])]


def test_a_home_leaves_alone_what_another_home_on_the_same_database_has_sent(yard: Yard, tmp_path: Path) -> None:
    yard.send()
    other = replace(yard, house=replace(yard.house, home=tmp_path / "other"))
    (tmp_path / "other").mkdir()
    assert other.turn() == "sending"
    assert (other.alerts, list((tmp_path / "other").iterdir())) == ([], [])
    assert yard.turn() == "waiting"


def test_asked_to_stop_it_stops_between_two_steps(yard: Yard) -> None:
    yard.send()
    answers = iter([False, False, True])
    assert yard.turn(stop=lambda: next(answers, True)) == "waiting"
    assert yard.turn(stop=lambda: True) == "waiting"


def test_a_job_that_is_cancelled_while_its_answer_is_fetched_stays_cancelled(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    answer(yard, f"{job.token}.csv")
    assert yard.turn(patience=QUICK._replace(pause=lambda _seconds: cancel_job(yard.house, 1))) == "cancelled"
    assert (yard.alerts, yard.results) == ([], [])


def test_withdrawn_a_job_is_taken_out_of_the_inbox(yard: Yard) -> None:
    yard.send()
    yard.turn()
    assert withdraw_job(yard.house, 1)["state"] == "cancelled"
    assert inbox(yard) == []
    with pytest.raises(UsageError, match="cannot be cancelled"):
        withdraw_job(yard.house, 1)


def test_an_answer_that_cannot_be_let_go_is_applied_all_the_same_and_let_go_later(yard: Yard) -> None:
    job = yard.send()
    yard.turn()
    path = answer(yard, f"{job.token}.csv")
    (path.parent / "done").write_text("in the way")
    assert yard.turn() == "applied"
    assert yard.turn() == "applied"
    assert yard.kinds() == [("not-let-go", "alert")]
    assert has_work(yard.house)
    (path.parent / "done").unlink()
    assert yard.turn() == "applied"
    assert (path.exists(), has_work(yard.house)) == (False, False)


def test_what_cannot_be_tried_again_or_approved_is_refused_with_its_state(yard: Yard) -> None:
    job = yard.send()
    with pytest.raises(UsageError, match="cannot be tried again: it is sending"):
        retry_job(yard.house, 1)
    with pytest.raises(UsageError, match="waits for no approval: it is sending"):
        approve_job(yard.house, 1)
    take_step(yard.house, job, "failed")
    (yard.house.home / job.kept).unlink()
    with pytest.raises(UsageError, match="listkeeper care run spring --cass"):
        retry_job(yard.house, 1)
