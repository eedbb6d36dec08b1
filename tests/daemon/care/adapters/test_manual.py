"""The operator carries the file: nothing is handed over, nothing comes by itself, and somebody is reminded."""

from __future__ import annotations

from pathlib import Path

from daemon.care.exchange import retry_job
from daemon.care.jobs import take_step
from daemon.care.send import send_list
from tests.yard import Yard


def test_the_operator_is_reminded_after_some_days_and_at_the_end_and_not_every_time(yard: Yard, tmp_path: Path) -> None:
    send_list(yard.house, "spring", "cass", out=tmp_path / "out.csv")
    told = []
    for day in range(20):
        assert yard.turn() == "waiting"
        told += [day] * (len(yard.alerts) - len(told))
        yard.later(days=1)
    assert told == [3, 14]
    assert {alert["kind"] for alert in yard.alerts} == {"reminder"}
    assert "listkeeper apply ANSWER --job 1" in yard.alerts[0]["message"]
    assert "longer than it should take" in yard.alerts[1]["message"]


def test_tried_again_it_waits_for_the_operator_as_before(yard: Yard, tmp_path: Path) -> None:
    job = send_list(yard.house, "spring", "cass", out=tmp_path / "out.csv")
    take_step(yard.house, job, "failed", error="no")
    assert retry_job(yard.house, 1)["state"] == "waiting"
    assert yard.turn() == "waiting"
