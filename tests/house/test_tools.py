"""The gate that a laptop runs with `make check` is part of the tests, so that CI holds it as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TOOLS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy",),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tool_has_nothing_to_say(tool: str) -> None:
    name, *words = TOOLS[tool]
    done = subprocess.run([BIN / name, *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_skip_fails_where_nothing_may_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "def test_skipped(): pytest.skip('no server')\n"
        "@pytest.mark.xfail(strict=True)\n"
        "def test_known_to_fail(): assert False\n"
        "def test_good(): pass\n"
    )
    (tmp_path / "test_module.py").write_text("import pytest\npytest.skip('no module', allow_module_level=True)\n")
    command = [BIN / "pytest", "-q", "-p", "no:cacheprovider", "-o", "pythonpath=", "--rootdir", tmp_path, tmp_path]
    for ci, code, closing in (("", 0, "1 passed, 2 skipped, 1 xfailed"), ("true", 1, "1 failed, 1 passed")):
        env = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*command, "--continue-on-collection-errors"],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, done.stdout
        assert closing in done.stdout


@pytest.mark.parametrize("script", [".ci/run", "scripts/system-packages", "scripts/pin"])
def test_a_script_stops_at_its_first_fault_and_may_be_run(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


def test_ci_does_what_a_laptop_does() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == "make test"
