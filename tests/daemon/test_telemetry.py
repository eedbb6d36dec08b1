"""Log lines: one a step, and nobody's name in any."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from daemon import telemetry


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers = list(root.handlers)
    yield
    telemetry.configure()
    root.handlers[:] = handlers


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_its_keys_where_no_person_looks(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(verbose=True)
    telemetry.log("batch_applied", read=812, moved=590)
    (line,) = lines(capsys)
    assert {name: line[name] for name in ("event", "read", "moved", "level")} == {
        "event": "batch_applied",
        "read": 812,
        "moved": 590,
        "level": "info",
    }


def test_commands_log_only_what_is_wrong_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure()
    telemetry.log("batch_applied", read=1)
    telemetry.warn("digest_not_sent", channel="smtp")
    telemetry.fail("job_broke", kind="ValueError")
    assert [line["level"] for line in lines(capsys)] == ["warning", "error"]


def test_what_is_not_on_the_list_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(verbose=True)
    telemetry.log("batch_applied", last_name="SMITH", read="SMITH", file=["SMITH"], moved={"SMITH": 1}, batch=7)
    telemetry.log("Mary Smith has moved", batch=8)
    told = lines(capsys)
    assert "SMITH" not in json.dumps(told).upper()
    assert (told[0]["batch"], told[0]["left_out"]) == (7, 4)
    assert told[1]["event"] == "unnamed"


def test_other_libraries_are_told_without_their_text(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(verbose=True)
    telemetry.hear_libraries()
    telemetry.hear_libraries()
    logging.getLogger("sqlalchemy.pool").error("parameters: %s", "MARY SMITH")
    (line,) = lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == ("library_warned", "sqlalchemy.pool", "warning")
    assert "SMITH" not in json.dumps(line)
