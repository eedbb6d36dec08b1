"""Figures for Prometheus and the two questions of health, over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from daemon.errors import OperatorError
from daemon.metrics import OUTCOMES, Door, Figures
from daemon.once import run_once
from daemon.wiring import House, open_house
from tests.daemon.commands.mailing import make_list, write_answer, write_stray_move
from tests.daemon.service_process import free_port
from tests.running import Command


@pytest.fixture
def bureau(home: Path) -> Iterator[House]:
    """A house with a drop folder."""
    feed = '[[feed]]\nname = "acs"\nkind = "folder"\npath = "drop"\nsettle_seconds = 0\n'
    (home / "listkeeper.toml").write_text(feed)
    (home / "drop").mkdir()
    house = open_house(home)
    yield house
    house.close()


def values(figures: Figures) -> dict[tuple[str, ...], float]:
    """What is exposed: name and label values to value, as Prometheus would read it."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(figures.page().decode())
        for sample in family.samples
    }


def test_the_figures_are_true_after_a_pass(house: Command, desk: Path, bureau: House) -> None:
    make_list(house, desk)
    write_answer(bureau.home / "drop")
    write_stray_move(bureau.home / "drop")
    (bureau.home / "drop" / "bad").write_text("no return file")
    figures = Figures(lambda: bureau)
    told = run_once(bureau)
    figures.count([*told["applied"], *told["set_aside"]])
    seen = values(figures)
    assert {outcome: seen["listkeeper_files_total", outcome] for outcome in OUTCOMES} == {
        "applied": 2,
        "repeat": 0,
        "stopped": 0,
        "set_aside": 1,
    }
    assert seen["listkeeper_records_total", "moved"] == 1
    assert seen["listkeeper_records_total", "suppressed"] == 1
    assert seen["listkeeper_records_total", "review"] == 2
    assert seen["listkeeper_questions_open",] == 2
    assert seen["listkeeper_taken_files", "done"] == 2
    assert seen["listkeeper_taken_files", "set-aside"] == 1
    assert seen["listkeeper_spool_files", "done"] == 2
    assert seen["listkeeper_spool_bytes", "set-aside"] == len("no return file")
    assert seen["listkeeper_feed_ok", "acs"] == 1
    assert 0 <= seen["listkeeper_feed_last_ok_age_seconds", "acs"] < 60
    assert seen["listkeeper_job_last_success_timestamp_seconds", "apply"] > 1.7e9
    assert [key for key in seen if key[0] == "listkeeper_build_info"]
    assert seen["listkeeper_database_up",] == 1


def test_records_are_counted_for_good_even_when_a_batch_is_undone(house: Command, desk: Path, bureau: House) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    before = values(Figures(lambda: bureau))["listkeeper_records_total", "moved"]
    house("undo", "1").ok()
    seen = values(Figures(lambda: bureau))
    assert seen["listkeeper_records_total", "moved"] == before == 1
    assert seen["listkeeper_batches", "acs", "undone"] == 1


def asked(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_healthz_and_readyz_say_what_is_wrong() -> None:
    trouble: list[str | None] = [None, "the database does not answer"]
    port = free_port()
    door = Door(f"127.0.0.1:{port}", lambda: b"figures 1\n", lambda: trouble[0], lambda: trouble[1])
    try:
        at = f"http://127.0.0.1:{port}"
        assert asked(f"{at}/metrics") == (200, "figures 1\n")
        assert asked(f"{at}/healthz") == (200, "ok\n")
        assert asked(f"{at}/readyz") == (503, "the database does not answer\n")
        assert asked(f"{at}/")[0] == 404
        with pytest.raises(OperatorError, match="is the port taken"):
            Door(f"127.0.0.1:{port}", bytes, lambda: None, lambda: None)
    finally:
        door.close()


def test_a_page_that_cannot_be_made_is_an_answer_too() -> None:
    def page() -> bytes:
        raise ValueError("MARY SMITH")

    port = free_port()
    door = Door(f"127.0.0.1:{port}", page, lambda: None, lambda: None)
    try:
        assert asked(f"http://127.0.0.1:{port}/metrics") == (500, "not now\n")
    finally:
        door.close()


def test_jobs_at_engines_are_counted_by_state(house: Command, desk: Path, bureau: House) -> None:
    make_list(house, desk)
    house("care", "run", "spring", "--cass", "--out", "one.csv").ok()
    house("care", "run", "spring", "--cass", "--out", "two.csv").ok()
    house("care", "cancel", "1").ok()
    seen = values(Figures(lambda: bureau))
    assert seen["listkeeper_care_jobs", "waiting"] == 1
    assert seen["listkeeper_care_jobs", "failed"] == 0
    assert ("listkeeper_care_jobs", "cancelled") not in seen  # closed ones only grow in number
