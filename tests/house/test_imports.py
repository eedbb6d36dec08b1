"""One way down: daemon, schemas, keyline; and what decides reaches nothing that acts."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_layer_that_looks_up_is_caught(tmp_path: Path) -> None:
    for name in ("daemon", "schemas", "keyline"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    with (tmp_path / "keyline" / "errors.py").open("a") as file:
        file.write("\nimport daemon.errors\n")
    done = subprocess.run(
        [BIN / "lint-imports", "--no-cache"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode != 0
    assert "keyline.errors -> daemon.errors" in done.stdout


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", modules("keyline"), ids=lambda path: path.name)
def test_keyline_needs_the_standard_library_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: a relative import"
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            assert top == "keyline" or top in sys.stdlib_module_names, f"{path.name}: {name}"
