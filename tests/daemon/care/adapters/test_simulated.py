"""The bundled simulator, run as any program is."""

from __future__ import annotations

import time

import pytest

from tests.yard import Yard


@pytest.mark.parametrize("kind", ["cass", "ncoa"])
def test_the_simulator_answers_and_says_what_it_is(yard: Yard, kind: str) -> None:
    yard.adapter("simulated")
    job = yard.send(kind)
    until = time.monotonic() + 15
    while yard.turn() not in ("applied", "failed", "stopped"):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert yard.job().state == "applied", yard.alerts
    assert job.certified is False
    answers = sorted((job.folder(yard.house) / "answer").iterdir())
    assert len(answers) == 2
    assert all("not CASS certified" in path.read_text() for path in answers)
