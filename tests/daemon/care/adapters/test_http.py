"""A job at a web service: submitted once, nothing bought over the budget, half a file never taken."""

from __future__ import annotations

import os
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.care.adapters.settings import HttpStep
from daemon.care.adapters.web import Service
from daemon.care.exchange import approve_job, retry_job
from daemon.care.jobs import take_step
from daemon.errors import OperatorError, SetAsideError
from tests.vendor_service import SECRET, Vendor, vendor_service
from tests.yard import QUICK, Yard, coded


@pytest.fixture
def vendor(yard: Yard) -> Iterator[Vendor]:
    """A service, and the adapter that leads to it."""
    with vendor_service() as vendor:
        (yard.house.home / "keys").mkdir()
        (yard.house.home / "keys" / "vendor").write_text(f"{SECRET}\n")
        yard.settings(vendor.settings())
        yield vendor


def turned(yard: Yard, times: int = 12) -> str:
    """Turn, with time between, until the job rests."""
    for _ in range(times):
        state = yard.turn()
        if state not in ("sending", "handing", "waiting"):
            break
        yard.later(minutes=10)
    return state


def test_every_step_is_done_in_its_turn_and_once(yard: Yard, vendor: Vendor) -> None:
    job = yard.send()
    assert yard.turn() == "waiting"
    assert turned(yard) == "applied"
    assert vendor.said == ["submit", "status", "status", "start", "status", "file", "report"]
    answers = job.folder(yard.house) / "answer"
    sent = (yard.house.home / job.kept).read_text()
    assert vendor.jobs == {"J1": sent}
    assert (answers / f"{job.token}.csv").read_text() == coded(sent)
    assert (answers / f"{job.token}.report.txt").read_text() == "PS Form 3553\n"
    assert (vendor.asked[0]["key"], vendor.asked[0]["list"]) == (SECRET, job.token)


def test_a_raw_body_is_the_file_itself(yard: Yard, vendor: Vendor) -> None:
    toml = vendor.settings().replace('fields = { key = "{secret}", list = "{token}" }', 'body = "raw"')
    yard.settings(toml)
    job = yard.send()
    assert turned(yard) == "applied"
    assert vendor.jobs["J1"] == (yard.house.home / job.kept).read_text()
    assert vendor.asked[0]["Content-Type"] == "text/csv"


def test_a_price_over_the_budget_waits_for_a_yes_and_nothing_is_started(yard: Yard, vendor: Vendor) -> None:
    vendor.price = "12.345"
    yard.send()
    assert turned(yard) == "needs-approval"
    assert (vendor.starts, yard.job().cost_mills) == (0, 12_345)
    assert yard.kinds() == [("needs-approval", "alert")]
    assert "$12.35" in yard.alerts[0]["message"] or "$12.34" in yard.alerts[0]["message"]
    assert turned(yard) == "needs-approval"
    approve_job(yard.house, 1)
    assert turned(yard) == "applied"
    assert vendor.starts == 1


def test_a_yes_holds_for_the_price_that_was_named_and_no_other(yard: Yard, vendor: Vendor) -> None:
    vendor.price = "2.00"
    yard.send()
    assert turned(yard) == "needs-approval"
    take_step(yard.house, yard.job(), "needs-approval", cost_mills=1000)
    approve_job(yard.house, 1)
    assert turned(yard) == "needs-approval"
    assert vendor.starts == 0


def test_a_price_within_the_budget_is_noted_and_paid(yard: Yard, vendor: Vendor) -> None:
    vendor.price = "12.50"
    yard.settings(vendor.settings('budget = "12.50"'))
    yard.send()
    assert turned(yard) == "applied"
    assert yard.job().cost_mills == 12_500


@pytest.mark.parametrize("price", ["soon", "-1", ""])
def test_a_price_that_cannot_be_read_buys_nothing(yard: Yard, vendor: Vendor, price: str) -> None:
    vendor.price = price
    yard.settings(vendor.settings('budget = "1000.00"'))
    yard.send()
    assert turned(yard) == "failed"
    assert (yard.job().reason, vendor.starts) == ("no-price", 0)


# What passes


@pytest.mark.parametrize(
    ("what", "fault"),
    [("submit", 500), ("submit", 429), ("status", 503), ("start", 503), ("file", 500), ("report", 429)],
)
def test_a_refusal_that_passes_is_tried_again(yard: Yard, vendor: Vendor, what: str, fault: int) -> None:
    vendor.faults[what] = [fault]
    yard.send()
    assert turned(yard) == "applied"
    assert (len(vendor.jobs), vendor.starts) == (1, 1)
    assert yard.alerts == []


@pytest.mark.parametrize(
    ("what", "fault"), [("file", "half"), ("file", "drop"), ("file", "json"), ("file", 502), ("report", "half")]
)
def test_half_a_file_is_fetched_again_from_its_first_byte(yard: Yard, vendor: Vendor, what: str, fault: str) -> None:
    vendor.faults[what] = [fault]
    job = yard.send()
    assert turned(yard) == "applied"
    assert vendor.said.count(what) == 2
    answer = job.folder(yard.house) / "answer" / f"{job.token}.csv"
    assert answer.read_text() == coded((yard.house.home / job.kept).read_text())
    assert sorted(path.suffix for path in answer.parent.iterdir()) == [".csv", ".txt"]


