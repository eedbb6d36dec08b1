"""What the files of the house look like, as far as a machine can say."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = 400
BYTES = 1_000_000
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|handlers?)(_|$)")
EMPTY_FUNCTIONS = re.compile(r"\b(def|class) \w*(process_data|[Mm]anager|[Hh]andler|[Hh]elper)\b")
# A path on the machine where something was built, or the address of a package registry, helps nobody elsewhere.
# Each is put together here, so that this file does not hold it.
ELSEWHERE = re.compile(
    "|".join(
        (
            r"(?<![\w./-])/(?:work|home|root|Users)/" + r"\w",
            "files" + r"\.pythonhosted\.org",
            "pypi" + r"\.org",
            "extra-index" + "-url",
            "find-" + "links",
            "registry" + r"\.npmjs",
        )
    )
)


def kept_files() -> list[Path]:
    """Every file that git has, or would take with the next commit."""
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = {ROOT / name for name in said.stdout.decode().split("\0") if name}
    return sorted(path for path in paths if path.is_file())


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


FILES = kept_files()
PYTHON = [path for path in FILES if path.suffix == ".py"]


def test_there_are_files_to_look_at() -> None:
    assert len(PYTHON) > 10


def test_a_module_is_at_most_four_hundred_lines() -> None:
    long = [shown(path) for path in PYTHON if path.read_text(encoding="utf-8").count("\n") > LINES]
    assert long == [], "each has two jobs: make two modules of it"


def test_a_module_says_what_it_is() -> None:
    silent = [
        shown(path)
        for path in PYTHON
        if path.relative_to(ROOT).parts[0] != "tests" and not ast.get_docstring(ast.parse(path.read_bytes()))
    ]
    assert silent == [], "the docstring is missing"


def test_no_name_that_says_nothing() -> None:
    found = [
        shown(path) for path in PYTHON if any(map(EMPTY_NAMES.search, path.relative_to(ROOT).with_suffix("").parts))
    ]
    for path in PYTHON:
        found += [
            f"{shown(path)}: {match.group()}" for match in EMPTY_FUNCTIONS.finditer(path.read_text(encoding="utf-8"))
        ]
    assert found == []


def test_no_file_is_over_a_megabyte() -> None:
    assert [shown(path) for path in FILES if path.stat().st_size > BYTES] == []


def test_no_file_names_a_place_on_some_machine_or_a_registry() -> None:
    found = []
    for path in FILES:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{shown(path)}: {match.group()}" for match in ELSEWHERE.finditer(text)]
    assert found == []


def test_text_files_end_with_one_line_end_and_have_no_carriage_returns() -> None:
    wrong = []
    for path in FILES:
        if path.suffix not in (".py", ".md", ".toml", ".txt", "") or "goldens" in path.parts:
            continue
        content = path.read_bytes()
        if content and (not content.endswith(b"\n") or content.endswith(b"\n\n") or b"\r" in content):
            wrong.append(shown(path))
    assert wrong == []


def test_the_constraints_are_plain_pins() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    for line in pins:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line), line


def test_every_dependency_is_explained_with_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"], "hatchling"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for requirement in wanted:
        name = re.match(r"[A-Za-z0-9_-]+", requirement)
        assert name is not None
        assert re.search(rf"^\| {re.escape(name.group())}\b", page, re.MULTILINE), f"{name.group()}: no row"
