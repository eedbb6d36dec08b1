"""Several files: the order, the worst exit code, the end where going on is no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.errors import UsageError
from daemon.returns.several import exit_code, read_password


def test_the_worst_of_several_results_decides() -> None:
    assert exit_code([]) == 0
    assert exit_code([{"status": "applied"}, {"status": "repeat"}, {"status": "planned"}]) == 0
    assert exit_code([{"status": "stopped"}, {"status": "applied"}]) == 65
    assert exit_code([{"status": "set_aside"}, {"status": "not_applied", "exit_code": 75}]) == 75


def test_a_password_is_read_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "password"
    for content in (b"a b ", b"a b \n", b"a b \r\n"):
        path.write_bytes(content)
        assert read_password(path) == b"a b "
    assert read_password(None) is None


def test_a_password_file_that_is_empty_or_not_there_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\n")
    for name in ("empty", "nowhere", "."):
        with pytest.raises(UsageError):
            read_password(tmp_path / name)