def test_four_faults_in_a_row_are_told_once_and_each_waits_longer(yard: Yard, vendor: Vendor) -> None:
    vendor.faults["status"] = [503] * 6
    yard.send()
    tries = []
    for minute in range(40):
        yard.turn()
        tries += [minute] * (vendor.said.count("status") - len(tries))
        yard.later(minutes=1)
    assert tries[:6] == [0, 1, 2, 4, 8, 16]
    assert yard.kinds() == [("job-fails", "alert")]
    assert yard.job().state == "applied"


def test_a_service_that_cannot_be_reached_is_tried_again(yard: Yard, vendor: Vendor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    yard.settings(vendor.settings().replace(vendor.url, nobody))
    yard.send()
    assert yard.turn() == "sending"
    yard.settings(vendor.settings())
    assert turned(yard) == "applied"
    assert len(vendor.jobs) == 1


# What does not pass


@pytest.mark.parametrize("fault", ["drop", 502, 504, "json"])
def test_a_submission_of_which_nobody_knows_is_not_made_again_unasked(
    yard: Yard, vendor: Vendor, fault: str | int
) -> None:
    vendor.faults["submit"] = [fault]
    yard.send()
    assert turned(yard) == "failed"
    assert vendor.said == ["submit"]
    job = yard.job()
    assert job.reason == "submit-unknown"
    assert "vendor's site" in job.what_to_do
    assert "listkeeper care retry 1" in job.what_to_do
    retry_job(yard.house, 1)
    assert turned(yard) == "applied"
    assert vendor.asked[0]["list"] == f"{job.token}-r2"


def test_killed_while_submitting_without_an_answer_it_is_not_submitted_again(yard: Yard, vendor: Vendor) -> None:
    take_step(yard.house, yard.send(), "handing")
    assert yard.turn() == "failed"
    assert (yard.job().reason, vendor.said) == ("submit-unknown", [])


@pytest.mark.parametrize("fault", ["drop", 504])
def test_a_start_of_which_nobody_knows_is_not_made_again(yard: Yard, vendor: Vendor, fault: str | int) -> None:
    vendor.faults["start"] = [fault]
    yard.send()
    assert turned(yard) == "failed"
    assert (yard.job().reason, vendor.said.count("start")) == ("start-unknown", 1)


def test_killed_while_starting_it_is_not_started_again(yard: Yard, vendor: Vendor) -> None:
    job = yard.send()
    take_step(yard.house, job, "waiting", memory={"step": 2, "begun": 2, "remote": {"guid": "J1"}})
    assert yard.turn() == "failed"
    assert (yard.job().reason, vendor.starts) == ("start-unknown", 0)


@pytest.mark.parametrize("status", [401, 403, "redirect"])
def test_a_login_that_is_refused_waits_for_an_operator_and_loses_nothing(
    yard: Yard, vendor: Vendor, status: str | int
) -> None:
    vendor.faults["submit"] = [status]
    vendor.faults["status"] = [status]
    yard.send()
    assert yard.turn() == "sending"
    assert yard.turn() == "sending", "nobody hammers at a door that is shut"
    assert vendor.said == ["submit"]
    retry_job(yard.house, 1)
    assert yard.turn() == "waiting"
    retry_job(yard.house, 1)
    assert turned(yard) == "applied"
    assert len(vendor.jobs) == 1
    assert [alert["kind"] for alert in yard.alerts] == ["job-fails"] * 2


def test_what_the_service_refuses_has_failed_with_its_status(yard: Yard, vendor: Vendor) -> None:
    vendor.faults["submit"] = [422]
    yard.send()
    assert turned(yard) == "failed"
    assert (yard.job().reason, yard.job().error) == ("refused", "/jobs answers 422")


@pytest.mark.parametrize(
    ("state", "ends", "reason"), [("FAILED", "failed", "engine-failed"), ("LOCKED", "stopped", "engine-locked")]
)
def test_what_the_service_says_of_the_job_is_heard(
    yard: Yard, vendor: Vendor, state: str, ends: str, reason: str
) -> None:
    vendor.state = "PRICED"
    yard.send()
    yard.turn()
    yard.turn()
    vendor.state = state
    yard.settings(vendor.settings())
    assert turned(yard) == ends
    assert yard.job().reason == reason


def test_no_message_and_no_row_holds_the_secret(yard: Yard, vendor: Vendor) -> None:
    vendor.faults["submit"] = [401, 500, "drop"]
    yard.send()
    assert turned(yard) == "failed"
    told = repr((yard.alerts, yard.results, yard.job()))
    assert "submit-unknown" in told
    assert SECRET not in told
    home = yard.house.home
    assert not [
        path for path in (home / "spool" / "care").rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


def test_a_secret_that_is_missing_waits_for_an_operator_before_anything_is_sent(yard: Yard, vendor: Vendor) -> None:
    (yard.house.home / "keys" / "vendor").unlink()
    job = yard.send()
    with pytest.raises(OperatorError, match="adapter engine: secret"):
        yard.way().prepare(job)


def test_a_large_file_goes_out_and_comes_back_in_flat_memory(yard: Yard, vendor: Vendor, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(os.urandom(1 << 20) * 24)
    out = HttpStep.model_validate({"does": "submit", "path": "/sink"})
    back = HttpStep.model_validate({"does": "download", "path": "/source"})
    with closing(Service("engine", vendor.url, QUICK)) as service:
        tracemalloc.start()
        assert service.asked(out, {}, big, "big.csv")["bytes"] > 24 << 20
        service.fetch(back, {}, tmp_path / "back", 24 << 20)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 6 << 20
        assert (tmp_path / "back").stat().st_size == 24 << 20
        with pytest.raises(SetAsideError) as told:
            service.fetch(back, {}, tmp_path / "more", 1 << 20)
        assert told.value.reason == "too-large"
