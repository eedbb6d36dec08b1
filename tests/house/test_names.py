"""The three top-level names are ours alone in this environment (docs/decisions/0001)."""

from __future__ import annotations

import ast
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("daemon", "keyline", "schemas")


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_owns_one_of_our_names(name: str) -> None:
    owners = set(packages_distributions().get(name, ()))
    assert owners <= {"listkeeper"}, f"{owners} would overwrite our {name}/"


@pytest.mark.parametrize("name", OURS)
def test_the_package_that_is_imported_is_the_one_in_this_tree(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")


@pytest.mark.parametrize("name", OURS)
def test_the_package_file_holds_a_docstring_and_nothing_to_import(name: str) -> None:
    tree = ast.parse((ROOT / name / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize("module", ["daemon/daemon.py", "daemon/pidfile.py"])
def test_no_module_has_the_name_of_the_other_daemons(module: str) -> None:
    assert not (ROOT / module).exists()


def test_nothing_installed_hides_the_tests() -> None:
    assert "tests" not in packages_distributions()
